"""What the workers of alexnet.py share: a worker measures one way to run AlexNet, on request.

A request is a line of JSON on standard input that names a method of the worker and its arguments;
the answer is a line of JSON on standard output. Between two requests a worker computes nothing, so
it does not disturb the one that is being measured. It ends when its input ends.

This file needs only numpy: MXNet and PyTorch each have an environment of their own.
"""

import json
import os
import resource
import sys
import time
from pathlib import Path

import numpy

# Small enough that the loss falls in the first steps: rounding errors then stay small.
LEARNING_RATE = 0.001
MOMENTUM = 0.9
WEIGHT_DECAY = 5e-4
# Enough images to tell two nets apart, and few enough to take a moment.
EXAMPLES_TO_CHECK = 32


class Contender:
    """The worker's side of alexnet.py; a subclass says how to check and how to make a step."""

    mode = step = None

    def setup(self, folder, size, threads, data):
        """Read what all contenders start from, and return what computes here as `facts` does.

        Args:
            folder: where the weights and the images of one batch are.
            size: height and width of the images in pixels.
            threads: how many threads ours and PyTorch use.
            data: folder of the Fashion-MNIST files.
        """
        self.size, self.threads, self.data = size, threads, data
        with numpy.load(Path(folder, "weights.npz")) as arrays:
            self.weights = list(arrays.values())
        with numpy.load(Path(folder, "batch.npz")) as arrays:
            self.images, self.labels = arrays["images"], arrays["labels"]
        return self.facts()

    def facts(self):
        """Return what computes, as a dict: versions, number of threads, and instruction sets."""
        raise NotImplementedError

    def check(self, memory_format, num_steps):
        """Train `num_steps` on the first images without dropout, and return what shows a mistake.

        Returns:
            A dict: the mean loss before each step and after the last one ("losses"), and for each
            parameter how far it moved, as a norm ("updates").
        """
        raise NotImplementedError

    def make_step(self, mode, batch_size, memory_format):
        """Return a function that computes one batch to the end and returns its number of images.

        Args:
            mode: "training" or "inference".
            batch_size: images in a batch.
            memory_format: "contiguous", or for PyTorch also "channels_last".
        """
        raise NotImplementedError

    def prepare(self, mode, batch_size, memory_format):
        """Make a step and run it once, untimed; the step before it gives its memory back."""
        self.mode, self.step = mode, None
        self.step = self.make_step(mode, batch_size, memory_format)
        self.step()
        self.finish()

    def measure(self, seconds):
        """Return images per second, from as many steps as `seconds` allow, at least one."""
        num_images, elapsed = 0, 0.0
        start = time.perf_counter()
        while not num_images or elapsed < seconds:
            num_images += self.step()
            elapsed = time.perf_counter() - start
        self.finish()
        return num_images / elapsed

    def peak_memory(self):
        """Return the most memory that this process has held, in MB, without those it started."""
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return peak / (1e6 if sys.platform == "darwin" else 1e3)

    def finish(self):
        """Wait for what runs in the background."""


def update_norms(before, after):
    """Return how far each parameter moved, for `Contender.check`."""
    return [float(numpy.linalg.norm(b - a)) for a, b in zip(before, after)]


def serve(contender):
    """Answer requests until the input ends."""
    # What a library prints must not get between the answers.
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    for line in sys.stdin:
        request = json.loads(line)
        answer = getattr(contender, request.pop("do"))(**request)
        print(json.dumps(answer), file=answers, flush=True)
