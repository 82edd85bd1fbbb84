from mxnet_today import stack

import pytest

FITTING = {"mxnet": "1.9.1", "numpy": "2.5.0"}


def test_this_environment_fits():
    stack.check()


@pytest.mark.parametrize("python", [(3, minor) for minor in range(9, 15)])
@pytest.mark.parametrize("mxnet", ["mxnet", "mxnet-cu112"])
def test_each_supported_python_fits_with_either_build_of_mxnet(python, mxnet):
    stack.check(python, {mxnet: "1.9.1", "numpy": "1.23.5"})


@pytest.mark.parametrize("python", [(2, 7), (3, 8), (3, 15), (4, 0)])
def test_another_python_is_refused_with_the_way_out(python):
    with pytest.raises(ImportError, match=rf"3\.9 to 3\.14; this is {python[0]}\.{python[1]}\."):
        stack.check(python, FITTING)


@pytest.mark.parametrize("missing, advice", [("mxnet", "mxnet==1.9.1"), ("numpy", "numpy")])
def test_a_missing_package_is_said_with_the_way_out(missing, advice):
    installed = {name: version for name, version in FITTING.items() if name != missing}
    with pytest.raises(ImportError, match=f"not installed.*pip install .*{advice}"):
        stack.check((3, 11), installed)


def test_versions_names_what_is_installed_and_nothing_else():
    versions = stack.versions()
    assert versions["numpy"][0] in "12"
    assert {"mxnet", "mxnet-cu112"} & versions.keys()
    assert versions.keys() <= set(stack.REPORTED_PACKAGES)
