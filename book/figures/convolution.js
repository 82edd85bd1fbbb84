// The convolution: a kernel moves over a picture, as in lesson 02. Rows and columns count from 0.

"use strict";

{
  const { element, svg, labelled, choice, button, field, read, short, mount } = movingFigures;
  const CELL = 10; // of a drawing, whose squares the style makes as large as there is room
  const NUMBERED = 7; // columns up to which the squares of a drawing hold their numbers
  const OWN = "own numbers";
  const SIZES = [1, 2, 3, 4, 5];
  const PLAYING_MS = 15000; // for all windows together, at most
  const STEP_MS = { shortest: 20, longest: 700 };

  // From violet (-1) over white (0) to orange (1).
  const DIVERGING = [[84, 39, 136], [153, 142, 195], [247, 247, 247], [241, 163, 64], [179, 88, 6]];

  // Arithmetic on tables, which are lists of rows.

  function pad(table, padding) {
    const border = (length) => new Array(length).fill(0);
    const rows = table.map((row) => [...border(padding), ...row, ...border(padding)]);
    const empty = () => border(table[0].length + 2 * padding);
    return [...border(padding).map(empty), ...rows, ...border(padding).map(empty)];
  }

  function windowOf(table, top, left, size) {
    return table.slice(top, top + size).map((row) => row.slice(left, left + size));
  }

  function productsOf(window, kernel) {
    return window.map((row, r) => row.map((value, c) => value * kernel[r][c]));
  }

  function sumOf(table) {
    return table.flat().reduce((sum, value) => sum + value, 0);
  }

  function largestOf(table) {
    return Math.max(...table.flat().map(Math.abs)) || 1;
  }

  // The map of a kernel: the kernel is not turned, as in a net.
  function slide(padded, kernel, stride) {
    const places = Math.floor((padded.length - kernel.length) / stride) + 1;
    const indices = [...Array(places).keys()];
    const value = (r, c) => sumOf(productsOf(windowOf(padded, r * stride, c * stride, kernel.length), kernel));
    return indices.map((r) => indices.map((c) => value(r, c)));
  }

  // A kernel of another size, with the numbers that it has room for.
  function resized(kernel, size) {
    const indices = [...Array(size).keys()];
    return indices.map((r) => indices.map((c) => kernel[r]?.[c] ?? 0));
  }

  // Colours, as [red, green, blue].

  function grey(value) {
    const level = Math.round(255 * value);
    return [level, level, level];
  }

  function diverging(value) {
    const place = (Math.min(1, Math.max(-1, value)) + 1) * 2;
    const before = Math.min(3, Math.floor(place));
    const mix = (a, b) => Math.round(a + (b - a) * (place - before));
    return DIVERGING[before].map((level, channel) => mix(level, DIVERGING[before + 1][channel]));
  }

  function css([red, green, blue]) {
    return `rgb(${red}, ${green}, ${blue})`;
  }

  // Black or white, whichever can be read on a colour (the luminance is that of WCAG 2).
  function inkOn(colour) {
    const linear = colour.map((level) => level / 255).map((s) => (s <= 0.04045 ? s / 12.92 : ((s + 0.055) / 1.055) ** 2.4));
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2] > 0.179 ? "#000000" : "#ffffff";
  }

  // Drawings.

  function square(size, name) {
    return svg("rect", { width: size * CELL, height: size * CELL, class: name });
  }

  // A frame that can be seen on any colour.
  function frame(size) {
    return svg("g", {}, square(size, "mf-halo"), square(size, "mf-frame"));
  }

  function move(shape, row, column) {
    shape.setAttribute("transform", `translate(${column * CELL} ${row * CELL})`);
  }

  // A number in a square, larger if it is short.
  function numberIn(colour, value) {
    const text = short(value);
    const number = svg("text", { x: 0.5 * CELL, y: 0.66 * CELL, "font-size": Math.min(4.6, 15 / text.length) }, text);
    number.style.fill = inkOn(colour);
    return number;
  }

  // Squares in colours, with their numbers if there are few; returns the drawing and its squares.
  function drawTable(table, colourOf, label) {
    const side = table.length * CELL;
    const drawing = svg("svg", { viewBox: `-1 -1 ${side + 2} ${side + 2}`, role: "img", "aria-label": label, class: "mf-squares" });
    const squares = table.flatMap((row, r) =>
      row.map((value, c) => {
        const colour = colourOf(value);
        const cell = svg("g", { "data-value": value }, square(1, "mf-square"));
        cell.firstChild.style.fill = css(colour);
        if (table.length <= NUMBERED) cell.append(numberIn(colour, value));
        move(cell, r, c);
        return cell;
      })
    );
    drawing.append(...squares);
    return { drawing, squares };
  }

  function panel(title, ...content) {
    return element("figure", { class: "mf-panel" }, element("figcaption", {}, title), ...content);
  }

  function numberTable(title, table, colourOf) {
    const cell = (value) => {
      const made = element("td", {}, short(value));
      made.style.backgroundColor = css(colourOf(value));
      made.style.color = inkOn(colourOf(value));
      return made;
    };
    const rows = table.map((row) => element("tr", {}, ...row.map(cell)));
    return element("table", { class: "mf-panel mf-numbers" }, element("caption", {}, title), element("tbody", {}, ...rows));
  }

  // Words.

  function span(name, first, size) {
    return size === 1 ? `${name} ${first}` : `${name}s ${first} to ${first + size - 1}`;
  }

  function sizeInWords(size, kernel, stride, padding, places) {
    const isWhole = (size + 2 * padding - kernel) % stride === 0;
    const formula = `(${size} + 2 x ${padding} - ${kernel}) / ${stride} + 1`;
    return `${formula}${isWhole ? " =" : ", rounded down:"} ${places}. The map has ${places} x ${places} values.`;
  }

  function windowInWords(number, count, top, left, kernel, size, sum, places) {
    const leaves = Math.min(top, left) < 0 || Math.max(top, left) + kernel > size;
    const where = `${span("row", top, kernel)}, ${span("column", left, kernel)} of the picture`;
    const border = leaves ? "; what lies outside of it is padding, zeros" : "";
    const products = kernel === 1 ? "The product is" : `The ${kernel * kernel} products add up to`;
    const target = `row ${Math.floor(number / places)}, column ${number % places} of the map`;
    return `Window ${number + 1} of ${count}: ${where}${border}. ${products} ${short(sum)}, the value in ${target}.`;
  }

  // The figure.

  function make() {
    const { pictures, kernels } = FIGURE_VALUES;
    let kernel = kernels[0].sizes[3];
    let at = 0; // number of the window
    let timer = null; // while it plays
    let shown; // what depends on the settings; see `settle`

    const picture = choice(pictures.map(({ name }) => name));
    const ready = choice([...kernels.map(({ name }) => name), OWN]);
    const size = element("select", {}, ...SIZES.map((n) => element("option", { value: n }, `${n} x ${n}`)));
    const stride = element("select", {}, ...[1, 2, 3, 4].map((n) => element("option", {}, String(n))));
    const padding = element("select", {}, ...[0, 1, 2, 3, 4].map((n) => element("option", {}, String(n))));
    const slider = element("input", { type: "range", min: 0, value: 0 });
    const play = button("Play", () => (timer ? stop() : start()));
    const says = element("p", { class: "mf-says", role: "status" });
    const note = element("p", { class: "mf-note" });
    const panels = element("div", { class: "mf-panels" });
    size.value = 3;

    function go(number) {
      at = Math.max(0, Math.min(shown.count - 1, number));
      drawWindow();
    }

    function start() {
      if (at === shown.count - 1) go(0);
      if (matchMedia("(prefers-reduced-motion: reduce)").matches) return go(shown.count - 1);
      play.textContent = "Pause";
      says.setAttribute("aria-live", "off"); // a voice could not keep up
      const pause = Math.max(STEP_MS.shortest, Math.min(STEP_MS.longest, PLAYING_MS / shown.count));
      timer = setInterval(() => (at < shown.count - 1 ? go(at + 1) : stop()), pause);
    }

    function stop() {
      if (!timer) return;
      clearInterval(timer);
      timer = null;
      play.textContent = "Play";
      says.setAttribute("aria-live", "polite");
      drawWindow(); // says it once more, now aloud
    }

    // The fields of the kernel; a number that is changed makes it one of the reader's own.
    function kernelFields() {
      const draft = kernel.map((numbers) => [...numbers]); // null where a field holds no number
      const scale = largestOf(kernel);
      const paint = (input, value) => {
        input.style.backgroundColor = css(diverging(value / scale));
        input.style.color = inkOn(diverging(value / scale));
      };
      const cells = kernel.flatMap((row, r) =>
        row.map((value, c) => {
          const input = field(short(value, 3), { min: -100, max: 100, step: "any" });
          input.setAttribute("aria-label", `kernel, row ${r}, column ${c}`);
          paint(input, value);
          input.addEventListener("input", () => {
            const number = read(input);
            if (number !== null) paint(input, number);
            ready.value = kernels.length;
            offerSizes();
            draft[r][c] = number;
            const missing = draft.flat().indexOf(null);
            if (missing >= 0) return complain(missing);
            kernel = draft.map((numbers) => [...numbers]);
            settle();
          });
          return input;
        })
      );
      const grid = element("div", { class: "mf-kernel" }, ...cells);
      grid.style.gridTemplateColumns = `repeat(${kernel.length}, auto)`;
      return element("fieldset", { class: "mf-panel" }, element("legend", {}, "times kernel"), grid);
    }

    // Say which number of the kernel is missing, counted row by row.
    function complain(missing) {
      stop();
      const [row, column] = [Math.floor(missing / kernel.length), missing % kernel.length];
      says.classList.add("mf-alarm");
      says.textContent = `The kernel needs a number from -100 to 100 in row ${row}, column ${column}.`;
    }

    // A ready-made kernel has some of the sizes only.
    function offerSizes() {
      const sizes = kernels[ready.value]?.sizes;
      for (const option of size.options) option.disabled = sizes !== undefined && !(option.value in sizes);
      if (size.selectedOptions[0].disabled) size.value = 3;
    }

    function changeKernel() {
      offerSizes();
      kernel = kernels[ready.value]?.sizes[size.value] ?? resized(kernel, Number(size.value));
      settle(kernelFields());
    }

    // Compute and draw what depends on the settings; `fields` only if the kernel is another one.
    function settle(fields = shown.fields) {
      stop();
      const wasWhole = shown !== undefined && at === shown.count - 1;
      const { name, largest, pixels } = pictures[picture.value];
      const border = Number(padding.value);
      const padded = pad(pixels.map((row) => row.map((value) => value / largest)), border);
      const map = slide(padded, kernel, Number(stride.value));
      const brightest = largestOf(padded);
      const strongest = largestOf(map);
      const over = drawTable(padded, (value) => grey(value / brightest), `The picture, ${name}, ${padded.length} x ${padded.length} with its padding.`);
      const under = drawTable(map, (value) => diverging(value / strongest), `The map, ${map.length} x ${map.length} values from ${short(Math.min(...map.flat()))} to ${short(Math.max(...map.flat()))}.`);
      const [place, target] = [frame(kernel.length), frame(1)];
      if (border) over.drawing.append(square(pixels.length, "mf-border"));
      if (border) move(over.drawing.lastChild, border, border);
      over.drawing.append(place);
      under.drawing.append(target);
      over.drawing.addEventListener("click", (event) => point(event, over.drawing));
      shown = { padded, map, border, pixels, brightest, fields, place, target, squares: under.squares, count: map.length ** 2 };
      shown.window = element("div");
      shown.products = element("div");
      panels.replaceChildren(
        panel(border ? `picture with padding ${border}` : "picture", over.drawing),
        panel("map: orange +, violet -", under.drawing),
        element("div", { class: "mf-panels" }, shown.window, fields, shown.products)
      );
      note.textContent = sizeInWords(pixels.length, kernel.length, stride.value, border, map.length);
      slider.max = shown.count - 1;
      go(wasWhole ? shown.count - 1 : 0);
    }

    // Move the window to where the pointer is, as near as the stride allows.
    function point(event, drawing) {
      stop();
      const box = drawing.getBoundingClientRect();
      const across = shown.map.length - 1;
      const index = (share) => {
        const pixel = share * shown.padded.length - kernel.length / 2;
        return Math.max(0, Math.min(across, Math.round(pixel / stride.value)));
      };
      const row = index((event.clientY - box.top) / box.height);
      go(row * shown.map.length + index((event.clientX - box.left) / box.width));
    }

    function drawWindow() {
      const { padded, map, border, pixels, brightest, place, target, squares, count } = shown;
      const [row, column] = [Math.floor(at / map.length), at % map.length];
      const [top, left] = [row * stride.value, column * stride.value];
      const window = windowOf(padded, top, left, kernel.length);
      const products = productsOf(window, kernel);
      move(place, top, left);
      move(target, row, column);
      squares.forEach((cell, number) => cell.classList.toggle("mf-todo", number > at));
      shown.window.replaceChildren(numberTable("window", window, (value) => grey(value / brightest)));
      const strongest = brightest * largestOf(kernel);
      const title = `products: sum ${short(map[row][column])}`;
      shown.products.replaceChildren(numberTable(title, products, (value) => diverging(value / strongest)));
      slider.value = at;
      slider.setAttribute("aria-valuetext", `window ${at + 1} of ${count}`);
      says.classList.remove("mf-alarm");
      says.textContent = windowInWords(at, count, top - border, left - border, kernel.length, pixels.length, map[row][column], map.length);
    }

    const step = (change) => () => {
      stop();
      go(change());
    };
    picture.addEventListener("change", () => settle());
    stride.addEventListener("change", () => settle());
    padding.addEventListener("change", () => settle());
    ready.addEventListener("change", changeKernel);
    size.addEventListener("change", changeKernel);
    slider.addEventListener("input", step(() => Number(slider.value)));
    changeKernel();

    return [
      element(
        "div",
        { class: "mf-row" },
        labelled("picture", picture),
        labelled("kernel", ready),
        labelled("size", size),
        labelled("stride", stride),
        labelled("padding", padding)
      ),
      element(
        "div",
        { class: "mf-row" },
        button("Back", step(() => at - 1)),
        button("Step", step(() => at + 1)),
        play,
        button("Whole map", step(() => shown.count - 1)),
        button("Start again", step(() => 0)),
        element("label", { class: "mf-control mf-wide" }, element("span", {}, "window"), slider)
      ),
      says,
      panels,
      note,
    ];
  }

  mount("convolution", make);
}
