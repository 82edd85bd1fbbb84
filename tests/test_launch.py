import contextlib
import os
import signal
import socket
import subprocess
import sys
import types
from pathlib import Path

from mxnet_today import launch

import pandas as pd
import pytest
from launching import (
    ENDLESS,
    PATIENCE,
    ROOT,
    TOLERANCE,
    WORKER,
    Launch,
    difference,
    run_worker,
)

needs_proc = pytest.mark.skipif(sys.platform != "linux", reason="looks for processes in /proc")


@pytest.fixture
def script(tmp_path):
    """Return a function that writes a script for workers."""

    def write(text):
        path = tmp_path / "script with a space.py"
        path.write_text(text)
        return path

    return write


def ended(*words, **settings):
    with Launch(*words, **settings) as started:
        result = started.wait()
        assert not started.processes()
    return result


# What it starts


@pytest.mark.once
def test_a_worker_runs_the_script_and_no_one_else_does(script):
    path = script(
        "import os, sys\n"
        "import d2l_helpers as dh\n"
        "assert __name__ == '__main__'\n"
        "workers = dh.connect_workers()\n"
        "role, threads = os.environ['DMLC_ROLE'], os.environ['OMP_NUM_THREADS']\n"
        "print(role, workers.num_workers, sys.argv[1:], threads)"
    )
    words = ("--workers", 2, "--threads", 1, path, "--option", "two words")
    # Without a buffer each word would be written by itself, and the two lines would mix.
    code, out, err = ended(*words, PYTHONUNBUFFERED="1")
    assert (code, err) == (0, "")
    assert out.splitlines() == ["worker 2 ['--option', 'two words'] 1"] * 2


def test_the_launcher_does_not_import_mxnet():
    program = (
        "import sys; from mxnet_today import launch; from dmlc_tracker import local;"
        "sys.exit('mxnet' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", program], cwd=ROOT).returncode == 0


@pytest.mark.once
def test_a_free_port_is_none_that_somebody_listens_on(monkeypatch):
    with socket.socket() as taken:
        taken.bind((launch.LOOPBACK, 0))
        taken.listen()
        port = taken.getsockname()[1]
        monkeypatch.setattr(launch, "PORTS", [port])
        monkeypatch.setattr(launch.random, "sample", lambda ports, number: list(ports))
        for wanted in (0, port):
            with pytest.raises(OSError, match="in use"):
                launch.free_port(launch.LOOPBACK, wanted)
    assert launch.free_port(launch.LOOPBACK) == port


@pytest.mark.once
def test_no_two_processes_are_given_the_same_port(monkeypatch):
    given = []

    def start(command, *, env, **_):
        given.append(int(env["PORT"]))
        return types.SimpleNamespace(wait=int)

    monkeypatch.setattr(launch.subprocess, "Popen", start)
    monkeypatch.setattr(launch.random, "sample", lambda ports, number: list(ports))
    first = launch.free_port(launch.LOOPBACK)
    job = launch.Job(3, {"DMLC_NODE_HOST": launch.LOOPBACK}, first)
    for _ in range(3):
        job.run("true", env={"DMLC_ROLE": "worker"})
    assert len({first, *given}) == 4


@pytest.mark.once
def test_a_port_where_a_connection_was_closed_just_now_can_be_used(script):
    with socket.socket() as server:
        server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        server.bind((launch.LOOPBACK, launch.free_port(launch.LOOPBACK)))
        server.listen()
        port = server.getsockname()[1]
        with socket.create_connection((launch.LOOPBACK, port)) as client:
            server.accept()[0].close()  # who closes first waits, in the state TIME_WAIT
            assert client.recv(1) == b""
    with socket.socket() as user, pytest.raises(OSError, match="in use"):
        user.bind((launch.LOOPBACK, port))
    assert ended("--workers", 1, "--port", port, script("")) == (0, "", "")


def listening(pid):
    """Return the addresses and ports that a process listens on."""
    inodes = set()
    for name in os.listdir(f"/proc/{pid}/fd"):
        with contextlib.suppress(FileNotFoundError):  # closed in between
            target = os.readlink(f"/proc/{pid}/fd/{name}")
            inodes.add(target.removeprefix("socket:[").removesuffix("]"))
    found = []
    for line in Path("/proc/net/tcp").read_text().splitlines()[1:]:
        _, local, _, state, *_, inode = line.split()[:10]
        if state == "0A" and inode in inodes:
            address, port = local.split(":")
            found.append((socket.inet_ntoa(bytes.fromhex(address)[::-1]), int(port, 16)))
    return found


# Slurm

# srun on one machine: it starts the command as often as -n says, takes the options that Slurm 22.05
# takes, and ends all tasks when one fails if it is told to.
SRUN = """\
import argparse, subprocess, sys, time

parser = argparse.ArgumentParser(allow_abbrev=False)
parser.add_argument("--overlap", action="store_true", required=True)
parser.add_argument("--kill-on-bad-exit", action="store_true")
parser.add_argument("-N", type=int)
parser.add_argument("-n", type=int)
parser.add_argument("command", nargs=argparse.REMAINDER)
options = parser.parse_args()
tasks = [subprocess.Popen(options.command) for _ in range(options.n)]
while any(task.poll() is None for task in tasks):
    time.sleep(0.1)
    if options.kill_on_bad_exit and any(task.poll() for task in tasks):
        for task in tasks:
            task.kill()
sys.exit(max(abs(task.returncode) for task in tasks))
"""


@pytest.fixture
def srun(tmp_path):
    """The PATH on which a stand-in for Slurm's srun comes first."""
    path = tmp_path / "bin" / "srun"
    path.parent.mkdir()
    path.write_text(f"#!{sys.executable}\n{SRUN}")
    path.chmod(0o755)
    return f"{path.parent}:{os.environ['PATH']}"


@pytest.mark.once
def test_slurm_starts_the_workers(script, srun):
    path = script(
        "import os, sys\n"
        "import d2l_helpers as dh\n"
        "workers = dh.connect_workers()\n"
        # On another machine that of the first one would be wrong.
        "assert 'DMLC_NODE_HOST' not in os.environ\n"
        "print(workers.num_workers, sys.argv[1:], os.environ['OMP_NUM_THREADS'])"
    )
    words = ("--workers", 2, "--servers", 2, "--threads", 1, "--slurm", "--address", "127.0.0.1")
    code, out, err = ended(*words, path, "two words", PATH=srun)
    assert (code, out, err) == (0, "2 ['two words'] 1\n" * 2, "")


@pytest.mark.once
def test_a_worker_that_fails_under_slurm_ends_all(script, srun):
    path = script(
        "import d2l_helpers as dh\n"
        "import sys, time\n"
        "workers = dh.connect_workers()\n"
        "if workers.rank == 1:\n"
        "    sys.exit('no images here')\n"
        "while True:\n"
        "    time.sleep(1)"
    )
    code, _, err = ended("--workers", 2, "--slurm", "--address", "127.0.0.1", path, PATH=srun)
    assert code == 1
    assert "no images here\n" in err and "All others are ended." in err


@pytest.mark.parametrize("address", ["127.0.0.1", "127.0.1.1"])
def test_with_slurm_an_address_that_only_this_machine_reaches_is_refused(
    address, script, monkeypatch, capsys
):
    monkeypatch.setattr(socket, "gethostbyname", lambda name: address)
    with pytest.raises(SystemExit):
        launch.main(["--workers", "2", "--slurm", str(script(""))])
    assert f"give it with --address: its name leads to {address}" in capsys.readouterr().err


# What goes wrong


@pytest.mark.once
def test_a_worker_that_fails_ends_all(script):
    path = script(
        "import d2l_helpers as dh\n"
        "import sys, time\n"
        "workers = dh.connect_workers()\n"
        "if workers.rank == 1:\n"
        "    sys.exit(7)\n"
        "while True:\n"
        "    time.sleep(1)"
    )
    returned, _, err = ended("--workers", 2, path)
    assert returned == 1
    assert "ended with exit code 7. All others are ended." in err


@pytest.mark.once
@needs_proc
@pytest.mark.parametrize("role", ["server", "scheduler"])
def test_when_one_is_killed_all_end_and_the_message_names_it(role, tmp_path):
    with Launch("--workers", 2, WORKER, tmp_path, *ENDLESS) as started:
        started.wait_for((tmp_path / "checkpoint").exists)  # the first epoch is done
        victim = started.processes(role)[0]
        os.kill(victim, signal.SIGKILL)
        code, _, err = started.wait()
        assert not started.processes()
    assert code == 1
    assert err.strip() == (
        f"The {role} (process {victim}) was ended by SIGKILL. All others are ended."
    )


def test_a_run_that_lost_a_worker_ends_as_if_nothing_had_happened(with_dropout, tmp_path):
    words = ("--epochs", 3, "--dropout", 0.5, "--checkpoint", "--kill-in-epoch", 1)
    code, out, err = run_worker(tmp_path, *words, launch=["--restarts", 1])
    assert code == 0, err
    assert "was ended by SIGKILL. All others are ended. Starting again; restarts left: 0." in err
    assert out.startswith("resumed after epoch 1 of 3")
    assert difference(with_dropout, tmp_path) < TOLERANCE
    tables = [pd.read_csv(folder / "history.csv") for folder in (with_dropout, tmp_path)]
    assert tables[0]["test acc"].tolist() == tables[1]["test acc"].tolist()


def test_how_a_server_ends_counts_for_nothing_once_the_workers_are_done():
    job = launch.Job(2, {}, 20000)
    ends = [("scheduler", None), ("server", -signal.SIGABRT), ("worker", 0), ("worker", 0)]
    for role, code in ends:
        process = types.SimpleNamespace(pid=7, poll=lambda code=code: code)
        job.processes.append((role, process))
    assert job.wait() is None
    job.processes.pop()
    assert job.wait() == "The server (process 7) was ended by SIGABRT."


@pytest.mark.once
def test_restarts_come_to_an_end_and_each_error_is_shown(script):
    code, _, err = ended("--workers", 1, "--restarts", 1, script("1 +"))
    assert code == 1
    assert err.count("SyntaxError") == 2 and err.count("Starting again") == 1


@pytest.mark.once
@needs_proc
def test_a_server_that_no_longer_answers_is_not_waited_for_for_ever(tmp_path):
    words = (WORKER, tmp_path, *ENDLESS, "--patience", PATIENCE)
    with Launch("--workers", 2, *words) as started:
        started.wait_for((tmp_path / "checkpoint").exists)
        os.kill(started.processes("server")[0], signal.SIGSTOP)
        code, _, err = started.wait()
        assert not started.processes()
    assert code == 1
    assert f"This worker has waited {PATIENCE:.1f} seconds for the others, and gives up" in err


@needs_proc
def test_ctrl_c_ends_all_processes_and_until_then_only_this_machine_reaches_them(tmp_path):
    with Launch("--workers", 2, WORKER, tmp_path, *ENDLESS) as started:
        started.wait_for((tmp_path / "checkpoint").exists)
        # The servers run what they are sent, so nobody else on the network may send it.
        (server,) = started.processes("server")
        assert {address for address, _ in listening(server)} == {"127.0.0.1"}
        # Nor does what is meant for a Jupyter kernel arrive there.
        ports = [port for pid in started.processes() for _, port in listening(pid)]
        assert len(ports) >= 4 and set(ports) <= set(launch.PORTS)
        started.process.send_signal(signal.SIGINT)
        code, _, err = started.wait()
        assert not started.processes()
    assert code == 130 and "all processes are ended" in err


@pytest.mark.once
@needs_proc
def test_nothing_outlives_a_launcher_that_is_killed(tmp_path):
    with Launch("--workers", 2, WORKER, tmp_path, *ENDLESS) as started:
        started.wait_for((tmp_path / "checkpoint").exists)
        started.process.kill()
        started.process.wait()
        started.wait_until_ended()


# What the command line refuses


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--workers", "0", "SCRIPT"], "--workers must be at least 1, not 0"),
        (["--workers", "2", "--servers", "0", "SCRIPT"], "--servers must be at least 1, not 0"),
        (["--workers", "2", "no_such.py"], "there is no file no_such.py"),
        (["--workers", "2", "--hosts", "no_such.txt", "SCRIPT"], "there is no file no_such.txt"),
        (["--workers", "2", "--port", "70000", "SCRIPT"], "--port must be from 1 to 65534"),
        (["--workers", "2", "--port", "USED", "SCRIPT"], "port USED of this machine is in use"),
        (["--workers", "2", "--address", "192.0.2.1", "SCRIPT"], "192.0.2.1 is not an address"),
        (["SCRIPT"], "required: --workers"),
    ],
)
def test_bad_input_is_refused_at_once(words, message, script, capsys):
    path = script("")
    with socket.socket() as user:
        user.bind(("127.0.0.1", 0))
        user.listen()
        used = str(user.getsockname()[1])
        words = [{"SCRIPT": str(path), "USED": used}.get(word, word) for word in words]
        with pytest.raises(SystemExit) as end:
            launch.main(words)
    assert end.value.code == 2
    assert message.replace("USED", used) in capsys.readouterr().err
