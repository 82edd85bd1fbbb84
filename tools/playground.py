"""Make the page that runs the reduced AlexNet in a browser, and serve it on this machine.

python tools/playground.py [--no-server]

The net is trained once, for a few minutes, and kept in build/playground.checkpoint. onnx and
onnxruntime-web are fetched once, from PyPI and npm. After that nothing is fetched, and the folder
build/playground can be copied to any machine: python3 -m http.server --directory playground
"""

import argparse
import functools
import http.server
import json
import os
import shutil
import subprocess
import sys

import d2l_helpers as dh
from d2l_helpers.export.environments import ONNX, OwnEnvironmentError
from d2l_helpers.export.onnx import to_onnx
from d2l_helpers.utils.files import ROOT

import numpy
from mxnet import npx

PAGE = ROOT / "tools" / "playground"
RUNTIME = PAGE / "node_modules" / "onnxruntime-web" / "dist"
RUNTIME_FILES = ("ort.wasm.min.mjs", "ort-wasm-simd-threaded.mjs", "ort-wasm-simd-threaded.wasm")
SIZE = 67  # pixels of the images that the net takes


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


def examples():
    """Return the first test image of each class, ready for JSON."""
    images, labels = dh.fashion_mnist_arrays(train=False)
    first = [int(numpy.flatnonzero(labels == c)[0]) for c in range(len(dh.CLASS_NAMES))]
    return [
        {"name": dh.CLASS_NAMES[labels[i]], "pixels": images[i].ravel().tolist()} for i in first
    ]


def fetch_runtime():
    """Fetch onnxruntime-web from npm, unless it is there."""
    if all((RUNTIME / name).exists() for name in RUNTIME_FILES):
        return
    command = ["npm", "ci", "--no-audit", "--no-fund", "--ignore-scripts", "--prefix", PAGE]
    try:
        subprocess.run(command, check=True, stdout=sys.stderr)
    except (OSError, subprocess.CalledProcessError) as error:
        raise PlaygroundError(
            "onnxruntime-web could not be fetched: that needs npm, and the network once. On a "
            "machine without them, use the folder build/playground of another machine: "
            "python3 -m http.server --directory playground"
        ) from error


def make_page(folder, net):
    """Write the page, the net and the runtime to a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in ("index.html", "playground.css", "playground.js"):
        shutil.copy(PAGE / name, folder)
    (folder / "onnxruntime").mkdir(exist_ok=True)
    for name in RUNTIME_FILES:
        shutil.copy(RUNTIME / name, folder / "onnxruntime")
    settings = {"size": SIZE, "classes": dh.CLASS_NAMES, "examples": examples()}
    (folder / "settings.json").write_text(json.dumps(settings))
    to_onnx(net, (1, 1, SIZE, SIZE), folder / "net.onnx", also=["conv1"])


class Handler(http.server.SimpleHTTPRequestHandler):
    """Serves files without a log line for each."""

    def log_message(self, *arguments):
        pass


def server(folder, port=0):
    """Return a server for a folder, on a free port, that answers to this machine only."""
    handler = functools.partial(Handler, directory=os.fspath(folder))
    return http.server.ThreadingHTTPServer(("127.0.0.1", port), handler)


def main(arguments=None):
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--no-server", action="store_true", help="make the page and exit")
    arguments = parser.parse_args(arguments)
    folder = ROOT / "build" / "playground"
    try:
        fetch_runtime()
        ONNX.install()
        make_page(folder, trained_net(ROOT / "build" / "playground.checkpoint"))
    except (PlaygroundError, OwnEnvironmentError) as error:
        sys.exit(str(error))
    print("Wrote build/playground")
    if arguments.no_server:
        return
    with server(folder) as serving:
        address = f"http://127.0.0.1:{serving.server_port}/"
        print(f"Open {address} in a browser; Ctrl-C ends it.", flush=True)
        try:
            serving.serve_forever()
        except KeyboardInterrupt:
            print()


if __name__ == "__main__":
    main()
