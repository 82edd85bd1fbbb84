"""A training run: its beginning, what happens around each step and epoch, its end (lesson 06).

`train_ch6` in loop.py shows the order in which this is used.
"""

import contextlib
import math
import os

from d2l_helpers.checkpoints.checkpoint import (
    check_before_training,
    read_checkpoint,
    save_checkpoint,
    stable_repr,
)
from d2l_helpers.checkpoints.file import CheckpointError, damaged
from d2l_helpers.evaluation.accuracy import evaluate_accuracy_gpu
from d2l_helpers.figures.plotting import TrainingCurves
from d2l_helpers.inspection.layer_table import naming_the_layer
from d2l_helpers.models.parameters import has_learned
from d2l_helpers.notebook.progress_bar import ProgressBars
from d2l_helpers.training.config import MAX_SEED, check_seed
from d2l_helpers.training.diagnosis import TrainingDiverged, check_loss, warn_if_at_chance
from d2l_helpers.training.distributed import worker_group
from d2l_helpers.training.history import (
    EpochMeter,
    History,
    print_summary,
    progress_from_dict,
    progress_to_dict,
)
from d2l_helpers.training.interrupts import DeferredSigint
from d2l_helpers.training.precision import STATIC, check_saved_types, nets_in_dtype
from d2l_helpers.utils.files import CannotWrite
from d2l_helpers.utils.locks import InUse, locked
from d2l_helpers.utils.validation import (
    ScoresNotFinite,
    check_all_used,
    check_arrays,
    check_batches,
    check_device,
    check_labels,
    check_none_frozen,
    check_trainable,
    checked_batches,
    names_not_finite,
    warn_if_coloured,
)
from mxnet_today import memory

import mxnet as mx
import numpy
from d2l.mxnet import Timer
from mxnet import autograd, np

POINTS_PER_EPOCH = 10  # of the curves of loss and accuracy in training
CURVES_ALT = "Training loss, training accuracy and test accuracy against the epoch."


class NotSaved(CannotWrite):
    """The checkpoint of a run could not be written. The net keeps all that it has learned.

    Attributes:
        history: a `History` of the epochs that are finished.
    """

    def __init__(self, path, error, history):
        super().__init__(path, error)
        self.history = history

    def __str__(self):
        older = (
            " The file of an earlier epoch is whole, and the same call resumes from it."
            if os.path.isfile(self.path)
            else ""
        )
        return (
            f"{super().__str__()} The training run ends here. The net keeps what it has learned, "
            f"and the history is in this error: sys.last_value.history, in a notebook.{older}"
        )


class Run:
    """A run of `train_ch6`, whose arguments these are; `with` ends it.

    It begins, or resumes from its checkpoint, when it is created. At the end of the `with` it is
    reported. Ctrl-C ends it there too, with all that is done saved.

    Attributes:
        history: a `History` of the finished epochs.
        train_net, eval_net: the nets to train and to evaluate, which share their parameters.
        trainer: of these parameters.
    """

    def __init__(self, net, train_iter, test_iter, config, device, checkpoint, kvstore):
        self.net, self.config, self.device, self.test_iter = net, config, device, test_iter
        self.checkpoint, self.workers = checkpoint, worker_group(kvstore)
        with contextlib.ExitStack() as stack:
            stack.enter_context(self.workers.only_the_first_prints())
            self.sample, labels = self._check(train_iter)
            self.in_use = self._lock_checkpoint(stack)
            self.fingerprint = {**config.fingerprint(), **self._fingerprint_of_images(train_iter)}
            self.num_steps = len(train_iter)
            self.curves = TrainingCurves(config.num_epochs)
            resumes = checkpoint is not None and os.path.isfile(checkpoint)
            self.sigint = stack.enter_context(DeferredSigint())
            self.sigint.hold()  # until all weights are there: half of them would be no net
            saved = self._resume() if resumes else self._begin(labels)
            self.sigint.release()
            self._prepare_nets()
            self._prepare_trainer(saved)
            self.shard = self.workers.shard(train_iter)
            self.timer, self.memory = Timer(), stack.enter_context(contextlib.ExitStack())
            self.bars = ProgressBars(config.num_epochs)
            self._until_the_end = stack.pop_all()

    # The beginning

    def _check(self, train_iter):
        """Refuse what cannot be trained; return the first test images and their labels."""
        check_trainable(self.net)
        check_device(self.device)
        amounts = {
            "epochs": self.config.num_epochs,
            "training batches": check_batches("train_iter", train_iter),
            "test batches": check_batches("test_iter", self.test_iter),
        }
        if min(amounts.values()) < 1:
            given = ", ".join(f"{amount} {what}" for what, amount in amounts.items())
            raise ValueError(f"nothing to train: {given}")
        X, y = next(checked_batches("test_iter", self.test_iter), (None, None))
        check_arrays(X, y)
        warn_if_coloured(self.net, X)
        return X.as_in_ctx(self.device), y

    def _lock_checkpoint(self, stack):
        """Keep other processes from the checkpoint, until the run ends; return who keeps this."""
        if self.checkpoint is not None and self.workers.rank == 0:
            try:
                stack.enter_context(locked(self.checkpoint))
            except InUse as error:
                return error
        return None

    def _fingerprint_of_images(self, train_iter):
        """Return what must be the same of the images when a run is resumed."""
        loader = {name: getattr(train_iter, name, None) for name in ("seed", "shuffle", "augment")}
        return {
            "batches": len(train_iter),
            "image shape": list(self.sample.shape[1:]),
            **{f"loader's {name}": stable_repr(value) for name, value in loader.items()},
        }

    def _begin(self, labels):
        """Initialize the net, and everything that a run counts."""
        self.history, self.meter = History(), EpochMeter()
        self._check_checkpoint()
        check_none_frozen(self.net)
        if has_learned(self.net):
            print(
                "This net was trained before. train_ch6 initializes it anew; to resume a training "
                "run, give it a checkpoint (checkpoint=...)."
            )
        self.seed, self.types = self.config.seed, None
        if self.seed is None:
            self.seed = int(np.random.randint(0, MAX_SEED))
        mx.random.seed(self.seed)
        self.net.initialize(self.config.initializer, ctx=self.device, force_reinit=True)
        # Gluon draws the weights when an image decides their shapes: here, before anything else
        # draws random numbers.
        with naming_the_layer(self.net, self.sample):
            y_hat = self.net(self.sample[:1])
        check_all_used(self.net)
        check_labels(labels, y_hat.shape[1])

    def _resume(self):
        """Take over everything from the checkpoint, but for the optimizer; return it."""
        saved = read_checkpoint(self.checkpoint)
        saved.check_net(self.net)
        saved.check_setup(self.fingerprint)
        saved.check_optimizer(self.net, self.config.make_optimizer())
        self.types = saved.setup.get("types")
        try:
            self.seed = check_seed(saved.setup.get("seed"))
            check_saved_types(self.types)
            progress = progress_from_dict(saved.history, self.num_steps)
        except (TypeError, ValueError) as error:
            raise damaged(self.checkpoint, error) from error
        self.history, (self.curves.X, self.curves.Y), self.meter = progress
        self._check_checkpoint()
        saved.load_weights(self.net, self.device)
        print(f"resumed {self._place()}")
        return saved

    def _check_checkpoint(self):
        """Refuse a checkpoint that cannot be written later, before the net is touched."""
        if self.checkpoint is not None and self.epochs():
            if self.in_use:
                raise CheckpointError(f"{self.in_use} Or give another file name.")
            optimizer = self.config.make_optimizer()
            check_before_training(self.checkpoint, optimizer, self.fingerprint)

    def _prepare_nets(self):
        """Compile the net as the config says, and convert it to the types of the run."""
        if self.config.hybridize:
            self.net.hybridize(**STATIC)
        nets, types = nets_in_dtype(self.net, self.sample, self.config.dtype, self.types)
        self.train_net, self.eval_net = nets
        self.history.types = self.types = types

    def _prepare_trainer(self, saved):
        """Make the trainer, with the optimizer's state of a checkpoint if there is one."""
        optimizer = self.config.make_optimizer()
        self.trainer = self.workers.trainer(self.net.collect_params(), optimizer)
        must_agree = {
            "seed": self.seed,
            "batches": self.num_steps,
            "epochs": len(self.history),
            "steps": self.meter.steps,
            "type to train in (0: float32, 1: bfloat16)": self.types[0] == "bfloat16",
        }
        self.workers.start(self.net, self.trainer, must_agree)
        if saved:
            saved.load_optimizer(self.net, self.trainer)

    # Steps and epochs

    def epochs(self):
        """Return the numbers of the epochs that are left, counted from 0."""
        return range(len(self.history), self.config.num_epochs)

    def batches(self, epoch):
        """Yield the batches (X, y) of an epoch that are left; `end_step` comes after each."""
        # Seeded anew each epoch, so that a resumed run draws the same dropout.
        mx.random.seed(dropout_seed(self.seed, epoch, self.workers.rank))
        if hasattr(self.shard, "set_epoch"):
            self.shard.set_epoch(epoch)
        num_done = self.meter.steps  # before the run was interrupted
        batches = checked_batches("train_iter", self.bars.over(self.shard, epoch))
        for step, (X, y) in enumerate(batches):
            self.sigint.hold()  # until the step is counted
            if step < num_done:
                check_arrays(X, y)
                replay_dropout(self.train_net, X.as_in_ctx(self.device))
                self.sigint.release()
                continue
            share_done, accuracies = step / self.num_steps, self.history.test_accuracies
            lr = self.config.learning_rate(epoch, share_done, accuracies)
            self.trainer.set_learning_rate(lr)
            self.timer.start()  # loading the batch is not timed
            yield X, y
            if step == num_done:  # from now on gradients and momenta are there
                self.memory.enter_context(memory.kept())
        self.memory.close()

    def end_step(self, loss_sum, num_right, num):
        """Count a step, given what `train_step` returns."""
        step = self.workers.all_reduce((loss_sum, num_right, num))
        self.meter.add(step, self.timer.stop())
        every = max(1, self.num_steps // POINTS_PER_EPOCH)
        if self.meter.steps % every == 0 or self.meter.steps == self.num_steps:
            self._draw(*self.meter.since_last_point(), None)
        check_loss(step[0] / step[2], self.trainer.learning_rate, self.sample)
        self.sigint.release()

    def end_epoch(self, test_acc):
        """Count an epoch, given the accuracy on the test images, and save the run."""
        if self.meter.steps != self.num_steps:
            raise ValueError(
                f"train_iter gave {self.meter.steps} batches in epoch {len(self.history) + 1}, and "
                f"its length is {self.num_steps}: both must be the same in every epoch"
            )
        self.sigint.hold()
        self._close_epoch(test_acc)
        self._save()
        self.sigint.release()
        if len(self.history) == 1:
            num_classes = self.net(self.sample[:1]).shape[1]
            warn_if_at_chance(num_classes, self.history[0], self.sample)

    def _close_epoch(self, test_acc, **mark):
        self._draw(None, None, test_acc)
        self.history.add(len(self.history) + 1, *self.meter.summary(test_acc), **mark)
        self.meter = EpochMeter()

    def _draw(self, *values):
        self.curves.add(len(self.history) + self.meter.steps / self.num_steps, values)

    def _save(self):
        if self.checkpoint is not None and self.workers.rank == 0:
            setup = {**self.fingerprint, "seed": self.seed, "types": self.types}
            progress = progress_to_dict(self.history, self.curves, self.meter)
            try:
                save_checkpoint(self.checkpoint, self.net, self.trainer, setup, progress)
            except CannotWrite as error:
                raise NotSaved(self.checkpoint, error.__cause__, self.history) from error

    # The end

    def __enter__(self):
        return self

    def __exit__(self, kind, error, traceback):
        with self._until_the_end:
            interrupted = kind is KeyboardInterrupt and self._is_worth_keeping()
            try:
                if interrupted:
                    self._keep_what_is_done()
            finally:
                self.bars.close()
            if kind is None or interrupted or isinstance(error, NotSaved):
                self.curves.show(CURVES_ALT, measured="y")
                print_summary(self.history, self.device)
        if kind is ScoresNotFinite:  # the last step before the evaluation was too large
            lr = self.trainer.learning_rate
            raise TrainingDiverged(
                f"training diverges at a learning rate of {lr:g}: in the evaluation, {error}"
            ) from error
        return interrupted

    def _is_worth_keeping(self):
        # Other workers know nothing of a Ctrl-C here.
        return self.workers.num_workers == 1 and bool(len(self.history) or self.meter.steps)

    def _keep_what_is_done(self):
        """Save what Ctrl-C cut off, print what is kept, and add the unfinished epoch's row."""
        if not self.epochs():  # it came behind the last epoch, and cut nothing off
            self._save()
            return
        self._check_weights()
        self.history.interrupted = True
        self._save()
        num_finished, steps = len(self.history), self.meter.steps
        print(f"interrupted in epoch {num_finished + 1}; {num_finished} epochs are finished")
        if steps:
            print(
                f"{steps} of the epoch's {self.num_steps} steps are done and kept: the net has "
                "learned from them, and they are the last row of the history, marked as unfinished."
            )
        if self.checkpoint is not None:
            print(f"The same call resumes from {self.checkpoint}.")
        if steps:
            try:
                test_acc = evaluate_accuracy_gpu(self.eval_net, self.test_iter, self.device)
            except KeyboardInterrupt:  # again
                test_acc = math.nan
            self._close_epoch(test_acc, unfinished=self._steps_done())

    def _check_weights(self):
        """Raise TrainingDiverged for weights that must not take the place of those of the file."""
        spoilt = names_not_finite(self.net)
        if spoilt:
            raise TrainingDiverged(
                f"training diverges at a learning rate of {self.trainer.learning_rate:g}: "
                f"weights of the net, such as {spoilt[0]}, are NaN or infinite"
            )

    def _place(self):
        """Return where the run is, in words."""
        num_finished, num_epochs = len(self.history), self.config.num_epochs
        if num_finished > num_epochs:
            return f"after epoch {num_finished}: more than the {num_epochs} that are asked for"
        if self.meter.steps:
            return f"in epoch {num_finished + 1} of {num_epochs}, after {self._steps_done()}"
        return f"after epoch {num_finished} of {num_epochs}"

    def _steps_done(self):
        return f"{self.meter.steps} of {self.num_steps} steps"


def dropout_seed(seed, epoch, rank):
    """Return the seed of a worker's dropout in an epoch, other for each seed, epoch and worker."""
    (state,) = numpy.random.SeedSequence([seed, epoch, rank]).generate_state(1)
    return int(state) & MAX_SEED


def replay_dropout(net, X):
    """Let a net draw the random numbers of a step that is done, so that the next ones follow.

    Dropout draws as many for any weights. The net stays as it is, and so do its running means,
    which cuDNN's batch normalization changes on the way forward.
    """
    running = [p for p in net.collect_params().values() if p.grad_req == "null"]
    values = [p.data().copy() for p in running]
    with autograd.train_mode(), naming_the_layer(net, X):
        net(X)
    for parameter, value in zip(running, values):
        parameter.set_data(value)
