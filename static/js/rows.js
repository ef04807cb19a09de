// The rows of a live table: patched cell by cell, once a frame. What the person holds (ticks, focus, selection, fields being
// edited, the place under the pointer) is theirs: rows that are new or have moved wait until the person is still.
import { patchRow } from "./patch.js";

const STILL = 5_000;
const GREY = 10_000;

// `keyOf(row)` sorts, greatest first; `fits(row)` says whether a row belongs to what is shown.
export function liveRows(tbody, { scroller, keyOf, fits, onWaiting, onCount }) {
  const template = document.createElement("template");
  const waiting = new Map();
  const queue = [];
  let _frame = 0;
  let touched = -STILL;
  let isPaused = false;
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
    !isPaused &&
    (!tbody.rows.length ||
      (scroller.scrollTop === 0 && performance.now() - touched > STILL && !tbody.querySelector(":checked")));

  function place(row) {
    for (const other of tbody.rows) {
      if (other !== row && (other.classList.contains("more") || keyOf(other) < keyOf(row))) return other.before(row);
    }
    tbody.append(row);
  }
  function show({ id, html }) {
    waiting.delete(id);
    const row = rowOf(id);
    const next = make(html);
    if (!row) return place(next);
    row.classList.remove("gone");
    const key = keyOf(row);
    patchRow(row, next);
    if (keyOf(row) !== key) place(row);
  }
  function tell() {
    const moved = [...waiting.keys()].filter(rowOf).length;
    onWaiting({ fresh: waiting.size - moved, moved });
  }
  function settle() {
    for (const row of [...waiting.values()]) show(row);
    tell();
    onCount();
  }
  function take(row) {
    const old = rowOf(row.id);
    const next = make(row.html);
    if (!fits(next)) return leave({ id: row.id, why: old ? "No longer in this view" : "" });
    if (old) {
      const key = keyOf(old);
      old.classList.remove("gone");
      patchRow(old, next, { isHeld: keyOf(next) !== key });
      if (keyOf(next) === key) return;
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
    if (isPaused) return onWaiting({ held: queue.length });
    for (const message of queue.splice(0)) {
      if (message.whole) {
        const kept = new Set(message.rows.map((row) => row.id));
        // What stands below the first page may still be there.
        const end = message.more && message.rows.length ? keyOf(make(message.rows.at(-1).html)) : "";
        for (const row of [...tbody.querySelectorAll("tr[data-id]")])
          if (!kept.has(row.dataset.id) && keyOf(row) > end) leave({ id: row.dataset.id });
      }
      for (const row of message.rows) take(row);
      for (const row of message.gone) leave(row);
    }
    if (isStill()) settle();
    else tell();
    onCount();
  }
  setInterval(() => waiting.size && isStill() && settle(), 1_000);
  return {
    settle,
    leave,
    pause: (is) => {
      isPaused = is;
      if (!is) flush();
    },
    take: (message) => {
      queue.push(message);
      _frame ||= requestAnimationFrame(flush);
    },
  };
}
