import contextlib
import re
from pathlib import Path

from mxnet_today import stack

import numpy
import pytest
from packaging.specifiers import SpecifierSet

ROOT = Path(__file__).resolve().parent.parent
FITTING = {"mxnet": "1.9.1", "numpy": "2.5.0"}


def value_in(file, pattern):
    """Return the one text of a file that a pattern finds."""
    (found,) = re.findall(pattern, (ROOT / file).read_text(encoding="utf-8"), re.MULTILINE)
    return found


@pytest.mark.parametrize("mxnet", ["mxnet", "mxnet-cu112"])
def test_the_pythons_that_fit_are_those_that_make_looks_for_and_pip_installs_on(mxnet):
    fitting = []
    for minor in range(30):
        with contextlib.suppress(ImportError):
            stack.check((3, minor), {mxnet: "1.9.1", "numpy": "1.23.5"})
            fitting.append(f"3.{minor}")
    looked_for = value_in("tools/find-pythons", '^versions="(.+)"$').split()
    assert sorted(fitting) == sorted(looked_for)
    allowed = SpecifierSet(value_in("pyproject.toml", '^requires-python = "(.+)"$'))
    assert fitting == [version for version in (f"3.{n}" for n in range(30)) if version in allowed]


@pytest.mark.parametrize("python", [(2, 7), (3, 8), (3, 15), (4, 0)])
def test_another_python_is_refused_with_the_way_out(python):
    with pytest.raises(ImportError, match=rf"3\.9 to 3\.14; this is {python[0]}\.{python[1]}\."):
        stack.check(python, FITTING)


@pytest.mark.parametrize("missing, advice", [("mxnet", "mxnet==1.9.1"), ("numpy", "numpy")])
def test_a_missing_package_is_said_with_the_way_out(missing, advice):
    installed = {name: version for name, version in FITTING.items() if name != missing}
    with pytest.raises(ImportError, match=f"not installed.*pip install .*{advice}"):
        stack.check((3, 11), installed)


def test_versions_names_what_is_installed_and_nothing_else(monkeypatch):
    monkeypatch.setattr(stack, "REPORTED_PACKAGES", ("no-such-package", "numpy", "pytest"))
    assert stack.versions() == {"numpy": numpy.__version__, "pytest": pytest.__version__}
