"""Images in folders: what is read, and what is refused with the name of the file."""

import os
import warnings

import d2l_helpers as dh

import numpy
import pytest
from mxnet import init, npx
from PIL import Image
from small import bar_images, parameters, small_net


def write_images(folder, images, labels, suffix="png"):
    for i, (image, label) in enumerate(zip(images, labels)):
        target = folder / f"class {label}"
        target.mkdir(parents=True, exist_ok=True)
        Image.fromarray(image).save(target / f"{i:04}.{suffix}")


@pytest.fixture
def folder(tmp_path):
    """Ten classes of bars, 6 training and 2 test images each."""
    for part, num in (("train", 6), ("test", 2)):
        write_images(tmp_path / "bars" / part, *bar_images(num))
    return tmp_path / "bars"


def by_class(images, labels):
    order = numpy.argsort(labels, kind="stable")
    return images[order], labels[order]


def test_files_give_what_arrays_give_and_train_to_the_same_weights(folder):
    flip = dh.random_flip
    files = dh.load_image_folder(folder, 8, 12, grey=True, augment=flip, seed=3)
    arrays = (
        dh.BatchLoader(*by_class(*bar_images(6)), 8, shuffle=True, seed=3, augment=flip),
        dh.BatchLoader(*by_class(*bar_images(2)), 8),
    )
    assert files[2] == tuple(f"class {c}" for c in range(10))
    assert [len(loader) for loader in files[:2]] == [len(loader) for loader in arrays] == [8, 3]
    nets = []
    for train_iter, test_iter in (files[:2], arrays):
        nets.append(small_net())
        recipe = {"initializer": init.MSRAPrelu(slope=0), "seed": 0}
        dh.train_ch6(nets[-1], train_iter, test_iter, 2, 0.1, npx.cpu(), **recipe)
    assert all(map(numpy.array_equal, *map(parameters, nets)))
    files[0].set_epoch(1)
    first = [y.asnumpy().tolist() for _, y in files[0]]
    files[0].set_epoch(2)
    assert first != [y.asnumpy().tolist() for _, y in files[0]]


def test_small_squares_are_resized_a_batch_at_a_time_as_arrays_are(folder):
    _, test_iter, _ = dh.load_image_folder(folder, 20, 16, grey=True)
    X, _ = next(iter(test_iter))
    expected = dh.resize_images(by_class(*bar_images(2))[0], 16)
    assert (X.asnumpy() == expected).all()


def colour_image(size, colour):
    return Image.new("RGB", size, colour)


def test_colours_grey_jpeg_transparency_and_all_sizes(tmp_path):
    for part in ("train", "test"):
        for name in ("cat", "dog"):
            (tmp_path / part / name).mkdir(parents=True)
        colour_image((90, 40), "red").save(tmp_path / part / "cat" / "wide.JPEG")
        colour_image((30, 70), "blue").save(tmp_path / part / "cat" / "tall.png")
        Image.new("L", (20, 20), 100).save(tmp_path / part / "dog" / "grey.jpg")
        Image.new("RGBA", (50, 50), (0, 255, 0, 255)).save(tmp_path / part / "dog" / "rgba.png")
        Image.new("P", (50, 50)).save(tmp_path / part / "dog" / "palette.PNG")
        (tmp_path / part / ".hidden").mkdir()
        (tmp_path / part / "dog" / ".DS_Store").write_bytes(b"\0")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        _, test_iter, names = dh.load_image_folder(tmp_path, 8, 32)
    (X, y), = test_iter  # fmt: skip
    assert X.shape == (5, 3, 32, 32)
    assert y.asnumpy().tolist() == [0, 0, 1, 1, 1]
    assert names == ("cat", "dog")
    middle = X[:, :, 16, 16].asnumpy()  # tall, wide, grey, palette, rgba
    assert middle[:2] == pytest.approx(numpy.array([[0, 0, 1], [1, 0, 0]]), abs=0.01)
    assert middle[2] == pytest.approx(100 / 255, abs=0.01)
    assert middle[4] == pytest.approx([0, 1, 0], abs=0.01)
    _, test_iter, _ = dh.load_image_folder(tmp_path, 8, 32.0, grey=True)
    assert next(iter(test_iter))[0].shape == (5, 1, 32, 32)


def test_the_middle_square_is_taken(tmp_path):
    picture = numpy.zeros((8, 20), "uint8")
    picture[:, 6:14] = 200
    for part in ("train", "test"):
        write_images(tmp_path / part, [picture], [0])
    _, test_iter, _ = dh.load_image_folder(tmp_path, 1, 8, grey=True)
    X, _ = next(iter(test_iter))
    assert (X.asnumpy() == numpy.float32(200) / 255).all()


def test_large_images_are_kept_small(tmp_path):
    for part in ("train", "test"):
        write_images(tmp_path / part, [numpy.zeros((300, 300), "uint8")], [0])
    train_iter, _, _ = dh.load_image_folder(tmp_path, 1, 24, grey=True)
    assert train_iter.images.shape == (1, 24, 24)


def cut(path):
    path.write_bytes(path.read_bytes()[:60])


# What is done to the folder; what is printed.
MISTAKES = [
    (
        lambda f: (f / "test").rename(f / "tests"),
        r"there is no folder .*test: images are read from",
    ),
    (lambda f: (f / "train/class 3/a.txt").write_text("no"), r"a\.txt is no image: only \.png"),
    (lambda f: (f / "train/class 3/b.png").write_text("no"), r"b\.png is no image, or damaged"),
    (lambda f: cut(f / "test/class 2/0002.png"), r"0002\.png is no image, or damaged"),
    (lambda f: (f / "train/class 3/sub.png").mkdir(), r"sub\.png is no image"),
    (lambda f: (f / "train/extra").mkdir(), r"train.extra is empty: a class needs at least one"),
    (
        lambda f: (f / "train/x.png").write_text("no"),
        r"x\.png is a file; .*train may hold class fol",
    ),
    (
        lambda f: (f / "train/class 3").rename(f / "train/class three"),
        "has the class 'class three' in train/ and not in test/",
    ),
    (
        lambda f: write_images(f / "test", *bar_images(1)) or (f / "test/class 4").rename(f / "x"),
        "has the class 'class 4' in train/ and not in test/",
    ),
    (
        lambda f: Image.new("I;16", (9, 9)).save(f / "train/class 3/c.png"),
        r"c\.png is no image.*more than 8 bits",
    ),
    (
        lambda f: Image.new("L", (9, 9)).save(f / "train/class 3/d.png", format="GIF"),
        r"d\.png is no image, or damaged",
    ),
]


@pytest.mark.parametrize("mistake, message", MISTAKES, ids=[message for _, message in MISTAKES])
def test_a_file_or_folder_that_does_not_fit_is_named(folder, mistake, message):
    mistake(folder)
    with pytest.raises(dh.DataFileError, match=message):
        dh.load_image_folder(folder, 8, 12)


def test_an_empty_part_and_a_size_that_no_image_has_are_refused(folder, tmp_path):
    for part in ("train", "test"):
        (tmp_path / "empty" / part).mkdir(parents=True)
    with pytest.raises(dh.DataFileError, match="train is empty: it needs a folder with images"):
        dh.load_image_folder(tmp_path / "empty", 8, 12)
    for resize in (0, 12.5):
        with pytest.raises(ValueError, match=r"resize must be (at least 1|a whole number), not"):
            dh.load_image_folder(folder, 8, resize)
    with pytest.raises(ValueError, match="batch_size must be at least 1"):
        dh.load_image_folder(folder, 0, 12)


@pytest.mark.parametrize("where", ["class", "file"])
def test_a_name_that_is_not_text_is_refused(folder, where):
    name = b"caf\xe9" if where == "class" else b"class 1/caf\xe9.png"  # codespell:ignore
    path = os.fsencode(folder / "train") + b"/" + name
    try:
        os.mkdir(path)
    except OSError:
        pytest.skip("this file system takes text alone")
    with pytest.raises(dh.DataFileError, match=r"is not text: 'caf\\udce9(\.png)?'\. Rename it"):
        dh.load_image_folder(folder, 8, 12)
