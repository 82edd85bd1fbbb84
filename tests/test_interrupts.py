"""Ctrl-C waits while a step is counted, and else comes through as ever."""

import signal
import threading

from d2l_helpers.training.interrupts import DeferredSigint

import pytest


def press():
    signal.raise_signal(signal.SIGINT)


def test_ctrl_c_waits_until_it_is_released_and_comes_once():
    before = signal.getsignal(signal.SIGINT)
    with DeferredSigint() as sigint:
        sigint.hold()
        press()
        press()
        with pytest.raises(KeyboardInterrupt):
            sigint.release()
        sigint.hold()
        sigint.release()  # nothing was pressed since
    assert signal.getsignal(signal.SIGINT) is before


def test_ctrl_c_comes_through_when_nothing_is_held():
    with DeferredSigint() as sigint:
        with pytest.raises(KeyboardInterrupt):
            press()
        sigint.hold()
        sigint.release()
        with pytest.raises(KeyboardInterrupt):
            press()


def test_the_handler_of_others_is_asked_and_put_back_after_an_error():
    pressed = []
    before = signal.signal(signal.SIGINT, lambda number, frame: pressed.append(number))
    try:
        theirs = signal.getsignal(signal.SIGINT)
        with pytest.raises(ZeroDivisionError), DeferredSigint() as sigint:
            press()
            sigint.hold()
            press()
            raise ZeroDivisionError
        assert pressed == [signal.SIGINT]
        assert signal.getsignal(signal.SIGINT) is theirs
        with DeferredSigint() as sigint:
            sigint.hold()
            press()
            assert pressed == [signal.SIGINT]
            sigint.release()
        assert pressed == 2 * [signal.SIGINT]
    finally:
        signal.signal(signal.SIGINT, before)


@pytest.mark.parametrize("handler", [signal.SIG_IGN, signal.SIG_DFL])
def test_a_ctrl_c_that_python_does_not_handle_stays_so(handler):
    before = signal.signal(signal.SIGINT, handler)
    try:
        with DeferredSigint() as sigint:
            assert signal.getsignal(signal.SIGINT) == handler
            sigint.hold()
            sigint.release()
    finally:
        signal.signal(signal.SIGINT, before)


def test_in_another_thread_nothing_is_touched():
    before, seen = signal.getsignal(signal.SIGINT), []

    def run():
        with DeferredSigint() as sigint:
            sigint.hold()
            seen.append(signal.getsignal(signal.SIGINT))
            sigint.release()

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    assert seen == [before]
