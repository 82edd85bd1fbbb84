import gzip
import inspect
import shutil
import struct

import d2l_helpers as dh
from d2l_helpers.data.fashion_mnist import SHA256

import numpy
import pytest
from mxnet import np
from mxnet.gluon.data.vision import transforms


@pytest.fixture(scope="module")
def arrays():
    return dh.fashion_mnist_arrays(train=False)


@pytest.fixture
def data_copy(tmp_path):
    """Return a folder with links to the data files, and one copy that a test may damage."""
    for name in SHA256:
        (tmp_path / f"{name}.gz").symlink_to(dh.DATA_DIR / f"{name}.gz")
    labels = tmp_path / "t10k-labels-idx1-ubyte.gz"
    labels.unlink()
    shutil.copy(dh.DATA_DIR / labels.name, labels)
    return tmp_path, labels


def numbered_images(num):
    """Return 2 x 2 images that each tell their own number."""
    images = numpy.zeros((num, 2, 2), numpy.uint8)
    images[:, 0, 0] = numpy.arange(num)
    return images, numpy.arange(num)


def order_of(loader):
    """Return the numbers of the images of one epoch, in order."""
    X = numpy.concatenate([X.asnumpy() for X, y in loader])
    return (X[:, 0, 0, 0] * 255).round().astype(int).tolist()


# Labels and files


def test_labels_become_names():
    assert dh.get_fashion_mnist_labels([9, 0, 5]) == ["ankle boot", "t-shirt", "sandal"]
    assert dh.get_fashion_mnist_labels(np.array([3, 3])) == ["dress", "dress"]
    assert dh.get_fashion_mnist_labels(range(10)) == list(dh.CLASS_NAMES)


@pytest.mark.parametrize("label", [10, -1])
def test_a_label_outside_0_to_9_is_refused(label):
    with pytest.raises(ValueError, match=f"label {label} is not one of Fashion-MNIST's"):
        dh.get_fashion_mnist_labels([0, label])


@pytest.mark.parametrize("label", [2.5, float("nan"), -0.5, True, "3", None])
def test_a_label_that_is_not_a_whole_number_has_no_name(label):
    with pytest.raises((ValueError, TypeError), match=r"a label must be a .*number"):
        dh.get_fashion_mnist_labels([0, label])


@pytest.mark.parametrize(("train", "num"), [(True, 60_000), (False, 10_000)])
def test_arrays_have_the_documented_shapes_and_types(train, num):
    images, labels = dh.fashion_mnist_arrays(train)
    assert (images.shape, images.dtype) == ((num, 28, 28), numpy.uint8)
    assert (labels.shape, labels.dtype) == ((num,), numpy.int32)
    assert numpy.bincount(labels).tolist() == [num // 10] * 10


def test_arrays_are_read_only_because_they_are_shared(arrays):
    for array in arrays:
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 0
    assert dh.fashion_mnist_arrays(train=False)[0] is arrays[0]


def test_the_first_test_image_is_the_known_ankle_boot(arrays):
    images, labels = arrays
    assert labels[:10].tolist() == [9, 2, 1, 1, 6, 1, 4, 6, 5, 7]
    assert images[0, :7].max() == 0  # the boot begins in the eighth row
    assert images[0, 7].max() > 0


def test_a_missing_file_is_named_with_the_way_out(data_copy):
    folder, labels = data_copy
    labels.unlink()
    message = r"t10k-labels-idx1-ubyte\.gz is missing from .*git checkout -- data"
    with pytest.raises(dh.DataFileError, match=message):
        dh.load_data_fashion_mnist(32, root=folder)


def truncate(path):
    path.write_bytes(path.read_bytes()[:-100])


def empty(path):
    path.write_bytes(b"")


def flip_a_byte(path):
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 0xFF
    path.write_bytes(content)


def store_a_web_page(path):
    path.write_bytes(b"<html>404 Not Found</html>")


@pytest.mark.parametrize("damage", [truncate, flip_a_byte, store_a_web_page])
def test_a_damaged_file_is_named_with_the_way_out(data_copy, damage):
    folder, labels = data_copy
    damage(labels)
    message = r"t10k-labels-idx1-ubyte\.gz is damaged: .*git checkout -- data"
    with pytest.raises(dh.DataFileError, match=message):
        dh.load_data_fashion_mnist(32, root=folder)


def test_an_altered_file_is_named_with_the_way_out(data_copy):
    folder, labels = data_copy
    content = bytearray(gzip.decompress(labels.read_bytes()))
    content[-1] = (content[-1] + 1) % 10
    labels.write_bytes(gzip.compress(bytes(content)))
    message = r"t10k-labels-idx1-ubyte\.gz was altered: .*SHA-256.*git checkout -- data"
    with pytest.raises(dh.DataFileError, match=message):
        dh.load_data_fashion_mnist(32, root=folder)


def test_an_empty_file_is_refused(data_copy):
    folder, labels = data_copy
    empty(labels)
    with pytest.raises(dh.DataFileError, match=r"t10k-labels-idx1-ubyte\.gz"):
        dh.fashion_mnist_arrays(train=False, root=folder)


def test_a_file_compressed_by_someone_else_is_accepted(data_copy, arrays):
    folder, labels = data_copy
    labels.write_bytes(gzip.compress(gzip.decompress(labels.read_bytes()), compresslevel=1))
    assert numpy.array_equal(dh.fashion_mnist_arrays(train=False, root=folder)[1], arrays[1])


def test_a_repaired_file_is_read_after_a_failure(data_copy):
    folder, labels = data_copy
    labels.unlink()
    with pytest.raises(dh.DataFileError):
        dh.fashion_mnist_arrays(train=False, root=folder)
    labels.symlink_to(dh.DATA_DIR / labels.name)
    assert len(dh.fashion_mnist_arrays(train=False, root=folder)[1]) == 10_000


# The IDX format


def idx(shape, values, type_code=8):
    header = struct.pack(f">HBB{len(shape)}I", 0, type_code, len(shape), *shape)
    return header + bytes(values)


@pytest.mark.parametrize("shape", [(6,), (2, 3), (1, 2, 3)])
def test_read_idx_returns_the_array(shape):
    array = dh.read_idx(idx(shape, range(6)))
    assert array.dtype == numpy.uint8
    assert numpy.array_equal(array, numpy.arange(6).reshape(shape))


@pytest.mark.parametrize(
    "content",
    [b"", b"\0\0\x08", b"\x1f\x8b\x08\x00", idx((2,), [1, 2], type_code=0x0D)],
    ids=["empty", "three bytes", "gzip", "floats"],
)
def test_content_that_is_not_idx_is_refused(content):
    with pytest.raises(dh.DataFileError, match="not an IDX file of unsigned bytes"):
        dh.read_idx(content)


@pytest.mark.parametrize("num_values", [5, 7])
def test_an_idx_file_of_the_wrong_length_is_refused(num_values):
    message = rf"shape \(2, 3\) has 18 bytes, this one {12 + num_values}"
    with pytest.raises(dh.DataFileError, match=message):
        dh.read_idx(idx((2, 3), range(num_values)))


@pytest.mark.parametrize(
    ("shape", "message"),
    [
        ((2**32 - 1, 2**32 - 1), f"has {(2**32 - 1) ** 2 + 12} bytes, this one 12"),
        ((2**31, 2**31, 2**31, 2**31), f"has {2**124 + 20} bytes, this one 20"),
        ((2**32 - 1, 2**32 - 1, 0), "cannot be read"),
    ],
)
def test_an_idx_file_of_a_huge_shape_is_refused(shape, message, recwarn):
    with pytest.raises(dh.DataFileError, match=message):
        dh.read_idx(idx(shape, []))
    assert not recwarn.list


@pytest.mark.parametrize("length", [8, 10])
def test_a_truncated_idx_header_is_refused(length):
    with pytest.raises(dh.DataFileError, match=f"header of 12 bytes, this one ends after {length}"):
        dh.read_idx(idx((2, 3), [])[:length])


# Resizing


def slow_bilinear_matrix(in_size, out_size):
    """Return the matrix one weight at a time, from the definition of linear interpolation."""
    matrix = numpy.zeros((out_size, in_size))
    for i in range(out_size):
        centre = (i + 0.5) * in_size / out_size - 0.5
        centre = min(max(centre, 0), in_size - 1)  # the border is repeated
        for j in range(in_size):
            matrix[i, j] = max(0, 1 - abs(centre - j))
    return matrix


@pytest.mark.parametrize(("in_size", "out_size"), [(28, 224), (28, 28), (28, 14), (3, 7), (5, 1)])
def test_bilinear_matrix_agrees_with_the_slow_definition(in_size, out_size):
    matrix = dh.bilinear_matrix(in_size, out_size)
    assert (matrix.shape, matrix.dtype) == ((out_size, in_size), numpy.float32)
    numpy.testing.assert_allclose(matrix, slow_bilinear_matrix(in_size, out_size), atol=1e-6)
    numpy.testing.assert_allclose(matrix.sum(axis=1), 1, atol=1e-6)


def test_bilinear_matrix_by_hand():
    expected = [[1, 0], [0.75, 0.25], [0.25, 0.75], [0, 1]]
    assert dh.bilinear_matrix(2, 4).tolist() == expected


@pytest.mark.parametrize(
    ("resize", "size"), [(None, (28, 28)), (40, (40, 40)), ((30, 50), (30, 50)), (7, (7, 7))]
)
def test_resized_images_have_the_size_type_and_range(arrays, resize, size):
    X = dh.resize_images(arrays[0][:5], resize)
    assert (X.shape, X.dtype) == ((5, 1, *size), numpy.float32)
    assert X.min() >= 0
    assert X.max() <= 1 + 1e-6


def test_images_that_keep_their_size_are_only_divided(arrays):
    images = arrays[0][:5]
    for resize in (None, 28):
        numpy.testing.assert_allclose(
            dh.resize_images(images, resize)[:, 0], images / 255, atol=1e-7
        )


def test_height_and_width_are_not_confused():
    images = numpy.zeros((1, 2, 2), numpy.uint8)
    images[0, 1] = 255  # the lower half is bright
    X = dh.resize_images(images, (4, 2))[0, 0]
    numpy.testing.assert_allclose(X, [[0, 0], [0.25, 0.25], [0.75, 0.75], [1, 1]], atol=1e-6)


@pytest.mark.parametrize(
    "images", [numpy.zeros((1, 4, 4), numpy.float32), numpy.zeros((4, 4), numpy.uint8)]
)
def test_images_of_another_kind_are_refused(images):
    with pytest.raises(ValueError, match="images must be uint8"):
        dh.resize_images(images, 8)


# For numbers of pixels, of examples and of images the answer is the same.
NOT_WHOLE_NUMBERS = pytest.mark.parametrize(
    ("value", "error", "reason"),
    [
        (2.5, ValueError, "a whole number"),
        (float("nan"), ValueError, "a finite number"),
        ("3", TypeError, "a number"),
        (True, TypeError, "a number"),
        ([3], TypeError, "a number"),
    ],
)


@pytest.mark.parametrize("resize", [0, -3, (5, 0), [-1, 5]])
def test_a_size_below_one_is_refused(resize):
    with pytest.raises(ValueError, match=r"resize must be at least 1, not -?\d"):
        dh.resize_images(numpy.zeros((1, 4, 4), numpy.uint8), resize)


@NOT_WHOLE_NUMBERS
def test_a_size_that_is_not_a_whole_number_is_refused(value, error, reason):
    with pytest.raises(error, match=f"resize must be {reason}"):
        dh.resize_images(numpy.zeros((1, 4, 4), numpy.uint8), (3, value))


@pytest.mark.parametrize("resize", [(5,), (5, 5, 3), []])
def test_a_size_has_one_number_or_two(resize):
    with pytest.raises(ValueError, match=r"resize must be a number of pixels or \(height, width\)"):
        dh.BatchLoader(*numbered_images(3), 1, resize=resize)


@pytest.mark.parametrize("resize", [6.0, numpy.int64(6), np.array(6), [6, 6], (6.0, numpy.int8(6))])
def test_a_size_may_be_any_whole_number(resize):
    X, _ = next(iter(dh.BatchLoader(*numbered_images(3), 2, resize=resize)))
    assert X.shape == (2, 1, 6, 6)


@pytest.mark.parametrize("size", [None, 224, 96])
def test_pixels_are_those_of_d2l(arrays, size):
    # The transformation of d2l.mxnet.load_data_fashion_mnist, which itself would download.
    steps = [transforms.ToTensor()]
    if size:
        steps.insert(0, transforms.Resize(size))
    transform = transforms.Compose(steps)
    images, labels = arrays
    expected = [transform(np.array(image[:, :, None])).asnumpy() for image in images[:40]]
    X, _ = next(iter(dh.BatchLoader(images, labels, 40, resize=size)))
    assert X.dtype == expected[0].dtype == numpy.float32
    assert X.shape == (40, *expected[0].shape)
    # d2l's resize rounds to whole numbers of 0 to 255, ours does not.
    assert abs(X.asnumpy() - numpy.stack(expected)).max() <= 2 / 255


# Batches


def test_batches_have_the_documented_types_and_the_last_one_is_kept(arrays):
    images, labels = arrays
    loader = dh.BatchLoader(images[:10], labels[:10], 4, resize=32)
    batches = list(loader)
    assert len(loader) == len(batches) == 3
    assert [X.shape for X, _ in batches] == [(4, 1, 32, 32), (4, 1, 32, 32), (2, 1, 32, 32)]
    assert [y.shape for _, y in batches] == [(4,), (4,), (2,)]
    for X, y in batches:
        assert isinstance(X, np.ndarray)
        assert isinstance(y, np.ndarray)
        assert (X.dtype, y.dtype) == (numpy.float32, numpy.int32)


@pytest.mark.parametrize(("batch_size", "num_batches"), [(1, 10), (5, 2), (10, 1), (99, 1)])
def test_the_number_of_batches(batch_size, num_batches):
    loader = dh.BatchLoader(*numbered_images(10), batch_size)
    assert len(loader) == len(list(loader)) == num_batches
    assert loader.num_examples == 10


def test_without_shuffling_the_order_is_the_files():
    loader = dh.BatchLoader(*numbered_images(50), 8)
    assert order_of(loader) == order_of(loader) == list(range(50))


def test_every_image_comes_exactly_once_per_epoch():
    loader = dh.BatchLoader(*numbered_images(250), 64, shuffle=True)
    for _ in range(3):
        assert sorted(order_of(loader)) == list(range(250))


def test_labels_stay_with_their_images():
    loader = dh.BatchLoader(*numbered_images(250), 64, shuffle=True)
    for X, y in loader:
        assert (X[:, 0, 0, 0] * 255).round().asnumpy().tolist() == y.asnumpy().tolist()


def test_another_epoch_has_another_order():
    loader = dh.BatchLoader(*numbered_images(100), 32, shuffle=True)
    assert order_of(loader) != order_of(loader)


def test_the_same_seed_gives_the_same_orders_and_another_seed_others():
    one, same, other = (
        dh.BatchLoader(*numbered_images(100), 32, shuffle=True, seed=s) for s in (7, 7, 8)
    )
    first, second = order_of(one), order_of(one)
    assert [order_of(same), order_of(same)] == [first, second]
    assert order_of(other) not in (first, second)


def test_set_epoch_goes_back_to_the_order_of_that_epoch():
    loader = dh.BatchLoader(*numbered_images(100), 32, shuffle=True)
    orders = [order_of(loader) for _ in range(3)]
    loader.set_epoch(1)
    assert [order_of(loader), order_of(loader)] == orders[1:]


def test_an_unfinished_epoch_does_not_change_the_next(arrays):
    images, labels = (array[:64] for array in arrays)
    complete, unfinished = (
        dh.BatchLoader(images, labels, 16, shuffle=True, augment=dh.flip_and_shift) for _ in "12"
    )
    list(complete)
    next(iter(unfinished))
    for (X, y), (X_other, y_other) in zip(complete, unfinished):
        assert (X_other == X).all()
        assert (y_other == y).all()


def test_augmented_batches_differ_from_epoch_to_epoch_but_follow_the_seed(arrays):
    images, labels = (array[:32] for array in arrays)
    loader = dh.BatchLoader(images, labels, 32, augment=dh.flip_and_shift, seed=3)
    (first, _), (second, _) = next(iter(loader)), next(iter(loader))
    loader.set_epoch(0)
    again, _ = next(iter(loader))
    assert (first != second).any()
    assert (first == again).all()


@pytest.mark.parametrize(("num_images", "num_labels"), [(3, 2), (0, 0)])
def test_images_that_do_not_go_with_the_labels_are_refused(num_images, num_labels):
    images, labels = numpy.zeros((num_images, 2, 2), numpy.uint8), numpy.zeros(num_labels, int)
    with pytest.raises(ValueError, match=f"{num_images} images cannot go with {num_labels} labels"):
        dh.BatchLoader(images, labels, 4)


@pytest.mark.parametrize("make", [numpy.zeros, np.zeros])
@pytest.mark.parametrize(
    ("shape", "dtype"), [((3, 4, 4), "float32"), ((3, 4, 4, 2), "uint8"), ((3, 4), "uint8")]
)
def test_images_of_another_type_or_shape_are_refused_at_once(make, shape, dtype):
    with pytest.raises(ValueError, match=f"images must be uint8 of shape .*, not {dtype} of"):
        dh.BatchLoader(make(shape, dtype=dtype), [0, 1, 2], 2)


@pytest.mark.parametrize("options", [{}, {"resize": 8}, {"augment": dh.flip_and_shift}])
def test_images_of_mxnet_are_loaded_as_those_of_numpy(options):
    images, labels = numbered_images(3)
    (X, _), (expected, _) = (
        next(iter(dh.BatchLoader(array, labels, 3, **options)))
        for array in (np.array(images, dtype="uint8"), images)
    )
    assert (expected == X).all()


def test_an_augmentation_is_a_function():
    with pytest.raises(
        TypeError, match="augment must be a function such as flip_and_shift, not 'f"
    ):
        dh.BatchLoader(*numbered_images(3), 2, augment="flip")


@pytest.mark.parametrize("batch_size", [0, -1])
def test_a_batch_size_below_one_is_refused(batch_size):
    with pytest.raises(ValueError, match=f"batch_size must be at least 1, not {batch_size}"):
        dh.BatchLoader(*numbered_images(3), batch_size)


@pytest.mark.parametrize("name", ["batch_size", "seed"])
@NOT_WHOLE_NUMBERS
def test_a_loader_refuses_what_is_not_a_whole_number(name, value, error, reason):
    with pytest.raises(error, match=f"{name} must be {reason}"):
        dh.BatchLoader(*numbered_images(3), **{"batch_size": 2, name: value})


def test_a_seed_below_zero_is_refused():
    with pytest.raises(ValueError, match="seed must be at least 0, not -1"):
        dh.BatchLoader(*numbered_images(3), 2, seed=-1)


@pytest.mark.parametrize("batch_size", [2.0, numpy.int64(2), np.array(2)])
def test_a_batch_size_may_be_any_whole_number(batch_size):
    assert order_of(dh.BatchLoader(*numbered_images(5), batch_size)) == [0, 1, 2, 3, 4]


@pytest.mark.parametrize(
    ("labels", "error", "reason"),
    [
        ([0, 1, 2.5], ValueError, "one of these is 2.5"),
        ([0, 0.1, 2], ValueError, "one of these is 0.1"),
        ([0, 1, float("nan")], ValueError, "one of these is nan"),
        ([0, 1, float("inf")], ValueError, "one of these is inf"),
        ([0, -1, 1], ValueError, "from -1 to 1"),
        ([True, False, True], TypeError, r"begin with \[True\]"),
        (["cat", "dog", "cat"], TypeError, r"begin with \['cat'\]"),
        ([0, 1, None], TypeError, "class numbers"),
        ([0, 1, 2j], TypeError, "class numbers"),
        ([[0, 1], [1, 0], [0, 1]], ValueError, "one-hot"),
    ],
)
@pytest.mark.parametrize("make", [list, numpy.array], ids=["list", "array"])
def test_labels_that_are_not_class_numbers_are_refused(labels, error, reason, make):
    with pytest.raises(error, match=f"labels .*{reason}"):
        dh.BatchLoader(numbered_images(3)[0], make(labels), 2)


@pytest.mark.parametrize(
    "labels",
    [
        [2, 0, 1],
        (2.0, 0, 1),
        numpy.array([2, 0, 1], "uint8"),
        np.array([2, 0, 1]),
        range(2, -1, -1),
    ],
)
def test_labels_may_be_any_whole_numbers(labels):
    _, y = next(iter(dh.BatchLoader(numbered_images(3)[0], labels, 3)))
    assert y.dtype == "int32"
    assert y[0] == 2


# load_data_fashion_mnist


def all_labels(loader):
    return numpy.concatenate([y.asnumpy() for _, y in loader])


def test_the_whole_data_set_in_d2ls_way():
    train_iter, test_iter = dh.load_data_fashion_mnist(256)
    assert (train_iter.num_examples, test_iter.num_examples) == (60_000, 10_000)
    assert (len(train_iter), len(test_iter)) == (235, 40)  # as in d2l, the last batch is kept
    X, y = next(iter(train_iter))
    assert (X.shape, y.shape) == ((256, 1, 28, 28), (256,))


def test_only_the_training_images_are_shuffled():
    _, labels = dh.fashion_mnist_arrays(train=False)
    train_iter, test_iter = dh.load_data_fashion_mnist(100, per_class=10)
    assert (all_labels(test_iter) == labels).all()
    assert (all_labels(train_iter) != all_labels(train_iter)).any()


def test_a_subset_has_the_first_images_of_each_class():
    train_iter, test_iter = dh.load_data_fashion_mnist(16, 40, per_class=3, test_per_class=2)
    assert numpy.bincount(all_labels(train_iter)).tolist() == [3] * 10
    assert numpy.bincount(all_labels(test_iter)).tolist() == [2] * 10
    images, labels = dh.fashion_mnist_arrays(train=False)
    boots = test_iter.images[test_iter.labels == 9]
    assert numpy.array_equal(boots, images[labels == 9][:2])
    assert next(iter(train_iter))[0].shape == (16, 1, 40, 40)


@pytest.mark.parametrize(("argument", "most"), [("per_class", 6_000), ("test_per_class", 1_000)])
@pytest.mark.parametrize("too_many", [True, False])
def test_more_images_per_class_than_there_are_or_none_are_refused(argument, most, too_many):
    num = most + 1 if too_many else 0
    with pytest.raises(ValueError, match=f"{argument} must be from 1 to {most}, not {num}"):
        dh.load_data_fashion_mnist(32, **{argument: num})


@pytest.mark.parametrize("name", ["per_class", "test_per_class", "validation"])
@NOT_WHOLE_NUMBERS
def test_a_number_of_images_must_be_whole(name, value, error, reason):
    with pytest.raises(error, match=f"{name} must be {reason}"):
        dh.load_data_fashion_mnist(32, **{name: value})


def test_the_validation_split_is_the_end_of_the_file_and_not_trained_on():
    images, labels = dh.fashion_mnist_arrays()
    train_iter, validation_iter, test_iter = dh.load_data_fashion_mnist(100, validation=500)
    assert (train_iter.num_examples, validation_iter.num_examples) == (59_500, 500)
    assert test_iter.num_examples == 10_000
    assert numpy.array_equal(train_iter.images, images[:59_500])
    assert numpy.array_equal(validation_iter.images, images[59_500:])
    assert (all_labels(validation_iter) == labels[59_500:]).all()


def test_a_subset_is_taken_from_what_the_validation_split_leaves():
    train_iter, validation_iter, _ = dh.load_data_fashion_mnist(
        100, validation=10_000, per_class=20
    )
    assert train_iter.num_examples == 200
    assert validation_iter.num_examples == 10_000


@pytest.mark.parametrize("validation", [-1, 60_000])
def test_a_validation_split_that_leaves_nothing_is_refused(validation):
    with pytest.raises(ValueError, match=f"validation must be from 0 to 59999, not {validation}"):
        dh.load_data_fashion_mnist(32, validation=validation)


def test_only_the_training_images_are_augmented():
    def blacken(images, rng):
        return numpy.zeros_like(images)

    iterators = dh.load_data_fashion_mnist(50, per_class=5, validation=50, augment=blacken)
    has_ink = [bool(next(iter(iterator))[0].any()) for iterator in iterators]
    assert has_ink == [False, True, True]


def test_the_seed_decides_the_training_order():
    one, same, other = (dh.load_data_fashion_mnist(64, per_class=10, seed=s)[0] for s in (1, 1, 2))
    first = all_labels(one)
    assert (all_labels(same) == first).all()
    assert (all_labels(other) != first).any()


def test_everything_after_d2ls_arguments_is_keyword_only():
    parameters = inspect.signature(dh.load_data_fashion_mnist).parameters.values()
    assert [p.name for p in parameters if p.kind is not p.KEYWORD_ONLY] == ["batch_size", "resize"]
