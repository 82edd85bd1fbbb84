"""Hashes that recognize the answers of exercises without giving them away (lesson 00).

An answer is rounded, written as text and hashed with a salt, slowly. The result is a dict that JSON
can hold. It keeps answers from being read by accident, no more: small numbers can all be tried.
"""

import decimal
import functools
import hashlib
import math
import numbers

from d2l_helpers.exercises.function_cases import call
from d2l_helpers.exercises.net_layers import dropouts, layers, outputs
from d2l_helpers.exercises.properties import PROPERTIES

import numpy
import pandas as pd
from mxnet.gluon import Block
from mxnet.ndarray import NDArray

PBKDF2_ITERATIONS = 1000  # of the hash: half a millisecond
DIGITS = 4  # significant ones of a number that is not whole, unless its exercise says otherwise
MAX_COARSER = 6  # roundings of a number to fewer digits that are hashed too
NOT_WHOLE = "not whole"  # the text of a number that should be
NUDGE = 1e-3  # of the last digit: so far a last bit of the machine may tip a number
# What the exercise may say about how a number is rounded.
ROUNDINGS = ("digits", "decimals")


@functools.lru_cache(maxsize=4096)
def digest(salt, text):
    """Return the slow hash of a text, 16 hexadecimal digits."""
    return hashlib.pbkdf2_hmac("sha256", text.encode(), salt.encode(), PBKDF2_ITERATIONS, 8).hex()


def plain(answer):
    """Return an answer as Python's or NumPy's own: arrays of MXNet and pandas are converted."""
    if isinstance(answer, NDArray):  # of mxnet.np, or of MXNet's older mxnet.nd
        answer = answer.asnumpy()
    if isinstance(answer, (pd.Series, pd.Index)):
        answer = answer.to_numpy()
    if isinstance(answer, (numpy.ndarray, numpy.generic)) and answer.ndim == 0:
        answer = answer.item()
    if isinstance(answer, numpy.ndarray) and answer.ndim == 1:
        answer = [plain(item) for item in answer]
    if isinstance(answer, (range, bytes)):
        answer = list(answer)
    if isinstance(answer, decimal.Decimal):
        answer = float(answer)
    return answer


def kind_of(answer):
    """Return the kind of an answer, such as "number"; None if it can be no answer."""
    kinds = [
        ("truth", bool),
        ("number", numbers.Real),
        ("text", str),
        ("list", (list, tuple)),
        ("set", (set, frozenset)),
        ("dict", dict),
        ("array", numpy.ndarray),
        ("table", pd.DataFrame),
        ("net", Block),
    ]
    answer = plain(answer)
    found = [kind for kind, types in kinds if isinstance(answer, types)]
    return found[0] if found else "function" if callable(answer) else None


def number_text(value, rounding):
    """Return a finite number as text, rounded.

    Args:
        value: the number.
        rounding: a dict with "digits", the significant ones, or "decimals", those behind the point;
            with neither it has to be whole, and may be so for a millionth.
    """
    if "decimals" in rounding:
        text = f"{float(value):.{rounding['decimals']}f}"
        return text if float(text) else text.removeprefix("-")
    if "digits" in rounding:
        return f"{float(value) + 0.0:.{rounding['digits'] - 1}e}"
    nearest = round(value)
    return str(nearest) if abs(value - nearest) <= 1e-6 * max(1, abs(value)) else NOT_WHOLE


def number_texts(value, rounding):
    """Return the texts that a number may have: a last bit may tip it to either side."""
    unit = 0.0
    if "decimals" in rounding:
        unit = 10.0 ** -rounding["decimals"]
    elif "digits" in rounding and value:
        unit = 10.0 ** (math.floor(math.log10(abs(value))) - rounding["digits"] + 1)
    return {number_text(value + nudge * unit, rounding) for nudge in (0, NUDGE, -NUDGE)}


def coarser_roundings(value, rounding):
    """Return the roundings of a number to fewer digits than it should have: two, or a decimal."""
    if "decimals" in rounding:
        return [{"decimals": d} for d in range(1, rounding["decimals"])]
    digits = rounding.get("digits", len(str(abs(round(value))).rstrip("0")))
    return [{"digits": d} for d in range(max(2, digits - MAX_COARSER), digits)]


def word(text):
    """Return a text without capitals, spaces, hyphens and underscores, which do not matter."""
    return "".join(c for c in text.casefold() if c not in " -_\n\t")


def member_text(item):
    """Return a member of a set, or a key of a dict, as text; 100.0 is 100."""
    item = plain(item)
    if isinstance(item, str):
        return word(item)
    is_whole = kind_of(item) == "number" and float(item).is_integer()
    return str(int(item)) if is_whole else str(item)


def hash_answer(salt, answer, **spec):
    """Return what recognizes an answer: its kind and its hashes, in a dict.

    Args:
        salt: text that no other answer is hashed with.
        answer: a number, text, list, set, dict, array, table, net or function; lists and dicts
            may hold any of them.
        spec: what the exercise says about its answer. Of numbers: `digits`, the significant ones,
            or `decimals`; `between`, [low, high], where it is measured; `share`, true where a
            percentage is as good; `factors`, {name: number} that are often forgotten; `mistakes`,
            {what is wrong: number}, typical wrong numbers, for the message, of what is measured
            {what is wrong: [low, high]}; `index`, true if
            only right and wrong can be told, as of the number of a picture. Of a list:
            `entries`, for each entry what is to be known of it, and `labels`, their names.
            `input_shape` of a net. Of a function: `cases`, the list of argument lists, `gradient`,
            true if that of its first argument counts too, `type`, true if that of its result does,
            `case_names`, what messages call the cases.

    Raises:
        TypeError: an answer of another kind.
        ValueError: it does not keep to what the exercise says.
    """
    answer, kind = plain(answer), kind_of(answer)
    if kind is None:
        raise TypeError(f"an answer cannot be a {type(answer).__name__}")
    if "property" in spec:
        wrong = PROPERTIES[spec["property"]](answer)
        if wrong:
            raise ValueError(wrong)
        return {"kind": "property", "property": spec["property"]}
    return {"kind": kind, **HASHERS[kind](salt, answer, spec)}


def _hash_truth(salt, answer, spec):
    return {"hash": digest(salt, str(answer))}


def _hash_number(salt, answer, spec):
    hashed = {name: spec[name] for name in ("share", "factors", "index") if name in spec}
    if "between" in spec:
        low, high = spec["between"]
        if not low <= answer <= high:
            raise ValueError(f"{answer} is not between {low} and {high}")
        mistakes = spec.get("mistakes", {})
        if any(first <= high and low <= last for first, last in mistakes.values()):
            raise ValueError(f"a mistake may be right: it can be between {low} and {high}")
        typical = {"mistakes": mistakes} if mistakes else {}
        return {"kind": "interval", "low": low, "high": high, **typical, **hashed}
    rounding = {name: spec[name] for name in ROUNDINGS if name in spec}
    if not rounding and not float(answer).is_integer():
        rounding = {"digits": DIGITS}
    hashed |= rounding | {"hash": digest(salt, number_text(answer, rounding))}
    if "mistakes" in spec:
        typical = {w: digest(salt, number_text(n, rounding)) for w, n in spec["mistakes"].items()}
        useless = {hashed["hash"], digest(salt, NOT_WHOLE)} & set(typical.values())
        if useless:
            raise ValueError(f"a mistake is rounded to {answer} itself, or should be whole")
        hashed["mistakes"] = typical
    coarser = coarser_roundings(answer, rounding)
    hashed["coarser"] = [digest(salt, f"about {number_text(answer, c)}") for c in coarser]
    return hashed


def _hash_text(salt, answer, spec):
    return {"hash": digest(salt, word(answer))}


def _hash_list(salt, answer, spec):
    own = {name: value for name, value in spec.items() if name not in ("entries", "labels")}
    specs = spec.get("entries", [{}] * len(answer))
    items = [hash_answer(f"{salt}/{i}", item, **own, **specs[i]) for i, item in enumerate(answer)]
    labels = {"labels": spec["labels"]} if "labels" in spec else {}
    return {"items": items, **labels}


def _hash_set(salt, answer, spec):
    kinds = sorted({kind_of(item) or "None" for item in answer})
    return {"hashes": sorted(digest(salt, member_text(item)) for item in answer), "of": kinds}


def _hash_dict(salt, answer, spec):
    items = {}
    for key, value in answer.items():
        name = digest(salt, member_text(key))
        items[name] = hash_answer(f"{salt}/{name}", value, **spec)
    return {"items": items}


def array_rounding(array, spec):
    """Return how the numbers of an array are rounded: all at the same place behind the point."""
    if "decimals" in spec:
        return {"decimals": spec["decimals"]}
    if not numpy.any(array != numpy.round(array)):
        return {}  # whole numbers
    before_point = math.floor(math.log10(abs(array).max())) + 1
    return {"decimals": max(0, spec.get("digits", DIGITS) - before_point)}


def _hash_array(salt, answer, spec):
    rounding = array_rounding(answer, spec)
    numbers = answer.ravel().tolist()
    hashes = [digest(f"{salt}/{i}", number_text(v, rounding)) for i, v in enumerate(numbers)]
    return {"shape": list(answer.shape), **rounding, "hashes": hashes}


def _hash_table(salt, answer, spec):
    return _hash_dict(salt, {name: list(column) for name, column in answer.items()}, spec)


def _hash_net(salt, answer, spec):
    hashed = [
        {key: digest(f"{salt}/{i}/{key}", str(value)) for key, value in layer.items()}
        for i, layer in enumerate(layers(answer))
    ]
    return {
        "input_shape": spec["input_shape"],
        "layers": hashed,
        "outputs": outputs(answer, spec["input_shape"]),
        "dropouts": digest(salt, str(dropouts(answer, spec["input_shape"]))),
    }


def _hash_function(salt, answer, spec):
    own = ("cases", "case_names", "gradient", "type")
    of_results = {name: value for name, value in spec.items() if name not in own}
    items = []
    for i, case in enumerate(spec["cases"]):
        called = call(answer, case, spec.get("gradient", False))
        hashed = {"result": hash_answer(f"{salt}/{i}", called.result, **of_results)}
        if called.gradient is not None:
            hashed["gradient"] = hash_answer(f"{salt}/{i}/gradient", called.gradient)
        if spec.get("type"):
            hashed["type"] = called.type
        items.append(hashed)
    kept = {name: spec[name] for name in ("gradient", "case_names") if name in spec}
    return {"cases": spec["cases"], "items": items, **kept}


HASHERS = {
    "truth": _hash_truth,
    "number": _hash_number,
    "text": _hash_text,
    "list": _hash_list,
    "set": _hash_set,
    "dict": _hash_dict,
    "array": _hash_array,
    "table": _hash_table,
    "net": _hash_net,
    "function": _hash_function,
}
