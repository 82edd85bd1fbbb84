"""How tools read and write files, without the three seconds in which d2l_helpers imports MXNet."""

import contextlib
import importlib.util
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def _module(name):
    """Return a module of d2l_helpers/utils, loaded without the package around it."""
    path = ROOT / "d2l_helpers" / "utils" / f"{name}.py"
    spec = importlib.util.spec_from_file_location(name, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


_files, _locks, untrusted = _module("files"), _module("locks"), _module("untrusted")
atomic_write = _files.atomic_write
replace_folder = _files.replace_folder


@contextlib.contextmanager
def making(path):
    """Keep other processes from what a tool makes, see `locked`.

    Where one of them makes it already, or the system refuses, the tool ends with a sentence.
    """
    try:
        with _locks.locked(path):
            yield
    except _locks.InUse as error:
        sys.exit(str(error))
    except OSError as error:
        sys.exit(f"{path} was not made: {error}")
