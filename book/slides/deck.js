// Shows a deck. The keys are listed in deck/list.html.j2.

const current = () => Reveal.getCurrentSlide();

// Folded code is closed again when its slide is left.
function closeCode() {
  for (const code of document.querySelectorAll("details[open]")) code.open = false;
}

// What scrolls can be reached with the tab key.
function reach() {
  for (const box of current().querySelectorAll(".panel, .frame, .table, .text, .code")) {
    if (box.scrollWidth > box.clientWidth || box.scrollHeight > box.clientHeight) box.tabIndex = 0;
    else box.removeAttribute("tabindex");
  }
}

function toggleCode() {
  const code = current().querySelector("details");
  if (code) code.open = !code.open;
}

// Light at first, whatever this machine's own setting is: most rooms are.
function toggleDark() {
  const root = document.documentElement;
  root.dataset.theme = root.dataset.theme === "dark" ? "light" : "dark";
}

function nextSection() {
  const last = Reveal.getHorizontalSlides().length - 1;
  Reveal.slide(Math.min(Reveal.getIndices().h + 1, last));
}

Reveal.on("slidechanged", closeCode);
Reveal.on("slidechanged", reach);
document.addEventListener("toggle", reach, true);

Reveal.initialize({
  width: 1280,
  height: 720,
  margin: 0,
  center: false,
  hash: true,
  navigationMode: "linear", // each arrow key is a step, so that none skips an answer
  controls: false,
  scrollLayout: "compact", // on a phone, where slides are stacked
  slideNumber: "c/t",
  transition: "none",
  backgroundTransition: "none",
  plugins: [RevealNotes],
}).then(() => {
  Reveal.addKeyBinding({ keyCode: 67, key: "C", description: "Folded code" }, toggleCode);
  Reveal.addKeyBinding({ keyCode: 68, key: "D", description: "Dark or light" }, toggleDark);
  Reveal.addKeyBinding({ keyCode: 88, key: "X", description: "Next section" }, nextSection);
  reach();
});
