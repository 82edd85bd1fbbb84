"""What a reader may interrupt with Ctrl-C, and what has to be left of the net and the process.

test_interrupted_kernels.py runs this, as a program and in a Jupyter kernel.
"""

import contextlib
import json
import signal
import sys
import tempfile
import time
from pathlib import Path

import d2l_helpers as dh
from d2l_helpers.data import fashion_mnist
from d2l_helpers.training.loop import train_steps

import matplotlib.pyplot as plt
import numpy
from mxnet import autograd, gluon, npx
from small import bar_images, parameters, small_net

DEVICE = npx.cpu()
PEEK_SECONDS, STILL, MAX_PEEKS = 0.25, 0.2, 40  # a process that rests takes less of a core


class Work:
    """A trained net, and what a reader does with it, each thing over and over until Ctrl-C."""

    def __init__(self):
        self.net = small_net(dropout=0.5)
        self.train_iter = dh.BatchLoader(*bar_images(40), batch_size=32, shuffle=True)
        self.test_iter = dh.BatchLoader(*bar_images(5, seed=1), batch_size=32)
        self.checkpoint = Path(tempfile.mkdtemp()) / "small.checkpoint"
        self.train()

    # What is interrupted

    def train(self, **options):
        return dh.train_ch6(self.net, self.train_iter, self.test_iter, 3, 0.1, DEVICE, **options)

    def train_saved(self):
        self.checkpoint.unlink(missing_ok=True)
        return self.train(hybridize=True, checkpoint=self.checkpoint)

    def own_loop(self):
        trainer = gluon.Trainer(self.net.collect_params(), "sgd", {"learning_rate": 0.01})
        for _ in train_steps(self.net, self.train_iter, trainer, DEVICE):
            pass

    def evaluate(self):
        dh.evaluate_accuracy_gpu(self.net, self.train_iter)

    def predict(self):
        X, y = next(iter(self.train_iter))
        dh.confusion_matrix(dh.predict_table(self.net, X, y))

    def inspect(self):
        dh.layer_table(self.net, (1, 1, 12, 12))

    def load(self):
        fashion_mnist._load_split.cache_clear()
        next(iter(dh.load_data_fashion_mnist(64, resize=64)[0]))

    def draw(self):
        dh.plot([1, 2], [3, 4], alt="A rising line.")
        dh.draw_architecture(self.net, (1, 1, 12, 12))
        plt.close("all")

    def check(self):
        dh.check("05.1", [1, 2])
        dh.progress()

    # The harness

    def until_interrupted(self, name):
        """Do one of these things over and over; print before how many seconds it takes once."""
        do = getattr(self, name)
        start = time.monotonic()
        do()
        print(f"\nbegun {time.monotonic() - start:.3f}", flush=True)
        while not getattr(do(), "interrupted", False):
            pass

    def state(self):
        """Return what is left after Ctrl-C: all of it must be true, but for how long it took."""
        flags = not autograd.is_recording() and not autograd.is_training()
        peeks = peeks_until_still()
        finite = all(numpy.isfinite(values).all() for values in parameters(self.net))
        probabilities, _ = dh.predict(self.net, self.test_iter)
        trainer = gluon.Trainer(self.net.collect_params(), "sgd", {"learning_rate": 0.01})
        losses = [l for l, _, _ in train_steps(self.net, self.test_iter, trainer, DEVICE)]
        saved = not self.checkpoint.exists() or dh.load_weights(
            self.checkpoint, small_net(dropout=0.5), DEVICE
        )
        history = dh.train_ch6(self.net, self.train_iter, self.test_iter, 1, 0.1, DEVICE, seed=0)
        return {
            "neither records nor trains": flags,
            "computes no more": peeks < MAX_PEEKS,
            "has finite parameters": bool(finite),
            "predicts": bool(numpy.isfinite(probabilities).all()),
            "is trained on": bool(numpy.isfinite(losses).all()),
            "has a sound checkpoint": bool(saved),
            "is trained anew": len(history) == 1 and not history.interrupted,
        }


def peeks_until_still():
    """Return how often the process was looked at until it took no more time of a processor."""
    for peek in range(MAX_PEEKS):
        before = time.process_time()
        time.sleep(PEEK_SECONDS)
        if time.process_time() - before < STILL * PEEK_SECONDS:
            return peek
    return MAX_PEEKS


def serve():
    """Do what is asked for on stdin, a name per line, and print the state after each Ctrl-C."""
    work = Work()
    print("\nready", flush=True)
    for name in map(str.strip, sys.stdin):
        with contextlib.suppress(KeyboardInterrupt):
            work.until_interrupted(name)
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        print(f"\nstate {json.dumps(work.state())}", flush=True)
        signal.signal(signal.SIGINT, signal.default_int_handler)


if __name__ == "__main__":
    import matplotlib

    matplotlib.use("Agg")
    serve()
