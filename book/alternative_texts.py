"""The texts that stand for the figures of a notebook."""

import nbformat


def alternative_texts(path):
    """Return the texts that are stored with the figures of a notebook, in order.

    Raises:
        KeyError: a figure has none.
    """
    outputs = [
        o for cell in nbformat.read(path, as_version=4).cells for o in cell.get("outputs", [])
    ]
    figures = [output for output in outputs if "image/png" in output.get("data", {})]
    return [figure["metadata"]["image/png"]["alt"] for figure in figures]
