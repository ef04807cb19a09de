// A board's page: wires the live rows, the counts everywhere, the acts on cards and the keys.
import { grow } from "./ages.js";
import { onFailure, onSwap, post } from "./htmx-adapter.js";
import { live } from "./live.js";
import { liveRows } from "./rows.js";
import { say, sayLive } from "./say.js";

const WORDS = { on: "Live", off: "Reconnecting", denied: "Not live: load the page again" };
const find = (selector) => document.querySelector(selector);
const all = (selector) => [...document.querySelectorAll(selector)];
const scroller = find("#scroller");
const tbody = find("#rows");
let rows = null;
let current = null;

if (scroller && tbody) startBoard();
startSocket();

function startBoard() {
  grow(tbody);
  rows = liveRows(tbody, { scroller, onWaiting: showNews, onCount: showState });
  find("#news").addEventListener("click", () => rows.settle());
  tbody.addEventListener("change", showState);
  tbody.addEventListener("click", (event) => {
    const button = event.target.closest("[data-act]");
    if (button) act(button.dataset.act, [button.closest("tr").dataset.id]);
  });
  const bulk = find("#bulk");
  bulk?.addEventListener("submit", (event) => {
    event.preventDefault();
    act("resolve", ticked(), { reason: find("#reason").value });
  });
  for (const select of all("[data-bulk]")) {
    select.addEventListener("change", () => {
      act(select.dataset.bulk, ticked(), { [select.name]: select.value });
      select.selectedIndex = 0;
    });
  }
  document.addEventListener("keydown", onKey);
  onSwap((target) => {
    const toast = target?.querySelector?.("[data-gone]");
    for (const id of toast?.dataset.gone.split(",").filter(Boolean) ?? []) rows.leave({ id });
    for (const box of toast ? tbody.querySelectorAll("input:checked") : []) box.checked = false;
    if (toast) setTimeout(() => toast.matches(":hover, :focus-within") || toast.remove(), 8_000);
    showState();
  });
  onFailure(() => say("That did not work. Try again in a moment."));
}

function startSocket() {
  const counts = find("[data-live-counts]")?.dataset.liveCounts;
  const topics = [scroller?.dataset.topic, counts].filter(Boolean);
  if (!topics.length) return;
  live(topics, {
    since: scroller?.dataset.since,
    onState: (state) => {
      const node = find("#live");
      if (!node || node.dataset.state === state) return;
      node.dataset.state = state;
      node.textContent = WORDS[state];
    },
    onMessage: (message) => {
      if (message.topic.startsWith("boards:")) {
        for (const [slug, n] of Object.entries(message.counts))
          for (const node of all(`[data-count="${slug}"]`)) node.textContent = n;
        return;
      }
      for (const [name, n] of Object.entries(message.counts))
        for (const node of all(`[data-board-count="${name}"]`)) node.textContent = n;
      const fresh = message.rows.filter((row) => !document.getElementById(`r-${row.id}`)).length;
      rows.take(message);
      if (fresh) sayLive(`${fresh} new on this board`);
    },
  });
}

function ticked() {
  return all("#rows input:checked").map((box) => box.value);
}

function act(what, ids, more = {}) {
  if (!ids.length) return;
  const first = what === "assign" && !("assignee" in more) ? { assignee: "me" } : {};
  post(`/boards/${scroller.dataset.board}/${what}/`, { case: ids, ...first, ...more });
}

function showNews(n) {
  const news = find("#news");
  news.hidden = !n;
  news.textContent = `${n} new or moved: show (N)`;
}

function showState() {
  const n = ticked().length;
  const bulk = find("#bulk");
  if (bulk) bulk.hidden = !n;
  if (bulk) find("#bulk-n").textContent = `${n} selected`;
  find("#empty").hidden = tbody.rows.length > 0;
}

function step(by) {
  const list = all("#rows tr[data-id]");
  const at = current ? list.indexOf(current) + by : 0;
  const next = list[Math.max(0, Math.min(list.length - 1, at))];
  if (!next) return;
  current?.classList.remove("cur");
  current = next;
  current.classList.add("cur");
  current.querySelector("input, button")?.focus({ preventScroll: true });
  current.scrollIntoView({ block: "nearest" });
}

function onKey(event) {
  if (
    event.target.closest("input:not([type=checkbox]), select, textarea") ||
    event.ctrlKey ||
    event.metaKey ||
    event.altKey
  )
    return;
  const chosen = ticked().length ? ticked() : current ? [current.dataset.id] : [];
  const keys = {
    j: () => step(1),
    k: () => step(-1),
    x: () => current?.querySelector("input")?.click(),
    n: () => rows.settle(),
    a: () => act("assign", chosen),
    s: () => act("snooze", chosen),
    e: () => act("resolve", chosen),
  };
  keys[event.key]?.();
}
