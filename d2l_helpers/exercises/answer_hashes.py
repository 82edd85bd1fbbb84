"""Hashes that recognize the answers of exercises without giving them away (lesson 00).

An answer is rounded, written as text and hashed with a salt, slowly. The result is a dict that JSON
can hold. It keeps answers from being read by accident, no more: small numbers can all be tried.
"""

import functools
import hashlib
import numbers

from d2l_helpers.inspection.layer_table import layer_table, without_parts

import numpy
import pandas as pd
from mxnet import np
from mxnet.gluon import Block

PBKDF2_ITERATIONS = 1000  # of the hash: half a millisecond
DIGITS = 4  # significant ones of a number that is not whole, unless its exercise says otherwise
MAX_COARSER = 6  # roundings of a number to fewer digits that are hashed too


@functools.lru_cache(maxsize=4096)
def digest(salt, text):
    """Return the slow hash of a text, 16 hexadecimal digits."""
    return hashlib.pbkdf2_hmac("sha256", text.encode(), salt.encode(), PBKDF2_ITERATIONS, 8).hex()


def plain(answer):
    """Return an answer as Python's or NumPy's own: arrays of MXNet and pandas are converted."""
    if isinstance(answer, np.ndarray):
        answer = answer.asnumpy()
    if isinstance(answer, (pd.Series, pd.Index)):
        answer = answer.to_numpy()
    if isinstance(answer, (numpy.ndarray, numpy.generic)) and answer.ndim == 0:
        answer = answer.item()
    if isinstance(answer, numpy.ndarray) and answer.ndim == 1:
        answer = [plain(item) for item in answer]
    if isinstance(answer, range):
        answer = list(answer)
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


def number_text(value, digits):
    """Return a number as text, rounded to significant digits; a whole one exactly."""
    if float(value).is_integer() and abs(value) < 2**53:
        return str(int(value))
    return f"{float(value):.{digits - 1}e}"


def number_texts(value, digits):
    """Return the texts that a number may have: a last bit may tip it to either side."""
    nudged = (value, value * (1 + 1e-6), value * (1 - 1e-6))
    return {number_text(v, digits) for v in nudged}


def coarser_texts(value, digits):
    """Return the texts of a number rounded to fewer digits than it should have, two at least."""
    if float(value).is_integer():
        digits = len(str(abs(int(value))).rstrip("0"))
    fewer = range(max(2, digits - MAX_COARSER), digits)
    return [f"{float(value):.{n - 1}e}" for n in fewer]


def word(text):
    """Return a text without capitals, spaces, hyphens and underscores, which do not matter."""
    return "".join(c for c in text.casefold() if c not in " -_\n\t")


def hash_answer(salt, answer, **spec):
    """Return what recognizes an answer: its kind and its hashes, in a dict.

    Args:
        salt: text that no other answer is hashed with.
        answer: a number, text, list, set, dict, array, table, net or function; lists and dicts
            may hold any of them.
        spec: what the exercise says about its answer: `digits`, the significant ones of numbers;
            `between`, [low, high], where it is measured, or of a list one for each entry;
            `factors`, {name: number} that are often forgotten; `input_shape` of a net; `cases`,
            of a function the list of argument lists.

    Raises:
        TypeError: an answer of another kind.
    """
    answer, kind = plain(answer), kind_of(answer)
    if kind is None:
        raise TypeError(f"an answer cannot be a {type(answer).__name__}")
    if "between" in spec and kind == "number":
        low, high = spec["between"]
        if not low <= answer <= high:
            raise ValueError(f"{answer} is not between {low} and {high}")
        return {"kind": "interval", "low": low, "high": high}
    return {"kind": kind, **HASHERS[kind](salt, answer, spec)}


def _hash_truth(salt, answer, spec):
    return {"hash": digest(salt, str(answer))}


def _hash_number(salt, answer, spec):
    digits = spec.get("digits", DIGITS)
    hashed = {"hash": digest(salt, number_text(answer, digits)), "digits": digits}
    hashed["coarser"] = [digest(salt, text) for text in coarser_texts(answer, digits)]
    return hashed | {"factors": spec["factors"]} if "factors" in spec else hashed


def _hash_text(salt, answer, spec):
    return {"hash": digest(salt, word(answer))}


def _hash_list(salt, answer, spec):
    specs = [spec] * len(answer)
    if "between" in spec and isinstance(spec["between"][0], list):
        specs = [{**spec, "between": between} for between in spec["between"]]
    items = [hash_answer(f"{salt}/{i}", item, **specs[i]) for i, item in enumerate(answer)]
    return {"items": items}


def _hash_set(salt, answer, spec):
    return {"hashes": sorted(digest(salt, member_text(item)) for item in answer)}


def member_text(item):
    """Return a member of a set, or a key of a dict, as text."""
    return word(item) if isinstance(item, str) else str(plain(item))


def _hash_dict(salt, answer, spec):
    items = {}
    for key, value in answer.items():
        name = digest(salt, member_text(key))
        items[name] = hash_answer(f"{salt}/{name}", value, **spec)
    return {"items": items}


def array_text(array, digits):
    """Return the numbers of an array as text, in the array's order, with -0 as 0."""
    return " ".join(number_text(v + 0.0, digits) for v in array.ravel().tolist())


def _hash_array(salt, answer, spec):
    digits = spec.get("digits", DIGITS)
    return {
        "shape": list(answer.shape),
        "digits": digits,
        "hash": digest(salt, array_text(answer, digits)),
    }


def _hash_table(salt, answer, spec):
    return _hash_dict(salt, {name: list(column) for name, column in answer.items()}, spec)


def net_rows(net, input_shape):
    """Return what identifies a net: the type, output shape and parameters of each layer."""
    rows = without_parts(layer_table(net, input_shape).iloc[:-1])
    return [
        {"type": r.type, "output_shape": r.output_shape, "parameters": r.parameters}
        for r in rows.itertuples()
    ]


def _hash_net(salt, answer, spec):
    rows = net_rows(answer, spec["input_shape"])
    hashed = [
        {key: digest(f"{salt}/{i}/{key}", str(value)) for key, value in row.items()}
        for i, row in enumerate(rows)
    ]
    return {"input_shape": spec["input_shape"], "rows": hashed}


def arguments(case):
    """Return the arguments of a case: lists in a dict {"numpy": ...} or {"mxnet": ...} as arrays.

    Args:
        case: a list that came from JSON.
    """
    makers = {"numpy": numpy.array, "mxnet": np.array, "tuple": tuple}
    made = []
    for value in case:
        if isinstance(value, dict) and set(value) <= set(makers):
            ((maker, value),) = value.items()
            value = makers[maker](value)
        made.append(value)
    return made


def _hash_function(salt, answer, spec):
    cases = spec["cases"]
    given = {key: value for key, value in spec.items() if key != "cases"}
    results = [answer(*arguments(case)) for case in cases]
    items = [hash_answer(f"{salt}/{i}", result, **given) for i, result in enumerate(results)]
    return {"cases": cases, "items": items}


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
