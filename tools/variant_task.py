"""A task that can be set with other numbers, for variants.py."""

from typing import Any, Callable, NamedTuple

TASKS = {}  # by the number of the exercise, in order


class Task(NamedTuple):
    """A task whose numbers can be drawn.

    text: the task, with the names of the numbers in braces.
    original: the numbers of the exercise itself; no variant has its answers.
    draw: a function of a `random.Random` that returns numbers by name.
    is_sensible: a function of numbers and answers that says whether they make a good task.
    specs: what `hash_answer` is told about the answers, by name.
    solve: a function of the numbers that returns the answers by name, in the order in which
        `dh.check` takes them.
    """

    text: str
    original: dict[str, Any]
    draw: Callable
    is_sensible: Callable
    specs: dict[str, dict]
    solve: Callable


def task(number, text, original, draw, is_sensible=lambda n, a: True, specs=None):
    """Return a decorator that makes a function the solution of a task, see `Task`.

    Args:
        number: of the exercise, such as "05.1".
        text, original, draw, is_sensible, specs: see `Task`.
    """

    def decorate(solve):
        TASKS[number] = Task(text, original, draw, is_sensible, specs or {}, solve)
        return solve

    return decorate


def digits(*names, num=3):
    """Return what `hash_answer` is told about answers wanted to some significant digits."""
    return {name: {"digits": num} for name in names}


def shares(*names, num=3):
    """Return the same about answers that may also be given as percentages."""
    return {name: {"digits": num, "share": True} for name in names}
