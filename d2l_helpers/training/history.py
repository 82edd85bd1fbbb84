"""What a training run did: one row per epoch, and the epoch that is not finished (lesson 06)."""

from d2l_helpers.utils.validation import is_finite

import pandas as pd

COLUMNS = ["epoch", "train loss", "train acc", "test acc", "seconds", "images/s"]


class EpochMeter:
    """The sums of an epoch's steps so far.

    Attributes:
        steps: how many are done.
        sums: of the losses, of the right answers and of the images.
        seconds: of the steps.
        drawn: what the sums were when a point of the curves was last drawn.
    """

    def __init__(self, steps=0, sums=(0.0, 0.0, 0.0), seconds=0.0, drawn=(0.0, 0.0, 0.0)):
        self.steps, self.sums, self.seconds, self.drawn = steps, list(sums), seconds, list(drawn)

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

    def since_last_point(self):
        """Return the mean loss and the share of right answers since the last call."""
        loss, right, num = (a - b for a, b in zip(self.sums, self.drawn))
        self.drawn = list(self.sums)
        return loss / num, right / num

    def summary(self, test_acc):
        """Return what `History.add` takes behind the number of the epoch."""
        return self.train_loss, self.train_acc, test_acc, self.seconds, self.sums[2]


class History:
    """What a training run did: a row per epoch.

    Attributes:
        rows: list of dicts with the keys epoch, train loss, train acc, test acc, seconds (of the
            training steps, without the evaluation) and images/s. Loss and accuracy in training
            are means over an epoch in which the net changes; the test accuracy is the net's at
            the end of it. An epoch that Ctrl-C cut off is the last row, of its steps so far, and
            has one more key, unfinished, such as "94 of 375 steps".
        interrupted: whether Ctrl-C ended the run.
        types: in which the training and its evaluations were computed, 'float32' or 'bfloat16'.
    """

    def __init__(self, rows=()):
        self.rows = list(rows)
        self.interrupted = False
        self.types = ["float32", "float32"]

    def add(self, epoch, train_loss, train_acc, test_acc, seconds, num_images, **mark):
        """Add the row of an epoch; `mark` is what is said of an unfinished one."""
        values = (epoch, train_loss, train_acc, test_acc, seconds, num_images / seconds)
        self.rows.append({**dict(zip(COLUMNS, values)), **mark})

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
        if self.rows and "unfinished" in self.rows[-1]:
            table = pd.DataFrame(self.rows, columns=[*COLUMNS, "unfinished"])
            return table.fillna({"unfinished": ""})
        return pd.DataFrame(self.rows, columns=COLUMNS)


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


# What a checkpoint holds of a run


def progress_to_dict(history, curves, meter):
    """Return how far a run is, JSON-ready.

    Args:
        history: a `History` of the finished epochs.
        curves: an `Animator` of the losses and accuracies.
        meter: the `EpochMeter` of the epoch that is not finished.
    """
    return {"rows": history.rows, "curves": [curves.X, curves.Y], "so far": vars(meter)}


def progress_from_dict(saved, num_steps):
    """Return what `progress_to_dict` was given: a history, the curves' X and Y, and a meter.

    Args:
        saved: the dict, read from a file that anybody may have written.
        num_steps: of an epoch.

    Raises:
        ValueError: this is not how far a run can be.
    """
    try:
        rows = [{name: _number(row[name]) for name in COLUMNS} for row in saved["rows"]]
        X, Y = ([[_number(v) for v in line] for line in part] for part in saved["curves"])
        meter = EpochMeter(**saved["so far"])
        _, _, num_images = map(_number, meter.sums)
        _, _, num_drawn = map(_number, meter.drawn)
        possible = (
            [row["epoch"] for row in rows] == list(range(1, len(rows) + 1))
            and all(row["seconds"] > 0 and row["images/s"] > 0 for row in rows)
            and all(0 <= row[name] <= 1 for row in rows for name in ("train acc", "test acc"))
            and len(X) in (0, 3)  # loss, accuracy in training and test, once there is a point
            and [len(line) for line in X] == [len(line) for line in Y]
            and type(meter.steps) is int
            and 0 <= meter.steps <= num_steps
            and (meter.steps > 0) == (num_images > 0) == (_number(meter.seconds) > 0)
            and 0 <= num_drawn <= num_images
            and bool(rows or meter.steps)  # nothing is written before the first step
        )
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise ValueError(f"its progress cannot be read: {error!r}") from error
    if not possible:
        raise ValueError("its epochs, steps or curves do not go together")
    return History(rows), (X, Y), meter


def _number(value):
    if type(value) not in (int, float) or not is_finite(value):
        raise ValueError(f"{value!r} is no number")
    return value
