"""No flipped bit in a data file changes what is loaded.

A flip is noticed, or what is loaded is the same. In gzip's header it mostly is: nothing is loaded
of the name, the time and the system there. So it is with the bits that fill up the last byte of the
packed data, and, rarely, where other packed data unpack to the same.

`make test` tries some, `make test-kills` two thousand.
"""

import os
import random
import shutil

import d2l_helpers as dh
from d2l_helpers.data.fashion_mnist import SHA256, _read_verified

import numpy
import pytest

ALL = "TEST_KILLS" in os.environ
NUM = 500 if ALL else 20  # of each file
LARGE = "train-images-idx3-ubyte"
NAME = 10  # the byte at which it begins in gzip's header


def flip(path, position, bit):
    with open(path, "r+b") as file:
        file.seek(position)
        (byte,) = file.read(1)
        file.seek(position)
        file.write(bytes([byte ^ 1 << bit]))


@pytest.mark.once
@pytest.mark.parametrize("name", [name for name in SHA256 if ALL or name != LARGE])
def test_a_flipped_bit_is_noticed_or_changes_nothing(name, tmp_path, counts):
    path = shutil.copy(dh.DATA_DIR / f"{name}.gz", tmp_path)
    true, size = _read_verified(name, tmp_path), os.path.getsize(path)
    header = NAME + len(name) + 1
    rng = random.Random(name)
    for _ in range(NUM):
        anywhere, in_header = rng.randrange(size), rng.randrange(header)
        position, bit = rng.choice([*9 * [anywhere], in_header]), rng.randrange(8)
        flip(path, position, bit)
        try:
            array = _read_verified(name, tmp_path)
        except dh.DataFileError as error:
            counts["flips that are noticed"] += 1
            assert f"{name}.gz" in str(error)
        else:
            where = "gzip's header" if position < header else "the packed data"
            counts[f"flips that change nothing, in {where}"] += 1
            assert numpy.array_equal(array, true)
            assert array.dtype == true.dtype
        flip(path, position, bit)
