"""T3's class at work, on six kinds of clothes in place of its six signs.

python experiments/t3.py --seed 0
python experiments/t3.py --seed 0 --divide 10

T3 stops with an error before it trains. Here its net trains: repaired (see `alexnet_padded`), with
T3's first weights, which are Keras's, on batches of 8 from a folder per class, by the class's own
`compile`: Adam at 0.001 and cross-entropy. That is `fit`. After each epoch `test` answers all test
images, and at the end `predict` tells the details of a few answers: probability, number and name.
What differs from T3: 200 training and 100 test images of each of Fashion-MNIST's first six classes,
written as PNG files of 28 x 28 pixels to a temporary folder and enlarged to 227 x 227 in three
equal channels; six outputs, where T3 has 1,000; values from 0 to 1, where T3 keeps 0 to 255; six
epochs. T3's second `compile`, which replaces the class's by squared error, is left out.
--divide 10 trains at a tenth of T3's rate.
Writes results/t3-seed0.csv, or results/t3-divided10-seed0.csv, one row per finished epoch: loss and
accuracy in training (means over the epoch), and the accuracy on the test images. Prints the
details. Started again after an interruption, it resumes after the last finished epoch.
"""

import tempfile
from pathlib import Path

import d2l_helpers as dh
from recording import ROOT, options, unrecorded_epochs, without_times, write

import numpy
import pandas as pd
from mxnet import init, npx
from PIL import Image

CLASSES = range(6)
NUM_EPOCHS = 6


def t3(seed=0, divide=1, *, make_net=dh.alexnet_padded, resize=227, root=ROOT, **fewer):
    """Train at a part of T3's rate and record; see `write_folder` for what can be fewer."""
    with tempfile.TemporaryDirectory() as folder:
        write_folder(Path(folder), **fewer)
        train_iter, test_iter, class_names = dh.load_image_folder(folder, 8, resize, seed=seed)
    net = make_net(len(class_names))
    name = f"t3-divided{divide}-seed{seed}" if divide > 1 else f"t3-seed{seed}"

    def fit(num_epochs, checkpoint):
        return dh.train_ch6(
            net,
            train_iter,
            test_iter,
            num_epochs,
            0.001 / divide,
            npx.cpu(),
            optimizer="adam",
            initializer=init.Xavier(),
            hybridize=True,
            seed=seed,
            checkpoint=checkpoint,
        )

    for history in unrecorded_epochs(fit, name, NUM_EPOCHS, root):
        write(without_times(history), f"{name}.csv", root, resumed=len(history) > 1)
        if len(history) == NUM_EPOCHS:
            print(details(net, test_iter, class_names).to_string(index=False))


def write_folder(folder, train_per_class=200, test_per_class=100):
    """Write train/ and test/, with the first images of each class in a folder of its own."""
    for part, per_class in (("train", train_per_class), ("test", test_per_class)):
        images, labels = dh.fashion_mnist_arrays(part == "train")
        for c in CLASSES:
            class_folder = folder / part / f"{c} {dh.CLASS_NAMES[c]}"
            class_folder.mkdir(parents=True)
            for i in numpy.flatnonzero(labels == c)[:per_class]:
                Image.fromarray(images[i]).save(class_folder / f"{i:05}.png")


def details(net, test_iter, class_names):
    """Return what `predict_details` says of one image per class, beside the true class."""
    first = [list(test_iter.labels).index(c) for c in CLASSES]
    few = dh.BatchLoader(
        test_iter.images[first], test_iter.labels[first], len(first), resize=test_iter.resize
    )
    ((X, y),) = few
    probabilities, indices, names = dh.predict_details(net, X, class_names)
    return pd.DataFrame(
        {
            "true class": [class_names[label] for label in y.asnumpy()],
            "probability": probabilities[:, 0],
            "number": indices[:, 0],
            "name": [name for (name,) in names],
        }
    )


if __name__ == "__main__":
    t3(**options(__doc__, seed=0, divide=1))
