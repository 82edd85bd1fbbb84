"""How errors and verdicts on speed appear in a notebook."""

import os

import d2l_helpers as dh
from mxnet_today import cpu

import pytest
from mxnet import np
from mxnet.base import MXNetError


def test_of_an_expected_error_the_first_sentence_is_printed(capsys):
    with dh.expect_error(ValueError):
        raise ValueError("It is too large. Try a tenth of it.")
    assert capsys.readouterr().out == "ValueError: It is too large\n"


def test_of_mxnets_errors_only_the_reason_is_printed(capsys):
    with dh.expect_error(MXNetError):
        np.concatenate([np.zeros((2, 3)), np.zeros((3, 4))], axis=0)
    out = capsys.readouterr().out
    assert out.startswith("MXNetError: ") and out.count("\n") == 1
    assert "MXNetError" not in out[12:]


def test_the_lack_of_an_error_is_an_error():
    no_error = pytest.raises(AssertionError, match="no ValueError was raised")
    with no_error, dh.expect_error(ValueError):
        pass


def test_an_error_without_a_text_has_its_name(capsys):
    with dh.expect_error(AssertionError):
        raise AssertionError
    assert capsys.readouterr().out == "AssertionError\n"


def test_one_of_several_errors_may_be_expected(capsys):
    kinds = (KeyError, ArithmeticError)
    with dh.expect_error(kinds):
        raise ZeroDivisionError("no share of 0")
    assert capsys.readouterr().out == "ArithmeticError: no share of 0\n"
    no_error = pytest.raises(AssertionError, match="no KeyError or ArithmeticError was raised")
    with no_error, dh.expect_error(kinds):
        pass


def test_another_error_passes_through():
    with pytest.raises(KeyError), dh.expect_error(ValueError):
        raise KeyError("x")


@pytest.fixture
def machine(monkeypatch):
    """A function that puts a machine in the place of this one, as a verdict sees it."""

    def put(threads=2, load=0.5, features=("avx2", "avx512f")):
        monkeypatch.setenv("OMP_NUM_THREADS", str(threads))
        monkeypatch.setattr(os, "cpu_count", lambda: 2)
        monkeypatch.setattr(cpu, "features", lambda: list(features))
        monkeypatch.setattr(os, "getloadavg", lambda: (load, 0, 0))

    return put


@pytest.mark.parametrize(
    ("bounds", "expected"),
    [
        ({"at_least": 4}, "at least 4"),
        ({"at_most": 4}, "at most 4"),
        ({"at_least": 4, "at_most": 4.5}, "at least 4 and at most 4.5"),
    ],
)
def test_a_speed_as_expected_is_reported_in_a_line(bounds, expected, capsys):
    dh.verdict("large compared with small", 4.0, **bounds)
    assert capsys.readouterr().out == (
        f"~ As expected: large compared with small: 4 times; expected: {expected}\n"
    )


@pytest.mark.parametrize(
    ("value", "bounds"),
    [(3.99, {"at_least": 4}), (4.01, {"at_most": 4}), (5, {"at_least": 1, "at_most": 4})],
)
def test_an_unexpected_speed_is_no_error_and_prints_how_to_measure_again(
    value, bounds, capsys, machine
):
    machine()
    dh.verdict("large", value, unit="%", **bounds)
    first, *advice = capsys.readouterr().out.splitlines()
    assert first.startswith(f"~ Not as expected: large: {value:.3g} %; expected: at ")
    assert len(advice) == 2 and "close other programs" in advice[-1]


@pytest.mark.parametrize(
    ("value", "shown"),
    [(0.8761, "0.876"), (27.84, "27.8"), (99.95, "100"), (13584.2, "13,584"), (2e-7, "2e-07")],
)
def test_a_verdict_shows_as_many_digits_as_can_be_read(value, shown, capsys):
    dh.verdict("large", value, at_least=0, at_most=12000, unit="images/s")
    assert f": large: {shown} images/s; expected: at least 0 and at most 12,000\n" in (
        capsys.readouterr().out
    )


@pytest.mark.parametrize(
    ("value", "bound", "shown"),
    [
        (59.96, 60, "59.96"),
        (0.99996, 1, "0.99996"),
        (0.9999995, 1, "0.99999950000000004"),
        (3.9999999, 4, "3.9999999000000002"),
    ],
)
def test_a_speed_just_below_the_bound_does_not_read_like_the_bound(value, bound, shown, capsys):
    dh.verdict("large", value, at_least=bound)
    line = capsys.readouterr().out.splitlines()[0]
    assert line == f"~ Not as expected: large: {shown} times; expected: at least {bound}"


def test_a_system_without_a_load_average_gets_its_verdict_too(capsys, machine, monkeypatch):
    machine()
    monkeypatch.delattr(os, "getloadavg")
    dh.verdict("large", 1, at_least=4)
    assert "close other programs" in capsys.readouterr().out


def test_a_verdict_without_a_bound_is_refused():
    with pytest.raises(ValueError, match="at_least, at_most"):
        dh.verdict("large", 1)


def test_a_speed_that_is_not_a_number_is_not_as_expected(capsys):
    dh.verdict("large", float("nan"), at_least=1)
    assert capsys.readouterr().out.startswith("~ Not as expected: large: nan times")


@pytest.mark.parametrize(
    ("found", "reason"),
    [
        ({"load": 6.0}, "other programs are running (a load of 6.0, cores: 2)"),
        ({"load": 2.6}, "other programs are running (a load of 2.6, cores: 2)"),
        ({"threads": 1}, "a single thread"),
        ({"features": ["avx2"]}, "no AVX-512"),
    ],
)
def test_the_reasons_that_can_be_measured_are_printed(found, reason, capsys, machine):
    machine()
    dh.verdict("large", 1, at_least=4)
    assert reason not in capsys.readouterr().out
    machine(**found)
    dh.verdict("large", 1, at_least=4)
    assert reason in capsys.readouterr().out


@pytest.mark.parametrize("load", [0.0, 1.6, 2.0, 2.5])
def test_a_load_that_the_measurement_itself_makes_is_no_reason(load, capsys, machine):
    machine(load=load)
    dh.verdict("large", 1, at_least=4)
    assert "other programs are running" not in capsys.readouterr().out


def test_a_system_that_cannot_count_its_cores_counts_as_one_core(capsys, machine, monkeypatch):
    machine(load=1.6)
    monkeypatch.setattr(os, "cpu_count", lambda: None)
    dh.verdict("large", 1, at_least=4)
    assert "(a load of 1.6, cores: 1)" in capsys.readouterr().out


@pytest.mark.parametrize("features", [["asimd"], []], ids=["Arm", "unknown"])
def test_avx_512_is_missed_only_where_it_could_be(features, capsys, machine):
    machine(features=features)
    dh.verdict("large", 1, at_least=4)
    assert "AVX" not in capsys.readouterr().out
