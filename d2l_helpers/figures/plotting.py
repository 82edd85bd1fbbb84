"""Pictures: lines, image grids, live curves."""

import itertools

from d2l_helpers.figures.show import figure_output, show
from d2l_helpers.notebook.session import in_notebook, watched

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
        The axes, a flat array; None with `alt`, and where there are no images, which is said.
    """
    if len(imgs) == 0:
        print("There are no images to show.")
        return None
    if axes is None:
        figsize = (num_cols * scale, num_rows * scale)
        grid = dict(figsize=figsize, squeeze=False, layout="tight")
        _, axes = plt.subplots(num_rows, num_cols, **grid)
    axes = axes.flatten()
    for ax in axes:
        ax.axis("off")
    for number, (ax, img) in enumerate(zip(axes, imgs)):
        img = to_numpy(img)
        ax.imshow(img[0] if img.ndim == 3 and img.shape[0] == 1 else img)
        if titles:
            ax.set_title(titles[number], fontsize=9)
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
        num_epochs: how long the training will be.
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
