import re
import zipfile

import d2l_helpers as dh
from d2l_helpers import checkpoints

import pytest
from conftest import NUM_CLASSES, bar_images, same_parameters, small_net
from mxnet import gluon, init, np
from mxnet.gluon import nn
from test_training import Interrupted

LR = 0.02
OPTIONS = dict(optimizer_params={"momentum": 0.9, "wd": 5e-4}, schedule=dh.one_cycle, seed=3)


def loaders(augment=dh.flip_and_shift):
    return (
        dh.BatchLoader(*bar_images(10), 16, shuffle=True, augment=augment),
        dh.BatchLoader(*bar_images(2, seed=1), 16),
    )


def train(net, device, *, checkpoint=None, num_epochs=3, interrupted_in=None, lr=LR, **options):
    train_iter, test_iter = loaders()
    if interrupted_in is not None:
        train_iter = Interrupted(train_iter, interrupted_in)
    return dh.train_ch6(
        net, train_iter, test_iter, num_epochs, lr, device, checkpoint=checkpoint,
        **{**OPTIONS, **options},
    )  # fmt: skip


@pytest.fixture
def checkpoint(tmp_path, device):
    """Return the file of a training that was interrupted in its second epoch."""
    path = tmp_path / "small.ckpt"
    train(small_net(dropout=0.5), device, checkpoint=path, interrupted_in=1)
    return path


@pytest.mark.parametrize("interrupted_in", [1, 2])
@pytest.mark.parametrize(
    "options",
    [{}, {"hybridize": True}, {"optimizer": "adam", "optimizer_params": {}}, {"schedule": None}],
    ids=["momentum and one_cycle", "hybridized", "adam", "constant learning rate"],
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


def test_resuming_is_said_and_counts_only_the_missing_epochs(checkpoint, device, capsys):
    history = train(small_net(dropout=0.5), device, checkpoint=checkpoint)
    assert capsys.readouterr().out.startswith("resumed after epoch 1 of 3\n")
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
        lambda content: content.replace(b"weights.params", b"weights.param_"),
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


def test_no_flipped_byte_changes_the_weights_unnoticed(checkpoint, device):
    content = checkpoint.read_bytes()
    with zipfile.ZipFile(checkpoint) as archive:
        members = archive.infolist()
    directory = content.rindex(b"PK\1\2", 0, content.rindex(b"PK\5\6"))
    # Every byte of the names and headers, and a few of the long members.
    positions = [p for m in members for p in range(m.header_offset, m.header_offset + 48)]
    positions += [*range(directory, len(content)), *range(0, len(content), 997)]
    expected = small_net(dropout=0.5)
    dh.load_weights(checkpoint, expected, device)
    for position in positions:
        checkpoint.write_bytes(flipped(content, position))
        net = small_net(dropout=0.5)
        try:
            dh.load_weights(checkpoint, net, device)
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
    ],
)
def test_a_training_with_another_setup_is_refused_with_the_difference(
    checkpoint, device, changed, message
):
    with pytest.raises(dh.CheckpointError, match=f"was trained with {re.escape(message)}"):
        train(small_net(dropout=0.5), device, checkpoint=checkpoint, **changed)


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


# Writing


def trained(device):
    net = small_net()
    net.initialize(ctx=device)
    trainer = gluon.Trainer(net.collect_params(), "sgd", {"learning_rate": LR})
    dh.training.train_step(net, *next(iter(loaders()[0])), trainer, device)
    return net, trainer


def test_a_write_that_fails_leaves_the_old_checkpoint_and_nothing_else(tmp_path, device):
    path = tmp_path / "small.ckpt"
    net, trainer = trained(device)
    checkpoints.save_checkpoint(path, net, trainer, {}, {})
    before = path.read_bytes()
    with pytest.raises(TypeError, match="not JSON serializable"):
        checkpoints.save_checkpoint(path, net, trainer, {}, {"rows": object()})
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


def test_a_write_that_breaks_off_leaves_the_old_file_and_nothing_else(tmp_path):
    path = tmp_path / "file"
    path.write_text("old")
    with pytest.raises(KeyboardInterrupt), checkpoints.written_whole(path) as partial:
        partial.write_text("new, but only half of")
        raise KeyboardInterrupt
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_file_appears_only_when_it_is_complete(tmp_path):
    path = tmp_path / "file"
    with checkpoints.written_whole(path) as partial:
        partial.write_text("new")
        assert not path.exists()
    assert path.read_text() == "new"


@pytest.mark.parametrize("model", [dh.lenet, dh.alexnet, small_net])
def test_the_description_of_a_net_does_not_depend_on_its_initialization(model):
    net = model()
    before = checkpoints.net_description(net)
    net.initialize()
    net(np.zeros((1, 1, 67, 67)))
    assert checkpoints.net_description(net) == before
    assert "Conv2D" in before
