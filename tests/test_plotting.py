import os
import re

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


def test_plot_refuses_lines_without_their_heights():
    with pytest.raises(ValueError, match="X has 2 lines, and Y has 3"):
        dh.plot([[1, 2], [1, 2]], [[1, 2], [3, 4], [5, 6]])
    assert not plt.get_fignums()


def test_plot_takes_one_name_for_one_line_and_a_line_without_points():
    axes = dh.plot([], legend="loss")
    assert [text.get_text() for text in axes.get_legend().get_texts()] == ["loss"]


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


def drawn(img):
    """Return the values that are drawn of an image."""
    (ax,) = dh.show_images([img], 1, 1)
    return ax.images[0].get_array()


@pytest.mark.parametrize(
    ("shape", "channels"),
    [
        ((4, 5), None),
        ((1, 4, 5), None),
        ((4, 5, 1), None),
        ((1, 3, 3), None),  # a kernel of a grey net
        ((4, 5, 3), 3),
        ((3, 4, 5), 3),
        ((4, 5, 4), 4),
        ((4, 6, 5), 4),
        ((3, 3, 3), 3),
    ],
)
@pytest.mark.parametrize("make", [numpy.array, np.array], ids=["numpy", "mxnet"])
def test_show_images_takes_grey_and_coloured_images_in_both_orders(shape, channels, make):
    img = numpy.random.default_rng(0).random(shape).astype("float32")
    expected = img
    if channels is None:
        expected = img.reshape([length for length in shape if length > 1])
    elif shape[2] not in (3, 4):
        expected = img.transpose(1, 2, 0)
    assert numpy.array_equal(drawn(make(img)), expected)


@pytest.mark.parametrize(
    "shape", [(5,), (), (2, 4, 5), (5, 4, 2), (7, 4, 5), (1, 1, 4, 5), (5, 3, 4, 4), (1, 3, 4, 5)]
)
def test_show_images_refuses_other_shapes_by_name(shape):
    images = [numpy.zeros((4, 4)), numpy.zeros(shape)]
    with pytest.raises(ValueError, match=rf"image 1 has the shape {re.escape(str(shape))}, and"):
        dh.show_images(images, 1, 2)
    assert plt.get_fignums() == []


@pytest.mark.parametrize("img", [[["a", "b"]], [[1j, 0]], [[None, 1]]])
def test_show_images_refuses_values_that_are_not_numbers(img):
    with pytest.raises(TypeError, match=r"image 0 has values of type .*, and needs real numbers"):
        dh.show_images([numpy.array(img)], 1, 1)


@pytest.mark.parametrize("dtype", ["bool", "float16"])
def test_show_images_takes_colours_of_types_that_matplotlib_does_not(dtype):
    image = numpy.ones((2, 2, 3)) * [1, 0, 0]
    (axes,) = dh.show_images([image.astype(dtype)], 1, 1)
    axes.figure.canvas.draw()
    assert axes.images[0].get_array().tolist()[0] == [[1, 0, 0], [1, 0, 0]]


def test_show_images_shows_one_image_of_a_batch_and_as_many_as_fit():
    axes = dh.show_images(np.zeros((5, 1, 4, 4)), 1, 2)
    assert [len(ax.images) for ax in axes] == [1, 1]
    axes = dh.show_images((numpy.zeros((4, 4)) for _ in range(3)), 2, 2)
    assert [len(ax.images) for ax in axes] == [1, 1, 1, 0]


@pytest.mark.parametrize(
    "titles", [["a"], ("a", "b"), numpy.array(["a", "b"]), pd.Series(["a", "b"], index=[7, 9])]
)
def test_show_images_needs_a_title_per_image(titles):
    images = [numpy.zeros((4, 4))] * 3
    with pytest.raises(ValueError, match=f"{len(titles)} titles for 3 images: give one per image"):
        dh.show_images(images, 1, 3, titles)
    axes = dh.show_images(images, 1, len(titles), titles)
    assert [ax.get_title() for ax in axes] == list(titles)


@pytest.mark.parametrize("num_axes", [1, 3, 5])
def test_show_images_needs_as_many_axes_as_its_grid_has_places(num_axes):
    _, axes = plt.subplots(1, num_axes)
    message = rf"a grid of 2 x 2 images needs 4 axes, and {num_axes} were given"
    with pytest.raises(ValueError, match=message):
        dh.show_images([numpy.zeros((4, 4))] * 4, 2, 2, axes=axes)


def test_show_images_takes_axes_one_by_one_too():
    _, axes = plt.subplots(1, 2)
    assert list(dh.show_images([numpy.zeros((4, 4))] * 2, 1, 2, axes=list(axes))) == list(axes)
    assert list(dh.show_images([numpy.zeros((4, 4))], 1, 1, axes=axes[0])) == [axes[0]]


@pytest.mark.parametrize("size", [0, -1, 1.5, "2", None])
def test_a_grid_has_whole_numbers_of_rows_and_columns(size):
    with pytest.raises((ValueError, TypeError), match="num_rows must be"):
        dh.show_images([numpy.zeros((4, 4))], size, 1)
    with pytest.raises((ValueError, TypeError), match="num_cols must be"):
        dh.show_images([numpy.zeros((4, 4))], 1, size)


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([0.0, 0.25, 1.0], [0.0, 0.25, 1.0]),
        ([0, 200, 255], [0, 200, 255]),
        ([-1.0, 0.0, 3.0], [0.0, 0.25, 1.0]),
        ([-1.0, 0.0, 1.0], [0.0, 0.5, 1.0]),
        ([0.0, 127.5, 255.0], [0.0, 0.5, 1.0]),
        ([-100, 0, 300], [0.0, 0.25, 1.0]),
        ([0, 30_000, 60_000], [0.0, 0.5, 1.0]),
        ([7.0, 7.0, 7.0], [0.0, 0.0, 0.0]),
    ],
)
def test_colours_out_of_range_are_stretched(values, expected, caplog):
    img = numpy.array(values)[:, None, None] * numpy.ones((1, 1, 3), type(values[0]))
    assert drawn(img)[:, 0, 0].tolist() == expected
    dh.show_images([img], 1, 1)[0].figure.canvas.draw()
    assert caplog.text == ""  # imshow logs what it clips


@pytest.mark.parametrize("wrong", [numpy.nan, numpy.inf, -numpy.inf])
@pytest.mark.parametrize("rest", [0.5, 7.0])
def test_pixels_that_are_not_finite_stay_white(wrong, rest):
    colours = numpy.full((2, 2, 3), rest)
    colours[0, 0, 1] = wrong
    colours[1, 1] = 0.25
    values = drawn(colours)
    assert (values[0, 0] == 1).all()
    assert numpy.isfinite(values).all() and values[0, 1, 0] == min(rest, 1)
    grey = numpy.full((2, 2), rest)
    grey[0, 0] = wrong
    axes = dh.show_images([grey], 1, 1)
    axes[0].figure.canvas.draw()
    assert axes[0].images[0].get_array().mask.tolist() == [[True, False], [False, False]]


@pytest.mark.parametrize("shape", [(3, 3), (3, 3, 3)])
def test_an_image_without_a_finite_pixel_is_white(shape, recwarn):
    axes = dh.show_images([numpy.full(shape, numpy.nan)], 1, 1)
    axes[0].figure.canvas.draw()
    assert not recwarn.list


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


def test_an_animator_draws_with_the_styles_that_it_is_given():
    animator = dh.Animator(fmts=["k:", "r--"])
    animator.add(1, (0.5, 0.75))
    lines = animator._figure().axes[0].lines
    assert [(line.get_color(), line.get_linestyle()) for line in lines] == [("k", ":"), ("r", "--")]


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
