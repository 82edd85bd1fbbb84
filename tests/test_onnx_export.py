"""Nets as ONNX files, run by onnxruntime where `make onnx` was run."""

import json

import d2l_helpers as dh
from d2l_helpers.export import onnx
from d2l_helpers.export.environments import ONNX, OwnEnvironmentError
from d2l_helpers.export.onnx import CannotExport, onnx_graph, run_onnx, to_onnx

import numpy
import pytest
from mxnet import init, np
from mxnet.gluon import nn

needs_onnx = pytest.mark.skipif(not ONNX.is_installed, reason="`make onnx` was not run here")


def odd_net():
    """Layers with settings that the course's nets do not have."""
    net = nn.HybridSequential()
    net.add(nn.HybridSequential(), nn.Dropout(0.5), nn.Flatten(), nn.Dense(7, use_bias=False))
    net[0].add(
        nn.Conv2D(6, kernel_size=(3, 5), strides=(2, 1), padding=(1, 0), use_bias=False),
        nn.BatchNorm(epsilon=1e-3),
        nn.Activation("softsign"),
        nn.Conv2D(6, 3, groups=2, dilation=2, activation="softrelu"),
        nn.AvgPool2D(3, 2, padding=1, count_include_pad=False),
        nn.MaxPool2D(2, 3, ceil_mode=True),
        dh.LRN(channels=3, alpha=0.5, beta=0.6, k=1.5),
    )
    return net


NETS = {
    "lenet": (dh.lenet, (1, 1, 28, 28)),
    "lenet_wide": (dh.lenet_wide, (1, 1, 28, 28)),
    "tanh": (lambda: dh.lenet(activation="tanh"), (1, 1, 28, 28)),
    "alexnet_reduced": (dh.alexnet_reduced, (1, 1, 67, 67)),
    "alexnet": (dh.alexnet, (1, 1, 67, 67)),
    "alexnet_2012": (lambda: dh.alexnet_2012(num_classes=5), (1, 3, 67, 67)),
    "alexnet_one_tower": (lambda: dh.alexnet_one_tower(num_classes=5), (1, 3, 70, 70)),
    "alexnet_t4": (dh.alexnet_t4, (1, 3, 224, 224)),
    "alexnet_batchnorm": (dh.alexnet_batchnorm, (1, 3, 32, 32)),
    "odd": (odd_net, (1, 2, 24, 30)),
}


def started(make, shape):
    net = make()
    net.initialize(init.MSRAPrelu("in", slope=0))
    net(np.zeros(shape))
    for name, parameter in net.collect_params().items():  # as after training
        if name.endswith(("gamma", "beta", "running_mean", "running_var", "bias")):
            parameter.set_data(np.random.uniform(0.2, 1, size=parameter.shape))
    return net


@needs_onnx
@pytest.mark.parametrize("name", NETS)
def test_onnxruntime_gives_the_same_scores(name, tmp_path):
    make, shape = NETS[name]
    net = started(make, shape)
    X = np.random.uniform(size=(3, *shape[1:]))
    to_onnx(net, shape, tmp_path / "new" / "net.onnx")
    scores = net(X).asnumpy()
    outputs = run_onnx(tmp_path / "new" / "net.onnx", X)
    assert list(outputs) == ["scores"]
    assert scores.std(axis=0).max() > 1e-3  # the images are told apart
    assert numpy.abs(outputs["scores"] - scores).max() < 1e-4 * max(1, numpy.abs(scores).max())


@needs_onnx
def test_layers_can_be_had_as_outputs(tmp_path):
    net = started(*NETS["alexnet_reduced"])
    X = np.random.uniform(size=(2, 1, 67, 67))
    to_onnx(net, X.shape, tmp_path / "net.onnx", also=["conv1", "pool2"])
    outputs = run_onnx(tmp_path / "net.onnx", X.asnumpy())
    assert list(outputs) == ["scores", "conv1", "pool2"]
    assert numpy.abs(outputs["conv1"] - net[0](X).asnumpy()).max() < 1e-4
    assert numpy.abs(outputs["pool2"] - net[:6](X).asnumpy()).max() < 1e-4


@needs_onnx
def test_what_onnx_refuses_is_said_and_no_file_is_left(tmp_path, monkeypatch):
    net = started(*NETS["lenet"])
    right = onnx_graph(net, (1, 1, 28, 28))

    def wrong(*arguments):
        nodes = [dict(node, op="Cnov") if node["op"] == "Conv" else node for node in right["nodes"]]
        return {**right, "nodes": nodes}

    monkeypatch.setattr(onnx, "onnx_graph", wrong)
    with pytest.raises(OwnEnvironmentError, match="No Op registered for Cnov"):
        to_onnx(net, (1, 1, 28, 28), tmp_path / "net.onnx")
    assert not list(tmp_path.iterdir())
    (tmp_path / "no.onnx").write_text("no net")
    with pytest.raises(OwnEnvironmentError, match=r"no\.onnx"):
        run_onnx(tmp_path / "no.onnx", np.zeros((1, 1, 28, 28)))


@needs_onnx
@pytest.mark.parametrize(
    ("shape", "message"),
    [
        ((2, 1, 32, 32), r"shape \(batch, 1, 28, 28\), and these are \(2, 1, 32, 32\)"),
        ((2, 3, 28, 28), r"shape \(batch, 1, 28, 28\), and these are \(2, 3, 28, 28\)"),
        ((1, 28, 28), r"shape \(batch, 1, 28, 28\), and these are \(1, 28, 28\)"),
        ((2, 1), r"shape \(batch, 1, 28, 28\), and these are \(2, 1\)"),
        ((2, 784), r"shape \(batch, 1, 28, 28\), and these are \(2, 784\)"),
    ],
)
def test_images_of_another_size_are_refused_with_the_size_that_is_wanted(shape, message, tmp_path):
    to_onnx(started(*NETS["lenet"]), (1, 1, 28, 28), tmp_path / "net.onnx")
    with pytest.raises(OwnEnvironmentError, match=message):
        run_onnx(tmp_path / "net.onnx", np.zeros(shape))


def test_the_graph_names_layers_and_leaves_dropout_out():
    graph = onnx_graph(started(*NETS["alexnet_2012"]), (1, 3, 67, 67))
    json.dumps(graph)  # nothing that JSON does not have
    ops = [node["op"] for node in graph["nodes"]]
    assert "Dropout" not in ops
    assert ops.count("LRN") == 2
    groups = [node["attributes"]["group"] for node in graph["nodes"] if node["op"] == "Conv"]
    assert groups == [1, 2, 1, 2, 2]
    assert graph["nodes"][0]["inputs"] == ["image", "conv1.weight", "conv1.bias"]
    assert graph["nodes"][-1]["output"] == "scores"
    assert graph["outputs"] == {"scores": (1, 5)}


def test_batch_normalization_is_exported_with_all_that_it_has_learned():
    graph = onnx_graph(started(*NETS["alexnet_batchnorm"]), (1, 3, 32, 32))
    nodes = [node for node in graph["nodes"] if node["op"] == "BatchNormalization"]
    assert len(nodes) == 9
    parts = [name.split(".")[1] for name in nodes[0]["inputs"][1:]]
    assert parts == ["gamma", "beta", "running_mean", "running_var"]


@pytest.mark.parametrize(
    "layer, reason",
    [
        (nn.LayerNorm(), r"layernorm1, LayerNorm.*the export knows Conv2D, MaxPool2D"),
        (nn.Dense(3, flatten=False), r"dense4, Dense.*flatten=True alone"),
        (nn.BatchNorm(axis=-1), r"batchnorm1, BatchNorm.*axis=1 and scale=True alone"),
        (nn.BatchNorm(scale=False), r"batchnorm1, BatchNorm.*axis=1 and scale=True alone"),
    ],
)
def test_an_unknown_layer_is_refused_by_its_name(layer, reason, tmp_path):
    net = dh.lenet()
    net.add(layer)
    net.initialize()
    with pytest.raises(CannotExport, match=reason):
        to_onnx(net, (1, 1, 28, 28), tmp_path / "net.onnx")
    assert not list(tmp_path.iterdir())


def test_what_else_is_wrong_is_said_before_onnx_is_asked(tmp_path):
    with pytest.raises(RuntimeError, match="not initialized"):
        to_onnx(dh.lenet(), (1, 1, 28, 28), tmp_path / "net.onnx")
    net = started(*NETS["lenet"])
    with pytest.raises(ValueError, match="made for images with another number of channels"):
        to_onnx(net, (1, 3, 28, 28), tmp_path / "net.onnx")
    for name in ("conv9", "dense3"):  # the last layer's output is the scores
        with pytest.raises(
            ValueError, match=f"no output {name} can be had; there are conv1, pool1"
        ):
            to_onnx(net, (1, 1, 28, 28), tmp_path / "net.onnx", also=[name])


def test_without_its_environment_the_command_is_named(tmp_path, monkeypatch):
    elsewhere = onnx.ONNX.__class__("ONNX", tmp_path / "no", ONNX.requirements, "make onnx")
    monkeypatch.setattr(onnx, "ONNX", elsewhere)
    with pytest.raises(OwnEnvironmentError, match=r"needs ONNX.*`make onnx` makes it"):
        to_onnx(started(*NETS["lenet"]), (1, 1, 28, 28), tmp_path / "net.onnx")
    assert not list(tmp_path.iterdir())
