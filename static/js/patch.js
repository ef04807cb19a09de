// A row brought up to date cell by cell: ticks, focus and what is being typed stay where they are.
// `isHeld`: the row will move, but not yet, so that it keeps the data it is sorted by.
export function patchRow(row, next, { isHeld = false } = {}) {
  const kept = isHeld ? { key: row.dataset.key, opened: row.dataset.opened, severity: row.dataset.severity } : {};
  Object.assign(row.dataset, next.dataset, kept);
  [...next.cells].forEach((cell, at) => {
    const old = row.cells[at];
    const held = document.activeElement;
    if (!old || old.isEqualNode(cell) || old.classList.contains("c-sel")) return;
    if (old.contains(held) && held.matches("input, select, textarea")) return;
    const label = old.contains(held) ? held.getAttribute("data-act") : null;
    old.replaceChildren(...cell.childNodes);
    if (label) old.querySelector(`[data-act="${label}"]`)?.focus({ preventScroll: true });
    if (!old.classList.contains("c-age") && !old.classList.contains("c-act")) tint(old);
  });
}

// One paint on, one paint off: no animation runs, so that it costs nothing a frame.
function tint(cell) {
  cell.classList.add("changed");
  setTimeout(() => cell.classList.remove("changed"), 1_500);
}
