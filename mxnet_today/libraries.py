"""The system's libraries that MXNet's wheel needs and does not bring.

It imports nothing of this package, so that it also runs as a script before anything is installed:
`python mxnet_today/libraries.py` names what is missing and exits with 1; with `link` it makes, on
64-bit Arm, the links that MXNet needs beside its own library.
"""

import ctypes
import glob
import importlib.machinery
import platform
import sys
from pathlib import Path

NEEDED = ("libgomp.so.1", "libquadmath.so.0")
PACKAGES = """\
  Debian, Ubuntu:  sudo apt install libgomp1 libquadmath0
  Fedora:          sudo dnf install libgomp libquadmath
  Arch:            sudo pacman -S gcc-libs"""

# The wheel for 64-bit Arm does without libquadmath, which some systems do not have there. It asks
# for Arm Performance Libraries, of which it uses the plain interfaces of BLAS and LAPACK. Links
# beside libmxnet.so, where it looks first, lead to these:
# {the library that MXNet asks for: names of the system's library that serves instead}
NEEDED_ON_ARM = ("libgomp.so.1",)
SUBSTITUTES = {
    "libarmpl_lp64_mp.so": ("libopenblas.so.0", "libopenblasp.so.0", "libopenblas.so.3"),
    "libastring.so": ("liblapacke.so.3",),
    "libamath.so": ("libm.so.6",),
}
PACKAGES_ON_ARM = """\
  Debian, Ubuntu:  sudo apt install libgomp1 libopenblas0-pthread liblapacke
  Fedora:          sudo dnf install libgomp openblas lapack
  Arch:            sudo pacman -S gcc-libs openblas lapacke"""


def check():
    """Raise ImportError when MXNet's library cannot be loaded for want of a system library.

    Call it after the environment is set: some of these libraries read it when they are loaded.

    Raises:
        ImportError: one is missing, or the C library is musl. The message says what to do.
    """
    problem = missing_libraries()
    if problem is None and _linux_arm() and _mxnet_folder() is not None:
        folder = _mxnet_folder()
        unlinked = [name for name in SUBSTITUTES if not (folder / name).exists()]
        library = folder / "libmxnet.so"
        # One that was built on the machine itself loads without them.
        if unlinked and library.exists() and not _loads(library):
            problem = (
                f"On 64-bit Arm MXNet needs {unlinked[0]}. Links to the system's OpenBLAS and "
                f"LAPACK serve as well. They are made by `{sys.executable} {__file__} link`."
            )
    if problem:
        raise ImportError(problem)


def missing_libraries():
    """Return which system libraries are missing, and how to install them; None if none is."""
    if platform.system() != "Linux":
        return None
    if glob.glob("/lib/ld-musl-*") and "glibc" not in platform.libc_ver():
        return (
            "MXNet 1.9.1 cannot work on Alpine and other systems with the C library musl: its "
            "wheel is built for glibc. Use Debian, Ubuntu or Fedora, in a container for example."
        )
    who, packages, wanted = "MXNet", PACKAGES, [(name,) for name in NEEDED]
    if _linux_arm():
        who, packages = "On 64-bit Arm MXNet", PACKAGES_ON_ARM
        wanted = [*((name,) for name in NEEDED_ON_ARM), *SUBSTITUTES.values()]
    missing = [names[0] for names in wanted if not any(map(_loads, names))]
    if missing:
        return f"{who} needs {' and '.join(missing)} from the system. Install:\n{packages}"
    return None


def link():
    """Make the links beside MXNet that it needs on 64-bit Arm; elsewhere, do nothing.

    Raises:
        ImportError: MXNet or a system library is missing.
    """
    if not _linux_arm():
        return
    problem = missing_libraries()
    if problem or _mxnet_folder() is None:
        raise ImportError(problem or "MXNet is not installed in this environment")
    for name, substitutes in SUBSTITUTES.items():
        path = _mxnet_folder() / name
        path.unlink(missing_ok=True)
        path.symlink_to(_path(next(filter(_loads, substitutes))))


def _linux_arm():
    return (platform.system(), platform.machine()) == ("Linux", "aarch64")


def _mxnet_folder():
    """Return the folder of the installed MXNet, which is not imported; None without one."""
    spec = importlib.machinery.PathFinder.find_spec("mxnet")
    return Path(spec.origin).parent if spec and spec.origin else None


def _loads(name):
    try:
        ctypes.CDLL(str(name))
    except OSError:
        return False
    return True


def _path(name):
    """Return where a library that this process has loaded lies, under the name it is asked by."""
    with open("/proc/self/maps") as maps:
        folders = {Path(line.split()[-1]).parent for line in maps if ".so" in line}
    # Debian's alternatives keep the name itself in the folder above that of the file.
    for folder in sorted({*folders, *(folder.parent for folder in folders)}):
        if (folder / name).exists():
            return folder / name
    raise ImportError(f"{name} is loaded, but not found in the system's folders")


def main(command=None):
    """Check, or link, and return 1 with a message on stderr if something is missing, else 0."""
    try:
        if command == "link":
            link()
        problem = missing_libraries()
    except ImportError as error:
        problem = str(error)
    if problem:
        print(problem, file=sys.stderr)
    return 1 if problem else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
