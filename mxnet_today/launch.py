"""Start training on several processes or machines, and end all of them when one fails.

python -m mxnet_today.launch --workers 2 script.py
python -m mxnet_today.launch --workers 2 --hosts hosts.txt script.py

MXNet's parameter server is made of a scheduler, servers and workers. MXNet brings a launcher for
them, dmlc_tracker, and it is what starts them here. It calls a method of threads that Python 3.9
removed, gives srun an option that Slurm removed, offers a port that may be taken before it is used,
asks the network for an address even where there is none, and lets all processes wait for ever when
one of them dies. All of that is patched from outside. MXNet itself is not imported here: in a
scheduler or server the import does not return.
"""

import argparse
import contextlib
import errno
import os
import random
import shlex
import signal
import socket
import subprocess
import sys
import threading
import time
import types
from pathlib import Path

from mxnet_today import cpu

LOOPBACK = "127.0.0.1"
# Below the ports that systems hand out themselves. A Jupyter client asks for one of those and sends
# to it until its kernel listens there; ps-lite ends at a message from a stranger.
PORTS = range(20000, 32768)
REPLACED = {
    # The tracker would accept any machine that answers, and wait for one that does not.
    "ssh -o StrictHostKeyChecking=no ": (
        "ssh -tt -o BatchMode=yes -o LogLevel=ERROR -o ConnectTimeout=10 -o ServerAliveInterval=5 "
    ),
    # Slurm has no --share any more. Since 20.11 the servers and the workers would wait for each
    # other's machines without --overlap, and srun waits for all workers even if one fails.
    "srun --share --exclusive=user ": "srun --overlap --kill-on-bad-exit ",
}


class Job:
    """The processes of one attempt.

    Its `run` takes the place of `subprocess.call` in the tracker, which calls it in a thread for
    each process.

    Args:
        num_workers: how many workers there will be; where the tracker starts all of a role with
            one command, one.
        settings: environment variables for all processes.
        port: of the scheduler.
    """

    def __init__(self, num_workers, settings, port):
        self.num_workers, self.settings = num_workers, settings
        self.ports = {port}  # given to a process, which may not listen there yet
        self.processes = []  # of (role, Popen)
        self.error = None  # why the tracker could start no more
        self.lock = threading.Lock()
        self.over = False

    def run(self, command, *, env=None, **arguments):
        """Start a process in a session of its own, and return 0 when it has ended, however."""
        env = {**(os.environ if env is None else env), **self.settings}
        with self.lock:
            if self.over:
                return 0
            if "DMLC_NODE_HOST" in self.settings:  # on this machine
                port = free_port(env["DMLC_NODE_HOST"], besides=self.ports)
                self.ports.add(port)
                env["PORT"] = str(port)  # on which ps-lite will listen
            process = subprocess.Popen(
                _replaced(command),
                env=env,
                stdin=subprocess.DEVNULL,
                start_new_session=True,
                **arguments,
            )
            self.processes.append((_role(command, env), process))
        process.wait()
        return 0

    def submit(self, submit, arguments):
        """Let the tracker start everything."""
        try:
            submit(arguments)
        except Exception as error:
            self.error = error

    def wait(self):
        """Wait for the end, and return what went wrong, as a sentence, or None."""
        while True:
            if self.error:
                return f"MXNet's launcher failed: {self.error!r}."
            codes = [(role, process.pid, process.poll()) for role, process in list(self.processes)]
            # First, since nobody needs the servers once the workers are done.
            if [code for role, _, code in codes if role == "worker"] == [0] * self.num_workers:
                return None
            for role, pid, code in codes:
                if code:
                    return f"The {role} (process {pid}) {_how_it_ended(code)}."
            time.sleep(0.1)

    def end(self):
        """End what still runs, with all that it started."""
        with self.lock:
            self.over = True
        for signal_number in (signal.SIGTERM, signal.SIGKILL):
            for _, process in self.processes:
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(process.pid, signal_number)
            end = time.monotonic() + 2
            for _, process in self.processes:
                with contextlib.suppress(subprocess.TimeoutExpired):
                    process.wait(max(0, end - time.monotonic()))


def _replaced(command):
    for theirs, ours in REPLACED.items():
        command = command.replace(theirs, ours)
    return command


def _role(command, env):
    """Return the role of a process that the tracker starts, here or on another machine."""
    for role in ("worker", "server"):
        if env.get("DMLC_ROLE") == role or f"DMLC_ROLE={role}" in command:
            return role
    return "scheduler"


def _how_it_ended(code):
    number = -code if code < 0 else code - 128  # a shell adds 128
    try:
        return f"was ended by {signal.Signals(number).name}"
    except ValueError:
        return f"ended with exit code {code}"


class TrackerThread(threading.Thread):
    """A thread with the methods that the tracker calls."""

    isAlive = threading.Thread.is_alive

    def setDaemon(self, daemonic):
        self.daemon = daemonic


def patched(name, job, address, port):
    """Return the tracker's function that starts processes, such as local.submit, made to work.

    Args:
        name: of the module in dmlc_tracker.
        job: a `Job`, which starts the processes and watches over them.
        address, port: where the scheduler is.
    """
    from dmlc_tracker import local, slurm, ssh, tracker

    backend = {"local": local, "ssh": ssh, "slurm": slurm}[name]
    for module in (tracker, backend):
        module.subprocess = types.SimpleNamespace(call=job.run, check_call=job.run)
        module.Thread = TrackerThread
    tracker.get_host_ip = lambda hostIP=None: address
    # It would try ports without SO_REUSEADDR, in vain for a minute after a connection was closed
    # there. With this range it tries none; ps-lite sets the option.
    tracker.PSTracker.__init__.__defaults__ = (port, port, None)
    tracker.PSTracker.port = port
    return backend.submit


def free_port(address, port=0, besides=()):
    """Return a port of this machine that is not in use.

    Args:
        address: of this machine.
        port: the one that is wanted; 0 for any of `PORTS`.
        besides: ports of `PORTS` that are taken already.

    Raises:
        OSError: it is in use, or all are, or the address is not one of this machine.
    """
    wanted = [port] if port else [p for p in random.sample(PORTS, 100) if p not in besides]
    for candidate in wanted:
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((address, candidate))
            except OSError as error:
                if error.errno != errno.EADDRINUSE or candidate == wanted[-1]:
                    raise
            else:
                return candidate


def address_towards(host):
    """Return the address by which another machine reaches this one; nothing is sent."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.connect((host, 9))
        return probe.getsockname()[0]


def run_once(options, address):
    """Start everything, wait for the end, and return what went wrong, or None."""
    from dmlc_tracker import opts

    port = free_port(address, options.port)
    settings = {}
    if options.cluster == "local":
        threads = options.threads or max(1, cpu.num_threads() // options.workers)
        settings = {"DMLC_NODE_HOST": address, "OMP_NUM_THREADS": str(threads)}
    job = Job(1 if options.cluster == "slurm" else options.workers, settings, port)
    arguments = opts.get_opts(tracker_arguments(options))
    submit = patched(options.cluster, job, address, port)
    threading.Thread(target=job.submit, args=(submit, arguments), daemon=True).start()
    try:
        return job.wait()
    finally:
        job.end()


def tracker_arguments(options):
    """Return the command line of MXNet's launcher."""
    command = [sys.executable, "-m", "mxnet_today.worker", options.script, *options.arguments]
    if options.cluster != "local":
        # This machine's cores are not those of the others.
        threads = (
            [f"OMP_NUM_THREADS={options.threads}"] if options.threads else ["-u", "OMP_NUM_THREADS"]
        )
        path = [f"PYTHONPATH={os.environ['PYTHONPATH']}"] if "PYTHONPATH" in os.environ else []
        command = ["env", *threads, *path, *command]
    hosts = ["--host-file", options.hosts] if options.hosts else []
    return [
        *("--cluster", options.cluster, *hosts),
        *("--num-workers", str(options.workers), "--num-servers", str(options.servers)),
        # One word for a shell. The space keeps the tracker from looking for a file of that name.
        *("--", " " + shlex.join(command)),
    ]


def parse(words):
    parser = argparse.ArgumentParser(
        prog="python -m mxnet_today.launch",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--workers", type=int, required=True, help="how many")
    parser.add_argument("--servers", type=int, default=1, help="how many; default: %(default)s")
    parser.add_argument(
        "--restarts", type=int, default=0, help="how often to start again after a failure"
    )
    parser.add_argument(
        "--threads", type=int, help="of each worker; default: its share of the cores"
    )
    parser.add_argument("--port", type=int, default=0, help="of the scheduler; default: a free one")
    parser.add_argument(
        "--hosts", help="file of the machines to start on by ssh: one HOST or HOST:PORT per line"
    )
    parser.add_argument("--address", help="of this machine, by which the others reach it")
    parser.add_argument("--slurm", action="store_true", help="start on machines by Slurm's srun")
    parser.add_argument("script", help="what each worker runs")
    parser.add_argument("arguments", nargs=argparse.REMAINDER, help="of the script")
    options = parser.parse_args(words)
    options.cluster = "ssh" if options.hosts else "slurm" if options.slurm else "local"
    for name in ("workers", "servers"):
        if getattr(options, name) < 1:
            parser.error(f"--{name} must be at least 1, not {getattr(options, name)}")
    if not 0 <= options.port < 2**16 - 1:
        parser.error(f"--port must be from 1 to {2**16 - 2}, not {options.port}")
    for name in ("script", "hosts"):
        path = getattr(options, name)
        if path is not None and not Path(path).is_file():
            parser.error(f"there is no file {path}")
    return parser, options


def main(words=None):
    """Do what the command line says, and return the exit code."""
    parser, options = parse(words)
    try:
        address = options.address or _own_address(options)
        free_port(address, options.port)
    except OSError as error:
        parser.error(_refusal(options, error))
    signal.signal(signal.SIGTERM, _stop)
    for attempt in range(options.restarts + 1):
        try:
            failure = run_once(options, address)
        except KeyboardInterrupt:
            print("Stopped; all processes are ended.", file=sys.stderr)
            return 130
        if failure is None:
            return 0
        left = options.restarts - attempt
        then = f"Starting again; restarts left: {left - 1}." if left else ""
        print(failure, "All others are ended.", then, file=sys.stderr, flush=True)
    return 1


def _own_address(options):
    if options.cluster == "local":
        return LOOPBACK
    if options.cluster == "slurm":
        address = socket.gethostbyname(socket.gethostname())
        if address.startswith("127."):
            raise OSError(f"its name leads to {address}, where no other machine reaches it")
        return address
    names = Path(options.hosts).read_text().split()
    if not names:
        raise OSError(f"there are no machines in {options.hosts}")
    return address_towards(names[0].partition(":")[0])


def _refusal(options, error):
    if error.errno == errno.EADDRINUSE:
        return f"port {options.port} of this machine is in use; take another, or leave it out"
    if error.errno == errno.EADDRNOTAVAIL:
        return f"{options.address} is not an address of this machine"
    return f"this machine's address cannot be found, give it with --address: {error}"


def _stop(*_):
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(main())
