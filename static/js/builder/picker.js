// The list of steps to add, as a dialog; and the search over it and over the palette.
const picker = document.getElementById("picker");
let onPick = null;

export function openPicker(react) {
  onPick = react;
  const find = picker.querySelector("input");
  find.value = "";
  sift(find);
  picker.showModal();
  find.focus();
}

function sift(input) {
  const wanted = input.value.trim().toLowerCase();
  const list = document.querySelector(input.dataset.finds);
  for (const item of list.querySelectorAll("li")) {
    const words = `${item.textContent} ${item.dataset.also ?? ""}`.toLowerCase();
    item.hidden = !wanted.split(/\s+/).every((word) => words.includes(word));
  }
  for (const section of list.querySelectorAll("section")) {
    section.hidden = !section.querySelector("li:not([hidden])");
  }
  const none = list.parentElement.querySelector(".none");
  if (none) none.hidden = Boolean(list.querySelector("li:not([hidden])"));
}

for (const input of document.querySelectorAll("[data-finds]")) input.addEventListener("input", () => sift(input));

picker?.addEventListener("click", (event) => {
  const item = event.target.closest("[data-pick]");
  if (!item) return;
  picker.close();
  onPick?.(item.dataset.pick);
});

picker?.addEventListener("keydown", (event) => {
  const items = [...picker.querySelectorAll("li:not([hidden]) button")];
  const at = items.indexOf(document.activeElement);
  if (event.key === "ArrowDown") items[Math.min(at + 1, items.length - 1)]?.focus();
  else if (event.key === "ArrowUp") (items[at - 1] ?? picker.querySelector("input")).focus();
  else if (event.key === "Enter" && event.target.matches("input")) items[0]?.click();
  else return;
  event.preventDefault();
});
