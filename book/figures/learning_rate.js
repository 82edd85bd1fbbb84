// The learning rate: recorded losses at many rates (experiments/learning_rates.py).

"use strict";

{
  const { element, svg, labelled, choice, short, grouped, mount } = movingFigures;
  const NETS = { linear: "linear classifier of lesson 02", LeNet: "LeNet with ReLU" };
  const GUESSING = Math.log(10); // the loss of even bets on ten classes
  const BOX = { width: 360, height: 260, left: 46, right: 12, top: 30, bottom: 42 };
  const TICKS = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000];
  const FINE_TICKS = [0.6, 0.8, 1, 1.5, 2, 3, 5]; // for losses of less than a power of ten

  // Words.

  const last = (list) => list.at(-1);

  // A loss with three digits.
  function digits(loss) {
    return loss.toPrecision(3);
  }

  function percent(share) {
    return `${short(100 * share, 1)} %`;
  }

  // How the loss went up and down.
  function course(losses) {
    const rises = losses.filter((loss, number) => number > 0 && loss > losses[number - 1]).length;
    const often = `in ${rises} of the ${losses.length - 1} intervals between points`;
    const highest = Math.max(...losses);
    if (highest > 1.05 * losses[0]) return `the loss jumps up to ${digits(highest)}, and rises ${often}.`;
    return `the loss falls, and rises again ${often}.`;
  }

  // What is seen in a run, in sentences; `best` is the run of this net with the lowest last loss.
  function inWords({ lr, steps, losses, accuracy, diverged }, best) {
    const intro = `Learning rate ${lr}:`;
    if (diverged !== null) {
      const bound = grouped(FIGURE_VALUES.diverged_above);
      return `${intro} training diverges. At step ${diverged} the loss is above ${bound} or no number at all, and the run was stopped. The rate is too large.`;
    }
    const [from, to] = [losses[0], last(losses)].map(digits);
    const end = `After ${last(steps)} steps the loss is ${to}, and ${percent(accuracy)} of the validation images are right.`;
    const advice = `The best rate here is ${best.lr}.`;
    if (lr === best.lr) return `${intro} the loss falls from ${from}. ${end} No other rate here does better.`;
    if (lr < best.lr) {
      const hasMoved = losses[0] - last(losses) > 0.1 * (losses[0] - last(best.losses));
      if (hasMoved) return `${intro} the loss falls, but more slowly than it could. ${end} ${advice}`;
      return `${intro} the loss has hardly moved from ${from}. ${end} The rate is too small.`;
    }
    if (last(losses) > 1.05 * losses[0]) {
      const sure = accuracy > 0.5 ? " The net is right about most images, and far too sure of its mistakes." : "";
      return `${intro} ${course(losses)} ${end} That is more than the ${from} of the start.${sure} The rate is too large.`;
    }
    if (accuracy < 0.15) {
      return `${intro} the net ends up guessing, which has a loss of ln 10 = ${digits(GUESSING)}. ${end} The rate is too large.`;
    }
    return `${intro} ${course(losses)} ${end} ${advice}`;
  }

  // Drawings: a box with a scale for each axis, logarithmic for losses and rates.

  // Functions from a value to its place; `low` and `high` lie at the ends of the axis.
  function axes(x, y) {
    const share = ({ low, high, isLog }) => {
      const place = isLog ? Math.log : (value) => value;
      return (value) => (place(value) - place(low)) / (place(high) - place(low));
    };
    const [across, up] = [share(x), share(y)];
    const [inner, tall] = [BOX.width - BOX.left - BOX.right, BOX.height - BOX.top - BOX.bottom];
    return {
      x: (value) => BOX.left + across(value) * inner,
      y: (value) => BOX.height - BOX.bottom - up(value) * tall,
    };
  }

  function text(x, y, words, anchor = "middle", name = "") {
    return svg("text", { x, y, "text-anchor": anchor, class: name }, words);
  }

  function line(points, name) {
    return svg("polyline", { points: points.map((point) => point.join()).join(" "), class: name });
  }

  // A cross for a run that diverged, above all that is drawn to scale.
  function cross(x, name) {
    const y = BOX.top - 10;
    return svg("path", { d: `M${x - 4} ${y - 4}l8 8m0-8l-8 8`, class: name });
  }

  function ticksIn({ low, high }) {
    return (high < 10 * low ? FINE_TICKS : TICKS).filter((tick) => tick >= low && tick <= high);
  }

  // The box with its grid, its names, and the line of guessing.
  function background(scale, range, xTicks, xName) {
    const [right, floor] = [BOX.width - BOX.right, BOX.height - BOX.bottom];
    const grid = ticksIn(range).flatMap((tick) => [
      line([[BOX.left, scale.y(tick)], [right, scale.y(tick)]], "mf-grid"),
      text(BOX.left - 5, scale.y(tick) + 4, String(tick), "end"),
    ]);
    const below = xTicks.map((tick) => text(scale.x(tick), floor + 15, String(tick)));
    return [
      ...grid,
      ...below,
      line([[BOX.left, BOX.top], [BOX.left, floor], [right, floor]], "mf-axis"),
      text((BOX.left + right) / 2, BOX.height - 6, xName),
      line([[BOX.left, scale.y(GUESSING)], [right, scale.y(GUESSING)]], "mf-guessing"),
    ];
  }

  // Drawn last, so that no curve hides it.
  function nameOfGuessing(scale, below) {
    return text(BOX.width - BOX.right, scale.y(GUESSING) + below, "guessing: ln 10", "end", "mf-haloed");
  }

  function panel(title, label, ...parts) {
    const drawing = svg("svg", { viewBox: `0 0 ${BOX.width} ${BOX.height}`, role: "img", "aria-label": label, class: "mf-plot" }, ...parts);
    return element("figure", { class: "mf-panel" }, element("figcaption", {}, title), drawing);
  }

  // The curve of a run; one that diverged leaves at the top, where a cross marks its end.
  function curve(run, scale, name) {
    const points = run.steps.map((step, number) => [scale.x(step), scale.y(run.losses[number])]);
    const parts = [line(points, name)];
    if (run.diverged !== null) {
      const end = scale.x(run.diverged);
      parts.push(line([last(points), [end, BOX.top - 10]], `${name} mf-leaves`), cross(end, name));
    }
    return parts;
  }

  function drawCurves(runs, chosen, range) {
    const scale = axes({ low: 0, high: Math.max(...runs.flatMap(({ steps }) => steps)) }, range);
    const parts = background(scale, range, [0, 50, 100, 150, 200], "step");
    for (const run of runs) if (run !== chosen) parts.push(...curve(run, scale, "mf-other"));
    parts.push(...curve(chosen, scale, "mf-chosen"));
    if (chosen.diverged !== null) parts.push(text(scale.x(chosen.diverged) + 10, BOX.top - 6, `diverges at step ${chosen.diverged}`, "start"));
    parts.push(nameOfGuessing(scale, -4));
    return panel("validation loss, all rates in grey", `The losses at the learning rate ${chosen.lr} against the steps.`, ...parts);
  }

  function drawEnds(runs, chosen, range) {
    const scale = axes({ low: runs[0].lr, high: last(runs).lr, isLog: true }, range);
    const ticks = [0.0001, 0.001, 0.01, 0.1, 1, 10, 100];
    const parts = background(scale, range, ticks, "learning rate");
    for (const run of runs) {
      const name = run === chosen ? "mf-chosen" : "mf-other";
      if (run.diverged !== null) parts.push(cross(scale.x(run.lr), name));
      else parts.push(svg("circle", { cx: scale.x(run.lr), cy: scale.y(last(run.losses)), r: run === chosen ? 6 : 3.5, class: name }));
    }
    if (runs.some(({ diverged }) => diverged !== null)) parts.push(text(BOX.left, BOX.top - 6, "× diverged", "start"));
    parts.push(nameOfGuessing(scale, 12));
    return panel("validation loss in the end, by rate", `The last loss of each run against its learning rate; the chosen one is ${chosen.lr}.`, ...parts);
  }

  // The figure.

  function make() {
    const names = Object.keys(NETS);
    const net = choice(Object.values(NETS));
    const slider = element("input", { type: "range", min: 0 });
    const shown = element("span"); // an output element would take the label from the slider
    const says = element("p", { class: "mf-says", role: "status" });
    const panels = element("div", { class: "mf-panels" });
    let runs = []; // of the net

    function load() {
      const before = runs[slider.value]?.lr ?? 0.001;
      runs = FIGURE_VALUES.curves.filter((run) => run.net === names[net.value]);
      slider.max = runs.length - 1;
      slider.value = runs.findIndex(({ lr }) => lr >= before);
      follow();
    }

    function follow() {
      const chosen = runs[slider.value];
      const finite = runs.flatMap(({ losses }) => losses);
      const range = { low: 0.9 * Math.min(...finite), high: 1.1 * Math.max(...finite), isLog: true };
      const finished = runs.filter(({ diverged }) => diverged === null);
      const best = finished.reduce((a, b) => (last(b.losses) < last(a.losses) ? b : a));
      shown.textContent = String(chosen.lr);
      slider.setAttribute("aria-valuetext", `learning rate ${chosen.lr}`);
      says.textContent = inWords(chosen, best);
      says.classList.toggle("mf-alarm", chosen.diverged !== null);
      panels.replaceChildren(drawCurves(runs, chosen, range), drawEnds(runs, chosen, range));
    }

    net.addEventListener("change", load);
    slider.addEventListener("input", follow);
    load();

    return [
      element(
        "div",
        { class: "mf-row" },
        labelled("net", net),
        element("label", { class: "mf-control mf-wide" }, element("span", {}, "learning rate: ", shown), slider)
      ),
      says,
      panels,
      element("p", { class: "mf-note" }, "Losses and rates are drawn on logarithmic axes. Each run has 2,000 training images, 200 steps of plain SGD with batches of 100, and is judged by 1,000 other images."),
    ];
  }

  mount("learning_rate", make);
}
