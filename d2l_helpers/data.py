"""Fashion-MNIST: verified files, arrays, and batches made quickly on a CPU."""

import functools
import gzip
import hashlib
import math
import os
import zlib
from pathlib import Path

import numpy
from mxnet import np

DATA_DIR = Path(__file__).resolve().parent.parent / "data" / "fashion-mnist"
# SHA-256 of what the gzip files hold, so that it does not matter who compressed them.
SHA256 = {
    "t10k-images-idx3-ubyte": "5b4141f0afbad91edebe8549f8fcffe087ea10ca49f1dbef5c9a5cd8815ce37b",
    "t10k-labels-idx1-ubyte": "0402a96d92fd2663957122ceb108a494c5af83dab82d92729df917d7dec38c34",
    "train-images-idx3-ubyte": "c59f468a2f672dc815687fe0f83887768d799fd8a3f3276145d20f83aa44d888",
    "train-labels-idx1-ubyte": "bad3541b69d912435c50bb6ba87bec294ff4f6a2e1246121d8633921760443d9",
}
CLASS_NAMES = (
    "t-shirt",
    "trouser",
    "pullover",
    "dress",
    "coat",
    "sandal",
    "shirt",
    "sneaker",
    "bag",
    "ankle boot",
)
IDX_UINT8 = 0x08
RESTORE = "Restore it with `git checkout -- data`, or clone again."


class DataFileError(RuntimeError):
    """A data file is missing, damaged, or not what it should be."""


def get_fashion_mnist_labels(labels):
    """Return the class names of numeric labels, as `d2l.get_fashion_mnist_labels` does.

    Args:
        labels: iterable of integers from 0 to 9.

    Raises:
        ValueError: a label outside 0 to 9.
    """
    names = []
    for label in labels:
        index = int(label)
        if not 0 <= index < len(CLASS_NAMES):
            raise ValueError(f"label {index} is not one of Fashion-MNIST's, which go from 0 to 9")
        names.append(CLASS_NAMES[index])
    return names


def read_idx(content):
    """Return the array that the bytes of an IDX file of unsigned bytes hold.

    The format: two zero bytes, the type (8 is unsigned byte), the number of axes, the length of
    each axis as a big-endian 32-bit integer, then the values.

    Args:
        content: the uncompressed bytes.

    Raises:
        DataFileError: not an IDX file of unsigned bytes, or not as long as its header says.
    """
    if len(content) < 4 or content[:2] != b"\0\0" or content[2] != IDX_UINT8:
        raise DataFileError(f"not an IDX file of unsigned bytes: it begins with {content[:4]!r}")
    num_axes = content[3]
    header_size = 4 + 4 * num_axes
    if len(content) < header_size:
        raise DataFileError(
            f"an IDX file with {num_axes} axes has a header of {header_size} bytes, "
            f"this one ends after {len(content)}"
        )
    shape = tuple(numpy.frombuffer(content[4:header_size], ">u4").astype(int))
    if len(content) != header_size + math.prod(shape):
        raise DataFileError(
            f"an IDX file of shape {shape} has {header_size + math.prod(shape)} bytes, "
            f"this one {len(content)}"
        )
    return numpy.frombuffer(content, numpy.uint8, offset=header_size).reshape(shape)


def _read_verified(name, root):
    path = Path(root) / f"{name}.gz"
    if not path.is_file():
        raise DataFileError(
            f"{path.name} is missing from {path.parent}. It is part of the course's repository. "
            f"{RESTORE}"
        )
    try:
        content = gzip.decompress(path.read_bytes())
    except (OSError, EOFError, zlib.error) as error:
        raise DataFileError(f"{path} is damaged: {error}. {RESTORE}") from error
    if hashlib.sha256(content).hexdigest() != SHA256[name]:
        raise DataFileError(f"{path} was altered: its content has the wrong SHA-256. {RESTORE}")
    return read_idx(content)


@functools.lru_cache(maxsize=4)
def _load_split(prefix, root):
    images = _read_verified(f"{prefix}-images-idx3-ubyte", root)
    labels = _read_verified(f"{prefix}-labels-idx1-ubyte", root).astype(numpy.int32)
    labels.setflags(write=False)  # the arrays are shared by all callers
    return images, labels


def fashion_mnist_arrays(train=True, *, root=None):
    """Return all images and labels of one split as NumPy arrays, read-only.

    Args:
        train: True for the 60,000 training images, False for the 10,000 test images.
        root: folder of the four gzip files; default: data/fashion-mnist of the course.

    Returns:
        images: uint8, (examples, 28, 28), 0 is background and 255 full ink.
        labels: int32, (examples,), 0 to 9; `get_fashion_mnist_labels` names them.

    Raises:
        DataFileError: a file is missing or its SHA-256 is wrong.
    """
    return _load_split("train" if train else "t10k", os.fspath(root or DATA_DIR))


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


def _first_per_class(images, labels, num):
    """Return the first `num` examples of each class in their original order; all for None."""
    if num is None:
        return images, labels
    counts = numpy.bincount(labels)
    if num < 1 or num > counts.min():
        raise ValueError(f"{num} images a class were asked for; there are 1 to {counts.min()}")
    chosen = numpy.sort(
        numpy.concatenate([numpy.flatnonzero(labels == c)[:num] for c in range(len(counts))])
    )
    return images[chosen], labels[chosen]


def load_data_fashion_mnist(
    batch_size,
    resize=None,
    *,
    per_class=None,
    test_per_class=None,
    validation=0,
    augment=None,
    seed=0,
    root=None,
):
    """Return iterators over Fashion-MNIST's training and test batches.

    Same name, arguments and pixels as `d2l.load_data_fashion_mnist` (tutorials T1 and T2), but
    the images are read from the course's own files and resized a batch at a time.

    Args:
        batch_size: examples in a batch.
        resize: pixels to resize to (a number, or height and width), None for 28 x 28.
        per_class: how many training images of each class to use; None for all 6,000.
        test_per_class: the same for the test images; None for all 1,000.
        validation: how many training images to hold out, the last ones of the file (before
            `per_class` is applied to the rest). They come as a third iterator.
        augment: function of (uint8 images, rng), such as `flip_and_shift`, applied to the
            training images only.
        seed: of the training order and the augmentation.
        root: folder of the four gzip files; default: data/fashion-mnist of the course.

    Returns:
        (train_iter, test_iter), or (train_iter, validation_iter, test_iter) with `validation`.
        Each is a `BatchLoader`.

    Raises:
        DataFileError: a file is missing or its SHA-256 is wrong.
        ValueError: more images were asked for than there are.
    """
    train_images, train_labels = fashion_mnist_arrays(True, root=root)
    test_images, test_labels = fashion_mnist_arrays(False, root=root)
    if not 0 <= validation < len(train_labels):
        raise ValueError(f"validation must be from 0 to {len(train_labels) - 1}, not {validation}")
    num_train = len(train_labels) - validation
    held_out = (
        BatchLoader(train_images[num_train:], train_labels[num_train:], batch_size, resize=resize)
        if validation
        else None
    )
    train_iter = BatchLoader(
        *_first_per_class(train_images[:num_train], train_labels[:num_train], per_class),
        batch_size,
        resize=resize,
        shuffle=True,
        seed=seed,
        augment=augment,
    )
    test_iter = BatchLoader(
        *_first_per_class(test_images, test_labels, test_per_class), batch_size, resize=resize
    )
    return (train_iter, held_out, test_iter) if held_out else (train_iter, test_iter)
