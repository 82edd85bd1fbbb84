"""What is wrong when a net does not learn, in words."""

import math

DIVERGED = 1e4  # a mean loss; guessing has ln(classes), and a bad start some hundreds


class TrainingDiverged(RuntimeError):
    """The loss is no longer a finite number, or far from anything that learns."""


def _check_loss(step, lr, image):
    """Raise TrainingDiverged for a loss that is finite and yet far from anything that learns."""
    loss_sum, _, num = step
    if loss_sum / num > DIVERGED:
        raise TrainingDiverged(divergence(loss_sum / num, lr, image))


UNSCALED = 32  # images of mean 0 and standard deviation 1 stay well below


def warn_if_at_chance(num_classes, row, images):
    """Say that the net guesses, if its loss is not below that of guessing: ln(number of classes).

    Args:
        num_classes: outputs of the net.
        row: of the first epoch, as in a `History`.
        images: some of them, as the net gets them.
    """
    train_loss, guessing = row["train loss"], math.log(num_classes)
    if train_loss <= 0.98 * guessing or row["test acc"] >= 1.5 / num_classes:
        return
    if train_loss > 2 * guessing:
        print(
            f"The training diverged: the mean loss of the first epoch is {train_loss:.3g}, and "
            f"guessing has ln({num_classes}) = {guessing:.3f}.{_largest_value(images)} Try a tenth "
            "of the learning rate, or a schedule that warms up, such as one_cycle."
        )
        return
    print(
        f"The net has not started to learn: after the first epoch its loss is still about "
        f"ln({num_classes}) = {guessing:.3f}, and 1 in {num_classes} answers is "
        "right, as by guessing.\nUsually the signal fades on its way through the layers. "
        "Try ReLU in place of sigmoid, or He's initialization (init.MSRAPrelu('in', slope=0)). "
        f"If the learning rate is below 0.01, try a larger one first.{_largest_value(images)}"
    )


def divergence(loss, lr, images):
    """Return in a sentence that a training diverges, and what to try.

    Args:
        loss: the mean of a batch.
        lr: the learning rate of its step.
        images: the batch.
    """
    return (
        f"the training diverges, the loss became {loss:.3g}: the learning rate, {lr:g}, is too "
        f"large for this net and its initialization.{_largest_value(images)} Try a tenth of it, "
        "or a schedule that warms up, such as one_cycle."
    )


def _largest_value(images):
    """Return what to do about images that are not scaled to 1, or nothing if they are."""
    largest = float(abs(images).max())
    if largest < UNSCALED:
        return ""
    return f" The images have values up to {largest:g}: divide them by 255 first."
