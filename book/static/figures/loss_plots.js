// The drawings of recorded losses: curves, and last losses against the learning rate.
//
// A run is one of FIGURE_VALUES.curves.

"use strict";

{
  const { svg, panel } = movingFigures;
  const GUESSING = Math.log(10); // the loss of even bets on ten classes
  const BOX = { width: 360, height: 260, left: 46, right: 348, top: 30, bottom: 218 };
  const ABOVE = BOX.top - 10; // where runs are marked that left all bounds
  const STEPS = [0, 50, 100, 150, 200];
  const RATES = [0.0001, 0.001, 0.01, 0.1, 1, 10, 100];
  const LOSSES = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000];
  const FINE_LOSSES = [0.6, 0.8, 1, 1.5, 2, 3, 5]; // where they span less than a power of ten

  // A function from the values of an axis to their places between two ends.
  function axis(low, high, from, to, transform = (value) => value) {
    const [start, end] = [transform(low), transform(high)];
    return (value) => from + ((transform(value) - start) / (end - start)) * (to - from);
  }

  // The axis of the losses of runs, logarithmic, and its ticks.
  function lossAxis(runs) {
    const losses = runs.flatMap((run) => run.losses);
    const [low, high] = [0.9 * Math.min(...losses), 1.1 * Math.max(...losses)];
    const all = high < 10 * low ? FINE_LOSSES : LOSSES;
    const ticks = all.filter((tick) => tick >= low && tick <= high);
    return { y: axis(low, high, BOX.bottom, BOX.top, Math.log), ticks };
  }

  function text(x, y, words, anchor = "middle", name = "") {
    return svg("text", { x, y, "text-anchor": anchor, class: name }, words);
  }

  function line(points, name) {
    return svg("polyline", { points: points.map((point) => point.join()).join(" "), class: name });
  }

  function level(y, name) {
    return line(
      [
        [BOX.left, y],
        [BOX.right, y],
      ],
      name,
    );
  }

  // A run that left all bounds, above all that is drawn to scale.
  function cross(x, name) {
    return svg("path", { d: `M${x - 4} ${ABOVE - 4}l8 8m0-8l-8 8`, class: name });
  }

  // The axes with their numbers, and the line of guessing.
  function background({ y, ticks }, x, xTicks, xName) {
    const grid = ticks.flatMap((tick) => [
      level(y(tick), "mf-grid"),
      text(BOX.left - 5, y(tick) + 4, String(tick), "end"),
    ]);
    const { left, right, top, bottom } = BOX;
    return [
      ...grid,
      ...xTicks.map((tick) => text(x(tick), bottom + 15, String(tick))),
      line(
        [
          [left, top],
          [left, bottom],
          [right, bottom],
        ],
        "mf-axis",
      ),
      text((left + right) / 2, BOX.height - 6, xName),
      level(y(GUESSING), "mf-guessing"),
    ];
  }

  // So far below its line; drawn last, so that no curve hides it.
  function nameOfGuessing({ y }, below) {
    return text(BOX.right, y(GUESSING) + below, "guessing: ln 10", "end", "mf-haloed");
  }

  function plot(title, label, parts) {
    const attributes = { role: "img", "aria-label": label, class: "mf-plot" };
    const drawing = svg(
      "svg",
      { viewBox: `0 0 ${BOX.width} ${BOX.height}`, ...attributes },
      ...parts,
    );
    return panel(title, drawing);
  }

  // The curve of a run; one that diverged leaves the box at the top, where a cross marks its end.
  function curve({ steps, losses, diverged }, x, { y }, name) {
    const points = steps.map((step, number) => [x(step), y(losses[number])]);
    if (diverged === null) return [line(points, name)];
    const exit = line([points.at(-1), [x(diverged), ABOVE]], `${name} mf-leaves`);
    return [line(points, name), exit, cross(x(diverged), name)];
  }

  // The losses of runs against the steps, that of the chosen one in front.
  function drawCurves(runs, chosen) {
    const loss = lossAxis(runs);
    const x = axis(STEPS[0], STEPS.at(-1), BOX.left, BOX.right);
    const others = runs.filter((run) => run !== chosen);
    const parts = [
      ...background(loss, x, STEPS, "step"),
      ...others.flatMap((run) => curve(run, x, loss, "mf-other")),
      ...curve(chosen, x, loss, "mf-chosen"),
      nameOfGuessing(loss, -4),
    ];
    const { lr, diverged } = chosen;
    if (diverged !== null) {
      parts.push(text(x(diverged) + 10, ABOVE + 4, `diverges at step ${diverged}`, "start"));
    }
    const label = `The losses at the learning rate ${lr} against the steps.`;
    return plot("validation loss; all other rates in grey", label, parts);
  }

  // The last loss of each run against its learning rate.
  function drawEnds(runs, chosen) {
    const loss = lossAxis(runs);
    const x = axis(RATES[0], RATES.at(-1), BOX.left, BOX.right, Math.log);
    const mark = (run) => {
      const name = run === chosen ? "mf-chosen" : "mf-other";
      if (run.diverged !== null) return cross(x(run.lr), name);
      const place = { cx: x(run.lr), cy: loss.y(run.losses.at(-1)) };
      return svg("circle", { ...place, r: run === chosen ? 6 : 3.5, class: name });
    };
    const parts = [
      ...background(loss, x, RATES, "learning rate"),
      ...runs.map(mark),
      nameOfGuessing(loss, 12),
    ];
    const someDiverged = runs.some(({ diverged }) => diverged !== null);
    if (someDiverged) parts.push(text(BOX.left, ABOVE + 4, "× diverged", "start"));
    const label = `The last loss of each run against its learning rate; ${chosen.lr} is chosen.`;
    return plot("validation loss in the end, by learning rate", label, parts);
  }

  Object.assign(movingFigures, { GUESSING, drawCurves, drawEnds });
}
