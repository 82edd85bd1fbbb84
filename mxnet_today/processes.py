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
    printed = FRAMES.sub("", done.stderr).strip() or done.stdout.strip()
    if done.returncode < 0:
        killed = f"it was ended by {signal.Signals(-done.returncode).name}"
        return f"{killed}: {printed}" if printed else killed
    return printed or f"it ended with exit code {done.returncode} and printed nothing"
