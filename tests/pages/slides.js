// What is wrong with decks, as a browser finds it: node slides.js CHROMIUM DECK...
//
// Steps through each deck with the right arrow key, which must not skip what is below a slide. Prints
// JSON: for each deck its findings, texts, and how many slides, predictions and notes were seen.

const path = require("path");
const { chromium } = require("playwright-core");

const SIZE = { width: 1280, height: 720 };

// These run in the page.

function isAtTheEnd() {
  return Reveal.isLastSlide() && !Reveal.availableFragments().next;
}

// What reaches out of a slide or of its own box, is distorted, or is too small to read.
function misfits() {
  const [right, bottom, smallest] = [1280 - 40, 720 - 40, 20];
  const slide = Reveal.getCurrentSlide();
  const boxes = [...slide.querySelectorAll(":not(.folded, .folded *, aside, aside *)")];
  const say = (what, box) => `${what}: ${box.outerHTML.slice(0, 150)}`;
  const found = [];
  for (const box of boxes.filter((box) => box.checkVisibility())) {
    const edge = box.getBoundingClientRect();
    if (edge.right > right || edge.bottom > bottom) found.push(say("beyond the slide", box));
    if (box.clientWidth > 0 && box.scrollWidth > box.clientWidth + 1) found.push(say("cut off", box));
    const hasText = [...box.childNodes].some((node) => node.nodeType === 3 && node.data.trim());
    if (hasText && parseFloat(getComputedStyle(box).fontSize) < smallest) found.push(say("small", box));
    const shape = (box.naturalHeight * edge.width) / (box.naturalWidth * edge.height);
    if (box.tagName === "IMG" && Math.abs(shape - 1) > 0.02) found.push(say("distorted", box));
  }
  return found;
}

// Opened code that reaches out of the slide.
function panelBeyondSlide() {
  const panel = Reveal.getCurrentSlide().querySelector("details[open] .panel");
  const { left, right, top, bottom } = panel.getBoundingClientRect();
  const fits = left >= 0 && top >= 0 && right <= 1280 && bottom <= 720;
  return fits && panel.scrollWidth <= panel.clientWidth ? [] : ["opened code is beyond the slide"];
}

function kindOfSlide() {
  const { classList } = Reveal.getCurrentSlide();
  return ["title", "section", "prediction", "answer"].find((kind) => classList.contains(kind));
}

// The kind of slide that can be seen, but for the one that is shown.
function alsoVisible() {
  const seen = { opacityProperty: true, visibilityProperty: true };
  return [...document.querySelectorAll("section.slide")]
    .filter((slide) => slide !== Reveal.getCurrentSlide() && slide.checkVisibility(seen))
    .map((slide) => `another slide is visible: ${slide.textContent.trim().slice(0, 100)}`);
}

// What axe finds that is serious or critical, on all slides at once, as for printing; then with folded
// code opened. (The colours of dark slides are checked in tests/test_slides.py: paper is white.)
async function accessibility(page, address) {
  await page.goto(`${address}?view=print`);
  await page.waitForSelector(".pdf-page");
  await page.addScriptTag({ path: require.resolve("axe-core/axe.min.js") });
  const found = await page.evaluate(() => axe.run());
  await page.$$eval("details", (all) => all.forEach((details) => (details.open = true)));
  const opened = await page.evaluate(() => document.querySelector(".panel") && axe.run(".panel"));
  return [...found.violations, ...(opened?.violations || [])]
    .filter(({ impact }) => ["serious", "critical"].includes(impact))
    .flatMap(({ id, impact, nodes }) => nodes.map(({ html }) => `${impact}, ${id}: ${html.slice(0, 150)}`));
}

async function lookAtSlide(page) {
  const found = [...(await page.evaluate(misfits)), ...(await page.evaluate(alsoVisible))];
  if (await page.evaluate(() => Reveal.getCurrentSlide().querySelector("details") !== null)) {
    await page.keyboard.press("c");
    found.push(...(await page.evaluate(panelBeyondSlide)));
    await page.keyboard.press("c");
  }
  return found;
}

// The speaker view, opened from a deck that is a file, has the slide's notes.
async function speakerView(page) {
  const notes = await page.evaluate(() => Reveal.getCurrentSlide().querySelector(".notes").textContent.trim());
  const opened = page.context().waitForEvent("page", { timeout: 5000 });
  await page.keyboard.press("s");
  const view = await opened;
  const shown = view.locator(".speaker-controls-notes .value");
  await shown.filter({ hasText: notes.slice(0, 40) }).waitFor({ timeout: 5000 });
  await view.close();
}

async function look(browser, deck) {
  const context = await browser.newContext({ viewport: SIZE });
  const page = await context.newPage();
  const found = [];
  const said = { found, slides: 0, predictions: 0, notes: 0 };
  context.on("request", (request) => {
    if (!/^(file|data):/.test(request.url())) found.push(`asks for ${request.url()}`);
  });
  page.on("pageerror", (error) => found.push(String(error)));
  const address = `file://${path.resolve(deck)}`;
  await page.goto(address);
  await page.waitForFunction(() => window.Reveal && Reveal.isReady());
  await page.evaluate(() => document.fonts.ready);
  await speakerView(page).catch((error) => found.push(`speaker view: ${error.message.split("\n")[0]}`));
  for (let before = ""; ; before = await page.evaluate(kindOfSlide)) {
    const place = await page.evaluate(() => JSON.stringify(Reveal.getIndices()));
    if (said.slides > 0) await page.keyboard.press("ArrowRight");
    const goesOn = await page.evaluate((old) => JSON.stringify(Reveal.getIndices()) !== old, place);
    if (said.slides > 0 && !goesOn) break; // before the end: fewer slides than there are
    said.slides += 1;
    const kind = await page.evaluate(kindOfSlide);
    if (before === "prediction" && kind !== "answer") found.push(`slide ${said.slides}: no answer`);
    said.predictions += kind === "prediction";
    said.notes += await page.evaluate(() => Boolean(Reveal.getSlideNotes()?.trim()));
    found.push(...(await lookAtSlide(page)).map((what) => `slide ${said.slides}: ${what}`));
    if (await page.evaluate(isAtTheEnd)) break;
  }
  found.push(...(await accessibility(page, address)));
  await context.close();
  return said;
}

async function main([executablePath, ...decks]) {
  // As root, as in a container, Chromium starts only without its sandbox.
  const args = process.getuid() === 0 ? ["--no-sandbox"] : [];
  const browser = await chromium.launch({ executablePath, args });
  const said = {};
  for (const deck of decks) said[path.basename(deck)] = await look(browser, deck);
  await browser.close();
  console.log(JSON.stringify(said, null, 1));
}

main(process.argv.slice(2)).catch((error) => {
  console.error(error);
  process.exit(1);
});
