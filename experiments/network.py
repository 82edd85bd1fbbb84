"""Hosts with addresses of their own on one Linux machine, and a network between them.

Each host is a network namespace with an SSH server. A cable leads from it to a router, which is a
namespace too, so the machine's own network is not touched. It needs root, iproute2 and
openssh-server.
"""

import contextlib
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

PREFIX = "10.77"
SSHD = "/usr/sbin/sshd"
ROOT = Path(__file__).resolve().parent.parent


def missing():
    """Return what such hosts lack here, in words, or None."""
    if not hasattr(os, "geteuid") or os.geteuid() != 0:
        return "needs root, to make network namespaces"
    for command in ("ip", "tc", SSHD, "ssh", "ssh-keygen"):
        if shutil.which(command) is None:
            return f"needs {command}, of iproute2, openssh-server and openssh-client"
    name = f"probe{os.getpid()}"
    if subprocess.run(["ip", "netns", "add", name], capture_output=True).returncode:
        return "may not make network namespaces"
    subprocess.run(["ip", "netns", "delete", name], check=True)
    return None


class Network:
    """Some hosts and the network between them: `with Network(2, folder) as network:`.

    Args:
        num_hosts: how many.
        folder: for keys and settings, a `Path`.

    Attributes:
        addresses: of the hosts.
        hosts_file: a file with a line for each, as the launcher takes it.
    """

    def __init__(self, num_hosts, folder):
        self.folder = folder
        self.names = [f"host{os.getpid()}-{i}" for i in range(num_hosts)]
        self.router = f"router{os.getpid()}"
        self.addresses = [f"{PREFIX}.{i}.2" for i in range(num_hosts)]
        self.hosts_file = folder / "hosts.txt"
        self.stack = contextlib.ExitStack()

    def __enter__(self):
        with contextlib.ExitStack() as stack:
            self._make(stack)
            self.stack = stack.pop_all()
        return self

    def __exit__(self, *_):
        self.stack.close()

    def _make(self, stack):
        for name in (self.router, *self.names):
            _run("ip", "netns", "add", name)
            stack.callback(_run, "ip", "netns", "delete", name)
        forward = "/proc/sys/net/ipv4/ip_forward"
        _run("ip", "netns", "exec", self.router, "sh", "-c", f"echo 1 > {forward}")
        for i, (name, address) in enumerate(zip(self.names, self.addresses)):
            in_router, in_host = ("ip", "-n", self.router), ("ip", "-n", name)
            gateway, port = f"{PREFIX}.{i}.1", f"port{i}"
            _run(*in_router, "link", "add", port, "type", "veth", "peer", "eth0", "netns", name)
            _run(*in_router, "address", "add", f"{gateway}/24", "dev", port)
            _run(*in_router, "link", "set", port, "up")
            _run(*in_host, "address", "add", f"{address}/24", "dev", "eth0")
            for device in ("lo", "eth0"):
                _run(*in_host, "link", "set", device, "up")
            _run(*in_host, "route", "add", "default", "via", gateway)
        self.hosts_file.write_text("".join(f"{address}\n" for address in self.addresses))
        self._start_ssh(stack)

    def _start_ssh(self, stack):
        for name in ("host_key", "user_key"):
            _run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", self.folder / name)
        Path("/run/sshd").mkdir(exist_ok=True)
        key = (self.folder / "host_key.pub").read_text()
        (self.folder / "known_hosts").write_text("".join(f"{a} {key}" for a in self.addresses))
        (self.folder / "ssh_config").write_text(
            f"IdentityFile {self.folder}/user_key\nUserKnownHostsFile {self.folder}/known_hosts\n"
        )
        (self.folder / "bin").mkdir()
        wrapper = self.folder / "bin" / "ssh"
        wrapper.write_text(
            f'#!/bin/sh\nexec {shutil.which("ssh")} -F {self.folder}/ssh_config "$@"\n'
        )
        wrapper.chmod(0o755)
        settings = [
            f"HostKey={self.folder}/host_key",
            f"AuthorizedKeysFile={self.folder}/user_key.pub",
            *("StrictModes=no", "UsePAM=no", "PasswordAuthentication=no", "PidFile=none"),
        ]
        options = [word for setting in settings for word in ("-o", setting)]
        for i in range(len(self.names)):
            command = [*self.inside(i), SSHD, "-D", "-e", "-f", "/dev/null", *options]
            server = subprocess.Popen(command, stderr=subprocess.DEVNULL)
            stack.callback(server.wait)
            stack.callback(server.terminate)
        for i, address in enumerate(self.addresses):
            _until(lambda i=i, address=address: self._answers(i, address))

    def _answers(self, host, address):
        options = ("-o", "BatchMode=yes", "-o", "ConnectTimeout=60")
        command = [*self.inside(host), "ssh", *options, address, "true"]
        environ = {**os.environ, "PATH": self.path}
        return subprocess.run(command, env=environ, capture_output=True).returncode == 0

    @property
    def path(self):
        """What the variable PATH must be for ssh to know the hosts."""
        return f"{self.folder}/bin{os.pathsep}{os.environ['PATH']}"

    def inside(self, host):
        """Return the words that stand before a command that shall run on a host."""
        return ["ip", "netns", "exec", self.names[host]]

    def limit(self, megabits):
        """Let no host send or get more than so many megabits a second; None: as fast as it can."""
        for i, name in enumerate(self.names):
            for namespace, device in ((name, "eth0"), (self.router, f"port{i}")):
                tc = ["tc", "-n", namespace, "qdisc"]
                subprocess.run([*tc, "delete", "dev", device, "root"], capture_output=True)
                if megabits is not None:
                    bucket = ("rate", f"{megabits}mbit", "burst", "128kb", "latency", "100ms")
                    _run(*tc, "add", "dev", device, "root", "tbf", *bucket)

    def cut(self, host):
        """Pull the plug of a host."""
        _run("ip", "-n", self.router, "link", "set", f"port{host}", "down")


def sent_bytes():
    """Return how many bytes the host on which this runs has sent to the others."""
    return int(Path("/sys/class/net/eth0/statistics/tx_bytes").read_text())


def run_on(network, script, *words):
    """Run a script in two workers, each with a server, on the hosts of a network."""
    command = [
        *network.inside(0),
        *(sys.executable, "-m", "mxnet_today.launch", "--workers", "2", "--servers", "2"),
        *("--threads", "1", "--hosts", network.hosts_file, script, *words),
    ]
    environ = {**os.environ, "PATH": network.path, "PYTHONPATH": str(ROOT)}
    subprocess.run(list(map(str, command)), check=True, env=environ, timeout=600)


def _run(*words):
    done = subprocess.run(list(map(str, words)), check=True, capture_output=True, text=True)
    return done.stdout


def _until(condition, seconds=600):
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            raise TimeoutError("a host's SSH server does not answer")
        time.sleep(0.2)
