"""What a release says of itself, what it holds, and the workflows that make and check it."""

import hashlib
import re
import zipfile

import pytest
import yaml
from stored_lessons import ROOT, load_tool, make_targets

pytestmark = pytest.mark.once

WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))


@pytest.fixture
def tool(tmp_path, monkeypatch):
    tool = load_tool("release")
    monkeypatch.setattr(tool, "BUILD", tmp_path)
    for name in tool.EDITIONS:
        (tmp_path / name).mkdir()
        (tmp_path / name / "README.md").write_text(f"The {name}'s\n")
    return tool


# The release


def test_a_release_holds_each_edition_and_its_checksum(tool, tmp_path):
    release = tmp_path / "release"
    release.mkdir()
    (release / "alexnet-old.zip").touch()
    assert tool.pack() == release
    sums = dict(
        line.split("  ")[::-1] for line in (release / "SHA256SUMS").read_text().splitlines()
    )
    assert list(sums) == [f"alexnet-{name}.zip" for name in sorted(tool.EDITIONS)]
    assert {path.name for path in release.iterdir()} == {*sums, "SHA256SUMS"}
    for name, checksum in sums.items():
        assert hashlib.sha256((release / name).read_bytes()).hexdigest() == checksum
    with zipfile.ZipFile(release / "alexnet-book.zip") as book:
        assert book.read("book/README.md") == b"The book's\n"
    assert {path.name for path in tmp_path.iterdir()} == {*tool.EDITIONS, "release"}


def test_an_edition_that_is_not_built_is_named(tool, tmp_path):
    (tmp_path / "slides" / "README.md").unlink()
    (tmp_path / "slides").rmdir()
    with pytest.raises(SystemExit, match="build/slides is missing: run make slides"):
        tool.main(["pack"])


def test_what_lies_elsewhere_is_not_packed(tool, tmp_path):
    (tmp_path / "secret").write_text("not part of the course")
    (tmp_path / "slides" / "index.html").symlink_to(tmp_path / "secret")
    with pytest.raises(SystemExit, match=r"index\.html is a link: remove it, and run make slides"):
        tool.main(["pack"])
    assert not (tmp_path / "release").exists()


def test_a_tag_is_named_after_the_version(tool, monkeypatch):
    monkeypatch.setattr(tool, "version", lambda: "2.1.0")
    tool.main(["check", "v2.1.0"])
    for tag in ("2.1.0", "v2.1", "v2.1.00", ""):
        with pytest.raises(SystemExit, match=r"Call the tag v2\.1\.0, or change the version"):
            tool.main(["check", tag])


def test_each_edition_is_made_by_the_target_of_its_name(tool):
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    (made,) = re.findall(r"^release:.*\n(?:\t.*\n)*?\t\$\(MAKE\) (.+)", makefile, re.MULTILINE)
    # The playground becomes a part of the books.
    assert made.split() == ["playground", *tool.EDITIONS] and set(made.split()) <= make_targets()


# What it says of itself


def test_the_citation_agrees_with_the_course(tool):
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    title = (ROOT / "README.md").read_text(encoding="utf-8").splitlines()[0]
    licence = (ROOT / "LICENSE").read_text(encoding="utf-8")
    project = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    assert citation["title"] == title.lstrip("# ")
    assert citation["version"] == tool.version()
    assert f'\nlicense = "{citation["license"]}"\n' in project
    assert licence.startswith(f"{citation['license']} License")
    (author,) = citation["authors"]
    assert f" {author['name']}\n".lower() in licence.lower()


def test_the_form_for_problems_asks_for_what_is_needed():
    form = ROOT / ".github" / "ISSUE_TEMPLATE" / "problem.yml"
    body = yaml.safe_load(form.read_text(encoding="utf-8"))["body"]
    assert [part["id"] for part in body] == ["where", "what", "doctor"]
    assert all(part["validations"]["required"] for part in body)
    assert "`make doctor`" in body[-1]["attributes"]["label"]


# The workflows


@pytest.fixture(params=WORKFLOWS, ids=lambda path: path.stem)
def workflow(request):
    return request.param.read_text(encoding="utf-8")


def test_a_workflow_uses_actions_by_commit(workflow):
    """A tag can be moved to other code; a commit cannot."""
    used = re.findall(r"\buses: (.+)", workflow)
    assert [u for u in used if not re.fullmatch(r"\./.+|[\w/-]+@[0-9a-f]{40} # v[\d.]+", u)] == []


def test_only_the_job_that_publishes_may_write(workflow):
    workflow = yaml.safe_load(workflow)
    assert workflow["permissions"] == {"contents": "read"}
    rights = {
        name: job["permissions"] for name, job in workflow["jobs"].items() if "permissions" in job
    }
    assert rights in ({}, {"publish": {"contents": "write"}})


def test_a_job_ends_in_time_and_runs_what_is_there(workflow):
    for name, job in yaml.safe_load(workflow)["jobs"].items():
        assert "uses" in job or job["timeout-minutes"] <= 120, name
        commands = "\n".join(step.get("run", "") for step in job.get("steps", []))
        called = re.findall(r"\bmake ((?:[a-z][a-z-]*\b ?)+)", commands)
        assert {target for names in called for target in names.split()} <= make_targets(), name
        scripts = re.findall(r"\btools/[\w-]+\.py", commands)
        assert [script for script in scripts if not (ROOT / script).is_file()] == [], name
