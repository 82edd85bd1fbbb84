"""`dh.check` and `dh.hint`: what they say about right and about typical wrong answers."""

import functools
import json

import d2l_helpers as dh
from d2l_helpers.exercises import check
from d2l_helpers.exercises.answer_hashes import hash_answer

import mxnet as mx
import numpy
import pandas as pd
import pytest
from mxnet import autograd, np
from mxnet.gluon import nn


@pytest.fixture
def says(monkeypatch):
    """A function that hashes the right answer and returns what `mistake` says about another."""

    def says(right, given, **spec):
        stored = json.loads(json.dumps(hash_answer("salt/x", right, **spec)))
        entry = {"salt": "salt", "answers": {"x": stored}, "hints": []}
        monkeypatch.setattr(check, "entries", lambda: {"99.1": entry})
        return check.mistake("99.1", given)

    return says


def small_net(channels=4, kernel=3):
    net = nn.HybridSequential()
    net.add(nn.Conv2D(channels, kernel_size=kernel), nn.Dense(10))
    return net


def with_dropout(place, num=1):
    """Return a net with dropout, its layers numbered: dense, its activation, dense."""
    layers = [nn.Dense(4), nn.Activation("relu"), nn.Dense(4), nn.Activation("relu"), nn.Dense(2)]
    layers[place - 1 : place - 1] = [nn.Dropout(0.5) for _ in range(num)]
    net = nn.HybridSequential()
    net.add(*layers)
    return net


class DropoutInForward(nn.HybridBlock):
    """The net of `with_dropout(2)`, with its dropout registered last."""

    def __init__(self):
        super().__init__()
        self.first, self.second, self.last = nn.Dense(4), nn.Dense(4), nn.Dense(2)
        self.dropout = nn.Dropout(0.5)

    def hybrid_forward(self, F, X):
        X = self.first(X)
        if autograd.is_training():
            X = self.dropout(X)
        X = F.npx.relu(X)
        return self.last(F.npx.relu(self.second(X)))


def square(x):
    return x * x


SHAPE = {"input_shape": [1, 1, 12, 12]}
CASES = {"cases": [[2], [3.5]]}
LARGE_CASES = {"cases": [[20], [35]]}
CORNER = numpy.array([[1, 2], [3, 5]])


@pytest.mark.parametrize(
    ("right", "given", "spec"),
    [
        (12, 12.0, {}),
        (12, np.array(12), {}),
        (46_764_746, numpy.int64(46_764_746), {}),
        (0.123456, 0.1235, {}),
        (0.123456, 0.12346, {"digits": 5}),
        (1 / 3, numpy.float32(1) / 3, {"digits": 6}),
        (0.125, 0.125000001, {"digits": 2}),  # a tie that a last bit would tip
        (0.7, 0.6, {"between": [0.5, 0.8]}),
        ([5, 0.7], [4, 0.6], {"entries": [{"between": [4, 6]}, {"between": [0.5, 0.8]}]}),
        (True, numpy.bool_(True), {}),
        ("conv1", " Conv_1", {}),
        ([1, 2.5], (1, 2.5), {}),
        ([1, 2], np.array([1, 2]), {}),
        ([1, 2], mx.nd.array([1, 2]), {}),
        (0.5, np.array([0.5]), {}),
        (0.5, numpy.array([0.5]), {"between": [0, 1]}),
        ([3, 4], pd.Series([3, 4]), {}),
        ([(1, 2), "a"], [(1, 2), "A"], {}),
        ({"coat", "shirt"}, {"Shirt", "coat"}, {}),
        ({"a": 1, "b": [2]}, {"b": [2], "a": 1}, {}),
        (numpy.eye(2), np.array([[1, 0], [0, 1]]), {}),
        (numpy.eye(2), [[1, 0], [0, 1]], {}),
        (pd.DataFrame({"a": [1, 2]}), pd.DataFrame({"a": [1, 2]}), {}),
        (small_net(), small_net(), SHAPE),
        (with_dropout(2), with_dropout(2), SHAPE),
        (with_dropout(2), with_dropout(3), SHAPE),  # behind an activation or before it
        (with_dropout(2), DropoutInForward(), SHAPE),
        (square, lambda x: x**2, CASES),
    ],
)
def test_a_right_answer_is_accepted(says, right, given, spec):
    assert says(right, given, **spec) is None


@pytest.mark.parametrize(
    ("right", "given", "spec", "words"),
    [
        (12, None, {}, "no answer yet"),
        (12, ..., {}, "no answer yet"),
        (12, "12", {}, "wrong type: text was given, and a number is wanted"),
        (12, True, {}, "wrong type: True or False was given, and a number is wanted"),
        (12, [12], {}, "wrong type: a list was given, and a number is wanted"),
        (12, -12, {}, "the right number with the wrong sign"),
        (12, 48, {"factors": {"the stride": 4}}, "too large by a factor of 4: the stride?"),
        # Of a small number a factor may fit by chance.
        (2, 8, {}, "another number"),
        (0.42, 0.84, {"decimals": 2}, "another number"),
        (0.42, 0.84, {"digits": 2}, "another number"),
        (1.42, 2.84, {"decimals": 2}, "too large by a factor of 2"),
        (12, 3, {}, "too small by a factor of 4"),
        (25.6, 0.2, {}, "too small by a factor of 128"),
        (12, 11, {}, "off by one: too small"),
        (12, 13, {}, "off by one: too large"),
        (46_764_746, 46_800_000, {}, "right to 3 digits, and all are wanted"),
        (0.123456, 0.12, {}, "right to 2 digits, and 4 are wanted"),
        # Of a long number two digits alone would be a guess.
        (123_456_789, 123_000_000, {}, "right to 3 digits, and all are wanted"),
        (123_456_789, 120_000_000, {}, "another number"),
        (12, 17, {}, "another number"),
        (4, 0.25, {}, "upside down: 1 divided by it is right"),
        (4, 5e-324, {}, "a whole number is wanted"),
        (set(), {"conv1"}, {}, "nothing given belongs there"),
        ({"conv1"}, set(), {}, "it is empty, and some are missing"),
        (12, float("nan"), {}, "NaN, which is not a number"),
        (0.7, 0.9, {"between": [0.5, 0.8]}, "another number: this one is too large"),
        (0.7, 70, {"between": [0.5, 0.8]}, "too large by a factor of 100, or nearly so: a share"),
        (-0.7, 0.6, {"between": [-0.8, -0.5]}, "the right size, with the wrong sign"),
        (-0.1, 0.9, {"between": [-0.8, 0.5]}, "another number: this one is too large"),
        (-0.1, 0.6, {"between": [-0.8, 0]}, "another number: this one is too large"),
        (
            [5, 0.7],
            [0.6, 5],
            {"entries": [{"between": [4, 6]}, {"between": [0.5, 0.8]}]},
            "the right entries, in reverse order",
        ),
        (True, False, {}, "the other way round"),
        ("conv1", "conv2", {}, "another answer"),
        ([1, 5, 7], [1, 5], {}, "wrong length: 2 entries were given, and 3 are wanted"),
        ([1, 5, 7], [7, 5, 1], {}, "the right entries, in reverse order"),
        ([1, 5, 7], [1, 5, 9], {}, "x[2] = 9: another number (2 of 3 are right)"),
        ({"a", "b"}, {"a", "c"}, {}, "1 of the 2 given belong there, and some are missing"),
        ({"a", "b"}, {"a"}, {}, "what is given belongs there, and some are missing"),
        ({"a", "b"}, {"a", "b", "c"}, {}, "2 of the 3 given belong there"),
        ({"a": 1, "b": 5}, {"a": 1}, {}, "1 of 2 are there, and right; the others are missing"),
        ({"a": 1}, {"c": 1}, {}, "not asked for: c"),
        (numpy.eye(2), numpy.ones((2, 3)), {}, "wrong shape: (2, 3), and (2, 2) is wanted"),
        (numpy.array([[1, 2], [3, 4]]), [[1, 3], [2, 4]], {}, "the axes are in the wrong order"),
        (numpy.eye(2), 255 * numpy.eye(2), {}, "too large by a factor of 255"),
        (numpy.eye(2), -numpy.eye(2), {}, "the right numbers with the wrong sign"),
        (numpy.array([[1, 2]]), [[2, 1]], {}, "the right numbers, reversed along axis 1"),
        (CORNER, CORNER[::-1, ::-1], {}, "the right numbers, reversed along axes 0 and 1"),
        (numpy.eye(2), [[1, 0], [0, 0.9]], {}, "the right shape, and 3 of 4 numbers are right"),
        (
            numpy.eye(2),
            [["a"]],
            {},
            "wrong type: it does not hold numbers alone, in rows of one length",
        ),
        (small_net(), small_net(5), SHAPE, "conv1 has another number of channels than it should"),
        (small_net(), small_net(4, 20), SHAPE, "it cannot take images of (1, 1, 12, 12): layer 0"),
        (
            square,
            lambda x: x**3,
            CASES,
            "<lambda>(2) = 8: another number (0 of 2 calls are right)",
        ),
        (
            square,
            lambda x: 2 * x**2,
            LARGE_CASES,
            "<lambda>(20) = 800: too large by a factor of 2 (0 of 2 calls are right)",
        ),
        (
            square,
            lambda x: x**3 / 10,
            LARGE_CASES,
            "<lambda>(20) = 800.0: here too large by a factor of 2, other calls are wrong in other "
            "ways (0 of 2 calls are right)",
        ),
        (square, lambda x: None, CASES, "<lambda>(2): it returns nothing: a return is missing"),
        (square, lambda: 1, CASES, "<lambda>(2): it fails with TypeError: "),
    ],
)
def test_the_kind_of_mistake_is_named(says, right, given, spec, words):
    assert says(right, given, **spec).startswith(words)


@pytest.mark.parametrize(("place", "num"), [(1, 1), (4, 1), (6, 1), (2, 2)])
def test_dropout_at_another_place_is_noticed(says, place, num):
    words = says(with_dropout(2), with_dropout(place, num), **SHAPE)
    assert words.startswith("it computes what it should, but with other dropout")


def test_an_error_of_an_earlier_cell_is_not_one_of_the_answer(says):
    says(small_net(), small_net(), **SHAPE)
    np.array([1, 2, 3])[np.array([7])]  # MXNet raises when it gets to it
    assert check.mistake("99.1", small_net()) is None


@pytest.mark.parametrize("put", [lambda x: x, lambda x: [x, 1], lambda x: {"a": x}])
def test_an_error_of_the_answer_is_its_own(says, put):
    words = says([1, 2], put(np.array([1, 2, 3])[np.array([7, 1])]))
    assert words.startswith("this answer cannot be computed: IndexError: index 7 is out of bounds")


def test_an_error_names_the_line_of_the_function(says):
    def fails(x):
        raise ZeroDivisionError

    words = says(square, fails, **CASES)
    assert words.startswith("fails(2): it fails with ZeroDivisionError (line ")
    assert ": raise ZeroDivisionError) (0 of 2 calls are right)" in words


def test_an_error_does_not_hide_a_wrong_result_before_it(says):
    words = says(square, lambda x: 5 if x == 2 else x.missing, **CASES)
    assert words == (
        "<lambda>(2) = 5: here off by one: too large, other calls are wrong in other ways "
        "(0 of 2 calls are right)"
    )


def test_a_typical_mistake_is_named(says):
    assert says(130, 125, mistakes={"no biases": 125}) == "another number: no biases"
    with pytest.raises(ValueError, match=r"rounded to 0\.141 itself"):
        says(0.141, 0.02, digits=2, mistakes={"no root": 0.143})


def test_of_an_index_only_right_and_wrong_are_told(says):
    assert says(3, 4, index=True) == "another number"


def test_a_wide_range_tells_no_factor(says):
    assert says(30, 0.3, between=[2, 1000]) == "another number: this one is too small"
    assert says(0.7, 70, between=[0.5, 0.9]).startswith("too large by a factor of 100")


def test_members_of_another_kind_are_named(says):
    words = says({"sandal"}, {5})
    assert words == "wrong type: it holds a number, and text is wanted"


def test_exchanged_answers_are_noticed(monkeypatch):
    right = {"a": 10, "b": 30}
    hashed = {name: hash_answer(f"salt/{name}", answer) for name, answer in right.items()}
    entry = {"salt": "salt", "answers": hashed, "hints": []}
    monkeypatch.setattr(check, "entries", lambda: {"99.1": entry})
    words = check.mistake("99.1", 30, 10)
    assert words == "0 of 2 are right; a: too large by a factor of 3. Are a and b exchanged?"
    assert "exchanged" not in check.mistake("99.1", 31, 10)


def test_a_function_that_is_not_written_is_no_answer_yet(says):
    def empty(x):
        raise NotImplementedError

    assert says(square, empty, **CASES) == "no answer yet"


def test_a_hash_does_not_hold_the_answer():
    for answer in (46_764_746, "ankle boot", [31_337, "conv2"], {"key": 54_321}):
        text = json.dumps(hash_answer("salt", answer))
        for part in ("46764746", "ankle", "31337", "conv2", "54321", "key"):
            assert part not in text


def test_the_same_answer_has_another_hash_in_another_exercise():
    assert hash_answer("one", 12)["hash"] != hash_answer("other", 12)["hash"]


def test_what_no_answer_can_be_is_refused():
    with pytest.raises(TypeError, match="an answer cannot be a object"):
        hash_answer("salt", object())
    with pytest.raises(ValueError, match="2 is not between 0 and 1"):
        hash_answer("salt", 2, between=[0, 1])


def test_check_prints_one_line(capsys):
    dh.check("05.1", [32, 16, 11])
    dh.check("05.1", [32, 16, 12])
    assert capsys.readouterr().out == (
        "05.1: right\n05.1: sizes[2] = 12: off by one: too large (2 of 3 are right)\n"
    )


def test_hints_come_in_steps(capsys):
    dh.hint("05.1")
    dh.hint("05.1", 2)
    first, second = capsys.readouterr().out.split("05.1, hint 2 of 2\n")
    assert first.startswith('05.1, hint 1 of 2; the next: dh.hint("05.1", 2)\n') and second
    with pytest.raises(ValueError, match="has no hint 3: it has hints 1 and 2"):
        dh.hint("05.1", 3)


@pytest.mark.parametrize(
    ("exercise", "words"),
    [
        ("05.99", "there is no exercise '05.99'. There are 05.1 to 05."),
        ("clinic.11", "there is no exercise 'clinic.11'. There are clinic.1 to clinic.10."),
        ("051", "there is no exercise '051'. Did you mean 05.1?"),
        (5.1, "there is no exercise 5.1. Did you mean 05.1? Write its number as text, in quotes."),
    ],
)
def test_an_unknown_exercise_is_reported_plainly(exercise, words):
    with pytest.raises(ValueError) as error:
        dh.check(exercise, 1)
    assert str(error.value).startswith(words)


def test_what_a_person_reads_cannot_be_checked():
    with pytest.raises(ValueError, match="has nothing to check: show your answer to a person"):
        dh.check("05.8", "an essay")


def examine(answer):
    assert isinstance(answer, str), "a text is wanted"
    mx.init.create(answer)
    return 1


@pytest.mark.parametrize(
    ("given", "by", "words"),
    [
        ("xavier", examine, None),
        (
            "xavier",
            None,
            'the function that looks at the answer is missing: dh.check("99.1", x, by=',
        ),
        (3, examine, "a text is wanted"),
        ("no such", examine, "it fails with AssertionError: no such is not registered"),
        (3, functools.partial(examine), "it fails with AssertionError: a text is wanted"),
    ],
)
def test_what_looks_at_an_answer_is_asked(monkeypatch, given, by, words):
    stored = {"x": hash_answer("salt/x", 1)}
    entry = {"salt": "salt", "answers": stored, "hints": [], "by": "examine"}
    monkeypatch.setattr(check, "entries", lambda: {"99.1": entry})
    found = check.mistake("99.1", given, by=by)
    assert found == words if words is None else found.startswith(words)


def test_a_number_may_stand_alone_in_an_array(monkeypatch):
    stored = {name: hash_answer(f"salt/{name}", 0.5, between=[0, 1], share=True) for name in "ab"}
    entry = {"salt": "salt", "answers": stored, "hints": [], "relations": [["a", "<", "b"]]}
    monkeypatch.setattr(check, "entries", lambda: {"99.1": entry})
    assert check.mistake("99.1", np.array([0.25]), numpy.array([0.5])) is None
    assert check.mistake("99.1", np.array([0.5]), 0.25).startswith("each number alone may be")
