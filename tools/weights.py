"""Convert a file of PyTorch's weights to data/weights/NAME.safetensors, which the lessons read.

python tools/weights.py alexnet-owt-7be5be79.pth

No code in the file is run: PyTorch reads it, in an environment of its own, with
weights_only=True. The file may be called x.pth, x.pt, x.PTH, x.pth.tar, x.pkl or otherwise. Where
the name ends in hexadecimal digits, as those that torchvision publishes do, the file's SHA-256 must
begin with them.
"""

import argparse
import hashlib
import re
import sys
import zipfile
from pathlib import Path

from d2l_helpers.export.environments import TORCH, OwnEnvironmentError
from d2l_helpers.export.file_kinds import PYTORCH, base_name, file_kind, what_it_is
from d2l_helpers.utils.files import ROOT, atomic_write
from d2l_helpers.utils.untrusted import printable, size, why_not_read

WEIGHTS = ROOT / "data" / "weights"
READER = ROOT / "tools" / "read_pth.py"


def check_hash(path):
    """Raise ValueError if the file's name promises a SHA-256 that it does not have.

    Returns:
        Whether the name promises one.
    """
    promised = re.search(r"-([0-9a-f]{8,64})$", base_name(path))
    if not promised:
        return False
    digest = hashlib.sha256()
    with open(path, "rb") as file:
        while piece := file.read(2**20):
            digest.update(piece)
    if not digest.hexdigest().startswith(promised[1]):
        raise ValueError(
            f"{path} is damaged or altered: its SHA-256 begins with {digest.hexdigest()[:8]}, and "
            f"its name promises {promised[1]}. Fetch it again"
        )
    return True


def check_size(path):
    """Raise ValueError for a file that cannot be read, or that would grow when it is."""
    if reason := why_not_read(path):
        raise ValueError(f"{path} {reason}")
    if zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as archive:
            content = sum(entry.file_size for entry in archive.infolist())
        if content > path.stat().st_size:
            raise ValueError(
                f"{path} would grow to {size(content)} when it is read. PyTorch compresses "
                "nothing, so it has not written this file"
            )


def convert(path, folder=WEIGHTS):
    """Write a safetensors file with the weights of a .pth file, and return its path."""
    if not path.exists():
        raise ValueError(f"there is no file {path}")
    check_size(path)
    kind = file_kind(path)
    if kind not in (PYTORCH, None):  # PyTorch reads older kinds too, which are not recognized
        raise ValueError(what_it_is(path, kind))
    checked = check_hash(path)
    print(f"{path.name}: SHA-256 {'is as the name says' if checked else 'not in the name'}")
    TORCH.install()
    target = folder / f"{base_name(path)}.safetensors"
    with atomic_write(target) as partial:
        print(TORCH.run(READER, path, partial), end="")
    return target


def main(arguments=None):
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("file", type=Path)
    try:
        target = convert(parser.parse_args(arguments).file)
    except (ValueError, OSError, OwnEnvironmentError) as error:
        sys.exit(printable(error))
    print(f"wrote {target.relative_to(ROOT) if target.is_relative_to(ROOT) else target}")


if __name__ == "__main__":
    main()
