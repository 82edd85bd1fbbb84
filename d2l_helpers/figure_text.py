"""A figure in words: what its axes, lines, bars and images hold.

It is what a reader who cannot see the picture gets, and what the regression compares, since the
picture itself differs by a few pixels from one version of Matplotlib to the next.
"""

import numpy
from matplotlib.category import StrCategoryFormatter
from matplotlib.collections import LineCollection
from matplotlib.container import BarContainer
from matplotlib.ticker import FixedFormatter

# So many numbers or texts are listed; of more, their range or how many they are.
MOST_NUMBERS, MOST_TEXTS = 8, 40


def describe(fig, measured=""):
    """Return what a figure holds as lines of text, made from what was drawn.

    Args:
        fig: a matplotlib figure, after it was drawn.
        measured: which of its numbers were measured on this machine and get a ~: those along
            "x" or "y", or both, "xy", and the values of images, "v".
    """
    marks = {name: "~" if name in measured else "" for name in "xyv"}
    lines = []
    for number, ax in enumerate(fig.axes, start=1):
        parts = [*_axes(ax), *_images(ax, marks), *_bars(ax, marks), *_lines(ax, marks)]
        parts += [*_shapes(ax, marks), *_texts(ax), *_legend(ax)]
        if len(fig.axes) == 1:
            return [*_title(ax), *parts]
        lines += [" ".join([f"panel {number}:", *_title(ax)]), *(f"  {part}" for part in parts)]
    return lines


def _title(ax):
    if ax.get_title():
        yield f'"{_one_line(ax.get_title())}"'


def _axes(ax):
    """Give label, scale and named ticks of both axes, where they have any of these."""
    for name, axis in (("x", ax.xaxis), ("y", ax.yaxis)) if ax.axison else ():
        parts = [f'"{_one_line(axis.get_label_text())}"'] if axis.get_label_text() else []
        if axis.get_scale() != "linear":
            parts.append(f"{axis.get_scale()} scale")
        if isinstance(axis.get_major_formatter(), (FixedFormatter, StrCategoryFormatter)):
            ticks = [_one_line(tick.get_text()) for tick in axis.get_ticklabels()]
            parts.append("ticks " + ", ".join(filter(None, ticks)))
        if parts:
            yield f"{name} axis: {', '.join(parts)}"


def _images(ax, marks):
    for image in ax.images:
        values = numpy.ma.masked_invalid(image.get_array())
        height, width = values.shape[:2]
        kind = "image" if values.ndim == 2 else "colour image"
        yield f"{kind} of {height} x {width}, values {_numbers(values.compressed(), marks['v'])}"


def _bars(ax, marks):
    for bars in ax.containers:
        if isinstance(bars, BarContainer):
            along = "x" if bars.orientation == "horizontal" else "y"
            lengths = _numbers(bars.datavalues, marks[along])
            yield f"{_count(len(bars), 'bar')}{_name(bars)}, {along} {lengths}"


def _lines(ax, marks):
    """Give each line with a name of its own; the others together."""
    named = [line for line in ax.lines if _name(line)]
    for line in named:
        yield f"line{_name(line)}: {_points(line.get_xydata(), marks)}"
    others = [line.get_xydata() for line in ax.lines if line not in named]
    if len(others) == 1:
        yield f"line: {_points(others[0], marks)}"
    elif others:
        yield f"{len(others)} lines: {_points(numpy.concatenate(others), marks)}"


def _points(points, marks):
    """Return points, (num, 2), as text."""
    x, y = points.T
    if len(points) == 2 and x[0] == x[1] and y[0] != y[1]:
        return f"upright, at x {_numbers(x[:1], marks['x'])}"
    if len(points) == 2 and y[0] == y[1]:
        return f"level, at y {_numbers(y[:1], marks['y'])}"
    ranges = f"x {_numbers(x, marks['x'])}, y {_numbers(y, marks['y'])}"
    return f"{_count(len(points), 'point')}, {ranges}"


def _shapes(ax, marks):
    """Give areas, intervals, and drawn shapes that are no bars."""
    for collection in ax.collections:
        points = numpy.concatenate([path.vertices for path in collection.get_paths()])
        kind = "intervals" if isinstance(collection, LineCollection) else "area"
        yield f"{kind}{_name(collection)}: {_ranges(points, marks)}"
    bars = {patch for container in ax.containers for patch in container}
    shapes = [
        patch.get_patch_transform().transform(patch.get_path().vertices)
        for patch in ax.patches
        if patch not in bars
    ]
    if shapes:
        ranges = _ranges(numpy.concatenate(shapes), marks)
        yield f"{_count(len(shapes), 'shape')}: {ranges}"
    arrows = [text for text in ax.texts if getattr(text, "arrow_patch", None)]
    if arrows:
        yield _count(len(arrows), "arrow")


def _ranges(points, marks):
    return ", ".join(
        f"{name} {_extent(values, marks[name])}" for name, values in zip("xy", points.T)
    )


def _texts(ax):
    texts = [_one_line(text.get_text()) for text in ax.texts if text.get_text()]
    if len(texts) > MOST_TEXTS:
        yield f"{len(texts)} texts"
    elif texts:
        yield "texts: " + "; ".join(texts)


def _legend(ax):
    if ax.get_legend():
        yield "legend: " + "; ".join(text.get_text() for text in ax.get_legend().get_texts())


def _name(artist):
    """Return the name of an artist in quotes; Matplotlib's own names begin with _."""
    label = str(artist.get_label())
    return "" if label.startswith("_") or not label else f' "{_one_line(label)}"'


def _numbers(values, mark):
    """Return a few numbers, or the range of many, to three digits."""
    if len(values) > MOST_NUMBERS:
        return _extent(values, mark)
    return ", ".join(f"{mark}{_rounded(value)}" for value in values)


def _extent(values, mark):
    values = numpy.asarray(values)[numpy.isfinite(values)]
    if not len(values):
        return "none"
    return f"{mark}{_rounded(values.min())} to {mark}{_rounded(values.max())}"


def _rounded(value):
    return f"{float(value):.3g}"


def _count(number, what):
    return f"{number} {what}" if number == 1 else f"{number} {what}s"


def _one_line(text):
    return " ".join(text.split())
