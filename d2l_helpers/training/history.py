"""What a training tells: how far it is, a row an epoch, and what is printed of it."""

from d2l_helpers.figures.plotting import TrainingCurves

import pandas as pd

POINTS_AN_EPOCH = 10  # of the curves of loss and accuracy in training


class EpochMeter:
    """What an epoch did so far.

    Attributes:
        steps: how many are done.
        sums: of the losses, of the right answers and of the images.
        seconds: of the steps.
    """

    def __init__(self, steps=0, sums=(0.0, 0.0, 0.0), seconds=0.0):
        self.steps, self.sums, self.seconds = steps, list(sums), seconds

    def add(self, step, seconds):
        """Add a step: the sum of its losses, how many were right, and how many images it had."""
        self.steps += 1
        self.sums = [a + float(b) for a, b in zip(self.sums, step)]
        self.seconds += seconds

    @property
    def train_loss(self):
        """The mean loss."""
        return self.sums[0] / self.sums[2]

    @property
    def train_acc(self):
        """The share of right answers."""
        return self.sums[1] / self.sums[2]

    def summary(self, test_acc):
        """Return what `History.add` takes behind the number of the epoch."""
        return self.train_loss, self.train_acc, test_acc, self.seconds, self.sums[2]


class History:
    """What a training did: a row an epoch.

    Attributes:
        rows: list of dicts with the keys epoch, train loss, train acc, test acc, seconds (of the
            training steps, without the evaluation) and images/s. Loss and accuracy in training
            are means over an epoch in which the net changes; the test accuracy is the net's at
            the end of it. An epoch that Ctrl-C cut off is the last row, of its steps so far, and
            has one more key, unfinished, such as "94 of 375 steps".
        interrupted: whether Ctrl-C ended the training.
        types: in which the training and its evaluations were computed, 'float32' or 'bfloat16'.
    """

    def __init__(self, rows=()):
        self.rows = list(rows)
        self.interrupted = False
        self.types = ["float32", "float32"]

    def add(self, epoch, train_loss, train_acc, test_acc, seconds, num_images, **mark):
        """Add the row of an epoch; `mark` is what is said of an unfinished one."""
        self.rows.append(
            {
                "epoch": epoch,
                "train loss": train_loss,
                "train acc": train_acc,
                "test acc": test_acc,
                "seconds": seconds,
                "images/s": num_images / seconds,
                **mark,
            }
        )

    def __len__(self):
        return len(self.rows)

    def __getitem__(self, epoch):
        return self.rows[epoch]

    @property
    def test_accuracies(self):
        """The test accuracies of the finished epochs, in order."""
        return [row["test acc"] for row in self.rows if "unfinished" not in row]

    def to_frame(self):
        """Return the rows as a pandas DataFrame."""
        columns = ["epoch", "train loss", "train acc", "test acc", "seconds", "images/s"]
        if self.rows and "unfinished" in self.rows[-1]:
            columns.append("unfinished")
            return pd.DataFrame(self.rows, columns=columns).fillna({"unfinished": ""})
        return pd.DataFrame(self.rows, columns=columns)


class Progress:
    """How far a training is.

    Args:
        num_epochs: of the whole training.
        num_steps: of an epoch.
        done: what `to_dict` returned of a training that goes on.

    Attributes:
        history: a `History` of the finished epochs.
        curves: of loss and accuracies.
        so_far: an `EpochMeter` of the epoch that is not finished.
    """

    def __init__(self, num_epochs, num_steps, done=None):
        self.history, self.curves = History(), TrainingCurves(num_epochs)
        self.so_far, self.num_steps = EpochMeter(), num_steps
        if done:
            self.history = History(done["rows"])
            self.curves.X, self.curves.Y = done["curves"]
            self.so_far = EpochMeter(
                **done.get("so far", {})
            )  # older checkpoints end with an epoch

    def to_dict(self):
        """Return all of it for a checkpoint."""
        curves, so_far = [self.curves.X, self.curves.Y], vars(self.so_far)
        return {"rows": self.history.rows, "curves": curves, "so far": so_far}

    def add_step(self, step, seconds):
        """Add a step: arguments as `EpochMeter.add`."""
        self.so_far.add(step, seconds)
        steps, every = self.so_far.steps, max(1, self.num_steps // POINTS_AN_EPOCH)
        if steps % every == 0 or steps == self.num_steps:
            self._draw((self.so_far.train_loss, self.so_far.train_acc, None))

    def steps_done(self):
        """Return how many steps of the epoch are done, in words."""
        return f"{self.so_far.steps} of {self.num_steps} steps"

    def end_epoch(self, test_acc, **mark):
        """Begin the next epoch; `mark` is what is said of one that is cut off."""
        self._draw((None, None, test_acc))
        self.history.add(len(self.history) + 1, *self.so_far.summary(test_acc), **mark)
        self.so_far = EpochMeter()

    def _draw(self, values):
        self.curves.add(len(self.history) + self.so_far.steps / self.num_steps, values)


def print_summary(history, device):
    """Print d2l's two closing lines."""
    if not len(history):
        return
    last = history[-1]
    seconds = sum(row["seconds"] for row in history.rows)
    images = sum(row["seconds"] * row["images/s"] for row in history.rows)
    print(
        f"loss {last['train loss']:.3f}, train acc {last['train acc']:.3f}, "
        f"test acc {last['test acc']:.3f}"
    )
    print(f"{images / seconds:.1f} examples/sec on {device}")
