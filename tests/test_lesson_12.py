"""The two cells of lesson 12 that go one way or the other, by what a machine has."""

import d2l_helpers as dh
from d2l_helpers.export.environments import ONNX
from d2l_helpers.export.onnx import run_onnx, to_onnx

import numpy
import pytest
from mxnet import init, np, npx
from stored_lessons import LESSONS, code_cells, read

(LESSON,) = (path for path in LESSONS if path.stem.startswith("12"))


def run(cell_id, **names):
    (source,) = (cell.source for cell in code_cells(read(LESSON)) if cell.id == cell_id)
    exec(source, {"dh": dh, "np": np, "numpy": numpy, "device": npx.cpu(), **names})


@pytest.fixture
def data(tmp_path, monkeypatch):
    """A folder for the data, of which the lesson looks into weights/."""
    monkeypatch.setattr(dh, "DATA_DIR", tmp_path / "fashion-mnist")
    return tmp_path


def test_without_the_published_weights_it_says_so_in_a_line(data, capsys):
    run("classify", X=None)
    said = capsys.readouterr().out
    assert said.count("\n") == 1
    assert "are not in data/weights" in said


def test_with_weights_it_names_the_five_most_likely_classes(data, capsys):
    net = dh.alexnet_one_tower()
    net.initialize(init.MSRAPrelu("in", slope=0))
    X = np.random.normal(size=(1, 3, 224, 224))
    scores = net(X)
    dh.to_torchvision(net, data / "weights" / "alexnet-owt-7be5be79.safetensors")
    run("classify", X=X)
    probabilities = npx.softmax(scores)[0].asnumpy()
    best = numpy.argsort(-probabilities)[:5]
    names = dh.imagenet_class_names()
    expected = [f"{probabilities[i]:.3f}  {names[i]}" for i in best]
    assert capsys.readouterr().out.splitlines() == expected


@pytest.fixture
def reduced():
    net = dh.alexnet_reduced()
    net.initialize(init.MSRAPrelu("in", slope=0))
    return {"net": net, "to_onnx": to_onnx, "run_onnx": run_onnx}


def test_without_onnx_it_says_so_in_a_line(reduced, tmp_path, capsys):
    class Missing:
        is_installed = False

    run("onnx_run_code", ONNX=Missing, folder=tmp_path, **reduced)
    said = capsys.readouterr().out
    assert said.count("\n") == 1
    assert "`make onnx`" in said
    assert not list(tmp_path.iterdir())


@pytest.mark.skipif(not ONNX.is_installed, reason="`make onnx` was not run here")
def test_with_onnx_it_compares(reduced, tmp_path, capsys):
    run("onnx_run_code", ONNX=ONNX, folder=tmp_path, **reduced)
    assert "onnxruntime and MXNet differ by" in capsys.readouterr().out
