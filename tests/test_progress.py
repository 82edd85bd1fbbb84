"""Progress bars, in a real kernel and in a terminal."""

import d2l_helpers as dh
from d2l_helpers import progress, training

import pytest
from stored_lessons import outputs_in_a_kernel

KERNEL_CELLS = [
    "import os\n"
    "from d2l_helpers.progress import ProgressBars\n"
    "def run():\n"
    "    bars = ProgressBars(2)\n"
    "    for epoch in range(2):\n"
    "        for _ in bars.over(range(3), epoch):\n"
    "            pass\n"
    "    return bars",
    "run().close()",
    "os.environ['JPY_SESSION_NAME'] = 'lesson.ipynb'\nbars = run()",
    "bars = run()\nbars.close()",
    "ProgressBars(2).close()",
]


@pytest.fixture(scope="module")
def kernel_outputs():
    """Return the outputs of the cells above, run in a kernel."""
    return outputs_in_a_kernel(KERNEL_CELLS)


def test_nothing_appears_when_nobody_watches(kernel_outputs):
    assert kernel_outputs[1] == []


def test_in_jupyter_all_bars_are_one_line_of_text(kernel_outputs):
    (output,) = kernel_outputs[2]
    assert set(output.data) == {"text/html", "text/plain"}  # and no widget
    assert output.data["text/html"].startswith("<pre>epoch 2/2: ")
    assert "\r" not in output.data["text/plain"]


def test_in_jupyter_nothing_can_be_seen_afterwards(kernel_outputs):
    (output,) = kernel_outputs[3]
    assert output.data == {"text/html": "", "text/plain": ""}


def test_a_training_that_has_nothing_to_do_shows_no_bar(kernel_outputs):
    assert kernel_outputs[4] == []


def test_in_a_terminal_the_bar_is_on_stderr(monkeypatch, capsys):
    monkeypatch.setattr(progress, "watched", lambda: "terminal")
    bars = progress.ProgressBars(2)
    assert list(bars.over([1, 2], 0)) == [1, 2]
    bars.close()
    captured = capsys.readouterr()
    assert "epoch 1/2: " in captured.err and captured.out == ""


def test_train_ch6_removes_its_bars_also_when_it_fails(
    monkeypatch, net, train_iter, test_iter, device
):
    closed = []
    monkeypatch.setattr(progress.ProgressBars, "close", lambda self: closed.append(self.num_epochs))
    training.train_ch6(net, train_iter, test_iter, 1, 0.1, device)
    with pytest.raises(dh.TrainingDiverged):
        training.train_ch6(net, train_iter, test_iter, 2, 1e30, device)
    assert closed == [1, 2]
