"""Programs that this one starts: why one of them failed."""

import re
import signal

# What Python prints before the message of an error; the lines about frames are indented.
FRAMES = re.compile(r"^Traceback \(most recent call last\):\n(?:[ \t].*\n)*", re.MULTILINE)


def why_it_failed(done):
    """Return why a program failed: all that it printed about it, but for the frames of tracebacks.

    Args:
        done: its `subprocess.CompletedProcess`, with the output as text.
    """
    errors = FRAMES.sub("", done.stderr).strip()
    if done.returncode >= 0 and errors:
        return errors
    end = (
        f"it was ended by {signal.Signals(-done.returncode).name}"
        if done.returncode < 0
        else f"it ended with exit code {done.returncode}"
    )
    printed = errors or done.stdout.strip()
    return f"{end}: {printed}" if printed else f"{end} and printed nothing"
