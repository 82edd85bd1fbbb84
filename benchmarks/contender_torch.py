"""Two workers of alexnet.py: PyTorch in float32, and with bfloat16 autocast."""

import sys

import contender
import torch
from torch import nn

MEMORY_FORMATS = {
    "contiguous": torch.contiguous_format,
    "channels_last": torch.channels_last,
}


def alexnet(dense_inputs):
    """Return the layers of `d2l_helpers.alexnet`.

    Args:
        dense_inputs: inputs of the first dense layer, which depend on the image size.
    """
    return nn.Sequential(
        nn.Conv2d(1, 96, kernel_size=11, stride=4),
        nn.ReLU(),
        nn.MaxPool2d(kernel_size=3, stride=2),
        nn.Conv2d(96, 256, kernel_size=5, padding=2),
        nn.ReLU(),
        nn.MaxPool2d(kernel_size=3, stride=2),
        nn.Conv2d(256, 384, kernel_size=3, padding=1),
        nn.ReLU(),
        nn.Conv2d(384, 384, kernel_size=3, padding=1),
        nn.ReLU(),
        nn.Conv2d(384, 256, kernel_size=3, padding=1),
        nn.ReLU(),
        nn.MaxPool2d(kernel_size=3, stride=2),
        nn.Flatten(),
        nn.Linear(dense_inputs, 4096),
        nn.ReLU(),
        nn.Dropout(0.5),
        nn.Linear(4096, 4096),
        nn.ReLU(),
        nn.Dropout(0.5),
        nn.Linear(4096, 10),
    )


class Torch(contender.Contender):
    """AlexNet in PyTorch.

    Args:
        bfloat16: whether to compute under autocast to bfloat16.
    """

    def __init__(self, bfloat16):
        self.bfloat16 = bfloat16

    def setup(self, folder, size, threads, data):
        torch.set_num_threads(threads)
        return super().setup(folder, size, threads, data)

    def facts(self):
        return {
            "versions": f"torch {torch.__version__}",
            "threads": torch.get_num_threads(),
            "instruction sets": torch.backends.cpu.get_cpu_capability(),
        }

    def new_net(self, memory_format):
        """Return a net with the common weights, and its optimizer."""
        dense_weight = next(value for value in self.weights if value.ndim == 2)
        net = alexnet(dense_weight.shape[1])
        with torch.no_grad():
            for parameter, value in zip(net.parameters(), self.weights):
                parameter.copy_(torch.from_numpy(value))
        net = net.to(memory_format=MEMORY_FORMATS[memory_format])
        optimizer = torch.optim.SGD(
            net.parameters(),
            lr=contender.LEARNING_RATE,
            momentum=contender.MOMENTUM,
            weight_decay=contender.WEIGHT_DECAY,
            fused=True,  # PyTorch's quickest
        )
        return net, optimizer

    def batch(self, num_examples, memory_format):
        """Return the first images and their labels as tensors."""
        X = torch.from_numpy(self.images[:num_examples])
        y = torch.from_numpy(self.labels[:num_examples]).long()
        return X.contiguous(memory_format=MEMORY_FORMATS[memory_format]), y

    def loss(self, net, X, y):
        with torch.autocast("cpu", dtype=torch.bfloat16, enabled=self.bfloat16):
            return nn.functional.cross_entropy(net(X), y)

    def check(self, memory_format, num_steps):
        X, y = self.batch(contender.EXAMPLES_TO_CHECK, memory_format)
        net, optimizer = self.new_net(memory_format)
        net.eval()
        losses = []
        for _ in range(num_steps):
            losses.append(self.train_step(net, optimizer, X, y).item())
        losses.append(self.loss(net, X, y).item())
        trained = [parameter.detach().numpy() for parameter in net.parameters()]
        return {"losses": losses, "updates": contender.update_norms(self.weights, trained)}

    def train_step(self, net, optimizer, X, y):
        """Train on one batch, and return its mean loss."""
        optimizer.zero_grad()
        l = self.loss(net, X, y)
        l.backward()
        optimizer.step()
        return l

    def make_step(self, mode, batch_size, memory_format):
        X, y = self.batch(batch_size, memory_format)
        net, optimizer = self.new_net(memory_format)
        net.train(mode == "training")

        def train():
            self.train_step(net, optimizer, X, y)
            return batch_size

        def infer():
            with (
                torch.inference_mode(),
                torch.autocast("cpu", dtype=torch.bfloat16, enabled=self.bfloat16),
            ):
                net(X)
            return batch_size

        return train if mode == "training" else infer


if __name__ == "__main__":
    contender.serve(Torch(bfloat16=sys.argv[1] == "bfloat16"))
