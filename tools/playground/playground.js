// The page's program: an image of 28 x 28 pixels, the net's answer to it, and the maps of conv1.
// The scripts before it define ort (onnxruntime-web), playgroundFiles and playgroundSettings.

const SIZE = 28;
const PEN = 1.6; // radius of the pen in pixels of the image
const MAPS_IN_A_ROW = window.innerWidth < 600 ? 8 : 12;

const element = (id) => document.getElementById(id);
const drawing = element("drawing");
const ink = new Float32Array(SIZE * SIZE); // 0 is background, 1 full ink
let pen = { x: SIZE / 2, y: SIZE / 2, shown: false };
const settings = playgroundSettings;
let net;

// Pixels

// The matrix that resizes one axis bilinearly, as bilinear_matrix in d2l_helpers/data/loader.py.
function bilinearRows(inSize, outSize) {
  return Array.from({ length: outSize }, (_, i) => {
    const centre = ((i + 0.5) * inSize) / outSize - 0.5;
    const left = Math.floor(centre);
    const inside = (j) => Math.min(Math.max(j, 0), inSize - 1);
    return { left: inside(left), right: inside(left + 1), share: centre - left };
  });
}

function enlarged(image, size) {
  const rows = bilinearRows(SIZE, size);
  const result = new Float32Array(size * size);
  rows.forEach((row, y) => {
    rows.forEach((column, x) => {
      const mix = (line) => {
        const at = (j) => image[line * SIZE + j];
        return at(column.left) * (1 - column.share) + at(column.right) * column.share;
      };
      result[y * size + x] = mix(row.left) * (1 - row.share) + mix(row.right) * row.share;
    });
  });
  return result;
}

// Paints grey values from 0 to 1 into a canvas, from a corner on.
function paint(canvas, values, width, left = 0, top = 0) {
  const pixels = new ImageData(width, values.length / width);
  values.forEach((value, i) => {
    pixels.data.fill(Math.round(255 * value), 4 * i, 4 * i + 3);
    pixels.data[4 * i + 3] = 255;
  });
  canvas.getContext("2d").putImageData(pixels, left, top);
}

// The middle square of a picture as grey values of 28 x 28 pixels, bright on dark.
async function greyPixels(blob) {
  const picture = await createImageBitmap(blob);
  const side = Math.min(picture.width, picture.height);
  const canvas = new OffscreenCanvas(SIZE, SIZE);
  const context = canvas.getContext("2d");
  context.imageSmoothingQuality = "high";
  const corner = [(picture.width - side) / 2, (picture.height - side) / 2];
  context.drawImage(picture, ...corner, side, side, 0, 0, SIZE, SIZE);
  const { data } = context.getImageData(0, 0, SIZE, SIZE);
  const grey = Float32Array.from({ length: SIZE * SIZE }, (_, i) => {
    const [red, green, blue, opaque] = data.subarray(4 * i, 4 * i + 4);
    return ((0.299 * red + 0.587 * green + 0.114 * blue) / 255) * (opaque / 255);
  });
  const corners = [0, SIZE - 1, SIZE * (SIZE - 1), SIZE * SIZE - 1].map((i) => grey[i]);
  const brightBackground = corners.filter((value) => value > 0.5).length > 2;
  return brightBackground ? grey.map((value) => 1 - value) : grey;
}

// The net

function softmax(scores) {
  const largest = Math.max(...scores);
  const powers = scores.map((score) => Math.exp(score - largest));
  const sum = powers.reduce((total, power) => total + power, 0);
  return powers.map((power) => power / sum);
}

async function ask() {
  const size = settings.size;
  const image = new ort.Tensor("float32", enlarged(ink, size), [1, 1, size, size]);
  const { scores, conv1 } = await net.run({ image });
  return { probabilities: softmax(Array.from(scores.data)), conv1 };
}

// What is shown

function showProbabilities(probabilities) {
  const best = probabilities.indexOf(Math.max(...probabilities));
  [...element("probabilities").tBodies[0].rows].forEach((row, i) => {
    row.className = i === best ? "best" : "";
    row.dataset.probability = probabilities[i];
    row.querySelector(".bar span").style.width = `${100 * probabilities[i]}%`;
    row.querySelector(".share").textContent = `${(100 * probabilities[i]).toFixed(1)} %`;
  });
  const percent = (100 * probabilities[best]).toFixed(0);
  element("status").textContent = `${settings.classes[best]}, ${percent} %`;
}

function showMaps(conv1) {
  const [, channels, height, width] = conv1.dims;
  element("count").textContent = `: ${channels} of ${height} x ${width} values`;
  const canvas = element("maps");
  canvas.width = MAPS_IN_A_ROW * (width + 1);
  canvas.height = Math.ceil(channels / MAPS_IN_A_ROW) * (height + 1);
  const largest = conv1.data.reduce((a, b) => Math.max(a, b), 1e-9);
  for (let c = 0; c < channels; c += 1) {
    const map = conv1.data.slice(c * height * width, (c + 1) * height * width);
    const column = c % MAPS_IN_A_ROW;
    const row = Math.floor(c / MAPS_IN_A_ROW);
    const scaled = map.map((value) => value / largest);
    paint(canvas, scaled, width, column * (width + 1), row * (height + 1));
  }
}

function showDrawing() {
  const scale = drawing.width / SIZE;
  const context = drawing.getContext("2d");
  ink.forEach((value, i) => {
    context.fillStyle = `rgb(${Array(3).fill(Math.round(255 * value)).join()})`;
    context.fillRect((i % SIZE) * scale, Math.floor(i / SIZE) * scale, scale, scale);
  });
  if (pen.shown) {
    context.strokeStyle = "#56b4e9";
    context.lineWidth = 2;
    context.strokeRect(Math.floor(pen.x) * scale, Math.floor(pen.y) * scale, scale, scale);
  }
}

// One question at a time: what was drawn while the net computed is asked for afterwards.
let asking = null;
let changed = false;

async function update() {
  showDrawing();
  paint(element("seen"), ink, SIZE);
  changed = true;
  document.body.dataset.busy = "yes";
  asking ??= (async () => {
    while (changed) {
      changed = false;
      const { probabilities, conv1 } = await ask();
      showProbabilities(probabilities);
      showMaps(conv1);
    }
    asking = null;
    delete document.body.dataset.busy;
  })();
  await asking;
}

function replace(pixels) {
  ink.set(pixels);
  return update();
}

async function givePicture(blob) {
  try {
    await replace(await greyPixels(blob));
  } catch {
    element("status").textContent = "This is no picture that the browser can read.";
  }
}

// Drawing

function draw(x, y, value) {
  for (let i = 0; i < ink.length; i += 1) {
    const distance = Math.hypot((i % SIZE) + 0.5 - x, Math.floor(i / SIZE) + 0.5 - y);
    const touch = Math.min(Math.max(PEN + 0.5 - distance, 0), 1);
    if (value) ink[i] = Math.max(ink[i], touch * value);
    else if (touch > 0) ink[i] = 0;
  }
  return update();
}

function pointAt(event) {
  const box = drawing.getBoundingClientRect();
  const place = (position, start, length) => ((position - start) / length) * SIZE;
  return [place(event.clientX, box.left, box.width), place(event.clientY, box.top, box.height)];
}

function listen() {
  drawing.addEventListener("pointerdown", (event) => {
    drawing.setPointerCapture(event.pointerId);
    pen.shown = false;
    draw(...pointAt(event), 1);
  });
  drawing.addEventListener("pointermove", (event) => {
    if (event.buttons) draw(...pointAt(event), 1);
  });
  drawing.addEventListener("keydown", (event) => {
    const step = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
    if (!(event.key in step) && event.key !== " ") return;
    event.preventDefault();
    const [right, down] = step[event.key] ?? [0, 0];
    const inside = (position) => Math.min(Math.max(position, 0.5), SIZE - 0.5);
    pen = { x: inside(pen.x + right), y: inside(pen.y + down), shown: true };
    if (event.key === " ") draw(pen.x, pen.y, event.shiftKey ? 0 : 1);
    else showDrawing();
  });
  drawing.addEventListener("focus", () => {
    pen.shown = drawing.matches(":focus-visible");
    showDrawing();
  });
  drawing.addEventListener("blur", () => {
    pen.shown = false;
    showDrawing();
  });
  element("clear").addEventListener("click", () => replace(new Float32Array(SIZE * SIZE)));
  element("file").addEventListener("change", (event) => {
    if (event.target.files.length) givePicture(event.target.files[0]);
    event.target.value = ""; // so that the same file can be given again
  });
  listenForDrops();
}

function listenForDrops() {
  const mark = (on) => document.body.classList.toggle("dropping", on);
  document.addEventListener("dragover", (event) => {
    event.preventDefault();
    mark(true);
  });
  document.addEventListener("dragleave", () => mark(false));
  document.addEventListener("drop", (event) => {
    event.preventDefault();
    mark(false);
    if (event.dataTransfer.files.length) givePicture(event.dataTransfer.files[0]);
  });
}

function addRows() {
  settings.classes.forEach((name) => {
    const row = element("probabilities").tBodies[0].insertRow();
    const head = document.createElement("th");
    head.scope = "row";
    head.textContent = name;
    row.append(head);
    row.insertCell().className = "bar";
    row.cells[1].append(document.createElement("span"));
    row.insertCell().className = "share";
  });
  settings.examples.forEach(({ name, pixels }) => {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = name;
    button.addEventListener("click", () => replace(pixels.map((value) => value / 255)));
    element("examples").append(button);
  });
}

function sayWhatNetItIs() {
  const { size } = settings;
  element("net").textContent = settings.net;
  if (size !== SIZE) element("enlarged").textContent = `, made larger to ${size} x ${size} for the net`;
}

// The bytes of a file that a script holds as text.
function bytes(name) {
  const text = atob(playgroundFiles[name]);
  const result = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i += 1) result[i] = text.charCodeAt(i);
  delete playgroundFiles[name]; // it is long, and not needed again
  return result;
}

async function start() {
  const wasm = "ort-wasm-simd-threaded";
  const program = new Blob([bytes(`${wasm}.mjs`)], { type: "text/javascript" });
  ort.env.wasm.wasmPaths = { mjs: URL.createObjectURL(program) };
  ort.env.wasm.wasmBinary = bytes(`${wasm}.wasm`);
  ort.env.wasm.numThreads = 1; // more need a server that isolates the page
  sayWhatNetItIs();
  net = await ort.InferenceSession.create(bytes("net.onnx"));
  addRows();
  listen();
  await replace(settings.examples[0].pixels.map((value) => value / 255));
  document.body.dataset.ready = "yes";
}

start().catch((error) => {
  element("status").textContent = `The net could not be loaded: ${error.message}`;
});
