// What is wrong with pages, as a browser finds it: node look.js CHROMIUM PAGE...
//
// Prints one list of findings in JSON, each of them a text; [] where all is well.

const path = require("path");
const { chromium } = require("playwright-core");

const DESK = 1100;
const PHONE = 390;
const PAPER = 680; // A4 less its margins, 180 mm, in pixels of the screen

// What axe finds that is serious or critical.
async function accessibility(page) {
  await page.addScriptTag({ path: require.resolve("axe-core/axe.min.js") });
  const { violations } = await page.evaluate(() => axe.run({ preload: false })); // no fetching of style sheets
  return violations
    .filter(({ impact }) => ["serious", "critical"].includes(impact))
    .flatMap(({ id, impact, nodes }) => nodes.map(({ html }) => `${impact}, ${id}: ${html}`));
}

// These run in the page.

// What reaches out of its box and cannot be scrolled to; on paper nothing can.
function cutOff(onPaper) {
  const overflow = (box) => getComputedStyle(box).overflowX;
  // Whether the nearest box around it that does not let it stick out scrolls.
  const reachable = (box) =>
    box && (overflow(box) === "visible" ? reachable(box.parentElement) : overflow(box) === "auto");
  return [document.documentElement, ...document.querySelectorAll("main *:not(svg *)")]
    .filter((box) => box.clientWidth > 0 && box.scrollWidth > box.clientWidth + 1)
    .filter((box) => onPaper || !reachable(box))
    .map((box) => `cut off: ${box.outerHTML.slice(0, 200)}`);
}

// What scrolls and is no tab stop, or is a tab stop and does not scroll.
function tabStops() {
  return [...document.querySelectorAll(".bd-article *:not(a, summary, button, input, select)")]
    .filter((box) => {
      const scrolls = getComputedStyle(box).overflowX === "auto";
      return (scrolls && box.scrollWidth > box.clientWidth) !== (box.tabIndex === 0);
    })
    .map((box) => `tab stop ${box.tabIndex}: ${box.outerHTML.slice(0, 200)}`);
}

// The letters of a line of prose, 70 or so.
function lineLengths() {
  const lines = (p) => Math.round(p.offsetHeight / parseFloat(getComputedStyle(p).lineHeight));
  const paragraphs = [...document.querySelectorAll(".bd-article section > p")]
    .filter((p) => p.offsetHeight && lines(p) > 1);
  if (paragraphs.length < 10) return []; // too few to have a mean
  // The last line of a paragraph is half full, on average.
  const lengths = paragraphs.map((p) => p.textContent.length / (lines(p) - 0.5));
  const mean = lengths.reduce((sum, length) => sum + length, 0) / lengths.length;
  return mean < 60 || mean > 80 ? [`lines of ${mean} letters`] : [];
}

async function look(browser, address) {
  const found = [];
  for (const colorScheme of ["light", "dark"]) {
    for (const width of [DESK, PHONE]) {
      const page = await browser.newPage({ colorScheme, viewport: { width, height: 900 } });
      page.on("request", (request) => {
        if (!/^(file|data):/.test(request.url())) found.push(`asks for ${request.url()}`);
      });
      page.on("requestfailed", (request) => found.push(`not found: ${request.url()}`));
      page.on("pageerror", (error) => found.push(`error: ${error}`));
      await page.goto(address);
      const checks = [cutOff, tabStops, ...(width === DESK ? [lineLengths] : [])];
      for (const check of checks) found.push(...(await page.evaluate(check)));
      found.push(...(await accessibility(page)));
      await page.close();
    }
  }
  const paper = await browser.newPage({ viewport: { width: PAPER, height: 900 } });
  await paper.emulateMedia({ media: "print" });
  await paper.goto(address);
  found.push(...(await paper.evaluate(cutOff, true)).map((what) => `on paper, ${what}`));
  await paper.close();
  return found.map((what) => `${path.basename(address)}: ${what}`);
}

async function main([executablePath, ...pages]) {
  // As root, as in a container, Chromium starts only without its sandbox.
  const args = process.getuid() === 0 ? ["--no-sandbox"] : [];
  const browser = await chromium.launch({ executablePath, args });
  const found = [];
  for (const page of pages) found.push(...(await look(browser, `file://${path.resolve(page)}`)));
  await browser.close();
  console.log(JSON.stringify(found, null, 1));
}

main(process.argv.slice(2));
