"""The course in a hosted notebook, whose kernel already runs and holds packages of its own.

`make test-hosted` does in such a kernel what docs/machines.md says, once with the packages of
Google's Colab and once with today's. With WHAT=gpu it takes MXNet's CUDA build, as docs/gpu.md
says, and downloads 2.3 GB.
"""

import os
import re
import shutil
import subprocess
import tempfile
from importlib import metadata
from pathlib import Path

import nbformat
import pytest
from jupyter_client import AsyncKernelManager
from jupyter_client.kernelspec import KernelSpec
from nbclient import NotebookClient

ROOT = Path(__file__).resolve().parent.parent
VENVS = ROOT / "build" / "hosted-venv"
WHAT = os.environ.get("TEST_HOSTED")
pytestmark = pytest.mark.once
cpu = pytest.mark.skipif(WHAT != "cpu", reason="make test-hosted downloads 250 MB")
gpu = pytest.mark.skipif(WHAT != "gpu", reason="make test-hosted WHAT=gpu downloads 2.3 GB")

# What the kernels hold. Colab's versions are those of its image of June 2026 (googlecolab's
# backend-info), where Python is 3.12; two of its CUDA packages stand for all.
PACKAGES = {
    "colab": """
        pip==24.1.2 setuptools==75.2.0 ipykernel==6.17.1 ipython==7.34.0 ipywidgets==7.7.1
        jupyter_client==7.4.9 graphviz==0.21 matplotlib==3.10.0 numpy==2.0.2 pandas==2.2.2
        pillow==11.3.0 requests==2.32.4 scikit-learn==1.6.1 scipy==1.16.3 tornado==6.5.1
        tqdm==4.67.3 traitlets==5.7.1 nvidia-curand-cu12==10.3.9.90 nvidia-nvtx-cu12==12.8.90""",
    "today": """
        pip setuptools ipykernel ipython ipywidgets graphviz matplotlib numpy pandas requests
        scikit-learn scipy tqdm""",
}


def cells_on(page):
    """Return the cells for a notebook that a page shows."""
    text = (ROOT / "docs" / page).read_text()
    return re.findall(r"^```\n((?:!|%|import ).*?)\n```$", text, re.MULTILINE | re.DOTALL)


INSTALL, CHECK = cells_on("machines.md")
INSTALL = INSTALL.replace("ADDRESS", str(ROOT))
# Some of CUDA 11's files have the names of CUDA 12's, which such a kernel needs: a folder apart.
(INSTALL_CUDA,) = cells_on("gpu.md")
OURS = {"d2l", "d2l-helpers", "mxnet", "mxnet-cu112", "safetensors"}


@pytest.fixture(scope="session", params=PACKAGES)
def venv(request):
    """An environment like that of a hosted kernel, made once and without the course."""
    folder = VENVS / request.param
    stamp, want = folder / "installed", PACKAGES[request.param]
    if not stamp.exists() or stamp.read_text() != want:
        pythons = subprocess.check_output(["tools/find-pythons"], cwd=ROOT, text=True)
        python = dict(line.split(" ", 1) for line in pythons.splitlines()).get("3.12")
        if python is None:
            pytest.skip("needs a Python 3.12")
        shutil.rmtree(folder, ignore_errors=True)
        subprocess.run([python, "-m", "venv", folder], check=True)
        pip(folder, "install", "--upgrade", *want.split())
        stamp.write_text(want)
    pip(folder, "uninstall", "--yes", *OURS)
    return folder


@pytest.fixture
def kernel(venv):
    """A function that runs cells in one kernel, and returns what each of them printed."""

    class HostedKernel(AsyncKernelManager):
        kernel_spec = KernelSpec(
            argv=[f"{venv}/bin/python", "-m", "ipykernel_launcher", "-f", "{connection_file}"]
        )

    def run(*sources, **environ):
        notebook = nbformat.v4.new_notebook(
            cells=[nbformat.v4.new_code_cell(source) for source in sources]
        )
        environ["MPLBACKEND"] = "module://matplotlib_inline.backend_inline"
        environ["PATH"] = f"{venv}/bin:{os.environ['PATH']}"
        with tempfile.TemporaryDirectory(dir=VENVS) as folder:
            resources = {"metadata": {"path": folder}}
            client = NotebookClient(notebook, HostedKernel(), timeout=None, resources=resources)
            client.execute(env={**os.environ, **environ})
        return [
            "".join(output.text for output in cell.outputs if output.output_type == "stream")
            for cell in notebook.cells
        ]

    return run


def pip(folder, *arguments):
    command = [folder / "bin" / "python", "-m", "pip", "--quiet", *arguments]
    subprocess.run(command, check=True)


def site_packages(folder):
    (found,) = folder.glob("lib/python*/site-packages")
    return found


def versions(folder):
    """Return the packages of an environment, as {name: version}."""
    return {d.name: d.version for d in metadata.distributions(path=[str(site_packages(folder))])}


def files(folder):
    """Return what shows when a file of an environment is written: {path: (size, time)}."""
    paths = (p for p in site_packages(folder).rglob("*") if p.is_file() and p.suffix != ".pyc")
    return {path: (path.stat().st_size, path.stat().st_mtime_ns) for path in paths}


def lesson(number):
    (path,) = ROOT.glob(f"notebooks/{number}_*.ipynb")
    cells = nbformat.read(path, as_version=4).cells
    return [cell.source for cell in cells if cell.cell_type == "code"]


@cpu
def test_the_page_s_cells_change_nothing_and_lesson_00_runs_in_the_same_kernel(venv, kernel):
    old_versions, old_files = versions(venv), files(venv)
    printed = kernel(INSTALL, CHECK, *lesson("00"))
    assert "The course can run here." in printed[1]
    new_versions, new_files = versions(venv), files(venv)
    assert new_versions.keys() - old_versions.keys() == OURS - {"mxnet-cu112"}
    assert {name: new_versions[name] for name in old_versions} == old_versions
    assert {path: new_files[path] for path in old_files} == old_files


@cpu
def test_a_program_that_a_lesson_starts_finds_the_package(venv, kernel):
    start = "!python -c 'import d2l_helpers; print(d2l_helpers.DATA_DIR.is_dir())'"
    printed = kernel(INSTALL, "%cd notebooks", start)
    assert printed[2].strip() == "True"


@gpu
@pytest.mark.parametrize("venv", ["colab"], indirect=True)
def test_the_cuda_build_changes_nothing_and_says_why_it_uses_the_cpu(venv, kernel, stub_driver):
    old_versions, old_files = versions(venv), files(venv)
    printed = kernel(
        *(INSTALL.replace("mxnet==", "mxnet-cu112=="), INSTALL_CUDA, CHECK, *lesson("00")),
        LD_LIBRARY_PATH=str(stub_driver.parent),
    )
    assert "1.9.1, CUDA build, computes" in printed[2]
    assert any("CUDA build is installed, but it finds no NVIDIA GPU" in text for text in printed)
    new_versions, new_files = versions(venv), files(venv)
    assert new_versions.keys() - old_versions.keys() == OURS - {"mxnet"}
    assert {name: new_versions[name] for name in old_versions} == old_versions
    assert {path: new_files[path] for path in old_files} == old_files
