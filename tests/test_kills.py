"""A training run that is killed at any moment is resumed to the very weights of another one.

`make test` tries a few moments, `make test-kills` two hundred, a fifth of them in two workers.
"""

import multiprocessing
import os
import random
import signal
import time

import killed
import numpy
import pytest
from launching import LIMIT, ROOT, Launch

ALL = "TEST_KILLS" in os.environ
SEEDS = range(100 if ALL else 3)
SEEDS_OF_WRITES = range(60 if ALL else 2)
SEEDS_OF_WORKERS = range(40)
A_STEP, A_WRITE = 0.005, 0.001  # seconds, about
KILLED = ROOT / "tests" / "killed.py"


@pytest.fixture(scope="module")
def processes():
    """Processes for training runs, which have imported MXNet before they begin."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", os.pathsep.join([str(ROOT), str(ROOT / "tests")]))
        patch.setenv("OMP_NUM_THREADS", "1")
        # What Python says at the end of things that the killed ones could not return.
        patch.setenv("PYTHONWARNINGS", "ignore::UserWarning:multiprocessing.resource_tracker")
        context = multiprocessing.get_context("forkserver")
        context.set_forkserver_preload(["killed"])
        yield context
        multiprocessing.forkserver._forkserver._stop()


def start(processes, folder):
    process = processes.Process(target=killed.train, args=(folder,))
    process.start()
    return process


def finish(processes, folder):
    process = start(processes, folder)
    process.join(LIMIT)
    assert process.exitcode == 0
    return results(folder)


def results(folder, num=1):
    """Return what the workers had in the end, by names with their ranks."""
    found = {}
    for rank in range(num):
        with numpy.load(folder / f"result{rank}.npz") as arrays:
            found.update({f"{rank} {name}": arrays[name] for name in arrays.files})
    return found


@pytest.fixture(scope="module")
def undisturbed(processes, tmp_path_factory):
    return finish(processes, tmp_path_factory.mktemp("undisturbed"))


def assert_same(found, expected):
    assert found.keys() == expected.keys()
    for name in found:
        assert numpy.array_equal(found[name], expected[name]), name


@pytest.mark.parametrize("seed", SEEDS)
def test_a_run_that_is_killed_at_any_moment_ends_as_if_undisturbed(
    processes, undisturbed, tmp_path, counts, seed
):
    rng = random.Random(seed)
    process = start(processes, tmp_path)
    place = place_of(process, tmp_path)
    changes = rng.randrange(killed.EPOCHS * killed.CHANGES_PER_EPOCH)
    wait(process, lambda: place.changes >= changes)
    time.sleep(rng.uniform(0, A_STEP))
    kill(process, tmp_path, counts)
    assert_same(finish(processes, tmp_path), undisturbed)
    assert unfinished(tmp_path) == []


@pytest.mark.parametrize("seed", SEEDS_OF_WRITES)
def test_a_run_that_is_killed_while_it_writes_ends_as_if_undisturbed(
    processes, undisturbed, tmp_path, counts, seed
):
    process = start(processes, tmp_path)
    place = place_of(process, tmp_path)
    epochs = 1 + seed % killed.EPOCHS
    wait(process, lambda: place.changes >= epochs * killed.CHANGES_PER_EPOCH - 1)
    wait(process, lambda: place.phase != killed.WRITING or unfinished(tmp_path))
    time.sleep(random.Random(seed).uniform(0, A_WRITE))
    kill(process, tmp_path, counts)
    assert_same(finish(processes, tmp_path), undisturbed)
    assert unfinished(tmp_path) == []


def wait(process, condition):
    """Wait until a condition holds, or a process has ended, as it can on a busy machine."""
    while not condition() and process.is_alive():
        pass


def unfinished(folder):
    """Return the names of the files that a run has not finished, or not removed."""
    return [name for name in os.listdir(folder) if name.startswith(".")]


def place_of(process, folder):
    path = folder / "place0"
    wait(process, path.exists)
    return killed.Place(path)


def kill(process, folder, counts):
    process.kill()
    process.join()
    note(folder, counts)


def note(folder, counts):
    """Count where a run was killed, and what it has left."""
    phase = killed.PHASES[killed.Place(folder / "place0").phase]
    begun = "later" if (folder / killed.CHECKPOINT).exists() else "before the first checkpoint"
    counts[f"kills {phase}, {begun}"] += 1
    left = [name for name in unfinished(folder) if name.endswith(".partial")]
    counts["kills that left an unfinished file"] += bool(left)
    counts["kills in all"] += 1


@pytest.mark.skipif(not ALL, reason="takes minutes: make test-kills")
@pytest.mark.parametrize("seed", SEEDS_OF_WORKERS)
def test_workers_of_which_one_is_killed_end_as_if_undisturbed(
    undisturbed_workers, tmp_path, counts, seed
):
    rng = random.Random(seed)
    role = rng.choice(["worker", "worker", "server", "scheduler"])
    changes = rng.randrange(killed.EPOCHS * killed.CHANGES_PER_EPOCH)
    with Launch("--workers", 2, KILLED, tmp_path) as launched:
        launched.wait_for((tmp_path / "place0").exists)
        place = killed.Place(tmp_path / "place0")
        pid = rng.choice(launched.processes(role))
        while place.changes < changes and launched.process.poll() is None:
            pass
        os.kill(pid, signal.SIGKILL)
        counts[f"launchers that ended with exit code {launched.wait()[0]}"] += 1
    note(tmp_path, counts)
    counts[f"kills of a {role}"] += 1
    assert_same(finish_workers(tmp_path), undisturbed_workers)
    assert unfinished(tmp_path) == []


@pytest.fixture(scope="module")
def undisturbed_workers(tmp_path_factory):
    return finish_workers(tmp_path_factory.mktemp("workers"))


def finish_workers(folder):
    with Launch("--workers", 2, KILLED, folder) as launched:
        code, _, err = launched.wait()
    assert (code, err) == (0, "")
    return results(folder, num=2)
