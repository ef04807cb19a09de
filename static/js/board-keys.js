// The keys of a board. Single letters only outside fields, and not at all where the person switched them off.
const FIELDS = "input:not([type=checkbox]), select, textarea, dialog[open]";

export function keys({ tbody, rows, work, side, ticked }) {
  if (document.documentElement.dataset.singleKeys === "off") return;
  let current = null;

  function list() {
    return [...tbody.querySelectorAll("tr[data-id]:not(.gone)")];
  }
  function step(by, isMore) {
    const found = list();
    const at = current?.isConnected ? found.indexOf(current) + by : 0;
    const next = found[Math.max(0, Math.min(found.length - 1, at))];
    if (!next) return;
    if (isMore) for (const row of [current, next]) tick(row, true);
    current?.classList.remove("cur");
    current = next;
    current.classList.add("cur");
    (current.querySelector("input") ?? current.querySelector("button"))?.focus({ preventScroll: true });
    if (!current.contains(document.activeElement)) current.querySelector("[data-open]")?.focus({ preventScroll: true });
    current.scrollIntoView({ block: "nearest" });
  }
  function tick(row, is) {
    const box = row?.querySelector("input");
    if (box && box.checked !== (is ?? !box.checked)) box.click();
  }
  function chosen() {
    const ids = ticked();
    if (ids.length) return ids;
    if (side.shown()) return [side.shown()];
    return current?.isConnected ? [current.dataset.id] : [];
  }
  const press = {
    j: () => step(1),
    k: () => step(-1),
    J: () => step(1, true),
    K: () => step(-1, true),
    x: () => tick(current),
    n: () => rows.settle(),
    a: () => work.act("assign", chosen()),
    s: () => work.ask("snooze-cards", chosen()),
    e: () => work.act("resolve", chosen()),
    E: () => work.ask("resolve-cards", chosen()),
    r: () => work.act("reopen", chosen()),
    u: () => work.undo(),
    c: () => chosen().length && side.open(chosen()[0], { isNote: true }),
    "/": () => document.getElementById("find").focus(),
  };

  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.target.closest(FIELDS) || document.querySelector("dialog[open]")) return;
    if (event.key === "Enter" && (event.target === document.body || event.target.matches("#rows input"))) {
      if (current?.isConnected) side.open(current.dataset.id);
      return;
    }
    const view = /^[1-9]$/.test(event.key) && document.querySelectorAll("a[data-view]")[Number(event.key) - 1];
    if (view) return view.click();
    if (!press[event.key]) return;
    event.preventDefault();
    press[event.key]();
  });
}
