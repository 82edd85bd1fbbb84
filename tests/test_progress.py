"""Progress bars in a terminal; those in a notebook: test_kernel.py."""

import d2l_helpers as dh
from d2l_helpers.notebook import progress_bar
from d2l_helpers.training import loop

import pytest


def test_in_a_terminal_the_bar_is_on_stderr(monkeypatch, capsys):
    monkeypatch.setattr(progress_bar, "watched", lambda: "terminal")
    bars = progress_bar.ProgressBars(2)
    assert list(bars.over([1, 2], 0)) == [1, 2]
    bars.close()
    captured = capsys.readouterr()
    assert "epoch 1/2: " in captured.err and captured.out == ""
    assert "?batch/s" in captured.err  # before the first batch there is no rate
    *_, last, end = captured.err.split("\r")
    assert not last.strip() and not end  # the bar is overwritten with blanks


def test_train_ch6_removes_its_bars_also_when_it_fails(
    monkeypatch, net, train_iter, test_iter, device
):
    closed = []
    monkeypatch.setattr(
        progress_bar.ProgressBars, "close", lambda self: closed.append(self.num_epochs)
    )
    loop.train_ch6(net, train_iter, test_iter, 1, 0.1, device)
    with pytest.raises(dh.TrainingDiverged):
        loop.train_ch6(net, train_iter, test_iter, 2, 1e30, device)
    assert closed == [1, 2]
