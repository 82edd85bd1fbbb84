import contextlib
import dataclasses
import json
import math
import re
import signal
from types import SimpleNamespace

import d2l_helpers as dh
from d2l_helpers.evaluation.accuracy import accuracy
from d2l_helpers.notebook.progress_bar import ProgressBars
from d2l_helpers.training import loop
from d2l_helpers.training.config import Config
from d2l_helpers.training.diagnosis import divergence, warn_if_at_chance
from d2l_helpers.training.loop import train_step, train_steps
from d2l_helpers.training.run import Run, dropout_seed
from d2l_helpers.training.schedules import plateau_factor
from d2l_helpers.utils.validation import check_batch
from mxnet_today import memory

import mxnet as mx
import numpy
import pytest
from mxnet import autograd, gluon, init, np
from small import Interrupted, bar_images, parameters, same_parameters, small_net

COLUMNS = ["epoch", "train loss", "train acc", "test acc", "seconds", "images/s"]
STUCK = "The net has not started to learn"


def assert_close(net, other, atol=1e-6):
    for a, b in zip(parameters(net), parameters(other)):
        numpy.testing.assert_allclose(a, b, atol=atol)


def batch(images, labels):
    return np.array(images, dtype="float32"), np.array(labels, dtype="int32")


# The parts


def test_an_error_leaves_no_progress_bar_open(device, monkeypatch):
    closed = []
    monkeypatch.setattr(ProgressBars, "close", lambda bars: closed.append(bars))
    X, y = bar_images(1)
    batch = np.array(X[:, None] / 255, dtype="float32"), np.array(y)
    with pytest.raises(TypeError, match="a pair"):
        dh.train_ch6(small_net(), [batch, batch[:1]], [batch], 1, 0.1, device)
    assert len(closed) == 1


def test_the_curves_have_about_ten_points_in_an_epoch_and_one_at_its_end(device):
    X, y = bar_images(23)
    train_iter = dh.BatchLoader(X, y, batch_size=len(X) // 23)
    with Run(small_net(), train_iter, train_iter, Config(1, 0.01), device, None, None) as run:
        for X, y in run.batches(0):
            run.end_step(*train_step(run.train_net, X, y, run.trainer, device))
        train_loss, train_acc, test_acc = run.curves.X
    steps = [*range(2, 23, 2), 23]
    assert train_loss == train_acc == [step / 23 for step in steps]
    assert test_acc == []


def test_one_cycle_rises_to_the_peak_and_falls_to_nothing():
    assert dh.one_cycle(0) == pytest.approx(0.04)
    assert dh.one_cycle(0.15) == pytest.approx(0.52)  # half-way up, (0.04 + 1) / 2
    assert dh.one_cycle(0.3) == 1
    assert dh.one_cycle(0.65) == pytest.approx(0.5)  # half-way down
    assert dh.one_cycle(1) == pytest.approx(0)


def test_one_cycle_never_jumps_nor_turns_elsewhere():
    values = numpy.array([dh.one_cycle(p) for p in numpy.linspace(0, 1, 1001)])
    assert abs(numpy.diff(values)).max() < 0.01
    assert (numpy.diff(values[:301]) > 0).all()
    assert (numpy.diff(values[300:]) < 0).all()


def test_accuracy_counts_right_answers():
    y_hat = np.array([[0.1, 0.9], [0.8, 0.2], [0.3, 0.7]])
    assert accuracy(y_hat, np.array([1, 1, 1], dtype="int32")) == 2


def test_a_training_step_is_sgd_on_the_mean_cross_entropy(device):
    net = gluon.nn.Dense(3)
    net.initialize(init.Normal(1))
    X, y = batch([[1, 2], [3, -1], [0, 1], [2, 2]], [0, 2, 1, 1])
    net(X)
    W, b = parameters(net)
    scores = X.asnumpy() @ W.T + b
    p = numpy.exp(scores) / numpy.exp(scores).sum(axis=1, keepdims=True)
    error = p - numpy.eye(3)[y.asnumpy()]

    trainer = gluon.Trainer(net.collect_params(), "sgd", {"learning_rate": 0.5})
    loss_sum, num_right, num = train_step(net, X, y, trainer, device)

    assert loss_sum == pytest.approx(-numpy.log(p[range(4), y.asnumpy()]).sum(), rel=1e-5)
    assert num_right == (scores.argmax(axis=1) == y.asnumpy()).sum()
    assert num == 4
    new_W, new_b = parameters(net)
    numpy.testing.assert_allclose(new_W, W - 0.5 / 4 * error.T @ X.asnumpy(), atol=1e-5)
    numpy.testing.assert_allclose(new_b, b - 0.5 / 4 * error.sum(axis=0), atol=1e-5)


def test_the_steps_of_an_epoch_are_training_steps_at_the_learning_rates_given(train_iter, device):
    batches, nets = list(train_iter)[:4], [small_net(), small_net()]
    shares, answers = [], []

    def lr(share_done):
        shares.append(share_done)
        return 0.1 * (1 - share_done)

    for net in nets:
        mx.random.seed(1)
        net.initialize(init.Xavier())
        trainer = gluon.Trainer(net.collect_params(), "sgd", {"learning_rate": 9})
        if net is nets[0]:
            answers.append(list(train_steps(net, batches, trainer, device, lr)))
        else:
            answers.append([])
            for (X, y), rate in zip(batches, (0.1, 0.075, 0.05, 0.025)):
                trainer.set_learning_rate(rate)
                answers[-1].append(train_step(net, X, y, trainer, device))
    assert shares == [0, 0.25, 0.5, 0.75]
    assert [num for _, _, num in answers[0]] == [32] * 4
    numpy.testing.assert_allclose(answers[0], answers[1])
    assert_close(*nets)


def test_the_steps_of_an_epoch_leave_the_learning_rate_as_it_is(net, test_iter, device):
    net.initialize()
    trainer = gluon.Trainer(net.collect_params(), "sgd", {"learning_rate": 0.25})
    assert len(list(train_steps(net, test_iter, trainer, device))) == 2
    assert trainer.learning_rate == 0.25


def test_memory_is_kept_from_the_second_step_to_the_last_one(net, test_iter, device, monkeypatch):
    happened = []

    @contextlib.contextmanager
    def kept():
        happened.append("kept")
        yield
        happened.append("given back")

    monkeypatch.setattr(memory, "kept", kept)
    net.initialize()
    trainer = gluon.Trainer(net.collect_params(), "sgd", {"learning_rate": 0.25})
    for _ in train_steps(net, list(test_iter)[:1] * 3, trainer, device):
        happened.append("step")
    assert happened == ["step", "kept", "step", "step", "given back"]


def test_evaluation_counts_every_example_the_same():
    net = gluon.nn.Dense(2, use_bias=False)
    net.initialize(init.One())
    net.weight.set_data(np.array([[1, 0], [0, 1]]))  # the larger of two values wins
    right = batch([[1, 0]] * 8, [0] * 8)
    wrong = batch([[1, 0]] * 2, [1] * 2)
    # A mean over the two batches would say 0.5.
    assert dh.evaluate_accuracy_gpu(net, [right, wrong]) == 0.8


@pytest.mark.parametrize("asked, used", [(None, mx.cpu(0)), (mx.cpu(1), mx.cpu(1))])
def test_evaluation_computes_where_it_is_told_or_else_where_the_net_is(net, test_iter, asked, used):
    devices = []
    net.initialize(ctx=[mx.cpu(0), mx.cpu(1)])
    net.register_forward_hook(lambda _, inputs, scores: devices.append(scores.ctx))
    dh.evaluate_accuracy_gpu(net, test_iter, asked)
    assert devices == [used] * len(test_iter)


def test_evaluation_without_batches_is_refused(net):
    net.initialize()
    with pytest.raises(ValueError, match="no examples to evaluate"):
        dh.evaluate_accuracy_gpu(net, [])


@pytest.mark.parametrize("label", [10, 255, -1])
def test_labels_out_of_range_are_refused_in_evaluation(net, test_iter, label):
    net.initialize()
    X, y = next(iter(test_iter))
    y[3] = label
    with pytest.raises(ValueError, match=r"labels go from .* 10 outputs, for labels 0 to 9"):
        dh.evaluate_accuracy_gpu(net, [(X, y)])


@pytest.mark.parametrize("label", [10, -1])
def test_labels_out_of_range_do_not_train(net, test_iter, device, label):
    net.initialize()
    X, y = next(iter(test_iter))
    net(X)
    y[3] = label
    before = parameters(net)
    trainer = gluon.Trainer(net.collect_params(), "sgd", {"learning_rate": 0.1})
    with pytest.raises(ValueError, match="labels go from"):
        train_step(net, X, y, trainer, device)
    assert all(map(numpy.array_equal, before, parameters(net)))


@pytest.mark.parametrize("shape", [(3,), (4, 1), (4, 10)])
def test_labels_of_another_shape_are_refused(shape):
    X, y_hat = np.zeros((4, 1, 2, 2)), np.zeros((4, 10))
    with pytest.raises(ValueError, match=re.escape(f"labels of shape {shape} do not go with")):
        check_batch(X, np.zeros(shape, dtype="int32"), y_hat)


def test_the_quick_recipe_gives_arguments_that_train_ch6_takes(net, train_iter, test_iter, device):
    recipe = dh.quick_recipe()
    assert recipe["schedule"] is dh.one_cycle
    assert recipe["optimizer_params"] == {"momentum": 0.9, "wd": 5e-4}
    history = dh.train_ch6(net, train_iter, test_iter, 2, 0.02, device, **recipe)
    assert history[-1]["test acc"] > 0.9


# train_ch6


def test_training_learns_and_tells_its_history(net, train_iter, test_iter, device):
    history = dh.train_ch6(net, train_iter, test_iter, 3, 0.1, device)
    table = history.to_frame()
    assert list(table.columns) == COLUMNS
    assert table["epoch"].tolist() == [1, 2, 3]
    assert table["train loss"].is_monotonic_decreasing
    assert table["test acc"].iloc[-1] > 0.9
    assert table["test acc"].iloc[-1] == dh.evaluate_accuracy_gpu(net, test_iter)
    numpy.testing.assert_allclose(table["images/s"] * table["seconds"], 400)


def test_the_two_closing_lines_have_d2ls_form(net, train_iter, test_iter, device, capsys):
    history = dh.train_ch6(net, train_iter, test_iter, 1, 0.1, device)
    output = capsys.readouterr().out
    lines = r"loss (\d+\.\d{3}), train acc (\d\.\d{3}), test acc (\d\.\d{3})\n"
    lines += r"(\d+\.\d) examples/sec on cpu\(0\)\n"
    values = re.fullmatch(lines, output).groups()
    names = ["train loss", "train acc", "test acc"]
    assert list(values[:3]) == [f"{history[-1][name]:.3f}" for name in names]
    assert float(values[3]) == pytest.approx(history[0]["images/s"], abs=0.1)


def test_the_first_epoch_is_that_of_a_loop_written_by_hand(train_iter, test_iter, device):
    net, by_hand = small_net(), small_net()
    history = dh.train_ch6(net, train_iter, test_iter, 1, 0.1, device, seed=5)

    mx.random.seed(5)
    by_hand.initialize(init.Xavier(), ctx=device)
    trainer = gluon.Trainer(by_hand.collect_params(), "sgd", {"learning_rate": 0.1})
    train_iter.set_epoch(0)
    steps = [train_step(by_hand, X, y, trainer, device) for X, y in train_iter]

    assert_close(net, by_hand)
    loss_sum, num_right, num = map(sum, zip(*steps))
    assert history[0]["train loss"] == pytest.approx(loss_sum / num)
    assert history[0]["train acc"] == pytest.approx(num_right / num)


def test_one_batch_as_a_plain_list_is_enough(net, test_iter, device):
    one_batch = [next(iter(test_iter))]
    history = dh.train_ch6(net, one_batch, one_batch, 1, 0.1, device)
    assert len(history) == 1


def test_the_seconds_of_an_epoch_are_those_of_its_steps(net, test_iter, device, monkeypatch):
    clock = SimpleNamespace(now=0.0)
    monkeypatch.setattr("d2l.mxnet.time", SimpleNamespace(time=lambda: clock.now))

    def slowly_loaded(batches):
        for batch in batches:
            clock.now += 3600
            yield batch

    class Loader(list):
        def __iter__(self):
            return slowly_loaded(super().__iter__())

    def takes_two_seconds(block, inputs):
        clock.now += 2 if autograd.is_training() else 100  # evaluation does not count

    net.register_forward_pre_hook(takes_two_seconds)
    slow = Loader([next(iter(test_iter))] * 3)
    history = dh.train_ch6(net, slow, test_iter, 1, 0.1, device)
    assert history[0]["seconds"] == 6


def test_a_list_of_batches_trains_like_an_iterator(train_iter, test_iter, device):
    batches = list(train_iter)  # of epoch 0
    net, from_list = small_net(), small_net()
    dh.train_ch6(net, train_iter, test_iter, 1, 0.1, device, seed=1)
    dh.train_ch6(from_list, batches, list(test_iter), 1, 0.1, device, seed=1)
    assert same_parameters(net, from_list)


@pytest.mark.parametrize("num_batches", [2, 3, 4, 6])
def test_few_batches_do_not_divide_by_zero_as_in_d2l(net, num_batches, device):
    loader = dh.BatchLoader(*bar_images(num_batches), batch_size=10)
    assert len(loader) == num_batches
    dh.train_ch6(net, loader, loader, 1, 0.1, device)


@pytest.mark.parametrize("missing", ["training batches", "test batches", "epochs"])
def test_nothing_to_train_is_refused_before_anything_is_touched(
    net, test_iter, device, missing, tmp_path, capsys
):
    net.initialize()
    net(next(iter(test_iter))[0])
    before = parameters(net)
    train, test, epochs = test_iter, test_iter, 1
    if missing == "training batches":
        train = []
    elif missing == "test batches":
        test = []
    else:
        epochs = 0
    with pytest.raises(ValueError, match=f"nothing to train: .*0 {missing}"):
        dh.train_ch6(net, train, test, epochs, 0.1, device, checkpoint=tmp_path / "net.ckpt")
    assert all(map(numpy.array_equal, before, parameters(net)))
    assert capsys.readouterr().out == ""
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("label", [10, -1])
def test_labels_out_of_range_are_refused_in_training(net, test_iter, device, label):
    X, y = next(iter(test_iter))
    y[0] = label
    with pytest.raises(ValueError, match=r"labels go from .* 10 outputs, for labels 0 to 9"):
        dh.train_ch6(net, [(X, y)], test_iter, 1, 0.1, device)


def test_a_loss_that_is_not_finite_stops_the_training_with_advice(train_iter, test_iter, device):
    message = r"the loss became (nan|inf|\d\S+) at a learning rate of 1e\+10.*one_cycle"
    with pytest.raises(dh.TrainingDiverged, match=message):
        dh.train_ch6(small_net(), train_iter, test_iter, 3, 1e10, device, seed=0)


def test_a_divergence_that_only_the_evaluation_shows_is_one_too(test_iter, device):
    one_step = [next(iter(test_iter))]
    message = r"learning rate of 1e\+38: .*are NaN or infinite"
    with pytest.raises(dh.TrainingDiverged, match=message):
        dh.train_ch6(small_net(), one_step, test_iter, 1, 1e38, device, seed=0)


def test_a_net_at_chance_is_said_with_what_to_try(train_iter, test_iter, device, capsys):
    dh.train_ch6(small_net("sigmoid"), train_iter, test_iter, 1, 0.001, device, seed=0)
    output = capsys.readouterr().out
    assert STUCK in output
    assert re.search(r"mean loss is ~2\.5\d\d, and guessing has ln\(10\) = 2\.303", output)
    assert re.search(r"ReLU.*He's initialization.*learning rate", output, re.DOTALL)


def test_a_net_at_chance_is_said_once(train_iter, test_iter, device, capsys):
    dh.train_ch6(small_net("sigmoid"), train_iter, test_iter, 3, 0.0, device, seed=0)
    assert capsys.readouterr().out.count(STUCK) == 1


def test_a_net_that_learns_is_not_said_to_be_at_chance(net, train_iter, test_iter, device, capsys):
    dh.train_ch6(net, train_iter, test_iter, 1, 0.1, device, seed=0)
    assert STUCK not in capsys.readouterr().out


@pytest.mark.parametrize("loss, test_acc", [(2.303, 0.1), (2.562, 0.09), (3.49, 0.1), (7.25, 0.12)])
def test_what_is_said_of_a_net_at_chance_is_true_of_its_loss(loss, test_acc, capsys):
    images = np.ones((2, 1, 4, 4))
    warn_if_at_chance(10, {"train loss": loss, "test acc": test_acc}, images)
    output = capsys.readouterr().out
    assert f"its mean loss is ~{loss:.3f}, and guessing has ln(10) = 2.303" in output
    assert f"its test accuracy is ~{test_acc:.3f}, and guessing has 0.100" in output
    assert ("a tenth of the learning rate" in output) == (loss > 4.7)
    assert ("a single batch by heart" in output) == (loss < 4.6)
    assert "255" not in output


@pytest.mark.parametrize("row", [(2.25, 0.1), (2.3, 0.16), (0.5, 0.05), (9.0, 0.9)])
def test_a_net_that_does_better_than_guessing_is_not_warned_of(row, capsys):
    warn_if_at_chance(10, dict(zip(("train loss", "test acc"), row)), np.ones((2, 1, 4, 4)))
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize("loss", [2.303, 8.0])
@pytest.mark.parametrize("largest", [31, 32, 255])
def test_images_that_are_not_scaled_are_named(loss, largest, capsys):
    images = largest * np.ones((2, 1, 4, 4))
    warn_if_at_chance(10, {"train loss": loss, "test acc": 0.1}, images)
    said = f"values up to {largest}: divide them by 255"
    assert (said in capsys.readouterr().out) == (largest > 31)
    assert (said in divergence(1e5, 0.1, -images)) == (largest > 31)


def test_training_starts_afresh_as_in_d2l(train_iter, test_iter, device):
    new, used = small_net(), small_net()
    used.initialize(init.Normal(5))
    dh.train_ch6(used, train_iter, test_iter, 1, 0.1, device, seed=9)
    dh.train_ch6(new, train_iter, test_iter, 1, 0.1, device, seed=9)
    assert same_parameters(used, new)


def test_a_net_that_is_trained_again_starts_with_the_same_weights(net, test_iter, device):
    first = small_net()
    for trained in (first, net, net):  # of the last one the shapes are known
        dh.train_ch6(trained, test_iter, test_iter, 1, 0.1, device, seed=9)
    assert same_parameters(first, net)


def test_the_weights_are_initialized_with_xavier_and_the_biases_with_zero(test_iter, device):
    net = small_net()
    dh.train_ch6(net, test_iter, test_iter, 1, 0.0, device, seed=3)
    for values in parameters(net):
        if values.ndim == 1:
            assert not values.any()
        else:  # uniform, with a bound of sqrt(3 / ((inputs + outputs) / 2))
            positions = math.prod(values.shape[2:])
            bound = math.sqrt(6 / ((values.shape[0] + values.shape[1]) * positions))
            assert 0.9 * bound < abs(values).max() <= bound


def test_another_initializer_is_used(net, test_iter, device):
    dh.train_ch6(net, test_iter, test_iter, 1, 0.0, device, initializer=init.Constant(0.25))
    assert all((values == 0.25).all() for values in parameters(net) if values.ndim > 1)


def test_the_same_seed_gives_the_same_weights_with_dropout_too(train_iter, test_iter, device):
    nets = [small_net(dropout=0.5) for _ in range(3)]
    for net, seed in zip(nets, (4, 4, 5)):
        dh.train_ch6(net, train_iter, test_iter, 2, 0.1, device, seed=seed)
    assert same_parameters(nets[0], nets[1])
    assert not same_parameters(nets[0], nets[2])


def dropout_masks(seed, num_epochs, train_iter, device):
    """Return which units a training run dropped, for each step one array."""
    net, masks = small_net(dropout=0.5), []

    def note(_, inputs, output):
        if autograd.is_training():
            masks.append((output.asnumpy() == 0) & (inputs[0].asnumpy() != 0))

    net[2].register_forward_hook(note)
    dh.train_ch6(net, train_iter, train_iter, num_epochs, 0.0, device, seed=seed)
    return masks


def test_two_seeds_have_no_dropout_in_common(test_iter, device):
    masks = [dropout_masks(seed, 3, list(test_iter), device) for seed in (0, 1, 2)]
    assert all(mask.any() for each in masks for mask in each)
    different = {mask.tobytes() for each in masks for mask in each}
    assert len(different) == 3 * 3 * len(test_iter)


def test_no_seed_of_dropout_comes_twice_nor_is_one_that_weights_are_drawn_with():
    asked = [(s, e, rank) for s in range(20) for e in range(20) for rank in range(4)]
    seeds = {dropout_seed(*place) for place in asked}
    assert len(seeds) == len(asked)
    assert not seeds & set(range(20))
    assert all(0 <= seed < 2**31 for seed in seeds)
    assert dropout_seed(3, 1, 0) == dropout_seed(3, 1, 0)


def test_dropout_does_not_change_the_first_weights(test_iter, device):
    nets = [small_net(dropout=dropout) for dropout in (0, 0.5)]
    for net in nets:
        dh.train_ch6(net, test_iter, test_iter, 1, 0.0, device, seed=4)
    assert same_parameters(*nets)


def test_without_a_seed_mxnets_random_numbers_decide(test_iter, device):
    nets = [small_net(dropout=0.5) for _ in range(3)]
    for net, seed in zip(nets, (4, 4, 5)):
        mx.random.seed(seed)
        dh.train_ch6(net, test_iter, test_iter, 1, 0.1, device)
    assert same_parameters(nets[0], nets[1])
    assert not same_parameters(nets[0], nets[2])


def test_a_hybridized_net_learns_the_same(train_iter, test_iter, device):
    plain, hybridized = small_net(), small_net()
    dh.train_ch6(plain, train_iter, test_iter, 2, 0.1, device, seed=1)
    dh.train_ch6(hybridized, train_iter, test_iter, 2, 0.1, device, seed=1, hybridize=True)
    assert_close(plain, hybridized, atol=1e-4)


def test_a_schedule_is_asked_for_each_step(net, train_iter, test_iter, device):
    asked = []

    def schedule(progress):
        asked.append(progress)
        return 0.0

    dh.train_ch6(net, train_iter, test_iter, 2, 0.1, device, schedule=schedule)
    numpy.testing.assert_allclose(asked, numpy.arange(26) / 26)


def test_a_schedule_scales_the_learning_rate(train_iter, test_iter, device):
    halved, half = small_net(), small_net()
    dh.train_ch6(
        halved, train_iter, test_iter, 1, 0.2, device, seed=1, schedule=lambda progress: 0.5
    )
    dh.train_ch6(half, train_iter, test_iter, 1, 0.1, device, seed=1)
    assert_close(halved, half)


def test_the_optimizer_and_its_parameters_are_used(train_iter, test_iter, device):
    nets = {name: small_net() for name in ("plain", "momentum", "adam")}
    options = {
        "plain": {},
        "momentum": {"optimizer_params": {"momentum": 0.9}},
        "adam": {"optimizer": "adam"},
    }
    for name, net in nets.items():
        dh.train_ch6(net, train_iter, test_iter, 1, 0.01, device, seed=1, **options[name])
    assert not same_parameters(nets["plain"], nets["momentum"])
    assert not same_parameters(nets["plain"], nets["adam"])


def test_ctrl_c_returns_the_epochs_that_were_finished(net, train_iter, test_iter, device, capsys):
    history = dh.train_ch6(net, Interrupted(train_iter, epoch=2), test_iter, 5, 0.1, device)
    assert history.interrupted
    assert history.to_frame()["epoch"].tolist() == [1, 2, 3]
    assert history.to_frame()["unfinished"].tolist() == ["", "", "2 of 13 steps"]
    assert history.test_accuracies == [row["test acc"] for row in history.rows[:2]]
    output = capsys.readouterr().out
    assert "interrupted in epoch 3; 2 epochs are finished" in output
    assert "loss " in output


def test_ctrl_c_in_the_first_epoch_keeps_the_steps_that_were_done(
    net, train_iter, test_iter, device, capsys
):
    train_iter = Interrupted(train_iter, epoch=0)
    history = dh.train_ch6(net, train_iter, test_iter, 5, 0.1, device, seed=5)
    assert history.interrupted

    by_hand = small_net()
    mx.random.seed(5)
    by_hand.initialize(init.Xavier(), ctx=device)
    trainer = gluon.Trainer(by_hand.collect_params(), "sgd", {"learning_rate": 0.1})
    train_iter.loader.set_epoch(0)
    batches = list(train_iter.loader)[:2]
    loss_sum, num_right, num = map(sum, zip(*train_steps(by_hand, batches, trainer, device)))
    assert same_parameters(net, by_hand)
    last = history[-1]
    assert (last["train loss"], last["train acc"]) == (loss_sum / num, num_right / num)
    assert last["test acc"] == dh.evaluate_accuracy_gpu(net, test_iter)
    assert (last["epoch"], last["unfinished"]) == (1, "2 of 13 steps")
    output = capsys.readouterr().out
    assert output.startswith("interrupted in epoch 1; 0 epochs are finished\n2 of the epoch's 13")


def test_ctrl_c_before_the_first_step_ends_the_call(net, train_iter, test_iter, device):
    with pytest.raises(KeyboardInterrupt):
        dh.train_ch6(net, Interrupted(train_iter, 0, after=0), test_iter, 5, 0.1, device)


def test_ctrl_c_in_the_initialization_leaves_a_net_with_all_weights(
    net, train_iter, test_iter, device
):
    class Pressed(init.Xavier):
        def _init_weight(self, name, array):
            signal.raise_signal(signal.SIGINT)
            super()._init_weight(name, array)

    with pytest.raises(KeyboardInterrupt):
        dh.train_ch6(net, train_iter, test_iter, 5, 0.1, device, initializer=Pressed())
    assert 0 <= dh.evaluate_accuracy_gpu(net, test_iter) <= 1


def test_ctrl_c_in_the_evaluation_of_what_was_cut_off_still_returns(
    net, train_iter, test_iter, device
):
    def stopped():
        raise KeyboardInterrupt
        yield

    class StopsInEvaluation(list):
        trained = False

        def __iter__(self):  # before the first step it is only looked at
            return stopped() if self.trained else super().__iter__()

    def note(*_):
        test.trained = test.trained or autograd.is_training()

    test = StopsInEvaluation(test_iter)
    net.register_forward_hook(note)
    history = dh.train_ch6(net, train_iter, test, 5, 0.1, device)
    assert history[-1]["unfinished"] == "13 of 13 steps"
    assert math.isnan(history[-1]["test acc"])


def test_ctrl_c_waits_until_a_step_is_done_and_counted(
    net, train_iter, test_iter, device, monkeypatch
):
    step, updates = loop.train_step, []

    def pressed_in_the_third(*arguments):
        if len(updates) == 2:
            signal.raise_signal(signal.SIGINT)
        updates.append(step(*arguments))
        return updates[-1]

    monkeypatch.setattr(loop, "train_step", pressed_in_the_third)
    handler = signal.getsignal(signal.SIGINT)
    history = dh.train_ch6(net, train_iter, test_iter, 5, 0.1, device)
    assert (history[-1]["unfinished"], len(updates)) == ("3 of 13 steps", 3)
    assert history[-1]["train loss"] == sum(l for l, _, _ in updates) / 96
    assert signal.getsignal(signal.SIGINT) is handler


@pytest.mark.parametrize(
    "accuracies, patience, factor",
    [
        ([], 1, 1),
        ([0.1, 0.2, 0.3], 1, 1),
        ([0.3, 0.2], 1, 0.1),
        ([0.3, 0.3], 1, 0.1),  # the same is not better
        ([0.3, 0.2, 0.2], 3, 1),
        ([0.3, 0.2, 0.2, 0.2], 3, 0.1),
        ([0.3, 0.2, 0.2, 0.4, 0.3, 0.3], 3, 1),
        ([0.3, 0.2, 0.2, 0.2, 0.2, 0.2], 2, 0.01),
        ([0.3, 0.2, 0.2, 0.2], None, 1),
    ],
)
def test_the_learning_rate_falls_when_the_accuracy_stops_rising(accuracies, patience, factor):
    assert plateau_factor(accuracies, patience) == pytest.approx(factor)


def test_training_divides_the_learning_rate_after_a_plateau(
    net, train_iter, test_iter, device, monkeypatch
):
    rates = []
    step = loop.train_step

    def watch(net, X, y, trainer, device):
        rates.append(trainer.learning_rate)
        return step(net, X, y, trainer, device)

    monkeypatch.setattr(loop, "train_step", watch)
    monkeypatch.setattr(loop, "evaluate_accuracy_gpu", lambda *_: 0.5)
    dh.train_ch6(net, train_iter, test_iter, 3, 0.1, device, patience=1)
    assert rates == pytest.approx([0.1] * 26 + [0.01] * 13)


@pytest.mark.parametrize(
    "wrong, message",
    [
        ({"num_epochs": 2.5}, "num_epochs.*whole number"),
        ({"num_epochs": "3"}, "num_epochs"),
        ({"num_epochs": None}, "num_epochs"),
        ({"lr": "0.1"}, "lr.*number"),
        ({"lr": math.nan}, "lr.*finite"),
        ({"lr": -0.1}, "lr.*negative"),
        ({"lr": [0.1]}, "lr"),
        ({"patience": 0}, "patience must be at least 1"),
        ({"patience": 1.5}, "patience.*whole"),
        ({"seed": -1}, "seed must be at least 0"),
        ({"seed": 2**31}, "seed"),
        ({"seed": "one"}, "seed"),
        ({"dtype": "float16"}, "dtype must be"),
        ({"lr": 10**400}, "lr must be a finite number"),
        ({"optimizer": "adm"}, "no optimizer 'adm'. Did you mean adam"),
        ({"optimizer": None}, "optimizer must be a name"),
        ({"optimizer": mx.optimizer.SGD()}, "optimizer must be a name"),
        ({"optimizer": "lars"}, "crashes"),
        ({"optimizer": "AdaMax"}, "'AdaMax' of MXNet 1.9.1 divides by 0.*such as 'adam'"),
        ({"optimizer": "groupadagrad"}, "takes no biases"),
        ({"optimizer": "sgld", "lr": 0}, "cannot make a step: Check failed: param.scale > 0"),
        ({"optimizer_params": "wd"}, "must be a dict, not a str"),
        ({"optimizer_params": {"momentun": 0.9}}, "does not take .*momentun"),
        (
            {"optimizer_params": {"momentum": math.nan}},
            "momentum in optimizer_params must be a finite",
        ),
        ({"optimizer_params": {"momentum": "0.9"}}, "'0.9'} cannot make a step: '>' not supported"),
        ({"optimizer_params": {"wd": [1]}}, "cannot make a step: Invalid Parameter"),
        ({"optimizer_params": {"learning_rate": 5}}, "give lr in place of learning_rate"),
        ({"optimizer_params": {"lr_scheduler": None}}, "give schedule in place of lr_scheduler"),
        ({"initializer": init.Xavier}, r"write Xavier\(\)"),
        ({"initializer": "xavir"}, "there is no initializer 'xavir'"),
        ({"initializer": "["}, r"there is no initializer '\['"),
        ({"initializer": 0.1}, "initializer must be one of mxnet.init"),
        ({"schedule": "one_cycle"}, "schedule must be a function"),
        ({"schedule": mx.lr_scheduler.FactorScheduler(1)}, "not a scheduler of MXNet"),
    ],
)
def test_an_argument_that_no_run_can_have_is_refused_by_name(wrong, message):
    with pytest.raises((TypeError, ValueError), match=message):
        Config(**{"num_epochs": 3, "lr": 0.1, **wrong})


def test_numbers_of_other_kinds_are_taken():
    config = Config(num_epochs=10.0, lr=numpy.float32(0.5), seed=numpy.int64(3), patience=2.0)
    values = (config.num_epochs, config.lr, config.seed, config.patience)
    assert values == (10, 0.5, 3, 2)
    assert list(map(type, values)) == [int, float, int, int]
    with pytest.raises(dataclasses.FrozenInstanceError):
        config.lr = 1.0


def test_the_learning_rate_is_that_of_schedule_and_plateau_together():
    config = Config(num_epochs=4, lr=0.8, schedule=lambda progress: 1 - progress, patience=1)
    assert config.learning_rate(1, 0.5, []) == pytest.approx(0.8 * (1 - 1.5 / 4))
    assert config.learning_rate(2, 0, [0.5, 0.5]) == pytest.approx(0.8 * 0.5 / 10)


def test_an_initializer_may_be_a_name():
    assert Config(num_epochs=1, lr=0.1, initializer="xavier").initializer == "xavier"


@pytest.mark.parametrize(
    "factor, message",
    [
        (None, r"schedule\(0.5\) must be a number, not None"),
        (math.nan, r"schedule\(0.5\) must be a finite number"),
        (-1, r"schedule\(0.5\) is -1: the loss would rise"),
        ("1", r"schedule\(0.5\) must be a number, without quotes"),
    ],
)
def test_a_schedule_that_gives_no_factor_is_named_with_its_place(factor, message):
    config = Config(num_epochs=2, lr=0.1, schedule=lambda progress: factor)
    with pytest.raises((TypeError, ValueError), match=message):
        config.learning_rate(1, 0, [])


def test_a_refused_argument_leaves_a_trained_net_as_it_was(net, test_iter, device, tmp_path):
    dh.train_ch6(net, test_iter, test_iter, 1, 0.1, device)
    before = parameters(net)
    X, y = next(iter(test_iter))
    wrong_labels = [(X, y + 9)]
    (tmp_path / "file").write_text("")
    for test, options in (
        (test_iter, {"optimizer": "adm"}),
        (test_iter, {"optimizer_params": {"momentun": 1}}),
        (test_iter, {"checkpoint": tmp_path / "file" / "x.ckpt"}),
        ([], {}),
    ):
        with pytest.raises((ValueError, OSError)):
            dh.train_ch6(net, test_iter, test, 1, 0.1, device, **options)
        assert all(map(numpy.array_equal, before, parameters(net)))
    with pytest.raises(ValueError, match="labels go from"):  # before anything is trained
        dh.train_ch6(net, test_iter, wrong_labels, 1, 0.1, device)


def test_a_frozen_net_is_refused(net, test_iter, device):
    net.collect_params().setattr("grad_req", "null")
    with pytest.raises(ValueError, match="all parameters of the net are frozen"):
        dh.train_ch6(net, test_iter, test_iter, 1, 0.1, device)


@pytest.fixture
def loaded(net, tmp_path):
    """Return a net with the weights of a file, as if somebody had trained them."""
    net.initialize()
    net(np.zeros((1, 1, 12, 12)))
    dh.save_safetensors(net, tmp_path / "net.safetensors")
    twin = small_net()
    dh.load_safetensors(twin, tmp_path / "net.safetensors")
    return twin


def test_loaded_weights_are_not_replaced_without_a_word(loaded, test_iter, device, capsys):
    tuned = dh.new_head(loaded, 10, frozen=False)
    for net in (loaded, tuned):
        dh.train_ch6(net, test_iter, test_iter, 1, 0, device)
    assert capsys.readouterr().out.count("This net was trained before.") == 2


def test_a_net_that_is_initialized_anew_no_longer_counts_as_trained(
    loaded, test_iter, device, capsys
):
    loaded.initialize(force_reinit=True)
    dh.train_ch6(loaded, test_iter, test_iter, 1, 0, device)
    assert "trained before" not in capsys.readouterr().out


def test_frozen_weights_are_not_replaced(loaded, test_iter, device):
    tuned = dh.new_head(loaded, 10)
    before = parameters(tuned)
    with pytest.raises(ValueError, match=r"conv\d+_weight is frozen.*train_ch6 initializes.*anew"):
        dh.train_ch6(tuned, test_iter, test_iter, 1, 0.1, device)
    assert all(map(numpy.array_equal, before, parameters(tuned)))


class Uneven(list):
    """Batches of which another number is given than the length says."""

    def __init__(self, batches, given):
        super().__init__(batches)
        self.given = given

    def __iter__(self):
        return iter((list(super().__iter__()) * 2)[: self.given])


@pytest.mark.parametrize("given", [1, 3])
def test_another_number_of_batches_than_the_length_says_is_refused(net, test_iter, device, given):
    batches = Uneven(test_iter, given)
    message = f"train_iter gave {given} batches in epoch 1, and its length is 2"
    with pytest.raises(ValueError, match=message):
        dh.train_ch6(net, batches, list(test_iter), 1, 0.1, device)


def test_a_loss_that_is_not_finite_leaves_the_weights(net, test_iter, device):
    net.initialize()
    X, y = next(iter(test_iter))
    net(X)
    # In the last layer: oneDNN's ReLU makes a zero of what is no number.
    net[-1].weight.set_data(net[-1].weight.data() * math.inf)
    before = parameters(net)
    trainer = gluon.Trainer(net.collect_params(), "sgd", {"learning_rate": 0.1})
    with pytest.raises(dh.TrainingDiverged, match="If it is the first step, the first weights"):
        train_step(net, X, y, trainer, device)
    assert all(map(numpy.array_equal, before, parameters(net)))


def test_ctrl_c_does_not_save_weights_that_are_not_finite(
    net, test_iter, device, tmp_path, monkeypatch
):
    path, step, steps = tmp_path / "net.ckpt", loop.train_step, []

    def spoils_the_third(*arguments):
        steps.append(step(*arguments))
        if len(steps) == 3:
            net[0].bias.set_data(net[0].bias.data() * math.nan)
            signal.raise_signal(signal.SIGINT)
        return steps[-1]

    monkeypatch.setattr(loop, "train_step", spoils_the_third)
    with pytest.raises(dh.TrainingDiverged, match=r"learning rate of 0.1.*NaN or infinite"):
        dh.train_ch6(net, test_iter, test_iter, 3, 0.1, device, checkpoint=path)
    _, history = dh.load_weights(path, small_net(), device)
    assert len(history["rows"]) == 1


def test_the_fingerprint_tells_runs_apart_and_is_ready_for_json():
    same = [Config(num_epochs=n, lr=0.1, hybridize=h) for n, h in ((2, False), (3, True))]
    assert same[0].fingerprint() == same[1].fingerprint()
    others = [
        Config(num_epochs=2, lr=0.2),
        Config(num_epochs=2, lr=0.1, optimizer="adam"),
        Config(num_epochs=2, lr=0.1, optimizer_params={"wd": 0.1}),
        Config(num_epochs=2, lr=0.1, initializer=init.Normal(0.1)),
        Config(num_epochs=2, lr=0.1, schedule=dh.one_cycle),
        Config(num_epochs=3, lr=0.1, schedule=dh.one_cycle),
        Config(num_epochs=2, lr=0.1, patience=1),
        Config(num_epochs=2, lr=0.1, dtype="auto"),
        Config(num_epochs=2, lr=0.1, seed=1),
    ]
    texts = {json.dumps(config.fingerprint()) for config in [same[0], *others]}
    assert len(texts) == len(others) + 1


def test_a_patience_below_one_is_refused(net, train_iter, test_iter, device):
    with pytest.raises(ValueError, match="patience must be at least 1, not 0"):
        dh.train_ch6(net, train_iter, test_iter, 1, 0.1, device, patience=0)
