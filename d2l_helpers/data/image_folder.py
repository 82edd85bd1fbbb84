"""Images of your own: train/ and test/ with a folder per class (lesson 12)."""

import warnings
from pathlib import Path

from d2l_helpers.data.images import open_image
from d2l_helpers.data.loader import BatchLoader
from d2l_helpers.utils.files import DataFileError
from d2l_helpers.utils.untrusted import has_control_characters
from d2l_helpers.utils.validation import check_whole_number

import numpy
from mxnet.gluon.data.vision import ImageFolderDataset
from PIL import Image

SUFFIXES = (".png", ".jpg", ".jpeg")


def load_image_folder(path, batch_size, resize, *, grey=False, augment=None, seed=0):
    """Return iterators over the training and test images of a folder, and their class names.

    The folder holds train/ and test/, and each of these one folder per class with PNG or JPEG
    files, grey or in colour, of any size. They are turned upright, and transparent pixels become
    white: see `images.open_image`. Of an image that is not square the middle square is taken. If
    all squares are of one size of at most `resize` pixels, they are kept, and resized a batch at a
    time as Fashion-MNIST is; otherwise each is scaled to `resize` when it is loaded. All images
    stay in memory, with one byte per value. Names that begin with a dot are passed over.

    Source: tutorial T3's get_batches.

    Args:
        path: the folder.
        batch_size: examples in a batch.
        resize: pixels of the squares that the net gets.
        grey: True makes all images grey, X is (batch, 1, resize, resize); False makes all of them
            coloured, (batch, 3, resize, resize).
        augment: function of (uint8 images, rng), applied to the training images only.
        seed: of the training order and the augmentation.

    Returns:
        train_iter, test_iter: each a `BatchLoader`.
        class_names: the names of the class folders in alphabetical order; label 0 is the first.

    Raises:
        DataFileError: a folder is missing or empty, train/ and test/ do not have the same classes,
            a file is no image or damaged, or a name is not text.
        ValueError, TypeError: batch_size or resize is not a whole number from 1.
    """
    resize = check_whole_number("resize", resize, at_least=1)
    files = {part: _image_files(Path(path) / part) for part in ("train", "test")}
    _check_same_classes(path, files)
    loaders = []
    for part in ("train", "test"):
        training = part == "train"
        images, labels = _read(Path(path) / part, files[part], resize, grey)
        loaders.append(
            BatchLoader(
                images,
                labels,
                batch_size,
                resize=resize,
                shuffle=training,
                seed=seed,
                augment=augment if training else None,
            )
        )
    return *loaders, tuple(files["train"])


def _image_files(folder):
    """Return the image files of each class folder, {class: files}, in alphabetical order."""
    if not folder.is_dir():
        raise DataFileError(
            f"there is no folder {folder}: images are read from train/ and test/, each with "
            "one folder per class"
        )
    files = {}
    for class_folder in _visible(folder):
        if not class_folder.is_dir():
            raise DataFileError(f"{class_folder} is a file; {folder} may hold class folders only")
        files[class_folder.name] = _visible(class_folder)
        if not files[class_folder.name]:
            raise DataFileError(f"{class_folder} is empty: a class needs at least one image")
        for file in files[class_folder.name]:
            if file.suffix.lower() not in SUFFIXES or not file.is_file():
                raise DataFileError(f"{file} is no image: only {', '.join(SUFFIXES)} are read")
    if not files:
        raise DataFileError(f"{folder} is empty: it needs a folder with images for each class")
    return files


def _visible(folder):
    """Return what a folder holds, sorted, without names that begin with a dot."""
    paths = sorted(path for path in folder.iterdir() if not path.name.startswith("."))
    for path in paths:
        if has_control_characters(path.name):
            raise DataFileError(f"a name in {folder} is not text: {path.name!a}. Rename it")
    return paths


def _check_same_classes(path, files):
    for one, other in (("train", "test"), ("test", "train")):
        for name in files[one]:
            if name not in files[other]:
                raise DataFileError(
                    f"{path} has the class {name!r} in {one}/ and not in {other}/; both need the "
                    "same class folders"
                )


def _read(folder, files, size, grey):
    """Return the images, uint8, and their labels, of one part."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # about names that begin with a dot
        dataset = ImageFolderDataset(str(folder))
    # Gluon lists the files; Pillow decodes them, since it says which one is damaged and how.
    paths = [Path(file) for file, _ in dataset.items]
    paths = [path for path in paths if not path.name.startswith(".") and path.parent.name in files]
    images = [_square(path, size, grey) for path in paths]
    labels = numpy.array([list(files).index(path.parent.name) for path in paths])
    if len({image.size for image in images}) > 1:
        images = [_resized(image, size) for image in images]
    return numpy.stack([numpy.asarray(image) for image in images]), labels


def _square(file, size, grey):
    """Return the middle square of an image file, of at most `size` pixels, grey or in colour."""
    image = open_image(file, "L" if grey else "RGB")
    side = min(image.size)
    left, top = (image.width - side) // 2, (image.height - side) // 2
    image = image.crop((left, top, left + side, top + side))
    return _resized(image, size) if side > size else image


def _resized(image, size):
    return image.resize((size, size), Image.Resampling.BILINEAR)
