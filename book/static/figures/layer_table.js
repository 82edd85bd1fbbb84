// The table of a net's layers, as d2l_helpers/inspection/layer_table.py has it, for square images.
//
// A layer is a dict of settings as in FIGURE_VALUES.nets: its type, and what that type has of
// channels, units, kernel, stride, padding, groups and activation.

"use strict";

{
  const SHORT_NAMES = { Conv2D: "conv", MaxPool2D: "pool", AvgPool2D: "pool" };
  const LOOK_AT =
    "If the feature map has become smaller than the kernel, the image is too small for this net; " +
    "also check the number of channels and the order of the axes, (batch, channel, height, width).";

  // The names of layers, in order: conv1, pool1 and so on.
  function layerNames(layers) {
    const counts = {};
    return layers.map(({ type }) => {
      const name = SHORT_NAMES[type] ?? type.toLowerCase();
      counts[name] = (counts[name] ?? 0) + 1;
      return `${name}${counts[name]}`;
    });
  }

  // A tuple as Python prints it.
  function tuple(numbers) {
    return `(${numbers.join(", ")})`;
  }

  // A layer with a window as Gluon prints it before it has seen an image.
  function printed({ type, channels, kernel, stride, padding, groups, activation }) {
    const square = (number) => tuple([number, number]);
    const [step, border] = [`stride=${square(stride)}`, `padding=${square(padding)}`];
    if (type !== "Conv2D") {
      const pooling = type === "MaxPool2D" ? "max" : "avg";
      const rest = `ceil_mode=False, global_pool=False, pool_type=${pooling}, layout=NCHW`;
      return `${type}(size=${square(kernel)}, ${step}, ${border}, ${rest})`;
    }
    const parts = [`-1 -> ${channels}`, `kernel_size=${square(kernel)}`, step];
    if (padding > 0) parts.push(border);
    if (groups > 1) parts.push(`groups=${groups}`);
    if (activation) parts.push(`Activation(${activation})`);
    return `${type}(${parts.join(", ")})`;
  }

  // Why a layer with a window cannot take a map of (channels, size, size): the reason in a few
  // words, and what dh.why_input_fails says; null if it can.
  function failure(number, layer, [channels, size]) {
    const { kernel, padding, groups = 1 } = layer;
    const shape = tuple([1, channels, size, size]);
    const sentence = `layer ${number}, ${printed(layer)}, cannot take an input of shape ${shape}.`;
    const why = `${sentence} ${LOOK_AT}`;
    if (kernel > size + 2 * padding) {
      const place = `${size} pixels with padding ${padding}`;
      const reason = `A kernel of ${kernel} does not fit into ${place}: the feature map vanishes.`;
      return { number, reason, why };
    }
    if (channels % groups) {
      const reason = `${channels} channels come in, and ${groups} groups cannot share them evenly.`;
      return { number, reason, why };
    }
    if (layer.channels % groups) {
      const reason = `${groups} groups cannot make ${layer.channels} channels, as many in each.`;
      return { number, reason, why: "" }; // Gluon does not even make such a layer
    }
    return null;
  }

  function product(numbers) {
    return numbers.reduce((a, b) => a * b, 1);
  }

  // What a layer makes of its input: shape (without the batch), parameters, multiply-adds of one
  // image, and the receptive field, as the pixels that a value sees and those from one value to the
  // next, 0 if all see the whole image.
  function measured(layer, shape, field, imageSize) {
    const { type, kernel, stride, padding, groups = 1 } = layer;
    if (type === "Dense") {
      const weights = layer.units * product(shape);
      const whole = field.jump > 0 ? { size: imageSize, jump: 0 } : field;
      const parameters = weights + layer.units;
      return { shape: [layer.units], parameters, multiplyAdds: weights, field: whole };
    }
    if (kernel === undefined) {
      const parameters = type === "BatchNorm" ? 4 * shape[0] : 0; // scale, shift, mean, variance
      return { shape, parameters, multiplyAdds: 0, field };
    }
    const [channels, size] = shape;
    const places = Math.floor((size + 2 * padding - kernel) / stride) + 1;
    const next = { size: field.size + (kernel - 1) * field.jump, jump: field.jump * stride };
    if (type !== "Conv2D") {
      return { shape: [channels, places, places], parameters: 0, multiplyAdds: 0, field: next };
    }
    const weights = layer.channels * (channels / groups) * kernel ** 2;
    return {
      shape: [layer.channels, places, places],
      parameters: weights + layer.channels,
      multiplyAdds: weights * places ** 2,
      field: next,
    };
  }

  // The rows of a net's layers, up to the first that cannot take its input, and why that cannot.
  function layerTable(layers, channels, size) {
    const names = layerNames(layers);
    const rows = [];
    let [shape, field] = [[channels, size, size], { size: 1, jump: 1 }];
    for (const [number, layer] of layers.entries()) {
      const fails = layer.kernel === undefined ? null : failure(number, layer, shape);
      if (fails) return { rows, failure: fails };
      const row = { name: names[number], type: layer.type, ...measured(layer, shape, field, size) };
      ({ shape, field } = row);
      rows.push(row);
    }
    return { rows, failure: null };
  }

  Object.assign(movingFigures, { layerNames, layerTable });
}
