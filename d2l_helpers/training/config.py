"""What a training run is told to do: checked, compared when it is resumed, asked for its rates."""

import dataclasses
from typing import Any, Callable, Optional

from d2l_helpers.checkpoints.checkpoint import stable_repr
from d2l_helpers.training.precision import check_dtype
from d2l_helpers.training.schedules import plateau_factor
from d2l_helpers.utils.validation import check_lr, check_num_epochs, check_whole_number

from mxnet import init

MAX_SEED = 2**31 - 1  # that MXNet takes


@dataclasses.dataclass(frozen=True)
class Config:
    """The arguments of `train_ch6` that say how to train; see there.

    Raises:
        ValueError, TypeError: an argument that no training run can have.
    """

    num_epochs: int
    lr: float
    optimizer: str = "sgd"
    optimizer_params: dict = dataclasses.field(default_factory=dict)
    initializer: Any = None
    schedule: Optional[Callable] = None
    patience: Optional[int] = None
    hybridize: bool = False
    dtype: str = "float32"
    seed: Optional[int] = None

    def __post_init__(self):
        checked = {
            "num_epochs": check_num_epochs(self.num_epochs, self.lr),
            "lr": check_lr(self.lr),
            "initializer": self.initializer or init.Xavier(),
        }
        for name, at_least in (("patience", 1), ("seed", 0)):
            if getattr(self, name) is not None:
                checked[name] = check_whole_number(name, getattr(self, name), at_least=at_least)
        if checked.get("seed", 0) > MAX_SEED:
            raise ValueError(f"seed must be at most {MAX_SEED}, not {self.seed}")
        check_dtype(self.dtype)
        for name, value in checked.items():
            object.__setattr__(self, name, value)  # the only way in a frozen dataclass

    def fingerprint(self):
        """Return what must be the same when a run is resumed, as a dict of texts and numbers."""
        schedule = None
        if self.schedule:  # without one, epochs can be added later
            schedule = f"{stable_repr(self.schedule)} over {self.num_epochs} epochs"
        return {
            "lr": self.lr,
            "optimizer": self.optimizer,
            "optimizer_params": self.optimizer_params,
            "initializer": stable_repr(self.initializer),
            "schedule": schedule,
            "patience": self.patience,
            "dtype": self.dtype,
            "seed": self.seed,
        }

    def learning_rate(self, epoch, share_done, test_accuracies):
        """Return the learning rate of the next step.

        Args:
            epoch: counted from 0.
            share_done: of the epoch's steps, from 0 to 1.
            test_accuracies: of the finished epochs.
        """
        lr = self.lr * plateau_factor(test_accuracies, self.patience)
        if self.schedule:
            lr *= self.schedule((epoch + share_done) / self.num_epochs)
        return lr
