"""What a function that draws random numbers must do, where no result can be compared (clinic)."""

from d2l_helpers.utils.validation import as_numpy

import numpy

NUM = 200  # of the images that are shuffled
SIZE = 3  # of an image, in pixels
MOST_NEIGHBOURS = NUM // 10  # that may stay side by side; in a random order two of them do


def shuffles_pairs(shuffle):
    """Return what is wrong with a function that shuffles images and labels alike, or None.

    Args:
        shuffle: takes images (example, row, column), labels (example,) and a generator of NumPy,
            and returns images and labels in an order that the generator draws.
    """
    orders = []
    for seed in (1, 1, 2):
        given = _images_and_labels()
        returned = shuffle(*given, numpy.random.default_rng(seed))
        if returned is None:
            return "it returns nothing: a return is missing"
        parts = [] if hasattr(returned, "shape") else [as_numpy(part) for part in returned]
        if len(parts) != 2:
            return "two arrays are wanted, images and labels, and something else came back"
        wrong = _wrong_result(*parts) or _wrong_pairs(*parts)
        if wrong:
            return wrong
        orders.append(parts[1])
    first, again, other = orders
    if (numpy.abs(numpy.diff(first)) == 1).sum() > MOST_NEIGHBOURS:
        return "the order is the old one, or nearly: most images keep their neighbours"
    if (first != again).any():
        return "the same seed of rng gives another order: draw from rng alone"
    if (first == other).all():
        return "another seed of rng gives the same order: draw from rng"
    return None


def _images_and_labels():
    """Return images of which each pixel is different, and labels that count them."""
    images = numpy.arange(NUM * SIZE**2).reshape(NUM, SIZE, SIZE)
    return images, numpy.arange(NUM)


def _wrong_result(images, labels):
    """Return what is wrong with the shapes of what came back, and with how much it is, or None."""
    wanted = (NUM, SIZE, SIZE)
    if images.shape[1:] != wanted[1:] or labels.ndim != 1:
        return f"images of shape {images.shape} came back for {wanted}, and labels {labels.shape}"
    if len(images) != NUM or len(labels) != NUM:
        return f"of {NUM} images {len(images)} are left, and {len(labels)} labels"
    return None


def _wrong_pairs(images, labels):
    """Return what is wrong with images, with their labels and with how often they come, or None."""
    given, _ = _images_and_labels()
    numbers = images.min(axis=(1, 2)) // SIZE**2
    if not numpy.isin(numbers, range(NUM)).all() or (images != given[numbers]).any():
        return "an image is not as it was: its pixels are mixed or changed"
    if (numbers != labels).any():
        return "an image has the label of another: both need one order"
    if (numpy.sort(numbers) != numpy.arange(NUM)).any():
        return "not every image is there exactly once"
    return None


PROPERTIES = {"shuffles pairs": shuffles_pairs}
