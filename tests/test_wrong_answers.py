"""Right and wrong answers to each checked exercise, as students give them: tests/answers/."""

import importlib
import json
from pathlib import Path

from d2l_helpers.exercises.check import mistake
from d2l_helpers.exercises.entries import ANSWER_HASHES, can_be_checked

import pytest

FILES = sorted(Path(__file__).with_name("answers").glob("[a-z]*.py"))
ANSWERS = {
    number: answers
    for path in FILES
    for number, answers in importlib.import_module(f"answers.{path.stem}").ANSWERS.items()
}
RIGHT = [(n, name) for n, answers in ANSWERS.items() for name in answers["right"]]
WRONG = [(n, name) for n, answers in ANSWERS.items() for name in answers["wrong"]]


@pytest.mark.parametrize(("number", "name"), RIGHT)
def test_a_right_answer_is_right(number, name):
    assert mistake(number, *ANSWERS[number]["right"][name]()) is None


@pytest.mark.parametrize(("number", "name"), WRONG)
def test_a_wrong_answer_gets_a_message_that_helps(number, name):
    make, words = ANSWERS[number]["wrong"][name]
    found = mistake(number, *make())
    assert found is not None and found.startswith(words), found


def test_each_checked_exercise_has_four_wrong_and_three_right_answers():
    entries = json.loads(ANSWER_HASHES.read_text(encoding="utf-8"))
    checked = {number for number, entry in entries.items() if can_be_checked(entry)}
    assert checked == ANSWERS.keys()
    few = {
        number: (len(answers["right"]), len(answers["wrong"]))
        for number, answers in ANSWERS.items()
        if len(answers["right"]) < 3 or len(answers["wrong"]) < 4
    }
    assert not few
