"""Planted faults: which ones code has, and which of them tests notice."""

import contextlib
import json
import re
import subprocess
import sys
import time
from pathlib import Path

import faults
import mutants

import pytest

pytestmark = pytest.mark.once

ROOT = Path(__file__).resolve().parent.parent


def found(code, module="d2l_helpers/a.py"):
    return faults.Finder(module, code.encode()).faults


def planted(code):
    """Return the code with each of its faults."""
    return [fault.plant(code.encode()).decode() for fault in found(code)]


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("x = 1", ["x = 2"]),
        ("x = -0.5", ["x = -1.0"]),
        ("x = 0.0", ["x = 1.0"]),
        ("x = True", ["x = False"]),
        ("x = a[1:, y]", ["x = a[2:, y]"]),
        ("x = a < b", ["x = a <= b"]),
        ("x = a != b", ["x = a == b"]),
        ("x = a not in b", ["x = a in b"]),
        ("x = a is b is c", ["x = a is not b is c"]),
        ("x = a and b and c", ["x = a or b or c"]),
        ("x = (a + b) * c", ["x = (a + b) / c", "x = (a - b) * c"]),
        ("if a:\n    b", ["if not a:\n    b"]),
        ("x = a if not b else c", ["x = a if b else c"]),
        ("x = f(a, b)", ["x = f(b, a)"]),
        ("x = f(a, axis=n)", ["x = f(a)"]),
        ("f(a)", ["pass"]),
        ("x += a", ["pass"]),
        ("raise E('%d of 2' % 1)", ["pass"]),
        ("for x in y:\n    continue", ["for x in y:\n    pass"]),
        ("x = a\nx = b", ["x = a\npass"]),
        ("def f(x):\n    x = g(x)", ["def f(x):\n    pass"]),
        ("x = 'é', 1", ["x = 'é', 2"]),
    ],
)
def test_a_fault_is_planted(code, expected):
    assert planted(code) == expected


@pytest.mark.parametrize(
    "signature", ["n=(), *, m=None", "a, n=(), *, m=None", "a, *b, n=(), m=None", "n=(), /, m=None"]
)
def test_an_argument_is_ignored(signature):
    code = f'def f({signature}):\n    """Text."""\n    return n, m'
    assert planted(code) == [
        code.replace("return", "n = ()\n    return"),
        code.replace("return", "m = None\n    return"),
    ]


@pytest.mark.parametrize(
    "code",
    [
        '"""Three in 3."""',
        "x = '1 < 2' + y",
        "x = f'{a + 1}'",
        "x = 'of %d' % n",
        "x = folder / '1'",
        "x: tuple[1, 2]",
        "def f(x: A[1]) -> B[2]:\n    pass",
        "@cache(maxsize=1)\ndef f():\n    pass",
        "__all__ = [1]",
        "if __name__ == '__main__':\n    f(1)",
        "x = f(a, a)",
        "x = f(*a, *b)",
        "x = isinstance(a, b)",
        "def f(x=None):\n    return y",
        "x = f(**a)",
    ],
)
def test_texts_hints_and_what_would_change_nothing_are_left(code):
    assert planted(code) == []


def test_only_the_statement_around_a_message_is_a_fault():
    assert planted("warnings.warn(f(1), stacklevel=2)") == ["pass"]


CODE = """
def first(a, b):
    return a + b


class Thing:
    def second(self, n=3):
        return n < 2 and n * 5 > 7
"""


def test_the_faults_are_spread_over_functions_and_kinds():
    chosen = faults.choose(found(CODE), 4)
    assert {fault.function for fault in chosen[:1]} == {"first"}
    assert len({fault.kind for fault in chosen if fault.function == "Thing.second"}) == 3


def test_the_same_code_gets_the_same_faults_wherever_it_stands():
    chosen = faults.choose(found(CODE), 3)
    moved = faults.choose(found(f'"""A docstring."""\n\nimport os\n{CODE}'), 3)
    assert [fault.key for fault in chosen] == [fault.key for fault in moved]
    assert [fault.line + 3 for fault in chosen] == [fault.line for fault in moved]


def test_each_module_gets_three_faults_or_all_that_it_has_and_they_are_python():
    found = mutants.find(ROOT, ())
    chosen = {module: faults.choose(possible, 3) for module, possible in found.items()}
    assert all(len(chosen[module]) == min(3, len(found[module])) for module in found)
    assert sum(map(len, chosen.values())) >= 80
    for fault in (fault for some in chosen.values() for fault in some):
        compile(fault.plant((ROOT / fault.module).read_bytes()), fault.module, "exec")


# Equivalent mutants


def test_the_equivalent_mutants_are_in_the_code_and_each_has_its_reason():
    equivalents = json.loads(mutants.EQUIVALENT.read_text())
    mutants.find(ROOT, equivalents)
    assert all(entry["reason"] for entry in equivalents)


@pytest.fixture
def course(tmp_path):
    """A repository with a module of each package, and their tests."""
    files = {
        "d2l_helpers/__init__.py": "from d2l_helpers.add import plus\n",
        "d2l_helpers/add.py": "from d2l_helpers import hidden\ndef plus(x, y):\n    return x + y\n",
        "d2l_helpers/hidden.py": "LIMIT = 5\n",
        "mxnet_today/__init__.py": "",
        "mxnet_today/wait.py": "import time\nSECONDS = 0\ntime.sleep(1000 * SECONDS)\n",
        "tests/helper.py": "import d2l_helpers as dh\nsums = [dh.plus(1, 2)]\n",
        "tests/conftest.py": "import mxnet_today.wait\n",
        "tests/test_sums.py": "import helper\ndef test_sum():\n    assert helper.sums == [3]\n",
        "tests/test_add.py": "def test_nothing():\n    pass\n",
        "tests/test_start.py": "import subprocess, sys\n"
        "def test_it():\n"
        "    code = 'from d2l_helpers.hidden import LIMIT; assert LIMIT == 5'\n"
        "    for environ in (None, {}):\n"
        "        subprocess.run([sys.executable, '-c', code], cwd='/', env=environ, check=True)\n",
        "tests/test_once.py": "import pytest\npytestmark = pytest.mark.once  # dh.plus\n",
        "tests/test_wait.py": "from mxnet_today import wait\ndef test_wait():\n    pass\n",
    }
    root = tmp_path / "course"
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    return root


def test_an_equivalent_mutant_is_left_out(course):
    (fault,) = mutants.find(course, ())["d2l_helpers/add.py"]
    entry = dict(zip(("module", "function", "source", "change"), fault.key), reason="a test")
    assert mutants.find(course, [entry])["d2l_helpers/add.py"] == []


@pytest.mark.parametrize(
    "changed",
    [
        {"module": "d2l_helpers/gone.py"},
        {"function": "minus"},
        {"source": "return y + x"},
        {"change": "Mult in x + y"},
    ],
)
def test_an_equivalent_mutant_that_is_not_in_the_code_is_an_error(course, changed):
    (fault,) = mutants.find(course, ())["d2l_helpers/add.py"]
    entry = dict(zip(("module", "function", "source", "change"), fault.key), reason="a test")
    with pytest.raises(SystemExit, match=re.escape(next(iter(changed.values())))):
        mutants.find(course, [{**entry, **changed}])


# Tests


def _files(folder):
    return [path for path in folder.rglob("*") if path.is_file()]


def test_a_module_has_the_tests_that_name_it_or_its_public_names(course):
    own = mutants.own_tests(course, mutants.read_tests(course))
    assert own["d2l_helpers/add.py"] == ["test_add.py", "test_sums.py"]  # the latter by its helper
    assert own["d2l_helpers/hidden.py"] == ["test_start.py"]
    assert own["mxnet_today/wait.py"] == ["test_wait.py"]


def test_a_module_that_no_test_names_has_those_of_the_modules_that_import_it(course):
    (course / "tests" / "test_start.py").unlink()
    own = mutants.own_tests(course, mutants.read_tests(course))
    assert own["d2l_helpers/hidden.py"] == ["test_add.py", "test_sums.py"]


@pytest.mark.parametrize(
    ("module", "batches", "expected"),
    [
        ("add", [("own", ["test_add.py"], 60, ()), ("rest", ["test_sums.py"], 60, ())], "rest"),
        ("add", [("own", ["test_sums.py"], 60, ()), ("rest", ["test_add.py"], 60, ())], "own"),
        ("add", [("own", ["test_add.py", "test_start.py"], 60, ())], None),
        ("hidden", [("own", ["test_start.py"], 60, ())], "own"),  # noticed by a process it starts
        ("hidden", [("own", ["test_sums.py"], 60, ("-m", "not once"))], None),
    ],
)
def test_a_fault_is_noticed_or_survives_and_the_code_stays_as_it_is(
    course, module, batches, expected
):
    before = {path: path.read_bytes() for path in _files(course)}
    (fault,) = mutants.find(course, ())[f"d2l_helpers/{module}.py"]
    assert mutants.plant(fault, course, batches)[0] == expected
    assert before == {path: path.read_bytes() for path in _files(course)}


def test_a_fault_that_hangs_is_ended_and_counts_as_noticed(course):
    fault = next(f for f in mutants.find(course, ())["mxnet_today/wait.py"] if "0 -> 1" in f.change)
    begin = time.monotonic()
    assert mutants.plant(fault, course, [("own", ["test_sums.py"], 3, ())]) == ("own", "timeout")
    assert time.monotonic() - begin < 60


def test_what_a_test_leaves_running_is_ended(course):
    leave = "Popen([sys.executable, '-c', 'import time; time.sleep(100)'], start_new_session=True)"
    (course / "tests" / "test_sums.py").write_text(
        "import subprocess, sys\ndef test_it():\n"
        f"    process = subprocess.{leave}\n    open('{course}/pid', 'w').write(str(process.pid))\n"
    )
    assert mutants.run_tests(course, ["test_sums.py"])[0] == "passed"
    if not Path("/proc").exists():
        pytest.skip("needs /proc")
    pid = int((course / "pid").read_text())
    end = time.monotonic() + 10
    while _runs(pid):
        assert time.monotonic() < end, "it still runs"
        time.sleep(0.1)


def _runs(pid):
    """Return whether a process runs; one that has ended stays where no init asks for its end."""
    with contextlib.suppress(OSError):
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    return False


def test_without_a_fault_the_tests_must_pass(course):
    (course / "d2l_helpers" / "add.py").write_text("def plus(x, y):\n    return x - y\n")
    with pytest.raises(SystemExit, match="fail without a fault"):
        mutants.time_tests(course, ["test_sums.py"], jobs=1)


def test_the_table_counts_what_noticed_each_fault_and_shows_the_survivors(capsys):
    first, second, third, *_ = found(CODE)
    results = [("own", "test_a.py::test_b"), ("rest", "timeout"), (None, "survived")]
    assert mutants.report([first, second, third], results) == [third]
    out = capsys.readouterr().out
    assert (
        "d2l_helpers/a.py                                  3          1         1         1" in out
    )
    assert f"\n{third}\n    return n < 2 and n * 5 > 7\n" in out


def test_the_faults_of_some_modules_are_listed_without_a_test(course, monkeypatch, capsys):
    subprocess.run(["git", "init", "--quiet", course], check=True)
    (course / "none.json").write_text("[]")
    monkeypatch.setattr(mutants, "EQUIVALENT", course / "none.json")
    monkeypatch.setattr(mutants, "ROOT", course)
    monkeypatch.setattr(
        sys, "argv", ["mutants.py", "--list", "--module", "add", "--module", "wait"]
    )
    mutants.main()
    listed = [line.partition(":")[0] for line in capsys.readouterr().out.splitlines()]
    assert listed == ["d2l_helpers/add.py"] + ["mxnet_today/wait.py"] * 3


def test_a_copy_has_what_git_keeps_or_would_add_and_nothing_that_is_deleted(
    course, tmp_path, monkeypatch
):
    subprocess.run(["git", "init", "--quiet", course], check=True)
    (course / ".gitignore").write_text("build/\n")
    subprocess.run(["git", "add", "tests"], cwd=course, check=True)
    (course / "build").mkdir()
    (course / "build" / "net").write_text("large")
    (course / "tests" / "test_add.py").unlink()
    monkeypatch.setattr(mutants, "ROOT", course)
    mutants.copy_checkout(tmp_path / "copy")
    copied = {path.relative_to(tmp_path / "copy").as_posix() for path in _files(tmp_path / "copy")}
    assert {"tests/test_sums.py", "d2l_helpers/add.py", ".gitignore"} <= copied
    assert not {"build/net", "tests/test_add.py"} & copied
