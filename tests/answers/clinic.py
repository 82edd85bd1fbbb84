"""Answers to the exercises of the clinic, as students give them: right and wrong.

Where the notebook has a function that examines the answer, what that function returns is given.
"""

import functools
from pathlib import Path

import nbformat
import numpy
from mxnet import gluon, init, np, npx
from mxnet.gluon import nn

NOTEBOOK = Path(__file__).resolve().parents[2] / "exercises" / "clinic_ten_broken_nets.ipynb"
USED = ["setup", "setup-train", "e07setup", "e07examine", "e09given", "e09examine"]


@functools.cache
def clinic():
    """Return what those cells make that examine answers."""
    source = {cell.id: cell.source for cell in nbformat.read(NOTEBOOK, as_version=4).cells}
    namespace = {}
    for name in USED:
        exec(source[name], namespace)
    return namespace


def examined(examine, answer):
    """Return what a function of the notebook's own says of an answer."""
    return clinic()[examine](answer)


# clinic.1


def one_order(images, labels, rng):
    order = rng.permutation(len(labels))
    return images[order], labels[order]


def in_a_list(images, labels, rng):
    order = numpy.arange(len(images))
    rng.shuffle(order)
    return [images[order], labels[order]]


def pair_by_pair(images, labels, rng):
    pairs = list(zip(images, labels))
    order = rng.choice(len(pairs), size=len(pairs), replace=False)
    return zip(*[pairs[i] for i in order])


def the_same_state_twice(images, labels, rng):
    state = rng.bit_generator.state
    mixed = rng.permutation(images)
    rng.bit_generator.state = state
    return mixed, rng.permutation(labels)


def by_random_keys(images, labels, rng):
    order = numpy.argsort(rng.random(len(labels)))
    return numpy.take(images, order, axis=0), numpy.take(labels, order)


def two_orders(images, labels, rng):
    return rng.permutation(images), rng.permutation(labels)


def not_shuffled(images, labels, rng):
    return images, labels


def backwards(images, labels, rng):
    return images[::-1], labels[::-1]


def own_generator(images, labels, rng):
    return one_order(images, labels, numpy.random.default_rng(0))


def global_generator(images, labels, rng):
    return one_order(images, labels, numpy.random)


def with_repeats(images, labels, rng):
    order = rng.choice(len(labels), size=len(labels))
    return images[order], labels[order]


def one_fewer(images, labels, rng):
    order = rng.permutation(len(labels))[1:]
    return images[order], labels[order]


def turned_round(images, labels, rng):
    start = int(rng.integers(1, len(labels)))
    return numpy.roll(images, start, axis=0), numpy.roll(labels, start)


def images_alone(images, labels, rng):
    return images[rng.permutation(len(labels))], labels


def exchanged(images, labels, rng):
    return one_order(images, labels, rng)[::-1]


def one_result(images, labels, rng):
    return images[rng.permutation(len(labels))]


def pixels_too(images, labels, rng):
    images, labels = one_order(images, labels, rng)
    return rng.permutation(images, axis=1), labels


def without_return(*arguments):
    rng = arguments[-1]
    rng.permutation(3)


def unwritten(*arguments):
    raise NotImplementedError


def misspelt(images, labels, rng):
    return rng.permute(images), labels


# clinic.2


def net_of(*layers):
    net = nn.HybridSequential()
    net.add(*layers)
    return net


def relu():
    return nn.Activation("relu")


class WithForward(nn.Block):
    def __init__(self):
        super().__init__()
        self.hidden, self.output = nn.Dense(128), nn.Dense(10)

    def forward(self, X):
        return self.output(npx.relu(self.hidden(X)))


# clinic.5


def axis_1(scores, labels):
    return -npx.pick(npx.log_softmax(scores, axis=1), labels)


def of_gluon(scores, labels):
    return gluon.loss.SoftmaxCrossEntropyLoss()(scores, labels)


def by_hand(scores, labels):
    exponentials = np.exp(scores - scores.max(axis=1, keepdims=True))
    probabilities = exponentials / exponentials.sum(axis=1, keepdims=True)
    return -np.log(npx.pick(probabilities, labels))


def one_hot(scores, labels):
    return -(npx.one_hot(labels, scores.shape[1]) * npx.log_softmax(scores)).sum(axis=1)


def axis_0(scores, labels):
    return -npx.pick(npx.log_softmax(scores, axis=0), labels)


def without_minus(scores, labels):
    return npx.pick(npx.log_softmax(scores, axis=1), labels)


def without_logarithm(scores, labels):
    return -npx.pick(npx.softmax(scores, axis=1), labels)


def mean(scores, labels):
    return axis_1(scores, labels).mean()


def scores_alone(scores, labels):
    return -npx.pick(scores, labels)


def over_both_axes(scores, labels):
    return -npx.pick(scores - np.log(np.exp(scores).sum()), labels)


def by_base_2(scores, labels):
    return axis_1(scores, labels) / numpy.log(2)


def most_likely(scores, labels):
    return -npx.log_softmax(scores, axis=1).max(axis=1)


def without_gradient(scores, labels):
    return np.array(axis_1(scores, labels).asnumpy())


def column(scores, labels):
    return axis_1(scores, labels).reshape(-1, 1)


# clinic.6


def flat(predicted, true):
    return ((predicted.reshape(-1) - true) ** 2).mean()


def first_column(predicted, true):
    return np.square(true - predicted[:, 0]).sum() / len(true)


def truth_as_a_column(predicted, true):
    return np.mean((predicted - np.expand_dims(true, 1)) ** 2)


def twice_l2(predicted, true):
    return 2 * gluon.loss.L2Loss()(predicted, true).mean()


def all_pairs(predicted, true):
    return ((predicted - true) ** 2).mean()


def half(predicted, true):
    return gluon.loss.L2Loss()(predicted, true).mean()


def total(predicted, true):
    return ((predicted.reshape(-1) - true) ** 2).sum()


def absolute(predicted, true):
    return abs(predicted.reshape(-1) - true).mean()


def root(predicted, true):
    return flat(predicted, true) ** 0.5


def square_of_mean(predicted, true):
    return (predicted.reshape(-1) - true).mean() ** 2


def of_each(predicted, true):
    return (predicted.reshape(-1) - true) ** 2


def two_pictures_alone(predicted, true):
    return ((predicted.reshape(2) - true) ** 2).mean()


def a_number(predicted, true):
    return float(flat(predicted, true).item())


# clinic.7


def trainer_of(layer, kind="sgd", lr=0.1):
    return gluon.Trainer(layer.collect_params(), kind, {"learning_rate": lr})


def frozen(net):
    net.features.collect_params().setattr("grad_req", "null")


def with_head(net, units=3):
    frozen(net)
    net.output = nn.Dense(units)
    net.output.initialize(init.Xavier())
    return net.output


def new_head(net):
    return trainer_of(with_head(net))


def trainer_of_all(net):
    with_head(net)
    return trainer_of(net)


def old_head(net):
    frozen(net)
    return trainer_of(net.output)


def ten_classes(net):
    return trainer_of(with_head(net, units=10))


def another_rate(net):
    return trainer_of(with_head(net), lr=1)


def another_optimizer(net):
    return trainer_of(with_head(net), "adam")


# clinic.9


def by_the_course(net, data, device):
    net.collect_params().reset_ctx(device)
    return clinic()["accuracy"](net, data, device)


def by_layers(net, data, device):
    for layer in net:
        layer.collect_params().reset_ctx(device)
    right = sum(
        (net(X.copyto(device)).argmax(axis=1).asnumpy() == y.asnumpy()).sum() for X, y in data
    )
    return right / data.num_examples


def a_copied_number(net, data, device):
    net.collect_params().reset_ctx(device)
    return clinic()["before"]


def always_there(net, data, device):
    return by_the_course(net, data, npx.cpu(1))


def test_images_alone(net, data, device):
    return by_the_course(net, clinic()["test_iter"], device)


CASE_5 = "([[2.0, 0.5, -1.0], [0.3, 0.1, 0.9]], [0, 2])"
CASE_6 = "([[1.0], [2.0], [4.0]], [1.0, 2.0, 3.0])"

ANSWERS = {
    "clinic.1": {
        "right": {
            "one order": lambda: (one_order,),
            "a shuffled list of places": lambda: (in_a_list,),
            "as arrays of MXNet": lambda: (
                lambda images, labels, rng: map(np.array, in_a_list(images, labels, rng)),
            ),
            "pair by pair": lambda: (pair_by_pair,),
            "the same state twice": lambda: (the_same_state_twice,),
            "by random keys": lambda: (by_random_keys,),
        },
        "wrong": {
            "nothing is repaired": (lambda: (two_orders,), "an image has the label of another"),
            "the images alone": (lambda: (images_alone,), "an image has the label of another"),
            "not shuffled": (lambda: (not_shuffled,), "the order is the old one, or nearly"),
            "backwards": (lambda: (backwards,), "the order is the old one, or nearly"),
            "turned round": (lambda: (turned_round,), "the order is the old one, or nearly"),
            "a generator of its own": (
                lambda: (own_generator,),
                "another seed of rng gives the same order",
            ),
            "the global generator": (
                lambda: (global_generator,),
                "the same seed of rng gives another order",
            ),
            "with repeats": (lambda: (with_repeats,), "not every image is there exactly once"),
            "one fewer": (lambda: (one_fewer,), "of 200 images 199 are left"),
            "exchanged": (lambda: (exchanged,), "images of shape (200,) came back"),
            "the images are all": (
                lambda: (one_result,),
                "two arrays are wanted",
            ),
            "the pixels are mixed as well": (lambda: (pixels_too,), "an image is not as it was"),
            "without return": (lambda: (without_return,), "it returns nothing: a return is"),
            "misspelt": (lambda: (misspelt,), "it fails with AttributeError"),
            "unwritten": (lambda: (unwritten,), "no answer yet"),
        },
    },
    "clinic.2": {
        "right": {
            "as layers": lambda: (net_of(nn.Dense(128), relu(), nn.Dense(10)),),
            "as an argument": lambda: (net_of(nn.Dense(128, activation="relu"), nn.Dense(10)),),
            "with Flatten": lambda: (
                net_of(nn.Flatten(), nn.Dense(128), nn.Activation("relu"), nn.Dense(10)),
            ),
            "with a forward of its own": lambda: (WithForward(),),
        },
        "wrong": {
            "nothing is repaired": (
                lambda: (net_of(nn.Dense(128), relu(), nn.Dense(10), relu()),),
                "it has 4 layers, activations counted, and 3 are wanted",
            ),
            "the fault as an argument": (
                lambda: (net_of(nn.Dense(128), relu(), nn.Dense(10, activation="relu")),),
                "it has 4 layers, activations counted, and 3 are wanted",
            ),
            "no activation at all": (
                lambda: (net_of(nn.Dense(128), nn.Dense(10)),),
                "dense2 stands where an activation should be; it has 2 layers, "
                "activations counted, and 3 are wanted",
            ),
            "behind the last layer alone": (
                lambda: (net_of(nn.Dense(128), nn.Dense(10), relu()),),
                "dense2 stands where an activation should be",
            ),
            "sigmoid": (
                lambda: (net_of(nn.Dense(128), nn.Activation("sigmoid"), nn.Dense(10)),),
                "activation1 has another",
            ),
            "another width": (
                lambda: (net_of(nn.Dense(64), relu(), nn.Dense(10)),),
                "dense1 has another",
            ),
            "nine classes": (
                lambda: (net_of(nn.Dense(128), relu(), nn.Dense(9)),),
                "dense2 has another",
            ),
            "one layer more": (
                lambda: (net_of(nn.Dense(128), relu(), nn.Dense(128), relu(), nn.Dense(10)),),
                "dense2 has another",
            ),
            "dropout for the activation": (
                lambda: (net_of(nn.Dense(128), relu(), nn.Dropout(0.5), nn.Dense(10)),),
                "it computes what it should, but with other dropout",
            ),
            "the class": (lambda: (WithForward,), "wrong type: a function was given, and a net"),
            "nothing": (lambda: (None,), "no answer yet"),
        },
    },
    "clinic.3": {
        "right": {
            "Xavier": lambda: ([63, 0.768],),
            "a spread of its own": lambda: ([63, 0.72],),
            "as NumPy's": lambda: ((numpy.int64(63), numpy.float32(0.75)),),
        },
        "wrong": {
            "another constant": (
                lambda: ([0, 0.24],),
                "hidden units that differ from the first: another number: this one is too small "
                "(0 of 2 are right)",
            ),
            "zero": (lambda: ([0, 0.1],), "hidden units that differ from the first"),
            "far too large a spread": (
                lambda: ([63, 0.3],),
                "accuracy: another number: this one is too small (1 of 2 are right)",
            ),
            "half of the units are copies": (
                lambda: ([32, 0.7],),
                "hidden units that differ from the first: another number: this one is too small",
            ),
            "no number": (
                lambda: ([63, float("nan")],),
                "accuracy: NaN, which is not a number",
            ),
            "nothing": (lambda: (None,), "no answer yet"),
        },
    },
    "clinic.4": {
        "right": {
            "plain": lambda: (160,),
            "a whole float": lambda: (160.0,),
            "of NumPy": lambda: (numpy.int64(160),),
            "of MXNet": lambda: (np.array(160),),
        },
        "wrong": {
            "epochs": (lambda: (10,), "too small by a factor of 16: the batches of an epoch?"),
            "one epoch": (lambda: (16,), "too small by a factor of 10: the epochs?"),
            "the rest is forgotten": (lambda: (150,), "another number"),
            "a part of a batch counts in part": (lambda: (156.25,), "a whole number is wanted"),
            "images": (lambda: (10_000,), "another number"),
            "the batch": (lambda: (64,), "another number"),
            "counted from 0": (lambda: (159,), "off by one: too small"),
            "nothing": (lambda: (None,), "no answer yet"),
        },
    },
    "clinic.5": {
        "right": {
            "the other axis": lambda: (axis_1,),
            "Gluon's": lambda: (of_gluon,),
            "by hand": lambda: (by_hand,),
            "with one_hot": lambda: (one_hot,),
        },
        "wrong": {
            "nothing is repaired": (
                lambda: (axis_0,),
                f"axis_0{CASE_5}[0] = 0.167786: another number",
            ),
            "the sign": (
                lambda: (without_minus,),
                f"without_minus{CASE_5}[0] = -0.24131",
            ),
            "no logarithm": (
                lambda: (without_logarithm,),
                f"without_logarithm{CASE_5}[0] = -0.785597: an",
            ),
            "the mean": (
                lambda: (mean,),
                f"mean{CASE_5} = 0.46676",
            ),
            "the scores alone": (
                lambda: (scores_alone,),
                f"scores_alone{CASE_5}[0] = -2.0: an",
            ),
            "over both axes": (
                lambda: (over_both_axes,),
                f"over_both_axes{CASE_5}[0] = 0.661677: an",
            ),
            "to base 2": (lambda: (by_base_2,), f"by_base_2{CASE_5}[0] = 0.3481"),
            "of the most likely class": (lambda: (most_likely,), "most_likely("),
            "without gradient": (
                lambda: (without_gradient,),
                f"without_gradient{CASE_5}: the result is right, but has no gradient",
            ),
            "a column": (lambda: (column,), f"column{CASE_5}: wrong type: an array of shape"),
            "without return": (lambda: (lambda scores, labels: None,), f"<lambda>{CASE_5}: it ret"),
        },
    },
    "clinic.6": {
        "right": {
            "flat": lambda: (flat,),
            "the first column": lambda: (first_column,),
            "the truth as a column": lambda: (truth_as_a_column,),
            "twice Gluon's": lambda: (twice_l2,),
        },
        "wrong": {
            "nothing is repaired": (
                lambda: (all_pairs,),
                f"all_pairs{CASE_6} = 2.33333: another number",
            ),
            "half": (lambda: (half,), f"half{CASE_6} = 0.166667: here too small by a factor of 2"),
            "the sum": (lambda: (total,), f"total{CASE_6} = 1.0: here too large by a factor of 3"),
            "the root": (lambda: (root,), f"root{CASE_6} = 0.57735: another number"),
            "the absolute error": (lambda: (absolute,), "absolute("),
            "the square of the mean": (
                lambda: (square_of_mean,),
                f"square_of_mean{CASE_6} = 0.111111: ",
            ),
            "of each": (
                lambda: (of_each,),
                f"of_each{CASE_6}: wrong type: an array of shape (3,) was given, and a number is",
            ),
            "for two pictures": (
                lambda: (two_pictures_alone,),
                f"two_pictures_alone{CASE_6}: it fails with ",
            ),
            "without gradient": (
                lambda: (a_number,),
                f"a_number{CASE_6} = 0.333333: the result is right, but has no gradient",
            ),
        },
    },
    "clinic.7": {
        "right": {
            "as repaired": lambda: ([3, 0.1, 0.35, 0.0, 0.91],),
            "as an array": lambda: (numpy.array([3, 0.1, 0.35, 0.0, 0.91]),),
            "a new layer": lambda: (examined("examine_head", new_head),),
            "a trainer of all, with the others frozen": lambda: (
                examined("examine_head", trainer_of_all),
            ),
        },
        "wrong": {
            "nothing is repaired": (
                lambda: ([3, 0.1, 0.0, 0.0, 0.32],),
                "change of the new layer: another number: this one is too small (3 of 5 are right)",
            ),
            "the other layer learns": (
                lambda: ([3, 0.1, 0.0, 0.02, 0.8],),
                "change of the new layer: another number: this one is too small (3 of 5 are right)",
            ),
            "nothing is frozen": (
                lambda: ([3, 0.1, 0.3, 0.02, 0.9],),
                "change of the layer before: another number: this one is too large",
            ),
            "frozen, and it does not learn": (
                lambda: ([3, 0.1, 0.3, 0.0, 0.33],),
                "accuracy: another number: this one is too small (4 of 5 are right)",
            ),
            "at so high a rate that nothing is left": (
                lambda: ([3, 0.1, float("nan"), 0.0, 0.33],),
                "change of the new layer: NaN, which is not a number",
            ),
            "no new layer": (
                lambda: (examined("examine_head", old_head),),
                "outputs of the last layer: another number: this one is too large (4 of 5",
            ),
            "ten classes": (
                lambda: (examined("examine_head", ten_classes),),
                "outputs of the last layer: another number: this one is too large (4 of 5",
            ),
            "another rate": (
                lambda: (examined("examine_head", another_rate),),
                "rate: another number: this one is too large",
            ),
            "another optimizer": (
                lambda: (examined("examine_head", another_optimizer),),
                "change of the new layer: another number: this one is too large (4 of 5",
            ),
        },
    },
    "clinic.8": {
        "right": {
            "three digits": lambda: (0.953, 0.9),
            "exact": lambda: (0.999**48, 0.8),
            "the largest momentum that is well": lambda: (0.953, 0.98),
            "in percent": lambda: (95.3, 0.9),
            "NumPy and MXNet scalars": lambda: (numpy.float32(0.999**48), np.array(0.9)),
        },
        "wrong": {
            "what has come in": (
                lambda: (0.0469, 0.9),
                "1 of 2 are right; left: another number",
            ),
            "one step": (lambda: (0.999, 0.9), "1 of 2 are right; left: another number"),
            "one epoch": (lambda: (0.999**16, 0.9), "1 of 2 are right; left: another number"),
            "linear": (lambda: (0.952, 0.9), "1 of 2 are right; left: "),
            "two digits": (
                lambda: (0.95, 0.9),
                "1 of 2 are right; left: right to 2 digits, and 3 are wanted",
            ),
            "the momentum as it was": (
                lambda: (0.953, 0.999),
                "1 of 2 are right; momentum: another number: this one is too large",
            ),
            "a momentum of 0.99": (
                lambda: (0.953, 0.99),
                "1 of 2 are right; momentum: another number: this one is too large",
            ),
            "nothing comes in": (
                lambda: (0.953, 1),
                "1 of 2 are right; momentum: another number: this one is too large",
            ),
            "exchanged": (lambda: (0.9, 0.953), "1 of 2 are right; left: another number"),
            "half": (lambda: (0.953, None), "1 of 2 are right; momentum: no answer yet"),
        },
    },
    "clinic.9": {
        "right": {
            "as before": lambda: ([0.0, 1, 0.0, 1],),
            "rounded otherwise": lambda: ((0.0003, 1.0, -0.0003, 1.0),),
            "by the course's own": lambda: (examined("examine_move", by_the_course),),
            "layer by layer": lambda: (examined("examine_move", by_layers),),
        },
        "wrong": {
            "initialized once more": (
                lambda: ([-0.67, 1, -0.75, 1],),
                "gain by the move: another number: this one is too small (2 of 4 are right)",
            ),
            "one layer is elsewhere": (
                lambda: ([0.0, 2, 0.0, 2],),
                "devices of the net: another number: this one is too large (2 of 4 are right)",
            ),
            "moved back": (
                lambda: ([0.0, 0, 0.0, 0],),
                "devices of the net: another number: this one is too small (2 of 4 are right)",
            ),
            "in percent": (
                lambda: ([76.0, 1, 85.0, 1],),
                "gain by the move: another number: this one is too large",
            ),
            "the number of right answers": (
                lambda: ([767.2, 1, 857.1, 1],),
                "gain by the move: another number: this one is too large",
            ),
            "a copied number": (
                lambda: (examined("examine_move", a_copied_number),),
                "gain by the second move: another number: this one is too small (3 of 4",
            ),
            "always to the same device": (
                lambda: (examined("examine_move", always_there),),
                "devices of the second net: another number: this one is too small (3 of 4",
            ),
            "always the same images": (
                lambda: (examined("examine_move", test_images_alone),),
                "gain by the second move: another number: this one is too small (3 of 4",
            ),
        },
    },
    "clinic.10": {
        "right": {
            "as computed": lambda: (187, 0.75),
            "in percent": lambda: (187, 75),
            "another draw, NumPy scalars": lambda: (numpy.int64(187), numpy.float32(0.6667)),
            "a whole float, of MXNet": lambda: (187.0, np.array(0.8)),
        },
        "wrong": {
            "still with the known ones": (
                lambda: (187, 0.97),
                "1 of 2 are right; honest: another number: this one is too large",
            ),
            "the unknown": (lambda: (13, 0.75), "1 of 2 are right; known: another number"),
            "a share": (lambda: (0.935, 0.75), "1 of 2 are right; known: "),
            "all of them": (lambda: (200, 0.75), "1 of 2 are right; known: another number"),
            "one is missed": (
                lambda: (186, 0.75),
                "1 of 2 are right; known: off by one: too small",
            ),
            "guessing": (
                lambda: (187, 0.1),
                "1 of 2 are right; honest: another number: this one is too small",
            ),
            "exchanged": (lambda: (0.75, 187), "0 of 2 are right; known: a whole number"),
            "half": (lambda: (187, None), "1 of 2 are right; honest: no answer yet"),
        },
    },
}
