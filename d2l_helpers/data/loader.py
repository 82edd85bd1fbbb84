"""Batches: uint8 images in memory, resized and augmented one batch at a time (lesson 01)."""

import functools
import itertools
import math

from d2l_helpers.utils.out_of_memory import naming_the_batch
from d2l_helpers.utils.validation import as_numpy, check_labels, check_whole_number

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
        images: uint8 of NumPy or MXNet, (examples, height, width), or with colours (examples,
            height, width, 3).
        resize: new size in pixels, a number for squares or (height, width); None keeps the size.

    Returns:
        float32 NumPy array, (examples, 1 or 3, new height, new width).

    Raises:
        ValueError: images of another type or number of axes.
        ValueError, TypeError: a size that is not a whole number from 1.
    """
    images = _checked(images)
    if images.ndim == 4:  # each colour is resized as a grey image is
        grey = images.transpose(0, 3, 1, 2).reshape(-1, *images.shape[1:3])
        resized = resize_images(grey, resize)
        return resized.reshape(len(images), 3, *resized.shape[2:])
    scaled = images.astype(numpy.float32) / 255
    height, width = _height_and_width(resize) or images.shape[1:]
    if (height, width) != images.shape[1:]:
        tall = bilinear_matrix(images.shape[1], height) @ scaled
        # One product for all images: NumPy's BLAS may share each product among threads, and on a
        # busy machine 128 products mean 128 times waiting for the slowest thread.
        wide = tall.reshape(-1, images.shape[2]) @ bilinear_matrix(images.shape[2], width).T
        scaled = wide.reshape(len(images), height, width)
    return scaled[:, None]


def _checked(images):
    """Return uint8 images, grey or with three colours, as a NumPy array; ValueError for others."""
    images = as_numpy(images)
    has_colours = images.ndim == 4 and images.shape[3] == 3
    if images.dtype != numpy.uint8 or (images.ndim != 3 and not has_colours):
        raise ValueError(
            f"images must be uint8 of shape (examples, height, width), or with 3 colours behind "
            f"it, not {images.dtype} of shape {images.shape}"
        )
    return images


def _height_and_width(resize):
    """Return the size to resize to as two ints; None for None."""
    if resize is None:
        return None
    size = resize if isinstance(resize, (tuple, list)) else (resize, resize)
    if len(size) != 2:
        raise ValueError(f"resize must be a number of pixels or (height, width), not {resize}")
    return tuple(check_whole_number("resize", pixels, at_least=1) for pixels in size)


class BatchLoader:
    """Iterates over batches `(X, y)` of images that stay in memory as uint8.

    X is float32 in [0, 1], (batch, channel, height, width); y is int32, (batch,). The last batch
    may be smaller. A shuffled loader draws a new order in every epoch; order and augmentation
    depend on `seed` and `epoch` alone, so that an interrupted training run can be resumed as if it
    had never stopped.

    Args:
        images: uint8 of NumPy or MXNet, (examples, height, width), or with colours (examples,
            height, width, 3).
        labels: whole numbers from 0, (examples,).
        batch_size: examples in a batch.
        resize: pixels to resize to (a number, or height and width), or None.
        shuffle: whether to reshuffle every epoch.
        seed: of the order and the augmentation.
        augment: function of (uint8 images, rng) that returns changed images, or None.

    Raises:
        ValueError: numbers of images and labels differ, or there are none; images of another type
            or number of axes.
        TypeError: augment is no function.
        ValueError, TypeError: labels, batch_size, resize or seed are not whole numbers, or too
            small.
    """

    def __init__(
        self, images, labels, batch_size, *, resize=None, shuffle=False, seed=0, augment=None
    ):
        if len(images) != len(labels) or len(labels) == 0:
            raise ValueError(f"{len(images)} images cannot go with {len(labels)} labels")
        self.images, self.labels = _checked(images), check_labels(labels)
        self.batch_size = check_whole_number("batch_size", batch_size, at_least=1)
        self.resize = _height_and_width(resize)
        if augment is not None and not callable(augment):
            raise TypeError(f"augment must be a function such as flip_and_shift, not {augment!r}")
        self.seed = check_whole_number("seed", seed, at_least=0)
        self.shuffle, self.augment = shuffle, augment
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
            with naming_the_batch(len(images)):
                X = np.array(resize_images(images, self.resize))
            yield X, np.array(self.labels[chosen])


class Steps:
    """Batches of a loader for a number of steps, over as many epochs as that takes.

    Sets of 25 and of 2,500 images are trained equally long with it.

    Args:
        loader: an iterable of (X, y) that can be iterated over again, such as a `BatchLoader`.
        num_steps: how many batches to give.

    Raises:
        ValueError, TypeError: num_steps is not a whole number from 0.
        ValueError: the loader gives no more batches; raised when one is asked for.
    """

    def __init__(self, loader, num_steps):
        self.loader = loader
        self.num_steps = check_whole_number("num_steps", num_steps, at_least=0)

    def __len__(self):
        return self.num_steps

    def __iter__(self):
        done = 0
        while done < self.num_steps:
            first_of_epoch = done
            for batch in itertools.islice(self.loader, self.num_steps - done):
                done += 1
                yield batch
            # An epoch without batches would be followed by others like it, for ever.
            if done == first_of_epoch:
                raise ValueError(
                    f"the loader, a {type(self.loader).__name__}, gave {done} batches and has no "
                    f"more, but num_steps is {self.num_steps}: give one that has batches in each "
                    "epoch, such as a BatchLoader, or a list in place of a generator"
                )
