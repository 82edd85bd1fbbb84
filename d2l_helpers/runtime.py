"""What the course runs on: versions, CPU features, devices, and whether they fit together.

Nothing here imports MXNet at the top: a wrong Python or numpy is reported in plain words before
MXNet fails on it in its own way, and `prepare` sets what MXNet reads when it is imported.
"""

import ctypes
import importlib.metadata
import importlib.util
import os
import platform
import sys
import warnings
from pathlib import Path

SUPPORTED_PYTHONS = ((3, 9), (3, 10), (3, 11))
REPORTED_PACKAGES = ("mxnet", "mxnet-cu112", "d2l", "numpy", "pandas", "matplotlib")
# Instruction sets that decide how fast a convolution runs on x86-64, slowest first.
REPORTED_CPU_FEATURES = ("avx", "fma", "avx2", "avx512f", "avx512_bf16", "amx_bf16", "amx_tile")

# Setting this variable to 0 keeps `prepare` from changing anything.
SWITCH = "D2L_HELPERS_PREPARE"

# The instruction sets that OpenBLAS's kernels of a name use, fastest first.
BLAS_KERNELS = (
    ("SkylakeX", {"avx512f", "avx512cd", "avx512bw", "avx512dq", "avx512vl"}),
    ("Haswell", {"avx2", "fma"}),
)

AMX_ISA = "AVX512_CORE_AMX"
AMX_FEATURES = {"amx_tile", "amx_bf16"}
# Linux on x86-64: arch_prctl and its requests about the tile registers (the kernel's page on
# "Using XSTATE features in user space applications").
SYS_ARCH_PRCTL = 158
ARCH_GET_XCOMP_PERM, ARCH_REQ_XCOMP_PERM = 0x1022, 0x1023
XFEATURE_XTILEDATA = 18

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


def check_stack(python=None, installed=None):
    """Raise ImportError, in plain words, when MXNet 1.9.1 cannot work in this environment.

    MXNet 1.9.1 uses `numpy.bool`, which numpy 1.24 removed, and the last numpy before that has no
    build for Python 3.12 or newer.

    Args:
        python: version as a tuple such as (3, 11); default: the running one.
        installed: mapping of package name to version; default: what is installed.

    Raises:
        ImportError: unsupported Python, MXNet missing, or numpy 1.24 or newer. The message says
            what was found and what to do.
    """
    python = tuple(python or sys.version_info[:2])
    installed = versions() if installed is None else installed
    if python not in SUPPORTED_PYTHONS:
        raise ImportError(
            f"This course needs Python 3.9, 3.10 or 3.11; this is {python[0]}.{python[1]}. "
            "MXNet 1.9.1 works only with numpy below 1.24, which has no build for Python 3.12 or "
            "newer. Run `make run`, which finds a suitable Python, or create the environment "
            "with conda from environment.yml."
        )
    if not {"mxnet", "mxnet-cu112"} & installed.keys():
        raise ImportError(
            "MXNet is not installed in this environment. Run `make run` or `make lab`, which "
            "install it, or `pip install -r requirements.txt`."
        )
    numpy_version = installed.get("numpy", "0.0")
    if tuple(int(part) for part in numpy_version.split(".")[:2]) >= (1, 24):
        raise ImportError(
            f"numpy {numpy_version} is too new: MXNet 1.9.1 needs numpy below 1.24. "
            "Run `pip install numpy==1.23.5` in this environment."
        )


def versions():
    """Return the installed versions of the course's main packages, as {name: version}."""
    found = {}
    for name in REPORTED_PACKAGES:
        try:
            found[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            continue
    return found


def cpu_features(cpuinfo="/proc/cpuinfo"):
    """Return which of the instruction sets that matter here the CPU has, slowest first.

    Args:
        cpuinfo: where Linux lists them. Elsewhere (macOS) the file is missing and the answer is [].
    """
    flags = _cpu_flags(cpuinfo)
    return [feature for feature in REPORTED_CPU_FEATURES if feature in flags]


def _cpu_flags(cpuinfo="/proc/cpuinfo"):
    try:
        with open(cpuinfo) as lines:
            return set(next((line for line in lines if line.startswith("flags")), "").split())
    except OSError:
        return set()


def cpu_model(cpuinfo="/proc/cpuinfo"):
    """Return the name of the CPU.

    Args:
        cpuinfo: where Linux lists it.
    """
    try:
        with open(cpuinfo) as lines:
            named = next((line for line in lines if line.startswith("model name")), "")
    except OSError:
        named = ""
    return named.partition(":")[2].strip() or platform.processor() or platform.machine()


def num_cores():
    """Return how many logical CPU cores this process may use."""
    return len(_usable_cpus())


def num_physical_cores(topology="/sys/devices/system/cpu"):
    """Return how many physical cores this process may use.

    Two logical cores of one physical core share its arithmetic units, so a second thread there
    makes matrix products no faster.

    Args:
        topology: where Linux lists which logical cores share a physical one. Where the list is
            missing (macOS), all logical cores count.
    """
    siblings = set()
    for cpu in _usable_cpus():
        try:
            with open(f"{topology}/cpu{cpu}/topology/thread_siblings_list") as file:
                siblings.add(file.read().strip())
        except OSError:
            return num_cores()
    return len(siblings)


def num_threads(quota="/sys/fs/cgroup/cpu.max"):
    """Return how many threads MXNet should compute with: one for each physical core.

    A container may be given less time than its cores have; threads beyond that only wait.

    Args:
        quota: where Linux says how many microseconds the container may compute in how many.
    """
    try:
        with open(quota) as file:
            granted, period = (int(number) for number in file.read().split())
    except (OSError, ValueError):  # no container, or a quota of "max"
        return num_physical_cores()
    return max(1, min(num_physical_cores(), round(granted / period)))


def prepare(environ=os.environ, loaded=sys.modules):
    """Set up this process so that MXNet is fast in it, and finds CUDA; call it before MXNet loads.

    It sets what `settings` returns, but no variable that is set already, and loads the CUDA
    libraries if MXNet's CUDA build is installed. `D2L_HELPERS_PREPARE=0` turns all of it off.

    A program that this process starts inherits the variables. With AMX that matters: to use the
    tile registers a process must have asked for them, as `import d2l_helpers` does, or is killed
    by SIGILL.

    Args:
        environ: the environment to set the variables in.
        loaded: the modules imported so far.

    Raises:
        ImportError: MXNet's CUDA build is installed, and a library that it needs is not there.
    """
    if environ.get(SWITCH) == "0":
        return
    missing = {name: value for name, value in settings().items() if name not in environ}
    if "mxnet" in loaded:
        if missing:
            warnings.warn(
                "MXNet was imported before d2l_helpers, which came too late to set "
                + ", ".join(f"{name}={value}" for name, value in sorted(missing.items()))
                + ". MXNet runs, but slower. Import d2l_helpers first.",
                RuntimeWarning,
                stacklevel=3,
            )
        return
    environ.update(missing)
    if "mxnet-cu112" in versions():
        load_cuda_libraries()


def settings(flags=None):
    """Return the environment variables that make MXNet 1.9.1 fast on this CPU.

    - OMP_NUM_THREADS: left alone, MXNet starts one thread for every two logical cores, so it
      uses half of a machine whose cores have one thread each.
    - OPENBLAS_CORETYPE: MXNet's OpenBLAS of 2021 takes slow kernels on a CPU that is newer.
    - MXNET_OPTIMIZER_AGGREGATION_SIZE: MXNet joins the updates of four parameters in one operator,
      which helps a GPU; on a CPU that operator takes up to three times as long.
    - DNNL_MAX_CPU_ISA: MXNet's oneDNN has bfloat16 kernels for AMX and does not use them unasked.
      Set only where Linux lets this process use AMX, which is asked for here.

    Args:
        flags: the CPU's flags; default: those of /proc/cpuinfo.
    """
    flags = _cpu_flags() if flags is None else flags
    found = {"OMP_NUM_THREADS": str(num_threads())}
    blas = next((name for name, needed in BLAS_KERNELS if needed <= flags), None)
    if blas:
        found["OPENBLAS_CORETYPE"] = blas
    if "mxnet-cu112" not in versions():
        found["MXNET_OPTIMIZER_AGGREGATION_SIZE"] = "0"
    if flags >= AMX_FEATURES and request_amx():
        found["DNNL_MAX_CPU_ISA"] = AMX_ISA
    return found


def request_amx():
    """Ask Linux for the use of AMX's tile registers in this process, and return its answer.

    Linux 5.16 and newer grant it on a CPU that has them. The grant holds for all threads, and for
    processes that fork from this one, but not for programs that it starts.
    """
    if not _linux_x86_64():
        return False
    return _arch_prctl(ARCH_REQ_XCOMP_PERM, ctypes.c_long(XFEATURE_XTILEDATA)) == 0


def amx_granted():
    """Return whether Linux lets this process use AMX's tile registers."""
    granted = ctypes.c_uint64()
    if not _linux_x86_64() or _arch_prctl(ARCH_GET_XCOMP_PERM, ctypes.byref(granted)) != 0:
        return False
    return bool(granted.value >> XFEATURE_XTILEDATA & 1)


def _linux_x86_64():
    return (platform.system(), platform.machine()) == ("Linux", "x86_64")


def _arch_prctl(request, argument):
    return ctypes.CDLL(None).syscall(
        ctypes.c_long(SYS_ARCH_PRCTL), ctypes.c_long(request), argument
    )


def bfloat16_support(environ=os.environ, flags=None):
    """Return whether MXNet computes fast in bfloat16 in this process, and why, as (bool, text).

    Args:
        environ: the environment of the process.
        flags: the CPU's flags; default: those of /proc/cpuinfo.
    """
    flags = _cpu_flags() if flags is None else flags
    if not flags >= AMX_FEATURES:
        return False, "this CPU has no AMX, and without it MXNet is slower in bfloat16 or refuses"
    if environ.get("DNNL_MAX_CPU_ISA") != AMX_ISA:
        return False, (
            f"this CPU has AMX, but DNNL_MAX_CPU_ISA is not {AMX_ISA}: the environment says "
            f"otherwise, {SWITCH}=0 is set, MXNet was imported before d2l_helpers, or Linux refused"
        )
    if not amx_granted():
        return False, "this CPU has AMX, but Linux refuses it (5.16 or newer is needed)"
    return True, "AMX is there, and Linux lets this process use it"


def load_cuda_libraries(folders=None):
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
                "on the system. Run `make lab GPU=1`, which installs it, or "
                "`pip install -r requirements-gpu.txt`."
            )
    if not _load_globally(CUDA_DRIVER):
        raise ImportError(
            f"MXNet's CUDA build needs {CUDA_DRIVER}, which comes with NVIDIA's driver, and there "
            "is no driver here. Install it, or use MXNet's CPU build: `make lab` without GPU=1."
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


def _usable_cpus():
    if hasattr(os, "sched_getaffinity"):
        return sorted(os.sched_getaffinity(0))
    return range(os.cpu_count() or 1)


def report():
    """Return what the course runs on, as {what: text}: Python, packages, CPU and GPUs."""
    import mxnet
    from mxnet import npx

    features = cpu_features()
    packages = versions()
    build = "CUDA" if packages.pop("mxnet-cu112", None) else "CPU"
    return {
        "python": platform.python_version(),
        "mxnet": mxnet.__version__,
        "MXNet build": build,
        **packages,
        "CPU cores": str(num_cores()),
        "threads": os.environ.get("OMP_NUM_THREADS", "unset"),
        "best CPU feature": features[-1] if features else "unknown",
        "GPUs": str(npx.num_gpus()),
    }


def try_gpu(i=0):
    """Return GPU number `i` if there is one, else the CPU, and print why.

    Same meaning as `d2l.try_gpu`, which falls back without a word.

    Args:
        i: number of the GPU, counted from 0.
    """
    from mxnet import npx

    reason = _why_no_gpu(i, npx.num_gpus())
    if reason is None:
        return npx.gpu(i)
    print(f"Using the CPU: {reason}.")
    return npx.cpu()


def _why_no_gpu(i, num_gpus):
    """Return why GPU `i` cannot be used when MXNet counts `num_gpus`, or None if it can."""
    if "mxnet-cu112" not in versions():
        return "the installed MXNet is the CPU build; `make lab GPU=1` installs the CUDA build"
    visible = gpus()
    if 0 <= i < len(visible):
        problem = gpu_problem(*visible[i])
        if problem:
            return problem
    if 0 <= i < num_gpus:
        return None
    if num_gpus:
        return f"GPU {i} was asked for, but MXNet sees only {num_gpus}, counted from 0"
    return "MXNet's CUDA build is installed, but it finds no NVIDIA GPU"
