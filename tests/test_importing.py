"""What happens between `import mxnet_today` and the first line of MXNet."""

import os
import subprocess
import sys

from mxnet_today import compat, importing

import pytest


def run(code, *options, **environ):
    return subprocess.run(
        [sys.executable, *options, "-c", code],
        env={**os.environ, **environ},
        capture_output=True,
        text=True,
    )


def test_importing_mxnet_today_loads_neither_mxnet_nor_numpy_nor_d2l():
    loaded = run("import mxnet_today, sys; print({'mxnet', 'numpy', 'd2l'} & sys.modules.keys())")
    assert loaded.stdout == "set()\n"


def test_it_can_be_imported_twice_and_stands_before_mxnet_once():
    importing.stand_before_mxnet()
    assert sys.meta_path.count(importing.MXNetFinder) == 1
    assert importing.MXNetFinder.find_spec("json") is None


@pytest.mark.parametrize("switch", ["1", "0"])
def test_mxnet_is_imported_and_computes_without_a_word(switch):
    code = "import mxnet_today, mxnet; print(mxnet.np.ones(3).sum())"
    done = run(code, "-W", "error::FutureWarning", D2L_HELPERS_PREPARE=switch)
    assert (done.stdout, done.stderr) == ("3.0\n", "")


@pytest.mark.parametrize(
    "room, function",
    [("stack", "check"), ("libraries", "check"), ("cuda", "load_libraries")],
)
def test_what_is_wrong_is_said_before_mxnet_is_loaded(room, function):
    refused = run(f"""
import sys
from mxnet_today import {room}, stack
def refuse():
    raise ImportError("why it cannot work")
{room}.{function} = refuse
stack.versions = lambda: {{"mxnet-cu112": "1.9.1", "numpy": "1.23.5"}}
try:
    import mxnet
except ImportError as error:
    print(error, "mxnet" in sys.modules)
""")
    assert refused.stdout == "why it cannot work False\n", refused.stderr


@pytest.fixture
def stand_ins(monkeypatch):
    """The stand-ins of the newest Python and NumPy, whichever run here."""
    made = compat.stand_ins(numpy_version=(2, 5), python=(3, 14))
    monkeypatch.setattr(importing, "stand_ins", lambda: made)
    return made


@pytest.mark.parametrize(
    "statement, expected",
    [
        ("import numpy", "numpy"),
        ("import numpy as np", "numpy"),
        ("import numpy.linalg", "numpy"),
        ("import multiprocessing.queues", "multiprocessing"),
        ("from distutils.version import LooseVersion", None),
    ],
)
def test_each_way_to_import_gives_the_stand_in(stand_ins, statement, expected):
    namespace = {"__builtins__": {"__import__": importing.import_stand_in}}
    exec(statement, namespace)
    (bound,) = (value for name, value in namespace.items() if name != "__builtins__")
    assert bound is (stand_ins[expected] if expected else compat.Version)


def test_what_has_no_stand_in_is_imported_as_ever(stand_ins):
    namespace = {"__builtins__": {"__import__": importing.import_stand_in}}
    exec("import json, os.path\nfrom os import path", namespace)
    assert namespace["json"] is sys.modules["json"]
    assert namespace["os"] is os
    assert namespace["path"] is os.path


def test_a_stand_in_has_all_that_the_module_has(stand_ins):
    import numpy

    assert stand_ins["numpy"].ndarray is numpy.ndarray
    assert stand_ins["numpy"].linalg.norm is numpy.linalg.norm
    assert stand_ins["numpy"].bool is bool
    with pytest.raises(AttributeError):
        stand_ins["numpy"].no_such_name  # noqa: B018 - asking for it is the test
