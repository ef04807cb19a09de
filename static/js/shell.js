// What every page has: dialogs and menus that open by attributes, search, the keys of the shell, toasts that go.
import { sideCounts } from "./counts.js";
import { jumps } from "./jumps.js";
import { toasts } from "./toasts.js";

const typing = (target) =>
  target.closest("input:not([type=checkbox]):not([type=radio]), textarea, select, [contenteditable]");

export function open(id) {
  const dialog = document.getElementById(id);
  if (!dialog || dialog.open) return;
  dialog.showModal();
  dialog.querySelector("[autofocus], input, button")?.focus();
}

// htmx takes the page over with the same event: a dialog that it fills must not open before.
let isReady = false;
document.addEventListener("DOMContentLoaded", () => {
  isReady = true;
});

document.addEventListener("click", (event) => {
  const opener = event.target.closest("[data-opens]");
  if (opener && isReady) open(opener.dataset.opens);
  if (event.target.closest("[data-closes]")) event.target.closest("dialog")?.close();
  // A click beside a dialog's content is on its backdrop.
  if (event.target.matches("dialog.dialog[open]")) event.target.close();
  const toggle = event.target.closest("[data-toggles]");
  if (toggle) {
    const isOpen = document.getElementById(toggle.dataset.toggles).classList.toggle("open");
    toggle.setAttribute("aria-expanded", String(isOpen));
  }
});

document.addEventListener("click", async (event) => {
  const copier = event.target.closest("[data-copies]");
  if (!copier) return;
  await navigator.clipboard.writeText(document.getElementById(copier.dataset.copies).textContent.trim());
  const said = copier.textContent;
  copier.textContent = "Copied";
  setTimeout(() => {
    copier.textContent = said;
  }, 1500);
});

document.addEventListener("keydown", (event) => {
  if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k") {
    event.preventDefault();
    open("search");
  } else if (event.key === "?" && !typing(event.target)) {
    open("keys");
  } else if (event.key === "Escape") {
    document.querySelector(".side.open")?.classList.remove("open");
  }
});

// Arrows walk through what was found; Enter in the field takes the first.
document.getElementById("search")?.addEventListener("keydown", (event) => {
  const hits = [...document.querySelectorAll("#found [data-hit]")];
  if (!["ArrowDown", "ArrowUp"].includes(event.key) || hits.length === 0) return;
  event.preventDefault();
  const at = hits.indexOf(document.activeElement) + (event.key === "ArrowDown" ? 1 : -1);
  (hits[at] ?? document.getElementById("q")).focus();
});
document.querySelector("[data-search]")?.addEventListener("submit", (event) => {
  event.preventDefault();
  document.querySelector("#found [data-hit]")?.click();
});

// Selects that act at once, where the form has no button of its own.
document.addEventListener("change", (event) => {
  if (event.target.matches("[data-submits]")) event.target.form.requestSubmit();
});
// What can't be undone asks first.
document.addEventListener("submit", (event) => {
  const words = event.submitter?.dataset.confirm ?? event.target.dataset.confirm;
  if (words && !window.confirm(words)) event.preventDefault();
});

// Where tabs don't fit, the one in use is in sight.
document.querySelector(".tabs [aria-current]")?.scrollIntoView({ block: "nearest", inline: "center" });

jumps(typing);
toasts();
sideCounts();
