"""Pack a release of the course.

python tools/release.py check TAG    is the tag named after the version of the course?
python tools/release.py pack         build/release/, from what `make release` has built

The release is a zip of each edition, and SHA256SUMS, which `sha256sum --check` reads.
"""

import argparse
import hashlib
import re
import shutil
import sys
import tempfile
from pathlib import Path

from writing import making, replace_folder

ROOT = Path(__file__).resolve().parent.parent
BUILD = ROOT / "build"
EDITIONS = ["student", "teacher", "book", "slides"]  # folders in build/, made by the same targets


class ReleaseError(Exception):
    """What keeps this from being a release, and what to do."""


def version():
    """Return the version of the course, such as 1.0.0."""
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    return re.search(r'^version = "(.+)"$', text, re.MULTILINE)[1]


def check(tag):
    """Check that a tag is named after the version of the course.

    Args:
        tag: such as v1.0.0.

    Raises:
        ReleaseError: it is not.
    """
    if tag != f"v{version()}":
        raise ReleaseError(
            f"The tag is {tag or 'empty'}, but pyproject.toml has version {version()}. "
            f"Call the tag v{version()}, or change the version there and in CITATION.cff."
        )


def pack():
    """Write the release to build/release/ and return this folder.

    Raises:
        ReleaseError: an edition is not built, or holds a link.
    """
    for name in EDITIONS:
        if not (BUILD / name).is_dir():
            raise ReleaseError(f"build/{name} is missing: run make {name}, or make release.")
        for path in (BUILD / name).rglob("*"):
            if path.is_symlink():  # zip would pack what it leads to, wherever that is
                raise ReleaseError(f"{path} is a link: remove it, and run make {name} again.")
    with tempfile.TemporaryDirectory(dir=BUILD) as scratch:
        made = Path(scratch, "release")
        made.mkdir()
        for name in EDITIONS:
            shutil.make_archive(str(made / f"alexnet-{name}"), "zip", BUILD, name)
        sums = [f"{sha256(path)}  {path.name}\n" for path in sorted(made.iterdir())]
        (made / "SHA256SUMS").write_text("".join(sums), encoding="ascii")
        replace_folder(BUILD / "release", made)
    return BUILD / "release"


def sha256(path):
    """Return the checksum of a file, in hexadecimal digits."""
    with open(path, "rb") as file:
        digest = hashlib.sha256()
        while piece := file.read(1 << 20):
            digest.update(piece)
    return digest.hexdigest()


def main(arguments=None):
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("check").add_argument("tag")
    commands.add_parser("pack")
    options = parser.parse_args(arguments)
    try:
        if options.command == "check":
            check(options.tag)
        else:
            with making(BUILD / "release"):
                print("The release:", pack())
    except ReleaseError as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
