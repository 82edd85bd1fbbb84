"""Environments of their own, for packages that the course's cannot hold: PyTorch, ONNX (lesson 12).

They lie in build/, are made once, and are used by programs that run in their Python.
"""

import dataclasses
import subprocess
import sys
from pathlib import Path

from d2l_helpers.utils.files import ROOT, atomic_write
from d2l_helpers.utils.locks import InUse, locked
from mxnet_today.processes import why_it_failed


class OwnEnvironmentError(RuntimeError):
    """An environment is not there, cannot be made, or a program in it failed."""


@dataclasses.dataclass(frozen=True)
class Environment:
    """An environment of its own.

    Attributes:
        title: what it holds.
        folder: where it lies.
        requirements: the lock file of what is installed; each package has its hashes there.
        command: what makes it.
        interpreter: the Python that it is made with.
    """

    title: str
    folder: Path
    requirements: Path
    command: str
    interpreter: Path = Path(sys.executable)

    @property
    def python(self):
        return self.folder / "bin" / "python"

    @property
    def is_installed(self):
        """Whether it is there and holds what its requirements say."""
        stamp = self.folder / "installed"
        is_same = stamp.exists() and stamp.read_text() == self.requirements.read_text()
        return is_same and self.python.exists()  # whose own Python may be gone

    def install(self):
        """Make it, unless it is there.

        Raises:
            OwnEnvironmentError: it cannot be made, or another process makes it.
        """
        try:
            with locked(self.folder):
                if not self.is_installed:
                    self._make()
        except InUse as error:
            raise OwnEnvironmentError(str(error)) from error

    def _make(self):
        print(f"Installing {self.title} into {self.folder}, for this alone", file=sys.stderr)
        pip = [self.python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        # Built packages alone: what builds one from its sources would come without hashes.
        pip += ["--require-hashes", "--only-binary", ":all:"]
        try:
            subprocess.run([self.interpreter, "-m", "venv", "--clear", self.folder], check=True)
            subprocess.run([*pip, "-r", self.requirements], check=True)
        except (subprocess.CalledProcessError, OSError) as error:
            name = self.requirements.name
            raise OwnEnvironmentError(
                f"{self.title} could not be installed; the reason is above. It needs the network "
                f"once. For a room without one, `pip download -r {name} -d wheels` elsewhere, with "
                "the same Python and system, bring the folder wheels, and set PIP_NO_INDEX=1 "
                "PIP_FIND_LINKS=wheels before the command."
            ) from error
        # Written last, so that an interrupted installation is not taken for a finished one.
        with atomic_write(self.folder / "installed") as partial:
            partial.write_text(self.requirements.read_text())

    def run(self, program, *arguments):
        """Run a program in it, and return what the program prints.

        Raises:
            OwnEnvironmentError: it is not installed, or the program failed; then the message is
                `why_it_failed`.
        """
        if not self.is_installed:
            raise OwnEnvironmentError(
                f"this needs {self.title}, in an environment of its own: `{self.command}` makes "
                "it, with the network, once"
            )
        done = subprocess.run(
            [self.python, program, *arguments], capture_output=True, text=True, check=False
        )
        if done.returncode != 0:
            raise OwnEnvironmentError(why_it_failed(done))
        return done.stdout


TORCH = Environment(
    "PyTorch", ROOT / "build" / "bench-venv", ROOT / "requirements-bench.lock", "make torch"
)
ONNX = Environment(
    "ONNX", ROOT / "build" / "onnx-venv", ROOT / "requirements-onnx.lock", "make onnx"
)


def main(name):
    """Install the environment of a name, torch or onnx; where that fails, end with the reason."""
    try:
        {"torch": TORCH, "onnx": ONNX}[name].install()
    except OwnEnvironmentError as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main(sys.argv[1])
