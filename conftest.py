"""What pytest needs for the lessons and for the tests, whatever command it is started with."""

import os
import queue
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent
# The lesson that takes longest, and those that read the net that it trains. Where that net is not
# there yet, they train it themselves.
TRAINS, READ_ITS_NET = "06_training", ("07_prediction_tables", "09_training_as_in_2012")
# A busy machine can take minutes to start a kernel, and half an hour for a cell: seconds, in place
# of nbval's own.
NBVALS_OWN = {"nbval_kernel_startup_timeout": 60, "nbval_cell_timeout": 2000}
PATIENT = {"nbval_kernel_startup_timeout": 600, "nbval_cell_timeout": 3600}
ALIVE_SECONDS = 5  # after which a kernel that does not answer is looked at


def pytest_configure(config):
    """Set what kernels inherit, and have nbval compare the lessons as the course needs it."""
    # A back end chosen outside would take the place of the notebooks' inline figures.
    os.environ.pop("MPLBACKEND", None)
    # Keeps jupyter_core from announcing, in every kernel, that its folders are about to move.
    os.environ.setdefault("JUPYTER_PLATFORM_DIRS", "1")
    os.environ.setdefault("COURSE_STRICT", "1")  # a result beyond its bound is an error: dh.seen
    workers = int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", 1))
    if workers > 1:  # which share the cores: threads beyond them only wait for each other
        usable = getattr(os, "sched_getaffinity", lambda _: range(os.cpu_count() or 1))(0)
        os.environ.setdefault("OMP_NUM_THREADS", str(max(1, len(usable) // workers)))
    options = config.option
    if hasattr(options, "nbval_sanitize_with"):  # nbval is not switched off
        options.nbval_current_env = not options.nbval_kernel_name
        masks = options.nbval_sanitize_with or ROOT / "tests" / "sanitize.cfg"
        options.nbval_sanitize_with = str(masks)
        for name, seconds in PATIENT.items():
            if getattr(options, name) == NBVALS_OWN[name]:
                setattr(options, name, seconds)
        notice_dead_kernels()


def notice_dead_kernels():
    """Have nbval fail a cell whose kernel is gone, as if it had taken too long, and say so.

    nbval waits for the answer all the same, and pytest would seem to hang.
    """
    from nbval.kernel import RunningKernel

    await_reply = RunningKernel.await_reply

    def await_reply_of_a_living_kernel(kernel, msg_id, timeout):
        end = time.monotonic() + timeout
        while True:
            try:
                return await_reply(kernel, msg_id, timeout=min(ALIVE_SECONDS, timeout))
            except queue.Empty:
                if not kernel.is_alive():
                    code = kernel.km.provisioner.process.poll()
                    raise RuntimeError(
                        f"the kernel ended within this cell, with code {code}"
                    ) from None
                if time.monotonic() > end:
                    raise

    RunningKernel.await_reply = await_reply_of_a_living_kernel


def pytest_collection_modifyitems(items):
    """Begin with the lesson that takes longest, and leave those that read its net for the end."""

    def turn(item):
        name = item.path.stem if item.path.parent.name == "notebooks" else ""
        return 0 if name == TRAINS else 2 if name in READ_ITS_NET else 1

    items.sort(key=turn)
