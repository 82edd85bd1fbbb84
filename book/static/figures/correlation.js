// What a convolution of a net computes, on tables, which are lists of rows of numbers.

"use strict";

{
  const count = (length) => [...Array(length).keys()];

  // A table in a border of zeros.
  function pad(table, padding) {
    const zeros = (length) => new Array(length).fill(0);
    const rows = table.map((row) => [...zeros(padding), ...row, ...zeros(padding)]);
    const empty = () => zeros(table[0].length + 2 * padding);
    return [...count(padding).map(empty), ...rows, ...count(padding).map(empty)];
  }

  function windowOf(table, top, left, size) {
    return table.slice(top, top + size).map((row) => row.slice(left, left + size));
  }

  // The products of the numbers that lie on top of each other. The kernel is not turned.
  function productsOf(window, kernel) {
    return window.map((row, r) => row.map((value, c) => value * kernel[r][c]));
  }

  // The map: the sums of the products with each window of a table, which is padded already.
  function slide(table, kernel, stride) {
    const places = count(Math.floor((table.length - kernel.length) / stride) + 1);
    const sumAt = (r, c) => {
      const window = windowOf(table, r * stride, c * stride, kernel.length);
      return productsOf(window, kernel)
        .flat()
        .reduce((sum, product) => sum + product, 0);
    };
    return places.map((r) => places.map((c) => sumAt(r, c)));
  }

  // A kernel of another size, with the numbers that it has room for.
  function resized(kernel, size) {
    return count(size).map((r) => count(size).map((c) => kernel[r]?.[c] ?? 0));
  }

  // The largest number of a table, whatever its sign; 1 if all are 0, since it is divided by.
  function largestOf(table) {
    return Math.max(...table.flat().map(Math.abs)) || 1;
  }

  Object.assign(movingFigures, { pad, windowOf, productsOf, slide, resized, largestOf });
}
