"""How images are opened: upright, opaque, with 8 bits per value, whatever reads them."""

import d2l_helpers as dh
from d2l_helpers.data import imagenet
from d2l_helpers.data.images import open_image

import numpy
import pytest
from PIL import Image

# An upright image, of which all three ways of opening one show these pixels.
HEIGHT, WIDTH = 256, 320
MIDDLE = numpy.s_[16:240, 48:272]


def picture(channels=3):
    """Return smooth pixels (JPEG hardly changes them) that look different from every side."""
    rows, columns = numpy.mgrid[:HEIGHT, :WIDTH]
    ramps = [rows // 2 + 40, columns // 2 + 30, (rows + columns) // 4 + 20]
    return numpy.stack(ramps, axis=2).astype("uint8")[:, :, :channels]


def from_folder(file):
    """Return what `load_image_folder` makes of a file, which lies in train/ and test/."""
    _, test_iter, _ = dh.load_image_folder(file.parents[2], 1, HEIGHT)
    (X, _), = test_iter  # fmt: skip
    return X[0, :, 16:240, 16:240].asnumpy().transpose(1, 2, 0) * 255


def cropped(file):
    with Image.open(file) as image:
        return dh.central_crop(image, HEIGHT)[16:240, 16:240]


def for_imagenet(file):
    with Image.open(file) as image:
        X = dh.imagenet_preprocess(image)
    return (X[0].asnumpy().transpose(1, 2, 0) * imagenet.STD + imagenet.MEAN) * 255


WAYS = pytest.mark.parametrize("open_with", [from_folder, cropped, for_imagenet])


@pytest.fixture
def save(tmp_path):
    """Return a function that saves an image as the only one of a folder, and returns its file."""

    def save(image, suffix="png", **options):
        for part in ("test", "train"):
            file = tmp_path / part / "class" / f"picture.{suffix}"
            file.parent.mkdir(parents=True)
            image.save(file, **options)
        return file

    return save


# What a camera stores, by the orientation that it notes: where its first row and column belong.
STORED = {
    1: lambda seen: seen,  # top, left
    2: lambda seen: seen[:, ::-1],  # top, right
    3: lambda seen: seen[::-1, ::-1],  # bottom, right
    4: lambda seen: seen[::-1],  # bottom, left
    5: lambda seen: seen.swapaxes(0, 1),  # left, top
    6: lambda seen: seen[:, ::-1].swapaxes(0, 1),  # right, top
    7: lambda seen: seen[::-1, ::-1].swapaxes(0, 1),  # right, bottom
    8: lambda seen: seen[::-1].swapaxes(0, 1),  # left, bottom
}


def with_orientation(number):
    exif = Image.Exif()
    exif[0x0112] = number
    return exif


@WAYS
@pytest.mark.parametrize("orientation", STORED)
def test_an_image_is_turned_as_its_exif_orientation_says(save, open_with, orientation):
    stored = numpy.ascontiguousarray(STORED[orientation](picture()))
    file = save(Image.fromarray(stored), exif=with_orientation(orientation))
    assert abs(open_with(file) - picture()[MIDDLE]).max() < 0.01


@WAYS
@pytest.mark.parametrize("orientation", [0, 9, 300])
def test_an_orientation_that_does_not_exist_turns_nothing(save, open_with, orientation):
    file = save(Image.fromarray(picture()), exif=with_orientation(orientation))
    assert abs(open_with(file) - picture()[MIDDLE]).max() < 0.01


@WAYS
def test_a_grey_jpeg_is_turned_too(save, open_with):
    stored = numpy.ascontiguousarray(STORED[6](picture(1)[:, :, 0]))
    file = save(Image.fromarray(stored), "jpg", exif=with_orientation(6), quality=100)
    assert abs(open_with(file) - picture(1)[MIDDLE]).max() <= 2


def blended(colour, alpha):
    """Return a colour laid on white, before it is rounded."""
    return (numpy.asarray(colour, float) * alpha + 255.0 * (255 - alpha)) / 255


def alpha_ramp():
    """Return opacities from 0 to 255 that follow the columns."""
    ramp = numpy.linspace(0, 255, WIDTH).astype("uint8")
    return numpy.broadcast_to(ramp[:, None], (HEIGHT, WIDTH, 1))


def rgba():
    pixels = numpy.concatenate([picture(), alpha_ramp()], axis=2)
    return Image.fromarray(pixels), blended(picture(), alpha_ramp()), {}


def grey_with_alpha():
    pixels = numpy.concatenate([picture(1), alpha_ramp()], axis=2)
    return Image.fromarray(pixels), blended(picture(1), alpha_ramp()), {}


def hidden_colours():
    image = Image.new("RGBA", (WIDTH, HEIGHT), (200, 10, 30, 0))
    return image, numpy.full((HEIGHT, WIDTH, 3), 255.0), {}


def palette_with_opacities():
    image = Image.new("P", (WIDTH, HEIGHT), 1)
    image.putpalette([0, 0, 0, 90, 120, 60])
    expected = numpy.full((HEIGHT, WIDTH, 3), blended([90, 120, 60], 77))
    return image, expected, {"transparency": bytes([255, 77])}


def one_colour_of_a_palette():
    image = Image.new("P", (WIDTH, HEIGHT), 1)
    image.putpalette([0, 0, 0, 90, 120, 60])
    return image, numpy.full((HEIGHT, WIDTH, 3), 255.0), {"transparency": 1}


def one_colour_of_all():
    pixels = picture()
    pixels[: HEIGHT // 2] = 7, 8, 9
    expected = numpy.where(pixels[:, :, :1] == 7, 255.0, pixels)
    return Image.fromarray(pixels), expected, {"transparency": (7, 8, 9)}


def one_grey_value():
    image = Image.new("L", (WIDTH, HEIGHT), 60)
    return image, numpy.full((HEIGHT, WIDTH, 3), 255.0), {"transparency": 60}


@WAYS
@pytest.mark.parametrize(
    "case",
    [
        rgba,
        grey_with_alpha,
        hidden_colours,
        palette_with_opacities,
        one_colour_of_a_palette,
        one_colour_of_all,
        one_grey_value,
    ],
)
def test_transparent_pixels_are_laid_on_white(save, open_with, case):
    image, expected, options = case()
    file = save(image, **options)
    # Half a level is what rounding takes.
    assert abs(open_with(file) - expected[MIDDLE]).max() <= 0.51


def test_a_transparent_image_becomes_grey_on_white(save):
    image, expected, _ = grey_with_alpha()
    _, test_iter, _ = dh.load_image_folder(save(image).parents[2], 1, HEIGHT, grey=True)
    (X, _), = test_iter  # fmt: skip
    assert X.shape == (1, 1, HEIGHT, HEIGHT)
    seen = X[0, 0, 16:240, 16:240].asnumpy() * 255
    assert abs(seen - expected[MIDDLE][:, :, 0]).max() <= 0.51


@pytest.mark.parametrize("mode", ["1", "L", "P", "RGB", "RGBA", "PA", "CMYK", "YCbCr", "HSV"])
def test_an_image_in_memory_becomes_what_pillow_makes_of_it_and_stays(mode):
    image = Image.new("RGB", (8, 6)).convert("P" if mode == "PA" else mode).convert(mode)
    opened = open_image(image)
    assert (opened.mode, opened.size) == ("RGB", (8, 6))
    assert (numpy.asarray(opened) == 0).all()
    assert (image.mode, image.size) == (mode, (8, 6))
    assert open_image(image, "L").mode == "L"


# What is refused


def cut_after(file, share):
    content = file.read_bytes()
    file.write_bytes(content[: int(len(content) * share)])


@WAYS
@pytest.mark.parametrize("suffix", ["png", "jpg"])
def test_a_damaged_image_is_named(save, open_with, suffix):
    file = save(Image.fromarray(picture()), suffix)
    cut_after(file.parents[2] / "test" / "class" / file.name, 0.5)
    cut_after(file, 0.5)
    with pytest.raises(dh.DataFileError, match=rf"picture\.{suffix} is no image, or damaged: "):
        open_with(file)


@WAYS
def test_an_image_whose_orientation_cannot_be_read_is_named(save, open_with):
    file = save(Image.fromarray(picture()), exif=b"no EXIF")
    with pytest.raises(dh.DataFileError, match=r"picture\.png is no image, or damaged: "):
        open_with(file)


def test_an_image_that_would_fill_the_memory_is_named(save, monkeypatch):
    file = save(Image.fromarray(picture()))
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", HEIGHT * WIDTH // 3)
    with pytest.raises(dh.DataFileError, match=r"picture\.png is no image.*bomb"):
        from_folder(file)


@WAYS
def test_an_image_of_16_bits_is_named(save, open_with):
    file = save(Image.fromarray(picture()[:, :, 0].astype("uint16") * 257))
    with pytest.raises(dh.DataFileError, match=r"picture\.png is no image.*more than 8 bits per"):
        open_with(file)


@pytest.mark.parametrize("mode", ["I", "F", "I;16"])
def test_more_than_8_bits_are_refused_in_memory_too(mode):
    with pytest.raises(dh.DataFileError, match=r"the picture is no image.*more than 8 bits"):
        open_image(Image.new(mode, (8, 6)))


@pytest.mark.parametrize("size", [(0, 5), (5, 0)])
def test_an_image_without_pixels_is_refused(size):
    with pytest.raises(dh.DataFileError, match="it has no pixels"):
        dh.imagenet_preprocess(Image.new("RGB", size))


@pytest.mark.parametrize("image", ["photo.jpg", None, numpy.zeros((8, 8, 3), "uint8")])
def test_only_images_of_pillow_are_accepted(image):
    message = rf"the photograph is a {type(image).__name__}: open it with PIL, Image.open\(file\)"
    with pytest.raises(TypeError, match=message):
        dh.imagenet_preprocess(image)
    with pytest.raises(TypeError, match=message):
        dh.central_crop(image, 8)


@pytest.mark.parametrize("size", [0, -3, 7.5, float("nan")])
def test_a_crop_needs_a_whole_number_of_pixels(size):
    with pytest.raises(ValueError, match="size must be"):
        dh.central_crop(Image.new("RGB", (9, 9)), size)
