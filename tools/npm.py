"""Packages from npm, in the exact versions of a package-lock.json."""

import subprocess
import sys


class NpmError(RuntimeError):
    """Packages cannot be fetched; the message says what to do."""


def install(folder, what, instead):
    """Fetch the packages of a folder's package-lock.json into its node_modules/.

    Args:
        folder: with package.json and package-lock.json.
        what: they are, for the message.
        instead: what to do without npm or a network, likewise.

    Raises:
        NpmError: npm or the network is missing.
    """
    command = ["npm", "ci", "--no-audit", "--no-fund", "--ignore-scripts", "--prefix", folder]
    try:
        subprocess.run(command, check=True, stdout=sys.stderr)
    except (OSError, subprocess.CalledProcessError) as error:
        raise NpmError(
            f"{what} could not be fetched: that needs npm, and the network once. On a machine "
            f"without them, {instead}."
        ) from error
