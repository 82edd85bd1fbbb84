"""Batches: uint8 images in memory, resized and augmented one batch at a time."""

import functools
import itertools
import math

import numpy
from mxnet import np


@functools.lru_cache(maxsize=16)
def bilinear_matrix(in_size, out_size):
    """Return the (out_size, in_size) matrix that resizes one axis bilinearly.

    Each row holds the weights of the two nearest input pixels, whose centres lie at half
    integers; beyond the outer centres the border pixel is repeated. That is what OpenCV's and
    so MXNet's own bilinear resize does, before it rounds to whole numbers.
    """
    centre = (numpy.arange(out_size) + 0.5) * in_size / out_size - 0.5
    left = numpy.floor(centre).astype(int)
    right_weight = centre - left
    matrix = numpy.zeros((out_size, in_size), numpy.float32)
    rows = numpy.arange(out_size)
    numpy.add.at(matrix, (rows, left.clip(0, in_size - 1)), 1 - right_weight)
    numpy.add.at(matrix, (rows, (left + 1).clip(0, in_size - 1)), right_weight)
    matrix.setflags(write=False)
    return matrix


def resize_images(images, resize):
    """Return uint8 images as float32 in [0, 1], bilinearly resized.

    Bilinear resizing is linear in the pixels, so it is a matrix product along each axis.

    Args:
        images: uint8, (examples, height, width), or with colours (examples, height, width, 3).
        resize: new size in pixels, a number for squares or (height, width); None keeps the size.

    Returns:
        float32 NumPy array, (examples, 1 or 3, new height, new width).

    Raises:
        ValueError: images of another type or number of axes, or a size below 1.
    """
    has_colours = images.ndim == 4 and images.shape[3] == 3
    if images.dtype != numpy.uint8 or (images.ndim != 3 and not has_colours):
        raise ValueError(
            f"images must be uint8 of shape (examples, height, width), or with 3 colours behind "
            f"it, not {images.dtype} of shape {images.shape}"
        )
    if has_colours:  # each colour is resized as a grey image is
        grey = images.transpose(0, 3, 1, 2).reshape(-1, *images.shape[1:3])
        resized = resize_images(grey, resize)
        return resized.reshape(len(images), 3, *resized.shape[2:])
    scaled = images.astype(numpy.float32) / 255
    if resize is None:
        return scaled[:, None]
    height, width = (resize, resize) if isinstance(resize, int) else resize
    if min(height, width) < 1:
        raise ValueError(f"cannot resize to {height} x {width} pixels")
    if (height, width) != images.shape[1:]:
        tall = bilinear_matrix(images.shape[1], height) @ scaled
        # One product for all images: NumPy's BLAS may share each product among threads, and on a
        # busy machine 128 products mean 128 times waiting for the slowest thread.
        wide = tall.reshape(-1, images.shape[2]) @ bilinear_matrix(images.shape[2], width).T
        scaled = wide.reshape(len(images), height, width)
    return scaled[:, None]


class BatchLoader:
    """Iterates over batches `(X, y)` of images that stay in memory as uint8.

    X is float32 in [0, 1], (batch, channel, height, width); y is int32, (batch,). The last batch
    may be smaller. A shuffled loader draws a new order in every epoch; order and augmentation
    depend on `seed` and `epoch` alone, so that an interrupted training can go on as if never
    stopped.

    Args:
        images: uint8, (examples, height, width), or with colours (examples, height, width, 3).
        labels: int, (examples,).
        batch_size: examples in a batch.
        resize: pixels to resize to, or None.
        shuffle: whether to reshuffle every epoch.
        seed: of the order and the augmentation.
        augment: function of (uint8 images, rng) that returns changed images, or None.

    Raises:
        ValueError: numbers of images and labels differ, there are none, or batch_size is below 1.
    """

    def __init__(
        self, images, labels, batch_size, *, resize=None, shuffle=False, seed=0, augment=None
    ):
        if len(images) != len(labels) or len(labels) == 0:
            raise ValueError(f"{len(images)} images cannot go with {len(labels)} labels")
        if batch_size < 1:
            raise ValueError(f"batch_size must be at least 1, not {batch_size}")
        self.images, self.labels = images, labels.astype(numpy.int32)
        self.batch_size, self.resize = batch_size, resize
        self.shuffle, self.seed, self.augment = shuffle, seed, augment
        self.epoch = 0

    @property
    def num_examples(self):
        return len(self.labels)

    def __len__(self):
        return math.ceil(self.num_examples / self.batch_size)

    def set_epoch(self, epoch):
        """Make the next iteration the one of epoch number `epoch`, counted from 0."""
        self.epoch = epoch

    def __iter__(self):
        rng = numpy.random.default_rng([self.seed, self.epoch])
        self.epoch += 1
        order = rng.permutation(self.num_examples) if self.shuffle else None
        for start in range(0, self.num_examples, self.batch_size):
            batch = slice(start, start + self.batch_size)
            chosen = batch if order is None else order[batch]
            images = self.images[chosen]
            if self.augment:
                images = self.augment(images, rng)
            yield np.array(resize_images(images, self.resize)), np.array(self.labels[chosen])


class Steps:
    """Batches of a loader for a number of steps, over as many epochs as that takes.

    Sets of 25 and of 2,500 images are trained equally long with it.

    Args:
        loader: a sized iterable of (X, y).
        num_steps: how many batches to give.
    """

    def __init__(self, loader, num_steps):
        self.loader, self.num_steps = loader, num_steps

    def __len__(self):
        return self.num_steps

    def __iter__(self):
        epochs = itertools.chain.from_iterable(itertools.repeat(self.loader))
        return itertools.islice(epochs, self.num_steps)
