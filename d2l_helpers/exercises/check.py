"""`check` and `hint`, which give feedback on exercises at once and offline (lesson 00)."""

import functools
import json
from pathlib import Path

from d2l_helpers.exercises.answer_hashes import (
    arguments,
    array_text,
    digest,
    kind_of,
    member_text,
    net_rows,
    number_texts,
    plain,
    word,
)
from d2l_helpers.utils.validation import did_you_mean

import numpy

ANSWER_HASHES = Path(__file__).with_name("answer_hashes.json")
KINDS = {
    "truth": "True or False",
    "number": "a number",
    "interval": "a number",
    "text": "text",
    "list": "a list",
    "set": "a set",
    "dict": "a dict",
    "array": "an array",
    "table": "a table (DataFrame)",
    "net": "a net",
    "function": "a function",
}
FACTORS = (2, 3, 4, 8, 10, 16, 100, 128, 255, 1000, 1024, 10**6)  # that are often forgotten


def check(exercise, answer=None):
    """Print whether an answer is right or, in one line, what kind of mistake it contains.

    Nothing is stored or sent. The package does not contain the answers: see `answer_hashes`.

    Args:
        exercise: its number, such as "04.1".
        answer: to the exercise. None and ... count as no answer yet.

    Raises:
        ValueError: there is no such exercise, or nothing in it to check.
    """
    wrong = mistake(exercise, answer)
    print(f"{exercise}: right" if wrong is None else f"{exercise}: {wrong}")


def mistake(exercise, answer=None):
    """Return what is wrong with an answer, in words; None if it is right.

    Args, Raises: see `check`.
    """
    entry = _entry(exercise)
    if "answer_hash" not in entry:
        raise ValueError(f"exercise {exercise} is read by a person: it has nothing to check")
    if answer is None or answer is ...:
        return "no answer yet"
    return _compare(entry["salt"], entry["answer_hash"], answer)


def hint(exercise, step=1):
    """Print a hint of an exercise; the first is the smallest.

    Args:
        exercise: its number, such as "04.1".
        step: which of its hints.

    Raises:
        ValueError: there is no such exercise, or no such hint.
    """
    hints = _entry(exercise)["hints"]
    if step not in range(1, len(hints) + 1):
        there_are = f"it has {len(hints)}, from 1" if hints else "it has none"
        raise ValueError(f"exercise {exercise} has no hint {step}: {there_are}")
    more = f'; the next: dh.hint("{exercise}", {step + 1})' if step < len(hints) else ""
    print(f"{exercise}, hint {step} of {len(hints)}{more}\n{hints[step - 1]}")


@functools.cache
def _entries():
    return json.loads(ANSWER_HASHES.read_text(encoding="utf-8"))


def _entry(exercise):
    entries = _entries()
    if exercise not in entries:
        lesson = str(exercise).split(".")[0]
        known = [name for name in entries if name.split(".")[0] == lesson]
        there_are = f"There are {known[0]} to {known[-1]}." if known else ""
        question = did_you_mean(str(exercise), entries) if not known else ""
        raise ValueError(
            f"there is no exercise {exercise!r}.{question} {there_are}".rstrip()
            + (" Write its number as text, in quotes." if not isinstance(exercise, str) else "")
        )
    return entries[exercise]


def _compare(salt, expected, answer):
    """Return what is wrong with an answer, or None."""
    answer, kind = plain(answer), kind_of(answer)
    wanted = expected["kind"]
    if wanted == "table" and kind == "dict":
        kind = "table"
    if wanted == "array" and kind == "list":
        answer, kind = numpy.array(answer), "array"
    if kind != ("number" if wanted == "interval" else wanted):
        name = KINDS.get(kind, f"a {type(answer).__name__}")
        return f"wrong type: {name} was given, and {KINDS[wanted]} is wanted"
    return COMPARERS[wanted](salt, expected, answer)


def _compare_truth(salt, expected, answer):
    return None if digest(salt, str(answer)) == expected["hash"] else "the other way round"


def _fits(salt, expected, value):
    return any(
        digest(salt, text) == expected["hash"] for text in number_texts(value, expected["digits"])
    )


def _compare_number(salt, expected, answer):
    if answer != answer or abs(answer) == float("inf"):
        return "not a finite number"
    if _fits(salt, expected, answer):
        return None
    if answer and _fits(salt, expected, -answer):
        return "the right number with the wrong sign"
    named = {value: f", {name}" for name, value in expected.get("factors", {}).items()}
    for factor in dict.fromkeys([*named, *FACTORS]):
        for way, value in (("large", answer / factor), ("small", answer * factor)):
            if answer and _fits(salt, expected, value):
                return f"too {way} by a factor of {factor:,}{named.get(factor, '')}"
    for step in (1, -1):
        if float(answer).is_integer() and _fits(salt, expected, answer + step):
            return f"off by one: too {'small' if step > 0 else 'large'}"
    for digits in range(2, 16):
        if digest(salt, f"{float(answer):.{digits - 1}e}") in expected["coarser"]:
            close = abs(float(f"{float(answer):.{digits - 1}e}") - answer) <= 1e-9 * abs(answer)
            if close:
                return f"rounded too much: {digits} digits are right, and more are wanted"
    return "another number"


def _compare_interval(salt, expected, answer):
    low, high = expected["low"], expected["high"]
    if low <= answer <= high:
        return None
    if low <= -answer <= high:
        return "the right size, with the wrong sign"
    for factor in (100, 1000) if low * high > 0 else ():
        if low <= answer / factor <= high:
            return f"too large by a factor of {factor}, or nearly so: a share or a percentage?"
        if low <= answer * factor <= high:
            return f"too small by a factor of {factor}, or nearly so: a share or a percentage?"
    return f"another number: this one is too {'small' if answer < low else 'large'}"


def _compare_text(salt, expected, answer):
    return None if digest(salt, word(answer)) == expected["hash"] else "another answer"


def _compare_list(salt, expected, answer):
    items = expected["items"]
    if len(answer) != len(items):
        return f"wrong length: {len(answer)} entries were given, and {len(items)} are wanted"
    return _compare_each(
        [(f"entry {i + 1}", f"{salt}/{i}", item, answer[i]) for i, item in enumerate(items)]
    )


def _compare_each(parts):
    """Return what is wrong with the first wrong part, and how many are right."""
    said = [(name, _compare(salt, expected, answer)) for name, salt, expected, answer in parts]
    wrong = [(name, words) for name, words in said if words is not None]
    if not wrong:
        return None
    name, words = wrong[0]
    return f"{len(said) - len(wrong)} of {len(said)} are right; {name}: {words}"


def _compare_set(salt, expected, answer):
    given = {digest(salt, member_text(item)) for item in answer}
    right, wanted = given & set(expected["hashes"]), set(expected["hashes"])
    if given == wanted:
        return None
    said = [f"{len(right)} of the {len(given)} given belong there"] if given else ["it is empty"]
    if len(right) < len(wanted):
        said.append("and some are missing")
    return " ".join(said)


def _compare_dict(salt, expected, answer):
    parts, strangers = [], []
    for key, value in answer.items():
        name = digest(salt, member_text(key))
        if name in expected["items"]:
            value = list(value) if hasattr(value, "to_numpy") else value
            parts.append((f"{key}", f"{salt}/{name}", expected["items"][name], value))
        else:
            strangers.append(str(key))
    if strangers:
        return f"not asked for: {', '.join(strangers)}"
    wrong = _compare_each(parts)
    if wrong is None and len(parts) < len(expected["items"]):
        return (
            f"{len(parts)} of {len(expected['items'])} are there, and right; the others are missing"
        )
    return wrong


def _compare_array(salt, expected, answer):
    shape = tuple(expected["shape"])
    if answer.dtype.kind not in "biuf":
        return "wrong type: the array does not hold numbers"

    def fits(array):
        return array.shape == shape and digest(salt, array_text(array, digits)) == expected["hash"]

    digits = expected["digits"]
    if fits(answer):
        return None
    if answer.ndim == len(shape) and fits(answer.T):
        return "the axes are in the wrong order"
    if answer.shape != shape:
        return f"wrong shape: {answer.shape}, and {shape} is wanted"
    if fits(-answer.astype(float)):
        return "the right numbers with the wrong sign"
    for factor in FACTORS:
        if fits(answer / factor):
            return f"too large by a factor of {factor:,}"
        if fits(answer * float(factor)):
            return f"too small by a factor of {factor:,}"
    return "other numbers, in the right shape"


def _compare_net(salt, expected, answer):
    shape = tuple(expected["input_shape"])
    try:
        rows = net_rows(answer, shape)
    except ValueError as error:
        return f"it cannot take images of {shape}: {str(error).split('. ')[0]}"
    named = {"type": "type", "output_shape": "output shape", "parameters": "number of parameters"}
    for i, (row, hashes) in enumerate(zip(rows, expected["rows"])):
        for key, words in named.items():
            if digest(f"{salt}/{i}/{key}", str(row[key])) != hashes[key]:
                return f"layer {i} ({row['type']}) has another {words} than it should"
    if len(rows) != len(expected["rows"]):
        return f"wrong length: {len(rows)} layers, and {len(expected['rows'])} are wanted"
    return None


def _compare_function(salt, expected, answer):
    parts = []
    for i, (case, item) in enumerate(zip(expected["cases"], expected["items"])):
        try:
            result = answer(*arguments(case))
        except NotImplementedError:
            return "no answer yet"
        except Exception as error:
            return f"it fails in case {i + 1} of {len(expected['cases'])}: {type(error).__name__}"
        if result is None:
            return "it returns nothing: a return is missing"
        parts.append((f"case {i + 1}", f"{salt}/{i}", item, result))
    return _compare_each(parts)


COMPARERS = {
    "truth": _compare_truth,
    "number": _compare_number,
    "interval": _compare_interval,
    "text": _compare_text,
    "list": _compare_list,
    "set": _compare_set,
    "dict": _compare_dict,
    "array": _compare_array,
    "table": _compare_dict,
    "net": _compare_net,
    "function": _compare_function,
}
