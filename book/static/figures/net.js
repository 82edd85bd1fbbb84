// The net: settings of each layer, and what follows from them.

"use strict";

{
  const { element, labelled, choice, button, field, read, short, grouped, mount } = movingFigures;
  const { layerNames, layerTable, stagesOf, drawStages } = movingFigures;
  const CHANNELS = { 1: "1 (grey)", 3: "3 (colours)" }; // of the image
  const PIXELS = { min: 1, max: 512 }; // of the image, in each direction
  // What each type of layer lets the reader set, and within which bounds.
  const WINDOW = {
    kernel: { min: 1, max: 64 },
    stride: { min: 1, max: 32 },
    padding: { min: 0, max: 32 },
  };
  const SETTINGS = {
    Conv2D: { channels: { min: 1, max: 8192 }, ...WINDOW },
    MaxPool2D: WINDOW,
    AvgPool2D: WINDOW,
    Dense: { units: { min: 1, max: 16384 } },
  };
  const INPUTS = ["layer", "channels or units", "kernel", "stride", "padding"];
  const RESULTS = ["output", "parameters", "multiply-adds", "receptive field"];
  const NONE = RESULTS.map(() => "–");

  function totals(rows) {
    const sum = (name, chosen) => chosen.reduce((total, row) => total + row[name], 0);
    const ofType = (type) => rows.filter((row) => row.type === type);
    return {
      parameters: sum("parameters", rows),
      multiplyAdds: sum("multiplyAdds", rows),
      denseParameters: sum("parameters", ofType("Dense")),
      convMultiplyAdds: sum("multiplyAdds", ofType("Conv2D")),
    };
  }

  // What there is to say about a net that can take its images, of size x size pixels.
  function inWords(rows, size) {
    const { parameters, multiplyAdds, denseParameters, convMultiplyAdds } = totals(rows);
    const percent = (part, whole) => `${short((100 * part) / whole, 0)} %`;
    const last = rows.findLast(({ field }) => field.jump > 0);
    const pixels = last.field.size;
    const seen =
      pixels > size
        ? `${pixels} pixels across, more than the image has`
        : `${pixels} of ${size} pixels across`;
    return [
      `${grouped(parameters)} parameters, ${percent(denseParameters, parameters)} in dense layers.`,
      `${grouped(multiplyAdds)} multiply-adds for one image,`,
      `${percent(convMultiplyAdds, multiplyAdds)} in convolutions.`,
      `A value behind ${last.name} sees ${seen}.`,
    ].join(" ");
  }

  function resultTexts({ shape, parameters, multiplyAdds, field }) {
    return [shape.join(" × "), grouped(parameters), grouped(multiplyAdds), String(field.size)];
  }

  // A row of the table: a layer, its fields, and the cells of its results.
  class Row {
    constructor(layer, name, change) {
      [this.layer, this.name, this.fields] = [layer, name, {}];
      for (const [setting, bounds] of Object.entries(SETTINGS[layer.type] ?? {})) {
        const input = field(layer[setting], bounds);
        input.setAttribute("aria-label", `${name}, ${setting}`);
        input.addEventListener("input", change);
        this.fields[setting] = input;
      }
      const { channels, units, kernel, stride, padding } = this.fields;
      const inputs = [channels ?? units, kernel, stride, padding];
      this.results = NONE.map((text) => element("td", {}, text));
      const title = layer.groups > 1 ? `${name}, ${layer.groups} groups` : name;
      this.line = element(
        "tr",
        {},
        element("th", { scope: "row" }, title),
        ...inputs.map((input) => element("td", {}, ...(input ? [input] : []))),
        ...this.results,
      );
    }

    // The settings as they are now, null for each that is missing.
    settings() {
      const entries = Object.entries(this.fields).map(([name, input]) => [name, read(input)]);
      return { ...this.layer, ...Object.fromEntries(entries) };
    }

    // Which setting is missing, in words; null if none is.
    missing() {
      const settings = this.settings();
      const setting = Object.keys(this.fields).find((name) => settings[name] === null);
      if (setting === undefined) return null;
      const { min, max } = SETTINGS[this.layer.type][setting];
      return `${this.name}: ${setting} must be a whole number from ${min} to ${max}.`;
    }

    show(texts) {
      this.results.forEach((cell, column) => (cell.textContent = texts[column]));
    }
  }

  class Net {
    constructor() {
      this.preset = choice(FIGURE_VALUES.nets.map(({ name }) => name));
      this.channels = choice(Object.values(CHANNELS), Object.keys(CHANNELS));
      this.pixels = field("", PIXELS);
      this.says = element("p", { class: "mf-says", role: "status" });
      this.drawing = element("div", { class: "mf-drawing" });
      this.body = element("tbody");
      this.totals = NONE.map((text) => element("td", {}, text));
      const attributes = { class: "mf-scroll", role: "group", "aria-label": "table of the layers" };
      this.scroll = element("div", attributes, this.table());
      this.rows = [];
      this.preset.addEventListener("change", () => this.load());
      this.channels.addEventListener("change", () => this.follow());
      this.pixels.addEventListener("input", () => this.follow());
      new ResizeObserver(() => this.draw()).observe(this.drawing);
      new ResizeObserver(() => this.letScroll()).observe(this.scroll);
      this.load();
    }

    // What the figure consists of, in order.
    parts() {
      const settings = [
        labelled("net", this.preset),
        labelled("channels of the image", this.channels),
        labelled("pixels, height and width", this.pixels),
        button("Undo all changes", () => this.load()),
      ];
      const scale = "Lengths: square roots of the pixels along a side, of the channels and of the units, each on a scale of its own.";
      return [
        element("div", { class: "mf-row" }, ...settings),
        this.says,
        this.drawing,
        element("p", { class: "mf-note" }, scale),
        this.scroll,
      ];
    }

    table() {
      const heads = [...INPUTS, ...RESULTS].map((name) => element("th", { scope: "col" }, name));
      const empty = element("td", { colspan: INPUTS.length - 1 });
      const total = [element("th", { scope: "row" }, "total"), empty, ...this.totals];
      return element(
        "table",
        { class: "mf-layers" },
        element("caption", {}, "The layers; change a number and see what follows."),
        element("thead", {}, element("tr", {}, ...heads)),
        this.body,
        element("tfoot", {}, element("tr", {}, ...total)),
      );
    }

    // A box that scrolls has to be within reach of the keyboard.
    letScroll() {
      const scrolls = this.scroll.scrollWidth > this.scroll.clientWidth;
      if (scrolls) this.scroll.setAttribute("tabindex", "0");
      else this.scroll.removeAttribute("tabindex");
    }

    load() {
      const net = FIGURE_VALUES.nets[this.preset.value];
      const names = layerNames(net.layers);
      const change = () => this.follow();
      this.rows = net.layers.map((layer, number) => new Row(layer, names[number], change));
      this.body.replaceChildren(...this.rows.map(({ line }) => line));
      this.channels.value = net.channels;
      this.pixels.value = net.size;
      this.follow();
    }

    // Compute what follows from the settings, up to the first that is missing, and show it.
    follow() {
      const size = read(this.pixels);
      const missing = this.rows.map((row) => row.missing());
      const first = missing.findIndex((text) => text !== null);
      const whole = this.rows.map((row) => row.settings());
      const layers = first < 0 ? whole : whole.slice(0, first);
      const channels = Number(this.channels.value);
      const found = layerTable(size === null ? [] : layers, channels, size);
      this.shown = { layers, rows: found.rows, channels, size };
      if (size === null) {
        const { min, max } = PIXELS;
        this.complain(null, `The image must have from ${min} to ${max} pixels in each direction.`);
      } else if (found.failure) {
        const { number, reason, why } = found.failure;
        this.complain(number, `${this.rows[number].name}: ${reason}`, why);
      } else if (first >= 0) this.complain(first, missing[first]);
      else this.praise(inWords(found.rows, size));
      this.showResults(found.rows);
      this.draw();
    }

    praise(text) {
      this.mark(null);
      this.says.replaceChildren(text);
    }

    // Say what is wrong at the layer of a number; `why` is what dh.why_input_fails says.
    complain(number, text, why = "") {
      this.mark(number);
      this.says.replaceChildren(text);
      if (!why) return;
      const quoted = element("span", { class: "mf-why" }, why);
      this.says.append(element("br"), "dh.why_input_fails says: ", quoted);
    }

    mark(failing) {
      this.rows.forEach(({ line }, number) =>
        line.classList.toggle("mf-fails", number === failing),
      );
      this.says.classList.toggle("mf-alarm", failing !== null || this.shown.size === null);
    }

    showResults(found) {
      this.rows.forEach((row, number) =>
        row.show(found[number] ? resultTexts(found[number]) : NONE),
      );
      const isWhole = found.length === this.rows.length;
      const { parameters, multiplyAdds } = totals(found);
      const texts = isWhole ? resultTexts({ ...found.at(-1), parameters, multiplyAdds }) : NONE;
      this.totals.forEach((cell, column) => (cell.textContent = texts[column]));
    }

    draw() {
      const { layers, rows, channels, size } = this.shown;
      const width = this.drawing.clientWidth;
      if (width === 0) return; // it is on no page yet
      if (size === null) {
        this.drawing.replaceChildren();
        return;
      }
      const stages = stagesOf(layers, rows, channels, size);
      const last = stages.at(-1).shape.join(" x ");
      const text = `The net to scale: ${stages.length} stages, from the image to ${last}.`;
      this.drawing.replaceChildren(drawStages(stages, width, text));
    }
  }

  mount("net", () => new Net().parts());
}
