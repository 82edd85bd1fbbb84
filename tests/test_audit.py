"""tools/audit.py, and the list of packages that it made, docs/packages.csv."""

import ast
import csv
import json

import audit

import pytest
from stored_lessons import ROOT

pytestmark = pytest.mark.once

with open(audit.TABLE, encoding="utf-8", newline="") as file:
    HEADINGS, *TABLE = csv.reader(file)
ANSWERS = json.loads(audit.ANSWERS.read_text(encoding="utf-8"))
CODE = ["d2l_helpers", "mxnet_today", "tools", "book", "experiments", "benchmarks"]
OURS = [path for folder in CODE for path in sorted((ROOT / folder).rglob("*.py"))]
OURS = [path for path in OURS if "node_modules" not in path.parts]

RECORD = {
    "id": "PYSEC-1",
    "modified": "2024-05-06T00:00:00Z",
    "aliases": ["CVE-1"],
    "affected": [
        {
            "package": {"name": "Some_Package", "ecosystem": "PyPI"},
            "ranges": [
                {"type": "GIT", "events": [{"introduced": "0"}, {"fixed": "a1b2c3"}]},
                {"type": "ECOSYSTEM", "events": [{"introduced": "1.2"}, {"fixed": "1.10"}]},
                {"type": "ECOSYSTEM", "events": [{"introduced": "3"}, {"last_affected": "3.1"}]},
            ],
            "versions": ["0.5"],
        }
    ],
}
ANSWER = {"package": "some-package", "registry": "PyPI", "fixed": "1.10", "id": "CVE-1", "why": "W"}
PACKAGES = {("PyPI", "some-package", "1.9"): {"course": ["3.9", "3.11"]}}


# The list


def test_the_list_has_each_package_of_the_lock_files_and_no_other():
    listed = {(row[2], row[0], row[1]): row[3] for row in TABLE}
    assert len(listed) == len(TABLE)
    assert listed == {key: "; ".join(places) for key, places in audit.locked().items()}


def test_each_lock_file_of_the_course_is_listed():
    locks = {path.name for path in ROOT.glob("requirements*.lock")}
    folders = ["tools", "book", "tests"]
    npm = [path for folder in folders for path in (ROOT / folder).glob("*/package-lock.json")]
    assert locks | {str(path.relative_to(ROOT)) for path in npm} == set(audit.LOCKS)


def test_the_list_says_of_each_package_where_its_advisories_were_looked_up():
    assert HEADINGS == audit.HEADINGS
    assert {row[6] == audit.NOT_ASKED or " up to 20" in row[6] for row in TABLE} == {True}
    assert all(row[5] for row in TABLE)


def test_each_known_advisory_has_an_answer_and_each_answer_an_advisory():
    known = {(row[0], name) for row in TABLE for name in row[7].split("; ") if name}
    assert known == {(answer["package"], answer["id"]) for answer in ANSWERS}
    assert all(bool(row[7]) == bool(row[8]) for row in TABLE)


# What the answers say


def imports(path):
    """Return what a file of Python imports."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def test_nothing_of_the_course_fetches_with_requests_or_reads_onnx_s_hub():
    imported = {name for path in OURS for name in imports(path)}
    assert "numpy" in imported
    assert [n for n in imported if n.startswith(("requests", "urllib3", "onnx.hub"))] == []


def test_the_onnx_package_reads_no_file():
    text = (ROOT / "tools" / "onnx_graph.py").read_text(encoding="utf-8")
    assert "onnx.save(" in text
    assert [path for path in OURS if "onnx.load" in path.read_text(encoding="utf-8")] == []


def test_the_package_opens_pictures_of_others_as_png_or_jpeg_only():
    opened = []
    for path in sorted((ROOT / "d2l_helpers").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and ast.unparse(node.func) == "Image.open":
                opened += [{word.arg: ast.unparse(word.value) for word in node.keywords}]
    assert opened == [{"formats": "FORMATS"}]
    from d2l_helpers.data.images import FORMATS

    assert set(FORMATS) == {"PNG", "JPEG"}


# The tool


@pytest.mark.parametrize(
    "version, is_known",
    [
        ("0.5", True),
        ("0.6", False),
        ("1.2", True),
        ("1.9", True),
        ("1.10", False),
        ("3.1", True),
        ("3.2", False),
    ],
)
def test_an_advisory_concerns_the_versions_that_it_names(version, is_known):
    assert audit.concerns(RECORD, "PyPI", "some-package", version) == is_known
    assert not audit.concerns(RECORD, "npm", "some-package", version)
    assert not audit.concerns(RECORD, "PyPI", "another", version)


def test_advisories_are_read_from_json_and_yaml_and_withdrawn_ones_are_not(tmp_path):
    (tmp_path / "vulns").mkdir()
    (tmp_path / "a.json").write_text(json.dumps(RECORD))
    (tmp_path / "vulns" / "b.yaml").write_text(
        "id: PYSEC-2\nmodified: 2025-01-02T00:00:00Z\naffected:\n"
        "- package:\n    name: some-package\n    ecosystem: PyPI\n  versions:\n  - '1.9'\n"
    )
    (tmp_path / "c.json").write_text(json.dumps({**RECORD, "withdrawn": "2024-06-01T00:00:00Z"}))
    (tmp_path / "d.json").write_text(json.dumps(RECORD).replace("Some_Package", "unused"))
    found, sources = audit.records(tmp_path, {"some-package"})
    assert sorted(record["id"] for record in found) == ["PYSEC-1", "PYSEC-2"]
    assert sources == {"PyPI": f"{tmp_path.name} up to 2025-01-02"}


def test_a_folder_without_advisories_is_refused(tmp_path):
    (tmp_path / "package.json").write_text("{}")
    with pytest.raises(audit.AuditError, match=r"holds no advisories: name a folder.*git clone"):
        audit.records(tmp_path, {"some-package"})


@pytest.mark.parametrize("name", ["CVE-1", "PYSEC-1"])
def test_a_row_shows_what_is_known_and_what_it_means(name):
    answer, sources = {**ANSWER, "id": name}, {"PyPI": "there"}
    (row,), unanswered = audit.rows(PACKAGES, {}, [RECORD], sources, [answer])
    assert unanswered == []
    assert row[:5] == ["some-package", "1.9", "PyPI", "course", "3.9 to 3.11"]
    assert row[5:] == ["not stated", "there", name, "W"]


def test_an_advisory_without_an_answer_is_named():
    (row,), unanswered = audit.rows(PACKAGES, {}, [RECORD], {"PyPI": "there"}, [])
    assert unanswered == ["CVE-1: some-package 1.9"]
    assert row[-2:] == ["CVE-1", ""]


def test_an_answer_ends_with_the_version_that_has_the_fix():
    packages = {("PyPI", "some-package", "1.10"): {"course": ["3.12"]}}
    (row,), _ = audit.rows(packages, {}, [RECORD], {"PyPI": "there"}, [ANSWER])
    assert row[-2:] == ["", ""]


def test_where_no_advisories_are_there_for_a_registry_none_were_asked():
    packages = {("npm", "some-package", "1.9"): {"make slides": []}}
    (row,), unanswered = audit.rows(packages, {}, [RECORD], {"PyPI": "there"}, [])
    assert (unanswered, row[4], row[6]) == ([], "", "not asked")


@pytest.mark.parametrize(
    "metadata, licence",
    [
        ({"license_expression": "MIT", "license": "x"}, "MIT"),
        ({"classifier": ["License :: OSI Approved :: BSD License"], "license": "x"}, "BSD License"),
        ({"license": "Apache 2.0\nlong text"}, "Apache 2.0"),
        ({}, "not stated"),
    ],
)
def test_the_licence_is_what_the_package_states(metadata, licence):
    assert audit.licence(metadata) == licence


def test_the_list_is_written_and_the_command_fails_while_an_advisory_is_open(
    tmp_path, monkeypatch, capsys
):
    monkeypatch.setattr(audit, "ROOT", tmp_path)
    monkeypatch.setattr(audit, "TABLE", tmp_path / "packages.csv")
    monkeypatch.setattr(audit, "ANSWERS", tmp_path / "answers.json")
    monkeypatch.setattr(audit, "locked", lambda: PACKAGES)
    monkeypatch.setattr(audit, "licences", lambda packages: {})
    (tmp_path / "answers.json").write_text("[]")
    (tmp_path / "a.json").write_text(json.dumps(RECORD))
    with pytest.raises(SystemExit, match=r"(?s)CVE-1: some-package 1\.9\n.*advisories\.json"):
        audit.main([str(tmp_path)])
    assert capsys.readouterr().out == "packages.csv: 1 packages\n"
    assert "some-package,1.9,PyPI" in (tmp_path / "packages.csv").read_text()
