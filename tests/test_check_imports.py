"""`make lint` finds imports that run upwards or in a cycle, and private names used elsewhere."""

import re

import pytest
from stored_lessons import ROOT, load_tool

pytestmark = pytest.mark.once

# A small course in order, by files.
COURSE = {
    "mxnet_today/__init__.py": "from mxnet_today import cpu",
    "mxnet_today/cpu.py": "import os\n_cores = os.cpu_count()",
    "d2l_helpers/__init__.py": "import mxnet_today\nfrom d2l_helpers.training.loop import train",
    "d2l_helpers/utils/__init__.py": "",
    "d2l_helpers/utils/files.py": "from mxnet_today import cpu\n\ndef read(): pass\n_partial = 1",
    "d2l_helpers/data/__init__.py": "",
    "d2l_helpers/data/loader.py": "from d2l_helpers.utils.files import read",
    "d2l_helpers/models/__init__.py": "",
    "d2l_helpers/models/layers.py": "",
    "d2l_helpers/models/lenet.py": "from d2l_helpers.models import layers",
    "d2l_helpers/inspection/__init__.py": "",
    "d2l_helpers/inspection/table.py": "import d2l_helpers.utils.files\n_row = 1",
    "d2l_helpers/training/__init__.py": "",
    "d2l_helpers/training/loop.py": "from d2l_helpers.models import lenet\n\ndef train(): pass",
    "tools/writing.py": "_partial = 1",
    "tools/lessons.py": "import d2l_helpers as dh\nfrom writing import os\ndh.__version__",
}
UPWARDS = "{} must not import {}, which is not below it"


@pytest.fixture
def faults_in(tmp_path):
    """A function that returns what is wrong with the small course once files are changed in it."""

    def faults_in(changed):
        for name, code in {**COURSE, **changed}.items():
            (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / name).write_text(code)
        return list(load_tool("check_imports").faults(tmp_path))

    return faults_in


def test_the_course_is_in_order():
    assert list(load_tool("check_imports").faults(ROOT)) == []


def test_the_page_for_maintainers_lists_the_subpackages_in_the_order_of_the_layers():
    layers = load_tool("check_imports").LAYERS.split()
    page = (ROOT / "docs" / "maintaining.md").read_text()
    listed = re.findall(r"^\| `(\w+)` \|", page, re.MULTILINE)
    assert listed == layers[layers.index("d2l_helpers") + 1 : -1]


def test_a_course_in_order_has_no_fault(faults_in):
    assert faults_in({}) == []


@pytest.mark.parametrize(
    ("file", "code", "layer", "target"),
    [
        ("utils/files.py", "from d2l_helpers.data.loader import x", "utils", "data.loader"),
        ("utils/files.py", "from d2l_helpers.data import loader", "utils", "data.loader"),
        ("utils/files.py", "import d2l_helpers.models.lenet", "utils", "models.lenet"),
        ("utils/files.py", "import d2l_helpers.models.lenet as net", "utils", "models.lenet"),
        ("utils/files.py", "from ..data import loader", "utils", "data.loader"),
        ("utils/files.py", "from ..data.loader import x", "utils", "data.loader"),
        ("utils/__init__.py", "from ..training import loop", "utils", "training.loop"),
        ("utils/files.py", "def f():\n    import d2l_helpers.data", "utils", "data"),
        ("data/loader.py", "class A:\n    from ..models.lenet import *", "data", "models.lenet"),
        ("data/loader.py", "try:\n    import d2l_helpers.training\nfinally: 1", "data", "training"),
        (
            "models/lenet.py",
            "from d2l_helpers.inspection import table",
            "models",
            "inspection.table",
        ),
        ("inspection/table.py", "from d2l_helpers.models import x", "inspection", "models"),
    ],
)
def test_an_import_that_does_not_run_downwards_is_found(faults_in, file, code, layer, target):
    found = faults_in({f"d2l_helpers/{file}": code})
    words = UPWARDS.format(layer, f"d2l_helpers.{target}")
    assert any(re.fullmatch(rf"d2l_helpers/{file}:\d: {words}", fault) for fault in found), found


@pytest.mark.parametrize(
    ("file", "code", "layer", "target"),
    [
        ("d2l_helpers/models/layers.py", "import d2l_helpers as dh", "models", "d2l_helpers"),
        ("d2l_helpers/models/layers.py", "from d2l_helpers import train", "models", "d2l_helpers"),
        ("d2l_helpers/models/layers.py", "import lessons", "models", "lessons"),
        ("mxnet_today/cpu.py", "import d2l_helpers", "mxnet_today", "d2l_helpers"),
        ("mxnet_today/cpu.py", "def f(): import writing", "mxnet_today", "writing"),
        ("benchmarks/speed.py", "from lessons import x", "benchmarks", "lessons"),
    ],
)
def test_nothing_below_the_helpers_or_beside_them_is_imported(faults_in, file, code, layer, target):
    assert f"{file}:1: {UPWARDS.format(layer, target)}" in faults_in({file: code})


@pytest.mark.parametrize(
    ("changed", "cycle"),
    [
        ({"d2l_helpers/models/layers.py": "from .lenet import x"}, {"layers", "lenet"}),
        ({"d2l_helpers/models/layers.py": "def f(): from . import lenet"}, {"layers", "lenet"}),
        ({"mxnet_today/cpu.py": "import mxnet_today"}, {"mxnet_today", "cpu"}),
        ({"tools/writing.py": "def f():\n    import lessons"}, {"writing", "lessons"}),
        (
            {
                "d2l_helpers/models/layers.py": "import d2l_helpers.models.parts as parts",
                "d2l_helpers/models/parts.py": "from d2l_helpers.models import lenet",
            },
            {"layers", "parts", "lenet"},
        ),
    ],
)
def test_a_cycle_is_found(faults_in, changed, cycle):
    (fault,) = faults_in(changed)
    words, _, names = fault.partition(": ")
    assert words == "import cycle"
    assert {name.rpartition(".")[2] for name in names.split(" > ")} == cycle


@pytest.mark.parametrize(
    ("file", "code", "name", "owner"),
    [
        ("data/loader.py", "from ..utils.files import _partial", "_partial", "utils.files"),
        ("data/loader.py", "from ..utils.files import _partial as p", "_partial", "utils.files"),
        ("data/loader.py", "from d2l_helpers.utils import files\nfiles._x", "_x", "utils.files"),
        ("data/loader.py", "from ..utils import files as f\nf._x = 1", "_x", "utils.files"),
        ("data/loader.py", "import d2l_helpers.utils as u\nu._x()", "_x", "utils"),
        (
            "training/loop.py",
            "import d2l_helpers.inspection.table as t\nt._row",
            "_row",
            "inspection.table",
        ),
        (
            "training/loop.py",
            "import d2l_helpers.inspection.table\nd2l_helpers.inspection.table._row",
            "_row",
            "inspection.table",
        ),
    ],
)
def test_a_private_name_of_another_module_is_found(faults_in, file, code, name, owner):
    (fault,) = faults_in({f"d2l_helpers/{file}": code})
    assert fault.startswith(f"d2l_helpers/{file}:")
    assert fault.endswith(f": {name} is private to d2l_helpers.{owner}")


def test_a_subpackage_needs_a_layer(faults_in):
    (fault,) = faults_in({"d2l_helpers/extras/__init__.py": ""})
    assert fault == "extras has no place in LAYERS of tools/check_imports.py"
