"""Why a program failed that another one has started."""

import subprocess
import sys

from mxnet_today.processes import why_it_failed

import pytest

WHOLE_REASONS = {
    "sys.exit": ("import sys; print('out'); sys.exit('the reason')", "the reason"),
    "an exception": ("def f(): raise ValueError('no net')\nf()", "ValueError: no net"),
    "one of several lines": (
        "raise RuntimeError('Invalid dimensions\\n index: 2 Got: 5 Expected: 28\\n Please fix.')",
        "RuntimeError: Invalid dimensions\n index: 2 Got: 5 Expected: 28\n Please fix.",
    ),
    "one with a cause": (
        "try:\n    {}['conv1']\nexcept KeyError as error:\n    raise ValueError('bad') from error",
        "KeyError: 'conv1'\n\nThe above exception was the direct cause of the following exception:"
        "\n\nValueError: bad",
    ),
    "lines before sys.exit": (
        "import sys; print('line 1\\nline 2', file=sys.stderr); sys.exit(3)",
        "line 1\nline 2",
    ),
    "stdout alone": (
        "import sys; print('disk full\\nstopped'); sys.exit(1)",
        "it ended with exit code 1: disk full\nstopped",
    ),
    "nothing": ("import os; os._exit(4)", "it ended with exit code 4 and printed nothing"),
    "nothing, and no failure": ("", "it ended with exit code 0 and printed nothing"),
    "a signal": (
        "import os; os.kill(os.getpid(), 9)",
        "it was ended by SIGKILL and printed nothing",
    ),
    "a signal after a message": (
        "import os, sys; print('out of memory', file=sys.stderr, flush=True); os.abort()",
        "it was ended by SIGABRT: out of memory",
    ),
}


@pytest.mark.parametrize("case", WHOLE_REASONS)
def test_the_whole_reason_of_a_program_that_fails_is_told_without_its_frames(case, tmp_path):
    text, reason = WHOLE_REASONS[case]
    (tmp_path / "fails.py").write_text(text)
    done = subprocess.run(
        [sys.executable, tmp_path / "fails.py"], capture_output=True, text=True, check=False
    )
    assert why_it_failed(done) == reason
