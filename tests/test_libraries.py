import ctypes
import subprocess
import sys
from pathlib import Path

from mxnet_today import libraries

import pytest


@pytest.fixture
def system(monkeypatch):
    """Return a function that makes this machine one of a kind, with these libraries alone."""

    def pretend(machine, *available, name="Linux"):
        monkeypatch.setattr(libraries.platform, "system", lambda: name)
        monkeypatch.setattr(libraries.platform, "machine", lambda: machine)
        monkeypatch.setattr(libraries, "_loads", lambda library: library in available)

    return pretend


def test_each_missing_library_is_named_with_the_packages_of_each_system(system):
    system("x86_64", "libquadmath.so.0")
    problem = libraries.missing_libraries()
    assert "libgomp.so.1 from" in problem
    assert "libquadmath.so.0" not in problem.splitlines()[0]
    for command in (
        "apt install libgomp1 libquadmath0",
        "dnf install libgomp",
        "pacman -S gcc-libs",
    ):
        assert command in problem
    system("x86_64")
    assert "libgomp.so.1 and libquadmath.so.0 from" in libraries.missing_libraries()
    with pytest.raises(ImportError, match=r"libgomp1 libquadmath0"):
        libraries.check()


def test_macos_brings_them(system):
    system("x86_64", name="Darwin")
    assert libraries.missing_libraries() is None


def test_musl_is_refused_with_the_reason(system, monkeypatch):
    system("x86_64", *libraries.NEEDED)
    monkeypatch.setattr(libraries.glob, "glob", lambda pattern: ["/lib/ld-musl-x86_64.so.1"])
    monkeypatch.setattr(libraries.platform, "libc_ver", lambda: ("", ""))
    assert "Alpine" in libraries.missing_libraries()
    monkeypatch.setattr(libraries.platform, "libc_ver", lambda: ("glibc", "2.36"))
    assert libraries.missing_libraries() is None  # musl is there as well, but not in use


SUBSTITUTES = ("libopenblas.so.0", "liblapacke.so.3", "libm.so.6")


def test_on_arm_the_substitutes_are_looked_for_as_well(system):
    system("aarch64", "libm.so.6")
    problem = libraries.missing_libraries()
    assert "libgomp.so.1 and libopenblas.so.0 and liblapacke.so.3" in problem
    assert "apt install libgomp1 libopenblas0-pthread liblapacke" in problem
    assert "libquadmath" not in problem
    system("aarch64", "libgomp.so.1", *SUBSTITUTES)
    assert libraries.missing_libraries() is None


def test_on_arm_missing_links_are_said_with_the_command_that_makes_them(
    system, monkeypatch, tmp_path
):
    library = tmp_path / "libmxnet.so"
    system("aarch64", *libraries.NEEDED, *SUBSTITUTES)
    monkeypatch.setattr(libraries, "_mxnet_folder", lambda: tmp_path)
    libraries.check()  # something else of the same name, without a library
    library.touch()
    with pytest.raises(ImportError, match=r"libarmpl_lp64_mp\.so.*libraries\.py link"):
        libraries.check()
    system("aarch64", *libraries.NEEDED, *SUBSTITUTES, library)
    libraries.check()  # built on the machine itself


def test_link_leads_mxnet_to_the_system_s_libraries(system, monkeypatch, tmp_path):
    system("aarch64", *libraries.NEEDED, *SUBSTITUTES)
    monkeypatch.setattr(libraries, "_mxnet_folder", lambda: tmp_path)
    monkeypatch.setattr(libraries, "_path", lambda name: Path("/lib", name))
    libraries.link()
    libraries.link()  # again, over its own links
    links = {path.name: path.readlink().name for path in tmp_path.iterdir()}
    assert links == dict(zip(libraries.SUBSTITUTES, SUBSTITUTES))


def test_elsewhere_link_does_nothing(system, monkeypatch):
    system("x86_64")
    monkeypatch.setattr(libraries, "_mxnet_folder", lambda: pytest.fail("looked"))
    libraries.link()


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_a_loaded_library_is_found_under_the_name_it_is_asked_by():
    ctypes.CDLL("libm.so.6")
    assert libraries._path("libm.so.6").name == "libm.so.6"
    with pytest.raises(ImportError, match="not found"):
        libraries._path("libnot_there.so.1")


def test_as_a_script_it_needs_no_package_and_says_what_is_missing(tmp_path):
    script = tmp_path / "libraries.py"
    source = Path(libraries.__file__).read_text()
    script.write_text(source.replace('"libgomp.so.1"', '"libnot_there.so.1"'))
    for path, status in ((libraries.__file__, 0), (script, 1)):
        command = [sys.executable, "-S", path]
        done = subprocess.run(command, capture_output=True, text=True)
        assert done.returncode == status, done.stderr
    assert "MXNet needs libnot_there.so.1 from the system" in done.stderr
    assert done.stdout == ""
