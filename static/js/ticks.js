// A box above a list that ticks, or unticks, every box of the list: `data-ticks` names them.
for (const all of document.querySelectorAll("[data-ticks]")) {
  const boxes = () => [...document.querySelectorAll(`input[type=checkbox][name="${all.dataset.ticks}"]`)];
  all.hidden = false;
  all.addEventListener("change", () => {
    for (const box of boxes()) box.checked = all.checked;
  });
  document.addEventListener("change", (event) => {
    if (event.target.name !== all.dataset.ticks) return;
    const ticked = boxes().filter((box) => box.checked).length;
    all.checked = ticked === boxes().length;
    all.indeterminate = ticked > 0 && !all.checked;
  });
}
