"""`check` and `hint`, which give feedback on exercises at once and offline (lesson 00)."""

import contextlib
import traceback

from d2l_helpers.exercises.compare import NO_ANSWER, compare_all, is_missing
from d2l_helpers.exercises.entries import can_be_checked, entries, find
from d2l_helpers.exercises.function_cases import failure
from d2l_helpers.exercises.messages import listed, print_wrapped
from d2l_helpers.exercises.progress import record
from d2l_helpers.exercises.variants import check_call, variant_entry

from mxnet import npx
from mxnet.ndarray import NDArray


def check(exercise, *answers, by=None, variant=None):
    """Print whether the answers to an exercise are right or, in one line, what is wrong with them.

    A right answer is noted beside the working copies, see `progress`; nothing is sent. The package
    does not contain the answers, see `answer_hashes`.

    Args:
        exercise: its number, such as "05.1".
        answers: as many as the exercise asks for, in its order. None and ... count as no answer
            yet.
        by: a function of the exercise's own, that is given the answers and returns what they do;
            that is checked then.
        variant: which variant of the exercise was answered, see `exercise`; None for the exercise
            itself.

    Raises:
        ValueError: there is no such exercise or variant, or nothing in it to check.
    """
    wrong = mistake(exercise, *answers, by=by, variant=variant)
    name = exercise if variant is None else f"{exercise}, variant {variant}"
    print_wrapped(f"{name}: {wrong or 'right'}")
    if wrong is None:
        record(exercise, variant)


def mistake(exercise, *answers, by=None, variant=None):
    """Return what is wrong with the answers to an exercise, in words; None if they are right.

    Args, Raises: see `check`.
    """
    entry = find(entries(), exercise) if variant is None else variant_entry(exercise, variant)
    if not can_be_checked(entry):
        raise ValueError(f"exercise {exercise} has nothing to check: show your answer to a person")
    names = list(entry["answers"])
    call = check_call(exercise, names, variant, entry.get("by"))
    if "by" in entry and by is None:
        return f"the function that looks at the answer is missing: {call}"
    try:
        _compute(answers)
    except Exception as error:
        return f"this answer cannot be computed: {failure(error)}"
    _leave_errors_behind()
    if by and answers:
        if any(map(is_missing, answers)):
            return NO_ANSWER
        try:
            answers = (by(*answers),)
        except NotImplementedError:
            return NO_ANSWER
        except Exception as error:
            return _request(error, by) or f"it fails with {failure(error)}"
    if len(answers) != len(names):
        given = "1 answer was" if len(answers) == 1 else f"{len(answers)} answers were"
        return f"{given} given, and {len(names)} wanted: {call}"
    try:
        return compare_all(entry, answers)
    except Exception as error:  # whatever somebody gives, a check says something
        return f"this answer cannot be looked at: {failure(error)}"
    finally:
        _leave_errors_behind()


def _compute(answers):
    """Wait until MXNet has computed some answers, and raise an error in them."""
    for answer in answers:
        if isinstance(answer, NDArray):
            answer.wait_to_read()
        elif isinstance(answer, dict):
            _compute(answer.values())
        elif isinstance(answer, (list, tuple)):
            _compute(answer)


def _leave_errors_behind():
    """Wait for what else MXNet computes: an error in it would be taken for one of the answer."""
    with contextlib.suppress(Exception):
        npx.waitall()


def _request(error, by):
    """Return what a function of the exercise's own asks for by an assert, or None.

    Asserts of others, such as MXNet's, do not say what the exercise wants.
    """
    *_, last = traceback.extract_tb(error.__traceback__)
    code = getattr(by, "__code__", None)
    is_own = isinstance(error, AssertionError) and code and last.filename == code.co_filename
    return str(error) if is_own else None


def hint(exercise, step=1):
    """Print a hint of an exercise; the first is the smallest.

    Args:
        exercise: its number, such as "05.1".
        step: which of its hints.

    Raises:
        ValueError: there is no such exercise, or no such hint.
    """
    hints = find(entries(), exercise)["hints"]
    if step not in range(1, len(hints) + 1):
        numbers = [str(number) for number in range(1, len(hints) + 1)]
        word = "hint" if len(hints) == 1 else "hints"
        there_are = f"it has {word} {listed(numbers)}" if hints else "it has none"
        raise ValueError(f"exercise {exercise} has no hint {step}: {there_are}")
    more = f'; the next: dh.hint("{exercise}", {step + 1})' if step < len(hints) else ""
    print_wrapped(f"{exercise}, hint {step} of {len(hints)}{more}\n{hints[step - 1]}")
