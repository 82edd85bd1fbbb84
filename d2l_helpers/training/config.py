"""What a training run is told to do, checked and comparable (lesson 06)."""

import dataclasses
import numbers
from typing import Any, Callable, Optional

from d2l_helpers.checkpoints.checkpoint import stable_repr
from d2l_helpers.inspection.tracing import reason
from d2l_helpers.training.precision import check_dtype
from d2l_helpers.training.schedules import plateau_factor
from d2l_helpers.utils.validation import (
    check_lr,
    check_num_epochs,
    check_number,
    check_whole_number,
    did_you_mean,
)

import mxnet as mx
from mxnet import init, np

MAX_SEED = 2**31 - 1  # that MXNet takes
UNUSABLE = {  # optimizers, and what to do
    "adamax": "divides by 0 where a gradient is 0, as behind ReLU; take another, such as 'adam'",
    "groupadagrad": "takes no biases, only matrices; take another, such as 'adagrad'",
    "lars": "crashes; take another, such as 'lamb'",
}


def check_seed(seed):
    """Return a seed as an int; ValueError or TypeError for what MXNet cannot take."""
    seed = check_whole_number("seed", seed, at_least=0)
    if seed > MAX_SEED:
        raise ValueError(f"seed must be at most {MAX_SEED}, not {seed}")
    return seed


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
        if self.patience is not None:
            checked["patience"] = check_whole_number("patience", self.patience, at_least=1)
        if self.seed is not None:
            checked["seed"] = check_seed(self.seed)
        check_dtype(self.dtype)
        for name, value in checked.items():
            object.__setattr__(self, name, value)  # the only way in a frozen dataclass
        self._check_initializer()
        self._check_schedule()
        self._try_optimizer()

    def _check_initializer(self):
        if isinstance(self.initializer, type):
            raise TypeError(f"write {self.initializer.__name__}(), with parentheses")
        if not isinstance(self.initializer, (str, init.Initializer)):
            raise TypeError(f"initializer must be one of mxnet.init, not {self.initializer!r}")
        if isinstance(self.initializer, str):
            try:
                init.create(self.initializer)
            except (AssertionError, ValueError):
                raise ValueError(f"there is no initializer {self.initializer!r}") from None

    def _check_schedule(self):
        if isinstance(self.schedule, mx.lr_scheduler.LRScheduler):
            raise TypeError(
                "schedule must be a function of the share of the training that is done, such as "
                "one_cycle, not a scheduler of MXNet, which counts updates"
            )
        if self.schedule is not None and not callable(self.schedule):
            raise TypeError(f"schedule must be a function such as one_cycle, not {self.schedule!r}")

    def _try_optimizer(self):
        """Refuse what an optimizer cannot make a step with, before the net's weights are replaced.

        MXNet takes any values of its parameters, and fails at the first step.
        """
        optimizer, weight = self.make_optimizer(), np.ones(2)
        try:
            mx.optimizer.get_updater(optimizer)(0, np.ones(2), weight)
            weight.wait_to_read()
        except Exception as error:
            why, _, _ = reason(error).partition("\n")
            raise ValueError(
                f"optimizer {self.optimizer!r} with {self.optimizer_params} cannot make a step: "
                f"{why}"
            ) from error

    def make_optimizer(self):
        """Return a new optimizer of this kind.

        Raises:
            ValueError, TypeError: there is none of this name, or it does not take its parameters.
        """
        name, params = self.optimizer, self.optimizer_params
        if not isinstance(name, str):
            raise TypeError(f"optimizer must be a name, such as 'adam', not {name!r}")
        names = mx.optimizer.Optimizer.opt_registry
        if name.lower() not in names:
            raise ValueError(f"there is no optimizer {name!r}.{did_you_mean(name, names)}")
        if name.lower() in UNUSABLE:
            raise ValueError(f"optimizer {name!r} of MXNet 1.9.1 {UNUSABLE[name.lower()]}")
        if not isinstance(params, dict):
            raise TypeError(f"optimizer_params must be a dict, not a {type(params).__name__}")
        for param, instead in (("learning_rate", "lr"), ("lr_scheduler", "schedule")):
            if param in params:
                raise ValueError(f"give {instead} in place of {param} in optimizer_params")
        for param, value in params.items():
            if isinstance(value, numbers.Real) and not isinstance(value, bool):
                check_number(f"{param} in optimizer_params", value)
        try:
            return mx.optimizer.create(name, learning_rate=self.lr, **params)
        except (TypeError, ValueError, AssertionError) as error:
            raise ValueError(f"optimizer {name!r} does not take {params}: {error}") from error

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
            progress = (epoch + share_done) / self.num_epochs
            factor = check_number(f"schedule({progress:.3g})", self.schedule(progress))
            if factor < 0:
                raise ValueError(f"schedule({progress:.3g}) is {factor:g}: the loss would rise")
            lr *= factor
        return lr
