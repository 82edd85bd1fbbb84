"""Weights in safetensors files, and torchvision's AlexNet with the real PyTorch."""

import gzip
import io
import json
import pickle
import re
import tarfile
import tempfile
import zipfile

import d2l_helpers as dh
from d2l_helpers.export import safetensors, torchvision
from d2l_helpers.export.environments import TORCH

import mxnet as mx
import numpy
import pytest
from mxnet import init, np, npx
from mxnet.gluon import nn
from safetensors.numpy import load_file, save_file
from small import parameters, same_parameters
from stored_lessons import LESSONS, load_tool, read

needs_torch = pytest.mark.skipif(not TORCH.is_installed, reason="`make torch` was not run here")

# torchvision's layers and names, random weights, and a batch; then the lesson's twin.
TORCH_NET = """\
import sys
import numpy, torch
from torch import nn

class AlexNet(nn.Module):
    def __init__(self):
        super().__init__()
        relu, pool = nn.ReLU, lambda: nn.MaxPool2d(3, 2)
        self.features = nn.Sequential(
            nn.Conv2d(3, 64, 11, 4, 2), relu(), pool(), nn.Conv2d(64, 192, 5, padding=2), relu(),
            pool(), nn.Conv2d(192, 384, 3, padding=1), relu(), nn.Conv2d(384, 256, 3, padding=1),
            relu(), nn.Conv2d(256, 256, 3, padding=1), relu(), pool())
        self.avgpool = nn.AdaptiveAvgPool2d((6, 6))
        self.classifier = nn.Sequential(
            nn.Dropout(), nn.Linear(9216, 4096), relu(), nn.Dropout(), nn.Linear(4096, 4096),
            relu(), nn.Linear(4096, 1000))

    def forward(self, x):
        return self.classifier(torch.flatten(self.avgpool(self.features(x)), 1))

folder = sys.argv[1]
torch.manual_seed(0)
net = AlexNet().eval()
for layer in net.modules():  # larger than torch's own, so that the scores differ
    if hasattr(layer, "weight"):
        nn.init.kaiming_normal_(layer.weight, nonlinearity="relu")
torch.save(net.state_dict(), f"{folder}/random.pth")
X = torch.rand(2, 3, 224, 224)
with torch.no_grad():
    numpy.savez(f"{folder}/batch.npz", X=X, scores=net(X))
"""
TWIN = """\
import sys
import numpy, torch
from safetensors.numpy import load_file
exec(open(sys.argv[1]).read())
weights = list(load_file(sys.argv[2]).items())
order = [f"{kind}{i}.{part}" for kind, n in (("conv", 5), ("dense", 3)) for i in range(1, n + 1)
         for part in ("weight", "bias")]
values = [torch.from_numpy(dict(weights)[name]) for name in order]
net.load_state_dict(dict(zip(net.state_dict(), values)))
X = torch.from_numpy(numpy.load(sys.argv[3]))
with torch.no_grad():
    numpy.save(sys.argv[4], net.eval()(X).numpy())
"""


def started(net, shape=(1, 1, 28, 28)):
    net.initialize(init.MSRAPrelu("in", slope=0))
    net(np.zeros(shape))
    return net


@pytest.fixture
def lenet_file(tmp_path):
    path = tmp_path / "new folder" / "lenet.safetensors"
    dh.save_safetensors(started(dh.lenet()), path)
    return path


# Files of one's own


@pytest.mark.parametrize(
    "make, shape",
    [
        (dh.lenet, (1, 1, 28, 28)),
        (dh.alexnet_reduced, (1, 1, 67, 67)),
        (lambda: dh.alexnet_2012(num_classes=3), (1, 3, 67, 67)),
        (lambda: dh.alexnet_batchnorm(num_classes=3), (1, 3, 32, 32)),
    ],
)
@pytest.mark.parametrize("initialized", [False, True])
def test_each_net_comes_back_bit_by_bit(make, shape, initialized, tmp_path):
    net, twin = started(make(), shape), make()
    for parameter in net.collect_params().values():  # running means as well
        parameter.set_data(np.random.uniform(size=parameter.shape))
    if initialized:
        started(twin, shape)
    dh.save_safetensors(net, tmp_path / "net.safetensors")
    dh.load_safetensors(twin, tmp_path / "net.safetensors")
    assert same_parameters(net, twin)


def test_names_say_the_layer_and_other_readers_find_them(lenet_file):
    assert list(load_file(lenet_file))[:2] == ["conv1.bias", "conv1.weight"]
    nested = nn.HybridSequential()
    nested.add(nn.HybridSequential(), nn.Dense(2))
    nested[0].add(nn.Dense(3), nn.BatchNorm())
    names = list(safetensors.weight_names(nested))
    assert names[:2] == ["dense1.weight", "dense1.bias"]
    assert names[2:6] == [
        f"batchnorm1.{n}" for n in ("gamma", "beta", "running_mean", "running_var")
    ]
    assert names[6:] == ["dense2.weight", "dense2.bias"]


def test_other_precisions_become_float32(lenet_file):
    halves = {name: value.astype("float16") for name, value in load_file(lenet_file).items()}
    save_file(halves, lenet_file)
    net = dh.lenet()
    dh.load_safetensors(net, lenet_file)
    assert {value.dtype for value in parameters(net)} == {numpy.dtype("float32")}
    save_file({name: value.astype("int32") for name, value in halves.items()}, lenet_file)
    with pytest.raises(dh.WeightsError, match=r"holds conv1.bias as I32.*\(F16, F32, F64\)"):
        dh.load_safetensors(net, lenet_file)


def changed(path, change):
    weights = load_file(path)
    change(weights)
    save_file(weights, path)


@pytest.mark.parametrize(
    "change, message",
    [
        (lambda w: w.pop("conv2.weight"), "there is no conv2.weight, but"),
        (lambda w: w.update(conv9=w["conv1.bias"]), "conv9 has no place in this one"),
        (
            lambda w: w.update({"dense3.weight": w["dense3.weight"][:9].copy()}),
            r"dense3.weight is \(9, 84\) there and \(10, 84\) in this one",
        ),
        (
            lambda w: w.update({"conv1.bias": w["conv1.bias"][None]}),
            r"conv1.bias is \(1, 6\) there and \(6,\) in this one",
        ),
    ],
)
def test_weights_of_another_net_are_refused_by_name_and_the_net_stays(lenet_file, change, message):
    changed(lenet_file, change)
    net = started(dh.lenet())
    before = parameters(net)
    with pytest.raises(dh.WeightsError, match=f"lenet.safetensors has the weights of.*{message}"):
        dh.load_safetensors(net, lenet_file)
    assert all(map(numpy.array_equal, before, parameters(net)))


# One more than there are: the notebook comes from a machine with another GPU.
NO_DEVICES = [("cpu", TypeError), (npx.gpu(npx.num_gpus()), ValueError)]


@pytest.mark.parametrize(("device", "kind"), NO_DEVICES)
def test_a_device_that_is_not_there_is_refused_and_the_net_stays(device, kind, lenet_file):
    net = started(dh.lenet())
    scores = net(np.ones((1, 1, 28, 28)))
    with pytest.raises(kind, match=r"dh\.try_gpu\(\)"):
        dh.load_safetensors(net, lenet_file, device)
    assert (net(np.ones((1, 1, 28, 28))) == scores).all()


@pytest.mark.parametrize(("device", "kind"), NO_DEVICES)
def test_torchvisions_weights_are_not_read_for_a_device_that_is_not_there(
    device, kind, torchvision_file
):
    with pytest.raises(kind, match=r"dh\.try_gpu\(\)"):
        dh.from_torchvision(torchvision_file, device)


@pytest.mark.parametrize(
    "damage",
    [
        lambda content: content[:-1],
        lambda content: content[:5],
        lambda content: content[:100],
        lambda content: b"\xff" * 8 + content[8:],
        lambda content: content[:8] + b"[" + content[9:],
    ],
)
def test_a_damaged_file_is_refused(lenet_file, damage):
    lenet_file.write_bytes(damage(lenet_file.read_bytes()))
    with pytest.raises(dh.WeightsError, match="is damaged, or no safetensors file"):
        dh.load_safetensors(dh.lenet(), lenet_file)


def test_places_in_the_file_that_do_not_fit_are_refused(lenet_file):
    content = lenet_file.read_bytes()
    length = int.from_bytes(content[:8], "little")
    header = json.loads(content[8 : 8 + length])
    header["conv1.bias"]["data_offsets"] = [0, 10**12]
    new = json.dumps(header).encode()
    lenet_file.write_bytes(len(new).to_bytes(8, "little") + new + content[8 + length :])
    with pytest.raises(dh.WeightsError, match="is damaged"):
        dh.load_safetensors(dh.lenet(), lenet_file)


def test_what_is_missing_is_said(tmp_path):
    with pytest.raises(dh.WeightsError, match=r"there is no file .*nothing\.safetensors"):
        dh.load_safetensors(dh.lenet(), tmp_path / "nothing.safetensors")
    with pytest.raises(RuntimeError, match="not initialized"):
        dh.save_safetensors(dh.lenet(), tmp_path / "x.safetensors")
    waiting = dh.lenet()
    waiting.initialize()
    with pytest.raises(dh.WeightsError, match=r"conv1.weight has no values yet.*net\(X\)"):
        dh.save_safetensors(waiting, tmp_path / "x.safetensors")
    with pytest.raises(TypeError, match=r"write lenet\(\)"):
        dh.save_safetensors(dh.lenet, tmp_path / "x.safetensors")
    assert not (tmp_path / "x.safetensors").exists()


# Files of other kinds, under any name


def zipped(*names):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name in names:
            archive.writestr(name, "content" * 100)
    return file.getvalue()


def written_by_mxnet():
    with tempfile.NamedTemporaryFile() as file:
        mx.nd.save(file.name, {"weight": mx.nd.ones((2, 3))})
        return file.read()


def npz():
    file = io.BytesIO()
    numpy.savez(file, weight=numpy.ones(3))
    return file.getvalue()


def tar():
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w") as archive:
        archive.addfile(tarfile.TarInfo("net.pth"))
    return file.getvalue()


TORCH_NOW = zipped("net/data.pkl", "net/byteorder", "net/data/0", "net/version")
TORCH_THEN = pickle.dumps(0x1950A86A20F9469CFC6C, 2) + pickle.dumps(1001, 2)
BY_PYTORCH = r"is a file that PyTorch wrote.*`make weights FILE=.*` makes data/weights/net\.safe"
OTHER_FILES = {
    "net.pth": (TORCH_NOW, BY_PYTORCH),
    "net.pth.tar": (TORCH_NOW, BY_PYTORCH),
    "net.PTH": (TORCH_NOW, BY_PYTORCH),
    "net.pkl": (TORCH_NOW, BY_PYTORCH),
    "net.safetensors": (TORCH_NOW, BY_PYTORCH),
    "net.pt": (TORCH_NOW[:200], BY_PYTORCH),  # the rest was not fetched
    "net.bin": (TORCH_THEN, BY_PYTORCH),
    "list.pkl": (pickle.dumps([1, 2]), "is a pickle, which can run code"),
    "dict.pickle": (pickle.dumps({"weight": [1.0]}, 2), "is a pickle, which can run code"),
    "net.params": (written_by_mxnet(), "MXNet wrote. net.load_parameters reads it"),
    "net.npz": (npz(), "an archive of NumPy arrays"),
    "net.zip": (zipped("net.safetensors"), "a zip archive. Unpack it"),
    "net.tgz": (gzip.compress(b"weights"), "a gzip archive. Unpack it"),
    "net.tar": (tar(), "a tar archive. Unpack it"),
    "net.h5": (b"\x89HDF\r\n\x1a\n\0\0\0\0\0\x08\x08\0", "an HDF5 file, as Keras writes it"),
    "page.safetensors": (
        b"\n<!DOCTYPE html>\n<html><head>",
        "is a web page. Fetch the file itself",
    ),
    "page.bin": (b"\xef\xbb\xbf<HTML>", "is a web page. Fetch the file itself"),
    "lfs.safetensors": (
        b"version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12345\n",
        "a Git LFS pointer. `git lfs pull` fetches the file",
    ),
    "net.json": (b'{"metadata": {"total_size": 123}}', "is text"),
    "none.safetensors": ("Zugriff verweigert: gesperrt für Gäste".encode(), "is text"),
    "empty.safetensors": (b"", "is empty"),
}


@pytest.mark.parametrize("name", OTHER_FILES)
def test_a_file_of_another_kind_is_recognized_by_its_content(name, tmp_path):
    content, message = OTHER_FILES[name]
    (tmp_path / name).write_bytes(content)
    for load in (lambda path: dh.load_safetensors(dh.lenet(), path), dh.from_torchvision):
        with pytest.raises(dh.WeightsError, match=message) as raised:
            load(tmp_path / name)
        assert str(raised.value).startswith(str(tmp_path / name))


@pytest.mark.parametrize("name", ["net.pth", "net.pth.tar", "net.weights", "safetensors"])
def test_the_name_of_a_file_does_not_matter(name, lenet_file):
    path = lenet_file.rename(lenet_file.with_name(name))
    net = dh.lenet()
    dh.load_safetensors(net, path)
    assert parameters(net)[0].shape == (6, 1, 5, 5)


def test_a_checkpoint_is_not_taken_for_a_file_of_weights(tmp_path):
    save_file({"weights/0.weight": numpy.ones(2)}, tmp_path / "c", {"header": "{}", "sha256": "0"})
    with pytest.raises(dh.WeightsError, match=r"is a checkpoint.*dh\.load_weights reads it"):
        dh.load_safetensors(dh.lenet(), tmp_path / "c")


# Prefixes and values


PREFIXES = ["module.", "model.", "_orig_mod.", "module.model.", "net.alexnet.", "conv1."]


@pytest.mark.parametrize("prefix", PREFIXES)
def test_a_prefix_that_all_names_have_is_left_out(prefix, lenet_file):
    expected = load_file(lenet_file)
    save_file({prefix + name: value for name, value in expected.items()}, lenet_file)
    net = dh.lenet()
    dh.load_safetensors(net, lenet_file)
    for name, parameter in safetensors.weight_names(net).items():
        assert numpy.array_equal(parameter.data().asnumpy(), expected[name])


@pytest.mark.parametrize(
    "change, message",
    [
        (lambda w: w.update({"other.bias": w["module.conv1.bias"]}), "there is no conv1.weight"),
        (lambda w: w.pop("module.conv1.weight"), "there is no conv1.weight, but module.conv1.bias"),
        (lambda w: w.pop("module.dense3.bias"), "there is no dense3.bias"),
    ],
)
def test_names_of_which_only_some_have_the_prefix_are_refused(change, message, lenet_file):
    weights = {f"module.{name}": value for name, value in load_file(lenet_file).items()}
    change(weights)
    save_file(weights, lenet_file)
    with pytest.raises(dh.WeightsError, match=message):
        dh.load_safetensors(dh.lenet(), lenet_file)


@pytest.mark.parametrize(
    "value, dtype",
    [
        (numpy.nan, "float32"),
        (numpy.inf, "float32"),
        (-numpy.inf, "float16"),
        (1e300, "float64"),  # more than float32 can hold
    ],
)
def test_weights_that_are_not_finite_are_refused_by_name_and_the_net_stays(
    value, dtype, lenet_file
):
    def spoil(weights):
        weights["dense2.weight"] = weights["dense2.weight"].astype(dtype)
        weights["dense2.weight"][3, 4] = value

    changed(lenet_file, spoil)
    net = started(dh.lenet())
    before = parameters(net)
    with pytest.raises(dh.WeightsError, match=r"NaN or infinite values in dense2\.weight"):
        dh.load_safetensors(net, lenet_file)
    assert all(map(numpy.array_equal, before, parameters(net)))


def test_a_net_without_parameters_is_refused(lenet_file):
    with pytest.raises(ValueError, match="has no parameters"):
        dh.load_safetensors(nn.HybridSequential(), lenet_file)
    with pytest.raises(ValueError, match="has no parameters"):
        dh.save_safetensors(nn.HybridSequential(), lenet_file)


def test_an_interrupted_write_leaves_the_older_file(lenet_file, monkeypatch):
    before = lenet_file.read_bytes()

    def cut_off(values, path, metadata):
        path.write_bytes(b"half")
        raise KeyboardInterrupt

    monkeypatch.setattr("d2l_helpers.utils.arrays.save_file", cut_off)
    with pytest.raises(KeyboardInterrupt):
        dh.save_safetensors(started(dh.lenet()), lenet_file)
    assert lenet_file.read_bytes() == before
    assert [path.name for path in lenet_file.parent.iterdir()] == ["lenet.safetensors"]


# torchvision's


@pytest.fixture(scope="module")
def torchvision_file(tmp_path_factory):
    path = tmp_path_factory.mktemp("torchvision") / "five.safetensors"
    mx.random.seed(0)
    dh.to_torchvision(started(dh.alexnet_one_tower(num_classes=5), (1, 3, 224, 224)), path)
    return path


def test_there_and_back_bit_by_bit(torchvision_file, tmp_path):
    net = dh.from_torchvision(torchvision_file)
    assert net[-1].weight.shape == (5, 4096)
    dh.to_torchvision(net, tmp_path / "back.safetensors")
    assert (tmp_path / "back.safetensors").read_bytes() == torchvision_file.read_bytes()
    names = {name.rpartition(".")[0] for name in load_file(torchvision_file)}
    assert names == set(torchvision.TORCHVISION_LAYERS.values())


@pytest.mark.parametrize(
    "change, message",
    [
        (lambda w: w.pop("classifier.6.weight"), "it has no classifier.6.weight, but"),
        (lambda w: w.pop("features.8.bias"), "there is no features.8.bias"),
        (
            lambda w: w.update({"features.3.weight": w["features.3.weight"][:, :48].copy()}),
            r"features.3.weight is \(192, 48, 5, 5\) there and \(192, 64, 5, 5\)",
        ),
    ],
)
def test_another_file_is_no_torchvision_alexnet(torchvision_file, change, message, tmp_path):
    weights = load_file(torchvision_file)
    change(weights)
    save_file(weights, tmp_path / "other.safetensors")
    with pytest.raises(dh.WeightsError, match=message):
        dh.from_torchvision(tmp_path / "other.safetensors")


def test_weights_of_torchvision_in_a_wrapper_are_taken(torchvision_file, tmp_path):
    weights = load_file(torchvision_file)
    wrapped = {f"module.{name}": value for name, value in weights.items()}
    save_file(wrapped, tmp_path / "wrapped.safetensors")
    net = dh.from_torchvision(tmp_path / "wrapped.safetensors")
    assert numpy.array_equal(net[-1].bias.data().asnumpy(), weights["classifier.6.bias"])


def test_another_net_is_not_written_under_torchvisions_names(tmp_path):
    with pytest.raises(dh.WeightsError, match="the net has the weights of another net"):
        dh.to_torchvision(started(dh.lenet()), tmp_path / "x.safetensors")
    smaller = started(dh.alexnet_one_tower(num_classes=5), (1, 3, 67, 67))
    with pytest.raises(dh.WeightsError, match=r"dense1.weight is \(4096, 256\) there"):
        dh.to_torchvision(smaller, tmp_path / "x.safetensors")


@needs_torch
def test_a_pth_of_the_real_pytorch_gives_the_same_scores_and_comes_back(tmp_path):
    (tmp_path / "net.py").write_text(TORCH_NET)
    TORCH.run(tmp_path / "net.py", tmp_path)
    file = load_tool("weights").convert(tmp_path / "random.pth", tmp_path)
    net = dh.from_torchvision(file)
    batch = numpy.load(tmp_path / "batch.npz")
    scores = net(np.array(batch["X"])).asnumpy()
    assert scores.shape == (2, 1000)
    assert batch["scores"].std() > 0.1
    assert numpy.abs(scores - batch["scores"]).max() < 1e-4
    dh.to_torchvision(net, tmp_path / "back.safetensors")
    theirs, back = load_file(file), load_file(tmp_path / "back.safetensors")
    assert theirs.keys() == back.keys()
    assert all(numpy.array_equal(theirs[name], back[name]) for name in theirs)


@needs_torch
def test_the_twin_that_lesson_12_prints_computes_the_same(tmp_path):
    (lesson,) = (path for path in LESSONS if path.stem.startswith("12"))
    prose = "\n".join(cell.source for cell in read(lesson).cells if cell.cell_type == "markdown")
    (program,) = re.findall(r"```python\n(.*?)```", prose, re.DOTALL)
    net = started(dh.alexnet_one_tower(), (1, 3, 224, 224))
    X = np.random.uniform(size=(2, 3, 224, 224))
    files = [tmp_path / name for name in ("twin.py", "w.safetensors", "X.npy", "scores.npy")]
    files[0].write_text(program)
    dh.save_safetensors(net, files[1])
    numpy.save(files[2], X.asnumpy())
    (tmp_path / "run.py").write_text(TWIN)
    TORCH.run(tmp_path / "run.py", *files)
    assert numpy.abs(numpy.load(files[3]) - net(X).asnumpy()).max() < 1e-4
