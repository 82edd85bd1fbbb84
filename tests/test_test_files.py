"""What every test file must be like: each function in it runs, and none imports another."""

import ast
from pathlib import Path

import pytest

pytestmark = pytest.mark.once

FILES = sorted(Path(__file__).parent.glob("test_*.py"))
NAMES = {path.stem for path in FILES}
DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)


def idle_definitions(source):
    """Return the functions and classes of a test file that are no tests, and that nothing uses.

    A test that lost its `test_` is one of them; no rule of ruff finds it.
    """
    body = ast.parse(source).body
    own = {definition.name for definition in body if isinstance(definition, DEFINITIONS)}
    idle = []
    for definition in (node for node in body if isinstance(node, DEFINITIONS)):
        is_fixture = any("fixture" in ast.unparse(d) for d in definition.decorator_list)
        # A decorator of the file's own puts it on a list.
        is_listed = any(isinstance(d, ast.Name) and d.id in own for d in definition.decorator_list)
        if definition.name.startswith(("test_", "Test", "pytest_")) or is_fixture or is_listed:
            continue
        others = (node for other in body if other is not definition for node in ast.walk(other))
        if not any(isinstance(node, ast.Name) and node.id == definition.name for node in others):
            idle.append(definition.name)
    return idle


def imported_tests(source):
    """Return the test files that a test file imports."""
    nodes = [n for n in ast.walk(ast.parse(source)) if isinstance(n, (ast.Import, ast.ImportFrom))]
    names = [alias.name for node in nodes for alias in node.names]
    names += [getattr(node, "module", None) or "" for node in nodes]
    return [name for name in names if name.rpartition(".")[2] in NAMES]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_every_function_is_a_test_a_fixture_or_used(path):
    assert not idle_definitions(path.read_text())


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_test_file_imports_no_other(path):
    assert not imported_tests(path.read_text())


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("def test_a(): pass", []),
        ("def case(f): all.append(f)\n@case\ndef a_case(): pass", []),
        ("def arrays_are_read_only(): assert True", ["arrays_are_read_only"]),
        ("@pytest.mark.parametrize('x', [1])\ndef shapes_fit(x): pass", ["shapes_fit"]),
        ("def countdown(n): return n and countdown(n - 1)", ["countdown"]),
        ("class Loader: pass", ["Loader"]),
        ("@pytest.fixture\ndef net(): pass", []),
        ("@pytest.fixture(autouse=True)\ndef seeded(): pass", []),
        ("def one(): return 1\ndef test_one(): assert one()", []),
        ("def damage(path): pass\nCASES = [damage]", []),
    ],
)
def test_idle_definitions_are_found(source, expected):
    assert idle_definitions(source) == expected


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("import test_notebooks", ["test_notebooks"]),
        ("from test_training import Interrupted", ["test_training"]),
        ("def test_a():\n    from tests.test_data import idx", ["tests.test_data"]),
        ("from tests import test_data", ["test_data"]),
        ("from mxnet import test_utils", []),
        ("from small import small_net\nimport stored_lessons\nfrom . import x", []),
    ],
)
def test_imported_tests_are_found(source, expected):
    assert imported_tests(source) == expected
