// What the playground says and does in a browser: node playground.js CHROMIUM ADDRESS SHOTS
//
// ADDRESS is that of the page's folder, with / at its end; SHOTS a folder that holds picture.png, an
// image to give it, and gets screenshots. Prints JSON: requests to elsewhere, errors, what axe finds,
// the probabilities of each example, of the picture, of drawings with the mouse and with the
// keyboard, what the page says of its net, and what is too wide.

const path = require("path");
const { chromium } = require("playwright-core");

const probabilities = (page) =>
  page.$$eval("#probabilities tr", (rows) => rows.map((row) => Number(row.dataset.probability)));

// The probabilities after something was done, once they are others than before.
async function answer(page, act) {
  const before = JSON.stringify(await probabilities(page));
  await act();
  await page.waitForFunction((old) => {
    const rows = [...document.querySelectorAll("#probabilities tr")];
    return JSON.stringify(rows.map((row) => Number(row.dataset.probability))) !== old;
  }, before);
  await page.waitForSelector("body:not([data-busy])"); // until nothing is asked any more
  return probabilities(page);
}

async function faults(page) {
  await page.addScriptTag({ path: require.resolve("axe-core/axe.min.js") });
  // Without a server axe may not load the style sheet once more.
  const { violations } = await page.evaluate(() => axe.run({ preload: false }));
  return violations
    .filter(({ impact }) => ["serious", "critical"].includes(impact))
    .flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html}`));
}

async function open(browser, address, settings, said) {
  const page = await browser.newPage(settings);
  page.on("request", (request) => {
    const url = request.url();
    if (!url.startsWith(address) && !/^(data|blob):/.test(url)) said.elsewhere.push(url);
  });
  page.on("pageerror", (error) => said.errors.push(String(error)));
  page.on("console", (message) => {
    if (message.type() === "error") said.errors.push(message.text());
  });
  await page.goto(`${address}index.html`);
  await page.waitForSelector("body[data-ready]");
  return page;
}

async function use(page, shots, said) {
  for (const id of ["net", "enlarged", "count"]) said.net.push(await page.textContent(`#${id}`));
  const clear = () => page.click("#clear");
  said.empty = await answer(page, clear);
  for (const button of await page.$$("#examples button")) {
    await answer(page, () => button.click());
    said.examples.push(await probabilities(page));
    await answer(page, clear);
  }
  const picture = path.join(shots, "picture.png");
  said.picture = await answer(page, () => page.setInputFiles("#file", picture));
  await answer(page, clear);
  const box = await page.locator("#drawing").boundingBox();
  said.mouse = await answer(page, async () => {
    await page.mouse.move(box.x + 80, box.y + 60);
    await page.mouse.down();
    await page.mouse.move(box.x + 200, box.y + 220, { steps: 20 });
    await page.mouse.up();
  });
  await answer(page, clear);
  await page.focus("#drawing");
  said.keyboard = await answer(page, async () => {
    for (const key of [" ", "ArrowDown", " ", "ArrowDown", " "]) await page.keyboard.press(key);
  });
  const rubOut = ["Shift+Space", "ArrowUp", "Shift+Space", "ArrowUp", "Shift+Space"];
  said.rubbed = await answer(page, async () => {
    for (const key of rubOut) await page.keyboard.press(key);
  });
  await page.setInputFiles("#file", { name: "no.png", mimeType: "image/png", buffer: Buffer.from("no") });
  await page.waitForFunction(() => document.getElementById("status").textContent.includes("no picture"));
}

async function main([executablePath, address, shots]) {
  // As root, as in a container, Chromium starts only without its sandbox.
  const args = process.getuid() === 0 ? ["--no-sandbox"] : [];
  const browser = await chromium.launch({ executablePath, args });
  const said = { elsewhere: [], errors: [], faults: [], wide: [], examples: [], net: [] };
  for (const colorScheme of ["light", "dark"]) {
    for (const width of [1100, 390]) {
      const settings = { colorScheme, viewport: { width, height: 900 } };
      const page = await open(browser, address, settings, said);
      await page.locator("#examples button").nth(9).click();
      await page.waitForSelector("body:not([data-busy])");
      said.faults.push(...(await faults(page)));
      const overflow = () => document.documentElement.scrollWidth > document.documentElement.clientWidth;
      if (await page.evaluate(overflow)) said.wide.push(`${colorScheme} ${width}`);
      await page.screenshot({ path: path.join(shots, `${colorScheme}-${width}.png`), fullPage: true });
      if (colorScheme === "light" && width === 1100) await use(page, shots, said);
      await page.close();
    }
  }
  await browser.close();
  console.log(JSON.stringify(said));
}

main(process.argv.slice(2)).catch((error) => {
  console.error(String(error));
  process.exit(1);
});
