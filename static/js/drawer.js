// The drawer: one card in full, beside the list. Opened by its reason or Enter; Escape gives the focus back to its row.
import { get, onSwap, spare } from "./htmx-adapter.js";

export function drawer(node, { board, act }) {
  let shown = "";
  let wanted = "";
  let known = "";

  function open(id, { isNote = false } = {}) {
    shown = id;
    known = "";
    wanted = isNote ? "#card-note" : "#drawer-title";
    node.hidden = false;
    mark();
    load();
  }
  function load() {
    get(`/boards/${board}/cards/${dashed(shown)}/`, node);
  }
  function close() {
    const row = document.getElementById(`r-${shown}`);
    shown = "";
    node.hidden = true;
    node.replaceChildren();
    mark();
    row?.querySelector("[data-open]")?.focus({ preventScroll: true });
  }
  function mark() {
    for (const row of document.querySelectorAll("#rows tr[aria-current]")) row.removeAttribute("aria-current");
    document.getElementById(`r-${shown}`)?.setAttribute("aria-current", "true");
  }
  // Somebody who writes is not interrupted; what changed is there when the card is opened again.
  const isWriting = () =>
    node.contains(document.activeElement) && document.activeElement.matches("input, textarea, select");

  spare(node, () => !wanted && isWriting());
  onSwap((target) => {
    if (target !== node || !wanted) return;
    node.querySelector(wanted)?.focus({ preventScroll: true });
    wanted = "";
  });
  node.addEventListener("click", (event) => {
    if (event.target.closest("[data-drawer-close]")) close();
    const button = event.target.closest("[data-card-act]");
    if (button) act(button.dataset.cardAct, [shown]);
  });
  node.addEventListener("change", (event) => {
    const what = event.target.dataset.cardSelect;
    if (what) act(what, [shown], { [event.target.name]: event.target.value });
    if (what) document.getElementById("drawer-title")?.focus();
  });
  node.addEventListener("submit", (event) => {
    const what = event.target.dataset.cardForm;
    if (!what) return;
    event.preventDefault();
    act(what, [shown], { reason: event.target.elements.reason.value });
    document.getElementById("drawer-title")?.focus();
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && shown && !document.querySelector("dialog[open], :popover-open")) close();
  });
  return {
    open,
    shown: () => shown,
    again: () => shown && !isWriting() && load(),
    heard: (message) => {
      const row = message.rows.find((each) => each.id === shown);
      const isGone = message.gone.some((each) => each.id === shown);
      if (!shown || (!row && !isGone) || isWriting() || (row && row.html === known)) return;
      known = row?.html ?? "";
      load();
    },
  };
}

function dashed(hex) {
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}
