"""What the course runs on: versions, CPU features, devices, and whether they fit together.

Nothing here imports MXNet at the top, so that a wrong Python or numpy is reported in plain words
before MXNet fails on it in its own way.
"""

import importlib.metadata
import os
import platform
import sys

SUPPORTED_PYTHONS = ((3, 9), (3, 10), (3, 11))
REPORTED_PACKAGES = ("mxnet", "mxnet-cu112", "d2l", "numpy", "pandas", "matplotlib")
# Instruction sets that decide how fast a convolution runs on x86-64, slowest first.
REPORTED_CPU_FEATURES = ("avx", "fma", "avx2", "avx512f", "avx512_bf16", "amx_bf16", "amx_tile")


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
    try:
        with open(cpuinfo) as lines:
            flags = next((line for line in lines if line.startswith("flags")), "").split()
    except OSError:
        return []
    return [feature for feature in REPORTED_CPU_FEATURES if feature in flags]


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


def use_all_cores(environ=os.environ):
    """Let MXNet compute on all physical cores, unless OMP_NUM_THREADS says otherwise.

    Left alone, MXNet 1.9.1 starts one thread for every two logical cores, so it uses half of a
    machine whose cores have one thread each. It reads the variable when it is imported: call
    this before.

    Args:
        environ: the environment to set OMP_NUM_THREADS in.
    """
    environ.setdefault("OMP_NUM_THREADS", str(num_physical_cores()))


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

    num_gpus = npx.num_gpus()
    if 0 <= i < num_gpus:
        return npx.gpu(i)
    if num_gpus:
        reason = f"GPU {i} was asked for, but MXNet sees only {num_gpus}, counted from 0"
    elif "mxnet-cu112" in versions():
        reason = "MXNet's CUDA build is installed, but it finds no NVIDIA GPU or no driver"
    else:
        reason = "the installed MXNet is the CPU build; `make lab GPU=1` installs the CUDA build"
    print(f"Using the CPU: {reason}.")
    return npx.cpu()
