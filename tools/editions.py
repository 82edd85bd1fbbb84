"""Make the students' edition of the course.

python tools/editions.py student [--no-outputs]

build/student/                the course without solutions, which works on its own with `make lab`
build/alexnet-student.zip     the same, packed

In the notebooks of exercises/, solutions are between two comment lines and in cells tagged
`solution`. Both are removed, with all outputs of these notebooks.
"""

import argparse
import json
import os
import re
import shutil
import tempfile
from pathlib import Path

from writing import atomic_write, making, replace_folder

ROOT = Path(__file__).resolve().parent.parent
BUILD = ROOT / "build"
ARCHIVE = "alexnet-student"
SOLUTION = re.compile(r"^( *)### BEGIN SOLUTION\n.*?^ *### END SOLUTION$", re.MULTILINE | re.DOTALL)
BLANK_TEXT = "# your code\nraise NotImplementedError"
BLANK = "".join(rf"\1{line}" for line in BLANK_TEXT.splitlines(keepends=True))
# What a student needs, so without tests, benchmarks and the tools that make the exercises.
FILES = ["LICENSE", "Makefile", "pyproject.toml"]
FILES += ["docs/alexnet.png", "docs/glossary.md", "docs/learning.md"]
FILES += ["requirements.lock", "requirements-gpu.lock", "requirements.txt", "requirements-gpu.txt"]
FILES += ["requirements-bench.lock", "requirements-onnx.lock"]  # make torch, make onnx
FOLDERS = ["d2l_helpers", "mxnet_today", "data", "results", "experiments", "notebooks", "tools"]
STUDENTS_TARGETS = ["lab", "run", "doctor", "weights", "onnx", "playground", "clean"]
CACHES = shutil.ignore_patterns("__pycache__", ".ipynb_checkpoints", "node_modules")
LEFT_OUT = ["answer_hashes.py", "grading.py", "test-fresh"]
LEFT_OUT += ["audit.py", "advisories.json", "image_contents.py"]
LEFT_OUT += ["repair.py", "submissions.py"]
LEFT_OUT += ["variants.py", "variant_task.py", "variants_00_to_07.py", "variants_08_to_13.py"]
LEFT_OUT += ["check_imports.py", "mutants.py", "faults.py", "equivalent_mutants.json"]
LEFT_OUT += ["prose.py", "prose_numbers.py", "ranges.py", "links.py", "release.py"]


def as_text(notebook):
    """Return a notebook as Jupyter itself writes it."""
    return json.dumps(notebook, ensure_ascii=False, indent=1, sort_keys=True) + "\n"


def without_outputs(notebook):
    """Return a notebook without the outputs of its cells."""
    cells = [
        {**cell, "outputs": [], "execution_count": None} if cell["cell_type"] == "code" else cell
        for cell in notebook["cells"]
    ]
    return {**notebook, "cells": cells}


def without_solutions(notebook):
    """Return a notebook of exercises as students get it.

    Args:
        notebook: as `json.loads` returns it; it is not changed.
    """
    kept = [c for c in notebook["cells"] if "solution" not in c["metadata"].get("tags", [])]
    return without_outputs({**notebook, "cells": [_without_answer(cell) for cell in kept]})


def _without_answer(cell):
    """Return a cell with its solution blanked."""
    source = SOLUTION.sub(BLANK, "".join(cell["source"])).splitlines(keepends=True)
    return {**cell, "source": source, "metadata": without_answer_metadata(cell["metadata"])}


def without_answer_metadata(metadata):
    """Return a cell's metadata without the parts that describe the answer."""
    if "exercise" not in metadata:
        return dict(metadata)
    kept = ("id", "kind", "minutes", "points")
    return {**metadata, "exercise": {key: metadata["exercise"][key] for key in kept}}


def rewrite(folder, change):
    """Change each notebook of a folder."""
    for path in sorted(folder.glob("*.ipynb")):
        notebook = change(json.loads(path.read_text(encoding="utf-8")))
        with atomic_write(path) as partial:
            partial.write_text(as_text(notebook), encoding="utf-8")


def make_student(outputs=True):
    """Write the students' edition to build/student/ and a zip beside it; return the folder.

    What was there before is replaced in the end, when both are whole.

    Args:
        outputs: whether the lessons keep their outputs. Without them the class has to predict.
    """
    BUILD.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(dir=BUILD) as scratch:
        made = Path(scratch, "student")
        _fill(made, outputs)
        archive = shutil.make_archive(str(Path(scratch, ARCHIVE)), "zip", scratch, made.name)
        replace_folder(BUILD / made.name, made)
        os.replace(archive, BUILD / f"{ARCHIVE}.zip")
    return BUILD / made.name


def _fill(folder, outputs):
    """Copy to a folder what belongs to the students' edition, without solutions."""
    for name in FILES:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, folder / name)
    for name in [*FOLDERS, "exercises"]:
        shutil.copytree(ROOT / name, folder / name, ignore=CACHES)
    for name in LEFT_OUT:
        (folder / "tools" / name).unlink()
    shutil.copy(ROOT / "docs" / "student.md", folder / "README.md")
    makefile = folder / "Makefile"
    makefile.write_text(with_students_help(makefile.read_text(encoding="utf-8")), encoding="utf-8")
    rewrite(folder / "exercises", without_solutions)
    if not outputs:
        rewrite(folder / "notebooks", without_outputs)


def with_students_help(makefile):
    """Return the Makefile with a `make help` that lists what works in the students' edition."""
    targets = [f"  make {target} " for target in STUDENTS_TARGETS]
    headings = ["Learn'", "More than the lessons need'", "Maintain'", "With GPU=1"]
    kept = tuple(f"\t@echo '{start}" for start in targets + headings)

    def filtered(match):
        lines = match[0].splitlines(keepends=True)
        return "".join(line for line in lines if line.startswith(kept))

    return re.sub(r"(?<=^help:\n)(\t.*\n)+", filtered, makefile, flags=re.MULTILINE)


def main(arguments=None):
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("edition", choices=["student"])
    parser.add_argument("--no-outputs", action="store_true", help="of the lessons")
    arguments = parser.parse_args(arguments)
    with making(BUILD / arguments.edition):
        folder = make_student(outputs=not arguments.no_outputs)
    print("The students' edition:", folder)


if __name__ == "__main__":
    main()
