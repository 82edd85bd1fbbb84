import platform
import subprocess
import sys
import types

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


def test_glibc_is_asked_with_its_own_numbers(monkeypatch):
    calls = []
    libc = types.SimpleNamespace(mallopt=lambda *call: calls.append(call))
    monkeypatch.setattr(platform, "libc_ver", lambda: ("glibc", "2.36"))
    monkeypatch.setattr(memory.ctypes, "CDLL", lambda name: libc)
    memory.share_among_threads()
    assert calls == [(-8, 1)]  # M_ARENA_MAX
    with memory.kept():
        assert sorted(calls[1:]) == [(-4, 0), (-1, 2**31 - 1)]  # M_MMAP_MAX, M_TRIM_THRESHOLD
    megabytes = 1024 * 1024
    assert sorted(calls[3:]) == [(-4, 65536), (-3, 32 * megabytes), (-1, 64 * megabytes)]


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
