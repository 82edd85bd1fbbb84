"""What a training tells: a row a finished epoch, and what is printed of it."""

import math

import pandas as pd


class History:
    """What a training did: a row a finished epoch.

    Attributes:
        rows: list of dicts with the keys epoch, train loss, train acc, test acc, seconds (of the
            training steps, without the evaluation) and images/s. Loss and accuracy in training
            are means over an epoch in which the net changes; the test accuracy is the net's at
            the end of it.
        interrupted: whether Ctrl-C ended the training.
    """

    def __init__(self, rows=()):
        self.rows = list(rows)
        self.interrupted = False

    def add(self, epoch, train_loss, train_acc, test_acc, seconds, num_images):
        """Add the row of a finished epoch."""
        self.rows.append(
            {
                "epoch": epoch,
                "train loss": train_loss,
                "train acc": train_acc,
                "test acc": test_acc,
                "seconds": seconds,
                "images/s": num_images / seconds,
            }
        )

    def __len__(self):
        return len(self.rows)

    def __getitem__(self, epoch):
        return self.rows[epoch]

    @property
    def test_accuracies(self):
        """The test accuracies of the finished epochs, in order."""
        return [row["test acc"] for row in self.rows]

    def to_frame(self):
        """Return the rows as a pandas DataFrame."""
        columns = ["epoch", "train loss", "train acc", "test acc", "seconds", "images/s"]
        return pd.DataFrame(self.rows, columns=columns)


def say_if_at_chance(num_classes, train_loss, test_acc):
    """Say that the net guesses, if its loss is that of guessing: ln(number of classes)."""
    if train_loss > 0.98 * math.log(num_classes) and test_acc < 1.5 / num_classes:
        print(
            f"The net has not started to learn: after the first epoch its loss is still about "
            f"ln({num_classes}) = {math.log(num_classes):.3f}, and 1 in {num_classes} answers is "
            "right, as by guessing.\nUsually the signal fades on its way through the layers. "
            "Try ReLU in place of sigmoid, He's initialization (init.MSRAPrelu('in', slope=0)), "
            "or another learning rate."
        )


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
