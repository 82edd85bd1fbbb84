"""`make weights`: files of PyTorch, read by PyTorch without running what is in them."""

import hashlib
import pickle
import re
import sys
import zipfile

import d2l_helpers as dh
from d2l_helpers.export.environments import ONNX, TORCH, Environment, OwnEnvironmentError

import numpy
import pytest
import safetensors.numpy
from mxnet.gluon import nn
from stored_lessons import ROOT, load_tool

weights = load_tool("weights")
needs_torch = pytest.mark.skipif(not TORCH.is_installed, reason="`make torch` was not run here")

# A pickle that makes a file when it is read, and one that is trusted, to see that it would.
TRAP = """\
import os, pathlib, sys, torch
folder, mode = sys.argv[1:]

class Trap:
    def __reduce__(self):
        return pathlib.Path.touch, (pathlib.Path(folder, "it-ran"),)

if mode == "make":
    torch.save({"weight": Trap()}, os.path.join(folder, "trap.pth"))
else:
    torch.load(os.path.join(folder, "trap.pth"), weights_only=False)
"""
OTHERS = """\
import collections, sys, torch
folder = sys.argv[1]
tensors = {"a.weight": torch.arange(6.0).reshape(2, 3).T, "b": torch.ones(2, dtype=torch.bfloat16)}
torch.save(tensors, f"{folder}/tensors.pth")
wrapped = {f"module.{name}": tensor for name, tensor in tensors.items()}
optimizer = {"state": {0: {"momentum_buffer": torch.ones(2)}}, "param_groups": [{"lr": 0.1}]}
torch.save({"epoch": 3, "state_dict": wrapped, "optimizer": optimizer}, f"{folder}/nested.pth.tar")
torch.save(tensors, f"{folder}/old.PTH", _use_new_zipfile_serialization=False)
torch.save(tensors, f"{folder}/new.pkl")
torch.save({"model": tensors, "model_ema": tensors}, f"{folder}/two.pth")
torch.save({"epoch": 3, **tensors}, f"{folder}/mixed.pth")
torch.save({"epoch": 3, "optimizer": optimizer}, f"{folder}/none.pth")
torch.save({"epoch": 3, "state_dict": {}}, f"{folder}/no_tensors.pth")
torch.save({}, f"{folder}/empty.pth")
torch.save([1, 2], f"{folder}/list.pth")
torch.save({"a": torch.ones(1).expand(1000, 1000)}, f"{folder}/one_for_all.pth")
same = torch.ones(100_000)
torch.save({str(i): same for i in range(100)}, f"{folder}/same.pth")
torch.save({"a": torch.eye(3).to_sparse()}, f"{folder}/sparse.pth")
torch.save({"a": torch.ones(3, device="meta")}, f"{folder}/meta.pth")
content = open(f"{folder}/tensors.pth", "rb").read()
open(f"{folder}/cut.pth", "wb").write(content[:len(content) // 2])
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("pth")
    (folder / "others.py").write_text(OTHERS)
    TORCH.run(folder / "others.py", folder)
    return folder


@needs_torch
def test_a_file_that_would_run_code_is_refused_and_does_not_run(tmp_path):
    (tmp_path / "trap.py").write_text(TRAP)
    TORCH.run(tmp_path / "trap.py", tmp_path, "make")
    with pytest.raises(OwnEnvironmentError, match=r"holds more than weights.*is not read.*GLOBAL"):
        weights.convert(tmp_path / "trap.pth", tmp_path)
    assert not (tmp_path / "it-ran").exists()
    assert not list(tmp_path.glob("*.safetensors"))
    TORCH.run(tmp_path / "trap.py", tmp_path, "trust it")
    assert (tmp_path / "it-ran").exists()


@needs_torch
@pytest.mark.parametrize(
    "name, message",
    [
        ("two", r"'model' \(\w+\), 'model_ema' \(\w+\), and it is not clear which are the weights"),
        ("mixed", r"'epoch' \(int\), 'a.weight' \(Tensor\).*save model.state_dict\(\) alone"),
        ("none", r"'optimizer' \(dict\), and it is not clear which are the weights"),
        ("no_tensors", r"'state_dict' \(dict\), and it is not clear which are the weights"),
        ("empty", "holds no weights by name but a dict"),
        ("list", "holds no weights by name but a list"),
        ("cut", "is damaged, or"),
        ("one_for_all", "would grow to 4,000,000 bytes: its tensors repeat their numbers"),
        ("same", "would grow to 40,000,000 bytes"),
        ("sparse", "holds 'a' in another form than plain numbers"),
        ("meta", "holds 'a' in another form than plain numbers"),
    ],
)
def test_what_holds_no_weights_is_refused(folder, name, message):
    with pytest.raises(OwnEnvironmentError, match=message):
        weights.convert(folder / f"{name}.pth", folder)
    assert not (folder / f"{name}.safetensors").exists()


@needs_torch
def test_tensors_come_through_in_float32(folder, capsys):
    from safetensors.numpy import load_file

    held = load_file(weights.convert(folder / "tensors.pth", folder))
    assert held["a.weight"].tolist() == [[0, 3], [1, 4], [2, 5]]
    assert held["b"].dtype == "float32"
    assert "not in the name" in capsys.readouterr().out


@needs_torch
@pytest.mark.parametrize("name", ["nested.pth.tar", "old.PTH", "new.pkl"])
def test_the_weights_are_found_under_any_name_and_beside_other_values(name, folder, capsys):
    from safetensors.numpy import load_file

    with pytest.raises(dh.WeightsError, match=f"make weights FILE={folder / name}"):
        dh.load_safetensors(nn.Dense(1), folder / name)
    target = weights.convert(folder / name, folder / "converted")
    assert target.name == f"{name.partition('.')[0]}.safetensors"
    prefix = "module." if name == "nested.pth.tar" else ""
    assert load_file(target).keys() == {f"{prefix}a.weight", f"{prefix}b"}
    assert ("took the weights under 'state_dict'" in capsys.readouterr().out) == bool(prefix)


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("page.pth", b"<!doctype html><title>Sign in", "is a web page. Fetch the file itself"),
        ("list.pkl", pickle.dumps([1, 2]), "is a pickle"),
        ("text.pth", b"These are no weights.", "is text"),
        ("net.h5", b"\x89HDF\r\n\x1a\n", "is an HDF5 file"),
        ("net.pth", safetensors.numpy.save({"a": numpy.ones(2)}), "is a safetensors file"),
    ],
)
def test_what_pytorch_did_not_write_is_refused_before_pytorch_is_installed(
    name, content, message, tmp_path, monkeypatch
):
    monkeypatch.setattr(weights, "TORCH", None)
    (tmp_path / name).write_bytes(content)
    with pytest.raises(SystemExit, match=message):
        weights.main([str(tmp_path / name)])


def test_the_hash_in_the_name_is_checked(tmp_path):
    content = b"weights"
    digest = hashlib.sha256(content).hexdigest()
    for name in (f"net-{digest[:8]}.pth", f"net-owt-{digest}.pth", f"net-{digest[:8]}.pth.tar"):
        (tmp_path / name).write_bytes(content)
        assert weights.check_hash(tmp_path / name)
    (tmp_path / "net-2012.pth").write_bytes(content)  # a year is no hash
    assert not weights.check_hash(tmp_path / "net-2012.pth")
    wrong = tmp_path / "alexnet-owt-7be5be79.pth"
    wrong.write_bytes(b"\xff\0" + content)
    digest = hashlib.sha256(wrong.read_bytes()).hexdigest()
    with pytest.raises(ValueError, match=f"begins with {digest[:8]}, and its name promises 7be5"):
        weights.convert(wrong, tmp_path)


def test_the_command_ends_with_a_sentence(tmp_path):
    with pytest.raises(SystemExit, match=r"there is no file .*nothing\.pth"):
        weights.main([str(tmp_path / "nothing.pth")])


def test_what_it_writes_is_ignored_by_git():
    assert "data/weights/" in (ROOT / ".gitignore").read_text().split()


# The environments


@pytest.fixture
def environment(tmp_path):
    requirements = tmp_path / "requirements.txt"
    requirements.write_text("")
    return Environment("nothing", tmp_path / "venv", requirements, "make nothing")


@pytest.mark.parametrize("environment", [TORCH, ONNX], ids=["torch", "onnx"])
def test_an_environment_lies_in_build_and_has_a_requirements_file_and_a_make_target(environment):
    assert environment.folder.parent == ROOT / "build"
    assert environment.requirements.is_file()
    target = environment.command.removeprefix("make ")
    assert re.search(rf"^(.* )?{target}( .*)?: venv$", (ROOT / "Makefile").read_text(), re.M)


def test_an_environment_is_made_once_and_again_when_its_requirements_change(environment, capfd):
    with pytest.raises(OwnEnvironmentError, match=r"needs nothing.*`make nothing` makes it"):
        environment.run("program.py")
    environment.install()
    assert environment.is_installed
    environment.install()
    assert capfd.readouterr().err.count("Installing nothing") == 1
    environment.requirements.write_text("no-such-package==0 --no-index")
    assert not environment.is_installed
    with pytest.raises(OwnEnvironmentError, match=r"PIP_NO_INDEX=1 PIP_FIND_LINKS=wheels"):
        environment.install()
    assert not environment.is_installed


def test_an_environment_takes_no_package_without_a_hash(environment, tmp_path, capfd):
    info = "nothing-1.dist-info"
    with zipfile.ZipFile(tmp_path / "nothing-1-py3-none-any.whl", "w") as wheel:
        wheel.writestr(f"{info}/METADATA", "Metadata-Version: 2.1\nName: nothing\nVersion: 1\n")
        wheel.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nTag: py3-none-any\n")
        wheel.writestr(f"{info}/RECORD", "")
    environment.requirements.write_text(f"--no-index\n--find-links {tmp_path}\nnothing==1\n")
    with pytest.raises(OwnEnvironmentError):
        environment.install()
    assert "Hashes are required" in capfd.readouterr().err
    assert not environment.is_installed


def test_a_program_in_an_environment_is_given_its_arguments_or_fails_with_the_reason(
    environment, tmp_path
):
    environment.python.parent.mkdir(parents=True)
    environment.python.symlink_to(sys.executable)
    (environment.folder / "installed").touch()
    (tmp_path / "fails.py").write_text("raise ValueError('first\\nsecond')")
    with pytest.raises(OwnEnvironmentError, match=r"^ValueError: first\nsecond$"):
        environment.run(tmp_path / "fails.py")
    (tmp_path / "works.py").write_text("import sys; print(sys.argv[1])")
    assert environment.run(tmp_path / "works.py", "given") == "given\n"
