"""How a figure is laid out, stored and closed, and what a notebook receives of it."""

import io

import d2l_helpers as dh
from d2l_helpers.figures import show

import matplotlib.pyplot as plt
import pytest
from PIL import Image


@pytest.fixture(autouse=True)
def figures_closed():
    yield
    plt.close("all")


@pytest.fixture
def displayed(monkeypatch):
    """What is displayed, as in a notebook: a list of data and metadata."""
    outputs = []

    def display(data, metadata, raw):
        assert raw
        outputs.append((data, metadata))

    monkeypatch.setattr(show, "in_notebook", lambda: True)
    monkeypatch.setattr(show, "display", display)
    return outputs


def picture(fig):
    data, _ = show.figure_output(fig, "alt")
    return Image.open(io.BytesIO(data["image/png"]))


@pytest.mark.parametrize("grid", [(1, 1), (1, 2), (2, 1), (2, 3)])
def test_a_figure_has_the_grid_of_axes_and_the_size_that_are_asked_for(grid):
    with dh.figure("alt", *grid, figsize=(3, 2), sharey=True) as axes:
        shape = () if isinstance(axes, plt.Axes) else axes.shape
        assert shape == tuple(n for n in grid if n > 1)
        fig = plt.gcf()
        assert fig.axes[0].get_gridspec().get_geometry() == grid
        assert fig.get_size_inches().tolist() == [3, 2]


def test_a_notebook_gets_the_picture_with_its_text(displayed):
    with dh.figure("A rising line.") as ax:
        ax.plot([1, 2], [3, 4])
    ((data, metadata),) = displayed
    text = "A rising line.\nline: 2 points, x 1, 2, y 3, 4"
    assert data["text/plain"] == f"Figure: {text}"
    assert metadata == {"image/png": {"alt": text}}
    assert plt.get_fignums() == []


@pytest.mark.parametrize(
    ("measured", "numbers"), [("", "x 1, 2, y 3, 4"), ("y", "x 1, 2, y ~3, ~4")]
)
def test_what_was_measured_is_marked_in_the_text(measured, numbers, displayed):
    with dh.figure("alt", measured=measured) as ax:
        ax.plot([1, 2], [3, 4])
    assert displayed[0][0]["text/plain"] == f"Figure: alt\nline: 2 points, {numbers}"


def test_a_figure_that_was_made_elsewhere_is_shown_and_closed(displayed):
    fig, _ = plt.subplots()
    show.show(fig, "empty")
    assert displayed[0][0]["text/plain"] == "Figure: empty"
    assert plt.get_fignums() == []


def test_labels_do_not_overlap():
    with dh.figure("alt", 1, 2, figsize=(4, 2)) as (left, right):
        right.set_ylabel("a label in two lines,\nwhich needs room")
        fig = left.figure
        fig.canvas.draw()
        assert not left.get_tightbbox().overlaps(right.get_tightbbox())


def test_a_picture_is_png_whatever_matplotlib_is_set_to():
    fig, _ = plt.subplots()
    with plt.rc_context({"savefig.format": "svg", "savefig.dpi": 30}):
        image = picture(fig)
    assert image.format == "PNG"
    assert image.info["dpi"] == pytest.approx((100, 100), abs=0.1)
    assert "Software" not in image.info  # Matplotlib's version, which differs between machines


def test_a_picture_has_room_for_what_stands_beside_the_axes():
    fig, ax = plt.subplots(figsize=(2, 2))
    ax.text(3, 0.5, "far to the right")
    assert picture(fig).width > 500
