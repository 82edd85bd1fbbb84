"""`make weights`: files of PyTorch, read by PyTorch without running what is in them."""

import hashlib

from d2l_helpers.export.environments import TORCH, Environment, OwnEnvironmentError

import pytest
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
torch.save({"state_dict": tensors, "epoch": 3}, f"{folder}/nested.pth")
torch.save([1, 2], f"{folder}/list.pth")
content = open(f"{folder}/tensors.pth", "rb").read()
open(f"{folder}/cut.pth", "wb").write(content[:len(content) // 2])
open(f"{folder}/text.pth", "w").write("These are no weights.")
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
        ("nested", "holds 'state_dict', a dict, beside its weights; save model.state_dict"),
        ("list", "holds no weights by name but a list"),
        ("cut", "is damaged, or"),
        ("text", "is not read|is damaged"),
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


def test_the_hash_in_the_name_is_checked(tmp_path):
    content = b"weights"
    digest = hashlib.sha256(content).hexdigest()
    for name in (f"net-{digest[:8]}.pth", f"net-owt-{digest}.pth"):
        (tmp_path / name).write_bytes(content)
        assert weights.check_hash(tmp_path / name)
    (tmp_path / "net-2012.pth").write_bytes(content)  # a year is no hash
    assert not weights.check_hash(tmp_path / "net-2012.pth")
    wrong = tmp_path / "alexnet-owt-7be5be79.pth"
    wrong.write_bytes(content)
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


def test_a_program_that_fails_is_told_by_its_last_line(environment, tmp_path):
    environment.install()
    (tmp_path / "fails.py").write_text("import sys; print('out'); sys.exit('the reason')")
    with pytest.raises(OwnEnvironmentError, match=r"^the reason$"):
        environment.run(tmp_path / "fails.py")
    (tmp_path / "works.py").write_text("import sys; print(sys.argv[1])")
    assert environment.run(tmp_path / "works.py", "said") == "said\n"
