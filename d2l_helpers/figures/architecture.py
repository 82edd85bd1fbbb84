"""A net drawn to scale (lesson 03)."""

from d2l_helpers.figures.plotting import BLUE, GREEN, ORANGE, PINK
from d2l_helpers.figures.show import show
from d2l_helpers.inspection.layer_table import (
    CONVOLUTIONS,
    POOLINGS,
    activation_name,
    conv_settings,
    layer_table,
    leaf_layers,
    without_parts,
)

import matplotlib.pyplot as plt
from mxnet.gluon import nn

STAGE_COLOURS = {"input": "0.6", "conv": BLUE, "pool": GREEN, "dense": ORANGE}
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
    normalization) are named below the layer before them; a block with parts of its own is one
    stage.

    Args:
        net: a Gluon net, initialized or not.
        input_shape: (batch, channel, height, width), or (batch, features).
        title: above the picture, or None.
        max_width: the widest that the picture may become, in inches, before its lines wrap.
        alt: text for those who cannot see the figure; with it the figure is shown at once.

    Returns:
        The axes, in inches; None with `alt`.

    Raises:
        ValueError: as `layer_table`, or a map has other axes than these.
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
        "Lengths: square roots of the pixels along a side, of the channels and of the units, "
        "each on a scale of its own.",
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
    table = layer_table(net, input_shape)
    layers = without_parts(table)
    for layer, name, shape in zip(leaf_layers(net), layers["layer"], layers["output_shape"]):
        if isinstance(shape, list):
            raise ValueError(f"{name} has {len(shape)} outputs, and the drawing is of one")
        kind, lines = type(layer).__name__, [type(layer).__name__.lower()]
        has_parts = table["layer"].str.startswith(f"{name}.").any()
        if isinstance(layer, CONVOLUTIONS + POOLINGS):
            kind, lines = _window_lines(layer)
        elif isinstance(layer, nn.Dense):
            kind, lines = "dense", ["dense"]
        elif shape[1:] == stages[-1]["shape"] and not has_parts:
            stages[-1]["lines"] += lines
            continue
        if activation_name(layer):
            lines.append(activation_name(layer))
        stages.append({"shape": tuple(shape[1:]), "kind": kind, "lines": lines})
    return stages


def _window_lines(layer):
    """Return the kind and the label lines of a convolution or a pooling."""
    settings = conv_settings(layer)
    if isinstance(layer, CONVOLUTIONS):
        kind = first = "conv"
    else:
        kind, first = "pool", "max pool" if isinstance(layer, nn.MaxPool2D) else "avg pool"
    lines = [first, "{}×{}".format(*settings["kernel"])]
    if settings["stride"][0] > 1:
        lines.append(f"stride {settings['stride'][0]}")
    if settings["groups"] > 1:
        lines.append(f"{settings['groups']} groups")
    return kind, lines


def _block_inches(shape):
    """Return width and height in inches of the drawing of a map or of a dense layer."""
    if len(shape) == 1:
        return 0.16, UNIT_INCHES * shape[0] ** 0.5
    if len(shape) != 3:
        raise ValueError(
            f"{shape} cannot be drawn: the drawing is of (channel, height, width) and (units)"
        )
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
