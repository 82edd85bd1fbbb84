// The learning rate: recorded losses at many rates (experiments/learning_rates.py).

"use strict";

{
  const { element, labelled, choice, short, grouped, mount } = movingFigures;
  const { GUESSING, drawCurves, drawEnds } = movingFigures;
  const NETS = { linear: "linear classifier of lesson 02", LeNet: "LeNet with ReLU" };
  const FIRST_RATE = 0.001;
  const NOTE =
    "Losses and learning rates are drawn on logarithmic axes. Each run has 2,000 training images " +
    "and 200 steps of plain SGD with batches of 100, and is judged by 1,000 other images.";

  // A loss with three digits.
  function digits(loss) {
    return loss.toPrecision(3);
  }

  // How the loss went up and down.
  function course(losses) {
    const rises = losses.filter((loss, number) => number > 0 && loss > losses[number - 1]).length;
    const often = `in ${rises} of the ${losses.length - 1} intervals between points`;
    const highest = Math.max(...losses);
    if (highest > 1.05 * losses[0])
      return `the loss jumps up to ${digits(highest)}, and rises ${often}.`;
    return `the loss falls, and rises again ${often}.`;
  }

  // What is seen in a run that was made to its end; `best` has the lowest last loss of this net.
  function finishedInWords({ lr, steps, losses, accuracy }, best) {
    const [from, to] = [losses[0], losses.at(-1)];
    const right = `${short(100 * accuracy, 1)} % of the validation images are right`;
    const end = `After ${steps.at(-1)} steps the loss is ${digits(to)}, and ${right}.`;
    const advice = `The best rate here is ${best.lr}.`;
    if (lr === best.lr)
      return `the loss falls from ${digits(from)}. ${end} No other rate here does better.`;
    if (lr < best.lr) {
      const hasMoved = from - to > 0.1 * (from - best.losses.at(-1));
      if (hasMoved) return `the loss falls, but more slowly than it could. ${end} ${advice}`;
      return `the loss has hardly moved from ${digits(from)}. ${end} The rate is too small.`;
    }
    if (to > 1.05 * from) {
      const more = `That is more than the ${digits(from)} of the start.`;
      const isRight = accuracy > 0.5;
      const sure = isRight
        ? " The net is right about most images, and far too sure of its mistakes."
        : "";
      return `${course(losses)} ${end} ${more}${sure} The rate is too large.`;
    }
    if (accuracy < 0.15) {
      const guessing = `which has a loss of ln 10 = ${digits(GUESSING)}`;
      return `the net ends up guessing, ${guessing}. ${end} The rate is too large.`;
    }
    return `${course(losses)} ${end} ${advice}`;
  }

  function divergedInWords({ diverged }) {
    const bound = grouped(FIGURE_VALUES.diverged_above);
    const loss = `At step ${diverged} the loss is above ${bound} or no number at all`;
    return `training diverges. ${loss}, and the run was stopped. The rate is too large.`;
  }

  class LearningRate {
    constructor() {
      this.net = choice(Object.values(NETS), Object.keys(NETS));
      this.slider = element("input", { type: "range", min: 0 });
      // Not an output element: the label would be its label, and the slider would have none.
      this.rate = element("span");
      this.says = element("p", { class: "mf-says", role: "status" });
      this.panels = element("div", { class: "mf-panels" });
      this.net.addEventListener("change", () => this.load());
      this.slider.addEventListener("input", () => this.show());
      this.load();
    }

    // What the figure consists of, in order.
    parts() {
      const slider = labelled(["learning rate: ", this.rate], this.slider, "mf-wide");
      const controls = element("div", { class: "mf-row" }, labelled("net", this.net), slider);
      return [controls, this.says, this.panels, element("p", { class: "mf-note" }, NOTE)];
    }

    // Take the runs of the net, and stay at the learning rate.
    load() {
      const rate = this.runs?.[this.slider.value].lr ?? FIRST_RATE;
      this.runs = FIGURE_VALUES.curves.filter(({ net }) => net === this.net.value);
      const finished = this.runs.filter(({ diverged }) => diverged === null);
      this.best = finished.reduce((a, b) => (b.losses.at(-1) < a.losses.at(-1) ? b : a));
      this.slider.max = this.runs.length - 1;
      this.slider.value = this.runs.findIndex(({ lr }) => lr === rate);
      this.show();
    }

    show() {
      const run = this.runs[this.slider.value];
      const hasDiverged = run.diverged !== null;
      const seen = hasDiverged ? divergedInWords(run) : finishedInWords(run, this.best);
      this.rate.textContent = run.lr;
      this.slider.setAttribute("aria-valuetext", `learning rate ${run.lr}`);
      this.says.textContent = `Learning rate ${run.lr}: ${seen}`;
      this.says.classList.toggle("mf-alarm", hasDiverged);
      this.panels.replaceChildren(drawCurves(this.runs, run), drawEnds(this.runs, run));
    }
  }

  mount("learning_rate", () => new LearningRate().parts());
}
