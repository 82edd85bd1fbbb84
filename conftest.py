"""What pytest needs for the lessons and for the tests, whatever command it is started with."""

import os
from pathlib import Path

ROOT = Path(__file__).resolve().parent
# The lesson that takes longest, and those that read the net that it trains. Where that net is not
# there yet, they train it themselves.
TRAINS, READ_ITS_NET = "05_training", ("06_prediction_tables", "08_training_as_in_2012")
# A busy machine can take minutes to start a kernel, and hours for a cell: seconds, in place of
# nbval's own.
NBVALS_OWN = {"nbval_kernel_startup_timeout": 60, "nbval_cell_timeout": 2000}
PATIENT = {"nbval_kernel_startup_timeout": 600, "nbval_cell_timeout": 24 * 3600}


def pytest_configure(config):
    """Set what kernels inherit, and have nbval compare the lessons as the course needs it."""
    # A back end chosen outside would take the place of the notebooks' inline figures.
    os.environ.pop("MPLBACKEND", None)
    # Keeps jupyter_core from announcing, in every kernel, that its folders are about to move.
    os.environ.setdefault("JUPYTER_PLATFORM_DIRS", "1")
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


def pytest_collection_modifyitems(items):
    """Begin with the lesson that takes longest, and leave those that read its net for the end."""

    def turn(item):
        name = item.path.stem if item.path.parent.name == "notebooks" else ""
        return 0 if name == TRAINS else 2 if name in READ_ITS_NET else 1

    items.sort(key=turn)
