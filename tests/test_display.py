"""How errors appear in a notebook."""

import d2l_helpers as dh

import pytest
from mxnet import np
from mxnet.base import MXNetError


def test_an_expected_error_is_told_in_its_first_sentence(capsys):
    with dh.expect_error(ValueError):
        raise ValueError("It is too large. Try a tenth of it.")
    assert capsys.readouterr().out == "ValueError: It is too large\n"


def test_of_mxnets_errors_the_reason_is_told_alone(capsys):
    with dh.expect_error(MXNetError):
        np.concatenate([np.zeros((2, 3)), np.zeros((3, 4))], axis=0)
    out = capsys.readouterr().out
    assert out.startswith("MXNetError: ") and out.count("\n") == 1
    assert "MXNetError" not in out[12:]


def test_the_lack_of_an_error_is_an_error():
    no_error = pytest.raises(AssertionError, match="no ValueError was raised")
    with no_error, dh.expect_error(ValueError):
        pass


def test_another_error_passes_through():
    with pytest.raises(KeyError), dh.expect_error(ValueError):
        raise KeyError("x")
