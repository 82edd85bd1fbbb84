import platform
import subprocess
import sys

from mxnet_today import cpu, memory

import pytest

glibc_only = pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="options of glibc")

PAGE_FAULTS = """
import contextlib, ctypes, resource, threading
from mxnet_today import memory

libc = ctypes.CDLL(None)
libc.malloc.restype = ctypes.c_void_p
SIZE = 64 * 2**20

def use_and_free():
    buffer = ctypes.c_void_p(libc.malloc(ctypes.c_size_t(SIZE)))
    ctypes.memset(buffer, 1, SIZE)
    libc.free(buffer)

def count():
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    for _ in range(5):
        thread = threading.Thread(target=use_and_free)
        thread.start()
        thread.join()
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before

print(count())
with contextlib.suppress(KeyboardInterrupt), memory.kept():
    print(count())
    END
print(count())
"""


@glibc_only
@pytest.mark.parametrize("end", ["", "raise KeyboardInterrupt"], ids=["done", "interrupted"])
def test_memory_that_is_freed_is_kept_and_given_back_afterwards(end):
    command = [sys.executable, "-c", PAGE_FAULTS.replace("END", end)]
    ran = subprocess.run(command, capture_output=True, text=True, check=True)
    before, kept, after = map(int, ran.stdout.split())
    assert before > 2.5 * kept  # five times the pages, and once
    assert after > 2.5 * kept


def test_other_c_libraries_are_left_alone(monkeypatch):
    monkeypatch.setattr(platform, "libc_ver", lambda: ("", ""))
    monkeypatch.setattr(memory.ctypes, "CDLL", None)
    memory.share_among_threads()


def test_threads_share_their_memory_where_the_process_is_prepared(monkeypatch):
    calls = []
    monkeypatch.setattr(memory, "share_among_threads", lambda: calls.append("shared"))
    cpu.prepare({cpu.SWITCH: "0"}, loaded={})
    assert calls == []
    cpu.prepare({}, loaded={})
    assert calls == ["shared"]
