"""Progress bars for a person who is watching; they leave no output (lesson 06)."""

import html

from d2l_helpers.notebook.session import watched

from IPython.display import display
from tqdm import tqdm


class ProgressBars:
    """One bar per epoch of a training run, if a person is watching.

    In Jupyter a bar is a line of text, not a widget. A widget's state is not stored with the
    notebook, so a notebook that is saved and reopened would show an error in its place.

    Args:
        num_epochs: of the whole run.
    """

    def __init__(self, num_epochs):
        self.num_epochs = num_epochs
        self.line = OutputLine() if watched() == "jupyter" else None  # otherwise tqdm takes stderr
        self.bar = None

    def over(self, batches, epoch):
        """Return the batches of an epoch, counted from 0, with a bar while they are read."""
        self.bar = tqdm(
            batches,
            desc=f"epoch {epoch + 1}/{self.num_epochs}",
            unit="batch",
            leave=False,
            file=self.line,
            disable=watched() is None,
        )
        return self.bar

    def close(self):
        """Remove the last bar, also one that was not read to its end."""
        if self.bar is not None:
            self.bar.close()
        if self.line:
            self.line.clear()


class OutputLine:
    """A line of a cell's output in Jupyter: a file in which each text replaces the last one."""

    encoding = "utf-8"  # tells tqdm that it can draw with block characters

    def __init__(self):
        self.handle = None

    def write(self, text):
        # tqdm removes a bar with blanks. The output below would jump up, and down at the next bar.
        if text.strip() and not text.startswith("\x1b"):  # which moves a terminal's cursor
            self._show(text.strip())

    def flush(self):
        """Do nothing: `write` shows its text at once."""

    def clear(self):
        if self.handle:
            self._show("")

    def _show(self, text):
        shown = f"<pre>{html.escape(text)}</pre>" if text else ""
        output = {"text/html": shown, "text/plain": text}
        if self.handle is None:
            self.handle = display(output, raw=True, display_id=True)
        else:
            self.handle.update(output, raw=True)
