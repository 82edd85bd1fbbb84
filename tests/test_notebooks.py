"""What every stored lesson, and the files beside the lessons, must be like."""

import ast
import base64
import copy
import hashlib
import re

import d2l_helpers as dh

import nbformat
import pytest
from IPython.core.inputtransformer2 import TransformerManager
from nbval.plugin import comment_markers, get_sanitize_patterns, metadata_tags
from stored_lessons import EXERCISES, LESSONS, ROOT, code_cells, read

pytestmark = pytest.mark.once

OUTPUT_TYPES = {"text/plain", "text/html", "image/png"}
MAX_LINES, MAX_PNG_BYTES, MAX_NOTEBOOK_BYTES = 20, 300_000, 1_500_000
# Folders of some machine: where people, temporary files and packages live.
ABSOLUTE_PATH = re.compile(
    r"(?<![\w.<])/(home|root|tmp|work|Users|usr|opt|var|mnt|srv|private|content|workspace)\b"
    r"|\b[A-Z]:\\"
)


@pytest.fixture(params=LESSONS, ids=lambda path: path.stem)
def path(request):
    return request.param


def outputs(notebook):
    return [output for cell in code_cells(notebook) for output in cell.outputs]


def texts(notebook):
    """Return all text that the code of a notebook has put out."""
    for output in outputs(notebook):
        yield output.get("text", "")
        yield from (text for kind, text in output.get("data", {}).items() if "text" in kind)


def prose(notebook):
    return "\n\n".join(cell.source for cell in notebook.cells if cell.cell_type == "markdown")


# The lessons


def test_lessons_are_numbered_in_order_from_00():
    numbers = [path.stem.split("_")[0] for path in LESSONS]
    assert numbers == [f"{number:02}" for number in range(len(LESSONS))]
    assert numbers


def test_a_lesson_starts_with_its_number_and_title(path, notebook):
    first = notebook.cells[0]
    assert first.cell_type == "markdown"
    assert re.match(rf"# {path.stem[:2]}\s+\S", first.source)


@pytest.mark.parametrize("part", ["After this lesson you can", "**Time", "Summary", "Exercises"])
def test_a_lesson_has_its_parts(notebook, part):
    assert part in prose(notebook)


def cells_after_predict(notebook):
    """Give the code cells between each question and the prose that answers it."""
    asked = False
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            asked = "**Predict:**" in cell.source
        elif asked:
            yield cell


def spoilers(notebook):
    """Return the cells that a guess is made in front of, and that assert the answer."""
    return [
        cell.source
        for cell in cells_after_predict(notebook)
        if "guard" not in cell.metadata.get("tags", [])
        # What a function asserts is no answer: it is given one.
        and re.search("^(?:for .*\n    )?assert ", cell.source, re.MULTILINE)
    ]


def test_what_proves_the_answer_stands_in_a_cell_of_its_own(notebook):
    assert not spoilers(notebook)


def test_a_spoiler_is_found():
    spoiled = copy.deepcopy(read(LESSONS[0]))
    (guard,) = (cell for cell in spoiled.cells if 'assert large["parameters"]' in cell.source)
    guard.metadata["tags"] = []
    assert spoilers(spoiled) == [guard.source]


def test_a_guard_only_asserts(notebook):
    guards = [c for c in code_cells(notebook) if "guard" in c.metadata.get("tags", [])]
    assert all("assert " in cell.source and not cell.outputs for cell in guards)


@pytest.mark.parametrize("map_", ["README.md", "lesson 00"])
def test_the_map_names_all_lessons_in_order(map_):
    text = (ROOT / map_).read_text() if map_ == "README.md" else prose(read(LESSONS[0]))
    named = re.findall(r"^\| \[?(\d\d)[ _]", text, re.MULTILINE)
    assert named == [path.stem[:2] for path in LESSONS]


TEXTS = [*LESSONS, *EXERCISES, *sorted((ROOT / "docs").rglob("*.md")), ROOT / "README.md"]


@pytest.mark.parametrize("text", TEXTS, ids=lambda path: path.stem)
def test_each_name_of_the_package_is_there(text):
    """Whether code, prose or output says dh.NAME, or names a module."""
    content = text.read_text()
    assert [n for n in re.findall(r"\bdh\.([a-zA-Z_]\w*)", content) if not hasattr(dh, n)] == []
    files = re.findall(r"\b((?:d2l_helpers|mxnet_today)/[\w/]+\.\w+)", content)
    assert [file for file in files if not (ROOT / file).is_file()] == []


def test_a_lesson_that_is_named_by_its_number_can_be_reached_from_there(notebook):
    own = notebook.cells[0].source[2:4]
    bare = re.findall(
        r"(?<!\[)\b[Ll]esson (\d\d)\b", re.sub("^#.*", "", prose(notebook), flags=re.M)
    )
    assert set(bare) <= {own}


def test_every_code_cell_was_executed_and_in_order(notebook):
    counts = [cell.execution_count for cell in code_cells(notebook)]
    assert counts == list(range(1, len(counts) + 1))


def test_a_cell_without_its_execution_is_found():
    # nbval itself lets it pass.
    stripped = copy.deepcopy(read(LESSONS[0]))
    test_every_code_cell_was_executed_and_in_order(stripped)
    cell = code_cells(stripped)[3]
    cell.outputs, cell.execution_count = [], None
    with pytest.raises(AssertionError):
        test_every_code_cell_was_executed_and_in_order(stripped)


def test_the_kernel_is_python3(notebook):
    assert notebook.metadata.kernelspec.name == "python3"


def test_no_error_and_no_stderr_is_stored(notebook):
    assert not [output for output in outputs(notebook) if output.output_type == "error"]
    assert not [output for output in outputs(notebook) if output.get("name") == "stderr"]


def test_outputs_are_text_tables_and_png_alone(notebook):
    kinds = {kind for output in outputs(notebook) for kind in output.get("data", {})}
    assert kinds <= OUTPUT_TYPES  # no SVG, which carries a date, and no widgets


def test_nothing_is_cleared(notebook):
    assert not [cell.source for cell in code_cells(notebook) if "clear_output" in cell.source]


def test_no_output_names_a_path_of_some_machine(notebook):
    assert not [text for text in texts(notebook) if ABSOLUTE_PATH.search(text)]


def test_no_output_names_an_address_in_memory(notebook):
    assert not [text for text in texts(notebook) if re.search(r"\bat 0x[0-9a-f]+", text)]


def test_every_figure_has_its_text_and_is_small(notebook):
    for output in outputs(notebook):
        png = output.get("data", {}).get("image/png")
        if png:
            assert output.metadata["image/png"]["alt"].strip()
            assert len(base64.b64decode(png)) < MAX_PNG_BYTES


def test_figures_in_the_prose_need_no_network(notebook):
    assert not re.search(r"!\[[^]]*\]\(\s*https?:|<img[^>]*https?:", prose(notebook))


def test_a_notebook_is_small(path):
    assert path.stat().st_size < MAX_NOTEBOOK_BYTES


def test_cells_are_short(notebook):
    lengths = [len(cell.source.splitlines()) for cell in code_cells(notebook)]
    assert max(lengths) <= MAX_LINES


def unexplained_markers(cell):
    """Return the marks that keep nbval from comparing a cell and have no comment beside them."""
    lines = [line.strip() for line in cell.source.splitlines()]
    comments = [line.startswith("#") for line in lines]
    markers = [
        comment and line.lstrip("#").strip() in comment_markers
        for line, comment in zip(lines, comments)
    ]
    reasons = [comment and not marker for comment, marker in zip(comments, markers)]
    unexplained = [
        lines[i]
        for i, marker in enumerate(markers)
        if marker and not any(reasons[max(0, i - 1) : i + 2])
    ]
    tags = [tag for tag in cell.metadata.get("tags", []) if tag in metadata_tags]
    return unexplained + (tags if not any(reasons[:1]) else [])


def test_each_exception_from_comparison_has_its_reason(notebook):
    assert not [marker for cell in code_cells(notebook) for marker in unexplained_markers(cell)]


@pytest.mark.parametrize(
    ("source", "tags", "expected"),
    [
        ("x", [], []),
        ("# NBVAL_IGNORE_OUTPUT\nx", [], ["# NBVAL_IGNORE_OUTPUT"]),
        ("# The time differs.\n# NBVAL_IGNORE_OUTPUT\nx", [], []),
        ("# NBVAL_SKIP\n# It needs a GPU.\nx", [], []),
        ("# It needs a GPU.\ny\n# NBVAL_SKIP", [], ["# NBVAL_SKIP"]),
        ("x", ["nbval-skip", "headline"], ["nbval-skip"]),
        ("# It needs a GPU.\nx", ["nbval-skip"], []),
    ],
)
def test_unexplained_markers_are_found(source, tags, expected):
    cell = nbformat.v4.new_code_cell(source, metadata={"tags": tags})
    assert unexplained_markers(cell) == expected


def test_every_tilde_marks_something_that_the_mask_covers(notebook):
    # Else a number that another machine may change is compared to the last digit.
    patterns = get_sanitize_patterns((ROOT / "tests" / "sanitize.cfg").read_text())
    for text in texts(notebook):
        for regex, replacement in patterns:
            text = re.sub(regex, replacement, text)
        assert "~" not in text.replace("~MEASURED", "")


def test_a_lesson_does_not_define_what_the_helpers_have(notebook):
    public = {name for name in dir(dh) if callable(getattr(dh, name))}
    for cell in code_cells(notebook):
        tree = ast.parse(TransformerManager().transform_cell(cell.source))
        definitions = (ast.FunctionDef, ast.ClassDef)
        defined = {node.name for node in ast.walk(tree) if isinstance(node, definitions)}
        assert not defined & public


# The files beside them


def test_the_data_files_are_those_of_the_checksums():
    lines = (dh.DATA_DIR / "SHA256SUMS").read_text().split()
    expected = dict(zip(lines[1::2], lines[::2]))
    files = {p.name: hashlib.sha256(p.read_bytes()).hexdigest() for p in dh.DATA_DIR.glob("*.gz")}
    assert files == expected
