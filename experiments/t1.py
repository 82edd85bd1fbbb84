"""The training of T1 and T2, repeated with nothing changed but the type of the numbers.

It is computed in bfloat16 where that is faster: with AMX an epoch takes 6 to 7 minutes; in
float32 it takes 20 to 50.

python experiments/t1.py

T1 prints the last of its 10 epochs, T2 stopped after 5.
Writes results/t1-seed0.csv, one row per finished epoch, with the test accuracy as T2 averages it in
the last column. Started again after an interruption, it resumes after the last finished epoch.
"""

import d2l_helpers as dh
from recording import ROOT, options, recorded, unrecorded_epochs, without_times, write

from mxnet import init, npx

MEAN_OF_MEANS = "mean of batch means"


def t1(
    seed=0,
    *,
    make_net=dh.alexnet,
    resize=224,
    num_epochs=10,
    per_class=None,
    dtype="auto",
    root=ROOT,
):
    train_iter, test_iter = dh.load_data_fashion_mnist(
        128, resize=resize, per_class=per_class, test_per_class=per_class, seed=seed
    )
    net, name = make_net(), f"t1-seed{seed}"

    def train(num_epochs, checkpoint):
        return dh.train_ch6(
            net,
            train_iter,
            test_iter,
            num_epochs,
            0.01,
            npx.cpu(),
            optimizer="sgd",
            initializer=init.Xavier(),
            hybridize=True,
            dtype=dtype,
            seed=seed,
            checkpoint=checkpoint,
        )

    for history in unrecorded_epochs(train, name, num_epochs, root):
        earlier = recorded(f"{name}.csv", root)[MEAN_OF_MEANS] if len(history) > 1 else []
        mean = mean_of_batch_means(net, test_iter, history[-1]["test acc"])
        table = without_times(history).assign(**{MEAN_OF_MEANS: [*earlier, mean]})
        write(table, f"{name}.csv", root, resumed=len(history) > 1)


def mean_of_batch_means(net, test_iter, test_acc):
    """Return what T2 would print for a test accuracy: its last, smaller batch counts like others.

    Only that batch has to be asked again.
    """
    num, size = test_iter.num_examples, test_iter.batch_size
    rest = num % size or size
    last = dh.BatchLoader(
        test_iter.images[-rest:], test_iter.labels[-rest:], rest, resize=test_iter.resize
    )
    last_acc = dh.evaluate_accuracy_gpu(net, last)
    return ((test_acc * num - last_acc * rest) / size + last_acc) / len(test_iter)


if __name__ == "__main__":
    t1(**options(__doc__, seed=0))
