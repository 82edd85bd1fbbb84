"""What a file that should hold weights really is (lesson 12).

Its name does not tell: files that torch.save wrote are published as x.pth, x.PTH, x.pth.tar, x.pkl
and x.bin, and a file that was fetched by mistake can be a web page. The first bytes do.
"""

import re
from pathlib import Path
from typing import NamedTuple

HEAD = 512  # bytes
SUFFIXES = r"(\.(pth|pt|tar|pkl|bin|ckpt|safetensors))+$"


class Kind(NamedTuple):
    """What a file is, and what to do with it; {path} and {converted} stand for file names."""

    name: str
    advice: str


PYTORCH = Kind(
    "a file that PyTorch wrote, which can run code when it is read, so the course does not read it",
    "`make weights FILE={path}` makes data/weights/{converted} of it",
)
SAFETENSORS = Kind("a safetensors file", "dh.load_safetensors reads it, or dh.from_torchvision")
SAVE_AGAIN = "Save the weights as safetensors where they were made"
FETCH_AGAIN = "Fetch or write it again"
UNPACK = "Unpack it first"

# By what the file begins with; the first pattern that fits counts.
KINDS = (
    # Of a zip archive the name of the first file in it, which is there even if the end is missing.
    (rb"PK\x03\x04.*/data\.pkl", PYTORCH),
    # Before PyTorch 1.6: its own number, as a pickle.
    (rb"\x80\x02\x8a\x0al\xfc\x9cF\xf9 j\xa8P\x19\.", PYTORCH),
    (rb".{4}\0{4}\{", SAFETENSORS),  # the length of its header, then JSON
    (rb"PK\x03\x04.*\.npy", Kind("an archive of NumPy arrays (.npz)", "numpy.load reads it")),
    (rb"PK\x03\x04", Kind("a zip archive", UNPACK)),
    (rb"\x1f\x8b", Kind("a gzip archive", UNPACK)),
    (rb".{257}ustar", Kind("a tar archive", UNPACK)),
    (rb"\x80[\x02-\x05]", Kind("a pickle, which can run code when it is read", SAVE_AGAIN)),
    (rb"\x89HDF\r\n", Kind("an HDF5 file, as Keras writes it", SAVE_AGAIN)),
    (rb"\x12\x01\0{6}", Kind("a file that MXNet wrote", "net.load_parameters reads it")),
    (rb"\x93NUMPY", Kind("a NumPy array", "numpy.load reads it")),
    (rb"version https://git-lfs", Kind("a Git LFS pointer", "`git lfs pull` fetches the file")),
    (
        rb"(\xef\xbb\xbf)?\s*<(?i:!doctype|html|head|!--)",
        Kind("a web page", "Fetch the file itself, not the page that shows it"),
    ),
    # No control characters, and no bytes that UTF-8 does not have.
    (rb"[^\0-\x08\x0e-\x1f\xc0\xc1\xf5-\xff]+\Z", Kind("text", FETCH_AGAIN)),
    (rb"\Z", Kind("empty", FETCH_AGAIN)),
)


def file_kind(path):
    """Return the `Kind` of a file, or None for one that is not recognized.

    Raises:
        OSError: the file cannot be read.
    """
    with open(path, "rb") as file:
        head = file.read(HEAD)
    kinds = (kind for start, kind in KINDS if re.match(start, head, re.DOTALL))
    return next(kinds, None)


def what_it_is(path, kind):
    """Return the message about a file of some `Kind`: what it is, and what to do."""
    advice = kind.advice.format(path=path, converted=f"{base_name(path)}.safetensors")
    return f"{path} is {kind.name}. {advice}"


def base_name(path):
    """Return the name of a file without what should tell its kind: "net" for "net.pth.tar"."""
    return re.sub(SUFFIXES, "", Path(path).name, flags=re.IGNORECASE)
