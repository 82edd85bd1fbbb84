"""Ctrl-C, and JupyterLab's stop button, between two steps and not within one (lesson 06)."""

import signal
import threading


class DeferredSigint:
    """Holds Ctrl-C back between `hold` and `release`, so that nothing there is done by half.

    Within `with`, the handler of SIGINT is ours; afterwards it is the one that was there before.
    """

    def __init__(self):
        self._handler, self._holding, self._pressed = None, False, False

    def __enter__(self):
        if threading.current_thread() is threading.main_thread():  # the one that Ctrl-C comes to
            self._handler = signal.getsignal(signal.SIGINT)
        if callable(self._handler):  # else Ctrl-C is ignored, or ends the process
            signal.signal(signal.SIGINT, self._on_sigint)
        return self

    def __exit__(self, *_):
        if callable(self._handler):
            signal.signal(signal.SIGINT, self._handler)

    def hold(self):
        """Let Ctrl-C wait for `release`."""
        self._holding = True

    def release(self):
        """Hand on a Ctrl-C that came meanwhile, and let it through from now on.

        Raises:
            KeyboardInterrupt: it came, and no handler of the reader's own does something else.
        """
        self._holding = False
        if self._pressed:
            self._pressed = False
            self._handler(signal.SIGINT, None)

    def _on_sigint(self, number, frame):
        if self._holding:
            self._pressed = True
        else:
            self._handler(number, frame)
