"""Parts and changes of images: crops, flips, shifts, colours (lessons 01, 08, 09)."""

from d2l_helpers.data.images import check_pil_image, open_image, resized
from d2l_helpers.utils.validation import as_numpy, check_whole_number

import numpy


def central_crop(image, size):
    """Return the middle of a photograph as (size, size, 3) uint8 pixels, as the paper (section 2).

    Args:
        image: a PIL image, opened as for `imagenet_preprocess`; its shorter side is scaled to
            `size` first.
        size: in pixels.

    Raises:
        TypeError: no PIL image, or `size` is no number.
        ValueError: `size` is not a whole number from 1.
        DataFileError: its file is damaged, has more than 8 bits per value, or is too large or too
            narrow.
    """
    check_pil_image(image)
    size = check_whole_number("size", size, at_least=1)
    image = open_image(image)
    scale = size / min(image.size)
    width, height = (round(scale * side) for side in image.size)
    image = resized(image, width, height)
    left, top = (width - size) // 2, (height - size) // 2
    return numpy.asarray(image)[top : top + size, left : left + size]


def flip_and_shift(images, rng, max_shift=2):
    """Return the images, each flipped left to right by a coin toss and shifted at random.

    The shift is a crop of the zero-padded image, as in the paper's augmentation (section 4.1),
    by up to `max_shift` pixels along each axis.

    Args:
        images: uint8, (examples, height, width) or (examples, height, width, channels).
        rng: a `numpy.random.Generator`.
        max_shift: the largest shift in pixels.

    Raises:
        TypeError, ValueError: max_shift is not a whole number from 0.
    """
    max_shift = check_whole_number("max_shift", max_shift, at_least=0)
    images = random_flip(images, rng)
    margin = ((0, 0), (max_shift, max_shift), (max_shift, max_shift), (0, 0))[: images.ndim]
    return random_crop(numpy.pad(images, margin), rng, images.shape[1:3])


def random_flip(images, rng):
    """Return the images, each flipped left to right by a coin toss; arguments as `random_crop`."""
    images = as_numpy(images)
    flip = rng.random(len(images)) < 0.5
    return numpy.where(flip.reshape(-1, *[1] * (images.ndim - 1)), images[:, :, ::-1], images)


def random_crop(images, rng, size):
    """Return a part of each image, at a random place.

    Source: the paper, section 4.1, which takes 224 x 224 of 256 x 256 pixels.

    Args:
        images: (examples, height, width) or (examples, height, width, channels).
        rng: a `numpy.random.Generator`.
        size: (height, width) of the parts in pixels.

    Raises:
        TypeError: size is no pair of numbers.
        ValueError: the part is larger than the images, or its size not in whole pixels.
    """
    images, size = as_numpy(images), _checked(size)
    margins = _margins(images, size)
    top, left = (rng.integers(0, margin + 1, len(images)) for margin in margins)
    return _crops(images, top, left, size)


def ten_crops(images, size):
    """Return ten parts of each image: the corners, the centre, and all five flipped.

    The paper (section 4.1) averages the net's answers over them.

    Args:
        images: (examples, height, width) or (examples, height, width, channels).
        size: (height, width) of the parts in pixels.

    Returns:
        An array (examples, 10, height, width) and the channels, if there are any.

    Raises:
        TypeError: size is no pair of numbers.
        ValueError: the part is larger than the images, or its size not in whole pixels.
    """
    images, size = as_numpy(images), _checked(size)
    bottom, right = _margins(images, size)
    places = [(0, 0), (0, right), (bottom, 0), (bottom, right), (bottom // 2, right // 2)]
    zeros = numpy.zeros(len(images), dtype=int)
    five = numpy.stack([_crops(images, zeros + top, zeros + left, size) for top, left in places], 1)
    return numpy.concatenate([five, five[:, :, :, ::-1]], axis=1)


def _checked(size):
    """Return the size of a part as two ints; TypeError for what is no pair."""
    if not isinstance(size, (tuple, list)) or len(size) != 2:
        raise TypeError(f"size is (height, width) in pixels, such as (224, 224), not {size!r}")
    return tuple(check_whole_number("size", pixels) for pixels in size)


def _margins(images, size):
    """Return how many pixels a part of this size can move down and to the right."""
    margins = images.shape[1] - size[0], images.shape[2] - size[1]
    if min(margins) < 0 or min(size) < 1:
        raise ValueError(
            f"{size[0]} x {size[1]} pixels cannot be cut out of images of "
            f"{images.shape[1]} x {images.shape[2]}"
        )
    return margins


def _crops(images, top, left, size):
    """Return the parts of this size, each with its own corner, of all images."""
    rows = top[:, None] + numpy.arange(size[0])
    columns = left[:, None] + numpy.arange(size[1])
    examples = numpy.arange(len(images))
    return images[examples[:, None, None], rows[:, :, None], columns[:, None, :]]


class PCAColour:
    """Augmentation that changes the colour of an image's light, as the paper's does.

    Along each principal component of the training pixels' colours, all pixels of an image move by
    the same random amount: the component's eigenvalue times a draw from a normal distribution.
    Source: the paper, section 4.1. Eigenvalues depend on the scale of the pixels, which it leaves
    open; here it is 0 to 1.

    Args:
        training_images: uint8, (examples, height, width, 3).
        sigma: standard deviation of the draws; the paper's is 0.1.

    Raises:
        ValueError: images without three colour channels.
    """

    def __init__(self, training_images, sigma=0.1):
        self.sigma = sigma
        _check_three_channels(training_images)
        pixels = training_images.reshape(-1, 3) / 255
        self.eigenvalues, self.components = numpy.linalg.eigh(numpy.cov(pixels, rowvar=False))

    def __call__(self, images, rng):
        """Return uint8 images of changed colour, clipped to 0 to 255."""
        _check_three_channels(images)
        amounts = rng.normal(0, self.sigma, (len(images), 3)) * self.eigenvalues
        changes = 255 * amounts @ self.components.T
        changed = images + changes[:, None, None, :]
        return numpy.clip(numpy.rint(changed), 0, 255).astype(numpy.uint8)


def _check_three_channels(images):
    if images.ndim != 4 or images.shape[3] != 3:
        raise ValueError(
            f"the colours of images of shape {images.shape} cannot be changed: that takes three "
            "channels, (examples, height, width, 3); grey images have one"
        )
