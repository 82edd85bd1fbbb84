// What the figures that move say and do in a browser: node figures.js CHROMIUM FOLDER
//
// FOLDER holds figures/convolution.html, net.html and learning_rate.html, and tasks.json: the
// settings to try, {convolutions: [{picture, kernel, stride, padding, at}],
// nets: [{preset, channels, size, layers}]}. Screenshots go there too. Prints JSON; see `main`.

const fs = require("fs");
const path = require("path");
const { chromium } = require("playwright-core");

const NAMES = ["convolution", "net", "learning_rate"];
const DESK = 1100;
const PHONE = 390;

async function open(browser, folder, name, said, settings = {}) {
  const page = await browser.newPage({ viewport: { width: DESK, height: 900 }, ...settings });
  page.on("request", (request) => {
    if (!/^(file|data):/.test(request.url()))
      said.elsewhere.push(`${name} asks for ${request.url()}`);
  });
  page.on("requestfailed", (request) => said.errors.push(`${name} lacks ${request.url()}`));
  page.on("pageerror", (error) => said.errors.push(`${name}: ${error}`));
  page.on("console", (message) => {
    if (message.type() === "error") said.errors.push(`${name}: ${message.text()}`);
  });
  await page.goto(`file://${path.resolve(folder, "figures", `${name}.html`)}`);
  return page;
}

// These run in the page.

// Adds to the page what the others use.
function helpers() {
  globalThis.all = (selector) => [...document.querySelectorAll(`.moving-figure ${selector}`)];
  globalThis.control = (label) =>
    all("label")
      .find((box) => box.firstChild.textContent.startsWith(label))
      .querySelector("input, select");
  globalThis.set = (input, value) => {
    input.value = value;
    input.dispatchEvent(new Event("input", { bubbles: true }));
    input.dispatchEvent(new Event("change", { bubbles: true }));
  };
  globalThis.press = (text) =>
    all("button")
      .find((button) => button.textContent === text)
      .click();
  globalThis.words = () => all("[role=status]")[0].textContent;
  globalThis.texts = (cells) => [...cells].map((cell) => cell.textContent);
}

function convolve({ picture, kernel, stride, padding, at }) {
  set(control("picture"), picture);
  const own = control("kernel").options.length - 1;
  set(control("kernel"), own);
  set(control("size"), kernel.length);
  kernel.flat().forEach((number, place) => set(all(".mf-kernel input")[place], number));
  set(control("stride"), stride);
  set(control("padding"), padding);
  press("Whole map");
  const waiting = all(".mf-todo").length;
  const [over, under] = all(".mf-squares");
  const values = (drawing) =>
    [...drawing.querySelectorAll("[data-value]")].map((cell) => Number(cell.dataset.value));
  const map = values(under);
  set(control("window"), at);
  const [window, products] = all(".mf-numbers");
  return {
    kernel: Number(control("kernel").value) === own,
    picture: values(over),
    map,
    waiting: [waiting, all(".mf-todo").length],
    window: texts(window.querySelectorAll("td")),
    products: texts(products.querySelectorAll("td")),
    sum: products.querySelector("caption").textContent,
    size: all(".mf-note")[0].textContent,
    words: words(),
  };
}

// The kernels that are ready, by their sizes, as the fields show them.
function readyKernels() {
  const found = [];
  for (const option of [...control("kernel").options].slice(0, -1)) {
    set(control("kernel"), option.value);
    const sizes = [...control("size").options]
      .filter(({ disabled }) => !disabled)
      .map(({ value }) => value);
    for (const size of sizes) {
      set(control("size"), size);
      found.push({
        name: option.textContent,
        size: Number(size),
        numbers: all(".mf-kernel input").map(({ value }) => Number(value)),
      });
    }
  }
  return found;
}

function compute({ preset, channels, size, layers }) {
  set(control("net"), preset);
  if (layers) {
    set(control("channels"), channels);
    set(control("pixels"), size);
    all("tbody tr").forEach((row, number) => {
      for (const input of row.querySelectorAll("input")) {
        const setting = input.getAttribute("aria-label").split(", ")[1];
        set(input, layers[number][setting]);
      }
    });
  }
  const rows = all("tbody tr, tfoot tr").map((row) => {
    return [
      row.querySelector("th").textContent.split(",")[0],
      ...texts([...row.querySelectorAll("td")].slice(-4)),
    ];
  });
  const stages = all("[data-kind]").map((stage) => {
    const front = stage
      .querySelector("polygon")
      .getAttribute("points")
      .split(" ")
      .map((point) => point.split(",").map(Number));
    const inches = [front[2][0] - front[0][0], front[0][1] - front[2][1]].map(
      (length) => length / 96,
    );
    return { ...stage.dataset, inches };
  });
  const fails = all(".mf-fails th").map(({ textContent }) => textContent.split(",")[0]);
  return { rows, stages, fails, why: all(".mf-why")[0]?.textContent ?? null, words: words() };
}

function allRates() {
  const found = [];
  for (const { value } of control("net").options) {
    set(control("net"), value);
    const slider = control("learning rate");
    for (let place = 0; place <= Number(slider.max); place++) {
      set(slider, place);
      const [curves, ends] = all(".mf-plot");
      found.push({
        net: value,
        rate: slider.previousSibling.lastChild.textContent,
        heard: slider.getAttribute("aria-valuetext"),
        words: words(),
        leaves: curves.querySelectorAll(".mf-chosen.mf-leaves").length,
        points: curves.querySelector("polyline.mf-chosen").points.length,
        crosses: ends.querySelectorAll("path").length,
        dots: ends.querySelectorAll("circle").length,
      });
    }
  }
  return found;
}

// What reaches out of the screen and cannot be scrolled to.
function tooWide() {
  const limit = document.documentElement.clientWidth + 1;
  const isOut = (box) =>
    box.getBoundingClientRect().right > limit && !box.closest(".mf-scroll > *");
  return [...document.querySelectorAll("main *")]
    .filter(isOut)
    .map((box) => box.outerHTML.slice(0, 120));
}

// What has the focus: its name, and whether that can be seen.
function focused() {
  const now = document.activeElement;
  const name =
    now.getAttribute("aria-label") ?? now.labels?.[0]?.firstChild.textContent ?? now.textContent;
  return { name, tag: now.tagName, isSeen: getComputedStyle(now).outlineStyle !== "none" };
}

// These drive a page.

// The settings in which a figure takes the most room.
const LARGEST = {
  convolution: () => {
    set(control("picture"), 1);
    set(control("size"), 5);
    set(control("window"), 300);
  },
  net: () => {
    set(all("tbody input")[1], 64);
    set(control("pixels"), 40);
  },
  learning_rate: () => {
    set(control("net"), "LeNet");
    set(control("learning rate"), 24);
  },
};

async function faults(page) {
  await page.addScriptTag({ path: require.resolve("axe-core/axe.min.js") });
  const { violations } = await page.evaluate(() => axe.run({ preload: false })); // asks for no file
  return violations
    .filter(({ impact }) => ["serious", "critical"].includes(impact))
    .flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html}`));
}

async function look(browser, folder, said) {
  for (const name of NAMES) {
    for (const colorScheme of ["light", "dark"]) {
      for (const width of [DESK, PHONE]) {
        const page = await open(browser, folder, name, said, {
          colorScheme,
          viewport: { width, height: 900 },
        });
        await page.evaluate(helpers);
        for (const setting of ["first", "largest"]) {
          if (setting === "largest") await page.evaluate(LARGEST[name]);
          await page.waitForTimeout(100); // until what watches sizes has drawn
          const where = `${name}, ${colorScheme}, ${width} pixels, ${setting}`;
          said.wide.push(...(await page.evaluate(tooWide)).map((what) => `${where}: ${what}`));
          said.faults.push(...(await faults(page)).map((what) => `${where}: ${what}`));
          const picture = `${name}-${colorScheme}-${width}-${setting}.png`;
          await page.screenshot({ path: path.join(folder, picture), fullPage: true });
        }
        await page.close();
      }
    }
  }
}

// Go through a figure with the tab key, from the link before it to the link behind it.
async function tabThrough(browser, folder, name, said) {
  const page = await open(browser, folder, name, said, { viewport: { width: PHONE, height: 900 } });
  await page.waitForTimeout(100);
  await page.focus("#before");
  const stops = [];
  for (let step = 0; step < 200; step++) {
    await page.keyboard.press("Tab");
    const stop = await page.evaluate(focused);
    if (stop.name === "behind") break;
    stops.push(stop);
  }
  const end = await page.evaluate(focused);
  await page.close();
  return { stops, end: end.name };
}

// Go with the tab key to the control of a name; false if that does not lead there.
async function tabTo(page, name) {
  for (let step = 0; step < 200; step++) {
    await page.keyboard.press("Tab");
    if ((await page.evaluate(focused)).name.startsWith(name)) return true;
  }
  return false;
}

// Use each figure with nothing but the keyboard: the texts before and after each key, the same where
// it cannot be pressed, and whether the focus stays where it is.
async function typeInto(browser, folder, said) {
  const heard = {};
  for (const [name, target, key] of [
    ["convolution", "Step", "Enter"],
    ["convolution", "window", "ArrowRight"],
    ["convolution", "stride", "ArrowDown"],
    ["convolution", "kernel, row 2, column 2", "5"],
    ["convolution", "kernel, row 2, column 2", "Delete"],
    ["net", "conv1, stride", "2"],
    ["net", "conv1, kernel", "0"],
    ["learning_rate", "learning rate", "ArrowRight"],
  ]) {
    const page = await open(browser, folder, name, said);
    await page.evaluate(helpers);
    await page.focus("#before");
    const before = await page.evaluate(() => words());
    if (await tabTo(page, target)) {
      if (/^(\d|Delete)$/.test(key)) await page.keyboard.press("ControlOrMeta+A");
      await page.keyboard.press(key);
    }
    const after = await page.evaluate(() => words());
    const stays = (await page.evaluate(focused)).name.startsWith(target);
    heard[`${target}: ${key}`] = { before, after, stays };
    await page.close();
  }
  return heard;
}

// What playing shows: windows that are not computed yet, at the start, soon after, after a pause.
async function play(browser, folder, said, reducedMotion) {
  const page = await open(browser, folder, "convolution", said, { reducedMotion });
  await page.evaluate(helpers);
  await page.evaluate(() => set(control("picture"), 1));
  const waiting = () => page.evaluate(() => all(".mf-todo").length);
  const counts = [await waiting()];
  await page.evaluate(() => press("Play"));
  const live = await page.evaluate(() => all("[role=status]")[0].getAttribute("aria-live"));
  await page.waitForTimeout(400);
  const isPlaying = await page.evaluate(() =>
    all("button").some(({ textContent }) => textContent === "Pause"),
  );
  if (isPlaying) await page.evaluate(() => press("Pause"));
  counts.push(await waiting());
  await page.waitForTimeout(200);
  counts.push(await waiting());
  await page.close();
  return { counts, isPlaying, live };
}

// Click on a place in the picture, given as shares of its height and width.
async function point(browser, folder, said, row, column) {
  const page = await open(browser, folder, "convolution", said);
  await page.evaluate(helpers);
  const box = await page.locator(".mf-squares").first().boundingBox();
  await page.mouse.click(box.x + column * box.width, box.y + row * box.height);
  const heard = await page.evaluate(() => words());
  await page.close();
  return heard;
}

async function withoutScripts(browser, folder, said) {
  const found = {};
  for (const name of NAMES) {
    const page = await open(browser, folder, name, said, { javaScriptEnabled: false });
    found[name] = await page.locator(".moving-figure").innerText();
    await page.close();
  }
  return found;
}

async function main([executablePath, folder]) {
  const tasks = JSON.parse(fs.readFileSync(path.join(folder, "tasks.json"), "utf8"));
  // As root, as in a container, Chromium starts only without its sandbox.
  const args = process.getuid() === 0 ? ["--no-sandbox"] : [];
  const browser = await chromium.launch({ executablePath, args });
  const said = { elsewhere: [], errors: [], faults: [], wide: [] };
  const inPage = async (name, act, list) => {
    const page = await open(browser, folder, name, said);
    await page.evaluate(helpers);
    await page.waitForTimeout(100);
    const found = [];
    for (const task of list) found.push(await page.evaluate(act, task));
    await page.close();
    return found;
  };
  said.convolutions = await inPage("convolution", convolve, tasks.convolutions);
  [said.kernels] = await inPage("convolution", readyKernels, [null]);
  said.nets = await inPage("net", compute, tasks.nets);
  [said.rates] = await inPage("learning_rate", allRates, [null]);
  said.tabs = {};
  for (const name of NAMES) said.tabs[name] = await tabThrough(browser, folder, name, said);
  said.keys = await typeInto(browser, folder, said);
  said.playing = await play(browser, folder, said, "no-preference");
  said.still = await play(browser, folder, said, "reduce");
  said.pointed = await point(browser, folder, said, 0.9, 0.1);
  said.withoutScripts = await withoutScripts(browser, folder, said);
  await look(browser, folder, said);
  await browser.close();
  console.log(JSON.stringify(said));
}

main(process.argv.slice(2)).catch((error) => {
  console.error(String(error.stack));
  process.exit(1);
});
