"""Where the code runs and who is watching; in a real kernel: test_kernel.py."""

import sys
import types

from d2l_helpers.notebook import session

import pytest


def kernel_with(request):
    """Return a shell of a Jupyter kernel that runs a cell for this request."""
    kernel = types.SimpleNamespace(get_parent=lambda: request)
    return types.SimpleNamespace(kernel=kernel)


@pytest.mark.parametrize(
    ("shell", "expected"),
    [(None, False), (types.SimpleNamespace(), False), (kernel_with({}), True)],
    ids=["Python", "IPython in a terminal", "kernel"],
)
def test_a_notebook_is_a_shell_with_a_kernel(shell, expected, monkeypatch):
    monkeypatch.setattr(session, "get_ipython", lambda: shell)
    assert session.in_notebook() is expected


@pytest.mark.parametrize(
    ("request_", "expected"),
    [
        ({"content": {"allow_stdin": True}}, "jupyter"),
        ({"content": {"allow_stdin": False}}, None),
        ({"content": {}}, "jupyter"),  # what the protocol says of a request without it
        ({}, "jupyter"),
    ],
)
def test_a_person_watches_a_kernel_that_may_ask_for_input(request_, expected, monkeypatch):
    monkeypatch.setattr(session, "get_ipython", lambda: kernel_with(request_))
    assert session.watched() == expected


@pytest.mark.parametrize(("is_terminal", "expected"), [(True, "terminal"), (False, None)])
def test_outside_of_a_kernel_a_person_watches_a_terminal(is_terminal, expected, monkeypatch):
    monkeypatch.setattr(sys.stderr, "isatty", lambda: is_terminal)
    assert session.watched() == expected
