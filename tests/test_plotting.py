import os

import d2l_helpers as dh
from d2l_helpers.figures import show
from d2l_helpers.figures.plotting import TrainingCurves
from d2l_helpers.notebook import session

import matplotlib.pyplot as plt
import numpy
import pandas as pd
import pytest
from mxnet import np


@pytest.fixture(autouse=True)
def figures_closed():
    yield
    plt.close("all")


def lines_of(axes):
    return [line.get_xydata().tolist() for line in axes.lines]


# plot


@pytest.mark.parametrize("make", [list, numpy.array, np.array], ids=["list", "numpy", "mxnet"])
def test_plot_draws_one_line(make):
    axes = dh.plot(make([1.0, 2.0]), make([3.0, 4.0]))
    assert lines_of(axes) == [[[1, 3], [2, 4]]]


@pytest.mark.parametrize("make", [list, numpy.array, np.array], ids=["list", "numpy", "mxnet"])
def test_plot_draws_several_lines_over_one_axis(make):
    axes = dh.plot(make([1.0, 2.0]), [make([3.0, 4.0]), make([5.0, 6.0])])
    assert lines_of(axes) == [[[1, 3], [2, 4]], [[1, 5], [2, 6]]]


def test_plot_takes_a_range_for_one_line():
    assert lines_of(dh.plot(range(2), range(3, 5))) == [[[0, 3], [1, 4]]]


def test_plot_draws_lines_of_different_lengths():
    axes = dh.plot([[1, 2], [7]], [[3, 4], [8]])
    assert lines_of(axes) == [[[1, 3], [2, 4]], [[7, 8]]]


def test_plot_numbers_the_points_when_only_heights_are_given():
    assert lines_of(dh.plot([5, 6])) == [[[0, 5], [1, 6]]]
    assert lines_of(dh.plot([[5, 6], [7, 8]])) == [[[0, 5], [1, 6]], [[0, 7], [1, 8]]]


def test_plot_sets_what_it_was_given():
    axes = dh.plot(
        [1, 2], [[3, 4], [4, 5]], "x", "f(x)", ["f", "g"], [1, 10], [2, 20], "log", "log",
        ("-", "r:"), (4, 2),
    )  # fmt: skip
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("x", "f(x)")
    assert [text.get_text() for text in axes.get_legend().get_texts()] == ["f", "g"]
    assert (axes.get_xlim(), axes.get_ylim()) == ((1, 10), (2, 20))
    assert (axes.get_xscale(), axes.get_yscale()) == ("log", "log")
    assert axes.lines[1].get_linestyle() == ":"
    assert axes.figure.get_size_inches().tolist() == [4, 2]


def test_plot_repeats_its_formats_for_more_lines():
    axes = dh.plot([1, 2], [[0, i] for i in range(5)])
    assert [line.get_linestyle() for line in axes.lines] == ["-", "--", "-.", ":", "-"]


def test_plot_draws_into_given_axes():
    _, axes = plt.subplots()
    assert dh.plot([1], [2], axes=axes) is axes
    assert len(plt.get_fignums()) == 1


# show_images


def test_show_images_makes_a_grid_with_titles():
    axes = dh.show_images([numpy.full((4, 4), i) for i in range(3)], 2, 2, titles=["a", "b", "c"])
    assert len(axes) == 4
    assert [ax.get_title() for ax in axes] == ["a", "b", "c", ""]
    assert [len(ax.images) for ax in axes] == [1, 1, 1, 0]
    assert not any(ax.axison for ax in axes)


def test_show_images_scales_the_figure():
    axes = dh.show_images([numpy.zeros((4, 4))], 1, 3, scale=2)
    assert axes[0].figure.get_size_inches().tolist() == [6, 2]


@pytest.mark.parametrize("shape", [(4, 5), (1, 4, 5), (4, 5, 3)])
@pytest.mark.parametrize("make", [numpy.zeros, np.zeros], ids=["numpy", "mxnet"])
def test_show_images_takes_grey_channel_first_and_colour_images(shape, make):
    (ax,) = dh.show_images([make(shape)], 1, 1)
    assert ax.images[0].get_array().shape[:2] == (4, 5)


# Showing


def draw_in_a_figure(alt):
    with dh.figure(alt) as ax:
        ax.plot([1, 2])


@pytest.mark.parametrize(
    "draw",
    [
        lambda alt: dh.plot([1, 2], [3, 4], alt=alt),
        lambda alt: dh.show_images([numpy.zeros((4, 4))], 1, 1, alt=alt),
        draw_in_a_figure,
    ],
    ids=["plot", "show_images", "figure"],
)
def test_a_figure_that_is_shown_is_closed(draw):
    assert draw("what it shows") is None
    assert plt.get_fignums() == []


def test_a_figure_becomes_a_png_with_its_text():
    fig, _ = plt.subplots()
    data, metadata = show.figure_output(fig, "A rising line.")
    assert data["image/png"].startswith(b"\x89PNG")
    assert data["text/plain"] == "Figure: A rising line."
    assert metadata == {"image/png": {"alt": "A rising line."}}


def test_an_error_in_a_figure_is_not_hidden_and_leaves_no_figure():
    with pytest.raises(ZeroDivisionError), dh.figure("nothing"):
        1 / 0  # noqa: B018
    assert plt.get_fignums() == []


def test_the_same_figure_becomes_the_same_bytes():
    pictures = []
    for _ in "12":
        axes = dh.plot([1, 2], [3, 4])
        pictures.append(show.figure_output(axes.figure, "A rising line.")[0]["image/png"])
    assert pictures[0] == pictures[1]


def test_the_palette_is_the_one_of_every_new_figure():
    dh.use_course_style()
    _, axes = plt.subplots()
    assert axes.plot([1, 2])[0].get_color() == dh.PALETTE[0]
    assert len(set(dh.PALETTE)) == 8


def test_nobody_watches_a_test_run(monkeypatch):
    monkeypatch.setattr("sys.stderr", open(os.devnull, "w"))  # noqa: SIM115
    assert not session.in_notebook()
    assert session.watched() is None


# Animator


def test_an_animator_collects_points_and_leaves_out_what_is_none():
    animator = dh.Animator(xlabel="epoch", legend=["a", "b"])
    animator.add(1, (0.5, None))
    animator.add(2, (0.25, 0.75))
    assert animator.X == [[1, 2], [2]]
    assert animator.Y == [[0.5, 0.25], [0.75]]


def test_an_animator_takes_a_single_line():
    animator = dh.Animator()
    animator.add(1, 0.5)
    animator.add(2, 0.25)
    assert (animator.X, animator.Y) == ([[1, 2]], [[0.5, 0.25]])


def test_an_animator_outside_of_a_notebook_leaves_no_figure():
    animator = dh.Animator()
    animator.show("nothing yet")
    animator.add(1, 0.5)
    animator.show("one point")
    assert plt.get_fignums() == []


def test_training_curves_have_a_panel_for_the_loss_and_one_for_the_accuracies():
    curves = TrainingCurves(num_epochs=2)
    curves.add(0.5, (2.3, 0.1, None))
    curves.add(1, (1.5, 0.4, 0.5))
    loss, accuracy = curves._figure().axes
    assert lines_of(loss) == [[[0.5, 2.3], [1, 1.5]]]
    assert lines_of(accuracy) == [[[0.5, 0.1], [1, 0.4]], [[1, 0.5]]]
    assert (loss.get_ylabel(), accuracy.get_ylabel()) == ("training loss", "accuracy")
    assert [text.get_text() for text in accuracy.get_legend().get_texts()] == [
        "train acc",
        "test acc",
    ]


# measured


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        ((0.12345,), "~0.123"),
        ((0.12345, ".1%"), "~12.3%"),
        ((1234567, ",.0f"), "~1,234,567"),
        ((-1.5, ".1e"), "~-1.5e+00"),
        (("ankle boot", ""), "~ankle boot"),
    ],
)
def test_measured_marks_numbers_and_words(arguments, text):
    assert dh.measured(*arguments) == text


def test_measured_marks_a_series():
    series = dh.measured(pd.Series([0.5, 0.25], index=["a", "b"]), ".2f")
    assert series.to_dict() == {"a": "~0.50", "b": "~0.25"}


def test_measured_marks_the_floats_of_a_table_and_leaves_the_rest():
    table = pd.DataFrame({"epoch": [1], "loss": [0.5], "name": ["x"]})
    assert dh.measured(table).iloc[0].tolist() == [1, "~0.500", "x"]
    assert table["loss"].tolist() == [0.5]  # the table itself stays


def test_measured_marks_the_chosen_columns_of_a_table_alone():
    table = pd.DataFrame({"a": [0.5], "b": [0.5], "name": ["x"]})
    assert dh.measured(table, {"a": ".1f", "name": ""}).iloc[0].tolist() == ["~0.5", 0.5, "~x"]
