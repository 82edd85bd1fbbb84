"""bfloat16: whether MXNet's oneDNN computes in it here, without harm to this process.

Whether it is faster is for a measurement to say. This module knows what must be known before one:
on some CPUs oneDNN refuses, on some it imitates bfloat16 slowly, and a process that uses AMX
without permission is killed.
"""

import functools
import os
import subprocess
import sys

from mxnet_today import cpu
from mxnet_today.processes import why_it_failed

# The instruction sets with which a CPU multiplies bfloat16 numbers itself.
NATIVE = {"avx512_bf16", "amx_bf16"}
HOPELESS = 0.5  # of float32's speed: no larger net makes up for it
TRIAL_SECONDS = 120
# What oneDNN says where it has no kernel for a type.
REFUSED = "could not create a primitive"

# A convolution and a dense layer, forward and backward, first in float32 and then in bfloat16. Each
# time is printed with a word in front: a library may print lines of its own (DNNL_VERBOSE=1).
TRIAL = """
import time
import mxnet_today
import mxnet as mx
from mxnet.contrib import amp

maps = mx.sym.Convolution(mx.sym.var("data"), kernel=(3, 3), pad=(1, 1), num_filter=64)
float32 = mx.sym.FullyConnected(maps, num_hidden=256)
bfloat16 = amp.convert_symbol(float32, target_dtype="bfloat16", cast_optional_params=False)

def compute(net):
    start = time.perf_counter()
    net.forward(is_train=True)
    net.backward(net.outputs)
    mx.nd.waitall()
    return time.perf_counter() - start

for symbol in (float32, bfloat16):
    net = symbol.simple_bind(mx.cpu(), data=(8, 64, 16, 16))
    print("seconds", min(compute(net) for _ in range(4)), flush=True)
"""


def problem(environ=os.environ, flags=None):
    """Return why bfloat16 should not even be tried in this process, as text, or None.

    Where the CPU's flags do not promise that it works, another process tries it first, once: four
    seconds.

    Args:
        environ: the environment of the process.
        flags: the CPU's flags; default: those that Linux lists.
    """
    flags = cpu.instruction_sets() if flags is None else flags
    chosen = environ.get("DNNL_MAX_CPU_ISA")
    if chosen == cpu.AMX_ISA and flags >= cpu.AMX_FEATURES and not cpu.amx_granted():
        return "DNNL_MAX_CPU_ISA asks for AMX, and Linux did not grant it to this process"
    if flags & NATIVE and chosen in (None, cpu.AMX_ISA):
        return None
    return _problem_in_a_trial(chosen)


@functools.cache
def _problem_in_a_trial(max_isa):
    """Return what went wrong when another process computed in bfloat16, or None.

    Args:
        max_isa: DNNL_MAX_CPU_ISA, which that process inherits; with another the answer is another.
    """
    try:
        done = subprocess.run(
            [sys.executable, "-c", TRIAL], capture_output=True, text=True, timeout=TRIAL_SECONDS
        )
    except subprocess.TimeoutExpired:
        return f"a small trial in bfloat16 took more than {TRIAL_SECONDS} seconds"
    lines = map(str.split, done.stdout.splitlines())
    seconds = [float(words[1]) for words in lines if words[:1] == ["seconds"]]
    if len(seconds) == 1 and REFUSED in done.stderr:  # float32 worked, so bfloat16 is refused
        return "MXNet's oneDNN has no bfloat16 for this CPU"
    if done.returncode or len(seconds) != 2:
        return f"a small trial in bfloat16 failed: {why_it_failed(done)}"
    speedup = seconds[0] / seconds[1]
    if speedup < HOPELESS:
        return (
            f"this CPU has no bfloat16 of its own, and imitated it is {speedup:.1f} times as fast "
            "as float32"
        )
    return None
