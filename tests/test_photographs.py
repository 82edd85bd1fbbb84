"""Photographs for nets that were trained on ImageNet."""

import d2l_helpers as dh
from d2l_helpers.data import imagenet

import numpy
import pytest
from matplotlib import cbook
from mxnet import np
from PIL import Image

# What torchvision 0.28.0 with Pillow 13.0.0 makes of the photograph, red, green and blue of some
# pixels (row, column): Resize(256), CenterCrop(224), ToTensor(), Normalize(mean, deviation).
TORCHVISION = {
    (0, 0): [0.9988, 0.8880, 0.9319],
    (0, 223): [-0.9020, -0.1275, 1.3677],
    (112, 112): [1.6153, 0.4153, 0.0431],
    (60, 100): [1.0331, -0.5126, -0.7587],
    (200, 50): [-1.9295, -1.8431, -1.5779],
    (223, 223): [-1.8610, -1.7731, -1.3687],
}
TORCHVISION_MEAN, TORCHVISION_SPREAD = [-0.48573, -0.67789, -0.32053], [1.40258, 1.1745, 1.25182]


@pytest.fixture(scope="module")
def photo():
    with cbook.get_sample_data("grace_hopper.jpg") as file:
        return Image.open(file).convert("RGB")


def test_it_is_what_torchvision_makes_of_it(photo):
    X = dh.imagenet_preprocess(photo)
    assert X.shape == (1, 3, 224, 224)
    assert X.dtype == numpy.float32
    level = 1 / 255 / min(imagenet.STD)
    for (row, column), colours in TORCHVISION.items():
        assert X[0, :, row, column].asnumpy() == pytest.approx(colours, abs=1.01 * level)
    assert X[0].mean(axis=(1, 2)).asnumpy() == pytest.approx(TORCHVISION_MEAN, abs=1e-3)
    assert X[0].std(axis=(1, 2)).asnumpy() == pytest.approx(TORCHVISION_SPREAD, abs=1e-3)


def test_its_earlier_name_still_works():
    assert dh.prepare_photograph is dh.imagenet_preprocess


@pytest.mark.parametrize("size", [(224, 500), (1000, 30), (256, 256), (3, 3)])
@pytest.mark.parametrize("mode", ["L", "RGBA", "P", "CMYK"])
def test_any_size_and_kind_of_picture_is_accepted(size, mode):
    assert dh.imagenet_preprocess(Image.new(mode, size)).shape == (1, 3, 224, 224)


def test_the_class_names_are_there_in_order(tmp_path, monkeypatch):
    names = dh.imagenet_class_names()
    assert len(names) == len(set(names)) == 1000
    assert (names[0], names[457], names[652], names[999]) == (
        "tench", "bow tie", "military uniform", "toilet tissue"
    )  # fmt: skip
    for file in ("README.md", "LICENSE"):
        assert imagenet.CLASSES_FILE.with_name(file).is_file()
    monkeypatch.setattr(imagenet, "CLASSES_FILE", tmp_path / "classes.txt")
    with pytest.raises(dh.DataFileError, match=r"classes\.txt cannot be read"):
        dh.imagenet_class_names()
    (tmp_path / "classes.txt").write_text("tench\n")
    with pytest.raises(dh.DataFileError, match="holds 1 names, not 1000"):
        dh.imagenet_class_names()


def test_predict_details_gives_probability_number_and_name():
    net = dh.lenet(activation="relu")
    net.initialize()
    X = np.random.uniform(size=(3, 1, 28, 28))
    all_probabilities, _ = dh.predict(net, [(X, np.zeros(3, dtype="int32"))])
    probabilities, indices, names = dh.predict_details(net, X)
    assert probabilities.shape == indices.shape == (3, 1)
    assert (indices[:, 0] == all_probabilities.argmax(axis=1)).all()
    assert names == [[dh.CLASS_NAMES[i]] for i in indices[:, 0]]
    probabilities, indices, _ = dh.predict_details(net, X, top=10)
    assert (numpy.take_along_axis(all_probabilities, indices, 1) == probabilities).all()
    assert (numpy.sort(indices, axis=1) == numpy.arange(10)).all()
    assert (numpy.diff(probabilities, axis=1) <= 0).all()
    with pytest.raises(ValueError, match="2 names for 10 classes"):
        dh.predict_details(net, X, ["cat", "dog"])
    for top in (0, 11):
        with pytest.raises(ValueError, match=f"from 1 to the number of classes, 10, not {top}"):
            dh.predict_details(net, X, top=top)
