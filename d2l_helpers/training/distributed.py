"""Training on several processes and machines, with MXNet's parameter server (lesson 13).

`python -m mxnet_today.launch --workers 2 script.py` starts them. Each worker runs the whole script,
takes its share of each batch, and adds its gradients to those of the others. The servers only add:
each worker updates its own weights, which therefore stay the same in all. So a learning rate that
changes reaches all of them, which an optimizer on the servers is never told, the optimizer's state
is where a checkpoint can get at it, and nobody sends a pickled optimizer over the network.
"""

import contextlib
import io
import os
import sys
import threading
import time

from d2l_helpers.utils.validation import check_number, checked_batches

import mxnet as mx
from mxnet import gluon, np

KEY = 2**20  # of the numbers that workers send each other; those of a net's parameters begin at 0
MAX_NUMBERS = 10  # at a time
PATIENCE = 120  # seconds
GAVE_UP = 3  # exit code of a worker that has waited long enough


class SingleProcess:
    """A training run in one process: the methods of `WorkerGroup`, where nobody else is there.

    Attributes:
        rank: the number of this worker, from 0.
        num_workers: how many there are.
    """

    rank, num_workers = 0, 1

    def only_the_first_prints(self):
        return contextlib.nullcontext()

    def shard(self, batches):
        return batches

    def trainer(self, params, optimizer):
        return gluon.Trainer(params, optimizer)

    def start(self, net, trainer, must_agree):
        """Do nothing: there is nobody to agree with."""

    def all_reduce(self, numbers):
        return numbers


class WorkerGroup:
    """The workers of a training run, as one of them sees them; `connect_workers` makes it.

    Attributes:
        rank: the number of this worker, from 0.
        num_workers: how many there are.
    """

    def __init__(self, kvstore, watchdog, threshold):
        self.kvstore, self.watchdog, self.threshold = kvstore, watchdog, threshold
        self.rank, self.num_workers = kvstore.rank, kvstore.num_workers
        self.batch_size = None  # of the batch that is shared now
        self.training = False
        with watchdog:
            kvstore.init(KEY, np.zeros((self.num_workers, MAX_NUMBERS)))

    def only_the_first_prints(self):
        """Return a context in which all workers but the first are silent."""
        stack = contextlib.ExitStack()
        if self.rank > 0:
            stack.enter_context(contextlib.redirect_stdout(io.StringIO()))
            stack.enter_context(contextlib.redirect_stderr(io.StringIO()))
        return stack

    def shard(self, batches):
        """Return the batches of this worker: its part of each, so that all have as many.

        Raises:
            ValueError: a batch has fewer images than there are workers.
        """
        return ShardedLoader(batches, self)

    def trainer(self, params, optimizer):
        """Return a trainer that adds up the gradients of all workers before it updates.

        Args:
            params: of the net, as `collect_params` returns them.
            optimizer: an `mx.optimizer.Optimizer`.

        Raises:
            ValueError: SGLD, whose random steps would lead the workers apart.
        """
        if isinstance(optimizer, mx.optimizer.SGLD):
            raise ValueError("SGLD takes random steps, each worker other ones: take another")
        return SharedTrainer(self, params, optimizer)

    def start(self, net, trainer, must_agree):
        """Begin, with the weights of the first worker.

        Args:
            net: the net, whose parameters have their values.
            trainer: what `trainer` returned for it.
            must_agree: dict of whole numbers below 2**48 that must be the same in all workers.

        Raises:
            RuntimeError: they are not, or this worker has trained already.
        """
        if self.training:
            raise RuntimeError(
                "a worker trains once, since the servers keep what they were sent. Start another "
                "training with the launcher."
            )
        self.training = True
        self._check_same(must_agree)
        for parameter in net.collect_params().values():
            # Back from the layout that oneDNN gives to weights it has used, which cannot be sent.
            parameter.reset_ctx(parameter.list_ctx())
        if self.threshold is not None:
            self.kvstore.set_gradient_compression({"type": "2bit", "threshold": self.threshold})
        with self.watchdog:
            if not trainer._kv_initialized:
                trainer._init_kvstore()
            trainer._init_params()
            # MXNet lets a gradient overtake the first weights on their way: a worker that asks for
            # these too late gets a sum of gradients. So all wait until each has its weights.
            mx.nd.waitall()
            self.kvstore._barrier()

    def _check_same(self, numbers):
        parts = [part for number in numbers.values() for part in divmod(number, 2**24)]
        table = self.all_gather(parts).astype(int)
        for i, name in enumerate(numbers):
            values = table[:, 2 * i] * 2**24 + table[:, 2 * i + 1]
            if len(set(values)) > 1:
                given = ", ".join(map(str, values))
                raise RuntimeError(
                    f"the workers differ in {name}: {given}. All must be given the same images, "
                    "arguments and seed, and see the same checkpoint, in a folder that they share."
                )

    def all_gather(self, numbers):
        """Return the numbers that each worker gives, as a NumPy array with a row for each.

        Args:
            numbers: at most `MAX_NUMBERS`; what float32 can hold.
        """
        table = np.zeros((self.num_workers, MAX_NUMBERS))
        table[self.rank, : len(numbers)] = np.array(numbers)
        with self.watchdog:
            self.kvstore.pushpull(KEY, table)  # the sum takes its place
            # Gradients may still be on their way: they are waited for here, under the watchdog.
            mx.nd.waitall()
        return table.asnumpy()

    def all_reduce(self, numbers):
        """Return the sums over all workers of some numbers, once this step is done in all.

        With compressed gradients the numbers are this worker's own: MXNet then compresses all that
        it sends, to two bits, these numbers as well.
        """
        if self.threshold is None:
            columns = self.all_gather(numbers).T[: len(numbers)]
            return tuple(float(column.sum()) for column in columns)
        with self.watchdog:
            mx.nd.waitall()
        return numbers


class ShardedLoader:
    """A worker's part of each batch; else as the batches.

    The batch is the one that a single process would train on, shuffled and augmented alike, so
    each image is in one part, whatever the number of workers.
    """

    def __init__(self, batches, workers):
        self.batches, self.workers = batches, workers
        if hasattr(batches, "num_examples"):
            self._check_size(batches.num_examples % batches.batch_size or batches.batch_size)

    def __len__(self):
        return len(self.batches)

    def __getattr__(self, name):
        return getattr(self.batches, name)

    def __iter__(self):
        rank, num = self.workers.rank, self.workers.num_workers
        for X, y in checked_batches("train_iter", self.batches):
            self._check_size(len(X))
            self.workers.batch_size = len(X)
            part = slice(rank * len(X) // num, (rank + 1) * len(X) // num)
            yield X[part], y[part]

    def _check_size(self, size):
        if size < self.workers.num_workers:
            raise ValueError(
                f"{self.workers.num_workers} workers cannot share a batch of {size} images: take "
                "fewer workers, or batches of another size; the last batch is what is left over"
            )


class SharedTrainer(gluon.Trainer):
    """A trainer whose steps count the images of all workers."""

    def __init__(self, workers, params, optimizer):
        super().__init__(params, optimizer, kvstore=workers.kvstore, update_on_kvstore=False)
        self.workers = workers

    def step(self, batch_size, ignore_stale_grad=False):
        super().step(self.workers.batch_size, ignore_stale_grad)

    def _allreduce_grads(self):
        if self.workers.threshold is None:
            return super()._allreduce_grads()
        # MXNet 1.9.1 cannot compress in one go with the answer, which its own trainer asks for.
        for i, parameter in enumerate(self._params):
            if parameter.grad_req != "null":
                self._kvstore.push(i, parameter.list_grad(), priority=-i)
                self._kvstore.pull(i, parameter.list_grad(), priority=-i)


class Watchdog:
    """Ends this process when what is done under it takes too long: `with watchdog:`.

    MXNet waits for the other workers and the servers for ever, also for those that are gone.

    Args:
        patience: in seconds.
    """

    def __init__(self, patience):
        self.patience, self.deadline = patience, None
        threading.Thread(target=self._watch, daemon=True).start()

    def __enter__(self):
        self.deadline = time.monotonic() + self.patience

    def __exit__(self, *_):
        self.deadline = None

    def _watch(self):
        while True:
            deadline = self.deadline
            if deadline is not None and time.monotonic() > deadline:
                with contextlib.suppress(OSError, ValueError):  # nobody may read it any more
                    print(
                        f"This worker has waited {self.patience} seconds for the others, and gives "
                        "up: a machine, a process or the network between them is gone, or slow.",
                        file=sys.__stderr__,  # also where the others are silent
                        flush=True,
                    )
                os._exit(GAVE_UP)
            time.sleep(0.2)


_connected = threading.Event()


def connect_workers(*, patience=PATIENCE, threshold=None):
    """Return what `train_ch6` takes as its kvstore in a worker that the launcher has started.

    Args:
        patience: how many seconds to wait for the others, at the start and at each step, before
            this process ends with a message. It must be more than the slowest worker is behind.
        threshold: compress each gradient to two bits: it is sent as -threshold, 0 or threshold,
            and what is left over is added to the next one. It should be near the size of the
            gradients, which are sums over the images of a share. Default: 32 bits.

    Raises:
        RuntimeError: this process is no worker, or is connected already.
        TypeError, ValueError: a patience or threshold that is not a number above 0.
    """
    for name, value in (("patience", patience), ("threshold", threshold)):
        if (name, value) != ("threshold", None) and check_number(name, value) <= 0:
            raise ValueError(f"{name} must be above 0, not {value}")
    if os.environ.get("DMLC_ROLE") != "worker":
        raise RuntimeError(
            "this process is no worker; start the script with "
            "python -m mxnet_today.launch --workers 2 SCRIPT"
        )
    if _connected.is_set():
        raise RuntimeError(
            "this worker is connected already, and trains once. Start another training with the "
            "launcher."
        )
    _connected.set()
    watchdog = Watchdog(patience)
    with watchdog:
        kvstore = mx.kv.create("dist_sync")
    return WorkerGroup(kvstore, watchdog, threshold)


def worker_group(kvstore):
    """Return those who train together, for what `train_ch6` was given as its kvstore."""
    if kvstore is None:
        return SingleProcess()
    if isinstance(kvstore, (SingleProcess, WorkerGroup)):
        return kvstore
    if kvstore == "dist_sync":
        return connect_workers()
    raise ValueError(
        f"kvstore must be 'dist_sync' or what connect_workers returns, not {kvstore!r}"
    )
