"""The tables in results/, in README and in docs/speed.md are what was recorded."""

import datetime
import os
import re
import shutil
import subprocess
import sys
import types

import recording
from d2l_helpers.utils import results
from d2l_helpers.utils.files import ROOT

import pandas as pd
import pytest
import summary

pytestmark = pytest.mark.once

RECORDED = sorted((ROOT / "results").glob("*.csv"))
# By these the runs of 2026 were made; now experiments/ has a file for each of them.
FORMER_COMMANDS = ("benchmarks/record.py", "benchmarks/ablation.py")


LESSONS = sorted(path.stem for path in (ROOT / "notebooks").glob("*.ipynb"))


@pytest.mark.parametrize(
    ("page", "parts"),
    [
        ("README.md", [*summary.race(), *summary.training_speeds()]),
        ("docs/speed.md", [summary.tables(), summary.first_step()]),
    ],
)
def test_a_page_says_what_was_recorded(page, parts):
    text = (ROOT / page).read_text()
    assert all(part in text for part in parts)
    assert summary.updated(page, text) == text, "python benchmarks/summary.py --write"


def test_readme_gives_the_seconds_and_the_memory_of_the_lessons():
    if summary.lesson_costs() is None:
        pytest.skip("results/lessons.csv is not recorded: python benchmarks/lesson_times.py")
    seconds, sentence = summary.lesson_costs()
    assert list(seconds) == LESSONS
    text = (ROOT / "README.md").read_text()
    assert sentence in text
    shown = {row[2]: row[0] for row in summary.LESSON_ROW.finditer(text)}
    assert list(shown) == LESSONS
    assert all(shown[name].endswith(f"| {seconds[name]} s |") for name in LESSONS)


def test_the_teachers_page_says_what_a_classroom_needs():
    if summary.classroom() is None:
        pytest.skip("results/classroom.csv is not recorded: python benchmarks/classroom.py")
    text = (ROOT / summary.PAGES[2]).read_text()
    assert summary.classroom() in text
    assert summary.updated(summary.PAGES[2], text) == text, "python benchmarks/summary.py --write"


def test_another_classroom_changes_the_table_of_the_teachers_page(monkeypatch, tmp_path):
    monkeypatch.setattr(sys, "argv", ["somewhere/benchmarks/classroom.py"])
    columns = ["kernels", "threads", "seconds", "first seconds", "peak MB", "MB per kernel"]
    table = pd.DataFrame([[7, "one per core", 99.6, 50.4, 2149, 307]], columns=columns)
    results.write(table, "classroom.csv", tmp_path)
    text = (ROOT / summary.PAGES[2]).read_text()
    changed = summary.updated(summary.PAGES[2], text, tmp_path)
    assert "| 7 | one per core | 50 s | 100 s | 2.1 GB | 307 MB |\n<!-- end -->" in changed
    assert summary.updated(summary.PAGES[2], changed, tmp_path) == changed
    assert summary.updated(summary.PAGES[2], text, tmp_path / "nothing") == text


def test_other_seconds_change_the_rows_of_readme_and_its_sentence_on_memory(monkeypatch, tmp_path):
    monkeypatch.setattr(sys, "argv", ["somewhere/benchmarks/lesson_times.py"])
    table = pd.DataFrame({"lesson": LESSONS, "seconds": 1000.0, "peak MB": 2000.0})
    table.loc[2, ["seconds", "peak MB"]] = 2000, 4321
    results.write(table, "lessons.csv", tmp_path)
    text = summary.updated("README.md", (ROOT / "README.md").read_text(), tmp_path)
    shown = {row[2]: row[0] for row in summary.LESSON_ROW.finditer(text)}
    assert [row.rsplit("| ", 1)[1] for row in shown.values()] == [
        "2000 s |" if name == LESSONS[2] else "1000 s |" for name in LESSONS
    ]
    assert f"Together the lessons took {(len(LESSONS) + 1) * 1000 / 60:.1f} minutes" in text
    assert f"Lesson {LESSONS[2][:2]} took the most memory, 4.3 GB." in text
    assert summary.updated("README.md", text, tmp_path) == text


@pytest.mark.parametrize("kind", summary.recorded_kinds())
@pytest.mark.parametrize("mode", ["training", "inference"])
def test_d2l_s_code_ran_on_one_thread_of_two_cores_and_the_others_on_two(mode, kind):
    table = results.recorded(f"bench-{mode}-{kind}.csv")
    assert set(table["cores"]) == {2}
    is_d2l = table["contender"] == "d2l"
    assert set(table.loc[is_d2l, "threads"]) == {1}
    assert set(table.loc[~is_d2l, "threads"]) == {2}


@pytest.mark.parametrize("path", RECORDED, ids=lambda path: path.stem)
def test_each_recorded_run_can_be_read_and_says_where_it_comes_from(path):
    table = pd.read_csv(path, comment="#")
    assert len(table)
    if path.stem.startswith("bench-"):
        assert not table[["machine", "cores", "versions", "date"]].isna().any(axis=None)
    else:
        command, versions, machine, *_ = path.read_text().splitlines()
        script, *arguments = command.removeprefix("# python ").split()
        if script in FORMER_COMMANDS:
            script = f"experiments/{arguments[0]}.py"
        assert (ROOT / script).is_file()
        assert "mxnet 1.9.1" in versions
        assert "threads" in machine


@pytest.mark.parametrize("path", RECORDED, ids=lambda path: path.stem)
def test_runs_whose_dropout_was_seeded_with_a_sum_say_so(path):
    """Until 2026-11-29 seed 1 drew in one epoch what seed 0 drew in the next."""
    lines = [line for line in path.read_text().splitlines() if line.startswith("#")]
    with_dropout = path.stem.startswith(("ablation-parts", "hour", "race", "search", "t1", "t4"))
    was_so = with_dropout and lines[1][2:12] < "2026-11-30"
    assert ("# dropout of epoch e, counted from 0, was seeded with seed + e" in lines) == was_so


@pytest.mark.parametrize("seed", range(3))
def test_each_race_reaches_the_accuracy_of_t1(seed):
    assert results.recorded(f"race-seed{seed}.csv")["test acc"].iloc[-1] >= 0.890


@pytest.mark.parametrize("path", sorted(summary.RESULTS.glob("race-*.csv")), ids=lambda p: p.stem)
def test_the_race_was_run_on_the_machine_whose_speed_t1_is_given(path):
    assert summary.kind_of(path) == summary.RACE_KIND
    machine = path.read_text().splitlines()[2]
    bench = results.recorded(f"bench-training-{summary.RACE_KIND}.csv")
    assert machine.startswith(f"# {bench['machine'].iloc[0]}, {bench['cores'].iloc[0]} threads")


def test_writing_a_run_that_fails_leaves_the_old_one(monkeypatch, tmp_path):
    monkeypatch.setattr(sys, "argv", ["somewhere/experiments/race.py", "--seed", "3"])
    monkeypatch.setenv("OMP_NUM_THREADS", "5")
    results.write(pd.DataFrame({"epoch": [1]}), "race.csv", tmp_path)
    written = tmp_path / "results" / "race.csv"
    assert written.read_text().startswith("# python experiments/race.py --seed 3\n# 20")
    assert ", 5 threads, " in written.read_text()
    assert written.read_text().endswith("\nepoch\n1\n")
    before = written.read_bytes()
    with pytest.raises(AttributeError):
        results.write(None, "race.csv", tmp_path)
    assert written.read_bytes() == before
    assert [path.name for path in written.parent.iterdir()] == ["race.csv"]


@pytest.fixture
def commit(monkeypatch):
    """A function that sets the commit that a process finds which starts then."""

    def set_commit(text):
        results.start_of_run.cache_clear()
        monkeypatch.setattr(results, "commit", lambda: text)

    yield set_commit
    results.start_of_run.cache_clear()


def test_a_table_that_is_resumed_says_where_all_its_rows_come_from(commit, tmp_path):
    def lines_of(commit_then, rows, resumed):
        commit(commit_then)
        results.write(pd.DataFrame({"epoch": range(rows)}), "t1.csv", tmp_path, resumed=resumed)
        assert len(results.recorded("t1.csv", tmp_path)) == rows
        text = (tmp_path / "results" / "t1.csv").read_text()
        return [line for line in text.splitlines() if line.startswith("#")]

    first = lines_of("commit aaaaaaa, tree clean", 1, resumed=False)
    assert len(first) == 4 and first[3] == "# commit aaaaaaa, tree clean"
    assert lines_of("commit aaaaaaa, tree clean", 2, resumed=True) == first
    second = lines_of("commit bbbbbbb, with changes", 3, resumed=True)
    assert second == [*first, *first[:3], "# commit bbbbbbb, with changes"]
    assert lines_of("commit bbbbbbb, with changes", 1, resumed=False) == second[4:]


def test_a_result_names_the_day_and_the_commit_at_which_the_process_started(commit, monkeypatch):
    commit("commit aaaaaaa, tree clean")
    monkeypatch.setattr(sys, "argv", ["experiments/race.py"])
    day = datetime.datetime.now(datetime.timezone.utc)
    recording.options("", seed=0)
    monkeypatch.setattr(results, "commit", lambda: "commit bbbbbbb, with changes")
    tomorrow = types.SimpleNamespace(now=lambda zone: day + datetime.timedelta(days=1))
    monkeypatch.setattr(results, "datetime", types.SimpleNamespace(datetime=tomorrow))
    _, versions, _, commit_then = results.origin()
    assert versions.startswith(f"{day:%Y-%m-%d}, ")
    assert commit_then == "commit aaaaaaa, tree clean"


WRITERS = [
    path
    for folder in ("experiments", "benchmarks")
    for path in sorted((ROOT / folder).glob("*.py"))
    if re.search(r"^if __name__", path.read_text(), re.MULTILINE)
    and re.search(r"\b(write|write_csv|record_finished|record_missing)\(", path.read_text())
]


@pytest.mark.parametrize("path", WRITERS, ids=lambda path: path.stem)
def test_each_script_that_records_notes_its_start(path):
    assert re.search(r"options\(__doc__|^    start_of_run\(\)", path.read_text(), re.MULTILINE)


def test_git_is_asked_only_by_who_writes(tmp_path):
    program = "import sys\nsys.path = sys.argv[1:]\nfrom d2l_helpers.utils import results"
    (tmp_path / "git").write_text("#!/bin/sh\ntouch $0.ran")
    (tmp_path / "git").chmod(0o755)
    subprocess.run(
        [sys.executable, "-c", program, ROOT, *sys.path],
        env={**os.environ, "PATH": f"{tmp_path}:{os.environ['PATH']}"},
        check=True,
    )
    assert not (tmp_path / "git.ran").exists()


@pytest.fixture
def checkout(monkeypatch, tmp_path):
    """A folder under version control, with one commit, and no settings from outside."""
    if not shutil.which("git"):
        pytest.skip("needs git")
    for name in ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", "/dev/null")
    folder = tmp_path / "course"
    (folder / "results").mkdir(parents=True)
    (folder / "race.py").write_text("lr = 0.04\n")
    someone = ["-c", "user.name=A", "-c", "user.email=a@example.org"]
    for command in (["init", "-q"], ["add", "."], [*someone, "commit", "-q", "-m", "Race"]):
        subprocess.run(["git", *command], cwd=folder, check=True)
    return folder


def test_a_result_names_the_commit_and_says_whether_the_tree_was_clean(checkout):
    head = subprocess.run(
        ["git", "rev-parse", "HEAD"], cwd=checkout, capture_output=True, text=True, check=True
    ).stdout
    word, short_hash, *clean = results.commit(checkout).replace(",", "").split()
    assert (word, clean) == ("commit", ["tree", "clean"])
    assert len(short_hash) >= 7 and head.startswith(short_hash)
    (checkout / "results" / "race.csv").write_text("epoch\n1\n")
    assert results.commit(checkout) == f"commit {short_hash}, tree clean"
    (checkout / "race.py").write_text("lr = 0.05\n")
    assert results.commit(checkout) == f"commit {short_hash}, with changes"


def test_a_result_without_a_commit_says_why(checkout, monkeypatch, tmp_path):
    assert results.commit(tmp_path) == "commit unknown, not a git checkout"
    assert results.commit(checkout / "results") == "commit unknown, not a git checkout"
    monkeypatch.setenv("PATH", str(tmp_path))
    assert results.commit(checkout) == "commit unknown, git is not installed"
