"""Progress bars for a person who watches; they leave nothing behind."""

import html

from d2l_helpers.notebook.session import watched

from IPython.display import display
from tqdm import tqdm


class ProgressBars:
    """One bar after another, for the epochs of a training, if a person watches.

    In Jupyter it is a line of text and not a widget, whose state is not stored with the notebook:
    in one that is saved and opened again, an error would stand in its place.

    Args:
        num_epochs: how many there will be.
    """

    def __init__(self, num_epochs):
        self.num_epochs = num_epochs
        self.line = OutputLine() if watched() == "jupyter" else None  # otherwise tqdm takes stderr

    def over(self, batches, epoch):
        """Return the batches of an epoch, counted from 0, behind a bar."""
        return tqdm(
            batches,
            desc=f"epoch {epoch + 1}/{self.num_epochs}",
            unit="batch",
            leave=False,
            file=self.line,
            disable=watched() is None,
        )

    def close(self):
        """Remove the last bar."""
        if self.line:
            self.line.clear()


class OutputLine:
    """A line of a cell's output in Jupyter: a file in which each text replaces the one before."""

    encoding = "utf-8"  # tells tqdm that it can draw with block characters

    def __init__(self):
        self.handle = None

    def write(self, text):
        # tqdm removes a bar with blanks. What is below would jump up, and down with the next bar.
        if text.strip():
            self._show(text.strip())

    def flush(self):
        """Do nothing: what is written is shown at once."""

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
