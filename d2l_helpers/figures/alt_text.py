"""A figure in words: its axes, lines, bars and images (lesson 00).

The text is for readers who cannot see the picture. The regression compares it too, because the
picture itself differs by a few pixels between versions of Matplotlib.
"""

import numpy
from matplotlib.category import StrCategoryFormatter
from matplotlib.container import BarContainer, ErrorbarContainer
from matplotlib.ticker import FixedFormatter, FuncFormatter

# Up to so many numbers or texts are listed; for more, their range or their number is given.
MAX_NUMBERS, MAX_TEXTS = 8, 40
# Formatters of ticks that were set by hand; set_xticks(places, names) makes a function.
NAMED_TICKS = (FixedFormatter, FuncFormatter, StrCategoryFormatter)


def describe(fig, measured=""):
    """Return the contents of a figure as lines of text.

    Args:
        fig: a matplotlib figure, after it was drawn.
        measured: which of its numbers were measured on this machine and get a ~: those along
            "x" or "y" ("xy": both), the values of images, "v".
    """
    marks = {name: "~" if name in measured else "" for name in "xyv"}
    if len(fig.axes) == 1:
        return [*_title(fig.axes[0]), *_content(fig.axes[0], marks)]
    if all(_holds_an_image_alone(ax) for ax in fig.axes):
        return list(_grid_of_images(fig.axes, marks))
    lines = []
    for number, ax in enumerate(fig.axes, start=1):
        lines.append(" ".join([f"panel {number}:", *_title(ax)]))
        lines += [f"  {line}" for line in _content(ax, marks)]
    return [*lines, *(_legend_text(legend) for legend in fig.legends)]


def _content(ax, marks):
    for part in (_axes, _images, _bars, _points_with_intervals, _lines, _shapes, _texts, _legend):
        yield from part(ax, marks)


def _title(ax):
    if ax.get_title():
        yield f'"{_one_line(ax.get_title())}"'


def _axes(ax, marks):
    """Yield label, scale and named ticks of both axes, where there are any."""
    for name, axis in (("x", ax.xaxis), ("y", ax.yaxis)) if ax.axison else ():
        parts = [f'"{_one_line(axis.get_label_text())}"'] if axis.get_label_text() else []
        if axis.get_scale() != "linear":
            parts.append(f"{axis.get_scale()} scale")
        if isinstance(axis.get_major_formatter(), NAMED_TICKS):
            ticks = filter(None, (_one_line(tick.get_text()) for tick in axis.get_ticklabels()))
            parts += [f"ticks {text}" for text in [", ".join(ticks)] if text]
        if parts:
            yield f"{name} axis: {', '.join(parts)}"


def _images(ax, marks):
    if ax.images:
        yield _sizes_and_values(ax.images, marks["v"])


def _sizes_and_values(images, mark):
    arrays = [numpy.ma.masked_invalid(image.get_array()) for image in images]
    sizes = dict.fromkeys(" x ".join(map(str, array.shape)) for array in arrays)
    values = numpy.concatenate([array.compressed() for array in arrays]).astype("float64")
    what = _count(len(images), "image")
    if not values.size:
        return f"{what} of {', '.join(sizes)}, no finite values"
    mean = f"{mark}{_rounded(values.mean())}"
    return f"{what} of {', '.join(sizes)}, values {_extent(values, mark)}, mean {mean}"


def _holds_an_image_alone(ax):
    others = [*ax.lines, *ax.patches, *ax.collections, *ax.containers]
    return not ax.axison and not others and len(ax.images) < 2


def _grid_of_images(axes, marks):
    yield _sizes_and_values([image for ax in axes for image in ax.images], marks["v"])
    titles = [_one_line(ax.get_title()) for ax in axes if ax.get_title()]
    if titles:
        yield "titles: " + "; ".join(titles)
    texts = [_one_line(text.get_text()) for ax in axes for text in ax.texts]
    if texts:
        yield "texts: " + "; ".join(texts)


def _bars(ax, marks):
    for bars in ax.containers:
        if isinstance(bars, BarContainer):
            along = "x" if bars.orientation == "horizontal" else "y"
            lengths = _numbers(bars.datavalues, marks[along])
            yield f"{_count(len(bars), 'bar')}{_name(bars)}, {along} {lengths}"


def _points_with_intervals(ax, marks):
    for container in ax.containers:
        if isinstance(container, ErrorbarContainer):
            points, _, intervals = container.lines
            name = _name(container)
            at = _points(points.get_xydata(), marks) if points is not None else None
            ends = [path.vertices for bars in intervals for path in bars.get_paths()]
            reach = _ranges(numpy.concatenate(ends), marks) if ends else None
            if at and reach:
                yield f"points with intervals{name}: {at}; the intervals: {reach}"
            elif at:
                yield f"points{name}: {at}"
            elif reach:  # such as those of bars
                yield f"intervals{name}: {reach}"


def _lines(ax, marks):
    """Yield each line that has a name, then the others together."""
    of_intervals = _parts_of_intervals(ax)
    others = []
    for line in ax.lines:
        if line in of_intervals:
            continue
        if line.get_transform() is ax.get_xaxis_transform(which="grid"):
            yield f"line{_name(line)}: upright, at x {_numbers(line.get_xdata()[:1], marks['x'])}"
        elif line.get_transform() is ax.get_yaxis_transform(which="grid"):
            yield f"line{_name(line)}: level, at y {_numbers(line.get_ydata()[:1], marks['y'])}"
        elif _name(line):
            yield f"line{_name(line)}: {_points(line.get_xydata(), marks)}"
        else:
            others.append(line.get_xydata())
    if others:
        what = "line" if len(others) == 1 else f"{len(others)} lines"
        yield f"{what}: {_points(numpy.concatenate(others), marks)}"


def _parts_of_intervals(ax):
    parts = set()
    for container in ax.containers:
        if isinstance(container, ErrorbarContainer):
            points, caps, intervals = container.lines
            parts |= {points, *caps, *intervals}
    return parts


def _points(points, marks):
    """Return points, (num, 2), as text."""
    x, y = points.T
    ranges = f"x {_numbers(x, marks['x'])}, y {_numbers(y, marks['y'])}"
    return f"{_count(len(points), 'point')}, {ranges}"


def _shapes(ax, marks):
    """Yield scattered points, areas, shapes that are not bars, and arrows."""
    for area in ax.collections:
        if area.get_offset_transform() == ax.transData:  # a mark at each point
            places = numpy.ma.masked_invalid(area.get_offsets())
            drawn = places.data[~numpy.ma.getmaskarray(places).any(axis=1)]
            yield f"points{_name(area)}: {_points(drawn, marks)}"
        elif area not in _parts_of_intervals(ax):
            outlines = [path.vertices for path in area.get_paths() if len(path.vertices)]
            if outlines:  # a level without a contour has none
                yield f"area{_name(area)}: {_ranges(numpy.concatenate(outlines), marks)}"
    bars = {bar for container in ax.containers for bar in container.get_children()}
    shapes = [
        shape.get_patch_transform().transform(shape.get_path().vertices)
        for shape in ax.patches
        if shape not in bars
    ]
    if shapes:
        yield f"{_count(len(shapes), 'shape')}: {_ranges(numpy.concatenate(shapes), marks)}"
    arrows = [text for text in ax.texts if getattr(text, "arrow_patch", None)]
    if arrows:
        yield _count(len(arrows), "arrow")


def _texts(ax, marks):
    texts = [_one_line(text.get_text()) for text in ax.texts if text.get_text()]
    if len(texts) > MAX_TEXTS:
        yield f"{len(texts)} texts"
    elif texts:
        yield "texts: " + "; ".join(texts)


def _legend(ax, marks):
    if ax.get_legend():
        yield _legend_text(ax.get_legend())


def _legend_text(legend):
    return "legend: " + "; ".join(text.get_text() for text in legend.get_texts())


def _name(artist):
    """Return the label of an artist in quotes, if it has one; Matplotlib's own begin with _."""
    label = str(artist.get_label() or "")
    return "" if label.startswith("_") or not label else f' "{_one_line(label)}"'


def _numbers(values, mark):
    """Return a few numbers, or the range of many, rounded to three digits."""
    if len(values) > MAX_NUMBERS:
        return _extent(values, mark)
    return ", ".join(f"{mark}{_rounded(value)}" for value in values)


def _ranges(points, marks):
    x, y = points.T
    return f"x {_extent(x, marks['x'])}, y {_extent(y, marks['y'])}"


def _extent(values, mark):
    return f"{mark}{_rounded(numpy.nanmin(values))} to {mark}{_rounded(numpy.nanmax(values))}"


def _rounded(value):
    """Return a number rounded to three digits, as text."""
    rounded = float(f"{float(value):.3g}")
    return f"{rounded:,.0f}" if abs(rounded) >= 1000 else f"{rounded:.3g}"


def _count(number, what):
    return f"{number} {what}" if number == 1 else f"{number} {what}s"


def _one_line(text):
    return " ".join(text.split())
