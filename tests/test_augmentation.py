import d2l_helpers as dh

import mxnet as mx
import numpy
import pytest


@pytest.fixture(scope="module")
def arrays():
    return dh.fashion_mnist_arrays(train=False)


def test_no_shift_leaves_images_that_are_flipped_or_not():
    images = numpy.random.default_rng(0).integers(0, 256, (200, 6, 6), dtype=numpy.uint8)
    changed = dh.flip_and_shift(images, numpy.random.default_rng(1), max_shift=0)
    same = (changed == images).all(axis=(1, 2))
    flipped = (changed == images[:, :, ::-1]).all(axis=(1, 2))
    assert (same ^ flipped).all()
    assert 60 < flipped.sum() < 140


def test_shifts_reach_every_offset_and_fill_with_zeros():
    images = numpy.zeros((500, 9, 9), numpy.uint8)
    images[:, 4, 4] = 255  # in the middle, so that a flip changes nothing
    changed = dh.flip_and_shift(images, numpy.random.default_rng(0), max_shift=2)
    assert (changed.shape, changed.dtype) == (images.shape, numpy.uint8)
    _, rows, columns = numpy.nonzero(changed)
    assert set(zip(rows, columns)) == {(r, c) for r in range(2, 7) for c in range(2, 7)}


def test_augmentation_leaves_the_images_that_it_was_given(arrays):
    images = arrays[0][:20].copy()
    dh.flip_and_shift(images, numpy.random.default_rng(0))
    assert numpy.array_equal(images, arrays[0][:20])


def test_augmentation_follows_the_generator(arrays):
    images = arrays[0][:20]
    one, same, other = (dh.flip_and_shift(images, numpy.random.default_rng(s)) for s in (3, 3, 4))
    assert numpy.array_equal(one, same)
    assert not numpy.array_equal(one, other)


COLOURED = numpy.random.default_rng(5).integers(0, 256, (40, 9, 7, 3), dtype=numpy.uint8)


@pytest.mark.parametrize("images", [COLOURED, COLOURED[..., 0]], ids=["colour", "grey"])
def test_random_crops_are_those_that_plain_slices_give(images):
    crops = dh.random_crop(images, numpy.random.default_rng(0), (6, 5))
    rng = numpy.random.default_rng(0)
    tops, lefts = rng.integers(0, 4, len(images)), rng.integers(0, 3, len(images))
    assert set(tops) == {0, 1, 2, 3} and set(lefts) == {0, 1, 2}
    for crop, image, top, left in zip(crops, images, tops, lefts):
        assert numpy.array_equal(crop, image[top : top + 6, left : left + 5])


def test_a_crop_of_the_whole_image_is_the_image():
    assert numpy.array_equal(
        dh.random_crop(COLOURED, numpy.random.default_rng(0), (9, 7)), COLOURED
    )


@pytest.mark.parametrize("images", [COLOURED, COLOURED[..., 0]], ids=["colour", "grey"])
def test_random_flips_are_those_of_the_coins(images):
    flipped = dh.random_flip(images, numpy.random.default_rng(0))
    coins = numpy.random.default_rng(0).random(len(images)) < 0.5
    for new, old, coin in zip(flipped, images, coins):
        assert numpy.array_equal(new, old[:, ::-1] if coin else old)


@pytest.mark.parametrize("images", [COLOURED, COLOURED[..., 0]], ids=["colour", "grey"])
def test_ten_crops_are_the_corners_the_centre_and_their_flips(images):
    crops = dh.ten_crops(images, (5, 3))
    assert crops.shape == (len(images), 10, 5, 3, *images.shape[3:])
    for crop, image in zip(crops, images):
        five = image[:5, :3], image[:5, 4:], image[4:, :3], image[4:, 4:], image[2:7, 2:5]
        for i, expected in enumerate(five):
            assert numpy.array_equal(crop[i], expected)
            assert numpy.array_equal(crop[i + 5], expected[:, ::-1])


@pytest.mark.parametrize("size", [(10, 7), (9, 8), (0, 3)])
def test_a_part_larger_than_the_image_is_refused(size):
    for cut in (lambda: dh.ten_crops(COLOURED, size), lambda: dh.random_crop(COLOURED, None, size)):
        with pytest.raises(ValueError, match="cannot be cut out of images of 9 x 7"):
            cut()


@pytest.mark.parametrize("size", [(2.5, 2), ("2", "2"), (2, None)])
def test_a_part_has_whole_pixels(size):
    for cut in (lambda: dh.ten_crops(COLOURED, size), lambda: dh.random_crop(COLOURED, None, size)):
        with pytest.raises((TypeError, ValueError), match="size must be a"):
            cut()


def test_a_part_may_have_a_float_of_whole_pixels():
    assert dh.ten_crops(COLOURED, (4.0, 3.0)).shape[2:4] == (4, 3)


@pytest.mark.parametrize("max_shift", [-1, 1.5, "2"])
def test_a_shift_is_a_whole_number(max_shift):
    with pytest.raises((TypeError, ValueError), match="max_shift must be"):
        dh.flip_and_shift(COLOURED, numpy.random.default_rng(0), max_shift)


def test_arrays_of_mxnet_are_changed_as_those_of_numpy():
    for change in (dh.flip_and_shift, lambda images, rng: dh.random_crop(images, rng, (4, 4))):
        numpys, mxnets = (
            change(make(COLOURED), numpy.random.default_rng(3))
            for make in (numpy.array, mx.np.array)
        )
        assert numpy.array_equal(numpys, mxnets)


def test_colours_change_as_a_plain_loop_changes_them():
    augment = dh.PCAColour(COLOURED, sigma=0.5)
    changed = augment(COLOURED, numpy.random.default_rng(2))
    values, vectors = numpy.linalg.eigh(numpy.cov(COLOURED.reshape(-1, 3).T / 255))
    draws = numpy.random.default_rng(2).normal(0, 0.5, (len(COLOURED), 3))
    for new, old, draw in zip(changed, COLOURED, draws):
        shift = sum(draw[i] * values[i] * vectors[:, i] for i in range(3))
        assert numpy.array_equal(new, numpy.clip(numpy.rint(old + 255 * shift), 0, 255))
    assert not numpy.array_equal(changed, COLOURED)
    assert changed.dtype == numpy.uint8


def test_colours_that_vary_together_move_together():
    grey = numpy.repeat(COLOURED[..., :1], 3, axis=3)
    changed = dh.PCAColour(grey)(grey, numpy.random.default_rng(0))
    assert (changed == changed[..., :1]).all()


@pytest.mark.parametrize("images", [COLOURED[..., 0], COLOURED[..., :1], COLOURED[..., :2]])
def test_colours_need_three_channels(images):
    with pytest.raises(ValueError, match="takes three channels"):
        dh.PCAColour(images)
    with pytest.raises(ValueError, match="takes three channels"):
        dh.PCAColour(COLOURED)(images, numpy.random.default_rng(0))
