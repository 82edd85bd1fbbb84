"""A worker of alexnet.py: tutorial T1's recipe, as d2l runs it.

MXNet is not prepared, and so has its own default of threads; what it misses on today's Python and
NumPy it gets here as well. The batches come from d2l's loader, whose four processes read and resize
them while the net trains. Gluon takes the files from data/ in place of downloading them.
"""

import itertools
import os
import time
import weakref
from pathlib import Path

os.environ["D2L_HELPERS_PREPARE"] = "0"
from mxnet_today import cpu  # before MXNet

import contender
import d2l
import mxnet
from d2l import mxnet as d2l_mxnet
from mxnet import autograd, gluon, init, np, npx
from mxnet.gluon import nn
from mxnet.gluon.data.vision import datasets


def alexnet():
    """Return AlexNet as T1 writes it."""
    net = nn.Sequential()
    net.add(
        nn.Conv2D(96, kernel_size=11, strides=4, activation="relu"),
        nn.MaxPool2D(pool_size=3, strides=2),
        nn.Conv2D(256, kernel_size=5, padding=2, activation="relu"),
        nn.MaxPool2D(pool_size=3, strides=2),
        nn.Conv2D(384, kernel_size=3, padding=1, activation="relu"),
        nn.Conv2D(384, kernel_size=3, padding=1, activation="relu"),
        nn.Conv2D(256, kernel_size=3, padding=1, activation="relu"),
        nn.MaxPool2D(pool_size=3, strides=2),
        nn.Dense(4096, activation="relu"),
        nn.Dropout(0.5),
        nn.Dense(4096, activation="relu"),
        nn.Dropout(0.5),
        nn.Dense(10),
    )
    return net


class D2l(contender.Contender):
    """The loop bodies of d2l's `train_ch6` and `evaluate_accuracy_gpu`, line by line."""

    def setup(self, folder, size, threads, data):
        datasets.download = lambda url, path, sha1_hash: str(Path(data, url.rsplit("/", 1)[-1]))
        self.device = d2l_mxnet.cpu()
        self.loss = gluon.loss.SoftmaxCrossEntropyLoss()
        self.net = alexnet()
        self.net.initialize(force_reinit=True, ctx=self.device, init=init.Xavier())
        self.trainer = gluon.Trainer(self.net.collect_params(), "sgd", {"learning_rate": 0.01})
        self.loaders = weakref.WeakSet()  # a loader ends with the step that reads it
        return super().setup(folder, size, threads, data)

    def facts(self):
        return {
            "versions": f"mxnet {mxnet.__version__}, d2l {d2l.__version__}",
            "threads": max(1, (os.cpu_count() or 1) // 2),  # MXNet's own default
            "instruction sets": cpu.onednn_features(),
        }

    def check(self, memory_format, num_steps):
        """Return the loss with the common weights alone: T1's optimizer is another one."""
        X, y = (np.array(a[: contender.EXAMPLES_TO_CHECK]) for a in (self.images, self.labels))
        self.net(X[:1])
        for parameter, value in zip(self.net.collect_params().values(), self.weights):
            parameter.set_data(np.array(value))
        return {"losses": [float(self.loss(self.net(X), y).mean())], "updates": []}

    def make_step(self, mode, batch_size, memory_format):
        train_iter, test_iter = d2l_mxnet.load_data_fashion_mnist(batch_size, resize=self.size)
        loader = train_iter if mode == "training" else test_iter
        self.loaders.add(loader)
        batches = itertools.chain.from_iterable(itertools.repeat(loader))
        metric = d2l_mxnet.Accumulator(3)

        def train():
            X, y = next(batches)
            X, y = X.as_in_ctx(self.device), y.as_in_ctx(self.device)
            with autograd.record():
                y_hat = self.net(X)
                l = self.loss(y_hat, y)
            l.backward()
            self.trainer.step(X.shape[0])
            metric.add(l.sum(), d2l_mxnet.accuracy(y_hat, y), X.shape[0])
            return len(X)

        def infer():
            X, y = next(batches)
            X, y = X.as_in_ctx(self.device), y.as_in_ctx(self.device)
            metric.add(d2l_mxnet.accuracy(self.net(X), y), d2l_mxnet.size(y), 0)
            return len(X)

        return train if mode == "training" else infer

    def finish(self):
        """Wait until the loaders have put back what was taken: they read eight batches ahead."""
        for loader in self.loaders:
            # A pool keeps its unfinished tasks there; Gluon has no public way to ask.
            while loader._worker_pool._cache:
                time.sleep(0.01)


if __name__ == "__main__":
    npx.set_np()
    contender.serve(D2l())
