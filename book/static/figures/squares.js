// Tables of numbers drawn as coloured squares. Colours are [red, green, blue].

"use strict";

{
  const { svg, element, short } = movingFigures;
  const CELL = 10; // of a drawing, whose squares the style makes as large as there is room
  const NUMBERED = 7; // columns up to which the squares hold their numbers
  // From violet (-1) over white (0) to orange (1).
  const DIVERGING = [
    [84, 39, 136],
    [153, 142, 195],
    [247, 247, 247],
    [241, 163, 64],
    [179, 88, 6],
  ];

  // From black (0) to white (1).
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

  // Black or white, whichever can be read on a colour, by its luminance as WCAG 2 has it.
  function inkOn(colour) {
    const linear = (level) => {
      const share = level / 255;
      return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
    };
    const [red, green, blue] = colour.map(linear);
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue > 0.179 ? "#000000" : "#ffffff";
  }

  // Gives a cell of a table, or a field, a colour that its text can be read on.
  function paint(box, colour) {
    box.style.backgroundColor = css(colour);
    box.style.color = inkOn(colour);
  }

  function square(size, name) {
    return svg("rect", { width: size * CELL, height: size * CELL, class: name });
  }

  // A frame around so many squares, which can be seen on any colour.
  function frame(size) {
    return svg("g", {}, square(size, "mf-halo"), square(size, "mf-frame"));
  }

  function move(shape, row, column) {
    shape.setAttribute("transform", `translate(${column * CELL} ${row * CELL})`);
    return shape;
  }

  // A number in a square, larger if it is short.
  function numberIn(colour, value) {
    const text = short(value);
    const place = { x: 0.5 * CELL, y: 0.66 * CELL, "font-size": Math.min(4.6, 15 / text.length) };
    const number = svg("text", place, text);
    number.style.fill = inkOn(colour);
    return number;
  }

  // A square table as a drawing, with its numbers if there are few. Each square is a group.
  function drawSquares(table, colourOf, label) {
    const drawnCell = (value, row, column) => {
      const colour = colourOf(value);
      const cell = svg("g", { class: "mf-cell", "data-value": value }, square(1, "mf-square"));
      cell.firstChild.style.fill = css(colour);
      if (table.length <= NUMBERED) cell.append(numberIn(colour, value));
      return move(cell, row, column);
    };
    const side = table.length * CELL + 2; // with room for half a frame
    const attributes = { role: "img", "aria-label": label, class: "mf-squares" };
    const cells = table.flatMap((row, r) => row.map((value, c) => drawnCell(value, r, c)));
    return svg("svg", { viewBox: `-1 -1 ${side} ${side}`, ...attributes }, ...cells);
  }

  // A small table as one of HTML, which can be read aloud cell by cell.
  function numberTable(title, table, colourOf) {
    const cell = (value) => {
      const made = element("td", {}, short(value));
      paint(made, colourOf(value));
      return made;
    };
    const rows = table.map((row) => element("tr", {}, ...row.map(cell)));
    const body = element("tbody", {}, ...rows);
    return element("table", { class: "mf-panel mf-numbers" }, element("caption", {}, title), body);
  }

  Object.assign(movingFigures, { grey, diverging, paint, square, frame, move });
  Object.assign(movingFigures, { drawSquares, numberTable });
}
