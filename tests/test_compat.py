"""MXNet answers here as on the classic stack, and NumPy is as if MXNet were not there.

The probes (probes/) ask MXNet many small questions; classic.json has the answers of the stack that
MXNet 1.9.1 was made for. `python tests/probes` writes them there, and says elsewhere what differs.
"""

import ast
import functools
import inspect
import multiprocessing
import os
import platform
import pydoc
import subprocess
import sys
import textwrap
import traceback
import warnings
from pathlib import Path

import mxnet_today.compat as compat
import mxnet_today.importing as importing

import mxnet as mx
import numpy
import probes
import pytest
from mxnet import np

MXNET = Path(mx.__file__).parent
ROOT = Path(__file__).parents[1]
STANDS_IN = bool(compat.stand_ins())
today = pytest.mark.skipif(not STANDS_IN, reason="MXNet misses nothing here")

# What NumPy itself answers otherwise since 2.0, whatever MXNet does.
CHANGED_BY_NUMPY = (
    # A number of NumPy counts with its type, where its value used to (NEP 50).
    "dispatch: numpy.divide(x, numpy.float64(2))",
    "dispatch: x // numpy.float64(2)",
    "dispatch: i // numpy.int64(2)",
    "dispatch: b // numpy.int64(2)",
    "arrays: np.nanpercentile(z[:2], 50)",
    "arrays: np.nanquantile(z[:2], 0.5)",
    # The edges of bins have the type of the values.
    "dispatch: numpy.histogram2d(v, v, bins=2)",
    # A number of a legacy array is again an array, so NumPy never reaches one: 32 dimensions deep
    # it gave up and made an array of objects, 64 deep it refuses.
    "legacy: numpy.array(x)",
)

# What MXNet's own C++ answers otherwise on 64-bit Arm, whatever Python and NumPy do.
CHANGED_BY_ARM = (
    # A negative float becomes 0 as an unsigned integer, where x86-64 wraps around.
    'arrays: y.astype("uint8")',
    # Images: the random numbers and the rounding of the libraries that are built into MXNet.
    "images: transform of colours RandomColorJitter",
    "images: legacy transform RandomColorJitter",
    "images: apply(every_augmenter())",
    "images: apply([mx.image.ForceResizeAug((numpy.int64(3), 3))])",
    'images: npx.image.random_color_jitter(image().astype("float32"), 0.1, 0.1, 0.1, 0.1)',
)


@functools.cache
def classic():
    return probes.classic_answers()


# On the classic stack this would compare MXNet with a recording of itself.
@pytest.mark.parametrize("name", probes.load() if STANDS_IN else [])
def test_probe(name):
    if name in CHANGED_BY_NUMPY:
        pytest.skip("NumPy itself answers otherwise")
    if platform.machine() == "aarch64" and name in CHANGED_BY_ARM:
        pytest.skip("64-bit Arm answers otherwise")
    answer, warned = probes.answer(name)
    before, warned_before = classic()[name]
    assert probes.same(answer, before), f"{answer}; on the classic stack {before}"
    assert set(warned) <= set(warned_before)


def test_the_recorded_answers_are_those_of_these_probes():
    assert classic().keys() == probes.load().keys()
    assert {*CHANGED_BY_NUMPY, *CHANGED_BY_ARM} <= classic().keys()


@pytest.mark.parametrize(
    "value, other",
    [(1, 1.0), (1, True), ([1], [1, 2]), ({"a": 1}, {"b": 1}), (1.0, 1.001), ("a", "b"), ([], {})],
)
def test_answers_that_differ_are_not_the_same(value, other):
    assert probes.same(value, value)
    assert not probes.same(value, other)


@pytest.mark.parametrize(
    "called, names",
    [
        ("numpy", mx.numpy_dispatch_protocol._NUMPY_ARRAY_FUNCTION_LIST),
        ("numpy", mx.numpy_dispatch_protocol._NUMPY_ARRAY_UFUNC_LIST),
        ("np", mx.np.fallback.__all__),
        ("np.linalg", mx.np.fallback_linalg.__all__),
    ],
)
def test_each_function_that_mxnet_shares_with_numpy_is_probed(called, names):
    asked = "\n".join(probes.load())
    gone = {"sometrue", "round_", "product"}  # NumPy has them no more
    assert {name for name in names if f"{called}.{name}(" not in asked} <= gone


def test_the_classic_stack_gets_no_stand_ins():
    assert compat.stand_ins((1, 23), (3, 11)) == {}
    assert not any(
        compat.is_replaced(module, (1, 23))
        for replaced in compat.REPLACED_TEXT
        for module in replaced.needed_by
    )
    if not STANDS_IN:
        assert not numpy.get_printoptions()["legacy"]
        assert type(mx.recordio.__loader__) is not importing.StandInLoader


def parsed(module):
    """Parse a module. From 3.12 on Python warns of what it reads, where it was not compiled yet."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        return ast.parse((MXNET / module).read_text(encoding="utf-8"))


def attributes_of_numpy(tree):
    """Return the names that a module takes from `import numpy as ...`."""
    aliases = {
        name.asname or name.name
        for node in ast.walk(tree)
        if isinstance(node, ast.Import)
        for name in node.names
        if name.name == "numpy"
    }
    return {
        node.attr
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute)
        and isinstance(node.value, ast.Name)
        and node.value.id in aliases
    }


@pytest.fixture(scope="module")
def taken_from_numpy():
    """What each module of MXNet takes from NumPy: {module: names}."""
    files = (path.relative_to(MXNET) for path in MXNET.rglob("*.py"))
    taken = {file: attributes_of_numpy(parsed(file)) for file in files if "tools" not in file.parts}
    dispatched = mx.numpy_dispatch_protocol._NUMPY_ARRAY_FUNCTION_LIST
    taken[Path("numpy_dispatch_protocol.py")].update(name.split(".")[0] for name in dispatched)
    return taken


@pytest.mark.filterwarnings("ignore")
def test_mxnet_finds_all_that_it_takes_from_numpy(taken_from_numpy):
    given = compat.stand_ins().get("numpy", numpy)
    assert [n for names in taken_from_numpy.values() for n in names if not hasattr(given, n)] == []


def test_mxnet_takes_each_stand_in_of_numpy(taken_from_numpy):
    taken = set().union(*taken_from_numpy.values())
    assert {missing.name for missing in compat.MISSING_IN_NUMPY} <= taken


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("missing", compat.MISSING_IN_NUMPY, ids=lambda missing: missing.name)
def test_the_version_that_took_a_name_away(missing):
    if missing.name == "core":
        pytest.skip("NumPy 2 still has it, with a warning")
    found = hasattr(numpy, missing.name)
    if missing.name == "bool":
        found = found and numpy.bool is bool
    assert found != (missing.gone_in <= compat.NUMPY)


@pytest.mark.parametrize("replaced", compat.REPLACED_TEXT, ids=lambda replaced: replaced.pattern)
def test_each_text_that_is_replaced_is_there(replaced):
    for module in replaced.needed_by:
        path = MXNET.joinpath(*module.split(".")[1:])
        path = path / "__init__.py" if path.is_dir() else path.with_suffix(".py")
        source = path.read_text(encoding="utf-8")
        patched = compat.replaced_source(module, source, replaced.gone_in)
        assert patched != source
        assert len(patched.splitlines()) == len(source.splitlines())
        compile(patched, path, "exec")


@today
def test_mxnet_meets_the_stand_ins_and_nobody_else():
    assert isinstance(mx.np.utils.onp, compat.StandIn)
    assert mx.np.utils.onp.bool is bool
    assert not isinstance(numpy, compat.StandIn)
    assert mx.np.utils.onp.float32 is numpy.float32
    with pytest.raises(AttributeError, match="nothing_like_it"):
        mx.np.utils.onp.nothing_like_it  # noqa: B018
    assert mx.test_utils.np is mx.np.utils.onp


def run(*arguments, **environment):
    """Run a fresh Python, and return what it wrote on stdout and on stderr."""
    process = subprocess.run(
        [sys.executable, *arguments],
        env={**os.environ, "PYTHONPATH": str(ROOT), **environment},
        capture_output=True,
        text=True,
    )
    assert process.returncode == 0, process.stderr
    return process.stdout, process.stderr


def run_script(script, *flags, **environment):
    return run(*flags, "-c", textwrap.dedent(script), **environment)


SEEN = """
    import multiprocessing, sys, types, warnings
    import numpy, numpy.testing

    names, values = set(vars(numpy)), dict(vars(numpy))
    if {with_mxnet}:
        import mxnet_today, mxnet, mxnet.test_utils
        from mxnet.gluon.contrib import estimator
    warnings.simplefilter("ignore")
    changed = {{name for name, value in values.items() if getattr(numpy, name) is not value}}
    added = {{n for n in set(vars(numpy)) - names if f"numpy.{{n}}" not in sys.modules}}
    print(changed - {{"__warningregistry__"}}, added - {{"__warningregistry__"}})
    print([name for name in {asked} if hasattr(numpy, name)])
    print(getattr(numpy, "bool", None), hasattr(numpy.zeros(1), "tostring"))
    print(multiprocessing.get_start_method(), multiprocessing.Pool.__func__.__qualname__)
    try:
        import distutils.version
        print(distutils.version.LooseVersion)
    except ImportError as error:
        print(error)
"""


def test_numpy_and_python_are_as_if_mxnet_were_not_there():
    asked = [missing.name for missing in compat.MISSING_IN_NUMPY] + ["float", "object", "str"]
    without, with_mxnet = (
        run_script(SEEN.format(with_mxnet=value, asked=asked), "-W", "ignore")[0].splitlines()
        for value in (False, True)
    )
    assert with_mxnet == without
    assert with_mxnet[0] == "set() set()"


@today
def test_imports_without_a_warning_also_where_nothing_is_prepared():
    modules = "mxnet, mxnet.test_utils, mxnet.gluon.contrib.estimator, mxnet.contrib.amp"
    script = f"""
        import numpy
        numpy.set_printoptions(precision=3)
        import mxnet_today, {modules}
        print((mxnet.nd.zeros((numpy.int64(2),)) + 1 / 3).asnumpy(), mxnet.np.bool)
    """
    out = run_script(script, "-W", "error", D2L_HELPERS_PREPARE="0")
    assert out == ("[0.333 0.333] <class 'bool'>\n", "")


def test_prints_as_before_where_mxnet_was_imported_in_a_thread_and_again():
    out, _ = run_script(
        """
        import importlib
        import threading
        import mxnet_today

        def first():
            import mxnet

        thread = threading.Thread(target=first)
        thread.start()
        thread.join()
        import mxnet, numpy
        for name in ("recordio", "numpy.fallback", "gluon.data.dataloader", "metric"):
            module = importlib.import_module(f"mxnet.{name}")
            assert importlib.reload(module) is module
        header = mxnet.recordio.IRHeader(0, [1.0, 2.0], 3, 0)
        print(mxnet.recordio.unpack(mxnet.recordio.pack(header, b""))[0].label)
        print([numpy.int64(2)], mxnet.nd.zeros((numpy.int64(2),)).shape)
        """,
        "-W",
        "ignore",
    )
    assert out == "[1. 2.]\n[2] (2,)\n"


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere workers start afresh as ever")
@pytest.mark.filterwarnings("ignore:.*use of fork:DeprecationWarning")
def test_workers_fork_from_this_process():
    pool = mx.gluon.data.dataloader.multiprocessing.Pool(1)
    try:
        assert pool._ctx.get_start_method() == "fork"
        assert pool.apply(os.getppid) == os.getpid()
    finally:
        pool.terminate()
        pool.join()


def test_children_that_start_afresh_find_mxnet(tmp_path):
    script = tmp_path / "child.py"
    script.write_text(
        textwrap.dedent("""
            import multiprocessing

            import mxnet_today

            import mxnet as mx
            import numpy

            def ask(n):
                return mx.np.zeros((numpy.int64(n),)).shape

            if __name__ == "__main__":
                for method in sorted(multiprocessing.get_all_start_methods()):
                    with multiprocessing.get_context(method).Pool(1) as pool:
                        print(method, pool.map(ask, [2, 3]))
        """)
    )
    out, _ = run("-W", "ignore", script)
    methods = sorted(multiprocessing.get_all_start_methods())
    assert out.splitlines() == [f"{method} [(2,), (3,)]" for method in methods]


@pytest.mark.parametrize("function", [mx.recordio.pack, np.ndarray.item, np.random.uniform])
def test_source_and_documentation_are_those_of_the_file(function):
    source = inspect.getsource(function)
    assert source.lstrip().startswith(f"def {function.__name__}(")
    assert source in Path(inspect.getsourcefile(function)).read_text(encoding="utf-8")
    assert function.__name__ in pydoc.render_doc(function)


def test_a_module_of_mxnet_is_documented():
    assert "Operators that fallback to official NumPy" in pydoc.render_doc("mxnet.numpy.fallback")


@pytest.mark.parametrize(
    "failing, line",
    [
        (lambda: mx.recordio.pack(mx.recordio.IRHeader(0, "a", 1, 1), b""), "np.asarray("),
        (lambda: np.ones((2, 2))["a"], "raise ValueError("),
    ],
)
def test_a_traceback_shows_the_line_that_failed(failing, line):
    with pytest.raises(ValueError) as caught:
        failing()
    frames = traceback.extract_tb(caught.tb)
    assert line in next(f.line for f in reversed(frames) if str(MXNET) in f.filename)


def test_the_workers_of_a_pool_get_what_mxnet_makes():
    with multiprocessing.pool.ThreadPool(2) as pool:
        shapes = pool.map(lambda n: np.zeros((numpy.int64(n), numpy.int64(2))).shape, [1, 2, 3])
    assert shapes == [(1, 2), (2, 2), (3, 2)]
