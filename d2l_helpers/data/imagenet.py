"""Photographs for nets trained on ImageNet: preparation and class names (lesson 12)."""

from d2l_helpers.data.fashion_mnist import DATA_DIR
from d2l_helpers.data.images import check_pil_image, open_image, resized
from d2l_helpers.utils.files import DataFileError

import numpy
from mxnet import np
from mxnet.gluon.data.vision import transforms

CLASSES_FILE = DATA_DIR.parent / "imagenet" / "classes.txt"
SHORTER_SIDE, CROP = 256, 224  # pixels
# Of the colours of ImageNet's training images, from 0 to 1: red, green, blue.
MEAN, STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)


def imagenet_preprocess(image):
    """Return a photograph as the nets of torchvision and of Gluon's zoo want it.

    The shorter side becomes 256 pixels, the middle 224 x 224 are cut out, values from 0 to 255
    become 0 to 1, and each colour loses ImageNet's mean and is divided by its deviation.
    Source: tutorial T5, and torchvision's transforms.

    Args:
        image: a PIL image of any size. It is turned upright and becomes RGB, transparent pixels
            white: see `images.open_image`.

    Returns:
        float32, (1, 3, 224, 224): a batch of one.

    Raises:
        TypeError: no PIL image.
        DataFileError: its file is damaged, has more than 8 bits per value, or is too large or too
            narrow.
    """
    check_pil_image(image)
    pixels = np.array(numpy.asarray(_middle(open_image(image))), dtype="uint8")
    to_net = transforms.Compose([transforms.ToTensor(), transforms.Normalize(MEAN, STD)])
    return to_net(pixels)[None]


def _middle(image):
    """Return the middle of an image whose shorter side becomes 256 pixels."""
    short = min(image.size)
    # Cut off, not rounded, as torchvision does: else the crop could lie one pixel to the side.
    width, height = (side * SHORTER_SIDE // short for side in image.size)
    image = resized(image, width, height)
    left, top = round((width - CROP) / 2), round((height - CROP) / 2)
    return image.crop((left, top, left + CROP, top + CROP))


def imagenet_class_names():
    """Return the names of ImageNet's 1,000 classes, in the order of a net's outputs.

    Raises:
        DataFileError: the file is missing or does not hold 1,000 names.
    """
    try:
        names = CLASSES_FILE.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise DataFileError(f"{CLASSES_FILE} cannot be read: {error}") from error
    if len(names) != 1000:
        raise DataFileError(f"{CLASSES_FILE} holds {len(names)} names, not 1000")
    return tuple(names)
