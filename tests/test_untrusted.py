"""Files from strangers: refused by name before they are read, their names shown without effect.

What would run code is planted in test_checkpoints.py, test_weights.py and test_submissions.py, what
is damaged in the tests of each reader.
"""

import gzip
import json
import os
import shutil
import signal
import struct
import tracemalloc
import zipfile
import zlib

import d2l_helpers as dh
from d2l_helpers.checkpoints import file
from d2l_helpers.data import image_folder
from d2l_helpers.data.images import MAX_PIXELS, open_image
from d2l_helpers.utils import untrusted

import numpy
import pytest
import safetensors.numpy
from mxnet import npx
from PIL import Image
from small import small_net
from stored_lessons import load_tool

ESCAPE = "\x1b[2J\nall is well"  # clears the screen of a terminal, and says something else there
ESCAPED = r"\x1b[2J\nall is well"

pytestmark = pytest.mark.once


def read_checkpoint(path):
    dh.load_weights(path, small_net(), npx.cpu())


def read_weights(path):
    dh.load_safetensors(small_net(), path)


def read_pth(path):
    load_tool("weights").convert(path, path.parent)


def read_submission(path):
    load_tool("submissions").read_notebook(path)


READERS = {
    "checkpoint": (read_checkpoint, dh.CheckpointError),
    "weights": (read_weights, dh.WeightsError),
    "pth": (read_pth, ValueError),
    "photograph": (open_image, dh.DataFileError),
    "submission": (read_submission, ValueError),
}


def named_pipe(path):
    os.mkfifo(path)


def folder(path):
    path.mkdir()


def endless_device(path):
    path.symlink_to("/dev/zero")


def sparse(path):
    path.touch()
    os.truncate(path, 2**40)


@pytest.fixture
def at_once():
    """Interrupt a reader that waits for ever, or reads without an end."""
    signal.signal(signal.SIGALRM, signal.default_int_handler)
    signal.alarm(60)
    yield
    signal.alarm(0)


@pytest.mark.parametrize("plant", [named_pipe, folder, endless_device, sparse])
@pytest.mark.parametrize("kind", READERS)
def test_what_is_no_ordinary_file_is_refused_by_name(kind, plant, tmp_path, at_once):
    read, error = READERS[kind]
    path = tmp_path / "planted"
    plant(path)
    if kind == "submission" and plant is endless_device:
        message = "is a link: put the file itself here"
    else:
        message = "is a named pipe|is a folder|is a device|has 1.1 TB, more than"
    with pytest.raises(error, match=message) as refusal:
        read(path)
    assert kind == "submission" or str(path) in str(refusal.value)  # its caller names it


# What grows


def test_a_gzip_file_that_grows_without_an_end_is_not_unpacked(tmp_path, at_once):
    for name in dh.DATA_DIR.glob("*.gz"):
        (tmp_path / name.name).symlink_to(name)
    bomb = tmp_path / "train-images-idx3-ubyte.gz"
    bomb.unlink()
    with gzip.open(bomb, "wb", compresslevel=1) as file:
        for _ in range(400):
            file.write(bytes(2**20))
    assert bomb.stat().st_size < 2**21
    tracemalloc.start()
    with pytest.raises(dh.DataFileError, match=r"train-images-idx3-ubyte\.gz was altered"):
        dh.fashion_mnist_arrays(root=tmp_path)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 2.5 * 47_040_016  # the file that belongs there, and the buffer it is read into


def png(width, height):
    """Return a PNG file with one bit for each pixel, all of them black."""

    def chunk(kind, content):
        digest = zlib.crc32(kind + content)
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", digest)

    head = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    rows = zlib.compress(bytes((1 + (width + 7) // 8) * height))
    chunks = chunk(b"IHDR", head) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + chunks


@pytest.mark.parametrize("side", [9_000, 20_000])
def test_an_image_that_grows_is_refused_before_it_is_decoded(side, tmp_path, monkeypatch):
    path = tmp_path / "bomb.png"
    path.write_bytes(png(side, side))
    assert side**2 > MAX_PIXELS and side**2 / 8 > 500 * path.stat().st_size
    monkeypatch.setattr("PIL.ImageFile.ImageFile.load", lambda image: pytest.fail("decoded"))
    with pytest.raises(dh.DataFileError, match=r"bomb\.png is no image.*(pixels|bomb)"):
        open_image(path)


def test_an_image_of_ordinary_size_is_opened(tmp_path):
    path = tmp_path / "fine.png"
    path.write_bytes(png(300, 200))
    assert open_image(path).size == (300, 200)


def test_a_file_of_pytorch_that_grows_is_refused_before_pytorch_reads_it(tmp_path):
    path = tmp_path / "bomb.pth"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("bomb/data.pkl", b"\x80\x02}.")
        archive.writestr("bomb/data/0", bytes(50_000_000))
    with pytest.raises(ValueError, match=r"bomb\.pth would grow to 50 MB"):
        read_pth(path)


def test_a_header_that_promises_terabytes_is_no_file_of_weights(tmp_path):
    tensor = {"dtype": "F32", "shape": [2**38], "data_offsets": [0, 2**40]}
    header = json.dumps({"0.weight": tensor}).encode()
    path = tmp_path / "promise.safetensors"
    path.write_bytes(struct.pack("<Q", len(header)) + header)
    for kind in ("weights", "checkpoint"):
        read, error = READERS[kind]
        with pytest.raises(error, match="is damaged"):
            read(path)


def test_many_large_photographs_of_a_class_are_not_kept_at_their_size(tmp_path, monkeypatch):
    for i in range(3):
        path = tmp_path / "train" / "class" / f"{i}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.new("L", (200 + i, 300)).save(path)
    (tmp_path / "test").symlink_to("train")
    kept, square = [], image_folder._square
    monkeypatch.setattr(
        image_folder, "_square", lambda *words: kept.append(square(*words)) or kept[-1]
    )
    dh.load_image_folder(tmp_path, 2, 32)
    assert [image.size for image in kept] == [(32, 32)] * 6


def test_a_photograph_that_grows_when_it_is_scaled_is_refused():
    with pytest.raises(dh.DataFileError, match="60000 x 1 pixels is too narrow"):
        dh.imagenet_preprocess(Image.new("RGB", (60_000, 1)))
    with pytest.raises(dh.DataFileError, match="1 x 2000 pixels is too narrow"):
        dh.central_crop(Image.new("RGB", (1, 2000)), 224)


def test_zeros_without_an_end_behind_a_data_file_are_not_read(tmp_path, at_once):
    for name in dh.DATA_DIR.glob("*.gz"):
        shutil.copy(name, tmp_path)
    os.truncate(tmp_path / "t10k-images-idx3-ubyte.gz", 2**40)
    with pytest.raises(dh.DataFileError, match=r"t10k-images.* is damaged: it has 1\.1 TB"):
        dh.fashion_mnist_arrays(train=False, root=tmp_path)


@pytest.mark.parametrize("plant", [named_pipe, endless_device, sparse])
def test_progress_that_is_no_ordinary_file_is_not_read(plant, tmp_path, monkeypatch, at_once):
    (tmp_path / "lessons").mkdir()
    (tmp_path / "lessons" / ".copies.json").touch()
    plant(tmp_path / "progress.jsonl")
    monkeypatch.chdir(tmp_path / "lessons")
    with pytest.raises(dh.DataFileError, match=r"cannot be read: it (is a|has 1.1 TB)"):
        dh.progress()


def test_a_submission_of_thousands_of_cells_is_refused(tmp_path):
    cell = {"cell_type": "code", "source": "", "metadata": {}, "outputs": []}
    notebook = {"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": [cell] * 1001}
    (tmp_path / "roots.ipynb").write_text(json.dumps(notebook))
    with pytest.raises(ValueError, match="has over 1000 cells"):
        read_submission(tmp_path / "roots.ipynb")


@pytest.mark.parametrize("plant", [named_pipe, endless_device, folder, "a link that leads out"])
def test_a_copy_of_a_submission_is_kept_in_its_folder_or_nowhere(plant, tmp_path, at_once):
    path = tmp_path / "ada" / "roots.ipynb"
    path.parent.mkdir()
    path.write_text("what was handed in")
    place = path.with_name("roots (handed in).ipynb")
    if callable(plant):
        plant(place)
    else:
        place.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(ValueError, match=r"cannot be kept as roots \(handed in\)\.ipynb"):
        load_tool("submissions").keep_original(path)
    assert not (tmp_path / "elsewhere").exists()


# Names


def test_names_in_a_file_are_no_commands_for_the_terminal(tmp_path):
    arrays = {ESCAPE: numpy.zeros(2, "float32")}
    safetensors.numpy.save_file(arrays, tmp_path / "named.safetensors")
    with pytest.raises(dh.WeightsError) as refused:
        read_weights(tmp_path / "named.safetensors")
    with pytest.raises(dh.CheckpointError) as also_refused:
        file.check_arrays("a.checkpoint", file.WEIGHTS, arrays, {})
    for error in (refused, also_refused):
        assert ESCAPED in str(error.value)
        assert not untrusted.has_control_characters(str(error.value))


@pytest.mark.parametrize("name", ["class\x1b[31m", "class\nno error"])
def test_a_class_whose_name_is_a_command_is_refused(name, tmp_path):
    (tmp_path / "train" / name).mkdir(parents=True)
    with pytest.raises(
        dh.DataFileError, match=r"a name in .*train is not text: 'class\\"
    ) as refusal:
        dh.load_image_folder(tmp_path, 2, 32)
    assert not untrusted.has_control_characters(str(refusal.value))


def test_what_a_teacher_reads_of_submissions_holds_no_commands(tmp_path, capsys):
    (tmp_path / "release" / "roots").mkdir(parents=True)
    (tmp_path / "release" / "roots" / "roots.ipynb").write_text("{}")
    (tmp_path / "submitted" / "ada" / "roots").mkdir(parents=True)
    (tmp_path / "submitted" / "ada" / "roots" / ESCAPE).touch()
    load_tool("submissions").main([str(tmp_path)])
    note = (tmp_path / "repairs" / "ada" / "roots.txt").read_text()
    for text in (capsys.readouterr().out, note):
        assert ESCAPED in text and "\x1b" not in text


@pytest.mark.parametrize("level", ["student", "assignment"])
def test_a_folder_that_is_a_link_is_no_submission(level, tmp_path):
    course, elsewhere = tmp_path / "course", tmp_path / "elsewhere" / "roots"
    elsewhere.mkdir(parents=True)
    (elsewhere / "roots.ipynb").write_text("{}")
    (course / "release" / "roots").mkdir(parents=True)
    (course / "release" / "roots" / "roots.ipynb").write_text("{}")
    place = course / "submitted" / "ada"
    if level == "student":
        place.parent.mkdir()
        place.symlink_to(elsewhere.parent)
    else:
        place.mkdir(parents=True)
        (place / "roots").symlink_to(elsewhere)
    lines = list(load_tool("submissions").repair_all(course))
    assert lines == ["ada, roots: is a link: put the folder itself here"]
    assert [path.name for path in elsewhere.iterdir()] == ["roots.ipynb"]


@pytest.mark.parametrize(
    ("num_bytes", "text"), [(0, "0 bytes"), (999, "999 bytes"), (50e6, "50 MB"), (2**40, "1.1 TB")]
)
def test_a_size_is_readable(num_bytes, text):
    assert untrusted.size(int(num_bytes)) == text


def test_letters_of_all_languages_are_shown_as_they_are():
    text = "Größe λ 层 مرحبا 😀 back\\slash"
    assert untrusted.printable(text) == text
    assert untrusted.printable("\x07\udc80\x9b") == r"\x07\udc80\x9b"
