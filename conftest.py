"""What pytest needs for the lessons and for the tests, whatever command it is started with."""

import os
from pathlib import Path

ROOT = Path(__file__).resolve().parent
# The lesson that takes longest, and those that read the net that it trains. Where that net is not
# there yet, they train it themselves.
TRAINS, READ_ITS_NET = "05_training", ("06_prediction_tables", "08_training_as_in_2012")
# A busy machine can take minutes to start a kernel, and hours for a lesson.
KERNEL_STARTS, CELL_RUNS = 600, 24 * 3600  # seconds


def pytest_configure(config):
    """Compare lessons as the course needs it; set what their kernels inherit."""
    options = config.option
    options.nbval_current_env = not options.nbval_kernel_name
    options.nbval_sanitize_with = options.nbval_sanitize_with or str(ROOT / "tests/sanitize.cfg")
    options.nbval_kernel_startup_timeout = KERNEL_STARTS
    options.nbval_cell_timeout = CELL_RUNS
    # A back end chosen outside would take the place of the notebooks' inline figures.
    os.environ.pop("MPLBACKEND", None)
    # Keeps jupyter_core from announcing, in every kernel, that its folders are about to move.
    os.environ.setdefault("JUPYTER_PLATFORM_DIRS", "1")
    workers = int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", 1))
    if workers > 1:  # which share the cores: threads beyond them only wait for each other
        os.environ.setdefault("OMP_NUM_THREADS", str(max(1, (os.cpu_count() or 1) // workers)))


def pytest_collection_modifyitems(items):
    """Begin with the lesson that takes longest, and leave those that read its net for the end."""

    def turn(item):
        name = item.path.stem if item.path.parent.name == "notebooks" else ""
        return 0 if name == TRAINS else 2 if name in READ_ITS_NET else 1

    items.sort(key=turn)
