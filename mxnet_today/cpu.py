"""The CPU: what it has, and the settings that make MXNet 1.9.1 fast on it.

MXNet reads its settings when it is imported, so they come before it.
"""

import ctypes
import os
import platform
import sys
import warnings

from mxnet_today import memory, stack

# Instruction sets that decide how fast a convolution runs, slowest first: x86-64, then Arm.
REPORTED_FEATURES = (
    *("avx", "fma", "avx2", "avx512f", "avx512_bf16", "amx_bf16", "amx_tile"),
    *("asimd", "asimddp", "sve", "bf16"),
)

# Setting this variable to 0 keeps `prepare` from changing anything.
SWITCH = "D2L_HELPERS_PREPARE"

# The instruction sets that OpenBLAS's kernels of a name use, fastest first.
BLAS_KERNELS = (
    ("SkylakeX", {"avx512f", "avx512cd", "avx512bw", "avx512dq", "avx512vl"}),
    ("Haswell", {"avx2", "fma"}),
)

# How the line of /proc/cpuinfo with the instruction sets begins: x86-64, Arm.
FLAGS = ("flags", "Features")

AMX_ISA = "AVX512_CORE_AMX"
AMX_FEATURES = {"amx_tile", "amx_bf16"}
# Linux on x86-64: arch_prctl and its requests about the tile registers (the kernel's page on
# "Using XSTATE features in user space applications").
SYS_ARCH_PRCTL = 158
ARCH_GET_XCOMP_PERM, ARCH_REQ_XCOMP_PERM = 0x1022, 0x1023
XFEATURE_XTILEDATA = 18


def features(cpuinfo="/proc/cpuinfo"):
    """Return which of the instruction sets that matter here the CPU has, slowest first.

    Args:
        cpuinfo: where Linux lists them. Elsewhere (macOS) the file is missing and the answer is [].
    """
    found = instruction_sets(cpuinfo)
    return [feature for feature in REPORTED_FEATURES if feature in found]


def onednn_features(environ=os.environ):
    """Return the best instruction set that MXNet's oneDNN may use in this process, as text.

    It knows AMX, and uses it only when asked.

    Args:
        environ: the environment of the process, in which DNNL_MAX_CPU_ISA may allow more or less.
    """
    chosen = environ.get("DNNL_MAX_CPU_ISA")
    known = [f for f in features() if f not in AMX_FEATURES or chosen == AMX_ISA]
    best = known[-1] if known else "unknown"
    return best if chosen in (None, AMX_ISA) else f"{best}, limited to {chosen}"


def instruction_sets(cpuinfo="/proc/cpuinfo"):
    """Return all instruction sets of the CPU, as a set of the names that Linux has for them.

    Args:
        cpuinfo: where Linux lists them; where it is missing the set is empty.
    """
    try:
        with open(cpuinfo) as lines:
            return set(next((line for line in lines if line.startswith(FLAGS)), "").split())
    except OSError:
        return set()


def model(cpuinfo="/proc/cpuinfo"):
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


def threads_in_use(environ=os.environ):
    """Return with how many threads MXNet computes in this process.

    That is OMP_NUM_THREADS, of a list such as 4,2 the first, or what `prepare` sets it to. What is
    no number counts as unset.
    """
    first, _, _ = environ.get("OMP_NUM_THREADS", "").partition(",")
    return int(first) if first.strip().isdecimal() else num_threads()


def prepare(environ=os.environ, loaded=sys.modules):
    """Set up this process so that MXNet is fast in it; call it before MXNet loads.

    It sets what `settings` returns, but no variable that is set already, and has MXNet's threads
    share their memory (memory.py). `D2L_HELPERS_PREPARE=0` turns it off.

    A program that this process starts inherits the variables. With AMX that matters: to use the
    tile registers a process must have asked for them, as `import mxnet_today` does, or is killed
    by SIGILL.

    Args:
        environ: the environment to set the variables in.
        loaded: the modules imported so far.
    """
    if environ.get(SWITCH) == "0":
        return
    missing = {name: value for name, value in settings().items() if name not in environ}
    # Where MXNet could not be imported, its library may have been loaded all the same.
    if "mxnet" in loaded or "mxnet.base" in loaded:
        if missing:
            warnings.warn(
                "MXNet was imported too early to set "
                + ", ".join(f"{name}={value}" for name, value in sorted(missing.items()))
                + ". MXNet runs, but slower. Import mxnet_today, or d2l_helpers, before it; in a "
                "notebook, restart the kernel and begin with that import.",
                RuntimeWarning,
                stacklevel=3,
            )
        return
    environ.update(missing)
    memory.share_among_threads()


def settings(flags=None):
    """Return the environment variables that make MXNet 1.9.1 fast on this CPU.

    - OMP_NUM_THREADS: left alone, MXNet starts one thread for every two logical cores, so it
      uses half of a machine whose cores have one thread each.
    - OMP_WAIT_POLICY: left alone, threads that wait for each other keep their cores busy, and on a
      machine that does something else as well, training takes many times as long.
    - GOMP_SPINCOUNT: threads that sleep as soon as they wait slow small nets down, so
      they look a thousand times first, which takes microseconds. Only GNU's OpenMP reads it.
    - OPENBLAS_CORETYPE: MXNet's OpenBLAS, 0.3.13, takes slow kernels on a CPU that is newer.
    - MXNET_OPTIMIZER_AGGREGATION_SIZE: MXNet joins the updates of four parameters in one operator,
      which helps a GPU; on a CPU that operator takes up to three times as long.
    - DNNL_MAX_CPU_ISA: MXNet's oneDNN has bfloat16 kernels for AMX and does not use them unasked.
      Set only where Linux lets this process use AMX, which is asked for here.

    Args:
        flags: the CPU's flags; default: those of /proc/cpuinfo.
    """
    flags = instruction_sets() if flags is None else flags
    found = {
        "OMP_NUM_THREADS": str(num_threads()),
        "OMP_WAIT_POLICY": "passive",
        "GOMP_SPINCOUNT": "1000",
    }
    blas = next((name for name, needed in BLAS_KERNELS if needed <= flags), None)
    if blas:
        found["OPENBLAS_CORETYPE"] = blas
    if "mxnet-cu112" not in stack.versions():
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


def _usable_cpus():
    if hasattr(os, "sched_getaffinity"):
        return sorted(os.sched_getaffinity(0))
    return range(os.cpu_count() or 1)
