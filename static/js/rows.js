// The rows of a live table: patched cell by cell, once a frame. What the person holds (ticks, focus, selection, fields being
// edited, the place under the pointer) is theirs: rows that are new or have moved wait until the person is still.
const STILL = 5_000;
const GREY = 10_000;

export function liveRows(tbody, { scroller, onWaiting, onCount }) {
  const template = document.createElement("template");
  const waiting = new Map();
  let queue = [];
  let _frame = 0;
  let touched = -STILL;
  for (const kind of ["pointerdown", "pointermove", "keydown", "wheel"]) {
    scroller.addEventListener(
      kind,
      () => {
        touched = performance.now();
      },
      { passive: true },
    );
  }

  const rowOf = (id) => document.getElementById(`r-${id}`);
  const make = (html) => {
    template.innerHTML = html;
    return template.content.firstElementChild;
  };
  const isStill = () =>
    !tbody.rows.length ||
    (scroller.scrollTop === 0 && performance.now() - touched > STILL && !tbody.querySelector(":checked"));

  function place(row) {
    for (const other of tbody.rows) {
      if (other !== row && (other.classList.contains("more") || other.dataset.key < row.dataset.key))
        return other.before(row);
    }
    tbody.append(row);
  }
  function show({ id, html, key }) {
    waiting.delete(id);
    const row = rowOf(id);
    const next = make(html);
    if (!row) return place(next);
    row.classList.remove("gone");
    patchRow(row, next);
    if (row.dataset.key === key) return;
    row.dataset.key = key;
    place(row);
  }
  function settle() {
    for (const row of [...waiting.values()]) show(row);
    onWaiting(0);
    onCount();
  }
  function take(row) {
    const old = rowOf(row.id);
    if (old) {
      old.classList.remove("gone");
      patchRow(old, make(row.html));
      if (old.dataset.key === row.key) return;
    }
    waiting.set(row.id, row);
  }
  function leave({ id, why }) {
    waiting.delete(id);
    const row = rowOf(id);
    if (!row || row.classList.contains("gone")) return;
    row.classList.add("gone");
    for (const box of row.querySelectorAll("input:checked")) box.checked = false;
    const words = row.querySelector(".reason");
    if (words && why) words.textContent = why;
    setTimeout(
      () => {
        if (row.classList.contains("gone")) row.remove();
        onCount();
      },
      why ? GREY : 0,
    );
  }
  function flush() {
    _frame = 0;
    const messages = queue;
    queue = [];
    for (const message of messages) {
      if (message.whole) {
        const kept = new Set(message.rows.map((row) => row.id));
        for (const row of [...tbody.querySelectorAll("tr[data-id]")])
          if (!kept.has(row.dataset.id)) leave({ id: row.dataset.id });
      }
      for (const row of message.rows) take(row);
      for (const row of message.gone) leave(row);
    }
    if (isStill()) settle();
    else onWaiting(waiting.size);
    onCount();
  }
  setInterval(() => waiting.size && isStill() && settle(), 1_000);
  return {
    settle,
    leave,
    take: (message) => {
      queue.push(message);
      _frame ||= requestAnimationFrame(flush);
    },
  };
}

export function patchRow(row, next) {
  row.dataset.severity = next.dataset.severity ?? "";
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
