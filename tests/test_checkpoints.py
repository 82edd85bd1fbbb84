import contextlib
import functools
import io
import json
import pickle
import re
import shutil
import zipfile

import d2l_helpers as dh
from d2l_helpers.checkpoints import checkpoint as checkpoint_module
from d2l_helpers.checkpoints.checkpoint import (
    load_optimizer,
    net_description,
    save_checkpoint,
    stable_repr,
)
from d2l_helpers.checkpoints.file import ADVICE, OPTIMIZER, STATE, WEIGHTS
from d2l_helpers.checkpoints.optimizer_state import check_optimizer

import mxnet as mx
import numpy
import pytest
from mxnet import gluon, init, np
from mxnet.gluon import nn
from small import NUM_CLASSES, Interrupted, bar_images, parameters, same_parameters, small_net

LR = 0.02
OPTIONS = dict(optimizer_params={"momentum": 0.9, "wd": 5e-4}, schedule=dh.one_cycle, seed=3)


def loaders(**options):
    options = {"shuffle": True, "augment": dh.flip_and_shift, **options}
    return (
        dh.BatchLoader(*bar_images(10), 16, **options),
        dh.BatchLoader(*bar_images(2, seed=1), 16),
    )


def train(
    net, device, *, checkpoint=None, num_epochs=3, interrupted_in=None, lr=LR, loader=(), **options
):
    train_iter, test_iter = loaders(**dict(loader))
    if interrupted_in is not None:
        train_iter = Interrupted(train_iter, interrupted_in)
    return dh.train_ch6(
        net, train_iter, test_iter, num_epochs, lr, device, checkpoint=checkpoint,
        **{**OPTIONS, **options},
    )  # fmt: skip


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


@pytest.mark.parametrize("folder", ["weights", "optimizer states"])
def test_one_changed_number_in_the_file_changes_the_end_of_a_resumed_training(
    checkpoint, device, folder
):
    changed, resumed = small_net(dropout=0.5), small_net(dropout=0.5)
    copy = checkpoint.with_name("copy.ckpt")
    shutil.copy(checkpoint, copy)
    with numpy.load(checkpoint) as arrays:
        weight = arrays[f"{folder}/3.weight"]
    weight[0, 0] += 0.5
    rewrite(copy, {f"{folder}/3.weight.npy": npy(weight)})
    train(resumed, device, checkpoint=checkpoint)
    train(changed, device, checkpoint=copy)
    assert not same_parameters(resumed, changed)


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


# What is refused


def flipped(content, position):
    content = bytearray(content)
    content[position] ^= 0xFF
    return bytes(content)


@pytest.mark.parametrize(
    "damage",
    [
        lambda content: content[: len(content) // 2],
        lambda content: content[:-1],
        lambda content: b"",
        lambda content: flipped(content, len(content) // 2),
        lambda content: flipped(content, 0),
        lambda content: flipped(content, content.rindex(b"PK\1\2") + 10),  # kind of compression
        lambda content: content.replace(b"weights/", b"weight_/"),
        lambda content: b"not a checkpoint",
    ],
    ids=[
        "half of it",
        "the last byte missing",
        "empty",
        "a byte in the middle",
        "the first byte",
        "a byte of the table of contents",
        "no weights",
        "another file",
    ],
)
def test_a_damaged_checkpoint_is_refused_by_name(checkpoint, device, damage):
    checkpoint.write_bytes(damage(checkpoint.read_bytes()))
    message = rf"{checkpoint.name} is (damaged|not a complete checkpoint).*Delete the file"
    with pytest.raises(dh.CheckpointError, match=message):
        train(small_net(dropout=0.5), device, checkpoint=checkpoint)


def test_no_flipped_byte_changes_the_weights_unnoticed(tmp_path, device):
    # One layer: its file has all kinds of members, and few enough bytes to flip most of them.
    path = tmp_path / "one.ckpt"
    train(nn.Dense(NUM_CLASSES), device, checkpoint=path)
    content = path.read_bytes()
    with zipfile.ZipFile(path) as archive:
        members = archive.infolist()
    kinds = {STATE, WEIGHTS, OPTIMIZER}
    assert {member.filename.split("/")[0] for member in members} == kinds
    directory = content.rindex(b"PK\1\2", 0, content.rindex(b"PK\5\6"))
    # Every byte of the names and headers, and a few of the long members.
    headers = [(m.header_offset, 30 + len(m.filename) + len(m.extra) + 20) for m in members]
    positions = [p for start, length in headers for p in range(start, start + length)]
    positions += [*range(directory, len(content)), *range(0, len(content), 997)]
    expected = nn.Dense(NUM_CLASSES)
    dh.load_weights(path, expected, device)
    for position in positions:
        path.write_bytes(flipped(content, position))
        net = nn.Dense(NUM_CLASSES)
        try:
            dh.load_weights(path, net, device)
        except dh.CheckpointError:
            continue
        assert same_parameters(net, expected), f"byte {position}"


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
    message = rf"{checkpoint.name} is a checkpoint of another net: {difference}"
    with pytest.raises(dh.CheckpointError, match=message):
        train(net, device, checkpoint=checkpoint)


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"lr": 0.5}, "lr 0.02, not with 0.5"),
        ({"optimizer": "adam"}, "optimizer sgd, not with adam"),
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
    with pytest.raises(dh.CheckpointError, match=f"was trained with {re.escape(message)}"):
        train(small_net(dropout=0.5), device, checkpoint=checkpoint, **changed)


@pytest.mark.parametrize(
    ("theirs", "ours"),
    [
        (functools.partial(warm_up, share=0.3), functools.partial(warm_up, share=0.4)),
        (functools.partial(warm_up, share=0.3), warm_up),
        (Steps(0.1), Steps(0.2)),
    ],
    ids=["partial", "partial and whole", "object"],
)
def test_schedules_with_other_arguments_are_different_schedules(tmp_path, device, theirs, ours):
    path = tmp_path / "small.ckpt"
    train(small_net(), device, checkpoint=path, interrupted_in=1, schedule=theirs)
    with pytest.raises(dh.CheckpointError, match="was trained with schedule "):
        train(small_net(), device, checkpoint=path, schedule=ours)


def test_a_plain_list_of_batches_has_neither_seed_nor_augmentation(tmp_path, device):
    path, batches = tmp_path / "small.ckpt", list(loaders()[1])
    options = dict(OPTIONS, schedule=None, checkpoint=path)
    dh.train_ch6(small_net(), batches, batches, 1, LR, device, **options)
    assert len(dh.train_ch6(small_net(), batches, batches, 2, LR, device, **options)) == 2
    setup, _ = dh.load_weights(path, small_net(), device)
    assert (setup["loader's seed"], setup["loader's augment"]) == ("None", "None")


def test_what_an_older_checkpoint_does_not_record_is_not_taken_for_the_same(checkpoint, device):
    rewrite_state(checkpoint, lambda state: state["setup"].pop("initializer"))
    with pytest.raises(dh.CheckpointError, match=r"trained with initializer \(not recorded\), not"):
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
    with pytest.raises(dh.CheckpointError, match="weights of other shapes, as for images of ano"):
        dh.load_weights(checkpoint, net, device)


def test_a_refused_checkpoint_stays_as_it_was(checkpoint, device):
    before = checkpoint.read_bytes()
    with pytest.raises(dh.CheckpointError):
        train(small_net(dropout=0.5), device, checkpoint=checkpoint, lr=0.5)
    assert checkpoint.read_bytes() == before


def test_a_missing_checkpoint_is_not_taken_for_a_damaged_one(tmp_path, device):
    with pytest.raises(FileNotFoundError):
        dh.load_weights(tmp_path / "missing.ckpt", small_net(), device)


# Code in a checkpoint


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
    return npy(numpy.array([Planted(marker)], dtype=object))


def npy(array):
    file = io.BytesIO()
    numpy.save(file, array)
    return file.getvalue()


def as_npz(marker):
    file = io.BytesIO()
    numpy.savez(file, planted=numpy.array([Planted(marker)], dtype=object))
    return file.getvalue()


def rewrite(path, changes, compression=zipfile.ZIP_STORED):
    """Write a checkpoint anew with other members, None for one that goes."""
    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    with zipfile.ZipFile(path, "w", compression) as archive:
        for name, content in {**members, **changes}.items():
            if content is not None:
                archive.writestr(name, content)


def rewrite_state(path, change):
    """Write a checkpoint anew with a state that `change` was called with."""
    with zipfile.ZipFile(path) as archive:
        state = json.loads(archive.read("state.json"))
    change(state)
    rewrite(path, {"state.json": json.dumps(state)})


def assert_refused(checkpoint, device, marker=None, match=""):
    """Check that no training goes on from a checkpoint, and that nothing ran or was written."""
    with pytest.raises(dh.CheckpointError, match=match) as error:
        train(small_net(dropout=0.5), device, checkpoint=checkpoint)
    assert str(error.value).endswith(ADVICE)
    with contextlib.suppress(dh.CheckpointError):  # it does not read the optimizer's state
        dh.load_weights(checkpoint, small_net(dropout=0.5), device)
    assert marker is None or not marker.exists()
    assert [file.name for file in checkpoint.parent.iterdir()] == [checkpoint.name]


LAYERS = ["0.bias", "0.weight", "1.bias", "1.weight", "3.bias", "3.weight"]
ARRAYS = [f"{folder}/{name}.npy" for folder in ("optimizer states", "weights") for name in LAYERS]


def test_the_members_of_a_checkpoint_are_its_state_and_arrays_that_numpy_reads(checkpoint, device):
    net = small_net(dropout=0.5)
    dh.load_weights(checkpoint, net, device)
    with numpy.load(checkpoint, allow_pickle=False) as arrays:
        assert sorted(arrays.files) == sorted([*(a[: -len(".npy")] for a in ARRAYS), "state.json"])
        assert numpy.array_equal(arrays["weights/0.weight"], net[0].weight.data().asnumpy())


@pytest.mark.parametrize(
    ("planted", "read"),
    [
        (as_pickle, pickle.load),
        (as_npy, lambda file: numpy.load(file, allow_pickle=True)),
        (as_npz, lambda file: numpy.load(file, allow_pickle=True)["planted"]),
    ],
)
def test_the_planted_code_runs_where_pickle_is_allowed(marker, planted, read):
    read(io.BytesIO(planted(marker)))
    assert marker.exists()


@pytest.mark.parametrize("planted", [as_pickle, as_npy, as_npz])
@pytest.mark.parametrize("member", ["state.json", *ARRAYS])
def test_code_in_a_member_of_a_checkpoint_does_not_run(checkpoint, device, marker, member, planted):
    rewrite(checkpoint, {member: planted(marker)})
    assert_refused(checkpoint, device, marker, rf"is (damaged in {member}|not a complete)")


@pytest.mark.parametrize("planted", [as_pickle, as_npy, as_npz])
def test_code_in_place_of_a_checkpoint_does_not_run(checkpoint, device, marker, planted):
    checkpoint.write_bytes(planted(marker))
    assert_refused(checkpoint, device, marker, "is not a complete checkpoint")


@pytest.mark.parametrize(
    "member",
    [
        "optimizer.states",
        "weights.params",
        "__main__.py",
        "../code",
        "/tmp/code",
        "weights/../../code",
        "weights/4.weight.npy",
        "optimizer states/4.weight.npy",
    ],
)
def test_a_member_that_does_not_belong_there_is_refused(checkpoint, device, marker, member):
    rewrite(checkpoint, {member: as_pickle(marker)})
    assert_refused(checkpoint, device, marker, f"holds '?{re.escape(member)}'?, which")


def test_a_checkpoint_of_the_older_format_is_refused_with_the_reason(
    checkpoint, device, marker, tmp_path
):
    state = {"format": "d2l_helpers checkpoint 1", "net": "", "setup": {}, "history": {}}
    with zipfile.ZipFile(checkpoint, "w") as archive:
        archive.writestr("state.json", json.dumps(state))
        archive.writestr("weights.params", b"")
        archive.writestr("optimizer.states", as_pickle(marker))
    reason = "was made by an older version of the course, whose optimizer state could run code"
    assert_refused(checkpoint, device, marker, reason)


@pytest.mark.parametrize("compression", [zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2])
def test_a_compressed_checkpoint_is_refused_before_it_fills_the_memory(
    checkpoint, device, compression
):
    rewrite(checkpoint, {}, compression)
    assert_refused(checkpoint, device, match="is not a complete checkpoint: it is compressed")


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"[]",
        b"1" * 10_000,
        b"[" * 100_000,
        b'{"format": "d2l_helpers checkpoint 2"}',
        b'{"format": "d2l_helpers checkpoint 3"}',
        b"\xff\xfe",
        b'{"format": "d2l_helpers checkpoint 2", "net": 1, "setup": {}, "history": {}, '
        b'"optimizer": {}}',
    ],
)
def test_a_state_of_another_form_is_refused(checkpoint, device, content):
    rewrite(checkpoint, {"state.json": content})
    assert_refused(checkpoint, device, match="is (damaged in state.json|not a complete)")


def test_a_line_that_ends_the_net_is_no_difference(checkpoint, device):
    rewrite_state(checkpoint, lambda state: state.update(net=state["net"] + "\n"))
    dh.load_weights(checkpoint, small_net(dropout=0.5), device)


# Arrays and counters that do not fit


def header_of(shape):
    """Return the header of a .npy file, without the numbers."""
    file = io.BytesIO()
    header = {"descr": "<f4", "fortran_order": False, "shape": shape}
    numpy.lib.format.write_array_header_1_0(file, header)
    return file.getvalue()


@pytest.mark.parametrize("folder", ["weights", "optimizer states"])
@pytest.mark.parametrize(
    ("content", "message"),
    [
        (npy(numpy.zeros((4, 1, 5, 5), "f")), r"holds {} of other shapes.*: 0\.weight is "
         r"\(4, 1, 5, 5\) there and \(4, 1, 3, 3\) here"),
        (npy(numpy.zeros((4, 1, 3), "f")), r"0\.weight is \(4, 1, 3\) there and \(4, 1, 3, 3\)"),
        (npy(numpy.zeros((4, 1, 3, 3))), r"holds {} of other types: 0\.weight is float64 there and "
         r"float32 here"),
        (npy(numpy.zeros((4, 1, 3, 3), ">f4")), "0.weight is >f4 there and float32 here"),
        (None, r"is not a complete checkpoint: it has no {}/0\.weight\.npy"),
        (b"", r"is damaged in {}/0\.weight\.npy"),
        (header_of((4, 1, 3, 3)), r"is damaged in {}/0\.weight\.npy"),
        (header_of((10**15,)), r"is damaged in {}/0\.weight\.npy"),
        (header_of((-1, 10**30)), r"is damaged in {}/0\.weight\.npy"),
    ],
    ids=["shape", "axes", "type", "byte order", "missing", "empty", "short", "huge", "overflowing"],
)  # fmt: skip
def test_an_array_that_does_not_fit_is_refused_by_name(
    checkpoint, device, folder, content, message
):
    # The lengths of axes that are known are checked, and here all are.
    net = small_net(dropout=0.5)
    net.initialize(ctx=device)
    net(np.zeros((1, 1, 12, 12)))
    rewrite(checkpoint, {f"{folder}/0.weight.npy": content})
    with pytest.raises(dh.CheckpointError, match=message.replace("{}", folder)):
        train(net, device, checkpoint=checkpoint)


@pytest.mark.parametrize(
    "change",
    [
        lambda optimizer: optimizer.clear(),
        lambda optimizer: optimizer.pop("numbers"),
        lambda optimizer: optimizer.update(updates=[1]),
        lambda optimizer: optimizer.update(num_update="7"),
        lambda optimizer: optimizer.update(num_update=True),
        lambda optimizer: optimizer.update(num_update=-1),
        lambda optimizer: optimizer.update(num_update=10**400),
        lambda optimizer: optimizer.update(begin_num_update=None),
        lambda optimizer: optimizer["updates"].update({"0.weight": 7.5}),
        lambda optimizer: optimizer["updates"].update({"4.weight": 7}),
        lambda optimizer: optimizer["numbers"].update(momentum="0.9"),
        lambda optimizer: optimizer["numbers"].update(momentum=None),
        lambda optimizer: optimizer["numbers"].update(__class__=1),
    ],
)
def test_counters_that_are_none_are_refused(checkpoint, device, change):
    rewrite_state(checkpoint, lambda state: change(state["optimizer"]))
    assert_refused(checkpoint, device, match=r"damaged in state.json|with None|4\.weight")


def test_the_state_of_another_optimizer_is_refused_and_the_trainer_stays_as_it_was(
    checkpoint, device
):
    net = small_net(dropout=0.5)
    dh.load_weights(checkpoint, net, device)
    adam = gluon.Trainer(net.collect_params(), "adam")
    plain = gluon.Trainer(net.collect_params(), "sgd")
    with pytest.raises(dh.CheckpointError, match="was trained with SGD, not with Adam"):
        load_optimizer(checkpoint, net, adam)
    with pytest.raises(dh.CheckpointError, match=r"holds optimizer states/0\.bias.npy, which has"):
        load_optimizer(checkpoint, net, plain)
    for trainer in (adam, plain):
        assert (trainer.optimizer.num_update, trainer._updaters[0].states) == (0, {})


def test_a_state_of_a_parameter_that_is_not_trained_is_refused_by_name(checkpoint, device):
    net = small_net(dropout=0.5)
    dh.load_weights(checkpoint, net, device)
    momentum = {"momentum": 0.9}
    trainer = gluon.Trainer(net[1:].collect_params(), "sgd", momentum)
    with pytest.raises(dh.CheckpointError, match=r"state of 0\.(weight|bias), .*not trained here"):
        load_optimizer(checkpoint, net, trainer)


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
        ("dcasgd", {}),
    ],
)
def test_any_optimizer_goes_on_as_if_nothing_had_happened(tmp_path, device, optimizer, options):
    assert_goes_on(tmp_path, [device], optimizer, options)


@pytest.mark.parametrize("update_on_kvstore", [False, True])
@pytest.mark.parametrize("optimizer", ["sgd", "adam"])
def test_so_it_does_on_two_devices(tmp_path, optimizer, update_on_kvstore):
    devices, options = [mx.cpu(0), mx.cpu(1)], {"momentum": 0.9} if optimizer == "sgd" else {}
    assert_goes_on(tmp_path, devices, optimizer, options, update_on_kvstore=update_on_kvstore)


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
    check_optimizer(trainer)
    steps(whole, trainer, devices, [0, 1, 2])
    save_checkpoint(path, whole, trainer, {}, {})
    steps(whole, trainer, devices, [3, 4, 5])

    dh.load_weights(path, resumed, devices)
    trainer = new_trainer(resumed)
    load_optimizer(path, resumed, trainer)
    steps(resumed, trainer, devices, [3, 4, 5])
    for ours, theirs in zip(*(net.collect_params().values() for net in (resumed, whole))):
        for one, other in zip(ours.list_data(), theirs.list_data()):
            assert numpy.isfinite(one.asnumpy()).all()
            assert numpy.array_equal(one.asnumpy(), other.asnumpy())


def test_the_updates_are_counted_on(tmp_path, device):
    path, net = tmp_path / "small.ckpt", small_net()
    net.initialize(ctx=device)
    trainer = gluon.Trainer(net.collect_params(), "adam", {"begin_num_update": 5})
    steps(net, trainer, [device], [0, 1])
    save_checkpoint(path, net, trainer, {}, {})
    resumed = gluon.Trainer(net.collect_params(), "adam")
    load_optimizer(path, net, resumed)
    assert (resumed.optimizer.begin_num_update, resumed.optimizer.num_update) == (5, 7)
    assert resumed.optimizer._index_update_count == dict.fromkeys(range(6), 7)


def test_a_weight_in_float16_keeps_its_copy_in_float32(tmp_path, device):
    path = tmp_path / "small.ckpt"
    half = {"learning_rate": LR, "momentum": 0.9, "multi_precision": True}

    def dense():
        net = nn.Dense(4, in_units=144, use_bias=False)
        net.initialize(ctx=device)
        net.cast("float16")
        return net, gluon.Trainer(net.collect_params(), "sgd", half)

    def step(net, trainer):
        with mx.autograd.record():
            l = (net.weight.data() ** 2).sum()  # CPUs have no dense layer in float16
        l.backward()
        trainer.step(8)

    (whole, trainer), (resumed, new_trainer) = dense(), dense()
    step(whole, trainer)
    save_checkpoint(path, whole, trainer, {}, {})
    dh.load_weights(path, resumed, device)
    load_optimizer(path, resumed, new_trainer)
    for net, its_trainer in ((whole, trainer), (resumed, new_trainer)):
        step(net, its_trainer)
    assert same_parameters(whole, resumed)
    for ours, theirs in zip(*(t._updaters[0].states[0] for t in (new_trainer, trainer))):
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
        momentum = {"learning_rate": LR, "momentum": 0.9}
        return net, gluon.Trainer(net.collect_params(), "sgd", momentum)

    whole, trainer = two_layers("dense8_", "dense9_")
    steps(whole, trainer, [device], [0, 1])
    save_checkpoint(path, whole, trainer, {}, {})
    steps(whole, trainer, [device], [2])
    resumed, trainer = two_layers("dense9_", "dense10_")
    dh.load_weights(path, resumed, device)
    load_optimizer(path, resumed, trainer)
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
        return net, gluon.Trainer(net.collect_params(), "sgd", {"momentum": 0.9})

    (net, trainer), (loaded, new_trainer) = shared(), shared()
    steps(net, trainer, [device], [0])
    save_checkpoint(path, net, trainer, {}, {})
    dh.load_weights(path, loaded, device)
    load_optimizer(path, loaded, new_trainer)
    assert same_parameters(net, loaded)
    with zipfile.ZipFile(path) as archive:
        assert len(archive.namelist()) == 1 + 2 + 2


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
        self.kept, self.beside = {"nothing": None, "a text": "text"}.get(state, state), None
        self.begins_with = beside

    def create_state(self, index, weight):
        return {"a dict": {"momentum": weight}, "a nested text": [weight, "text"]}.get(
            self.kept, self.kept
        )

    def update(self, index, weight, grad, state):
        self.beside = {"an array": weight, "a dict": {index: weight}}.get(self.begins_with)
        weight -= self.lr * grad


mx.optimizer.Optimizer.register(Forgetful)


@pytest.mark.parametrize(
    ("optimizer", "options", "what"),
    [
        ("forgetful", {"state": "a text"}, "a str for each weight"),
        ("forgetful", {"state": "a dict"}, "a dict for each weight"),
        ("forgetful", {"state": "a nested text"}, "a str for each weight/1"),
        ("forgetful", {"beside": "an array"}, "a NDArray in beside"),
        ("forgetful", {"beside": "a dict"}, "a dict in beside"),
        ("lbsgd", {"batch_scale": 4}, "a dict in cumgrads"),
    ],
)
def test_an_optimizer_that_a_checkpoint_cannot_hold_is_refused_before_the_training(
    tmp_path, device, capsys, optimizer, options, what
):
    path, net = tmp_path / "small.ckpt", small_net()
    message = f"a checkpoint cannot hold what this optimizer keeps, {what}: only arrays and numbers"
    with pytest.raises(dh.CheckpointError, match=message):
        train(
            net, device, checkpoint=path, interrupted_in=0, optimizer=optimizer,
            optimizer_params=options, schedule=None,
        )  # fmt: skip
    assert capsys.readouterr().out == ""  # nor interrupted in the first epoch
    assert not path.exists()


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        (
            {"optimizer_params": {"lr_scheduler": mx.lr_scheduler.FactorScheduler(1, base_lr=LR)}},
            "cannot hold optimizer_params .*FactorScheduler is not JSON",
        ),
        (
            {"optimizer_params": {"wd": numpy.float32(0.1)}},
            "cannot hold optimizer_params .*float32",
        ),
        ({"lr": numpy.float32(0.1)}, "cannot hold lr 0.1.*: .*float32 is not JSON"),
        ({"seed": numpy.int64(3)}, "cannot hold seed 3: .*int64 is not JSON"),
    ],
    ids=["scheduler", "optimizer_params", "lr", "seed"],
)
def test_a_setup_that_a_checkpoint_cannot_hold_is_refused_before_the_training(
    tmp_path, device, capsys, changed, message
):
    path = tmp_path / "small.ckpt"
    with pytest.raises(dh.CheckpointError, match=message):
        train(small_net(), device, checkpoint=path, interrupted_in=0, **changed)
    assert capsys.readouterr().out == ""  # nor interrupted in the first epoch
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_cannot_be_written_is_refused_before_the_training(tmp_path, device, capsys):
    (tmp_path / "no folder").write_text("a file")
    for path in (tmp_path / "no folder" / "small.ckpt", tmp_path / ("long" * 100)):
        with pytest.raises(OSError, match=r"no folder|too long"):
            train(small_net(), device, checkpoint=path, interrupted_in=0)
    assert capsys.readouterr().out == ""


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


def test_the_check_of_an_optimizer_leaves_it_as_it_was(device):
    net, trainer = trained(device)
    before, count = parameters(net), trainer.optimizer.num_update
    check_optimizer(trainer)
    assert all(map(numpy.array_equal, before, parameters(net)))
    assert trainer.optimizer.num_update == count
    assert set(trainer._updaters[0].states) == set(range(6))


def test_a_state_that_the_parameter_servers_keep_is_refused(tmp_path, device):
    net, trainer = trained(device)
    trainer._update_on_kvstore = True
    trainer._kvstore = type("Store", (), {"_updater": None})()
    with pytest.raises(dh.CheckpointError, match="the parameter servers keep the optimizer's st"):
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
