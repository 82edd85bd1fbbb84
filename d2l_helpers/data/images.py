"""Opening images: every image that the course reads goes through `open_image` (lesson 12)."""

import os

from d2l_helpers.utils.files import DataFileError
from d2l_helpers.utils.untrusted import printable, why_not_read

from PIL import Image, ImageOps

FORMATS = ("PNG", "JPEG")
MAX_PIXELS = 80_000_000  # of an image, which takes up to 1.6 GB of memory while it is opened
BACKGROUND = "white"  # of transparent pixels, as on a page


def check_pil_image(image):
    """Raise TypeError for what is not an image of Pillow, such as the name of a file."""
    if not isinstance(image, Image.Image):
        raise TypeError(
            f"the photograph is a {type(image).__name__}: open it with PIL, Image.open(file)"
        )


def open_image(source, mode="RGB"):
    """Return an image as people see it: upright, and without transparency.

    It is turned as its EXIF orientation says, since cameras store what their sensor saw and note
    how they were held. Transparent pixels are laid on white, since the colour that is stored for
    them was never meant to be seen.

    Args:
        source: a PNG or JPEG file, or a PIL image.
        mode: of the result: "RGB", or "L" for grey.

    Returns:
        A new PIL image; the one that was given stays as it is.

    Raises:
        DataFileError: no image, a damaged one, one with more than 8 bits per value, or with more
            than `MAX_PIXELS`. The file is named.
    """
    is_opened = isinstance(source, Image.Image)
    name = (getattr(source, "filename", "") or "the picture") if is_opened else source
    name = printable(name)
    # Image.open reads no more than the head of a file. Damage behind it shows when the pixels are
    # decoded, so that both are in here, also for an image that the reader has opened.
    try:
        if is_opened:
            return _upright_and_opaque(source, mode)
        if isinstance(source, (str, os.PathLike)) and (reason := why_not_read(source)):
            raise DataFileError(f"{name} {reason}: give the name of an image")
        with Image.open(source, formats=FORMATS) as image:
            return _upright_and_opaque(image, mode)
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        raise DataFileError(f"{name} is no image, or damaged: {error}") from error


def resized(image, width, height):
    """Return a PIL image resized bilinearly; DataFileError for more than `MAX_PIXELS`.

    A narrow image grows as long as its shorter side is scaled up.
    """
    if width * height > MAX_PIXELS:
        raise DataFileError(
            f"a photograph of {image.width} x {image.height} pixels is too narrow to become "
            f"{width} x {height}"
        )
    return image.resize((width, height), Image.Resampling.BILINEAR)


def _upright_and_opaque(image, mode):
    if min(image.size) < 1:
        raise ValueError("it has no pixels")
    if image.width * image.height > MAX_PIXELS:  # as its header says, before any is decoded
        raise ValueError(
            f"it has {image.width:,} x {image.height:,} pixels; at most {MAX_PIXELS:,} are read. "
            "Make it smaller"
        )
    # Pillow would cut values of 16 bits off at 255, which makes nearly all pixels white.
    if image.mode.startswith(("I", "F")):
        raise ValueError("it has more than 8 bits per value; save it with 8")
    upright = ImageOps.exif_transpose(image)
    if upright.has_transparency_data:
        background = Image.new("RGBA", upright.size, BACKGROUND)
        upright = Image.alpha_composite(background, upright.convert("RGBA"))
    return upright.convert(mode)
