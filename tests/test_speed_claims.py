"""No cell of a lesson or exercise stops because of a measured time: `dh.verdict` judges it."""

import ast
import re

import nbformat
import pytest
from IPython.core.inputtransformer2 import TransformerManager
from stored_lessons import EXERCISES, LESSONS, code_cells, read

pytestmark = pytest.mark.once

MEASURING = re.compile(
    r"\bseconds\(|seconds_in_turns|time_step|time_layers|peak_gflops|perf_counter"
    r"|time\.time\(|monotonic|Timer\("
)
# What stands beside measured times in a table, and is counted.
COUNTED = {"'multiply_adds'", "'parameters'", "'weights that learn'"}


def names(node):
    return {n.id for n in ast.walk(node) if isinstance(n, ast.Name)}


def is_measured(node, measured):
    """Return whether a piece of code measures a time, or uses a name that holds a measured one."""
    if isinstance(node, ast.Subscript) and ast.unparse(node.slice) in COUNTED:
        return False
    if isinstance(node, ast.Name):
        return node.id in measured
    # In text, too: a program that another process runs.
    if isinstance(node, (ast.Call, ast.Constant)) and MEASURING.search(ast.unparse(node)):
        return True
    return any(is_measured(child, measured) for child in ast.iter_child_nodes(node))


def inside(function, measured):
    """Return the names that hold a measured time when a function begins: not its own names."""
    inner = [node for node in ast.walk(function) if isinstance(node, (ast.arg, ast.Name))]
    own = {n.arg for n in inner if isinstance(n, ast.arg)}
    own |= {n.id for n in inner if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}
    return measured - own


def effect(statement, measured):
    """Return which names a statement sets, and whether they hold a measured time then."""
    if isinstance(statement, (ast.Assign, ast.AnnAssign, ast.AugAssign)):
        is_one = statement.value is not None and is_measured(statement.value, measured)
        # Of a table that gets one more column, the others stay what they are.
        kept = (ast.Subscript, ast.Attribute)
        targets = getattr(statement, "targets", None) or [statement.target]
        if not is_one and isinstance(statement, ast.AugAssign):
            targets = []
        targets = [t for t in targets if is_one or not isinstance(t, kept)]
        return set().union(*map(names, targets)), is_one
    if isinstance(statement, ast.FunctionDef):
        begins = inside(statement, measured)
        return {statement.name}, any(is_measured(s, begins) for s in statement.body)
    if isinstance(statement, ast.For):
        return names(statement.target), is_measured(statement.iter, measured)
    call = statement.value if isinstance(statement, ast.Expr) else None
    if isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute):
        is_one = any(is_measured(argument, measured) for argument in call.args)
        changed = names(call.func.value) - {"dh"}  # as in rows.append(time)
        return (changed if is_one else set()), is_one
    return set(), False


def statements_in_order(block):
    """Yield the statements of a cell, also those in loops and the like, but none in functions."""
    for statement in block:
        yield statement
        if not isinstance(statement, (ast.FunctionDef, ast.ClassDef)):
            for name in ("body", "orelse", "handlers", "finalbody"):
                yield from statements_in_order(getattr(statement, name, []))


def ends_a_run(statement):
    """Return what a statement asserts, has `dh.check` judge, or raises an error for; else None."""
    if isinstance(statement, ast.Assert):
        return statement.test
    if isinstance(statement, ast.If):
        raises = any(isinstance(node, ast.Raise) for node in ast.walk(statement))
        return statement.test if raises else None
    is_check = isinstance(statement, ast.Expr) and ast.unparse(statement).startswith("dh.check(")
    return statement.value if is_check else None


def limits(notebook):
    """Return the calls of a notebook that give up after some seconds."""
    calls = [
        node
        for cell in code_cells(notebook)
        for node in ast.walk(ast.parse(TransformerManager().transform_cell(cell.source)))
        if isinstance(node, ast.Call)
    ]
    return [ast.unparse(c) for c in calls if any(k.arg == "timeout" for k in c.keywords)]


def scan(block, measured, found):
    """Note which statements of a block stop because of a measured time; return the names with one.

    Args:
        block: a list of statements.
        measured: the names that hold a measured time when it begins.
        found: a list that gets the statements.
    """
    for statement in statements_in_order(block):
        changed, is_one = effect(statement, measured)
        measured = measured | changed if is_one else measured - changed
        asserted = ends_a_run(statement)
        if asserted is not None and is_measured(asserted, measured):
            found.append(ast.unparse(statement))
        if isinstance(statement, ast.FunctionDef):
            scan(statement.body, inside(statement, measured), found)
    return measured


def asserted_times(notebook):
    """Return the assertions, checks and errors of a notebook that depend on a measured time."""
    measured, found = set(), []
    for cell in code_cells(notebook):
        tree = ast.parse(TransformerManager().transform_cell(cell.source))
        for _ in range(2):  # a loop uses what it has found the last time
            measured = scan(tree.body, measured, found)
    return found


@pytest.mark.parametrize("path", [*LESSONS, *EXERCISES], ids=lambda p: f"{p.parent.name}/{p.stem}")
def test_nothing_stops_because_of_a_measured_time_or_a_time_limit(path):
    assert not asserted_times(read(path)) and not limits(read(path))


@pytest.mark.parametrize(
    "cells",
    [
        ["assert dh.seconds(f) < 1"],
        ["slow = dh.seconds_in_turns({1: f, 2: g})\nratio = slow[1] / slow[2]", "assert ratio > 4"],
        ["rows = []\nfor f in steps:\n    rows.append((f, dh.seconds(f)))", "assert rows[0]"],
        ["def rate():\n    start = perf_counter()\n    return 1 / start", "assert rate() > 5"],
        ["t = pd.DataFrame({'ms': [1]})", "t['ms'] = 1e3 * dh.seconds(f)", "assert t['ms']"],
        ["program = 'print(dh.seconds(f))'", "assert float(run(program)) > 1"],
        ["ratio = dh.seconds(f)", "dh.check('11.3', [ratio, 1] if ratio else None)"],
        ["total = 0", "total += dh.seconds(f)", "assert total < 1"],
        ["start = time.time()", "left: float = time.time() - start", "assert left < 1"],
        ["if dh.seconds(f) > 1:\n    raise RuntimeError('slow')"],
        ["def f():\n    start = perf_counter()\n    g()\n    assert perf_counter() - start < 1"],
        ["parts = dh.time_step(net, X, y, t)", "for part in parts:\n    assert part > 0"],
    ],
)
def test_an_assertion_on_a_time_is_found(cells):
    assert asserted_times(nbformat.v4.new_notebook(cells=[*map(nbformat.v4.new_code_cell, cells)]))


@pytest.mark.parametrize(
    "cell",
    [
        "layers = dh.time_layers(net, X)\nassert layers['multiply_adds'].sum() == 12",
        "ratio = dh.seconds(a) / dh.seconds(b)\ndh.verdict('a', ratio, at_least=4)",
        "s = dh.seconds(a)\nassert dh.layer_table(net, (1, 1, 28, 28)).size",
        "assert recorded('race')['seconds'].max() < 60",
        "name = dh.seconds(a)\ndef recorded(name):\n    return read(name)\nassert recorded('race')",
        "rows = [dh.seconds(a)]\nrows = [1]\nassert rows",
    ],
)
def test_what_is_counted_or_recorded_may_be_asserted(cell):
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell)])
    assert not asserted_times(notebook)


def test_a_time_limit_is_found():
    cell = nbformat.v4.new_code_cell("done = subprocess.run(command, timeout=300)")
    assert limits(nbformat.v4.new_notebook(cells=[cell]))
