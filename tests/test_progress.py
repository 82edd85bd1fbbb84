"""Progress bars in a terminal; those in a notebook: test_kernel.py."""

import types

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


def test_each_text_replaces_the_last_one_in_a_notebook(monkeypatch):
    shown = []

    def display(data, raw, display_id=True):
        assert raw and display_id
        shown.append(data)
        return types.SimpleNamespace(update=display)

    monkeypatch.setattr(progress_bar, "display", display)
    line = progress_bar.OutputLine()
    line.clear()
    assert shown == []  # there is nothing to clear
    for text in ("\r 10% <1/10>", "\r   ", "\r 20% <2/10>"):
        line.write(text)
    line.clear()
    assert shown == [
        {"text/html": "<pre>10% &lt;1/10&gt;</pre>", "text/plain": "10% <1/10>"},
        {"text/html": "<pre>20% &lt;2/10&gt;</pre>", "text/plain": "20% <2/10>"},
        {"text/html": "", "text/plain": ""},
    ]


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
