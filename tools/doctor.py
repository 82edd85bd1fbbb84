"""`make doctor`: what this machine has, whether MXNet works on it, what bfloat16 brings, and
whether the data files are intact.

It must also run where MXNet does not work, so it imports d2l_helpers only once MXNet works.
"""

import sys

from mxnet_today.doctor import BROKEN, NOTE, OK, Finding, examine, report

NEEDED_MEMORY_GB = 3  # lesson 11 takes 2.9


def main():
    """Print the report, and return 1 if something essential is broken, else 0."""
    findings = [*examine(), check_memory()]
    if all(finding.verdict != BROKEN for finding in findings):
        findings += [*check_bfloat16(), check_data()]
    return report(findings, "The course can run here.")


def check_memory(meminfo="/proc/meminfo"):
    """Check the free memory.

    Args:
        meminfo: the file in which Linux lists it, in kB.
    """
    try:
        with open(meminfo) as lines:
            available = next(line for line in lines if line.startswith("MemAvailable:"))
    except (OSError, StopIteration):
        return Finding("memory", NOTE, f"unknown; the course needs {NEEDED_MEMORY_GB} GB")
    free = int(available.split()[1]) / 1e6
    if free < NEEDED_MEMORY_GB:
        return Finding(
            "memory",
            NOTE,
            f"{free:.1f} GB free, and some lessons need {NEEDED_MEMORY_GB} GB: close something",
        )
    return Finding("memory", OK, f"{free:.1f} GB free")


def check_bfloat16():
    """Measure how fast bfloat16 is in training and in inference, with T1's net on small images."""
    import d2l_helpers as dh

    from mxnet import np

    X = np.zeros((128, 1, 67, 67))
    net = dh.alexnet()
    net.initialize()
    net(X[:1])
    for what, training in (("training", True), ("inference", False)):
        choice = dh.choose_dtype(net, X, training)
        verdict = OK if choice.dtype == "bfloat16" else NOTE
        yield Finding(what, verdict, f"in {choice.dtype}: {choice.why}")


def check_data():
    """Read the data files; the loader compares their checksums."""
    from d2l_helpers.data import fashion_mnist
    from d2l_helpers.utils import files

    try:
        images = sum(len(fashion_mnist.fashion_mnist_arrays(train)[0]) for train in (True, False))
    except files.DataFileError as error:
        return Finding("data", BROKEN, str(error))
    return Finding("data", OK, f"{images:,} images, checksums right")


if __name__ == "__main__":
    sys.exit(main())
