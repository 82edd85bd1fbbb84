"""What a reader gives by mistake, kind by kind: it is refused by name, and nothing is computed."""

import fractions
import re

import d2l_helpers as dh
from d2l_helpers.training.loop import train_step
from d2l_helpers.utils.validation import (
    check_arrays,
    check_batch,
    check_batches,
    check_class_names,
    check_finite,
    check_has_parameters,
    check_labels,
    check_lr,
    check_net,
    check_num_epochs,
    check_whole_number,
    checked_batches,
)

import mxnet as mx
import numpy
import pandas as pd
import pytest
from mxnet import gluon, init, np, npx
from mxnet.gluon import nn
from small import NUM_CLASSES, SIZE, bar_images, parameters, small_net

NAN, INFINITY = float("nan"), float("inf")
NAMES = ("cat", "dog", "owl")


def bars(num=20, dtype="float32"):
    """Return a batch of small images (num, 1, SIZE, SIZE) and their labels."""
    images, labels = bar_images(num // NUM_CLASSES)
    return np.array(images[:, None] / 255, dtype=dtype), np.array(labels)


def started(net):
    net.initialize(init.Xavier())
    return net


def evaluate(net, X, y):
    return dh.evaluate_accuracy_gpu(net, [(X, y)])


def predict(net, X, y):
    return dh.predict(net, [(X, y)])


def train(net, X, y):
    trainer = gluon.Trainer(net.collect_params(), "sgd", {"learning_rate": 0.1})
    return train_step(net, X, y, trainer, npx.cpu())


uses = pytest.mark.parametrize("use", [evaluate, predict, train])


# Nets


class LayersInAList(nn.Block):
    """A net whose layers Gluon does not know."""

    def __init__(self):
        super().__init__()
        self.layers = [nn.Dense(10)]

    def forward(self, X):
        return self.layers[0](X)


def pooling_only():
    net = nn.HybridSequential()
    net.add(nn.MaxPool2D(2), nn.Flatten())
    return net


@pytest.mark.parametrize("given", [None, [nn.Dense(3)], "lenet", mx.sym.var("net"), {}])
def test_what_is_no_net_is_refused_with_its_type(given):
    with pytest.raises(TypeError, match=f"the net is a {type(given).__name__}, not a block"):
        check_net(given)


@pytest.mark.filterwarnings("ignore:.*unregistered container")  # MXNet's own, easily overlooked
@pytest.mark.parametrize(
    "make", [nn.Sequential, nn.HybridSequential, LayersInAList, pooling_only, nn.Flatten]
)
@pytest.mark.parametrize(
    "use", [evaluate, predict, dh.predict_table, lambda net, *_: dh.save_safetensors(net, "x")]
)
def test_a_net_without_parameters_is_refused(make, use):
    net = make()
    net.initialize()
    with pytest.raises(ValueError, match=r"has no parameters.*net\.add.*attribute.*lists"):
        use(net, *bars())


class OneLayerUnused(nn.HybridBlock):
    def __init__(self):
        super().__init__()
        self.conv, self.hidden = nn.Conv2D(4, kernel_size=3), nn.Dense(32)
        self.out, self.spare = nn.Dense(NUM_CLASSES), nn.Dense(7)

    def hybrid_forward(self, F, x):
        return self.out(self.conv(x))


class OneLayerUnusedBelow(nn.HybridSequential):
    def __init__(self):
        super().__init__()
        self.add(OneLayerUnused(), nn.Dense(NUM_CLASSES))


@pytest.mark.parametrize("hybridize", [False, True])
@pytest.mark.parametrize("make", [OneLayerUnused, OneLayerUnusedBelow])
@pytest.mark.filterwarnings("ignore:Parameter .* is not used by any computation")
def test_a_layer_that_forward_does_not_use_is_named(make, hybridize, tmp_path):
    batches = dh.BatchLoader(*bar_images(1), batch_size=5)
    for checkpoint in (None, tmp_path / "small.ckpt"):
        options = {"hybridize": hybridize, "checkpoint": checkpoint}
        with pytest.raises(ValueError, match=r"forward does not use the layer that has dense\d+_"):
            dh.train_ch6(make(), batches, batches, 1, 0.1, npx.cpu(), **options)


def test_a_net_with_parameters_is_taken():
    check_has_parameters(nn.Dense(3))  # not initialized


@pytest.mark.parametrize("device", ["cpu", "gpu(0)", 0, mx.cpu, [mx.cpu(0)]])
def test_what_is_no_device_is_refused(device):
    with pytest.raises(TypeError, match=r"the device is .*npx\.cpu\(\).*without quotes"):
        dh.evaluate_accuracy_gpu(started(small_net()), [bars()], device)


def test_a_gpu_that_is_not_there_is_refused():
    net, batches, gpu = started(small_net()), [bars()], npx.gpu(npx.num_gpus())
    for use in (
        lambda: dh.evaluate_accuracy_gpu(net, batches, gpu),
        lambda: dh.train_ch6(net, batches, batches, 1, 0.1, gpu),
    ):
        with pytest.raises(ValueError, match=r"MXNet has no gpu\(\d+\) here: dh\.try_gpu\(\)"):
            use()


# Arrays


class Tensor:
    """Stands for an array of another framework."""

    __module__ = "torch._tensor"
    shape, dtype = (20,), "float32"


OTHER_ARRAYS = [
    (lambda array: array.as_nd_ndarray(), r"a classic array of mx.nd.*{name}\.as_np_ndarray\(\)"),
    (lambda array: array.asnumpy(), r"a numpy ndarray.*np\.array{advice}"),
    (lambda array: array.asnumpy().astype("float64"), r"a numpy ndarray.*np\.array{advice}"),
    (lambda array: array.asnumpy().tolist(), r"a list.*np\.array{advice}"),
    (lambda array: pd.Series(array.asnumpy().ravel()), r"a pandas Series.*np\.array{advice}"),
    (lambda array: Tensor(), r"a torch Tensor.*np\.array{advice}"),
    (lambda array: None, r"a NoneType.*np\.array{advice}"),
]


@uses
@pytest.mark.parametrize(("convert", "message"), OTHER_ARRAYS)
@pytest.mark.parametrize("name", ["X", "y"])
def test_arrays_that_are_not_mxnets_are_refused(use, convert, message, name):
    batch = dict(zip("Xy", bars()))
    batch[name] = convert(batch[name])
    what, advice = {"X": ("images", r"\(\.\.\.\).astype"), "y": ("labels", r"\(\.\.\.\), ")}[name]
    message = message.format(name=name, advice=advice)
    with pytest.raises(TypeError, match=f"the {what} are {message}"):
        use(started(small_net()), **batch)


def test_what_the_messages_advise_makes_arrays_that_are_taken():
    X, y = bars()
    net = started(small_net())
    expected = evaluate(net, X, y)
    classic = X.as_nd_ndarray(), y.as_nd_ndarray()
    assert evaluate(net, *(array.as_np_ndarray() for array in classic)) == expected
    double = X.asnumpy().astype("float64"), y.asnumpy().astype("int64")
    assert evaluate(net, np.array(double[0]).astype("float32"), np.array(double[1])) == expected
    lists = X.asnumpy().tolist(), y.asnumpy().tolist()
    assert evaluate(net, np.array(lists[0]).astype("float32"), np.array(lists[1])) == expected


@uses
@pytest.mark.parametrize("labels", [(20,), (20, 1), (20, 10)])
@pytest.mark.parametrize("images", [(20, 1, SIZE, SIZE), (20, SIZE, SIZE)])
def test_labels_in_place_of_images_are_recognized(use, labels, images):
    with pytest.raises(ValueError, match=r"\(labels, images\).*give \(X, y\)"):
        use(started(small_net()), np.zeros(labels), np.zeros(images))


def test_a_batch_without_images_is_refused():
    with pytest.raises(ValueError, match=r"nothing in images of shape \(0, 1, 12, 12\)"):
        check_arrays(np.zeros((0, 1, SIZE, SIZE)), np.zeros(0))


# Number types


class OwnBlock(nn.Block):
    def __init__(self):
        super().__init__()
        self.inner = small_net()

    def forward(self, X):
        return npx.relu(self.inner(X))


class Scaled(nn.HybridSequential):
    """A net that takes images from 0 to 255, of any type."""

    def hybrid_forward(self, F, X):
        return super().hybrid_forward(F, X.astype("float32") / 255)


def hybridized():
    net = started(small_net())
    net.hybridize(static_alloc=True, static_shape=True)
    net(bars()[0])
    return net


NETS = [lambda: started(small_net()), hybridized, lambda: started(OwnBlock())]


@uses
@pytest.mark.parametrize("dtype", ["float64", "float16", "uint8", "int32", "int64", "bool"])
@pytest.mark.parametrize("make", NETS)
def test_images_of_another_type_are_refused_with_what_to_write(use, dtype, make, capfd):
    X, y = bars()
    net = make()
    with pytest.raises(
        TypeError, match=f'{dtype}, and.*weights are float32.*X.astype."float32"'
    ) as e:
        use(net, X.astype(dtype), y)
    assert ("255" in str(e.value)) == ("int" in dtype)
    assert capfd.readouterr().out == ""
    use(net, X, y)  # which still works


@uses
def test_images_have_the_type_of_the_weights_whatever_it_is(use):
    X, y = bars()
    net = started(small_net())
    net(X)
    net.cast("float64")
    use(net, X.astype("float64"), y)
    with pytest.raises(TypeError, match=r'float32, and.*weights are float64.*astype."float64"'):
        use(net, X, y)


@uses
@pytest.mark.parametrize("dtype", ["uint8", "float64", "float32"])
def test_a_net_may_convert_its_images_itself(use, dtype):
    X, y = bars()
    net = Scaled()
    net.add(small_net())
    X = (X * 255).astype(dtype)
    use(started(net), X, y)
    with pytest.raises(ValueError, match="labels go from"):
        use(net, X, y - 1)


def test_another_reason_than_the_type_is_given_first():
    net = started(small_net())
    net(bars()[0])
    with pytest.raises(ValueError, match="another number of channels"):
        evaluate(net, np.zeros((20, 3, SIZE, SIZE), dtype="float64"), bars()[1])


# Values that are not finite


@uses
@pytest.mark.parametrize("value", [NAN, INFINITY, -INFINITY])
@pytest.mark.parametrize("place", [(0, 0, 0, 0), (7, 0, 3, 4), (19, 0, 11, 11)])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_images_that_are_not_finite_are_refused_before_they_are_used(use, value, place, dtype):
    X, y = bars(dtype=dtype)
    net = started(small_net())
    net(X.astype("float32"))
    net.cast(dtype)
    net.register_forward_pre_hook(lambda *_: pytest.fail("the net was used"))
    before = parameters(net)
    X[place] = value
    message = (
        f"1 of the 2,880 values of the images are NaN or infinite, the first in example {place[0]}"
    )
    with pytest.raises(ValueError, match=message):
        use(net, X, y)
    assert all(map(numpy.array_equal, before, parameters(net)))


@uses
@pytest.mark.parametrize("value", [3e38, -3e38, 1e-45])
def test_images_with_extreme_but_finite_values_are_not_said_to_be_infinite(use, value):
    X, y = bars()
    X[3, 0] = value
    try:
        use(started(small_net()), X, y)
    except (ValueError, dh.TrainingDiverged) as error:
        assert "values of the images" not in str(error)


@pytest.mark.parametrize("make", [numpy.array, np.array])
def test_all_values_that_are_not_finite_are_counted(make):
    with pytest.raises(ValueError, match=r"3 of the 6 values of the scores.*first in example 1"):
        check_finite("scores", make([[1.0, 2.0], [NAN, INFINITY], [0.0, -INFINITY]]))


class Inverse(nn.HybridBlock):
    def hybrid_forward(self, F, X):
        return 1 / X


def with_weights(value):
    net = started(small_net())
    net(bars()[0])
    net[-1].weight.data()[2, 5] = value
    return net


def dividing_by_zero():
    net = nn.HybridSequential()
    net.add(nn.Dense(10, weight_initializer="zeros"), Inverse())
    return started(net)


def overflowing():
    net = nn.HybridSequential()
    for _ in range(2):
        net.add(nn.Dense(10, weight_initializer=init.Constant(1e30)))
    return started(net)


@pytest.mark.parametrize(
    "use", [evaluate, predict, dh.predict_table, lambda net, X, y: dh.predict_details(net, X)]
)
@pytest.mark.parametrize(
    ("make", "reason"),
    [
        (lambda: with_weights(NAN), "So are weights of the net.*smaller"),
        (lambda: with_weights(INFINITY), "So are weights of the net.*smaller"),
        (dividing_by_zero, "the net's weights are finite: a layer"),
        (overflowing, "the net's weights are finite: a layer"),
    ],
)
def test_scores_that_are_not_finite_are_refused(use, make, reason):
    with pytest.raises(ValueError, match=f"values of the scores are NaN or infinite.*{reason}"):
        use(make(), *bars())


@pytest.mark.parametrize("value", [NAN, INFINITY, -INFINITY])
def test_probabilities_that_are_not_finite_make_no_table(value):
    probabilities = numpy.eye(3)
    probabilities[1, 2] = value
    with pytest.raises(ValueError, match=r"1 of the 9 values of the probabilities.*in example 1"):
        dh.prediction_table(probabilities, [0, 1, 2], NAMES)


# Labels

WRONG_LABELS = [
    ([0, -1, 2], ValueError, "labels go from -1 to 2"),
    ([0, 1, 2.5], ValueError, "one of these is 2.5"),
    ([0, 1, NAN], ValueError, "one of these is nan"),
    ([INFINITY, 1, 0], ValueError, "one of these is inf"),
    ([0, 1, -INFINITY], ValueError, "one of these is -inf"),
    ([-0.5, 1, 0], ValueError, "one of these is -0.5"),
    ([0, 2**31, 1], ValueError, "labels go from 0 to 2147483648"),
    ([-(2**40), 0, 1], ValueError, "labels go from -1099511627776 to 1"),
    ([True, False, True], TypeError, r"begin with \[True\]"),
    (["cat", "dog", "cat"], TypeError, r"begin with \['cat'\]"),
    (["0", "1", "2"], TypeError, r"begin with \['0'\]"),
    ([None, 0, 1], TypeError, r"begin with \[None\]"),
    ([1j, 0, 1], TypeError, "class numbers"),
    (pd.Series(["cat", "dog", "cat"], dtype="category"), TypeError, "begin with"),
    (numpy.eye(3), ValueError, r"not \(3, 3\).*one-hot.*argmax\(axis=1\)"),
    (numpy.zeros((3, 1)), ValueError, r"not \(3, 1\).*reshape\(-1\)"),
    (numpy.zeros((3, 2, 2)), ValueError, r"not \(3, 2, 2\)"),
    (2, ValueError, r"not \(\)"),
]  # fmt: skip


@pytest.mark.parametrize(("labels", "error", "message"), WRONG_LABELS)
def test_labels_that_are_no_class_numbers_are_refused(labels, error, message):
    with pytest.raises(error, match=message):
        check_labels(labels)
    with pytest.raises(error, match=message):
        dh.prediction_table(numpy.eye(3), labels, NAMES)


@pytest.mark.parametrize("labels", [[0, 1, 3], [3.0, 0, 1], [255, 0, 1], [-1, 0, 1], [-3.0, 2, 1]])
def test_labels_without_an_output_are_refused(labels):
    message = f"labels go from {min(labels):.0f} to {max(labels):.0f}.*3 outputs, for labels 0 to 2"
    with pytest.raises(ValueError, match=message):
        check_labels(labels, 3)
    with pytest.raises(ValueError, match=message):
        dh.prediction_table(numpy.eye(3), labels, NAMES)


@pytest.mark.parametrize(
    "labels",
    [
        [2, 0, 1],
        (2.0, 0.0, 1.0),
        numpy.array([2, 0, 1], "uint8"),
        numpy.array([2, 0, 1], "float16"),
        numpy.array([2, 0, 1], ">i8"),
        np.array([2, 0, 1], dtype="int64"),
        mx.nd.array([2, 0, 1]),
        pd.Series([2, 0, 1], index=[5, 6, 7]),
    ],
)
def test_whole_numbers_of_any_type_are_labels(labels):
    for checked in (check_labels(labels), check_labels(labels, 3)):
        assert (type(checked), checked.dtype, checked.tolist()) == (
            numpy.ndarray,
            "int32",
            [2, 0, 1],
        )


def test_no_labels_are_as_many_as_there_are():
    assert check_labels([]).tolist() == check_labels([], 3).tolist() == []


@uses
@pytest.mark.parametrize(
    "dtype", ["int8", "uint8", "int32", "int64", "float16", "float32", "float64"]
)
def test_labels_of_any_number_type_fit_a_batch(use, dtype):
    X, y = bars()
    net = started(small_net())
    use(net, X, y.astype(dtype))


def test_small_types_of_labels_do_not_make_other_classes_equal():
    net = nn.Dense(300, use_bias=False, weight_initializer=init.Constant(np.eye(300)))
    net.initialize()
    X = np.zeros((1, 300))
    X[0, 256] = 1  # whose class, as uint8, is 0
    assert evaluate(net, X, np.array([0], dtype="uint8")) == 0


@uses
@pytest.mark.parametrize("labels", [numpy.full(20, -1), numpy.full(20, 10), numpy.full(20, NAN)])
def test_wrong_labels_of_a_batch_leave_the_weights_alone(use, labels):
    X, _ = bars()
    net = started(small_net())
    net(X)
    before = parameters(net)
    with pytest.raises(ValueError, match="labels"):
        use(net, X, np.array(labels))
    assert all(map(numpy.array_equal, before, parameters(net)))


@uses
@pytest.mark.parametrize(
    ("shape", "advice"),
    [((19,), ""), ((21,), ""), ((), ""), ((20, 1), "reshape"), ((20, 10), "one-hot.*argmax")],
)
def test_labels_of_another_shape_do_not_go_with_the_images(use, shape, advice):
    X, _ = bars()
    message = f"labels of shape {re.escape(str(shape))} do not go with images of shape.*{advice}"
    with pytest.raises(ValueError, match=message):
        use(started(small_net()), X, np.zeros(shape))


@pytest.mark.parametrize(
    ("scores", "given"),
    [
        (np.zeros((20, 10, 3, 3)), r"scores of shape \(20, 10, 3, 3\)"),
        (np.zeros(20), r"scores of shape \(20,\)"),
        (np.zeros((40, 10)), r"scores of shape \(40, 10\)"),
        ([np.zeros((20, 10))] * 2, "a list"),
    ],
)
def test_a_net_that_is_no_classifier_is_named(scores, given):
    with pytest.raises(ValueError, match=f"{given} for 20 images; a classifier gives"):
        check_batch(*bars(), scores)


# Batches of an iterator


def array_iterator(X, y):
    return mx.io.NDArrayIter(X.asnumpy(), y.asnumpy(), batch_size=10)


NO_BATCHES = [
    (array_iterator, r"NDArrayIter.*DataBatch.*DataLoader\(gluon.data.ArrayDataset\(X, y\)"),
    (lambda X, y: mx.io.ResizeIter(array_iterator(X, y), 3), "ResizeIter.*DataBatch"),
    (lambda X, y: gluon.data.ArrayDataset(X, y), r"ArrayDataset.*single examples.*DataLoader"),
    (lambda X, y: gluon.data.SimpleDataset([(X, y)]), r"SimpleDataset.*single examples"),
    (lambda X, y: (X, y), r"tuple and holds arrays.*\[\(X, y\)\]"),
    (lambda X, y: [X, y], r"list and holds arrays.*\[\(X, y\)\]"),
    (lambda X, y: (X.asnumpy(), y.asnumpy()), r"tuple and holds arrays.*\[\(X, y\)\]"),
    (lambda X, y: X, r"ndarray.*\[\(X, y\)\]"),
    (lambda X, y: None, "NoneType.*iterable of batches"),
    (lambda X, y: dh.BatchLoader, "type.*iterable of batches"),
    (lambda X, y: lambda: [(X, y)], "function.*iterable of batches"),
    (lambda X, y: {"train": [(X, y)]}, "dict.*iterable of batches"),
    (lambda X, y: "train", "str.*iterable of batches"),
]  # fmt: skip


@pytest.mark.parametrize(("make", "message"), NO_BATCHES)
def test_what_gives_no_batches_is_refused_with_what_does(make, message):
    for check in (
        lambda given: check_batches("test_iter", given),
        lambda given: list(checked_batches("test_iter", given)),
    ):
        with pytest.raises(TypeError, match=f"test_iter is of type {message}"):
            check(make(*bars()))
    with pytest.raises(TypeError, match=message):
        dh.evaluate_accuracy_gpu(started(small_net()), make(*bars()))


@pytest.mark.parametrize(
    "make",
    [
        lambda pairs: (pair for pair in pairs),
        iter,
        lambda pairs: zip(*zip(*pairs)),
        lambda pairs: map(tuple, pairs),
        reversed,
    ],
)
def test_what_has_no_length_is_evaluated_once_and_not_trained_on(make):
    pairs = [bars(), bars()]
    assert dh.evaluate_accuracy_gpu(started(small_net()), make(pairs)) >= 0
    with pytest.raises(TypeError, match=r"train_iter is of type .*no length.*list\(train_iter\)"):
        check_batches("train_iter", make(pairs))


@pytest.mark.parametrize(
    "make",
    [
        lambda X, y: [(X, y)],
        lambda X, y: ([X, y], (X, y)),
        lambda X, y: [],
        lambda X, y: gluon.data.DataLoader(gluon.data.ArrayDataset(X, y), 10),
        lambda X, y: dh.BatchLoader(*bar_images(1), batch_size=4),
        lambda X, y: dh.load_data_fashion_mnist(4, per_class=1, test_per_class=1)[0],
    ],
)
def test_sized_iterables_of_pairs_are_batches(make):
    batches = make(*bars())
    found = list(checked_batches("train_iter", batches))
    assert len(found) == check_batches("train_iter", batches)
    assert all(len(X) == len(y) for X, y in found)


def test_no_batch_is_taken_to_look_at_the_iterator():
    loader = dh.BatchLoader(*bar_images(1), batch_size=4, shuffle=True)
    check_batches("train_iter", loader)
    assert loader.epoch == 0


@pytest.mark.parametrize(
    ("batch", "message"),
    [
        ((1, 2, 3), "tuple of 3"),
        ([1], "list of 1"),
        (bars()[0], "ndarray"),
        ({"images": 1, "labels": 2}, "dict"),
        (array_iterator(*bars()).next(), "DataBatch"),
        ("Xy", "str"),
    ],
)
def test_a_batch_that_is_no_pair_is_refused(batch, message):
    with pytest.raises(TypeError, match=rf"a batch of data_iter is of type {message}, .*\(X, y\)"):
        dh.evaluate_accuracy_gpu(started(small_net()), iter([batch]))


# Class names


@pytest.mark.parametrize(
    ("names", "error", "message"),
    [
        (NAMES[:2], ValueError, "2 names for 3 classes"),
        ([*NAMES, "ant"], ValueError, "4 names for 3 classes"),
        ([], ValueError, "0 names for 3 classes"),
        (dh.CLASS_NAMES, ValueError, "10 names for 3 classes"),
        (["cat", "dog", "cat"], ValueError, "'cat' 2 times"),
        ("cat", TypeError, "class_names is of type str"),
        (set(NAMES), TypeError, "class_names is of type set"),
        (dict.fromkeys(NAMES), TypeError, "class_names is of type dict"),
        (None, TypeError, "class_names is of type NoneType"),
        (3, TypeError, "class_names is of type int"),
    ],
)
def test_class_names_that_do_not_fit_the_outputs_are_refused(names, error, message):
    net = started(nn.Dense(3))
    X, y = np.ones((2, 4)), np.array([0, 1])
    for use in (
        lambda: check_class_names(names, 3),
        lambda: dh.prediction_table(numpy.eye(3), [0, 1, 2], names),
        lambda: dh.predict_table(net, X, y, names),
        lambda: dh.predict_details(net, X, names),
    ):
        with pytest.raises(error, match=message):
            use()


@pytest.mark.parametrize(
    "names", [list(NAMES), NAMES, pd.Index(NAMES), numpy.array(NAMES), iter(NAMES), range(3)]
)
def test_class_names_are_any_sequence(names):
    assert check_class_names(names, 3) in (NAMES, (0, 1, 2))


# Numbers

NO_NUMBERS = [
    ("10", TypeError, "must be a number, without quotes, not '10'"),
    ("ten", TypeError, "must be a number, without quotes, not 'ten'"),
    (None, TypeError, "must be a number, not None"),
    (True, TypeError, "must be a number, not True"),
    (numpy.bool_(False), TypeError, "must be a number, not False"),
    ([10], TypeError, "must be a number, not a list"),
    (numpy.array([10, 20]), TypeError, "must be a number, not a ndarray"),
    (10j, TypeError, "must be a number, not a complex"),
    (mx.lr_scheduler.FactorScheduler(1), TypeError, "must be a number, not a FactorScheduler"),
    (NAN, ValueError, "must be a finite number, not nan"),
    (INFINITY, ValueError, "must be a finite number, not inf"),
    (numpy.float32("-inf"), ValueError, "must be a finite number, not -inf"),
    (np.array(NAN), ValueError, "must be a finite number, not nan"),
]  # fmt: skip


@pytest.mark.parametrize(("value", "error", "message"), NO_NUMBERS)
def test_what_is_no_number_is_refused_by_name(value, error, message):
    for name, check in (
        ("lr", check_lr),
        ("num_epochs", lambda value: check_num_epochs(value, 0.1)),
        ("num_epochs", lambda value: check_num_epochs(value, 10)),
        ("seed", lambda value: check_whole_number("seed", value)),
        ("correct", lambda value: dh.wilson_interval(value, 100)),
        ("stride", lambda value: dh.conv_output_size(28, 3, stride=value)),
        ("num", lambda value: dh.confident_mistakes(pd.DataFrame({"correct": []}), value)),
        ("repeats", lambda value: dh.seconds(lambda: None, repeats=value)),
        ("i", dh.try_gpu),
        ("patience", lambda value: dh.connect_workers(patience=value)),
    ):
        with pytest.raises(error, match=f"{name} {message}"):
            check(value)


WHOLE = [
    10,
    10.0,
    numpy.int64(10),
    numpy.float32(10),
    np.array(10),
    numpy.array(10),
    fractions.Fraction(10),
]


@pytest.mark.parametrize("value", WHOLE)
def test_whole_numbers_of_any_type_become_ints(value):
    for number in (
        check_whole_number("seed", value),
        check_whole_number("seed", value, at_least=10),
        check_num_epochs(value, 0.1),
    ):
        assert (type(number), number) == (int, 10)


@pytest.mark.parametrize("value", [0.5, 2.000001, -1.5, np.array(0.5), fractions.Fraction(1, 3)])
def test_numbers_that_are_not_whole_are_refused(value):
    with pytest.raises(ValueError, match="patience must be a whole number"):
        check_whole_number("patience", value, at_least=1)


@pytest.mark.parametrize(
    ("use", "message"),
    [
        (lambda: dh.conv_output_size(28, 0), "kernel must be at least 1, not 0"),
        (lambda: dh.conv_output_size(28, 3, 0), "stride must be at least 1, not 0"),
        (lambda: dh.conv_output_size(28, 3, 1, -1), "padding must be at least 0, not -1"),
        (lambda: dh.conv_output_size(28, 3, 1, 0.5), "padding must be a whole number, not 0.5"),
        (lambda: dh.seconds(lambda: None, 0), "repeats must be at least 1, not 0"),
        (lambda: dh.seconds_in_turns({}, 0), "rounds must be at least 1, not 0"),
        (lambda: dh.connect_workers(patience=0), "patience must be above 0, not 0"),
        (lambda: dh.connect_workers(threshold=-1), "threshold must be above 0, not -1"),
        (lambda: dh.wilson_interval(5, 9, 1), "confidence must be between 0 and 1, not 1"),
    ],
)
def test_numbers_that_make_no_sense_are_refused_by_name(use, message):
    with pytest.raises(ValueError, match=message):
        use()


@pytest.mark.parametrize("size", [3, (3,), "33", (3, 3, 3)])
def test_the_size_of_a_crop_is_a_pair(size):
    images, rng = numpy.zeros((2, 8, 8), numpy.uint8), numpy.random.default_rng(0)
    for cut in (lambda: dh.random_crop(images, rng, size), lambda: dh.ten_crops(images, size)):
        with pytest.raises(TypeError, match=r"size is \(height, width\) in pixels"):
            cut()


@pytest.mark.parametrize("value", [0, -1, numpy.int8(-128), -3.0])
def test_numbers_below_the_least_are_refused(value):
    with pytest.raises(ValueError, match=f"patience must be at least 1, not {value}"):
        check_whole_number("patience", value, at_least=1)


@pytest.mark.parametrize(
    ("num_epochs", "lr", "swapped"),
    [(0.05, 10, 10), (0.9, 3.0, 3), (0.1, numpy.int64(20), 20)],
)
def test_swapped_arguments_are_recognized(num_epochs, lr, swapped):
    with pytest.raises(ValueError, match=f"did you mean num_epochs={swapped}, lr={num_epochs}"):
        check_num_epochs(num_epochs, lr)


@pytest.mark.parametrize("lr", [0.1, 0, "10", None, NAN, -10, INFINITY])
def test_other_learning_rates_are_not_taken_for_a_number_of_epochs(lr):
    with pytest.raises(ValueError, match=r"num_epochs must be a whole number, not 0\.5"):
        check_num_epochs(0.5, lr)


@pytest.mark.parametrize(
    "lr", [0.5, numpy.float32(0.5), numpy.float64(0.5), np.array(0.5), fractions.Fraction(1, 2)]
)
def test_a_learning_rate_of_any_type_becomes_a_float(lr):
    assert (type(check_lr(lr)), check_lr(lr)) == (float, 0.5)
    assert (type(check_lr(1)), check_lr(0)) == (float, 0)


@pytest.mark.parametrize("lr", [-0.1, -1, numpy.float32(-1e-9), np.array(-3)])
def test_a_negative_learning_rate_is_refused(lr):
    with pytest.raises(ValueError, match="lr must not be negative"):
        check_lr(lr)
