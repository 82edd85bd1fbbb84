"""Ctrl-C in a terminal, and JupyterLab's stop button, at random moments of all that takes long.

`make test` tries a few moments, `make test-interrupts` a hundred.
"""

import json
import math
import os
import queue
import random
import re
import select
import signal
import subprocess
import sys
import threading
import time

import interruptible
import pytest
from jupyter_client.manager import start_new_kernel
from mxnet import autograd
from stored_lessons import KERNEL_STARTS, ROOT

ACTIVITIES = [
    "train",
    "evaluate",
    "load",
    "check",
    "train_saved",
    "own_loop",
    "predict",
    "inspect",
    "draw",
]
MOMENTS = 50 if "TEST_INTERRUPTS" in os.environ else 3  # in a terminal, and in a kernel
# A Ctrl-C is lost that comes while Python removes an object, whose errors go nowhere. Then a reader
# presses again.
PRESS_AGAIN, MAX_PRESSES = 20, 30  # seconds; times
SET_UP = "import interruptible\nwork = interruptible.Work()"


def moments():
    """Return MOMENTS pairs: what to interrupt, and when, as a share of the time that it takes."""
    rng = random.Random(MOMENTS)
    return [(ACTIVITIES[n % len(ACTIVITIES)], rng.uniform(0, 1.5)) for n in range(MOMENTS)]


def environment():
    """Return the variables of a process that finds the course and this folder."""
    return {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "tests")])}


class Terminal:
    """The activities in a process that a terminal's Ctrl-C reaches."""

    def __init__(self):
        self.process = subprocess.Popen(
            [sys.executable, ROOT / "tests" / "interruptible.py"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=environment(),
            bufsize=0,
        )
        self.read("ready")

    def read(self, word, seconds=None):
        """Return what the process prints behind a word; None if it does not for so long."""
        end = math.inf if seconds is None else time.monotonic() + seconds
        while time.monotonic() < end:
            if not select.select([self.process.stdout], [], [], 1)[0]:
                continue
            line = self.process.stdout.readline().decode()
            assert line, f"the process ended, with code {self.process.wait()}"
            if line.startswith(word):
                return line.removeprefix(word)
        return None

    def begin(self, activity):
        self.process.stdin.write(f"{activity}\n".encode())
        return float(self.read("begun"))

    def press(self):
        self.process.send_signal(signal.SIGINT)

    def state(self):
        """Return what is left after Ctrl-C; None if nothing was interrupted yet."""
        answer = self.read("state", PRESS_AGAIN)
        return answer and json.loads(answer)

    def close(self):
        self.process.kill()
        self.process.communicate()


class Kernel:
    """The activities in a Jupyter kernel, as in JupyterLab in front of a person."""

    def __init__(self):
        self.manager, self.client = start_new_kernel(
            startup_timeout=KERNEL_STARTS, kernel_name="python3", env=environment()
        )
        self.run(SET_UP)

    def run(self, code):
        """Run a cell to its end, and return what it printed."""
        texts = []

        def note(message):
            if message["msg_type"] == "stream":
                texts.append(message["content"]["text"])

        reply = self.client.execute_interactive(code, output_hook=note)
        assert reply["content"]["status"] == "ok", reply["content"]
        return "".join(texts)

    def begin(self, activity):
        # Else the kernel would refuse the next cell if it comes at once.
        self.client.execute(f"work.until_interrupted({activity!r})", stop_on_error=False)
        while True:
            message = self.client.get_iopub_msg()
            begun = re.search(r"^begun (\S+)", message["content"].get("text", ""), re.MULTILINE)
            if begun:
                return float(begun[1])

    def press(self):
        self.manager.interrupt_kernel()

    def state(self):
        try:
            reply = self.client.get_shell_msg(timeout=PRESS_AGAIN)["content"]
        except queue.Empty:
            return None
        assert reply["status"] == "ok" or reply["ename"] == "KeyboardInterrupt", reply
        answer = self.run("import json; print('state', json.dumps(work.state()))")
        return json.loads(re.search("^state (.*)", answer, re.MULTILINE)[1])

    def close(self):
        self.client.stop_channels()
        self.manager.shutdown_kernel(now=True)


@pytest.fixture(scope="module")
def work():
    return interruptible.Work()


@pytest.fixture(scope="module", params=[Terminal, Kernel], ids=["terminal", "kernel"])
def place(request):
    place = request.param()
    yield place
    place.close()


@pytest.mark.parametrize(("activity", "share"), moments())
def test_after_ctrl_c_the_net_works_and_nothing_computes_on(place, activity, share):
    time.sleep(share * place.begin(activity))
    states = []
    while not any(states) and len(states) < MAX_PRESSES:
        place.press()
        states.append(place.state())
    print(f"{activity}: Ctrl-C was pressed {len(states)} times")
    assert states[-1] and all(states[-1].values()), states[-1]


def test_a_net_that_is_still_trained_is_noticed(work):
    with autograd.train_mode():
        assert not work.state()["neither records nor trains"]


def test_a_thread_that_computes_on_is_noticed(work, monkeypatch):
    monkeypatch.setattr(interruptible, "MAX_PEEKS", 2)
    ended = threading.Event()

    def compute():
        while not ended.is_set():
            sum(range(10_000))

    thread = threading.Thread(target=compute)
    thread.start()
    try:
        assert not work.state()["computes no more"]
    finally:
        ended.set()
        thread.join()
