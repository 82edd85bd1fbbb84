"""What is wrong when a net does not learn, in words (lessons 04 and 06)."""

import math

from d2l_helpers.notebook.outputs import measured

DIVERGED = 1e4  # a mean loss; guessing has ln(classes), and a bad start some hundreds
UNSCALED = 32  # images of mean 0 and standard deviation 1 stay well below


class TrainingDiverged(RuntimeError):
    """The loss is no longer a finite number, or far from anything that learns."""


def check_loss(loss, lr, images):
    """Raise TrainingDiverged for a loss that is finite and yet far from anything that learns.

    Args:
        loss: the mean over a batch.
        lr: the learning rate of its step.
        images: some of them, as the net gets them.
    """
    if loss > DIVERGED:
        raise TrainingDiverged(divergence(loss, lr, images))


def divergence(loss, lr, images):
    """Return in a sentence that training diverges, and what to try; arguments as `check_loss`."""
    return (
        f"training diverges: the loss became {loss:.3g} at a learning rate of {lr:g}."
        f"{_advice_on_scale(images)} Usually the rate is too large: try a tenth of it, or a "
        "schedule that warms up, such as one_cycle. If it is the first step, the first weights are "
        "too large, or a layer makes such values."
    )


def warn_if_at_chance(num_classes, row, images):
    """Print that the net does no better than guessing, and what to try, if that is so.

    Guessing has a loss of ln(number of classes), if all classes get the same probability.

    Args:
        num_classes: outputs of the net.
        row: of the first epoch, as in a `History`.
        images: some of them, as the net gets them.
    """
    loss, test_acc, guessing = row["train loss"], row["test acc"], math.log(num_classes)
    if loss <= 0.98 * guessing or test_acc >= 1.5 / num_classes:
        return
    print(
        "The net has not started to learn: in the first epoch its mean loss is "
        f"{measured(loss)}, and guessing has ln({num_classes}) = {guessing:.3f}; its test accuracy "
        f"is {measured(test_acc)}, and guessing has {1 / num_classes:.3f}."
    )
    if loss > 2 * guessing:
        print(
            "A loss far above that of guessing usually means steps that are too large: try a tenth "
            "of the learning rate, or a schedule that warms up, such as one_cycle."
            f"{_advice_on_scale(images)}"
        )
    else:
        print(
            "Can it learn a single batch by heart? If not, the signal fades on its way through the "
            "layers (try ReLU with He's initialization, init.MSRAPrelu('in', slope=0)), or all "
            "units of a layer are dead. If it can, the learning rate is too small (try ten times "
            "as much), or the labels do not belong to the images. Lesson 04 tells these causes "
            f"apart.{_advice_on_scale(images)}"
        )


def _advice_on_scale(images):
    """Return what to do about images that are not scaled to 1, or nothing if they are."""
    largest = float(abs(images).max())
    if largest < UNSCALED:
        return ""
    return f" The images have values up to {largest:g}: divide them by 255 first."
