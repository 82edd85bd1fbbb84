"""How a worker ends: at once, with the exit code of its script, and without waiting for others."""

import sys

import pytest
from launching import Launch

# What a script of one's own may import beside MXNet.
IMPORTS = {
    "mxnet alone": "",
    "IPython": "import IPython",
    "d2l": "from d2l import mxnet as d2l",
    "d2l_helpers": "import d2l_helpers as dh",
    "pandas and matplotlib": "import pandas, matplotlib.pyplot",
}
LOOP = """
import mxnet_today
{imports}
import sys
import mxnet as mx
from mxnet import autograd, gluon, np, npx
npx.set_np()

def train(store):
    net = gluon.nn.Dense(3)
    net.initialize()
    trainer = gluon.Trainer(net.collect_params(), "sgd", kvstore=store)
    for _ in range(3):
        with autograd.record():
            l = net(np.ones((4, 5))).sum()
        l.backward()
        trainer.step(4)
    mx.nd.waitall()
    return trainer
"""
# Where a script keeps its store when it ends.
KEPT = {
    "global": 'kv = mx.kv.create("dist_sync")\ntrainer = train(kv)',
    "function": 'def main():\n    train(mx.kv.create("dist_sync"))\nmain()',
    "closure": 'ask = (lambda kv: train(kv) and (lambda: kv))(mx.kv.create("dist_sync"))',
    "cycle": 'kept = [mx.kv.create("dist_sync")]\ntrain(kept[0])\nkept.append(kept)',
    "module": 'sys.store = mx.kv.create("dist_sync")\ntrain(sys.store)',
}


def ended(folder, text, workers=1):
    """Return exit code, what was printed, and the error messages of a script in workers."""
    script = folder / "script.py"
    script.write_text(text)
    with Launch("--workers", workers, "--threads", 1, script) as started:
        result = started.wait()
        if sys.platform == "linux":
            assert not started.processes()
    return result


@pytest.mark.parametrize("imports", IMPORTS)
def test_a_loop_of_ones_own_ends_whatever_it_imports(imports, tmp_path):
    text = LOOP.format(imports=IMPORTS[imports]) + KEPT["global"] + "\nprint('trained')"
    assert ended(tmp_path, text, workers=2) == (0, "trained\ntrained\n", "")


@pytest.mark.parametrize("kept", KEPT)
def test_a_loop_of_ones_own_ends_wherever_it_keeps_the_store(kept, tmp_path):
    text = LOOP.format(imports=IMPORTS["IPython"]) + KEPT[kept] + "\nprint('trained')"
    assert ended(tmp_path, text) == (0, "trained\n", "")


def test_a_worker_that_frees_its_store_waits_for_no_other(tmp_path):
    text = LOOP.format(imports="import gc") + (
        'kept = [mx.kv.create("dist_sync")]\n'
        "train(kept[0])\n"
        "if kept[0].rank == 1:\n"
        "    del kept\n"
        "    gc.collect()\n"
        "print('trained')"
    )
    assert ended(tmp_path, text, workers=2) == (0, "trained\ntrained\n", "")


@pytest.mark.parametrize(
    ("end", "code", "error"),
    [
        ("sys.exit(0)", 0, None),
        ("sys.exit('no images in train/')", 1, "no images in train/\n"),
        ("raise ValueError('no images in test/')", 1, "ValueError: no images in test/\n"),
        ("import atexit\natexit.register(train, trainer._kvstore_params['kvstore'])", 0, None),
    ],
)
def test_a_loop_of_ones_own_ends_however_the_script_does(end, code, error, tmp_path):
    text = LOOP.format(imports=IMPORTS["IPython"]) + KEPT["global"] + f"\nprint('trained')\n{end}"
    returned, out, err = ended(tmp_path, text)
    assert (returned, out) == (code, "trained\n")
    assert error in err if error else err == ""
