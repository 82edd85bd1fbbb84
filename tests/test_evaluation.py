"""Predictions, their tables, and what is computed from these."""

import io
import pickle

import d2l_helpers as dh

import numpy
import pandas as pd
import pytest
from mxnet import init, np
from mxnet.gluon import nn

NAMES = ("cat", "dog", "owl")
COLUMNS = ["true label", "predicted label", "confidence", "correct"]


@pytest.fixture
def copying_net():
    """Return a net whose three scores are its three inputs."""
    net = nn.Dense(3, use_bias=False, weight_initializer=init.Constant(np.eye(3)))
    net.initialize()
    return net


@pytest.fixture
def table():
    """Return six predictions: two of three cats right, two of two dogs, and no owl."""
    probabilities = numpy.array(
        [
            [0.8, 0.1, 0.1],
            [0.5, 0.3, 0.2],
            [0.2, 0.7, 0.1],
            [0.0, 0.9, 0.1],
            [0.3, 0.4, 0.3],
            [0.1, 0.0, 0.9],
        ],
        numpy.float32,
    )
    return dh.prediction_table(probabilities, numpy.array([0, 0, 0, 1, 1, 2]), NAMES)


def test_predict_returns_the_softmax_of_all_batches(copying_net):
    scores = numpy.array([[0, 1, 2], [3, 0, -1], [100, 0, 0]], numpy.float32)
    labels = numpy.array([2, 1, 0], numpy.int32)
    batches = [(np.array(scores[i]), np.array(labels[i])) for i in (slice(2), slice(2, 3))]
    probabilities, returned = dh.predict(copying_net, batches)
    exps = numpy.exp(scores - scores.max(axis=1, keepdims=True))
    numpy.testing.assert_allclose(probabilities, exps / exps.sum(axis=1, keepdims=True), atol=1e-6)
    assert (type(probabilities), probabilities.dtype) == (numpy.ndarray, numpy.float32)
    assert returned.tolist() == [2, 1, 0]


def test_predict_leaves_dropout_out():
    net = nn.HybridSequential()
    net.add(nn.Dropout(0.5), nn.Dense(3))
    net.initialize(init.Normal(1))
    batches = [(np.ones((4, 20)), np.zeros(4, dtype="int32"))]
    assert numpy.array_equal(dh.predict(net, batches)[0], dh.predict(net, batches)[0])


def test_predict_without_batches_is_refused(copying_net):
    with pytest.raises(ValueError, match="no examples to predict"):
        dh.predict(copying_net, [])


@pytest.mark.parametrize("label", [3, -1])
def test_labels_out_of_range_are_refused(copying_net, label):
    with pytest.raises(ValueError, match=f"labels go from {label} to {label}.*labels 0 to 2"):
        dh.predict_table(copying_net, np.ones((1, 3)), np.array([label], dtype="int32"), NAMES)


def test_predict_table_is_the_table_of_the_tutorial_and_more(copying_net):
    X, y = np.array([[5, 0, 0], [0, 0, 5], [0, 5, 0]]), np.array([0, 1, 1], dtype="int32")
    table = dh.predict_table(copying_net, X, y, NAMES)
    assert list(table.columns) == COLUMNS
    assert table["true label"].tolist() == ["cat", "dog", "dog"]
    assert table["predicted label"].tolist() == ["cat", "owl", "dog"]
    assert table["correct"].tolist() == [True, False, True]
    expected = numpy.exp(5) / (numpy.exp(5) + 2)
    numpy.testing.assert_allclose(table["confidence"], expected, rtol=1e-5)


def test_whole_labels_may_be_floats(copying_net):
    X, y = np.array([[[[0.0, 2.0, 1.0]]], [[[3.0, 0.0, 1.0]]]]), np.array([1, 2], dtype="int32")
    table = dh.predict_table(copying_net, X, y, NAMES)
    assert table.equals(dh.predict_table(copying_net, X, y.astype("float32"), NAMES))
    _, labels = dh.predict(copying_net, [(X, y.astype("float32"))])
    assert labels.dtype == "int32" and labels.tolist() == [1, 2]


def test_predict_table_names_the_classes_of_fashion_mnist_by_itself():
    net = dh.lenet()
    net.initialize()
    X, y = next(iter(dh.load_data_fashion_mnist(10)[1]))
    table = dh.predict_table(net, X, y)
    assert table["true label"].tolist() == dh.get_fashion_mnist_labels(y)
    assert set(table["predicted label"]) <= set(dh.CLASS_NAMES)


def test_as_many_names_as_classes_are_needed():
    with pytest.raises(ValueError, match="10 names for 3 classes"):
        dh.prediction_table(numpy.eye(3), numpy.arange(3))


def test_confusion_matrix_counts_true_rows_and_predicted_columns(table):
    matrix = dh.confusion_matrix(table, NAMES)
    assert matrix.values.tolist() == [[2, 1, 0], [0, 2, 0], [0, 0, 1]]
    assert tuple(matrix.index) == tuple(matrix.columns) == NAMES
    assert (matrix.index.name, matrix.columns.name) == ("true label", "predicted label")


def test_confusion_matrix_keeps_classes_that_never_appear(table):
    matrix = dh.confusion_matrix(table.iloc[:3], NAMES)
    assert matrix.values.tolist() == [[2, 1, 0], [0, 0, 0], [0, 0, 0]]


def test_confusion_matrix_agrees_with_a_slow_count():
    rng = numpy.random.default_rng(0)
    labels = rng.integers(0, 10, 300)
    probabilities = rng.dirichlet(numpy.ones(10), 300)
    expected = numpy.zeros((10, 10), int)
    for label, row in zip(labels, probabilities):
        expected[label, row.argmax()] += 1
    matrix = dh.confusion_matrix(dh.prediction_table(probabilities, labels))
    assert numpy.array_equal(matrix.values, expected)


PARTS = [
    lambda table: table,
    lambda table: table.iloc[:3],  # cats only, of which one is taken for a dog
    lambda table: table[table["correct"]],
    lambda table: table.sort_values("confidence").reset_index(drop=True),
    lambda table: table[["true label", "predicted label", "correct"]].copy(),
    lambda table: pickle.loads(pickle.dumps(table)),
    lambda table: table.assign(correct=True).query("confidence > 0.6"),
]


@pytest.mark.parametrize("part", PARTS)
def test_a_table_and_its_parts_keep_the_names_of_all_classes(table, part):
    part = part(table)
    matrix = dh.confusion_matrix(part)
    assert tuple(matrix.index) == tuple(matrix.columns) == NAMES
    assert matrix.values.sum() == len(part)
    assert matrix.equals(dh.confusion_matrix(part, NAMES))
    result = dh.class_accuracy(part)
    assert result["examples"].sum() == len(part)
    assert result.equals(dh.class_accuracy(part, NAMES))


def test_predict_table_hands_its_class_names_on(copying_net):
    table = dh.predict_table(copying_net, np.eye(3)[:2], np.array([1, 1]), NAMES)
    assert dh.confusion_matrix(table).values.tolist() == [[0, 0, 0], [1, 1, 0], [0, 0, 0]]
    assert dh.class_accuracy(table)["examples"].to_dict() == {"dog": 2}


@pytest.mark.parametrize("count", [dh.confusion_matrix, dh.class_accuracy])
@pytest.mark.parametrize(
    ("names", "error", "message"),
    [
        (["cat", "dog"], ValueError, "the table has the class 'owl'"),
        (["owl"], ValueError, "the table has the class 'cat'"),
        ([], ValueError, "the table has the class 'cat'"),
        (["cat", "dog", "owl", "cat"], ValueError, "'cat' 2 times"),
        (["cat", "dgo", "owl"], ValueError, "'dgo', which is no class.*Did you mean dog"),
        (["Cat", "dog", "owl"], ValueError, "'Cat', which is no class.*Did you mean cat"),
        (["cat", "dog", "owl", "newt"], ValueError, "'newt', which is no class of the table"),
        (dh.CLASS_NAMES, ValueError, "'t-shirt', which is no class of the table"),
        (range(3), ValueError, "0, which is no class of the table"),
        ("cat", TypeError, "class_names is of type str"),
        (set(NAMES), TypeError, "class_names is of type set"),
    ],
)
def test_names_that_are_not_those_of_the_table_are_refused(table, count, names, error, message):
    with pytest.raises(error, match=message):
        count(table, names)


OTHERS = [
    lambda table: pd.read_csv(io.StringIO(table.to_csv())),
    lambda table: table.replace({"cat": "pet", "dog": "pet"}),
    lambda table: pd.DataFrame({name: table[name].tolist() for name in COLUMNS}),
    lambda table: pd.concat([table, dh.prediction_table(numpy.eye(2), [0, 1], NAMES[1:])]),
]


@pytest.mark.parametrize("count", [dh.confusion_matrix, dh.class_accuracy])
@pytest.mark.parametrize("make", OTHERS)
def test_a_table_that_lost_its_names_needs_them(table, count, make):
    table = make(table)
    with pytest.raises(ValueError, match=r"the table has the class .*names of all outputs"):
        count(table)
    with pytest.raises(ValueError, match="the table has the class 'owl'"):
        count(table, ["cat", "dog", "pet"])
    result = count(table, ["pet", "owl", "dog", "cat"])
    assert (result.values.sum() if count is dh.confusion_matrix else result["examples"].sum()) == (
        len(table)
    )


@pytest.mark.parametrize(("left_out", "names"), [("owl", NAMES[:2]), ("cat", NAMES[1:])])
def test_a_class_that_is_only_true_or_only_predicted_is_not_left_out(left_out, names):
    table = dh.prediction_table(numpy.eye(3)[[2, 1]], [0, 1], NAMES)
    with pytest.raises(ValueError, match=f"the table has the class '{left_out}'"):
        dh.confusion_matrix(table, names)


def test_classes_without_a_row_may_be_left_out(table):
    assert dh.confusion_matrix(table.iloc[:5], ["dog", "cat"]).values.tolist() == [[2, 0], [1, 2]]


def test_fashion_mnists_names_are_known_without_a_table_that_keeps_them():
    table = dh.prediction_table(numpy.eye(10)[:4], numpy.arange(4))
    read = pd.read_csv(io.StringIO(table.to_csv()))
    assert tuple(dh.confusion_matrix(read).index) == dh.CLASS_NAMES


def test_a_table_is_the_one_of_its_columns(table):
    """Neither the types of the columns nor what is shown tells of the names that a table keeps."""
    plain = pd.DataFrame({name: table[name].tolist() for name in COLUMNS})
    plain["confidence"] = plain["confidence"].astype("float32")
    assert table.equals(plain)
    assert (repr(table), table.to_html()) == (repr(plain), plain.to_html())
    assert dh.measured(table).equals(dh.measured(plain))


@pytest.mark.parametrize(
    ("probabilities", "labels", "message"),
    [
        (numpy.eye(3), [0, 1], "2 labels for the probabilities of 3 examples"),
        (numpy.eye(3)[:1], [0, 1], "2 labels for the probabilities of 1 examples"),
        (numpy.ones(3), [0, 1, 2], r"\(examples, classes\), not \(3,\)"),
        (numpy.ones((3, 3, 1)), [0, 1, 2], r"\(examples, classes\), not \(3, 3, 1\)"),
        (numpy.diag([5, -3, 1]), [0, 1, 2], r"from -3 to 5: .* give npx\.softmax\(scores\)"),
        (numpy.diag([2.5, 0, 1]), [0, 1, 2], r"from 0 to 2\.5: "),
        (numpy.diag([-0.5, 0, 1]), [0, 1, 2], r"from -0\.5 to 1: "),
    ],
)
def test_what_are_no_probabilities_of_these_examples_make_no_table(probabilities, labels, message):
    with pytest.raises(ValueError, match=message):
        dh.prediction_table(probabilities, labels, NAMES)


def test_a_table_may_be_empty():
    assert len(dh.prediction_table(numpy.zeros((0, 3)), [], NAMES)) == 0


@pytest.mark.parametrize("convert", [np.array, numpy.ndarray.tolist, pd.DataFrame])
def test_probabilities_of_any_kind_make_a_table(convert):
    probabilities = numpy.eye(3, dtype="float32")
    expected = dh.prediction_table(probabilities, [0, 1, 2], NAMES)
    table = dh.prediction_table(convert(probabilities), [0, 1, 2], NAMES)
    assert table.astype({"confidence": "float32"}).equals(expected)


@pytest.mark.parametrize(
    ("top", "error"), [(0, ValueError), (4, ValueError), (1.5, ValueError), ("2", TypeError)]
)
def test_an_impossible_top_is_refused(copying_net, top, error):
    with pytest.raises(error, match="top must be"):
        dh.predict_details(copying_net, np.eye(3), NAMES, top=top)


def test_class_accuracy_has_examples_accuracy_and_interval(table):
    result = dh.class_accuracy(table, NAMES)
    assert list(result.columns) == ["examples", "accuracy", "low", "high"]
    assert result.index.tolist() == list(NAMES)
    assert result["examples"].tolist() == [3, 2, 1]
    numpy.testing.assert_allclose(result["accuracy"], [2 / 3, 1, 1])
    for right, (_, row) in zip([2, 2, 1], result.iterrows()):
        assert (row["low"], row["high"]) == dh.wilson_interval(right, row["examples"])


def test_class_accuracy_leaves_out_classes_without_examples_and_keeps_the_order(table):
    assert dh.class_accuracy(table.iloc[1:5], NAMES[::-1]).index.tolist() == ["dog", "cat"]


def test_class_accuracy_takes_a_confidence(table):
    narrow = dh.class_accuracy(table, NAMES, confidence=0.5)
    assert (narrow["low"] > dh.class_accuracy(table, NAMES)["low"]).all()


def test_confident_mistakes_are_wrong_and_in_order():
    table = pd.DataFrame(
        {"correct": [False, True, False, False], "confidence": [0.5, 0.99, 0.9, 0.7]}
    )
    assert dh.confident_mistakes(table, 2).index.tolist() == [2, 3]
    assert dh.confident_mistakes(table, 9).index.tolist() == [2, 3, 0]


@pytest.mark.parametrize(
    ("correct", "total", "low", "high"),
    [
        # Worked out by hand from Wilson's formula with z = 1.95996.
        (7, 10, 0.3968, 0.8922),
        (0, 10, 0.0, 0.2775),
        (10, 10, 0.7225, 1.0),
        (50, 100, 0.4038, 0.5962),
        (8900, 10000, 0.8837, 0.8960),
    ],
)
def test_wilson_interval_has_the_known_values(correct, total, low, high):
    assert dh.wilson_interval(correct, total) == pytest.approx((low, high), abs=6e-5)


def test_the_ends_of_a_wilson_interval_solve_its_equation():
    # Wilson: the interval holds every p with |share - p| <= z sqrt(p (1 - p) / n).
    for p in dh.wilson_interval(13, 40, confidence=0.9):
        assert abs(13 / 40 - p) == pytest.approx(1.644854 * (p * (1 - p) / 40) ** 0.5, rel=1e-5)


def test_more_confidence_makes_a_wider_interval_and_more_answers_a_narrower():
    def width(*arguments):
        low, high = dh.wilson_interval(*arguments)
        return high - low

    assert width(7, 10, 0.99) > width(7, 10, 0.95) > width(70, 100, 0.95)


@pytest.mark.parametrize(("correct", "total"), [(11, 10), (-1, 10), (0, 0)])
def test_impossible_counts_are_refused(correct, total):
    with pytest.raises(ValueError, match=f"{correct} of {total} answers cannot be right"):
        dh.wilson_interval(correct, total)


@pytest.mark.parametrize("confidence", [0, 1, 95])
def test_an_impossible_confidence_is_refused(confidence):
    with pytest.raises(ValueError, match="confidence must be between 0 and 1"):
        dh.wilson_interval(7, 10, confidence)
