"""Right and wrong answers to each checked exercise, as students give them: tests/answers/."""

import importlib
from pathlib import Path

from d2l_helpers.exercises.check import mistake
from d2l_helpers.exercises.entries import can_be_checked, entries

import pytest

FILES = sorted(Path(__file__).with_name("answers").glob("[a-z]*.py"))
ANSWERS = {
    number: answers
    for path in FILES
    for number, answers in importlib.import_module(f"answers.{path.stem}").ANSWERS.items()
}
RIGHT = [(n, name) for n, answers in ANSWERS.items() for name in answers["right"]]
WRONG = [(n, name) for n, answers in ANSWERS.items() for name in answers["wrong"]]


def found_in(number, *answers):
    """Return what the check finds. Answers hold what a function of the notebook's own returns."""
    by = (lambda result: result) if "by" in entries()[number] else None
    return mistake(number, *answers, by=by)


@pytest.mark.parametrize(("number", "name"), RIGHT)
def test_a_right_answer_is_right(number, name):
    assert found_in(number, *ANSWERS[number]["right"][name]()) is None


@pytest.mark.parametrize(("number", "name"), WRONG)
def test_a_wrong_answer_gets_a_message_that_helps(number, name):
    make, words = ANSWERS[number]["wrong"][name]
    found = found_in(number, *make())
    assert found is not None and found.startswith(words), found


def test_each_checked_exercise_has_four_wrong_and_three_right_answers():
    checked = {number for number, entry in entries().items() if can_be_checked(entry)}
    assert checked == ANSWERS.keys()
    few = {
        number: (len(answers["right"]), len(answers["wrong"]))
        for number, answers in ANSWERS.items()
        if len(answers["right"]) < 3 or len(answers["wrong"]) < 4
    }
    assert not few
