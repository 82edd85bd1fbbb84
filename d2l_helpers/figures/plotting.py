"""Pictures: lines, image grids, live curves (lessons 00, 06, 09)."""

import itertools

from d2l_helpers.figures.show import figure_output, show
from d2l_helpers.notebook.session import in_notebook, watched
from d2l_helpers.utils.validation import as_numpy, check_whole_number

import matplotlib.pyplot as plt
import numpy
from IPython.display import display

# Okabe and Ito's palette: eight colours that colour-blind readers can tell apart.
BLUE, ORANGE, GREEN, PINK = "#0072B2", "#E69F00", "#009E73", "#CC79A7"
SKY, VERMILION, YELLOW, BLACK = "#56B4E9", "#D55E00", "#F0E442", "#000000"
PALETTE = (BLUE, ORANGE, GREEN, PINK, SKY, VERMILION, YELLOW, BLACK)
# Lines differ in dash as well as in colour.
LINE_STYLES = ("-", "--", "-.", ":")


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
            "axes.axisbelow": True,  # the grid behind bars
            "grid.alpha": 0.3,
            "lines.linewidth": 2,
            "image.cmap": "gray",
        }
    )


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

    Raises:
        ValueError: X has several lines, and Y another number of them.
    """

    def is_one_line(values):
        if hasattr(values, "ndim"):
            return values.ndim == 1
        return len(values) == 0 or not hasattr(values[0], "__len__")

    if Y is None:
        X, Y = None, X
    lines_y = [Y] if is_one_line(Y) else list(Y)
    if X is None:
        lines_x = [numpy.arange(len(y)) for y in lines_y]
    else:
        lines_x = [X] if is_one_line(X) else list(X)
        lines_x = lines_x * len(lines_y) if len(lines_x) == 1 else lines_x
    if len(lines_x) != len(lines_y):
        raise ValueError(f"X has {len(lines_x)} lines, and Y has {len(lines_y)}")
    if axes is None:
        _, axes = plt.subplots(figsize=figsize)
    legend = [legend] if isinstance(legend, str) else legend
    names = itertools.chain(legend or (), itertools.repeat(None))
    for number, (x, y, name) in enumerate(zip(lines_x, lines_y, names)):
        axes.plot(as_numpy(x), as_numpy(y), fmts[number % len(fmts)], label=name)
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
        imgs: images, one or more; those that the grid has no place for are left out. Each is a
            (height, width) array of NumPy or MXNet, or has 1, 3 (colours) or 4 (and opacity)
            channels, as its last axis or its first: (height, width, 3) or (3, height, width).
        num_rows, num_cols: of the grid.
        titles: one per image, or None.
        scale: inches per image.
        axes: the axes to draw into, num_rows * num_cols of them; default: a new figure.
        alt: text for those who cannot see the figure; with it the figure is shown at once.
        measured: "v" if the values of the images were measured, as in `figure`.

    Grey values are drawn from the smallest, black, to the largest, white. So are coloured ones
    that are out of range, 0 to 1 for floats and 0 to 255 for integers. Pixels that are not finite
    stay white.

    Returns:
        The axes, a flat array; None with `alt`, and where there are no images, which is printed.

    Raises:
        ValueError: an image of another shape, too few titles, or another number of axes.
        ValueError, TypeError: num_rows or num_cols is not a whole number from 1.
        TypeError: an image whose values are no real numbers.
    """
    num_rows = check_whole_number("num_rows", num_rows, at_least=1)
    num_cols = check_whole_number("num_cols", num_cols, at_least=1)
    chosen = itertools.islice(imgs, num_rows * num_cols)
    pictures = [_drawable(img, number) for number, img in enumerate(chosen)]
    if not pictures:
        print("There are no images to show.")
        return None
    titles = [] if titles is None else list(titles)
    if titles and len(titles) < len(pictures):
        raise ValueError(
            f"there are {len(titles)} titles for {len(pictures)} images: give one per image, or "
            "none"
        )
    axes = _grid(num_rows, num_cols, scale, axes)
    for number, (ax, picture) in enumerate(zip(axes, pictures)):
        ax.imshow(picture)
        if titles:
            ax.set_title(titles[number], fontsize=9)
    if alt:
        show(axes[0].figure, alt, measured)
        return None
    return axes


def _grid(num_rows, num_cols, scale, axes):
    """Return the axes of a grid of images, flat: those of a new figure, or those given."""
    if axes is None:
        figsize = (num_cols * scale, num_rows * scale)
        grid = dict(figsize=figsize, squeeze=False, layout="tight")
        _, axes = plt.subplots(num_rows, num_cols, **grid)
    axes = numpy.ravel(axes)
    if len(axes) != num_rows * num_cols:
        raise ValueError(
            f"a grid of {num_rows} x {num_cols} images needs {num_rows * num_cols} axes, and "
            f"{len(axes)} were given"
        )
    for ax in axes:
        ax.axis("off")
    return axes


def _drawable(img, number):
    """Return an image as matplotlib's imshow takes it; see `show_images`."""
    img = as_numpy(img)
    if img.dtype.kind not in "biuf":
        raise TypeError(f"image {number} has values of type {img.dtype}, and needs real numbers")
    shape = img.shape
    if img.ndim == 3:
        # A 3 x 3 kernel of a grey net, (1, 3, 3), is grey: hence the first axis comes first here.
        if img.shape[0] == 1 or img.shape[2] not in (1, 3, 4):
            img = img.transpose(1, 2, 0)
        if img.shape[2] == 1:
            img = img[:, :, 0]
    if img.ndim != 2 and (img.ndim != 3 or img.shape[2] not in (3, 4)):
        raise ValueError(
            f"image {number} has the shape {shape}, and must be (height, width), or with 1, 3 or 4 "
            "channels as its first or last axis: give a list of images, or a batch of them"
        )
    return img if img.ndim == 2 else _colours_in_range(img)


def _colours_in_range(img):
    """Return colours from 0 to 1, or integers from 0 to 255; imshow itself clips, and logs it."""
    if img.dtype in (bool, "float16"):  # of which imshow takes no colours
        img = img.astype("float32")
    finite = numpy.isfinite(img)
    values = img[finite]
    highest = 1 if img.dtype.kind == "f" else 255
    if values.size and (values.min() < 0 or values.max() > highest):
        values = values.astype("float64")
        low, high = values.min(), values.max()
        img = (img - low) / (high - low or 1)
    return img if finite.all() else numpy.where(finite.all(axis=2, keepdims=True), img, 1.0)


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
            y: the heights, one per line; None adds nothing to that line.
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
        fig = self._figure()
        data, metadata = figure_output(fig, alt, measured)
        plt.close(fig)
        if self.handle is None:
            self.handle = display(data, metadata=metadata, raw=True, display_id=True)
        else:
            self.handle.update(data, metadata=metadata, raw=True)

    def _figure(self):
        return plot(self.X, self.Y, **self.axes_settings).figure


class TrainingCurves(Animator):
    """Training loss, training accuracy and test accuracy against the epoch, in two panels.

    Args:
        num_epochs: how long the training run will be.
    """

    def __init__(self, num_epochs):
        super().__init__()
        self.xlim = [0, 1.03 * num_epochs]

    def _figure(self):
        fig, (left, right) = plt.subplots(1, 2, figsize=(9, 3.4), layout="tight")
        plot(self.X[:1], self.Y[:1], "epoch", "training loss", xlim=self.xlim, axes=left)
        # Markers, since one epoch gives one test accuracy.
        legend, fmts = ["train acc", "test acc"], ("-", "o--")
        plot(self.X[1:], self.Y[1:], "epoch", "accuracy", legend, self.xlim, fmts=fmts, axes=right)
        return fig
