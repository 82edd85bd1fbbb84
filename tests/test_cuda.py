import subprocess
import sys
import types

from mxnet_today import cuda

import pytest


def test_a_missing_cuda_library_is_named_with_the_way_out(monkeypatch):
    monkeypatch.setattr(cuda, "CUDA_LIBRARIES", (("cudnn", "libnot_there.so.8"),))
    with pytest.raises(
        ImportError, match=r"needs libnot_there\.so\.8.*pip install .nvidia-cudnn-cu11<9"
    ):
        cuda.load_libraries(folders=[])


def test_a_missing_driver_is_named_with_the_way_out(monkeypatch):
    monkeypatch.setattr(cuda, "CUDA_LIBRARIES", ())
    monkeypatch.setattr(cuda, "CUDA_DRIVER", "libnot_there.so.1")
    with pytest.raises(ImportError, match=r"NVIDIA's driver.*no driver here.*CPU build"):
        cuda.load_libraries(folders=[])


def test_a_library_from_pypi_goes_before_the_system_s(tmp_path, monkeypatch):
    packaged = tmp_path / "cudnn" / "lib" / "libcudnn.so.8"
    packaged.parent.mkdir(parents=True)
    packaged.touch()
    loaded = []
    monkeypatch.setattr(cuda, "_load_globally", lambda name: not loaded.append(name))
    cuda.load_libraries(folders=[tmp_path])
    assert str(packaged) in loaded
    assert "libcudnn.so.8" not in loaded
    assert loaded[0] == "libcudart.so.11.0"
    assert loaded[-1] == "libcuda.so.1"


@pytest.mark.parametrize("nvidia", [True, False])
def test_the_packages_lie_in_the_folders_of_nvidia(tmp_path, monkeypatch, nvidia):
    packaged = tmp_path / "nccl" / "lib" / "libnccl.so.2"
    packaged.parent.mkdir(parents=True)
    packaged.touch()
    package = types.SimpleNamespace(submodule_search_locations=[str(tmp_path)])
    monkeypatch.setattr(cuda.importlib.util, "find_spec", lambda name: nvidia and package)
    loaded = []
    monkeypatch.setattr(cuda, "_load_globally", lambda name: not loaded.append(name))
    cuda.load_libraries()
    assert (str(packaged) if nvidia else "libnccl.so.2") in loaded


def test_what_is_loaded_can_be_seen_by_the_libraries_that_come_after(stub_driver):
    code = (
        "import ctypes; from mxnet_today import cuda; "
        f"assert cuda._load_globally({str(stub_driver)!r}); ctypes.CDLL(None).cuInit"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


@pytest.mark.parametrize("capability", [(5, 0), (6, 1), (7, 5), (8, 6), (8, 9)])
def test_gpus_from_maxwell_to_ada_work(capability):
    assert cuda.gpu_problem("a GPU", capability) is None


@pytest.mark.parametrize("capability", [(3, 5), (9, 0), (10, 0), (12, 0)])
def test_older_and_newer_gpus_do_not_and_the_reason_names_them(capability):
    major, minor = capability
    problem = cuda.gpu_problem("a GPU", capability)
    assert f"a GPU has compute capability {major}.{minor}" in problem
    assert "5.0 to 8.9" in problem


def test_without_a_driver_there_are_no_gpus(monkeypatch):
    monkeypatch.setattr(cuda, "CUDA_DRIVER", "libnot_there.so.1")
    assert cuda.gpus() == []


def test_gpus_are_read_from_the_driver(stub_driver, monkeypatch):
    monkeypatch.setattr(cuda, "CUDA_DRIVER", str(stub_driver))
    assert cuda.gpus() == []
    monkeypatch.setenv("STUB_GPUS", "86 90")
    assert cuda.gpus() == [("Stub 86", (8, 6)), ("Stub 90", (9, 0))]
