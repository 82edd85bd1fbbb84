"""What the course does on a disk that is full, for tests/test_full_disk.py.

python tests/full_disk.py FOLDER    FOLDER is a disk of its own, of one megabyte; prints JSON
"""

import json
import os
import sys
from pathlib import Path

import d2l_helpers as dh
import lessons
from d2l_helpers.utils import results

import nbformat
import pandas as pd
from mxnet import npx
from small import bar_images, parameters, small_net

DISK = Path(sys.argv[1])


def fill():
    """Fill the disk to the last byte; return the file to delete."""
    descriptor = os.open(DISK / "filler", os.O_CREAT | os.O_WRONLY)
    try:
        while True:
            os.write(descriptor, bytes(4096))
    except OSError:
        return DISK / "filler"
    finally:
        os.close(descriptor)


def refused(function, *args, **options):
    """Return what a function raises, which it has to."""
    try:
        function(*args, **options)
    except (OSError, SystemExit) as error:
        return {"kind": type(error).__name__, "text": str(error)}
    raise AssertionError("it was written")


def train(net, name, num_epochs):
    test_iter = dh.BatchLoader(*bar_images(5, seed=1), 32)
    train_iter = dh.BatchLoader(*bar_images(40), 32)
    path = DISK / name
    return dh.train_ch6(
        net, train_iter, test_iter, num_epochs, 0.1, npx.cpu(), seed=1, checkpoint=path
    )


def interrupted_by_a_full_disk():
    """Train two epochs, and two more on a full disk; return what is left, and then resume."""
    found, net, other = {}, small_net(), small_net()
    train(net, "net.checkpoint", 2)
    before, filler = (DISK / "net.checkpoint").read_bytes(), fill()
    try:
        train(net, "net.checkpoint", 4)
    except OSError as error:
        found["error"] = {"kind": type(error).__name__, "text": str(error)}
        found["epochs"] = [row["epoch"] for row in error.history]
    found["old file is whole"] = (DISK / "net.checkpoint").read_bytes() == before
    found["first epoch"] = refused(train, other, "other.checkpoint", 2)
    found["weights"] = refused(dh.save_safetensors, net, DISK / "net.safetensors")
    found["names"] = sorted(path.name for path in DISK.iterdir())
    filler.unlink()
    dh.save_safetensors(net, DISK / "net.safetensors")
    found["what was learned is kept"] = learned(net)
    train(net, "net.checkpoint", 4)
    resumed, net = parameters(net), small_net()
    train(net, "undisturbed.checkpoint", 4)
    same = [(a == b).all() for a, b in zip(resumed, parameters(net))]
    found["resumed as if undisturbed"] = bool(all(same))
    return found


def learned(net):
    """Return whether a net gives the scores of three epochs, as it was after the third."""
    three = small_net()
    train(three, "three.checkpoint", 3)
    return bool(all((a == b).all() for a, b in zip(parameters(net), parameters(three))))


def other_files():
    """Return what is said of a table in results/, and of a lesson that was run."""
    (DISK / "results").mkdir()
    (DISK / "results" / "a.csv").write_text("old")
    lessons.BUILD = DISK
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("1")])
    nbformat.write(notebook, DISK / "00_small.ipynb")
    fill()
    table = pd.DataFrame({"a": range(10_000)})
    found = {"results": refused(results.write, table, "a.csv", DISK)}
    found["old table is whole"] = (DISK / "results" / "a.csv").read_text() == "old"
    found["lesson"] = refused(lessons.write, DISK / "00_small.ipynb", 10_000 * "new")
    return found


if __name__ == "__main__":
    out, sys.stdout = sys.stdout, sys.stderr
    found = interrupted_by_a_full_disk()
    print(json.dumps({**found, **other_files()}), file=out)
