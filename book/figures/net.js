// The net: settings of each layer, and what follows from them.

"use strict";

{
  const { element, labelled, choice, button, field, read, short, grouped, mount } = movingFigures;
  const { layerNames, layerTable, stagesOf, drawStages } = movingFigures;
  const CHANNELS = [1, 3];
  const IMAGE = { min: 1, max: 512 }; // pixels of the image, in each direction
  // What each type of layer lets the reader set, and within which bounds.
  const WINDOW = { kernel: { min: 1, max: 64 }, stride: { min: 1, max: 32 }, padding: { min: 0, max: 32 } };
  const SETTINGS = {
    Conv2D: { channels: { min: 1, max: 8192 }, ...WINDOW },
    MaxPool2D: WINDOW,
    AvgPool2D: WINDOW,
    Dense: { units: { min: 1, max: 16384 } },
  };
  const COLUMNS = ["layer", "channels or units", "kernel", "stride", "padding"];
  const RESULTS = ["output", "parameters", "multiply-adds", "receptive field"];
  const NONE = "–";

  function cells(texts) {
    return texts.map((text) => element("td", {}, text));
  }

  function resultTexts({ shape, parameters, multiplyAdds, field }) {
    return [shape.join(" × "), grouped(parameters), grouped(multiplyAdds), String(field.size)];
  }

  function totals(rows) {
    const sum = (name, chosen = rows) => chosen.reduce((total, row) => total + row[name], 0);
    const ofType = (type) => rows.filter((row) => row.type === type);
    return {
      parameters: sum("parameters"),
      multiplyAdds: sum("multiplyAdds"),
      denseParameters: sum("parameters", ofType("Dense")),
      convMultiplyAdds: sum("multiplyAdds", ofType("Conv2D")),
    };
  }

  // What there is to say about a net that can take its images.
  function inWords(rows, size) {
    const { parameters, multiplyAdds, denseParameters, convMultiplyAdds } = totals(rows);
    const percent = (part, whole) => `${short((100 * part) / whole, 0)} %`;
    const last = rows.findLast(({ field }) => field.jump > 0);
    const seen = last.field.size > size ? `${last.field.size} pixels across, more than the image has` : `${last.field.size} of ${size} pixels across`;
    return (
      `${grouped(parameters)} parameters, ${percent(denseParameters, parameters)} of them in dense layers. ` +
      `${grouped(multiplyAdds)} multiply-adds for one image, ${percent(convMultiplyAdds, multiplyAdds)} of them in convolutions. ` +
      `A value behind ${last.name} sees ${seen}.`
    );
  }

  // The row of a layer: its name, its fields, and the cells of its results.
  function layerRow(layer, name, change) {
    const settings = SETTINGS[layer.type] ?? {};
    const fields = {};
    for (const [setting, bounds] of Object.entries(settings)) {
      fields[setting] = field(layer[setting], bounds);
      fields[setting].setAttribute("aria-label", `${name}, ${setting}`);
      fields[setting].addEventListener("input", change);
    }
    const title = layer.groups > 1 ? `${name}, ${layer.groups} groups` : name;
    const size = fields.channels ?? fields.units;
    const inputs = [size, fields.kernel, fields.stride, fields.padding];
    const results = cells(RESULTS.map(() => NONE));
    const row = element(
      "tr",
      {},
      element("th", { scope: "row" }, title),
      ...inputs.map((input) => element("td", {}, ...(input ? [input] : []))),
      ...results
    );
    return { layer, name, row, fields, results, settings };
  }

  // The settings of a row as they are now, and the first of them that is missing, in words.
  function settingsOf({ layer, name, fields, settings }) {
    const now = { ...layer };
    let missing = null;
    for (const [setting, input] of Object.entries(fields)) {
      now[setting] = read(input);
      const { min, max } = settings[setting];
      if (now[setting] === null) missing ??= `${name}: ${setting} must be a whole number from ${min} to ${max}.`;
    }
    return { now, missing };
  }

  function make() {
    const { nets } = FIGURE_VALUES;
    let rows = []; // of the table
    let redraw = () => {};

    const preset = choice(nets.map(({ name }) => name));
    const channels = element("select", {}, ...CHANNELS.map((n) => element("option", { value: n }, n === 1 ? "1 (grey)" : "3 (colours)")));
    const size = field(0, IMAGE);
    const says = element("p", { class: "mf-says", role: "status" });
    const drawing = element("div", { class: "mf-drawing" });
    const body = element("tbody");
    const total = cells(RESULTS.map(() => NONE));
    const table = element(
      "table",
      { class: "mf-layers" },
      element("caption", {}, "The layers; change a number and see what follows."),
      element("thead", {}, element("tr", {}, ...[...COLUMNS, ...RESULTS].map((name) => element("th", { scope: "col" }, name)))),
      body,
      element("tfoot", {}, element("tr", {}, element("th", { scope: "row" }, "total"), element("td", { colspan: COLUMNS.length - 1 }), ...total))
    );
    const scroll = element("div", { class: "mf-scroll", role: "group", "aria-label": "table of the layers" }, table);

    function load() {
      const net = nets[preset.value];
      const names = layerNames(net.layers);
      rows = net.layers.map((layer, number) => layerRow(layer, names[number], follow));
      body.replaceChildren(...rows.map(({ row }) => row));
      channels.value = net.channels;
      size.value = net.size;
      follow();
    }

    // Compute what follows from the settings, and show it.
    function follow() {
      const settings = rows.map(settingsOf);
      const layers = settings.map(({ now }) => now);
      const pixels = read(size);
      const unknown = settings.findIndex(({ missing }) => missing !== null);
      const usable = pixels === null ? [] : unknown < 0 ? layers : layers.slice(0, unknown);
      const found = layerTable(usable, Number(channels.value), pixels);
      if (pixels === null) say({ number: 0, reason: `The image must have from ${IMAGE.min} to ${IMAGE.max} pixels in each direction.`, why: "" });
      else if (found.failure) say(found.failure);
      else if (unknown >= 0) say({ number: unknown, reason: settings[unknown].missing, why: "" });
      else say(null, inWords(found.rows, pixels));
      showResults(found.rows);
      redraw = () => {
        if (pixels === null) return drawing.replaceChildren();
        const stages = stagesOf(usable, found.rows, Number(channels.value), pixels);
        const text = `The net drawn to scale, ${stages.length} stages, from the image to ${stages.at(-1).shape.join(" x ")}; the table has all sizes.`;
        drawing.replaceChildren(drawStages(stages, drawing.clientWidth, text));
      };
      if (drawing.clientWidth) redraw();
    }

    // Say what is wrong and mark its row, or say what there is to say of a net that works.
    function say(failure, text) {
      rows.forEach(({ row }, number) => row.classList.toggle("mf-fails", number === failure?.number));
      says.classList.toggle("mf-alarm", failure !== null);
      if (failure === null) return says.replaceChildren(text);
      const title = failure.why ? `${rows[failure.number].name}: ${failure.reason}` : failure.reason;
      says.replaceChildren(title);
      if (failure.why) says.append(element("br"), "dh.why_input_fails says: ", element("span", { class: "mf-why" }, failure.why));
    }

    function showResults(found) {
      rows.forEach(({ results }, number) => {
        const texts = found[number] ? resultTexts(found[number]) : RESULTS.map(() => NONE);
        results.forEach((cell, column) => (cell.textContent = texts[column]));
      });
      const isWhole = found.length === rows.length;
      const { parameters, multiplyAdds } = totals(found);
      const texts = isWhole ? resultTexts({ ...found.at(-1), parameters, multiplyAdds }) : RESULTS.map(() => NONE);
      total.forEach((cell, column) => (cell.textContent = texts[column]));
    }

    preset.addEventListener("change", load);
    channels.addEventListener("change", follow);
    size.addEventListener("input", follow);
    new ResizeObserver(() => redraw()).observe(drawing);
    // A box that scrolls has to be within reach of the keyboard.
    new ResizeObserver(() => {
      if (scroll.scrollWidth > scroll.clientWidth) scroll.setAttribute("tabindex", "0");
      else scroll.removeAttribute("tabindex");
    }).observe(scroll);
    load();

    return [
      element(
        "div",
        { class: "mf-row" },
        labelled("net", preset),
        labelled("channels of the image", channels),
        labelled("pixels, height and width", size),
        button("Undo all changes", load)
      ),
      says,
      drawing,
      element("p", { class: "mf-note" }, "All lengths are square roots of the numbers of pixels, channels and units."),
      scroll,
    ];
  }

  mount("net", make);
}
