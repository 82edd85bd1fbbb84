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
    return furnish(
      document.createElementNS("http://www.w3.org/2000/svg", name),
      attributes,
      children,
    );
  }

  function furnish(made, attributes, children) {
    for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
    made.append(...children);
    return made;
  }

  // A control under its label, which can be texts and elements.
  function labelled(text, control, name = "") {
    const label = element("span", {}, ...[text].flat());
    return element("label", { class: `mf-control ${name}` }, label, control);
  }

  // A list to choose from; without values, these are the numbers of the names, from 0.
  function choice(names, values = [...names.keys()]) {
    const options = names.map((name, number) => element("option", { value: values[number] }, name));
    return element("select", {}, ...options);
  }

  // A part of a figure, under its title.
  function panel(title, content) {
    return element("figure", { class: "mf-panel" }, element("figcaption", {}, title), content);
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

  Object.assign(movingFigures, { element, svg, labelled, choice, panel, button, field, read });
  Object.assign(movingFigures, { short, grouped, mount });
}
