"""Plant small faults in d2l_helpers and mxnet_today, and list those that no test notices.

    make test-mutants                                  three faults in each module
    make test-mutants MUTANTS="--module schedules --sample 20"
    make test-mutants MUTANTS=--list                   the faults, without a test

Each fault is planted in a copy of the checkout. There the tests that name the module run first,
and, if they all pass, the rest of tests/. A fault that changes nothing is listed with the reason in
tools/equivalent_mutants.json, and another takes its place.

mutmut needs Python 3.10 and forks a process that has loaded MXNet, and cosmic-ray changes the files
in place: the copies, the choice of faults and the order of the tests would be ours with either.
"""

import argparse
import ast
import collections
import contextlib
import itertools
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import sysconfig
import tempfile
import time
import uuid
import venv
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from xml.etree import ElementTree

from faults import Finder, choose

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ("d2l_helpers", "mxnet_today")
EQUIVALENT = Path(__file__).with_name("equivalent_mutants.json")
LEFT_OUT = {"test_regression.py"}  # runs whole lessons
REST = ("-m", "not once")
NO_TESTS = 5  # pytest's exit code where there are none to run
# A run is ended after so many times what its tests take without a fault, and so many seconds more.
SLOWER, MARGIN = 5, 60


def modules(root):
    """Return the code of each module, by its path in the repository."""
    paths = sorted(path for package in PACKAGES for path in (root / package).rglob("*.py"))
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in paths}


def find(root, equivalents):
    """Return the faults that can be planted in each module.

    Args:
        root: the repository.
        equivalents: what the faults that are left out are: module, function, source and change.

    Raises:
        SystemExit: one of the equivalents is not among the faults.
    """
    faults = {module: Finder(module, code).faults for module, code in modules(root).items()}
    known = {
        tuple(e[name] for name in ("module", "function", "source", "change")) for e in equivalents
    }
    stale = known - {fault.key for found in faults.values() for fault in found}
    if stale:
        sys.exit(f"{EQUIVALENT.name} lists what is not in the code: {min(stale)}")
    return {module: [f for f in found if f.key not in known] for module, found in faults.items()}


def read_tests(root):
    """Return the text of each test file, together with that of its helpers in tests/."""
    texts = {path.name: path.read_text() for path in (root / "tests").glob("*.py")}
    tests = {name for name in texts if name.startswith("test_")}

    def with_helpers(name, left):
        text = texts[name]
        used = [n for n in left if re.search(rf"(from|import) {n[:-3]}\b|\b{re.escape(n)}", text)]
        return "\n".join([text, *(with_helpers(helper, left - {helper}) for helper in used)])

    helpers = texts.keys() - tests - {"conftest.py"}
    return {name: with_helpers(name, helpers) for name in sorted(tests - LEFT_OUT)}


def own_tests(root, texts):
    """Return the test files of each module: those that name it, or what `dh` has of it.

    Those that name it most often come first. A module that none names has the test files of the
    modules that import it.

    Args:
        root: the repository.
        texts: what `read_tests` returns.
    """
    code = {module: content.decode() for module, content in modules(root).items()}
    public = collections.defaultdict(list)
    for node in ast.walk(ast.parse(code["d2l_helpers/__init__.py"])):
        if isinstance(node, ast.ImportFrom):
            public[node.module] += [alias.name for alias in node.names]
    own = {}
    for module in code:
        counts = {name: _mentions(module, text, public) for name, text in texts.items()}
        for name, text in texts.items():
            if name == f"test_{Path(module).stem}.py":
                counts[name] += len(text)  # comes first
            elif re.search(r"^pytestmark = \[?\s*pytest\.mark\.once", text, re.MULTILINE):
                counts[name] = 0  # it is about lessons or tools
        own[module] = sorted((n for n in counts if counts[n]), key=lambda name: -counts[name])
    for module in [module for module, files in own.items() if not files]:
        users = [user for user in code if user != module and _mentions(module, code[user], public)]
        own[module] = list(dict.fromkeys(name for user in users for name in own[user]))
    return own


def _mentions(module, text, public):
    """Return how often a text names a module, or what is public of it."""
    dotted = re.sub(r"(/__init__)?\.py$", "", module).replace("/", ".")
    package, _, stem = dotted.rpartition(".")
    patterns = [re.escape(dotted), *(rf"(?:dh|d2l_helpers)\.{name}" for name in public[dotted])]
    if package:
        patterns.append(rf"from {re.escape(package)} import (?:\([^)]*|.*\b){stem}")
    return len(re.findall(rf"\b(?:{'|'.join(patterns)})\b", text))


def copy_checkout(folder):
    """Copy the files that git keeps, and those that it would add."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    for name in subprocess.check_output(command, cwd=ROOT, text=True).split("\0")[:-1]:
        if (ROOT / name).is_file():  # it may be deleted, and git not know yet
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, folder / name)


def python_of(root):
    """Return a Python with the packages of this one, and a copy in place of the checkout.

    It belongs to an environment beside the copy: processes that a test starts with a PYTHONPATH of
    its own would otherwise import the checkout, which pip has installed.
    """
    folder = root.parent / "venv"
    if not folder.exists():
        venv.create(folder, symlinks=True)
        (packages,) = folder.glob("lib/python*/site-packages")
        (packages / "__editable__.pth").write_text(f"{root}\n")
        for path in Path(sysconfig.get_path("purelib")).iterdir():
            if not path.name.startswith("__editable__"):
                (packages / path.name).symlink_to(path)
        (folder / "share").symlink_to(Path(sys.prefix, "share"))  # what Jupyter looks for
    return folder / "bin" / "python"


def run_tests(root, files, limit=None, options=()):
    """Run test files of a copy of the repository, until a test fails.

    Returns:
        "passed", "failed" or, after `limit` seconds, "timeout"; what pytest printed.
    """
    mark = uuid.uuid4().hex
    environ = {
        **os.environ,
        "PYTHONPATH": str(root),
        "PYTHONDONTWRITEBYTECODE": "1",
        "OMP_NUM_THREADS": "1",
        "TMPDIR": str(root.parent),
        "MUTANT": mark,
    }
    command = [python_of(root), "-m", "pytest", "-q", "-x", "--tb=short", *options]
    command += [f"tests/{name}" for name in files]
    with (root.parent / "output").open("w+") as output:
        process = subprocess.Popen(
            command, cwd=root, env=environ, stdout=output, stderr=output, start_new_session=True
        )
        try:
            outcome = "passed" if process.wait(limit) in (0, NO_TESTS) else "failed"
        except subprocess.TimeoutExpired:
            outcome = "timeout"
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            _kill_marked(mark)
            process.wait()
        output.seek(0)
        return outcome, output.read()


def _kill_marked(mark):
    """Kill the processes whose environment has a mark, in whatever session they are."""
    for environ in Path("/proc").glob("[0-9]*/environ"):
        with contextlib.suppress(OSError):
            if mark.encode() in environ.read_bytes():
                os.kill(int(environ.parent.name), signal.SIGKILL)


def time_tests(root, files, jobs, options=()):
    """Run test files without a fault, and return the seconds that each takes.

    Raises:
        SystemExit: a test fails.
    """
    xml = root.parent / "times.xml"
    options = [*options, "-n", str(jobs), "--dist", "loadfile", "--junitxml", str(xml)]
    outcome, output = run_tests(root, files, options=options)
    if outcome != "passed":
        sys.exit(f"{output}\nThese tests fail without a fault. Repair them first.")
    seconds = collections.Counter()
    for case in ElementTree.parse(xml).iter("testcase"):
        seconds[case.get("classname").split(".")[1] + ".py"] += float(case.get("time"))
    return seconds


def plant(fault, source, batches):
    """Plant a fault in a copy, and run batches of tests until one notices it.

    Args:
        fault: a Fault.
        source: the repository to copy.
        batches: for each batch a name, files, seconds that it may take, and options of pytest.

    Returns:
        The name of the batch that noticed it, or None; the test that failed, or "timeout".
    """
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder, "course")
        shutil.copytree(source, root)
        path = root / fault.module
        path.write_bytes(fault.plant(path.read_bytes()))
        for name, files, limit, options in batches:
            outcome, output = run_tests(root, files, limit, options)
            if outcome != "passed":
                failed = re.search(r"^(?:FAILED|ERROR) (?:tests/)?(\S+)", output, re.MULTILINE)
                return name, failed[1] if failed else outcome
    return None, "survived"


def plant_all(faults, source, options):
    """Plant the faults, one in each copy, and return what noticed them, as `plant` does."""
    tests = read_tests(source)
    own = own_tests(source, tests)
    all_own = list(dict.fromkeys(name for fault in faults for name in own[fault.module]))
    others = [name for name in tests if name not in all_own]
    begin = time.monotonic()
    seconds = time_tests(source, all_own, options.jobs)
    if others and not options.own:
        seconds += time_tests(source, others, options.jobs, REST)
    print(f"Without a fault the tests pass, in {time.monotonic() - begin:.0f} s.", flush=True)
    numbers = itertools.count(1)

    def attempt(fault):
        files = own[fault.module]
        rest = [name for name in tests if name not in files]
        batches = [
            (name, batch, SLOWER * sum(seconds[file] for file in batch) + MARGIN, words)
            for name, batch, words in [("own", files, ()), ("rest", rest, REST)]
            if batch and not (options.own and name == "rest")
        ]
        result = plant(fault, source, batches)
        print(f"{next(numbers)}/{len(faults)} {fault}: {result[1]}", flush=True)
        return result

    with ThreadPoolExecutor(options.jobs) as pool:
        return list(pool.map(attempt, faults))


def report(faults, results):
    """Print what was noticed in each module, and return the faults that were not."""
    counts = {fault.module: collections.Counter() for fault in faults}
    for fault, (batch, _) in zip(faults, results):
        counts[fault.module][batch] += 1
    counts["all modules"] = sum(counts.values(), collections.Counter())
    print(f"\n{'module':44}planted  own tests  the rest  survived")
    for module, c in counts.items():
        print(f"{module:44}{sum(c.values()):7}{c['own']:11}{c['rest']:10}{c[None]:10}")
    survivors = [fault for fault, (batch, _) in zip(faults, results) if batch is None]
    for fault in survivors:
        print(f"\n{fault}\n    {fault.source}")
    return survivors


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "--module", action="append", help="such as loop or training/loop; may be given again"
    )
    parser.add_argument("--sample", type=int, default=3, help="faults in each module (3)")
    parser.add_argument("--jobs", type=int, default=2, help="copies that are tested at a time (2)")
    parser.add_argument("--own", action="store_true", help="run the modules' own tests alone")
    parser.add_argument("--list", action="store_true", help="list the faults, run nothing")
    options = parser.parse_args()
    endings = tuple(f"/{name}.py" for name in options.module or [])
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder, "course")
        copy_checkout(source)
        found = find(source, json.loads(EQUIVALENT.read_text()))
        faults = [
            fault
            for module, faults in found.items()
            if not endings or f"/{module}".endswith(endings)
            for fault in choose(faults, options.sample)
        ]
        if not faults:
            parser.error(f"no module {', '.join(options.module or [])} with faults to plant")
        if options.list:
            print(*faults, sep="\n")
        elif report(faults, plant_all(faults, source, options)):
            sys.exit(1)


if __name__ == "__main__":
    main()
