import functools
import io
import pickle
import re
import shutil

import d2l_helpers as dh
from d2l_helpers.checkpoints import checkpoint as checkpoint_module
from d2l_helpers.checkpoints import file
from d2l_helpers.checkpoints.checkpoint import (
    net_description,
    read_checkpoint,
    save_checkpoint,
    stable_repr,
)
from d2l_helpers.checkpoints.optimizer_state import check_optimizer
from d2l_helpers.training.config import Config
from d2l_helpers.training.loop import train_step
from d2l_helpers.training.run import NotSaved, Run

import mxnet as mx
import numpy
import pytest
from mxnet import gluon, init, np, npx
from mxnet.gluon import nn
from safetensors.numpy import save, save_file
from small import NUM_CLASSES, Interrupted, bar_images, parameters, same_parameters, small_net

LR = 0.02
OPTIONS = dict(optimizer_params={"momentum": 0.9, "wd": 5e-4}, schedule=dh.one_cycle, seed=3)


def loaders(**options):
    options = {"shuffle": True, "augment": dh.flip_and_shift, **options}
    return (
        dh.BatchLoader(*bar_images(10), 16, **options),
        dh.BatchLoader(*bar_images(2, seed=1), 16),
    )


def train(net, device, *, num_epochs=3, lr=LR, loader=(), interrupted_in=None, **options):
    train_iter, test_iter = loaders(**dict(loader))
    if interrupted_in is not None:
        train_iter = Interrupted(train_iter, interrupted_in)
    options = {**OPTIONS, **options}
    return dh.train_ch6(net, train_iter, test_iter, num_epochs, lr, device, **options)


@pytest.fixture(scope="module")
def interrupted(tmp_path_factory, device):
    """Return what a training wrote that was interrupted in its second epoch."""
    path = tmp_path_factory.mktemp("interrupted") / "small.ckpt"
    train(small_net(dropout=0.5), device, checkpoint=path, interrupted_in=1)
    return path.read_bytes()


@pytest.fixture
def checkpoint(tmp_path, interrupted):
    """Return the file of a training that was interrupted in its second epoch."""
    path = tmp_path / "small.ckpt"
    path.write_bytes(interrupted)
    return path


def rewrite(path, change):
    """Write a checkpoint anew, whole and with its digest, after `change(header, arrays)`."""
    header, arrays = file.read(path)
    change(header, arrays)
    file.write(path, header, arrays)


@pytest.mark.parametrize("interrupted_in", [0, 1, 2])
@pytest.mark.parametrize(
    "options",
    [
        {},
        {"hybridize": True},
        {"dtype": "bfloat16"},
        {"optimizer": "adam", "optimizer_params": {}},
        {"schedule": None},
    ],
    ids=[
        "momentum and one_cycle",
        "hybridized",
        "bfloat16 where it is fast",
        "adam",
        "constant learning rate",
    ],
)
def test_a_resumed_training_ends_with_the_weights_of_an_uninterrupted_one(
    tmp_path, device, interrupted_in, options
):
    whole, resumed = small_net(dropout=0.5), small_net(dropout=0.5)
    expected = train(whole, device, **options)

    path = tmp_path / "small.ckpt"
    broken_off = small_net(dropout=0.5)
    train(broken_off, device, checkpoint=path, interrupted_in=interrupted_in, **options)
    history = train(resumed, device, checkpoint=path, **options)

    assert same_parameters(resumed, whole)
    exact = ["epoch", "train loss", "train acc", "test acc"]
    assert history.to_frame()[exact].equals(expected.to_frame()[exact])


def net_with_running_means():
    net = nn.HybridSequential()
    net.add(nn.Conv2D(4, kernel_size=3), nn.BatchNorm(), nn.Dropout(0.5), nn.Dense(10))
    return net


def test_a_net_with_batch_normalization_can_be_resumed(tmp_path, device):
    whole, resumed = net_with_running_means(), net_with_running_means()
    train(whole, device, num_epochs=1)
    path = tmp_path / "small.ckpt"
    train(net_with_running_means(), device, checkpoint=path, num_epochs=1, interrupted_in=0)
    train(resumed, device, checkpoint=path, num_epochs=1)
    assert same_parameters(resumed, whole)


class CountsImages(nn.Block):
    def __init__(self):
        super().__init__()
        self.seen = self.params.get("seen", shape=(1,), init="zeros", grad_req="null")

    def forward(self, X):
        self.seen.set_data(self.seen.data() + len(X))
        return X


def test_random_numbers_are_drawn_again_without_a_trace_in_the_net(device):
    net = CountsImages()
    net.initialize()
    dh.training.run.replay_dropout(net, np.ones((3, 2)))
    assert net.seen.data() == 0


def test_a_training_is_cut_off_and_resumed_more_than_once_within_an_epoch(tmp_path, device):
    whole, resumed = small_net(dropout=0.5), small_net(dropout=0.5)
    train(whole, device, num_epochs=1)
    path, (train_iter, test_iter) = tmp_path / "small.ckpt", loaders()
    for after in (1, 4, 6):
        cut_off = Interrupted(train_iter, epoch=0, after=after)
        net = small_net(dropout=0.5)
        dh.train_ch6(net, cut_off, test_iter, 1, LR, device, checkpoint=path, **OPTIONS)
    train(resumed, device, checkpoint=path, num_epochs=1)
    assert same_parameters(resumed, whole)


def test_a_resumed_training_takes_over_the_finished_epochs(tmp_path, device):
    path = tmp_path / "small.ckpt"
    finished = train(small_net(), device, checkpoint=path, interrupted_in=2)
    resumed = train(small_net(), device, checkpoint=path)
    assert len(finished) == 3
    assert (
        resumed.rows[:2] == finished.rows[:2]
    )  # with their seconds, which no other training takes


@pytest.mark.parametrize("name", ["weights/3.weight", "optimizer/3.weight"])
def test_one_changed_number_in_the_file_changes_the_end_of_a_resumed_training(
    checkpoint, device, name
):
    def change(header, arrays):
        arrays[name][0, 0] += 0.5

    changed, resumed = small_net(dropout=0.5), small_net(dropout=0.5)
    copy = checkpoint.with_name("copy.ckpt")
    shutil.copy(checkpoint, copy)
    rewrite(copy, change)
    train(resumed, device, checkpoint=checkpoint)
    train(changed, device, checkpoint=copy)
    assert not same_parameters(resumed, changed)


def test_ctrl_c_while_done_steps_are_replayed_loses_none(tmp_path, device, checkpoint):
    _, test_iter = loaders()
    train_iter = Interrupted(loaders()[0], epoch=1, after=1)  # the second of two done steps
    net, whole = small_net(dropout=0.5), small_net(dropout=0.5)
    dh.train_ch6(net, train_iter, test_iter, 3, LR, device, checkpoint=checkpoint, **OPTIONS)
    train(net, device, checkpoint=checkpoint)
    train(whole, device)
    assert same_parameters(whole, net)


def test_ctrl_c_behind_the_last_epoch_cuts_nothing_off(tmp_path, device, capsys):
    train_iter, test_iter = loaders()
    net, path, config = small_net(), tmp_path / "small.ckpt", Config(1, LR, seed=3)
    with Run(net, train_iter, test_iter, config, device, path, None) as run:
        for X, y in run.batches(0):
            run.end_step(*train_step(run.train_net, X, y, run.trainer, device))
        run.end_epoch(0.5)
        raise KeyboardInterrupt
    assert not run.history.interrupted and len(run.history) == 1
    assert "interrupted" not in capsys.readouterr().out
    assert read_checkpoint(path).history["rows"] == run.history.rows


def test_the_curves_of_a_resumed_training_are_those_of_an_uninterrupted_one(tmp_path, device):
    curves = []
    for name, interrupted_in in (("whole", None), ("resumed", 1)):
        path = tmp_path / name
        if interrupted_in is not None:
            train(small_net(), device, checkpoint=path, interrupted_in=interrupted_in)
        train(small_net(), device, checkpoint=path)
        curves.append(dh.load_weights(path, small_net(), device)[1]["curves"])
    assert curves[0] == curves[1]
    positions, heights = curves[0]
    assert positions[2] == [1, 2, 3]  # the test accuracy, at the end of each epoch
    assert [len(line) for line in positions] == [len(line) for line in heights]


def test_a_drawn_seed_is_kept_in_the_checkpoint(tmp_path, device):
    path = tmp_path / "small.ckpt"
    train(small_net(dropout=0.5), device, checkpoint=path, interrupted_in=1, seed=None)
    resumed, whole = small_net(dropout=0.5), small_net(dropout=0.5)
    train(resumed, device, checkpoint=path, seed=None)
    setup, _ = dh.load_weights(path, small_net(dropout=0.5), device)
    train(whole, device, seed=setup["seed"])
    assert same_parameters(resumed, whole)


def warm_up(progress, share=0.5):
    return min(1, progress / share)


class Steps:
    """A schedule that falls by a factor at a time of the training."""

    def __init__(self, factor):
        self.factor = factor

    def __call__(self, progress):
        return 1 if progress < 0.5 else self.factor


ANY_CALLABLE = [
    functools.partial(warm_up, share=0.3),
    Steps(0.1),
    lambda p: 1 - p,
    Steps(0.1).__call__,
]


@pytest.mark.parametrize("schedule", ANY_CALLABLE, ids=["partial", "object", "lambda", "method"])
def test_a_schedule_may_be_any_callable(tmp_path, device, schedule):
    path, whole, resumed = tmp_path / "small.ckpt", small_net(), small_net()
    train(whole, device, schedule=schedule)
    train(small_net(), device, checkpoint=path, interrupted_in=1, schedule=schedule)
    train(resumed, device, checkpoint=path, schedule=schedule)
    assert same_parameters(whole, resumed)


def test_what_nothing_needs_to_be_written_for_is_loaded(tmp_path, device, monkeypatch):
    path = tmp_path / "small.ckpt"
    rows = train(small_net(), device, checkpoint=path).rows
    monkeypatch.setattr(checkpoint_module, "check_writable", lambda path: 1 / 0)
    assert train(small_net(), device, checkpoint=path).rows == rows


def test_resuming_is_said_and_counts_only_the_missing_epochs(checkpoint, device, capsys):
    history = train(small_net(dropout=0.5), device, checkpoint=checkpoint)
    out = capsys.readouterr().out
    assert out.startswith("resumed in epoch 2 of 3, after 2 of 7 steps\n")
    assert history.to_frame()["epoch"].tolist() == [1, 2, 3]


def test_a_finished_training_is_loaded_and_not_repeated(tmp_path, device, capsys):
    path = tmp_path / "small.ckpt"
    net, again = small_net(), small_net()
    history = train(net, device, checkpoint=path)
    closing_lines = "".join(capsys.readouterr().out.splitlines(keepends=True)[-2:])
    assert train(again, device, checkpoint=path).rows == history.rows
    assert capsys.readouterr().out == f"resumed after epoch 3 of 3\n{closing_lines}"
    assert same_parameters(net, again)


def test_fewer_epochs_than_are_done_are_reported(tmp_path, device, capsys):
    path = tmp_path / "small.ckpt"
    train(small_net(), device, checkpoint=path, num_epochs=2, schedule=None)
    capsys.readouterr()
    history = train(small_net(), device, checkpoint=path, num_epochs=1, schedule=None)
    assert len(history) == 2
    assert capsys.readouterr().out.startswith(
        "resumed after epoch 2: more than the 1 that are asked for\n"
    )


def test_more_epochs_can_be_added_when_no_schedule_depends_on_their_number(tmp_path, device):
    path = tmp_path / "small.ckpt"
    net, whole = small_net(), small_net()
    train(net, device, checkpoint=path, num_epochs=1, schedule=None)
    history = train(net, device, checkpoint=path, num_epochs=2, schedule=None)
    train(whole, device, num_epochs=2, schedule=None)
    assert len(history) == 2
    assert same_parameters(net, whole)


def test_the_folder_is_made_and_holds_the_checkpoint_alone(tmp_path, device):
    path = tmp_path / "new" / "folder" / "small.ckpt"
    train(small_net(), device, checkpoint=str(path), num_epochs=1)
    assert [file.name for file in path.parent.iterdir()] == ["small.ckpt"]


def test_load_weights_gives_an_uninitialized_net_what_was_trained(tmp_path, device):
    path = tmp_path / "small.ckpt"
    trained, loaded = small_net(), small_net()
    history = train(trained, device, checkpoint=path)
    setup, saved = dh.load_weights(path, loaded, device)
    assert same_parameters(trained, loaded)
    assert saved["rows"] == history.rows
    assert (setup["lr"], setup["optimizer"], setup["seed"]) == (LR, "sgd", 3)
    _, test_iter = loaders()
    assert dh.evaluate_accuracy_gpu(loaded, test_iter) == history[-1]["test acc"]


def test_a_single_layer_can_be_a_net_as_well(tmp_path, device):
    path = tmp_path / "one.ckpt"
    trained, loaded = nn.Dense(NUM_CLASSES), nn.Dense(NUM_CLASSES)
    train(trained, device, checkpoint=path)
    dh.load_weights(path, loaded, device)
    assert same_parameters(loaded, trained)


def test_load_weights_overwrites_an_initialized_net(checkpoint, device):
    fresh, used = small_net(dropout=0.5), small_net(dropout=0.5)
    used.initialize(init.Normal(3))
    used(np.zeros((1, 1, 12, 12)))
    for net in (fresh, used):
        dh.load_weights(checkpoint, net, device)
    assert same_parameters(fresh, used)


@pytest.mark.parametrize("no_device", ["cpu", npx.gpu(npx.num_gpus())])
def test_load_weights_leaves_the_net_as_it_was_on_a_device_that_is_not_there(checkpoint, no_device):
    net = used(small_net(dropout=0.5), npx.cpu())
    scores = net(np.ones((1, 1, 12, 12)))
    with pytest.raises((TypeError, ValueError), match=r"dh\.try_gpu\(\)"):
        dh.load_weights(checkpoint, net, no_device)
    assert (net(np.ones((1, 1, 12, 12))) == scores).all()


def test_load_weights_says_its_order_when_the_net_comes_first(checkpoint, device):
    with pytest.raises(TypeError, match=r"load_weights\(path, net, device\)"):
        dh.load_weights(small_net(), checkpoint, device)


# What is refused


def used(net, device):
    """Return a net with weights of its own, which a refused checkpoint must not change."""
    net.initialize(init.Normal(1), ctx=device)
    net(np.zeros((1, 1, 12, 12)))
    return net


def assert_refused(checkpoint, device, match, net=None, **options):
    """Check that a checkpoint is refused, and that neither the net nor the file changes."""
    net, content = used(net or small_net(dropout=0.5), device), checkpoint.read_bytes()
    before = parameters(net)
    with pytest.raises(dh.CheckpointError, match=match) as error:
        train(net, device, checkpoint=checkpoint, **options)
    assert str(error.value).endswith(file.ADVICE)
    if not options:
        with pytest.raises(dh.CheckpointError, match=match):
            dh.load_weights(checkpoint, net, device)
    assert all(map(numpy.array_equal, before, parameters(net)))
    assert checkpoint.read_bytes() == content


def flipped(content, position):
    content = bytearray(content)
    content[position] ^= 0xFF
    return bytes(content)


@pytest.mark.parametrize(
    "damage",
    [
        lambda content: content[: len(content) // 2],
        lambda content: content[:-1],
        lambda content: content + b"\0",
        lambda content: b"",
        lambda content: flipped(content, len(content) // 2),
        lambda content: flipped(content, 0),
        lambda content: content.replace(b"weights/", b"weight_/"),
        lambda content: content.replace(b"sha256", b"sha257"),
        lambda content: content.replace(b"one_cycle", b"One_cycle"),
        lambda content: save({"weights/0.weight": numpy.zeros(3)}),
        lambda content: b"not a checkpoint",
    ],
    ids=[
        "half of it",
        "the last byte missing",
        "a byte too many",
        "empty",
        "a byte in the middle",
        "the first byte",
        "no weights",
        "no digest",
        "another setup",
        "weights alone",
        "another file",
    ],
)
def test_a_damaged_checkpoint_is_refused_by_name(checkpoint, device, damage):
    checkpoint.write_bytes(damage(checkpoint.read_bytes()))
    assert_refused(checkpoint, device, rf"{checkpoint.name} is damaged or not a checkpoint: \w+")


def test_no_flipped_byte_is_taken_for_a_checkpoint(tmp_path, device):
    # One layer: its file has all kinds of content, and few enough bytes to flip many of them.
    path = tmp_path / "one.ckpt"
    train(nn.Dense(NUM_CLASSES), device, checkpoint=path)
    content = path.read_bytes()
    numbers = 8 + int.from_bytes(content[:8], "little")  # where they begin
    assert 1000 < numbers < len(content) / 2
    for position in [*range(0, numbers, 11), *range(numbers, len(content), 499)]:
        path.write_bytes(flipped(content, position))
        with pytest.raises(dh.CheckpointError, match="is damaged or not a checkpoint"):
            read_checkpoint(path)


@pytest.mark.parametrize("length", [0x4B50, 0x4B50 + 8, 0x4B50 + 2**16])  # "PK", as in a zip
def test_a_header_of_any_length_is_read(tmp_path, device, length):
    path, (net, trainer) = tmp_path / "small.ckpt", trained(device)

    def written_with(padding):
        save_checkpoint(path, net, trainer, {}, {"padding": " " * padding})
        return int.from_bytes(path.read_bytes()[:8], "little")

    padding = length - written_with(0)
    assert written_with(padding) == length
    assert read_checkpoint(path).history == {"padding": " " * padding}


def another_net():
    net = nn.HybridSequential()
    net.add(
        nn.Conv2D(4, kernel_size=3, activation="relu"),
        nn.Dense(33, activation="relu"),
        nn.Dropout(0.5),
        nn.Dense(NUM_CLASSES),
    )
    return net


@pytest.mark.parametrize(
    ("net", "difference"),
    [
        (another_net(), r"it has .*Dense\(32.*, this net .*Dense\(33"),
        (small_net("sigmoid", dropout=0.5), r"it has .*relu.*, this net .*sigmoid"),
        (small_net(dropout=0.25), r"it has .*Dropout\(p = 0\.5.*, this net .*Dropout\(p = 0\.25"),
        (dh.lenet(), r"it has .*Conv2D\(4.*, this net .*Conv2D\(6"),
    ],
    ids=["units", "activation", "dropout", "lenet"],
)
def test_a_checkpoint_of_another_net_is_refused_with_the_difference(
    checkpoint, device, net, difference
):
    match = rf"{checkpoint.name} is a checkpoint of another net: {difference}"
    assert_refused(checkpoint, device, match, net)
    before = parameters(net)
    with pytest.raises(dh.CheckpointError, match=match):
        read_checkpoint(checkpoint).load_weights(net, device)
    assert all(map(numpy.array_equal, before, parameters(net)))


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"lr": 0.5}, "lr 0.02, not with 0.5"),
        ({"optimizer": "adam", "optimizer_params": {}}, "optimizer sgd, not with adam"),
        ({"optimizer_params": {"momentum": 0.5}}, "optimizer_params"),
        ({"schedule": None}, "schedule one_cycle over 3 epochs, not with None"),
        ({"num_epochs": 4}, "schedule one_cycle over 3 epochs, not with one_cycle over 4 epochs"),
        ({"seed": 4}, "seed 3, not with 4"),
        ({"initializer": init.Xavier(magnitude=2)}, "initializer Xavier("),
        ({"initializer": init.Normal(1)}, "initializer Xavier("),
        ({"patience": 2}, "patience None, not with 2"),
        ({"loader": {"seed": 1}}, "loader's seed 0, not with 1"),
        ({"loader": {"shuffle": False}}, "loader's shuffle True, not with False"),
        ({"loader": {"augment": None}}, "loader's augment flip_and_shift, not with None"),
        (
            {"loader": {"augment": functools.partial(dh.flip_and_shift, max_shift=1)}},
            "loader's augment flip_and_shift, not with flip_and_shift(max_shift=1)",
        ),
    ],
)
def test_a_training_with_another_setup_is_refused_with_the_difference(
    checkpoint, device, changed, message
):
    assert_refused(checkpoint, device, f"was trained with {re.escape(message)}", **changed)


def test_a_plain_list_of_batches_has_neither_seed_nor_augmentation(tmp_path, device):
    path, batches = tmp_path / "small.ckpt", list(loaders()[1])
    options = dict(OPTIONS, schedule=None, checkpoint=path)
    dh.train_ch6(small_net(), batches, batches, 1, LR, device, **options)
    assert len(dh.train_ch6(small_net(), batches, batches, 2, LR, device, **options)) == 2
    setup, _ = dh.load_weights(path, small_net(), device)
    assert (setup["loader's seed"], setup["loader's augment"]) == ("None", "None")


def test_what_is_not_recorded_is_not_taken_for_the_same(checkpoint, device):
    rewrite(checkpoint, lambda header, arrays: header["setup"].pop("initializer"))
    with pytest.raises(dh.CheckpointError, match=r"with initializer \(not recorded\), not with"):
        train(small_net(dropout=0.5), device, checkpoint=checkpoint)


def test_a_tuple_is_the_same_as_the_list_that_is_read_back(tmp_path, device):
    path, (net, trainer) = tmp_path / "small.ckpt", trained(device)
    save_checkpoint(path, net, trainer, {"sizes": (1, 2)}, {})
    assert dh.load_weights(path, net, device, {"sizes": (1, 2)})[0] == {"sizes": [1, 2]}


def test_images_of_another_size_are_refused_in_training(checkpoint, device):
    larger = dh.BatchLoader(*bar_images(10), 16, resize=20)  # as many batches as before
    with pytest.raises(dh.CheckpointError, match=r"image shape \[1, 12, 12\], not .*\[1, 20, 20\]"):
        dh.train_ch6(
            small_net(dropout=0.5), larger, larger, 3, LR, device, checkpoint=checkpoint,
            **OPTIONS,
        )  # fmt: skip


def test_weights_for_images_of_another_size_are_refused(checkpoint, device):
    net = small_net(dropout=0.5)
    net.initialize()
    net(np.zeros((1, 1, 20, 20)))
    with pytest.raises(dh.CheckpointError, match=r"1\.weight of another shape, as for images of"):
        dh.load_weights(checkpoint, net, device)


def test_a_missing_checkpoint_is_not_taken_for_a_damaged_one(tmp_path, device):
    with pytest.raises(FileNotFoundError):
        dh.load_weights(tmp_path / "missing.ckpt", small_net(), device)


# Code in place of a checkpoint


class Planted:
    """Makes a file when it is unpickled."""

    def __init__(self, marker):
        self.marker = str(marker)

    def __reduce__(self):
        return open, (self.marker, "w")


@pytest.fixture
def marker(tmp_path):
    """Return the file that planted code makes."""
    return tmp_path / "code ran"


def as_pickle(marker):
    return pickle.dumps(Planted(marker))


def as_npy(marker):
    content = io.BytesIO()
    numpy.save(content, numpy.array([Planted(marker)], dtype=object))
    return content.getvalue()


def as_npz(marker):
    content = io.BytesIO()
    numpy.savez(content, planted=numpy.array([Planted(marker)], dtype=object))
    return content.getvalue()


PLANTED = [
    (as_pickle, pickle.load, "is damaged or not a checkpoint: "),
    (as_npy, lambda c: numpy.load(c, allow_pickle=True), "is damaged or not a checkpoint: "),
    (
        as_npz,  # a zip archive, as older checkpoints were
        lambda c: numpy.load(c, allow_pickle=True)["planted"],
        "was made by an older version of the course, or is not a checkpoint",
    ),
]


@pytest.mark.parametrize(("planted", "read", "match"), PLANTED)
def test_code_in_place_of_a_checkpoint_does_not_run(
    checkpoint, device, marker, planted, read, match
):
    checkpoint.write_bytes(planted(marker))
    assert_refused(checkpoint, device, match)
    assert not marker.exists()
    read(io.BytesIO(planted(marker)))
    assert marker.exists()  # it runs where pickle is allowed


# Whole files with something else in them


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "1" * 10_000,
        "[" * 100_000,
        '{"format": "d2l_helpers checkpoint 3"}',
        '{"format": "d2l_helpers checkpoint 4"}',
    ],
    ids=["empty", "list", "long number", "deep list", "format alone", "another format"],
)
def test_a_header_of_another_form_is_refused(checkpoint, device, text):
    _, arrays = file.read(checkpoint)
    save_file(arrays, checkpoint, {"header": text, "sha256": file.digest_of(text, arrays)})
    assert_refused(checkpoint, device, "is damaged or not a checkpoint: (its|there is no) ")


@pytest.mark.parametrize(
    ("change", "match"),
    [
        (lambda header: header.update(net=1), "there is no net in its header, or of another kind"),
        (lambda header: header.update(format="d2l_helpers checkpoint 4"), "its format is not"),
        (lambda header: header.pop("setup"), "there is no setup"),
        (lambda header: header.update(history=[]), "there is no history"),
        (lambda header: header.update(optimizer=None), "there is no optimizer"),
        (lambda header: header["optimizer"].clear(), "has done None updates"),
        (lambda header: header["optimizer"].update(updates="7"), "has done '7' updates"),
        (lambda header: header["optimizer"].update(updates=True), "has done True updates"),
        (lambda header: header["optimizer"].update(updates=-1), "has done -1 updates"),
        (lambda header: header["optimizer"].update(updates=10**400), "has done 1000.* updates"),
        (lambda header: header["optimizer"].pop("numbers"), "numbers of its optimizer are None"),
        (lambda header: header["optimizer"]["numbers"].update(momentum="0.9"), "momentum of its"),
        (lambda header: header["optimizer"]["numbers"].update(momentum=1e999), "momentum of its"),
        (lambda header: header["optimizer"]["numbers"].update(a=10**400), "a of its optimizer is"),
    ],
)
def test_a_header_with_something_of_another_kind_is_refused(checkpoint, device, change, match):
    rewrite(checkpoint, lambda header, arrays: change(header))
    assert_refused(checkpoint, device, f"is damaged or not a checkpoint: .*{match}")


SETUPS = {
    "no seed": lambda setup: setup.pop("seed"),
    "the seed is text": lambda setup: setup.update(seed="3"),
    "the seed is negative": lambda setup: setup.update(seed=-1),
    "no types": lambda setup: setup.pop("types"),
    "one type": lambda setup: setup.update(types=["float32"]),
    "another type": lambda setup: setup.update(types=["float32", "int8"]),
    "types are text": lambda setup: setup.update(types="float32"),
}


@pytest.mark.parametrize("change", SETUPS.values(), ids=SETUPS)
def test_a_setup_that_no_run_can_have_is_refused_and_the_net_stays(checkpoint, device, change):
    rewrite(checkpoint, lambda header, arrays: change(header["setup"]))
    assert_refused(checkpoint, device, r"damaged or not a checkpoint: (seed|its types)", seed=None)


HISTORIES = {
    "empty": lambda history: history.clear(),
    "no rows and no steps": lambda history: history.update(rows=[], **{"so far": NO_STEPS}),
    "other keys so far": lambda history: history["so far"].update(step=1),
    "more steps than there are": lambda history: history["so far"].update(steps=99),
    "a loss is text": lambda history: history["rows"][0].update({"train loss": "low"}),
    "curves of two lines": lambda history: [part.pop() for part in history["curves"]],
}
NO_STEPS = {"steps": 0, "sums": [0, 0, 0], "seconds": 0}


@pytest.mark.parametrize("change", HISTORIES.values(), ids=HISTORIES)
def test_a_history_that_no_run_can_have_is_refused_and_the_net_stays(checkpoint, device, change):
    rewrite(checkpoint, lambda header, arrays: change(header["history"]))
    assert_refused(checkpoint, device, "damaged or not a checkpoint: its", seed=3)


def test_the_state_of_another_optimizer_is_refused_before_the_net_is_touched(checkpoint, device):
    rewrite(checkpoint, lambda header, arrays: arrays.pop("optimizer/0.weight"))
    assert_refused(checkpoint, device, "has no optimizer/0.weight", seed=3)


@pytest.mark.parametrize("value", [numpy.nan, numpy.inf])
@pytest.mark.parametrize("name", ["weights/0.weight", "optimizer/3.bias"])
def test_values_that_are_not_finite_are_refused(checkpoint, device, name, value):
    def spoil(header, arrays):
        arrays[name].flat[0] = value

    rewrite(checkpoint, spoil)
    assert_refused(checkpoint, device, f"{name} has values that are NaN or infinite")


def test_a_type_that_numpy_does_not_have_is_refused(checkpoint, device):
    content = checkpoint.read_bytes()
    checkpoint.write_bytes(content.replace(b'"F32","shape":[10]', b'"BF16","shape":[20]'))
    length = int.from_bytes(content[:8], "little") + checkpoint.stat().st_size - len(content)
    checkpoint.write_bytes(length.to_bytes(8, "little") + checkpoint.read_bytes()[8:])
    assert_refused(checkpoint, device, "is damaged or not a checkpoint: .*bfloat16")


def test_a_line_that_ends_the_net_is_no_difference(checkpoint, device):
    rewrite(checkpoint, lambda header, arrays: header.update(net=header["net"] + "\n"))
    dh.load_weights(checkpoint, small_net(dropout=0.5), device)


ARRAYS_THAT_DO_NOT_FIT = [
    ("0.weight", numpy.zeros((4, 1, 5, 5), "f"), r"holds {}/0\.weight of another shape.*: "
     r"\(4, 1, 5, 5\) there and \(4, 1, 3, 3\) here"),
    ("0.weight", numpy.zeros((4, 1, 3), "f"), r"\(4, 1, 3\) there and \(4, 1, 3, 3\) here"),
    ("0.weight", numpy.zeros((4, 1, 3, 3)), r"holds {}/0\.weight of another type: float64 there"),
    ("0.weight", numpy.zeros((4, 1, 3, 3), "i4"), "int32 there and float32 here"),
    ("0.weight", None, r"has no {}/0\.weight, which is needed here"),
    ("4.weight", numpy.zeros(1, "f"), r"holds {}/4\.weight, which has no place here"),
]  # fmt: skip


@pytest.mark.parametrize("folder", ["weights", "optimizer"])
@pytest.mark.parametrize(
    ("name", "array", "match"),
    ARRAYS_THAT_DO_NOT_FIT,
    ids=["shape", "axes", "double", "whole numbers", "missing", "one too many"],
)
def test_an_array_that_does_not_fit_is_refused_by_name(
    checkpoint, device, folder, name, array, match
):
    def change(header, arrays):
        arrays[f"{folder}/{name}"] = array
        if array is None:
            del arrays[f"{folder}/{name}"]

    rewrite(checkpoint, change)
    match = match.replace("{}", folder)
    if folder == "weights":
        assert_refused(checkpoint, device, match)
    else:
        with pytest.raises(dh.CheckpointError, match=match):
            train(small_net(dropout=0.5), device, checkpoint=checkpoint)


def load_both(path, net, device, new_trainer):
    """Load a checkpoint into a net and a new trainer, and return the trainer."""
    checkpoint = read_checkpoint(path)
    checkpoint.load_weights(net, device)
    trainer = new_trainer(net)
    checkpoint.load_optimizer(net, trainer)
    return trainer


def with_momentum(net):
    options = {"learning_rate": LR, "momentum": 0.9}
    return gluon.Trainer(net.collect_params(), "sgd", options)


def test_the_state_of_another_optimizer_is_refused_and_the_trainer_stays_as_it_was(
    checkpoint, device
):
    saved, net = read_checkpoint(checkpoint), small_net(dropout=0.5)
    saved.load_weights(net, device)
    for optimizer, match in (
        ("adam", "was trained with SGD, not with Adam"),
        ("sgd", r"holds optimizer/0\.bias, which has no place"),
    ):
        trainer = gluon.Trainer(net.collect_params(), optimizer)
        with pytest.raises(dh.CheckpointError, match=match):
            saved.load_optimizer(net, trainer)
        assert (trainer.optimizer.num_update, trainer._updaters[0].states) == (0, {})


@pytest.mark.parametrize("numbers", [{}, {"momentum": 0.9, "__class__": 1}, {"beta1": 0.9}])
def test_numbers_that_the_optimizer_does_not_have_are_refused(checkpoint, device, numbers):
    rewrite(checkpoint, lambda header, arrays: header["optimizer"].update(numbers=numbers))
    with pytest.raises(dh.CheckpointError, match=r"numbers of its optimizer are \{"):
        load_both(checkpoint, small_net(dropout=0.5), device, with_momentum)


def test_a_state_of_a_parameter_that_is_not_trained_is_refused_by_name(checkpoint, device):
    with pytest.raises(dh.CheckpointError, match=r"holds optimizer/0\.bias, which has no place"):
        load_both(checkpoint, small_net(dropout=0.5), device, lambda net: with_momentum(net[1:]))


# Any optimizer, any updater


def steps(net, trainer, devices, numbers):
    """Make a training step for each number, which seeds its images, on a part for each device."""
    for number in numbers:
        mx.random.seed(number)
        images = np.random.uniform(size=(8, 1, 12, 12))
        parts = gluon.utils.split_and_load(images, devices)
        with mx.autograd.record():
            losses = [(net(part) ** 2).sum() for part in parts]
        mx.autograd.backward(losses)
        trainer.step(8)


@pytest.mark.parametrize(
    ("optimizer", "options"),
    [
        ("sgd", {}),
        ("sgd", {"momentum": 0.9, "begin_num_update": 5}),
        ("nag", {"momentum": 0.9}),
        ("adam", {}),
        ("nadam", {}),
        ("rmsprop", {"centered": True}),
        ("adagrad", {}),
        ("adadelta", {}),
        ("ftrl", {}),
        ("ftml", {}),
        ("lamb", {}),
        ("signum", {}),
        ("sgld", {}),
    ],
)
def test_any_optimizer_goes_on_as_if_nothing_had_happened(tmp_path, device, optimizer, options):
    assert_goes_on(tmp_path, [device], optimizer, options)


@pytest.mark.parametrize("optimizer", ["sgd", "adam", "rmsprop"])
def test_so_it_does_on_two_devices(tmp_path, optimizer):
    devices, options = [mx.cpu(0), mx.cpu(1)], {"momentum": 0.9} if optimizer == "sgd" else {}
    assert_goes_on(tmp_path, devices, optimizer, options, update_on_kvstore=False)


def assert_goes_on(tmp_path, devices, optimizer, options, **trainer_options):
    """Check that six steps are the same as three, a checkpoint and three, on each device."""
    path, nets = tmp_path / "small.ckpt", []
    for _ in range(2):
        with mx.name.NameManager():  # the same names: MXNet's Nadam depends on their order
            nets.append(small_net())
    whole, resumed = nets

    def new_trainer(net):
        options_and_lr = {"learning_rate": LR, **options}
        return gluon.Trainer(net.collect_params(), optimizer, options_and_lr, **trainer_options)

    whole.initialize(init.Xavier(), ctx=devices)
    whole(np.zeros((1, 1, 12, 12)))
    trainer = new_trainer(whole)
    check_optimizer(trainer.optimizer)
    steps(whole, trainer, devices, [0, 1, 2])
    save_checkpoint(path, whole, trainer, {}, {})
    steps(whole, trainer, devices, [3, 4, 5])

    trainer = load_both(path, resumed, devices, new_trainer)
    steps(resumed, trainer, devices, [3, 4, 5])
    for ours, theirs in zip(*(net.collect_params().values() for net in (resumed, whole))):
        for one, other in zip(ours.list_data(), theirs.list_data()):
            assert numpy.isfinite(one.asnumpy()).all()
            assert numpy.array_equal(one.asnumpy(), other.asnumpy())


@pytest.mark.parametrize("options", [{}, {"begin_num_update": 5}, {"begin_num_update": 100}])
def test_the_updates_are_counted_on(tmp_path, device, options):
    path, net = tmp_path / "small.ckpt", small_net()
    net.initialize(ctx=device)
    trainer = gluon.Trainer(net.collect_params(), "adam", options)
    steps(net, trainer, [device], [0, 1])
    save_checkpoint(path, net, trainer, {}, {})
    resumed = load_both(path, net, device, lambda n: gluon.Trainer(n.collect_params(), "adam"))
    steps(net, resumed, [device], [2])
    expected = options.get("begin_num_update", 0) + 3
    assert resumed.optimizer.num_update == expected
    assert resumed.optimizer._index_update_count == dict.fromkeys(range(6), expected)


def test_a_weight_in_float16_keeps_its_copy_in_float32(tmp_path, device):
    def half():
        net = nn.Dense(4, in_units=3, use_bias=False)
        net.initialize(ctx=device)
        net.cast("float16")
        return net

    def new_trainer(net):
        options = {"momentum": 0.9, "multi_precision": True}
        return gluon.Trainer(net.collect_params(), "sgd", options)

    path, net = tmp_path / "half.ckpt", half()
    trainer = new_trainer(net)
    with mx.autograd.record():
        l = (net.weight.data() ** 2).sum()  # CPUs have no dense layer in float16
    l.backward()
    trainer.step(1)
    save_checkpoint(path, net, trainer, {}, {})
    resumed = load_both(path, half(), device, new_trainer)
    for ours, theirs in zip(*(t._updaters[0].states[0] for t in (resumed, trainer))):
        assert ours.dtype == theirs.dtype == numpy.float32
        assert numpy.array_equal(ours.asnumpy(), theirs.asnumpy())


def test_the_state_goes_to_its_parameter_whatever_the_layers_are_called(tmp_path, device):
    """Trainers sort by the names, and dense10_weight comes before dense9_weight."""
    path = tmp_path / "two.ckpt"

    def two_layers(*prefixes):
        net = nn.HybridSequential()
        for prefix in prefixes:
            net.add(nn.Dense(144, in_units=144, prefix=prefix))
        net.initialize(init.Xavier(), ctx=device)
        return net

    whole, resumed = two_layers("dense8_", "dense9_"), two_layers("dense9_", "dense10_")
    trainer = with_momentum(whole)
    steps(whole, trainer, [device], [0, 1])
    save_checkpoint(path, whole, trainer, {}, {})
    steps(whole, trainer, [device], [2])
    trainer = load_both(path, resumed, device, with_momentum)
    steps(resumed, trainer, [device], [2])
    for i in range(2):
        assert numpy.array_equal(whole[i].weight.data(), resumed[i].weight.data())


def test_a_parameter_that_two_layers_share_is_kept_once(tmp_path, device):
    path = tmp_path / "shared.ckpt"

    def shared():
        net = nn.HybridSequential()
        net.add(nn.Dense(144, in_units=144))
        net.add(nn.Dense(144, in_units=144, params=net[0].params))
        net.initialize(ctx=device)
        return net

    net, loaded = shared(), shared()
    trainer = with_momentum(net)
    steps(net, trainer, [device], [0])
    save_checkpoint(path, net, trainer, {}, {})
    load_both(path, loaded, device, with_momentum)
    assert same_parameters(net, loaded)
    _, arrays = file.read(path)
    assert sorted(arrays) == [
        f"{f}/0.{name}" for f in ("optimizer", "weights") for name in ("bias", "weight")
    ]


def test_weights_are_loaded_to_the_device_wherever_the_net_was(checkpoint):
    net, expected = small_net(dropout=0.5), small_net(dropout=0.5)
    net.initialize(ctx=mx.cpu(0))
    net(np.zeros((1, 1, 12, 12)))
    dh.load_weights(checkpoint, net, mx.cpu(1))
    dh.load_weights(checkpoint, expected, mx.cpu(0))
    assert {str(device) for p in net.collect_params().values() for device in p.list_ctx()} == {
        "cpu(1)"
    }
    assert same_parameters(net, expected)


class Forgetful(mx.optimizer.Optimizer):
    """Plain SGD that keeps something, in its state or beside it."""

    def __init__(self, state=None, beside=None, **options):
        super().__init__(**options)
        self.state = state
        self.beside = {"an array": mx.nd.ones(2), "a list": []}.get(beside)

    def create_state(self, index, weight):
        return {
            "a dict": {"momentum": weight},
            "a nested text": [weight, "text"],
            "a sparse array": weight.tostype("row_sparse"),
        }.get(self.state, self.state)

    def update(self, index, weight, grad, state):
        weight -= self.lr * grad


mx.optimizer.Optimizer.register(Forgetful)


@pytest.fixture
def no_step(monkeypatch):
    """Let each training step fail."""
    monkeypatch.setattr(dh.training.loop, "train_step", None)


@pytest.mark.parametrize(
    ("optimizer", "options", "what"),
    [
        ("forgetful", {"state": "a text"}, "a str for each weight"),
        ("forgetful", {"state": "a dict"}, "a dict for each weight"),
        ("forgetful", {"state": "a nested text"}, "a str for each weight/1"),
        ("forgetful", {"state": "a sparse array"}, "a RowSparseNDArray for each weight"),
        ("forgetful", {"beside": "an array"}, "a NDArray in beside"),
        ("forgetful", {"beside": "a list"}, "a list in beside"),
        ("lbsgd", {"batch_scale": 4}, "a dict in cumgrads"),
        ("dcasgd", {}, "a dict in weight_previous"),
    ],
)
def test_an_optimizer_that_a_checkpoint_cannot_hold_is_refused_before_the_training(
    tmp_path, device, no_step, optimizer, options, what
):
    match = f"a checkpoint cannot hold what this optimizer keeps, {what}: only arrays and numbers"
    options = {"optimizer": optimizer, "optimizer_params": options, "schedule": None}
    with pytest.raises(dh.CheckpointError, match=match):
        train(small_net(), device, checkpoint=tmp_path / "small.ckpt", **options)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (mx.lr_scheduler.FactorScheduler(1), "FactorScheduler is not JSON"),
        (numpy.float32(0.1), "float32 is not JSON"),
        (mx.nd.ones(1), "NDArray is not JSON"),
    ],
)
def test_a_setup_that_a_checkpoint_cannot_hold_is_refused_before_the_training(
    tmp_path, device, no_step, value, reason
):
    options = {"optimizer_params": {"lazy_update": value}}  # MXNet takes anything for it
    with pytest.raises(dh.CheckpointError, match=rf"cannot hold optimizer_params [\s\S]*{reason}"):
        train(small_net(), device, checkpoint=tmp_path / "small.ckpt", **options)
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_cannot_be_written_is_refused_before_the_training(tmp_path, device, no_step):
    (tmp_path / "no folder").write_text("a file")
    for path in (tmp_path / "no folder" / "small.ckpt", tmp_path / ("long" * 100)):
        with pytest.raises(OSError, match=r"no folder|too long"):
            train(small_net(), device, checkpoint=path)


def test_what_an_optimizer_comes_to_keep_later_is_refused_when_it_is_written(tmp_path, device):
    path = tmp_path / "small.ckpt"
    net, trainer = trained(device)
    save_checkpoint(path, net, trainer, {}, {})
    before = path.read_bytes()
    trainer._updaters[0].states[1] = "text"
    with pytest.raises(dh.CheckpointError, match="a str for "):
        save_checkpoint(path, net, trainer, {}, {})
    trainer._updaters[0].states[1] = None
    trainer.optimizer.lr_scheduler = mx.lr_scheduler.FactorScheduler(1)
    with pytest.raises(dh.CheckpointError, match="a FactorScheduler in lr_scheduler"):
        save_checkpoint(path, net, trainer, {}, {})
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


def test_a_state_that_the_key_value_store_keeps_is_refused(tmp_path, device):
    net = used(small_net(), [mx.cpu(0), mx.cpu(1)])
    trainer = gluon.Trainer(net.collect_params(), "sgd", {"momentum": 0.9}, update_on_kvstore=True)
    with pytest.raises(dh.CheckpointError, match="the key-value store keeps the optimizer's state"):
        save_checkpoint(tmp_path / "small.ckpt", net, trainer, {}, {})
    assert list(tmp_path.iterdir()) == []


# Writing


def trained(device):
    net = small_net()
    net.initialize(ctx=device)
    trainer = gluon.Trainer(net.collect_params(), "sgd", {"learning_rate": LR})
    dh.training.loop.train_step(net, *next(iter(loaders()[0])), trainer, device)
    return net, trainer


def test_a_write_that_fails_leaves_the_old_checkpoint_and_nothing_else(tmp_path, device):
    path = tmp_path / "small.ckpt"
    net, trainer = trained(device)
    save_checkpoint(path, net, trainer, {}, {})
    before = path.read_bytes()
    with pytest.raises(TypeError, match="not JSON serializable"):
        save_checkpoint(path, net, trainer, {}, {"rows": object()})
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


def test_a_run_whose_checkpoint_cannot_be_written_any_more_ends_with_its_history(
    tmp_path, device, capsys
):
    folder, net, other = tmp_path / "folder", small_net(), small_net()

    def lose_the_folder(done):
        if done > 0.4 and folder.is_dir():
            shutil.rmtree(folder)
            folder.write_text("a file")
        return 1.0

    path = folder / "small.ckpt"
    with pytest.raises(
        NotSaved, match=r"folder/small\.ckpt cannot be written: .*this error"
    ) as lost:
        train(net, device, checkpoint=path, schedule=lose_the_folder)
    assert "resumes" not in str(lost.value)  # the older file is gone with its folder
    assert [row["epoch"] for row in lost.value.history] == [1, 2]
    assert "examples/sec" in capsys.readouterr().out  # the second of d2l's lines
    history = train(other, device, num_epochs=2, schedule=lambda done: 1.0)
    assert same_parameters(net, other)
    assert lost.value.history.test_accuracies == history.test_accuracies


def test_a_checkpoint_whose_folder_is_gone_is_written_to_a_new_one(tmp_path, device):
    folder = tmp_path / "folder"

    def lose_the_folder(done):
        if done > 0.4 and not (tmp_path / "lost").exists():
            folder.rename(tmp_path / "lost")
        return 1.0

    train(small_net(), device, checkpoint=folder / "small.ckpt", schedule=lose_the_folder)
    assert [path.name for path in folder.iterdir()] == ["small.ckpt"]


@pytest.mark.parametrize("model", [dh.lenet, dh.alexnet, small_net])
def test_the_description_of_a_net_does_not_depend_on_its_initialization(model):
    net = model()
    before = net_description(net)
    net.initialize()
    net(np.zeros((1, 1, 67, 67)))
    assert net_description(net) == before
    assert "Conv2D" in before


class Itself:
    """An object that holds itself, and a function."""

    def __init__(self):
        self.parts = [self, warm_up]


@pytest.mark.parametrize(
    ("thing", "text"),
    [
        (None, "None"),
        (warm_up, "warm_up"),
        (Steps, "Steps"),
        (functools.partial(warm_up, 0.5, share=0.3), "warm_up(0.5, share=0.3)"),
        (functools.partial(map, warm_up), "map(warm_up)"),
        (Steps(0.1), "Steps(factor=0.1)"),
        (Steps(0.1).__call__, "Steps(factor=0.1).__call__"),
        (Steps([Steps, (1, "two")]), "Steps(factor=[Steps, [1, 'two']])"),
        (Itself(), "Itself(parts=[..., warm_up])"),
        (object(), "object()"),
        ({"a": warm_up}, "{'a': <function warm_up>}"),
        (numpy.array([0.5, 1]), "array([0.5, 1. ])"),
    ],
)
def test_a_description_tells_what_there_is_without_addresses(thing, text):
    assert stable_repr(thing) == text


def test_an_initializer_is_described_by_its_settings():
    he, other = init.MSRAPrelu("in", slope=0), init.MSRAPrelu("in", slope=0.25)
    assert stable_repr(he) == stable_repr(init.MSRAPrelu("in", slope=0))
    assert stable_repr(he) != stable_repr(other)
    assert stable_repr(he).startswith("MSRAPrelu(")
