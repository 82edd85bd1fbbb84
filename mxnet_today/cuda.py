"""NVIDIA GPUs and the CUDA libraries of MXNet 1.9.1: found, loaded, or refused with a reason."""

import ctypes
import importlib.util
from pathlib import Path

# What mxnet-cu112 loads, each after those that it needs itself: folder in site-packages/nvidia
# and file. The driver's libcuda.so.1 is the only one that no package brings.
CUDA_LIBRARIES = (
    ("cuda_runtime", "libcudart.so.11.0"),
    ("cuda_nvrtc", "libnvrtc.so.11.2"),
    ("nvtx", "libnvToolsExt.so.1"),
    ("cublas", "libcublasLt.so.11"),
    ("cublas", "libcublas.so.11"),
    ("cufft", "libcufft.so.10"),
    ("curand", "libcurand.so.10"),
    ("cusparse", "libcusparse.so.11"),
    ("cusolver", "libcusolver.so.11"),
    ("cudnn", "libcudnn.so.8"),
    ("nccl", "libnccl.so.2"),
)
CUDA_DRIVER = "libcuda.so.1"
# Compute capabilities whose GPUs run the machine code in mxnet-cu112 1.9.1.
FIRST_CAPABILITY, TOO_NEW_CAPABILITY = (5, 0), (9, 0)


def load_libraries(folders=None):
    """Load the CUDA libraries of MXNet's CUDA build, from PyPI's packages or else the system's.

    Loading them beforehand spares LD_LIBRARY_PATH, which a running process cannot set for itself.

    Args:
        folders: where the packages' folders (cublas, cudnn, ...) lie; default:
            site-packages/nvidia.

    Raises:
        ImportError: one of them, or the driver's own library, is not there. The message says what
            to do.
    """
    if folders is None:
        package = importlib.util.find_spec("nvidia")
        folders = package.submodule_search_locations if package else []
    for folder, name in CUDA_LIBRARIES:
        places = [Path(root, folder, "lib", name) for root in folders]
        packaged = next((str(place) for place in places if place.exists()), name)
        if not _load_globally(packaged):
            raise ImportError(
                f"MXNet's CUDA build needs {name}, which is neither in site-packages/nvidia nor "
                f"on the system: `pip install 'nvidia-{folder.replace('_', '-')}-cu11<9'`."
            )
    if not _load_globally(CUDA_DRIVER):
        raise ImportError(
            f"MXNet's CUDA build needs {CUDA_DRIVER}, which comes with NVIDIA's driver, and there "
            "is no driver here. Install it, or use MXNet's CPU build: the package mxnet."
        )


def _load_globally(library):
    try:
        ctypes.CDLL(library, mode=ctypes.RTLD_GLOBAL)
    except OSError:
        return False
    return True


def gpus():
    """Return what NVIDIA's driver shows, as [(name, (major, minor))] with compute capabilities.

    Without a driver, or without a GPU, the answer is [].
    """
    try:
        driver = ctypes.CDLL(CUDA_DRIVER)
    except OSError:
        return []
    count = ctypes.c_int()
    if driver.cuInit(0) != 0 or driver.cuDeviceGetCount(ctypes.byref(count)) != 0:
        return []
    return [_gpu(driver, i) for i in range(count.value)]


def _gpu(driver, i):
    capability_attributes = (75, 76)  # CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR and _MINOR
    device, number, name = ctypes.c_int(), ctypes.c_int(), ctypes.create_string_buffer(100)
    driver.cuDeviceGet(ctypes.byref(device), i)
    driver.cuDeviceGetName(name, len(name), device)
    capability = []
    for attribute in capability_attributes:
        driver.cuDeviceGetAttribute(ctypes.byref(number), attribute, device)
        capability.append(number.value)
    return name.value.decode(), tuple(capability)


def gpu_problem(name, capability):
    """Return why MXNet 1.9.1 cannot use a GPU of this compute capability, or None if it can.

    mxnet-cu112 holds machine code for 5.0, 6.0, 7.0, 8.0 and 8.6, which also runs on what comes
    later in the same generation, and no PTX that the driver could translate for another.
    """
    if FIRST_CAPABILITY <= capability < TOO_NEW_CAPABILITY:
        return None
    major, minor = capability
    return (
        f"{name} has compute capability {major}.{minor}, and MXNet 1.9.1 holds machine code for "
        f"5.0 to 8.9 only"
    )
