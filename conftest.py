"""What pytest needs for the lessons and for the tests, whatever command it is started with."""

import os
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent
# Lessons 06 and 08 read the net that lesson 05 trains. They run behind it, in one process.
NEED_THE_TRAINED_NET = ("05_training", "06_prediction_tables", "08_training_as_in_2012")
LESSONS, EXERCISES = ROOT / "notebooks", ROOT / "exercises"
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


@pytest.hookimpl(tryfirst=True)  # before pytest-xdist looks at the groups
def pytest_collection_modifyitems(items):
    """Have pytest-xdist keep together what belongs together, and begin with what takes longest."""
    for item in items:
        if item.get_closest_marker("xdist_group") is None:
            item.add_marker(pytest.mark.xdist_group(group_of(item.path)))
    items.sort(key=lambda item: group_of(item.path) != NEED_THE_TRAINED_NET[0])


def group_of(path):
    """Return the name of the group of a test's file: of a lesson, all that must run in one go."""
    together = path.parent == LESSONS and path.stem in NEED_THE_TRAINED_NET
    return NEED_THE_TRAINED_NET[0] if together else str(path.relative_to(ROOT))
