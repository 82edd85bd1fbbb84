// What the book's search finds: node search.js CHROMIUM BOOK WORD...
//
// Types each word into the search field of the first page, opened from the folder BOOK, and prints
// {word: [{title, address}]}, with what was asked for outside of that folder under "elsewhere".

const path = require("path");
const { chromium } = require("playwright-core");

async function find(browser, book, word, elsewhere) {
  const page = await browser.newPage();
  page.on("request", (request) => {
    if (!/^(file|data):/.test(request.url())) elsewhere.push(request.url());
  });
  await page.goto(`file://${path.resolve(book)}/index.html`);
  await page.locator(".search-button__button:visible").first().click();
  await page.locator("input[name=q]:visible").fill(word);
  await page.keyboard.press("Enter");
  await page.locator("#search-results .search-summary").waitFor();
  const found = await page
    .locator("#search-results ul.search li > a")
    .evaluateAll((links) => links.map((a) => ({ title: a.textContent, address: a.href })));
  await page.close();
  return found;
}

async function main([executablePath, book, ...words]) {
  // As root, as in a container, Chromium starts only without its sandbox.
  const args = process.getuid() === 0 ? ["--no-sandbox"] : [];
  const browser = await chromium.launch({ executablePath, args });
  const found = { elsewhere: [] };
  for (const word of words) found[word] = await find(browser, book, word, found.elsewhere);
  await browser.close();
  console.log(JSON.stringify(found, null, 1));
}

main(process.argv.slice(2));
