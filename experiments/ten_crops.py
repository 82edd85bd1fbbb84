"""Ten crops of small pictures: what do they cost, and is it that the net never saw such pictures?

python experiments/ten_crops.py --seeds 3

The net of exercise 09.3 learns from 2,000 images of Fashion-MNIST for four epochs, once from the
images as they are, once with a flip by a coin toss and a random crop of 26 x 26 pixels, resized to
28, in each batch. On the first 1,000 test images three accuracies are measured: of the plain
images, of the mean softmax of `ten_crops`, and of its five crops that are not flipped. Writes
results/ten-crops.csv, one row per seed and training, as soon as it is done. Started again, it makes
the runs that are missing; --seeds 5 adds those of seeds 3 and 4.
"""

import d2l_helpers as dh
from d2l_helpers.training.loop import train_steps
from recording import ROOT, options, record_missing

import mxnet as mx
from mxnet import gluon, init, np, npx

SIZE = (26, 26)
NUM_TESTED = 1000


def flip_and_crop(images, rng):
    """Show a net in training what it will see in the ten crops, one crop of each image."""
    return dh.random_crop(dh.random_flip(images, rng), rng, SIZE)


TRAININGS = {"as they are": None, "flips and crops": flip_and_crop}


def ten_crops(seeds=3, *, root=ROOT):
    runs = [{"images": name, "seed": seed} for seed in range(seeds) for name in TRAININGS]
    record_missing(measure, "ten-crops", runs, root)


def measure(images, seed, *, per_class=200, num_epochs=4, num_tested=NUM_TESTED):
    """Train once, and return the row of what was measured, in a list."""
    train_iter, _ = dh.load_data_fashion_mnist(
        64, 28, per_class=per_class, augment=TRAININGS[images], seed=seed
    )
    mx.random.seed(seed)
    net = dh.lenet_wide()
    net.initialize(init.Xavier())
    trainer = gluon.Trainer(net.collect_params(), "sgd", {"learning_rate": 0.05, "momentum": 0.9})
    for epoch in range(num_epochs):
        train_iter.set_epoch(epoch)
        for _ in train_steps(net, train_iter, trainer, npx.cpu()):
            pass
    tested, labels = (part[:num_tested] for part in dh.fashion_mnist_arrays(train=False))
    crops = dh.ten_crops(tested, SIZE).swapaxes(0, 1)
    views = {"plain acc": [tested], "acc of ten crops": crops, "acc without flips": crops[:5]}
    measured = {name: accuracy_of(net, view, labels) for name, view in views.items()}
    return [{"images": images, "seed": seed, **measured}]


def accuracy_of(net, views, labels):
    """Return the accuracy of the mean softmax over some views of each image."""
    total = sum(npx.softmax(net(np.array(dh.resize_images(view, 28)))) for view in views)
    return float((total.argmax(axis=1).asnumpy() == labels).mean())


if __name__ == "__main__":
    ten_crops(**options(__doc__, seeds=3))
