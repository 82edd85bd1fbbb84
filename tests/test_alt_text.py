"""A figure in words."""

import d2l_helpers as dh
from d2l_helpers.figures.alt_text import describe

import matplotlib.pyplot as plt
import numpy
import pytest


@pytest.fixture
def words():
    """A function that draws with a function of axes, and returns the figure in words."""

    def draw(function, ncols=1, measured=""):
        fig, axes = plt.subplots(1, ncols)
        function(axes)
        fig.canvas.draw()
        return describe(fig, measured)

    yield draw
    plt.close("all")


def test_a_line_has_its_name_points_and_ranges(words):
    assert words(lambda ax: ax.plot([1, 2], [3, 0.12345], label="loss")) == [
        'line "loss": 2 points, x 1, 2, y 3, 0.123'
    ]
    assert words(lambda ax: ax.plot(range(9), range(1000, 10_000, 1000))) == [
        "line: 9 points, x 0 to 8, y 1,000 to 9,000"
    ]


@pytest.mark.parametrize(
    ("points", "heights"), [(8, "y 0, 1, 2, 3, 4, 5, 6, 7"), (9, "y 0 to 8"), (100, "y 0 to 99")]
)
def test_up_to_eight_numbers_are_listed(words, points, heights):
    (line,) = words(lambda ax: ax.plot(range(points)))
    assert line.endswith(heights)


@pytest.mark.parametrize(
    ("number", "expected"), [(40, "texts: " + "; ".join(["a"] * 40)), (41, "41 texts")]
)
def test_up_to_forty_texts_are_listed(words, number, expected):
    assert words(lambda ax: [ax.text(0, 0, "a") for _ in range(number)]) == [expected]


def test_lines_without_a_name_are_described_together(words):
    assert words(lambda ax: ax.plot([0, 1], [[1, 2], [3, 4]])) == [
        "2 lines: 4 points, x 0, 1, 0, 1, y 1, 3, 2, 4"
    ]


def test_lines_across_the_axes_have_their_place(words):
    def draw(ax):
        ax.axhline(0.5, label="half")
        ax.axvline(7)

    assert words(draw) == ['line "half": level, at y 0.5', "line: upright, at x 7"]


def test_axes_have_labels_scales_and_named_ticks(words):
    def draw(ax):
        ax.bar(["a", "b"], [1, 20], label="time")
        ax.set(xlabel="layer", ylabel="time (ms)", yscale="log", title="Time")
        ax.legend()

    assert words(draw) == [
        '"Time"',
        'x axis: "layer", ticks a, b',
        'y axis: "time (ms)", log scale',
        '2 bars "time", y 1, 20',
        "legend: time",
    ]


def test_ticks_that_were_set_by_hand_are_listed(words):
    assert words(lambda ax: ax.set_xticks([0, 1], ["conv\n1", "pool"])) == [
        "x axis: ticks conv 1, pool"
    ]


def test_lying_bars_are_measured_along_x(words):
    assert words(lambda ax: ax.barh([0, 1], [1.5, 2.5]), measured="x") == ["2 bars, x ~1.5, ~2.5"]


def test_intervals_belong_to_their_points(words):
    def draw(ax):
        ax.errorbar([1, 2], [0, 1], xerr=[[0.5, 0.5], [1, 1]], fmt="o", capsize=4, label="mean")

    assert words(draw) == [
        'points with intervals "mean": 2 points, x 1, 2, y 0, 1; '
        "the intervals: x 0.5 to 3, y 0 to 1"
    ]


def test_areas_shapes_arrows_and_texts_are_described(words):
    def draw(ax):
        ax.fill_between([1, 2], [0, 1], [2, 3], label="interval")
        ax.add_patch(plt.Rectangle((0.5, 0), 2, 1))
        ax.annotate("", (1, 1), (0, 0), arrowprops={"arrowstyle": "->"})
        ax.text(0, 0, "ln\n10")

    assert words(draw) == [
        'area "interval": x 1 to 2, y 0 to 3',
        "1 shape: x 0.5 to 2.5, y 0 to 1",
        "1 arrow",
        "texts: ln 10",
    ]


def test_panels_are_described_one_by_one(words):
    def draw(axes):
        axes[0].plot([1, 2], [3, 4])
        axes[1].set_title("empty")
        axes[0].figure.legend(axes[0].lines, ["loss"])

    assert words(draw, 2) == [
        "panel 1:",
        "  line: 2 points, x 1, 2, y 3, 4",
        'panel 2: "empty"',
        "legend: loss",
    ]


def test_a_grid_of_images_is_described_as_one(words):
    images = [numpy.zeros((4, 5)), numpy.full((4, 5, 3), 255, dtype="uint8")]
    assert words(lambda axes: dh.show_images(images, 1, 2, ["a", "b"], axes=axes), 2) == [
        "2 images of 4 x 5, 4 x 5 x 3, values 0 to 255, mean 191",
        "titles: a; b",
    ]


def test_texts_in_a_grid_of_images_are_listed(words):
    def draw(axes):
        dh.show_images([numpy.zeros((4, 4))] * 2, 1, 2, axes=axes)
        axes[1].text(0, 0, "two\nlines")

    assert words(draw, 2)[1:] == ["texts: two lines"]


@pytest.mark.parametrize(
    "draw_more",
    [
        lambda ax: ax.axis("on"),
        lambda ax: ax.plot([1, 2]),
        lambda ax: ax.imshow(numpy.zeros((2, 2))),
        lambda ax: ax.bar([0], [1]),
    ],
    ids=["axes", "line", "second image", "bar"],
)
def test_images_with_something_else_are_described_panel_by_panel(words, draw_more):
    def draw(axes):
        dh.show_images([numpy.zeros((4, 4))] * 2, 1, 2, axes=axes)
        draw_more(axes[1])

    lines = words(draw, 2)
    assert lines[:2] == ["panel 1:", "  1 image of 4 x 4, values 0 to 0, mean 0"]
    assert lines[2] == "panel 2:"


def test_an_image_has_its_values(words):
    image = numpy.array([[0, 1], [numpy.nan, 0.5]])
    assert words(lambda ax: ax.imshow(image), measured="v") == [
        "1 image of 2 x 2, values ~0 to ~1, mean ~0.5"
    ]


def test_an_image_without_a_finite_value_has_its_size(words):
    image = numpy.full((2, 3), numpy.nan)
    assert words(lambda ax: ax.imshow(image)) == ["1 image of 2 x 3, no finite values"]


def test_scattered_points_have_their_places(words):
    assert words(lambda ax: ax.scatter([10, 20], [100, 200], label="nets")) == [
        'points "nets": 2 points, x 10, 20, y 100, 200'
    ]


def test_points_without_their_intervals_are_points(words):
    assert words(lambda ax: ax.errorbar([1, 2], [3, 4])) == ["points: 2 points, x 1, 2, y 3, 4"]


def test_intervals_of_bars_have_their_ends(words):
    found = words(lambda ax: ax.bar([0, 1], [3, 4], yerr=[1, 2]))
    assert "intervals: x 0 to 1, y 2 to 6" in found


def test_a_figure_with_contours_has_a_text(words):
    words(lambda ax: ax.contour(numpy.eye(3), levels=[5]))


def test_only_what_was_measured_gets_a_mark(words):
    def draw(ax):
        ax.plot([1, 2], [3, 4])

    assert words(draw, measured="y") == ["line: 2 points, x 1, 2, y ~3, ~4"]
    assert words(draw, measured="xy") == ["line: 2 points, x ~1, ~2, y ~3, ~4"]


@pytest.mark.parametrize(
    "change",
    [
        lambda line, ax: line.set_ydata([3, 5]),
        lambda line, ax: line.set_data(line.get_ydata(), line.get_xdata()),
        lambda line, ax: ax.get_legend().remove(),
        lambda line, ax: ax.set_xlabel("epochs"),
        lambda line, ax: ax.set_yscale("log"),
    ],
    ids=["curve", "axes swapped", "legend", "label", "scale"],
)
def test_what_changes_in_a_figure_changes_its_words(words, change):
    def draw(ax):
        (line,) = ax.plot([1, 2], [3, 4], label="loss")
        ax.set(xlabel="epoch")
        ax.legend()
        return line, ax

    assert words(draw) != words(lambda ax: change(*draw(ax)))
