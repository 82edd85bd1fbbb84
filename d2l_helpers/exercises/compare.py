"""What is wrong with an answer, found by the hashes of the right one (lesson 00)."""

import itertools
from typing import NamedTuple

from d2l_helpers.exercises.answer_hashes import (
    digest,
    kind_of,
    member_text,
    number_text,
    number_texts,
    plain,
    word,
)
from d2l_helpers.exercises.function_cases import as_text, call, failure, short
from d2l_helpers.exercises.messages import listed
from d2l_helpers.exercises.net_layers import (
    dropouts,
    layers,
    names_of,
    outputs,
    same_outputs,
)
from d2l_helpers.exercises.properties import PROPERTIES
from d2l_helpers.inspection.layer_table import why_input_fails
from d2l_helpers.utils.validation import is_finite

import numpy
from mxnet.base import MXNetError

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
    "property": "a function",
}
# (wanted, given) where one kind is as good as the other
TAKEN = {
    ("table", "dict"),
    ("array", "list"),
    ("set", "list"),
    ("interval", "number"),
    ("property", "function"),
}
SETTINGS = {  # of a layer, in words
    "channels": "number of channels",
    "units": "number of units",
    "groups": "number of groups",
    "function": "activation",
}
FACTORS = (2, 3, 4, 8, 10, 16, 100, 128, 255, 1000, 1024, 10**6)  # that are often forgotten
PLAIN = {"truth", "number", "interval", "text", "list", "set"}  # kinds that are compared quickly
MAX_NUMBERS = 10_000  # that a check looks at
NO_ANSWER = "no answer yet"


class Mistake(NamedTuple):
    """What is wrong, and where: the name of a variable, with the place in it."""

    where: str
    words: str


def compare_all(entry, answers):
    """Return what is wrong with the answers to an exercise, in words; None if all are right.

    Args:
        entry: of answer_hashes.json: "salt", "answers", {name: what `hash_answer` returns}, and
            perhaps "relations", see `_broken_relation`.
        answers: in the order of the names.
    """
    expected, mistakes = entry["answers"], []
    for (name, item), answer in zip(expected.items(), answers):
        if is_missing(answer):
            mistakes.append(Mistake(name, NO_ANSWER))
        else:
            mistakes.append(_compare(name, f"{entry['salt']}/{name}", item, answer))
    found = [mistake for mistake in mistakes if mistake]
    if all(mistake == Mistake(name, NO_ANSWER) for name, mistake in zip(expected, mistakes)):
        return NO_ANSWER
    if not found:
        return _two_units(expected, answers) or _broken_relation(
            entry.get("relations", []), dict(zip(expected, answers))
        )
    # What is there comes before what is missing.
    first = min(found, key=lambda mistake: mistake.words == NO_ANSWER)
    if len(expected) == 1:
        return first.words if first.where in expected else f"{first.where}: {first.words}"
    num_right = len(expected) - len(found)
    wrong = {n: a for n, a, m in zip(expected, answers, mistakes) if m and m.words != NO_ANSWER}
    words = f"{num_right} of {len(expected)} are right; {first.where}: {first.words}"
    question = _exchanged(entry, wrong)
    return f"{words}{'' if words.endswith('?') else '.'}{question}" if question else words


def _two_units(expected, answers):
    """Return that some right shares are percentages and others are not, in words, or None."""
    shares = {
        n: _number(plain(a)) for (n, item), a in zip(expected.items(), answers) if item.get("share")
    }
    percentages = [name for name, share in shares.items() if abs(share) > 1]
    others = [name for name, share in shares.items() if 0 < abs(share) <= 1]
    if percentages and others:
        one, other = percentages[0], others[0]
        return f"all are right, but {one} is a percentage and {other} is not: use one unit"
    return None


def _exchanged(entry, answers):
    """Return a question if two of some wrong answers are right in each other's place, else ""."""

    def fits(name, answer):
        item = entry["answers"][name]
        return item["kind"] in PLAIN and not _compare(name, f"{entry['salt']}/{name}", item, answer)

    for (one, a), (other, b) in itertools.combinations(answers.items(), 2):
        if fits(one, b) and fits(other, a):
            return f" Are {one} and {other} exchanged?"
    return ""


def is_missing(answer):
    """Return whether nothing was answered: None, ..., or a list of these."""
    if isinstance(answer, (list, tuple)):
        return bool(answer) and len(answer) <= MAX_NUMBERS and all(map(is_missing, answer))
    return answer is None or answer is ...


def _broken_relation(relations, answers):
    """Return which of some relations does not hold, in words, or None.

    Args:
        relations: a list of [term, "<" or ">", term], see `_value`; what has to hold beside the
            ranges.
        answers: numbers, or lists of them, by name.
    """
    for left, sign, right in relations:
        a, b = _value(left, answers), _value(right, answers)
        if not (a < b if sign == "<" else a > b):
            return (
                f"each number alone may be right, but not together: compare {left} with {right}. "
                "Are they exchanged?"
            )
    return None


def _value(term, answers):
    """Return a number itself, an answer by its name, or an entry of a list: "on_even[2]"."""
    if not isinstance(term, str):
        return term
    name, _, index = term.removesuffix("]").partition("[")
    answer = plain(answers[name])
    return _number(plain(answer[int(index)]) if index else answer)


def _number(answer):
    """Return a number alone from an array of one number, such as the loss of one example."""
    return answer[0] if isinstance(answer, list) and len(answer) == 1 else answer


def _compare(where, salt, expected, answer):
    """Return the `Mistake` in an answer, or None."""
    num = _count(answer)
    if num > MAX_NUMBERS:
        return Mistake(
            where, f"it holds {num:,} numbers, and a check looks at no more than {MAX_NUMBERS:,}"
        )
    shape = getattr(answer, "shape", ())
    answer, wanted = plain(answer), expected["kind"]
    if shape == (1,) and KINDS[wanted] == KINDS["number"]:
        answer = _number(answer)
    kind = kind_of(answer)
    if kind != wanted and (wanted, kind) not in TAKEN:
        name = KINDS.get(kind, f"a {type(answer).__name__}")
        name = f"an array of shape {shape}" if shape else name  # also one that counts as a list
        if len(shape) > 1 and wanted == "list":
            return Mistake(where, f"wrong type: {name} was given, and one axis is wanted")
        return Mistake(where, f"wrong type: {name} was given, and {KINDS[wanted]} is wanted")
    found = COMPARERS[wanted](where, salt, expected, answer)
    return Mistake(where, found) if isinstance(found, str) else found


def _count(answer):
    if isinstance(answer, (list, tuple, set, frozenset, dict, range)):
        return len(answer)
    return getattr(answer, "size", 1) if hasattr(answer, "shape") else 1


def _compare_truth(where, salt, expected, answer):
    return None if digest(salt, str(answer)) == expected["hash"] else "the other way round"


def _compare_number(where, salt, expected, answer):
    def fits(value):
        return any(digest(salt, t) == expected["hash"] for t in number_texts(value, expected))

    if not is_finite(answer):
        return _not_finite(answer)
    if fits(answer) or (expected.get("share") and abs(answer) > 1 and fits(answer / 100)):
        return None
    if expected.get("index"):
        return "another number"
    if answer and fits(-answer):
        return "the right number with the wrong sign"
    if answer and is_finite(1 / answer) and fits(1 / answer):
        return "upside down: 1 divided by it is right"
    given = {digest(salt, text) for text in number_texts(answer, expected)}
    for words, typical in expected.get("mistakes", {}).items():
        if typical in given:
            return f"another number: {words}"
    is_whole = "decimals" not in expected and "digits" not in expected
    named = {value: f": {name}?" for name, value in expected.get("factors", {}).items()}
    for factor in dict.fromkeys([*named, *FACTORS]) if not fits(0) else ():
        for way, value in (("large", answer / factor), ("small", answer * factor)):
            if fits(value) and (factor in named or _has_three_digits(value, expected)):
                return f"too {way} by a factor of {factor:,}{named.get(factor, '')}"
    for step in (1, -1) if is_whole and float(answer).is_integer() else ():
        if fits(answer + step):
            return f"off by one: too {'small' if step > 0 else 'large'}"
    if is_whole and not float(answer).is_integer():
        return "a whole number is wanted"
    return _too_coarse(salt, expected, answer) or "another number"


def _has_three_digits(value, rounding):
    """Return whether enough of a number is compared that a factor hardly fits by chance."""
    if "digits" in rounding:
        return rounding["digits"] >= 3
    return abs(value) >= 10.0 ** (2 - rounding.get("decimals", 1))


def _not_finite(answer):
    return "NaN, which is not a number" if answer != answer else "not a finite number"


def _too_coarse(salt, expected, answer):
    """Return how many digits of a number are right, in words, if at least two are, or None."""
    unit = "decimals" if "decimals" in expected else "digits"
    for num in range(expected.get(unit, 16) - 1, 0, -1):
        rounding = {unit: num}
        if digest(salt, f"about {number_text(answer, rounding)}") in expected["coarser"]:
            wanted = f"{expected[unit]} are wanted" if unit in expected else "all are wanted"
            has_more = float(number_text(answer, rounding)) != answer
            return (
                f"right to {num} {unit if num > 1 else unit[:-1]}, and {wanted}"
                f"{'; the next one is wrong' if has_more else ''}"
            )
    return None


def _compare_interval(where, salt, expected, answer):
    low, high = expected["low"], expected["high"]
    if not is_finite(answer):
        return _not_finite(answer)
    is_percentage = expected.get("share") and abs(answer) > 1
    if low <= answer <= high or (is_percentage and low <= answer / 100 <= high):
        return None
    for words, (first, last) in expected.get("mistakes", {}).items():
        if first <= answer <= last:
            return f"another number: {words}"
    small, large = sorted((abs(low), abs(high)))
    is_narrow = low * high > 0 and large < 100 * small  # a wide range would fit by chance
    if is_narrow and low <= -answer <= high:
        return "the right size, with the wrong sign"
    for factor in (100, 1000) if is_narrow else ():
        if low <= answer / factor <= high:
            return f"too large by a factor of {factor}, or nearly so: a share or a percentage?"
        if low <= answer * factor <= high:
            return f"too small by a factor of {factor}, or nearly so: a share or a percentage?"
    return f"another number: this one is too {'small' if answer < low else 'large'}"


def _compare_text(where, salt, expected, answer):
    return None if digest(salt, word(answer)) == expected["hash"] else "another answer"


def _compare_list(where, salt, expected, answer):
    items = expected["items"]
    if len(answer) != len(items):
        entries = "1 entry was" if len(answer) == 1 else f"{len(answer)} entries were"
        return f"wrong length: {entries} given, and {len(items)} are wanted"
    names = expected.get("labels") or [_entry_name(where, i, answer[i]) for i in range(len(items))]

    def compared(entries):
        return _compare_each(
            (name, f"{salt}/{i}", item, entries[i])
            for i, (name, item) in enumerate(zip(names, items))
        )

    mistake = compared(answer)
    if mistake and not compared(answer[::-1]):
        return "the right entries, in reverse order"
    return mistake


def _entry_name(where, index, entry):
    """Return the name of an entry of a list, such as sizes[2], and what it is if it is a number."""
    entry = plain(entry)
    return f"{where}[{index}]" + (f" = {short(entry)}" if kind_of(entry) == "number" else "")


def _compare_each(parts):
    """Return the first `Mistake` in some parts of an answer, with how many are right, or None."""
    mistakes = [
        Mistake(where, NO_ANSWER) if is_missing(answer) else _compare(where, salt, item, answer)
        for where, salt, item, answer in parts
    ]
    found = [mistake for mistake in mistakes if mistake]
    if not found or len(mistakes) == 1:
        return found[0] if found else None
    num_right = len(mistakes) - len(found)
    return Mistake(found[0].where, f"{found[0].words} ({num_right} of {len(mistakes)} are right)")


def _compare_set(where, salt, expected, answer):
    given = {digest(salt, member_text(item)) for item in answer}
    right, wanted = given & set(expected["hashes"]), set(expected["hashes"])
    if given == wanted:
        return None
    kinds = {kind_of(item) for item in answer}
    if given and not right and expected.get("of") and kinds.isdisjoint(expected["of"]):
        names = [KINDS.get(kind, "something else") for kind in (kinds.pop(), expected["of"][0])]
        return f"wrong type: it holds {names[0]}, and {names[1]} is wanted"
    if not given:
        return "it is empty, and some are missing"
    if right == given:
        return "what is given belongs there, and some are missing"
    num_right = (
        f"{len(right)} of the {len(given)} given belong" if right else "nothing given belongs"
    )
    words = f"{num_right} there"
    return f"{words}, and some are missing" if len(right) < len(wanted) else words


def _compare_dict(where, salt, expected, answer):
    parts, strangers = [], []
    for key, value in answer.items():
        name = digest(salt, member_text(key))
        if name in expected["items"]:
            value = list(value) if hasattr(value, "to_numpy") else value
            parts.append((f"{where}[{key!r}]", f"{salt}/{name}", expected["items"][name], value))
        else:
            strangers.append(str(key))
    if strangers:
        return f"not asked for: {', '.join(strangers)}"
    mistake, num_wanted = _compare_each(parts), len(expected["items"])
    if mistake is None and len(parts) < num_wanted:
        return f"{len(parts)} of {num_wanted} are there, and right; the others are missing"
    return mistake


def _compare_array(where, salt, expected, answer):
    answer, shape = numpy.asarray(answer), tuple(expected["shape"])
    if answer.dtype.kind not in "biuf":
        return "wrong type: it does not hold numbers alone, in rows of one length"
    if not numpy.isfinite(answer).all():
        return "it holds NaN or infinite numbers"

    def are_right(array):
        for i, (number, wanted) in enumerate(zip(array.ravel().tolist(), expected["hashes"])):
            texts = number_texts(number, expected)
            yield any(digest(f"{salt}/{i}", text) == wanted for text in texts)

    def fits(array):
        return array.shape == shape and all(are_right(array))

    if fits(answer):
        return None
    if answer.ndim == len(shape) and fits(answer.T):
        return "the axes are in the wrong order"
    if answer.shape != shape:
        return f"wrong shape: {answer.shape}, and {shape} is wanted"
    if fits(-answer.astype(float)):
        return "the right numbers with the wrong sign"
    for num in range(1, answer.ndim + 1):
        for axes in itertools.combinations(range(answer.ndim), num):
            if fits(numpy.flip(answer, axes)):
                return f"the right numbers, reversed along {_axes(axes)}"
    for factor in FACTORS:
        if fits(answer / factor):
            return f"too large by a factor of {factor:,}"
        if fits(answer * float(factor)):
            return f"too small by a factor of {factor:,}"
    return f"the right shape, and {sum(are_right(answer))} of {answer.size} numbers are right"


def _axes(numbers):
    return f"ax{'is' if len(numbers) == 1 else 'es'} {listed(map(str, numbers))}"


def _compare_net(where, salt, expected, answer):
    shape = tuple(expected["input_shape"])
    why = why_input_fails(answer, shape)
    if why:
        return f"it cannot take images of {shape}: {why.split('. ')[0]}"
    try:
        found = outputs(answer, shape)
    except MXNetError:  # such as a dense layer with more weights than an array can hold
        found = []
    if not same_outputs(found, expected["outputs"]):
        return _other_layer(salt, expected["layers"], layers(answer))
    if digest(salt, str(dropouts(answer, shape))) != expected["dropouts"]:
        return "it computes what it should, but with other dropout than it should have in training"
    return None


def _other_layer(salt, expected, found):
    """Return the first layer of a net that is not as it should be, and their number, in words."""
    words = []
    for i, (name, layer, hashes) in enumerate(zip(names_of(found), found, expected)):
        wrong = [k for k, v in layer.items() if digest(f"{salt}/{i}/{k}", str(v)) != hashes.get(k)]
        if "kind" in wrong:
            is_activation = digest(f"{salt}/{i}/kind", "Activation") == hashes["kind"]
            wanted = "an activation" if is_activation else "another kind of layer"
            words.append(f"{name} stands where {wanted} should be")
        elif wrong:
            words.append(f"{name} has another {SETTINGS.get(wrong[0], wrong[0])} than it should")
        if words:
            break
    if len(found) != len(expected):
        count = f"{len(found)} layers, activations counted, and {len(expected)} are wanted"
        words.append(f"it has {count}")
    return "; ".join(words) or "with the same weights it computes something else than it should"


def _compare_function(where, salt, expected, answer):
    mistakes = []
    for i, (case, item) in enumerate(zip(expected["cases"], expected["items"])):
        name = expected["case_names"][i] if "case_names" in expected else None
        text = as_text(answer, case, name)
        try:
            called = call(answer, case, expected.get("gradient", False))
        except NotImplementedError:
            return NO_ANSWER
        except Exception as error:
            mistakes.append(Mistake(text, f"it fails with {failure(error)}"))
        else:
            if kind_of(called.result) in ("truth", "number"):
                text += f" = {short(plain(called.result))}"
            mistakes.append(_of_call(text, f"{salt}/{i}", item, called))
    found = [mistake for mistake in mistakes if mistake]
    if not found:
        return None
    first = found[0]
    words = first.words
    if words.startswith(("too ", "off by one")) and any(
        mistake.words != words for mistake in found
    ):
        factor_alone = words.partition(":")[0] if words.startswith("too ") else words
        words = f"here {factor_alone}, other calls are wrong in other ways"
    num_right = len(mistakes) - len(found)
    return Mistake(first.where, f"{words} ({num_right} of {len(mistakes)} calls are right)")


def _of_call(text, salt, expected, called):
    """Return the `Mistake` in what a call of a function gives, or None."""
    if called.result is ...:
        return Mistake(text, NO_ANSWER)
    if called.result is None:
        return Mistake(text, "it returns nothing: a return is missing")
    mistake = _compare(text, salt, expected["result"], called.result)
    if mistake is None and called.type != expected.get("type", called.type):
        return Mistake(text, f"the result is {called.type}, and {expected['type']} is wanted")
    if mistake is None and "gradient" in expected:
        if called.gradient is None:
            words = "the result is right, but has no gradient: compute it with MXNet's arrays alone"
            return Mistake(text, words)
        mistake = _compare(text, f"{salt}/gradient", expected["gradient"], called.gradient)
        if mistake:
            return Mistake(text, f"the result is right, its gradient is not: {mistake.words}")
    return mistake


def _compare_property(where, salt, expected, answer):
    try:
        return PROPERTIES[expected["property"]](answer)
    except NotImplementedError:
        return NO_ANSWER
    except Exception as error:
        return f"it fails with {failure(error)}"


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
    "property": _compare_property,
}
