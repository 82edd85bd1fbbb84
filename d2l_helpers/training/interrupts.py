"""Ctrl-C, and JupyterLab's stop button, between two steps of a training and not within one."""

import contextlib
import signal
import threading


@contextlib.contextmanager
def defer_sigint():
    """Let Ctrl-C wait until the block is done, so that nothing in it is done by half."""
    pressed = []
    here = threading.current_thread() is threading.main_thread()  # the one that Ctrl-C comes to
    handler = signal.getsignal(signal.SIGINT) if here else None
    if not callable(handler):  # Ctrl-C is ignored, or ends the process
        yield
        return
    signal.signal(signal.SIGINT, lambda *_: pressed.append(True))
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, handler)
    if pressed:
        raise KeyboardInterrupt


def each_deferred(steps):
    """Give the steps of a training; Ctrl-C waits until one is done, and counted by the caller."""
    steps = iter(steps)
    while True:
        with defer_sigint():
            try:
                yield next(steps)
            except StopIteration:
                return
