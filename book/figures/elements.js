// What the figures that move share: how they are mounted, their controls, numbers in words.

"use strict";

const movingFigures = {};

{
  // An element with attributes and children, which are elements or texts.
  function element(name, attributes = {}, ...children) {
    return furnish(document.createElement(name), attributes, children);
  }

  // The same for the parts of a drawing.
  function svg(name, attributes = {}, ...children) {
    return furnish(document.createElementNS("http://www.w3.org/2000/svg", name), attributes, children);
  }

  function furnish(made, attributes, children) {
    for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
    made.append(...children);
    return made;
  }

  // A control under its label.
  function labelled(text, control) {
    return element("label", { class: "mf-control" }, element("span", {}, text), control);
  }

  // A list to choose from: names in order, the values are their numbers.
  function choice(names) {
    return element("select", {}, ...names.map((name, number) => element("option", { value: number }, name)));
  }

  function button(text, act) {
    const made = element("button", { type: "button" }, text);
    made.addEventListener("click", act);
    return made;
  }

  // A field for a number; what is outside of the bounds is refused by `read`.
  function field(value, { min, max, step = 1 }) {
    return element("input", { type: "number", value, min, max, step });
  }

  // The number in a field; null, and the field marked, if there is none that it can take.
  function read(input) {
    const isRight = input.value !== "" && input.validity.valid;
    if (isRight) input.removeAttribute("aria-invalid");
    else input.setAttribute("aria-invalid", "true");
    return isRight ? Number(input.value) : null;
  }

  // A number with at most so many decimals, as the lessons print it.
  function short(value, decimals = 2) {
    return String(Number(value.toFixed(decimals)) + 0);
  }

  // A whole number with commas.
  function grouped(value) {
    return value.toLocaleString("en-GB");
  }

  // What `make` returns takes the place of the sentence in each place for this figure.
  function mount(name, make) {
    document.addEventListener("DOMContentLoaded", () => {
      for (const place of document.querySelectorAll(`.moving-figure[data-figure="${name}"]`)) {
        place.replaceChildren(...make());
      }
    });
  }

  Object.assign(movingFigures, { element, svg, labelled, choice, button, field, read, short, grouped, mount });
}
