"""Two workers of alexnet.py: the course's way, in float32 and in bfloat16.

The net is compiled, and the batch is in memory. The parent asks the one in float32 also for what is
the same for all: the machine, and the weights and images that all contenders start from.
"""

import os
import sys
from pathlib import Path

import d2l_helpers as dh
from d2l_helpers.training import precision
from mxnet_today import bfloat16, cpu, memory

import contender
import mxnet as mx
import numpy
from mxnet import autograd, gluon, init, np, npx
from mxnet.gluon import nn


class Gluon(contender.Contender):
    """AlexNet in Gluon, hybridized.

    Args:
        convert: function of a net that returns the one to compute with, or None.
    """

    def __init__(self, convert=None):
        self.convert = convert
        self.loss = gluon.loss.SoftmaxCrossEntropyLoss()

    def describe(self):
        """Return what the parent must know about this machine, as a dict."""
        features = cpu.features()
        # Without either a CPU has to imitate bfloat16, which is slow.
        torch_supported = {"amx_bf16", "avx512_bf16"} & set(features)
        torch_reason = "this CPU has neither AMX nor AVX-512 for bfloat16"
        return {
            "cpu": cpu.model(),
            "cores": cpu.num_physical_cores(),
            "feature": features[-1] if features else "unknown",
            "threads": cpu.threads_in_use(),
            "no bfloat16": {
                "mxnet": bfloat16.problem(),
                "torch": None if torch_supported else torch_reason,
            },
        }

    def write_start(self, folder, size, num_examples):
        """Write the weights and images that all contenders start from."""
        images, labels = dh.fashion_mnist_arrays()
        images = dh.resize_images(images[:num_examples], size)
        mx.random.seed(0)
        net = dh.alexnet()
        # With Xavier's method the loss would stay at ln(10) for many steps: nothing to check.
        net.initialize(init.MSRAPrelu("in", slope=0))
        net(np.array(images[:1]))
        numpy.savez(Path(folder, "weights.npz"), *values(net))
        numpy.savez(Path(folder, "batch.npz"), images=images, labels=labels[:num_examples])

    def facts(self):
        return {
            "versions": f"mxnet {mx.__version__}",
            "threads": int(os.environ["OMP_NUM_THREADS"]),
            "instruction sets": cpu.onednn_features(),
        }

    def new_net(self, dropout=True):
        """Return a net with the common weights, and the same net to compute with."""
        net = nn.HybridSequential()
        net.add(*(x for x in dh.alexnet() if dropout or not isinstance(x, nn.Dropout)))
        net.initialize(init.Zero())
        net(np.array(self.images[:1]))
        for parameter, value in zip(net.collect_params().values(), self.weights):
            parameter.set_data(np.array(value))
        compiled = self.convert(net) if self.convert else net
        compiled.hybridize(**precision.STATIC)
        return net, compiled

    def trainer(self, net):
        return gluon.Trainer(
            net.collect_params(),
            "sgd",
            {
                "learning_rate": contender.LEARNING_RATE,
                "momentum": contender.MOMENTUM,
                "wd": contender.WEIGHT_DECAY,
            },
        )

    def check(self, memory_format, num_steps):
        X, y = (np.array(a[: contender.EXAMPLES_TO_CHECK]) for a in (self.images, self.labels))
        # Not record(train_mode=False): MXNet's max pooling then has wrong gradients.
        net, compiled = self.new_net(dropout=False)
        trainer = self.trainer(net)
        losses = []
        for _ in range(num_steps):
            with autograd.record():
                l = self.loss(compiled(X), y)
            l.backward()
            trainer.step(len(X))
            losses.append(float(l.mean()))
        losses.append(float(self.loss(compiled(X), y).mean()))
        return {"losses": losses, "updates": contender.update_norms(self.weights, values(net))}

    def make_step(self, mode, batch_size, memory_format):
        X, y = np.array(self.images[:batch_size]), np.array(self.labels[:batch_size])
        net, compiled = self.new_net()
        trainer = self.trainer(net)

        def train():
            with autograd.record():
                l = self.loss(compiled(X), y)
            l.backward()
            trainer.step(batch_size)
            npx.waitall()
            return batch_size

        def infer():
            compiled(X).wait_to_read()
            return batch_size

        return train if mode == "training" else infer

    def measure(self, seconds):
        if self.mode == "inference":
            return super().measure(seconds)
        with memory.kept():  # as `train_ch6` does behind the first step
            return super().measure(seconds)


def values(net):
    """Return the values of a net's parameters, in order, as NumPy arrays."""
    return [parameter.data().asnumpy() for parameter in net.collect_params().values()]


if __name__ == "__main__":
    contender.serve(Gluon(convert=precision.to_bfloat16 if sys.argv[1] == "bfloat16" else None))
