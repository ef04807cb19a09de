// A long list to pick from: a button opens it, words sieve it, arrows walk through it, Enter takes it.
const optionsOf = (dialog) => [...dialog.querySelectorAll("[role=option]:not([hidden])")];
let opener = null;

export function pickers() {
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-picks]");
    if (button) open(button);
    const option = event.target.closest("[data-picker] [role=option]");
    if (option) take(option);
  });
  document.addEventListener("input", (event) => {
    const dialog = event.target.closest("[data-picker]");
    if (dialog) sieve(dialog, event.target.value);
  });
  document.addEventListener("keydown", (event) => {
    const dialog = event.target.closest?.("[data-picker]");
    if (dialog && event.target.matches("input")) walk(dialog, event);
  });
}

function open(button) {
  const dialog = document.getElementById(`picker-${button.dataset.picks}`);
  if (!dialog) return;
  opener = button;
  const input = dialog.querySelector("input");
  input.value = "";
  sieve(dialog, "");
  dialog.showModal();
  input.focus();
  const current = document.getElementById(button.dataset.picksInto)?.value;
  const known = optionsOf(dialog).find((option) => option.dataset.key === current);
  if (known) point(dialog, known);
}

function sieve(dialog, text) {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  for (const option of dialog.querySelectorAll("[role=option]")) {
    const said = `${option.textContent} ${option.dataset.key}`.toLowerCase();
    option.hidden = !words.every((word) => said.includes(word));
  }
  for (const group of dialog.querySelectorAll("[role=group]"))
    group.hidden = !group.querySelector("[role=option]:not([hidden])");
  const found = optionsOf(dialog);
  dialog.querySelector("[data-nothing]").hidden = found.length > 0;
  // What is called so stands before what only speaks of it.
  const label = (option) => option.firstElementChild.textContent.toLowerCase();
  const begun = found.find((option) => words.length && label(option).startsWith(words.join(" ")));
  const named = found.find((option) => words.every((word) => label(option).includes(word)));
  point(dialog, begun ?? named ?? found[0]);
}

function point(dialog, option) {
  dialog.querySelector("[aria-selected=true]")?.setAttribute("aria-selected", "false");
  const input = dialog.querySelector("input");
  if (!option) return input.removeAttribute("aria-activedescendant");
  option.setAttribute("aria-selected", "true");
  input.setAttribute("aria-activedescendant", option.id);
  option.scrollIntoView({ block: "nearest" });
}

function walk(dialog, event) {
  const found = optionsOf(dialog);
  const at = found.findIndex((option) => option.getAttribute("aria-selected") === "true");
  const to = { ArrowDown: at + 1, ArrowUp: at - 1, PageDown: at + 8, PageUp: at - 8 }[event.key];
  if (to !== undefined) {
    event.preventDefault();
    point(dialog, found[Math.max(0, Math.min(found.length - 1, to))]);
  } else if (event.key === "Enter") {
    event.preventDefault();
    if (found[at]) take(found[at]);
  }
}

function take(option) {
  option.closest("dialog").close();
  if (!opener?.isConnected) return;
  if (opener.dataset.picksAt) return insert(document.getElementById(opener.dataset.picksAt), option.dataset.key);
  const field = document.getElementById(opener.dataset.picksInto);
  field.value = option.dataset.key;
  opener.textContent = option.firstElementChild.textContent;
  delete opener.dataset.empty;
  opener.focus();
  field.dispatchEvent(new Event("change", { bubbles: true }));
}

// A variable lands where the caret was.
function insert(field, key) {
  field.focus();
  field.setRangeText(`{{ ${key} }}`, field.selectionStart, field.selectionEnd, "end");
  field.dispatchEvent(new Event("input", { bubbles: true }));
}
