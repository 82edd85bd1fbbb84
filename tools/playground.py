"""Make the page that runs a trained net in a browser: build/playground/index.html.

python tools/playground.py [CHECKPOINT]

CHECKPOINT is a file that `train_ch6(checkpoint=...)` has written, such as lesson 06's
build/alexnet_12000.checkpoint. Without one, the reduced AlexNet is trained once, for a few minutes,
and kept in build/playground.checkpoint.

onnx and onnxruntime-web are fetched once, from PyPI and npm. After that nothing is fetched, and the
folder can be copied to any machine. It needs no server: a page from a folder may not read other
files, so what it would have to read are scripts that hold the bytes as text.
"""

import argparse
import base64
import functools
import json
import shutil
import sys
import tempfile
from pathlib import Path

import d2l_helpers as dh
import npm
from d2l_helpers.checkpoints.checkpoint import read_checkpoint
from d2l_helpers.checkpoints.file import ADVICE, CheckpointError
from d2l_helpers.export.environments import ONNX, OwnEnvironmentError
from d2l_helpers.export.onnx import to_onnx
from d2l_helpers.utils.files import ROOT, replace_folder
from writing import making

import numpy
from mxnet import npx

PAGE = ROOT / "tools" / "playground"
RUNTIME = PAGE / "node_modules" / "onnxruntime-web" / "dist"
RUNTIME_SCRIPT = "ort.wasm.min.js"
RUNTIME_FILES = ("ort-wasm-simd-threaded.mjs", "ort-wasm-simd-threaded.wasm")
SIZE = 67  # pixels of the images that the net takes which is trained here
TRAINED_HERE = "The reduced AlexNet of lesson 09"
WHERE_CHECKPOINTS_ARE = (
    "Give a checkpoint: lesson 06 writes build/alexnet_12000.checkpoint, or a working copy of it "
    "work/build/alexnet_12000.checkpoint, and your own training writes one with "
    "train_ch6(..., checkpoint=FILE)."
)
# The nets that the page can run, by what it calls them; those of the lessons for grey images.
NETS = {
    "AlexNet": dh.alexnet,
    "AlexNet with sigmoid": functools.partial(dh.alexnet, activation="sigmoid"),
    "AlexNet with tanh": functools.partial(dh.alexnet, activation="tanh"),
    "LeNet": dh.lenet,
    "LeNet with ReLU": functools.partial(dh.lenet, activation="relu"),
    "LeNet with tanh": functools.partial(dh.lenet, activation="tanh"),
    "The wider LeNet": dh.lenet_wide,
    TRAINED_HERE: dh.alexnet_reduced,
    f"{TRAINED_HERE}, without LRN": functools.partial(dh.alexnet_reduced, lrn_alpha=None),
}


class PlaygroundError(RuntimeError):
    """The page cannot be made; the message gives the reason."""


def trained_net(checkpoint, per_class=2000, num_epochs=3):
    """Return the reduced AlexNet, trained now or read from the checkpoint."""
    train_iter, test_iter = dh.load_data_fashion_mnist(
        128, SIZE, per_class=per_class, test_per_class=200, augment=dh.flip_and_shift
    )
    net = dh.alexnet_reduced()
    recipe = {**dh.quick_recipe(), "checkpoint": checkpoint}
    history = dh.train_ch6(net, train_iter, test_iter, num_epochs, 0.02, npx.cpu(), **recipe)
    if history.interrupted:
        raise PlaygroundError("Training was interrupted. Run the command again to resume it.")
    return net


def own_net(path):
    """Return the net in a checkpoint, what the page calls it, and the pixels of its images.

    Raises:
        PlaygroundError: there is no such file, it is no checkpoint or damaged, or its net is not
            one that the page can run.
    """
    path = Path(path).expanduser()
    if not path.is_file():
        raise PlaygroundError(f"There is no file {path}. {WHERE_CHECKPOINTS_ARE}")
    try:
        checkpoint = read_checkpoint(path)
    except CheckpointError as error:
        what = str(error).removesuffix(ADVICE)
        raise PlaygroundError(f"{what}{WHERE_CHECKPOINTS_ARE}") from error
    name, net = _net_of(checkpoint)
    return net, name, _size_of(checkpoint)


def _net_of(checkpoint):
    """Return the name and the net, with its weights, of the one in `NETS` that a checkpoint has."""
    for name, make in NETS.items():
        net = make()
        try:
            checkpoint.load_weights(net, npx.cpu())
        except CheckpointError:
            continue
        return name, net
    raise PlaygroundError(
        f"{checkpoint.path} holds another net than the page can run. It runs these, with the ten "
        f"classes of Fashion-MNIST and all settings as in the lessons: {'; '.join(NETS)}."
    )


def _size_of(checkpoint):
    """Return the pixels on each side of the images that a checkpoint's net was trained on."""
    shape = checkpoint.setup.get("image shape")
    if not isinstance(shape, list) or len(shape) != 3 or shape[0] != 1 or shape[1] != shape[2]:
        raise PlaygroundError(
            f"{checkpoint.path} was trained on images of the shape {shape}. The page draws square "
            "grey ones: train the net on [1, 28, 28] or [1, 67, 67], for example."
        )
    return shape[1]


def examples():
    """Return the first test image of each class, ready for JSON."""
    images, labels = dh.fashion_mnist_arrays(train=False)
    first = [int(numpy.flatnonzero(labels == c)[0]) for c in range(len(dh.CLASS_NAMES))]
    return [
        {"name": dh.CLASS_NAMES[labels[i]], "pixels": images[i].ravel().tolist()} for i in first
    ]


def fetch_runtime():
    """Fetch onnxruntime-web from npm, unless it is there."""
    if all((RUNTIME / name).exists() for name in (RUNTIME_SCRIPT, *RUNTIME_FILES)):
        return
    instead = "copy the folder build/playground of another machine, and open its index.html"
    npm.install(PAGE, "onnxruntime-web", instead)


def make_page(folder, net, name, size):
    """Write the page, the net and the runtime to a folder.

    Args:
        folder: is made if it is not there.
        net: with weights, for images of (1, size, size).
        name: what the page calls it.
        size: pixels.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for file in ("index.html", "playground.css", "playground.js"):
        shutil.copy(PAGE / file, folder)
    shutil.copy(RUNTIME / RUNTIME_SCRIPT, folder)
    runtime = {file: (RUNTIME / file).read_bytes() for file in RUNTIME_FILES}
    (folder / "runtime.js").write_text(script(runtime))
    with tempfile.TemporaryDirectory() as scratch:
        onnx = Path(scratch, "net.onnx")
        to_onnx(net, (1, 1, size, size), onnx, also=["conv1"])
        (folder / "net.js").write_text(script({"net.onnx": onnx.read_bytes()}))
    settings = {"net": name, "size": size, "classes": dh.CLASS_NAMES, "examples": examples()}
    text = f"globalThis.playgroundSettings = {json.dumps(settings)};\n"
    (folder / "settings.js").write_text(text)


def script(files):
    """Return a script that adds files, {name: bytes}, to those that the page finds."""
    lines = ["globalThis.playgroundFiles ??= {};"]
    for name, content in files.items():
        encoded = base64.b64encode(content).decode("ascii")
        lines.append(f'playgroundFiles["{name}"] = "{encoded}";')
    return "\n".join(lines) + "\n"


def make(folder, own):
    """Make the page with a net of one's own, see `own_net`, or with the one that is trained here.

    It is put in its place when it is whole: the book takes what is there.
    """
    net, name, size = own or (trained_net(folder.with_suffix(".checkpoint")), TRAINED_HERE, SIZE)
    with tempfile.TemporaryDirectory(dir=folder.parent) as scratch:
        make_page(Path(scratch, "made"), net, name, size)
        replace_folder(folder, Path(scratch, "made"))


def main(arguments=None):
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("checkpoint", nargs="?", help="of your own net")
    arguments = parser.parse_args(arguments)
    folder = ROOT / "build" / "playground"
    with making(folder):
        try:
            # What can fail at once comes first, and training last.
            own = own_net(arguments.checkpoint) if arguments.checkpoint else None
            fetch_runtime()
            ONNX.install()
            make(folder, own)
        except (PlaygroundError, npm.NpmError, OwnEnvironmentError, OSError) as error:
            sys.exit(str(error))
    print("Wrote build/playground. Open its index.html in a browser.")


if __name__ == "__main__":
    main()
