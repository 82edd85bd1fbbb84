// A net drawn to scale, as d2l_helpers/figures/architecture.py draws it.

"use strict";

{
  const { svg, grouped } = movingFigures;
  const COLOURS = { input: "#999999", conv: "#0072b2", pool: "#009e73", dense: "#e69f00" };
  const INCH = 96; // units of the drawing
  // Inches of the square root of one pixel, one channel and one unit.
  const [PIXEL, CHANNEL, UNIT, BAR] = [0.13, 0.026, 0.03, 0.16];
  // Depth is drawn foreshortened, up and to the right.
  const FORESHORTENING = 0.3;
  const [LINE, LETTER, GAP] = [0.17, 0.085, 0.12];
  const SHRUNK = 1.3; // a drawing may be so much wider than its place, and is shrunk to it

  // What is drawn: shape, kind and label lines of each stage. Layers that only change values are
  // named below the layer before them.
  function stagesOf(layers, rows, channels, size) {
    const stages = [{ shape: [channels, size, size], kind: "input", lines: ["input"] }];
    rows.forEach(({ shape }, number) => {
      const layer = layers[number];
      if (layer.kernel === undefined && layer.type !== "Dense") {
        stages.at(-1).lines.push(layer.type.toLowerCase());
        return;
      }
      const kind = { Conv2D: "conv", Dense: "dense" }[layer.type] ?? "pool";
      const lines = kind === "dense" ? ["dense"] : windowLines(layer);
      if (layer.activation) lines.push(layer.activation);
      stages.push({ shape, kind, lines });
    });
    return stages;
  }

  function windowLines({ type, kernel, stride, groups }) {
    const lines = [
      { Conv2D: "conv", MaxPool2D: "max pool", AvgPool2D: "avg pool" }[type],
      `${kernel}×${kernel}`,
    ];
    if (stride > 1) lines.push(`stride ${stride}`);
    if (groups > 1) lines.push(`${groups} groups`);
    return lines;
  }

  // Width, height and depth in inches of a block, or of the bar of a dense layer.
  function inchesOf(shape) {
    if (shape.length === 1) return { width: BAR, height: UNIT * Math.sqrt(shape[0]), depth: 0 };
    const [channels, height, width] = shape.map(Math.sqrt);
    return {
      width: CHANNEL * channels,
      height: PIXEL * height,
      depth: FORESHORTENING * PIXEL * width,
    };
  }

  function shapeLines(shape) {
    if (shape.length === 1) return [grouped(shape[0])];
    return [`${shape[0]} ×`, `${shape[1]}×${shape[2]}`];
  }

  // The room that a stage takes: of its drawing or of its label, whichever is wider.
  function roomFor({ shape, lines }) {
    const { width, depth } = inchesOf(shape);
    const letters = Math.max(...[...lines, ...shapeLines(shape)].map((line) => line.length));
    return Math.max(width + depth, LETTER * letters) + GAP;
  }

  // The numbers of the stages in rows that are at most so many inches wide.
  function wrapped(rooms, widest) {
    const rows = [[]];
    let used = 0;
    rooms.forEach((room, number) => {
      if (rows.at(-1).length && used + room > widest) {
        rows.push([]);
        used = 0;
      }
      rows.at(-1).push(number);
      used += room;
    });
    return rows;
  }

  // The outlines of a block's faces in inches, front, top and side, from the left end of its base.
  function facesOf(left, base, { width, height, depth }) {
    const [right, top] = [left + width, base - height];
    const front = [
      [left, base],
      [right, base],
      [right, top],
      [left, top],
    ];
    if (!depth) return [{ corners: front, opacity: 0.75 }];
    const up = [
      [left, top],
      [right, top],
      [right + depth, top - depth],
      [left + depth, top - depth],
    ];
    const side = [
      [right, base],
      [right + depth, base - depth],
      [right + depth, top - depth],
      [right, top],
    ];
    return [
      { corners: front, opacity: 0.75 },
      { corners: up, opacity: 0.45 },
      { corners: side, opacity: 0.6 },
    ];
  }

  // Lines of text around a middle, the first one at a height.
  function label(lines, middle, top) {
    const line = (text, number) =>
      svg("tspan", { x: middle * INCH, y: (top + number * LINE) * INCH }, text);
    return svg("text", {}, ...lines.map(line));
  }

  // One stage, standing on `base`, in the middle of the room from `left` on.
  function drawStage(stage, left, room, base) {
    const ink = inchesOf(stage.shape);
    const middle = left + room / 2;
    const faces = facesOf(middle - (ink.width + ink.depth) / 2, base, ink).map(
      ({ corners, opacity }) => {
        const points = corners.map(([x, y]) => `${x * INCH},${y * INCH}`).join(" ");
        return svg("polygon", { points, fill: COLOURS[stage.kind], "fill-opacity": opacity });
      },
    );
    const above = shapeLines(stage.shape);
    const top = base - ink.height - ink.depth - 0.08 - LINE * (above.length - 1);
    const names = label(stage.lines, middle, base + LINE);
    const drawn = svg("g", { class: "mf-stage" }, ...faces, label(above, middle, top), names);
    Object.assign(drawn.dataset, {
      kind: stage.kind,
      lines: stage.lines.join("|"),
      shape: stage.shape.join(),
    });
    return drawn;
  }

  // The drawing of a net's stages, in rows that fit into a width in pixels.
  function drawStages(stages, pixels, text) {
    const rooms = stages.map(roomFor);
    const rows = wrapped(rooms, (SHRUNK * pixels) / INCH);
    const above = 2 * LINE + 0.15;
    const drawing = svg("svg", { role: "img", "aria-label": text, class: "mf-architecture" });
    let [base, widest] = [0, 0];
    for (const row of rows) {
      const inks = row.map((number) => inchesOf(stages[number].shape));
      base += above + Math.max(...inks.map(({ height, depth }) => height + depth));
      let left = 0;
      for (const number of row) {
        drawing.append(drawStage(stages[number], left, rooms[number], base));
        left += rooms[number];
      }
      base += LINE * Math.max(...row.map((number) => stages[number].lines.length)) + 0.2;
      widest = Math.max(widest, left);
    }
    drawing.setAttribute("viewBox", `0 0 ${widest * INCH} ${base * INCH}`);
    drawing.setAttribute("width", widest * INCH);
    return drawing;
  }

  Object.assign(movingFigures, { stagesOf, drawStages });
}
