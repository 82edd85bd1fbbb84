"""Pictures: lines, image grids, live curves, a net drawn to scale."""

import itertools

from d2l_helpers.display import figure_output, in_notebook, show, watched
from d2l_helpers.shapes import CONVOLUTIONS, POOLINGS, layer_table, leaf_layers

import matplotlib.pyplot as plt
import numpy
from IPython.display import display
from mxnet.gluon import nn

# Okabe and Ito's palette: eight colours that colour-blind readers can tell apart.
BLUE, ORANGE, GREEN, PINK = "#0072B2", "#E69F00", "#009E73", "#CC79A7"
SKY, VERMILION, YELLOW, BLACK = "#56B4E9", "#D55E00", "#F0E442", "#000000"
PALETTE = (BLUE, ORANGE, GREEN, PINK, SKY, VERMILION, YELLOW, BLACK)
# Lines differ in dash as well as in colour.
LINE_STYLES = ("-", "--", "-.", ":")
STAGE_COLOURS = {"input": "0.6", "conv": BLUE, "pool": GREEN, "dense": ORANGE}


def use_course_style():
    """Set matplotlib's defaults: sizes that can be read when projected, the palette, a grid."""
    plt.rcParams.update(
        {
            "figure.figsize": (6.4, 3.6),
            "font.size": 11,
            "axes.prop_cycle": plt.cycler(color=PALETTE),
            "axes.grid": True,
            "axes.spines.top": False,
            "axes.spines.right": False,
            "grid.alpha": 0.3,
            "lines.linewidth": 2,
            "image.cmap": "gray",
        }
    )


def to_numpy(values):
    """Return MXNet or other array-like values as a NumPy array."""
    return values.asnumpy() if hasattr(values, "asnumpy") else numpy.asarray(values)


def plot(
    X,
    Y=None,
    xlabel=None,
    ylabel=None,
    legend=None,
    xlim=None,
    ylim=None,
    xscale="linear",
    yscale="linear",
    fmts=LINE_STYLES,
    figsize=(6.4, 3.6),
    axes=None,
    *,
    alt=None,
    measured="",
):
    """Plot lines, with the arguments of `d2l.plot`.

    Args:
        X, Y: one line or a list of lines; with Y missing, X holds the heights.
        xlabel, ylabel, legend, xlim, ylim, xscale, yscale: of the axes.
        fmts: format of each line, used again from the start when there are more lines.
        figsize: in inches, of a new figure.
        axes: where to draw; default: a new figure.
        alt: text for those who cannot see the figure; with it the figure is shown at once.
        measured: which numbers were measured, as in `figure`.

    Returns:
        The axes; None with `alt`.
    """

    def is_one_line(values):
        if hasattr(values, "ndim"):
            return values.ndim == 1
        return not hasattr(values[0], "__len__")

    if Y is None:
        X, Y = None, X
    lines_y = [Y] if is_one_line(Y) else list(Y)
    if X is None:
        lines_x = [numpy.arange(len(y)) for y in lines_y]
    else:
        lines_x = [X] if is_one_line(X) else list(X)
        lines_x = lines_x * len(lines_y) if len(lines_x) == 1 else lines_x
    if axes is None:
        _, axes = plt.subplots(figsize=figsize)
    names = itertools.chain(legend or (), itertools.repeat(None))
    for number, (x, y, name) in enumerate(zip(lines_x, lines_y, names)):
        axes.plot(to_numpy(x), to_numpy(y), fmts[number % len(fmts)], label=name)
    axes.set(xlabel=xlabel, ylabel=ylabel, xscale=xscale, yscale=yscale)
    axes.set(**{k: v for k, v in {"xlim": xlim, "ylim": ylim}.items() if v is not None})
    if legend:
        axes.legend()
    if alt:
        show(axes.figure, alt, measured)
        return None  # the figure is closed, and a cell that ends with this call shows no more
    return axes


def show_images(
    imgs, num_rows, num_cols, titles=None, scale=1.5, *, axes=None, alt=None, measured=""
):
    """Draw a grid of images, with the arguments of `d2l.show_images`.

    Args:
        imgs: images as (height, width), (1, height, width) or (height, width, 3) arrays.
        num_rows, num_cols: of the grid.
        titles: one an image, or None.
        scale: inches an image.
        axes: an array of axes to draw into; default: a new figure.
        alt: text for those who cannot see the figure; with it the figure is shown at once.
        measured: "v" if the values of the images were measured, as in `figure`.

    Returns:
        The axes, a flat array; None with `alt`.
    """
    if axes is None:
        figsize = (num_cols * scale, num_rows * scale)
        _, axes = plt.subplots(num_rows, num_cols, figsize=figsize, squeeze=False)
    axes = axes.flatten()
    for ax in axes:
        ax.axis("off")
    for number, (ax, img) in enumerate(zip(axes, imgs)):
        img = to_numpy(img)
        ax.imshow(img[0] if img.ndim == 3 and img.shape[0] == 1 else img)
        if titles:
            ax.set_title(titles[number], fontsize=9)
    axes[0].figure.tight_layout()
    if alt:
        show(axes[0].figure, alt, measured)
        return None
    return axes


class Animator:
    """Draws lines that grow while a person watches, and one static figure in the end.

    Same arguments and `add` as `d2l.Animator`, which clears its output and draws SVG: both
    make a stored notebook differ from run to run.

    Args:
        xlabel, ylabel, legend, xlim, ylim, xscale, yscale, fmts, figsize: as in `plot`.
    """

    def __init__(
        self,
        xlabel=None,
        ylabel=None,
        legend=None,
        xlim=None,
        ylim=None,
        xscale="linear",
        yscale="linear",
        fmts=LINE_STYLES,
        figsize=(6.4, 3.6),
    ):
        self.axes_settings = dict(
            xlabel=xlabel,
            ylabel=ylabel,
            legend=legend,
            xlim=xlim,
            ylim=ylim,
            xscale=xscale,
            yscale=yscale,
            fmts=fmts,
            figsize=figsize,
        )
        self.X, self.Y = [], []
        self.handle = None

    def add(self, x, y):
        """Add one point to each line, and redraw if a person watches.

        Args:
            x: the position, one number for all lines or a sequence.
            y: the heights, one a line; None adds nothing to that line.
        """
        y = y if hasattr(y, "__len__") else [y]
        x = x if hasattr(x, "__len__") else [x] * len(y)
        if not self.X:
            self.X, self.Y = [[] for _ in y], [[] for _ in y]
        for number, (a, b) in enumerate(zip(x, y)):
            if a is not None and b is not None:
                self.X[number].append(a)
                self.Y[number].append(b)
        if watched() == "jupyter":
            self._draw("training curves")

    def show(self, alt, measured=""):
        """Show the figure in its final state; alt and measured are as in `figure`."""
        if in_notebook() and self.X:
            self._draw(alt, measured)

    def _draw(self, alt, measured=""):
        axes = plot(self.X, self.Y, **self.axes_settings)
        data, metadata = figure_output(axes.figure, alt, measured)
        plt.close(axes.figure)
        if self.handle is None:
            self.handle = display(data, metadata=metadata, raw=True, display_id=True)
        else:
            self.handle.update(data, metadata=metadata, raw=True)


# Inches of the square root of one pixel, one channel and one unit in `draw_architecture`.
PIXEL_INCHES, CHANNEL_INCHES, UNIT_INCHES = 0.13, 0.026, 0.03
# Depth is drawn foreshortened, up and to the right.
FORESHORTENING = 0.3
LINE_INCHES = 0.17


def draw_architecture(net, input_shape, *, title=None, max_width=9.0, alt=None):
    """Draw a net: each feature map as a block, each dense layer as a bar, to scale.

    Height and depth of a block are those of the map, its length the number of channels; the
    height of a bar is the number of units. All lengths are drawn as square roots, else nothing
    could be seen beside a 224 x 224 image; the picture says so. The scale is the same for every
    net, so that two pictures can be compared. Layers that only change values (dropout,
    normalization) are named below the layer before them.

    Args:
        net: a Sequential or HybridSequential, initialized or not; nothing is computed.
        input_shape: (batch, channel, height, width).
        title: above the picture, or None.
        max_width: the widest that the picture may become, in inches, before its lines wrap.
        alt: text for those who cannot see the figure; with it the figure is shown at once.

    Returns:
        The axes, in inches; None with `alt`.

    Raises:
        ValueError: as `layer_table`.
    """
    stages = [stage | {"ink": _block_inches(stage["shape"])} for stage in _stages(net, input_shape)]
    # Each stage takes the room of its drawing or of its label, whichever is wider.
    room = [max(stage["ink"][0], 0.085 * _text_width(stage)) + 0.12 for stage in stages]
    rows = _wrap(room, max_width)
    width = max(sum(room[number] for number in row) for row in rows)
    below = LINE_INCHES * max(len(stage["lines"]) for stage in stages) + 0.15
    above = 2 * LINE_INCHES + 0.1
    row_heights = [max(stages[n]["ink"][1] for n in row) + below + above for row in rows]
    fig, ax = plt.subplots(figsize=(width, sum(row_heights) + 0.25))
    fig.subplots_adjust(left=0, right=1, bottom=0, top=1)
    base = sum(row_heights)
    for row, height in zip(rows, row_heights):
        base -= height
        x = 0.0
        for number in row:
            _draw_stage(ax, stages[number], x, room[number], base + below)
            x += room[number]
    ax.text(
        0.06,
        0.0,
        "All lengths are square roots of the numbers of pixels, channels and units.",
        fontsize=9,
        color="0.35",
        va="top",
    )
    ax.set(xlim=(0, width), ylim=(-0.25, sum(row_heights)), aspect="equal")
    ax.axis("off")
    if title:
        ax.set_title(title)
    if alt:
        show(fig, alt)
        return None
    return ax


def _stages(net, input_shape):
    """Return what `draw_architecture` draws: shape, kind and label lines of each stage."""
    stages = [{"shape": tuple(input_shape[1:]), "kind": "input", "lines": ["input"]}]
    shapes = layer_table(net, input_shape)["output_shape"]
    for layer, shape in zip(leaf_layers(net), shapes):
        kind = type(layer).__name__
        if isinstance(layer, CONVOLUTIONS + POOLINGS):
            settings = layer._kwargs
            prefix = "conv" if isinstance(layer, CONVOLUTIONS) else settings["pool_type"] + " pool"
            lines = [prefix, "{}×{}".format(*settings["kernel"])]
            if settings["stride"][0] > 1:
                lines.append(f"stride {settings['stride'][0]}")
            if settings.get("num_group", 1) > 1:
                lines.append(f"{settings['num_group']} groups")
            kind = "conv" if isinstance(layer, CONVOLUTIONS) else "pool"
        elif isinstance(layer, nn.Dense):
            kind, lines = "dense", ["dense"]
        elif shape[1:] == stages[-1]["shape"]:
            stages[-1]["lines"].append(kind.lower())
            continue
        else:
            lines = [kind.lower()]
        if getattr(layer, "act", None) is not None:
            lines.append(layer.act._act_type)
        stages.append({"shape": tuple(shape[1:]), "kind": kind, "lines": lines})
    return stages


def _block_inches(shape):
    """Return width and height in inches of the drawing of a map or of a dense layer."""
    if len(shape) == 1:
        return 0.16, UNIT_INCHES * shape[0] ** 0.5
    channels, height, width = shape
    depth = FORESHORTENING * PIXEL_INCHES * width**0.5
    return CHANNEL_INCHES * channels**0.5 + depth, PIXEL_INCHES * height**0.5 + depth


def _shape_lines(shape):
    """Return a shape as the lines of a label."""
    return [f"{shape[0]:,}"] if len(shape) == 1 else [f"{shape[0]} ×", f"{shape[1]}×{shape[2]}"]


def _text_width(stage):
    return max(map(len, stage["lines"] + _shape_lines(stage["shape"])))


def _wrap(room, max_width):
    """Return the numbers of the stages in rows that are at most `max_width` wide."""
    rows, used = [[]], 0.0
    for number, width in enumerate(room):
        if rows[-1] and used + width > max_width:
            rows.append([])
            used = 0.0
        rows[-1].append(number)
        used += width
    return rows


def _draw_stage(ax, stage, left, room, base):
    """Draw one stage into the inches from `left` on, standing on `base`, labels around it."""
    colour = STAGE_COLOURS.get(stage["kind"], PINK)
    middle = left + room / 2
    ink_width, ink_height = stage["ink"]
    x = middle - ink_width / 2
    depth = 0.0
    if len(stage["shape"]) == 3:
        depth = FORESHORTENING * PIXEL_INCHES * stage["shape"][2] ** 0.5
    right, top = x + ink_width - depth, base + ink_height - depth
    faces = [([(x, base), (right, base), (right, top), (x, top)], 0.75)]
    if depth:
        faces += [
            (
                [(x, top), (right, top), (right + depth, top + depth), (x + depth, top + depth)],
                0.45,
            ),
            (
                [
                    (right, base),
                    (right + depth, base + depth),
                    (right + depth, top + depth),
                    (right, top),
                ],
                0.6,
            ),
        ]
    for corners, alpha in faces:
        ax.add_patch(plt.Polygon(corners, facecolor=colour, edgecolor="none", alpha=alpha))
        ax.add_patch(plt.Polygon(corners, fill=False, edgecolor="black", linewidth=0.8))
    ax.text(
        middle,
        base + ink_height + 0.05,
        "\n".join(_shape_lines(stage["shape"])),
        ha="center",
        va="bottom",
        fontsize=10,
    )
    ax.text(middle, base - 0.06, "\n".join(stage["lines"]), ha="center", va="top", fontsize=10)
