// The convolution: a kernel moves over a picture, as in lesson 02. Rows and columns count from 0.

"use strict";

{
  const { element, labelled, panel, choice, button, field, read, short, mount } = movingFigures;
  const { pad, windowOf, productsOf, slide, resized, largestOf } = movingFigures;
  const { grey, diverging, paint, square, frame, move, drawSquares, numberTable } = movingFigures;
  const OWN = "own numbers";
  const SIZES = [1, 2, 3, 4, 5];
  const STRIDES = [1, 2, 3, 4];
  const PADDINGS = [0, 1, 2, 3, 4];
  const NUMBERS = { min: -100, max: 100, step: "any" }; // of a kernel
  // Playing takes so long for all windows together, within these bounds for one of them.
  const PLAYING_MS = 15000;
  const STEP_MS = { shortest: 20, longest: 700 };

  // Words.

  function span(name, first, size) {
    return size === 1 ? `${name} ${first}` : `${name}s ${first} to ${first + size - 1}`;
  }

  function sizeInWords(size, kernel, stride, padding, places) {
    const isWhole = (size + 2 * padding - kernel) % stride === 0;
    const formula = `(${size} + 2 x ${padding} - ${kernel}) / ${stride} + 1`;
    const result = `${isWhole ? " =" : ", rounded down:"} ${places}`;
    return `${formula}${result}. The map has ${places} x ${places} values.`;
  }

  // Where a window lies in a picture of size x size pixels; in the padding, numbers are below 0.
  function placeInWords(top, left, kernel, size) {
    const leaves = Math.min(top, left) < 0 || Math.max(top, left) + kernel > size;
    const border = leaves ? "; what lies outside of it is padding, zeros" : "";
    return `${span("row", top, kernel)}, ${span("column", left, kernel)} of the picture${border}`;
  }

  function sumInWords(kernel, sum, row, column) {
    const products = kernel === 1 ? "The product is" : `The ${kernel ** 2} products add up to`;
    return `${products} ${short(sum)}, the value in row ${row}, column ${column} of the map.`;
  }

  // The fields of a kernel. `change` is called with its numbers as they are then, null for each
  // field that holds none. A field shows its number rounded, which stays exact until it is edited.
  function kernelFields(kernel, change) {
    const numbers = kernel.map((row) => [...row]);
    const colour = (number) => diverging(number / largestOf(kernel));
    const cell = (number, row, column) => {
      const input = field(short(number, 3), NUMBERS);
      input.setAttribute("aria-label", `kernel, row ${row}, column ${column}`);
      paint(input, colour(number));
      input.addEventListener("input", () => {
        numbers[row][column] = read(input);
        paint(input, colour(numbers[row][column] ?? 0));
        change(numbers.map((copied) => [...copied]));
      });
      return input;
    };
    const cells = kernel.flatMap((row, r) => row.map((number, c) => cell(number, r, c)));
    const grid = element("div", { class: "mf-kernel" }, ...cells);
    grid.style.gridTemplateColumns = `repeat(${kernel.length}, auto)`;
    const title = element("legend", {}, "times kernel");
    return element("fieldset", { class: "mf-panel" }, title, grid);
  }

  class Convolution {
    constructor() {
      const { pictures, kernels } = FIGURE_VALUES;
      this.picture = choice(pictures.map(({ name }) => name));
      this.ready = choice([...kernels.map(({ name }) => name), OWN]);
      this.size = choice(
        SIZES.map((n) => `${n} x ${n}`),
        SIZES,
      );
      this.stride = choice(STRIDES, STRIDES);
      this.padding = choice(PADDINGS, PADDINGS);
      this.slider = element("input", { type: "range", min: 0, value: 0 });
      this.play = button("Play", () => (this.timer ? this.stop() : this.start()));
      this.says = element("p", { class: "mf-says", role: "status" });
      this.note = element("p", { class: "mf-note" });
      // Places for what is drawn anew; the fields stay where they are while they are typed into.
      const [over, under, window, fields, products] = [0, 1, 2, 3, 4].map(() => element("div"));
      this.places = { over, under, window, fields, products };
      this.kernel = kernels[0].sizes[3];
      this.at = 0; // number of the window
      this.timer = null; // while it plays
      this.size.value = 3;
      this.listen();
      this.changeKernel();
    }

    listen() {
      for (const control of [this.picture, this.stride, this.padding]) {
        control.addEventListener("change", () => this.settle());
      }
      for (const control of [this.ready, this.size]) {
        control.addEventListener("change", () => this.changeKernel());
      }
      this.slider.addEventListener("input", () => this.jump(Number(this.slider.value)));
      this.places.over.addEventListener("click", (event) => this.point(event));
    }

    // What the figure consists of, in order.
    parts() {
      const { over, under, window, fields, products } = this.places;
      const settings = [
        labelled("picture", this.picture),
        labelled("kernel", this.ready),
        labelled("size", this.size),
        labelled("stride", this.stride),
        labelled("padding", this.padding),
      ];
      const steps = [
        button("Back", () => this.jump(this.at - 1)),
        button("Step", () => this.jump(this.at + 1)),
        this.play,
        button("Whole map", () => this.jump(this.count - 1)),
        button("Start again", () => this.jump(0)),
        labelled("window", this.slider, "mf-wide"),
      ];
      return [
        element("div", { class: "mf-row" }, ...settings),
        element("div", { class: "mf-row" }, ...steps),
        this.says,
        element("div", { class: "mf-panels" }, over, under),
        element("div", { class: "mf-panels" }, window, fields, products),
        this.note,
      ];
    }

    // A ready-made kernel has some of the sizes only.
    offerSizes() {
      const sizes = FIGURE_VALUES.kernels[this.ready.value]?.sizes;
      for (const option of this.size.options) option.disabled = sizes && !(option.value in sizes);
      if (this.size.selectedOptions[0].disabled) this.size.value = 3;
    }

    changeKernel() {
      this.offerSizes();
      const sizes = FIGURE_VALUES.kernels[this.ready.value]?.sizes;
      const size = Number(this.size.value);
      this.kernel = sizes ? sizes[size] : resized(this.kernel, size);
      const fields = kernelFields(this.kernel, (numbers) => this.editKernel(numbers));
      this.places.fields.replaceChildren(fields);
      this.settle();
    }

    // Take the numbers of the fields, which are the reader's own from now on.
    editKernel(numbers) {
      this.stop();
      this.ready.value = FIGURE_VALUES.kernels.length;
      this.offerSizes();
      const missing = numbers.flat().indexOf(null);
      if (missing < 0) {
        this.kernel = numbers;
        this.settle();
        return;
      }
      const [row, column] = [Math.floor(missing / numbers.length), missing % numbers.length];
      const { min, max } = NUMBERS;
      const where = `in row ${row}, column ${column}`;
      this.says.textContent = `The kernel needs a number from ${min} to ${max} ${where}.`;
      this.says.classList.add("mf-alarm");
    }

    // Compute and draw what depends on the settings.
    settle() {
      this.stop();
      const wasWhole = this.map && this.at === this.count - 1;
      const { largest, pixels } = FIGURE_VALUES.pictures[this.picture.value];
      const [stride, padding] = [Number(this.stride.value), Number(this.padding.value)];
      this.pixels = pixels.map((row) => row.map((value) => value / largest));
      this.padded = pad(this.pixels, padding);
      this.map = slide(this.padded, this.kernel, stride);
      this.count = this.map.length ** 2;
      this.drawPicture(padding);
      this.drawMap();
      const sizes = [pixels.length, this.kernel.length, stride, padding, this.map.length];
      this.note.textContent = sizeInWords(...sizes);
      this.slider.max = this.count - 1;
      this.go(wasWhole ? this.count - 1 : 0);
    }

    drawPicture(padding) {
      const brightest = largestOf(this.padded);
      this.greyOf = (value) => grey(value / brightest);
      const { name } = FIGURE_VALUES.pictures[this.picture.value];
      const side = this.padded.length;
      const label = `The picture, ${name}, ${side} x ${side} pixels with its padding.`;
      const drawing = drawSquares(this.padded, this.greyOf, label);
      if (padding) drawing.append(move(square(this.pixels.length, "mf-border"), padding, padding));
      this.windowFrame = frame(this.kernel.length);
      drawing.append(this.windowFrame);
      const title = padding ? `picture with padding ${padding}` : "picture";
      this.places.over.replaceChildren(panel(title, drawing));
    }

    drawMap() {
      const strongest = largestOf(this.map);
      const [lowest, highest] = [Math.min, Math.max].map((end) => short(end(...this.map.flat())));
      const side = this.map.length;
      const label = `The map, ${side} x ${side} values from ${lowest} to ${highest}.`;
      const drawing = drawSquares(this.map, (value) => diverging(value / strongest), label);
      this.cells = [...drawing.querySelectorAll(".mf-cell")];
      this.valueFrame = frame(1);
      drawing.append(this.valueFrame);
      this.places.under.replaceChildren(panel("map: orange +, violet -", drawing));
    }

    // Show the window of a number, and the map up to it.
    go(number) {
      this.at = Math.max(0, Math.min(this.count - 1, number));
      const [row, column] = [Math.floor(this.at / this.map.length), this.at % this.map.length];
      const [top, left] = [row * this.stride.value, column * this.stride.value];
      move(this.windowFrame, top, left);
      move(this.valueFrame, row, column);
      this.cells.forEach((cell, place) => cell.classList.toggle("mf-todo", place > this.at));
      this.drawProducts(
        windowOf(this.padded, top, left, this.kernel.length),
        this.map[row][column],
      );
      this.slider.value = this.at;
      this.slider.setAttribute("aria-valuetext", `window ${this.at + 1} of ${this.count}`);
      const size = this.kernel.length;
      const padding = Number(this.padding.value);
      const place = placeInWords(top - padding, left - padding, size, this.pixels.length);
      const sum = sumInWords(size, this.map[row][column], row, column);
      this.says.textContent = `Window ${this.at + 1} of ${this.count}: ${place}. ${sum}`;
      this.says.classList.remove("mf-alarm");
    }

    drawProducts(window, sum) {
      const strongest = largestOf(this.padded) * largestOf(this.kernel);
      const colourOf = (value) => diverging(value / strongest);
      const products = productsOf(window, this.kernel);
      this.places.window.replaceChildren(numberTable("window", window, this.greyOf));
      const title = `products: sum ${short(sum)}`;
      this.places.products.replaceChildren(numberTable(title, products, colourOf));
    }

    // The same by hand, which ends playing.
    jump(number) {
      this.stop();
      this.go(number);
    }

    // Move the window to where the pointer is, as near as the stride allows.
    point(event) {
      const box = event.currentTarget.querySelector("svg").getBoundingClientRect();
      const index = (share) => {
        const pixel = share * this.padded.length - this.kernel.length / 2;
        const place = Math.round(pixel / this.stride.value);
        return Math.max(0, Math.min(this.map.length - 1, place));
      };
      const row = index((event.clientY - box.top) / box.height);
      this.jump(row * this.map.length + index((event.clientX - box.left) / box.width));
    }

    start() {
      if (this.at === this.count - 1) this.go(0);
      if (matchMedia("(prefers-reduced-motion: reduce)").matches) {
        this.go(this.count - 1);
        return;
      }
      this.play.textContent = "Pause";
      this.says.setAttribute("aria-live", "off"); // a voice could not keep up
      const { shortest, longest } = STEP_MS;
      const pause = Math.max(shortest, Math.min(longest, PLAYING_MS / this.count));
      this.timer = setInterval(() => this.advance(), pause);
    }

    advance() {
      if (this.at < this.count - 1) this.go(this.at + 1);
      else this.stop();
    }

    stop() {
      if (this.timer === null) return;
      clearInterval(this.timer);
      this.timer = null;
      this.play.textContent = "Play";
      this.says.setAttribute("aria-live", "polite");
      this.go(this.at); // says it once more, now aloud
    }
  }

  mount("convolution", () => new Convolution().parts());
}
