"""Fashion-MNIST: verified files, arrays, and batches made quickly on a CPU (lesson 01)."""

import functools
import gzip
import hashlib
import math
import os
import zlib
from pathlib import Path

from d2l_helpers.data.loader import BatchLoader
from d2l_helpers.utils.files import ROOT, DataFileError
from d2l_helpers.utils.untrusted import why_not_read
from d2l_helpers.utils.validation import check_whole_number

import numpy

DATA_DIR = ROOT / "data" / "fashion-mnist"
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
LARGEST = 16 + 60_000 * 28 * 28  # bytes that one of them holds
IDX_UINT8 = 0x08
RESTORE = "Restore it with `git checkout -- data`, or clone again."


def get_fashion_mnist_labels(labels):
    """Return the class names of numeric labels, as `d2l.get_fashion_mnist_labels` does.

    Args:
        labels: iterable of whole numbers from 0 to 9.

    Raises:
        ValueError, TypeError: a label that is not a whole number from 0 to 9.
    """
    names = []
    for label in labels:
        index = check_whole_number("a label", label)
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
        DataFileError: not an IDX file of unsigned bytes, not as long as its header says, or of a
            shape that NumPy cannot hold.
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
    shape = tuple(numpy.frombuffer(content[4:header_size], ">u4").tolist())
    if len(content) != header_size + math.prod(shape):
        raise DataFileError(
            f"an IDX file of shape {shape} has {header_size + math.prod(shape)} bytes, "
            f"this one {len(content)}"
        )
    try:
        return numpy.frombuffer(content, numpy.uint8, offset=header_size).reshape(shape)
    except ValueError as error:  # too many axes
        raise DataFileError(f"an IDX file of shape {shape} cannot be read: {error}") from error


def _read_verified(name, root):
    path = Path(root) / f"{name}.gz"
    if not path.is_file():
        raise DataFileError(
            f"{path.name} is missing from {path.parent}. It is part of the course's repository. "
            f"{RESTORE}"
        )
    if reason := why_not_read(path, LARGEST):  # gzip passes over zeros at its end for hours
        raise DataFileError(f"{path} is damaged: it {reason}. {RESTORE}")
    try:
        with gzip.open(path) as file:
            content = file.read(LARGEST + 1)  # of another file no more than shows that it is
    except (OSError, EOFError, zlib.error) as error:
        raise DataFileError(f"{path} is damaged: {error}. {RESTORE}") from error
    if hashlib.sha256(content).hexdigest() != SHA256[name]:
        raise DataFileError(f"{path} was altered: its content has the wrong SHA-256. {RESTORE}")
    return read_idx(content)


# Unpacking and hashing 60,000 images takes about a second, and lessons ask for them many times.
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


def _first_per_class(images, labels, name, num):
    """Return the first `num` examples of each class in their original order; all for None."""
    if num is None:
        return images, labels
    num, counts = check_whole_number(name, num), numpy.bincount(labels)
    if num < 1 or num > counts.min():
        raise ValueError(f"{name} must be from 1 to {counts.min()}, not {num}")
    # Sorted, since the file's order is already a random one of the classes.
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

    Same name and arguments as `d2l.load_data_fashion_mnist` (tutorials T1 and T2), and the same
    pixels after resizing, which is done a batch at a time. The images are read from the course's
    own files, Zalando's release of 31 August 2017. d2l reads Gluon's copy, the release of 26
    August: it has other images in place of some, and all in another order.

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
        ValueError, TypeError: a number that is not whole.
    """
    train_images, train_labels = fashion_mnist_arrays(True, root=root)
    test_images, test_labels = fashion_mnist_arrays(False, root=root)
    validation = check_whole_number("validation", validation)
    if not 0 <= validation < len(train_labels):
        raise ValueError(f"validation must be from 0 to {len(train_labels) - 1}, not {validation}")
    num_train = len(train_labels) - validation
    held_out = (
        BatchLoader(train_images[num_train:], train_labels[num_train:], batch_size, resize=resize)
        if validation
        else None
    )
    train_iter = BatchLoader(
        *_first_per_class(
            train_images[:num_train], train_labels[:num_train], "per_class", per_class
        ),
        batch_size,
        resize=resize,
        shuffle=True,
        seed=seed,
        augment=augment,
    )
    test_iter = BatchLoader(
        *_first_per_class(test_images, test_labels, "test_per_class", test_per_class),
        batch_size,
        resize=resize,
    )
    return (train_iter, held_out, test_iter) if held_out else (train_iter, test_iter)
