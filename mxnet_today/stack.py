"""Python and the packages: what is there, and whether MXNet 1.9.1 can work with it."""

import contextlib
import importlib.metadata
import sys

FIRST_PYTHON, TOO_NEW_PYTHON = (3, 9), (3, 15)
REPORTED_PACKAGES = ("mxnet", "mxnet-cu112", "d2l", "numpy", "pandas", "matplotlib")


def check(python=None, installed=None):
    """Raise ImportError, in plain words, when MXNet 1.9.1 cannot work in this environment.

    Args:
        python: version as a tuple such as (3, 11); default: the running one.
        installed: mapping of package name to version; default: what is installed.

    Raises:
        ImportError: a Python that was not tried, or MXNet or NumPy missing. The message says what
            was found and what to do.
    """
    python = python or sys.version_info
    installed = versions() if installed is None else installed
    if not FIRST_PYTHON <= python < TOO_NEW_PYTHON:
        raise ImportError(
            f"MXNet 1.9.1 works with Python 3.9 to 3.14; this is {python[0]}.{python[1]}. "
            "Make an environment with one of these."
        )
    if not {"mxnet", "mxnet-cu112"} & installed.keys():
        raise ImportError(
            "MXNet is not installed in this environment: `pip install --no-deps mxnet==1.9.1`."
        )
    if "numpy" not in installed:
        raise ImportError("MXNet needs NumPy, which is not installed: `pip install numpy`.")


def versions():
    """Return the installed versions of the main packages, as {name: version}."""
    found = {}
    for name in REPORTED_PACKAGES:
        with contextlib.suppress(importlib.metadata.PackageNotFoundError):
            found[name] = importlib.metadata.version(name)
    return found
