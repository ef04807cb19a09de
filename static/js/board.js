// A board's page: wires the live rows, what people do with cards, the drawer, the keys.
import { grow } from "./ages.js";
import { acts } from "./board-acts.js";
import { keys } from "./board-keys.js";
import { fitting, sorting } from "./board-sieve.js";
import { drawer } from "./drawer.js";
import { onFailure, onSwap } from "./htmx-adapter.js";
import { polling } from "./polling.js";
import { liveRows } from "./rows.js";
import { say, sayLive } from "./say.js";
import { watch } from "./wire.js";

const WORDS = { on: "Live", off: "Reconnecting", polls: "Updating every 10 seconds" };
const find = (selector) => document.querySelector(selector);
const all = (selector) => [...document.querySelectorAll(selector)];
const ticked = () => all("#rows input:checked").map((box) => box.value);
const scroller = find("#scroller");
const tbody = find("#rows");

const fits = fitting(JSON.parse(scroller.dataset.fits));
const rows = liveRows(tbody, {
  scroller,
  fits,
  keyOf: sorting(scroller.dataset.sort),
  onWaiting: showNews,
  onCount: showState,
});
const work = acts({ scroller, tbody, ticked, onDone: () => side.again() });
const side = drawer(find("#drawer"), { board: scroller.dataset.board, act: work.act });
keys({ tbody, rows, work, side, ticked });
grow(tbody);
listen();

find("#news").addEventListener("click", () => rows.settle());
tbody.addEventListener("change", showState);
tbody.addEventListener("click", (event) => {
  const id = event.target.closest("tr[data-id]")?.dataset.id;
  const button = event.target.closest("[data-act]");
  if (button) work.act(button.dataset.act, [id]);
  else if (event.target.closest("[data-open]")) side.open(id);
});
find("#pause").addEventListener("click", ({ currentTarget }) => {
  const isPaused = currentTarget.getAttribute("aria-pressed") !== "true";
  currentTarget.setAttribute("aria-pressed", String(isPaused));
  currentTarget.querySelector("span").textContent = isPaused ? "Go on" : "Pause updates";
  find("#live").dataset.paused = isPaused ? "yes" : "";
  showLive(isPaused ? "paused" : find("#live").dataset.state);
  rows.pause(isPaused);
});
onSwap((target) => {
  const toast = target?.querySelector?.("[data-gone]");
  if (toast) {
    if (scroller.dataset.view !== "resolved" && scroller.dataset.view !== "snoozed")
      for (const id of toast.dataset.gone.split(",").filter(Boolean)) rows.leave({ id });
    for (const box of tbody.querySelectorAll("input:checked")) box.checked = false;
    setTimeout(() => toast.matches(":hover, :focus-within") || toast.remove(), 8_000);
    if (!scroller.dataset.topic) work.settle(toast);
    side.again();
  }
  showState();
});
onFailure(() => say("That did not work. Try again in a moment."));

function listen() {
  const onState = (state) => {
    if (find("#live").dataset.paused) find("#live").dataset.state = state;
    else showLive(state);
  };
  const poll = polling(scroller.dataset.now, { onState, onMessage: hear });
  if (!scroller.dataset.topic) {
    onState("polls");
    return poll.start();
  }
  watch(scroller.dataset.topic, {
    kind: "board",
    since: scroller.dataset.since,
    onState: (state) => {
      if (state === "on") poll.stop();
      else poll.start({ isUrgent: state === "denied" });
      if (!poll.isOn()) onState(state);
    },
    onMessage: hear,
  });
}

function hear(message) {
  for (const node of all("[data-board-count]")) {
    const names = node.dataset.boardCount.split(" ");
    if (names.some((name) => name.startsWith("of:") || name in message.counts))
      node.textContent = names.reduce((sum, name) => sum + (message.counts[name] ?? 0), 0);
  }
  const fresh = message.rows.filter((row) => !document.getElementById(`r-${row.id}`)).length;
  rows.take(message);
  side.heard(message);
  if (fresh && !message.whole) sayLive(`${fresh} new on this board`);
}

function showLive(state, held = 0) {
  const node = find("#live");
  const paused = held ? `Paused, ${held} change${held > 1 ? "s" : ""} waiting` : "Paused";
  const words = state === "paused" ? paused : (WORDS[state] ?? "Connecting");
  if (state !== "paused") node.dataset.state = state;
  if (node.textContent !== words) node.textContent = words;
}

function showNews({ fresh = 0, moved = 0, held = 0 }) {
  const said = [fresh && `${fresh} new`, moved && `${moved} moved`].filter(Boolean);
  const news = find("#news");
  news.hidden = !said.length;
  news.textContent = `${said.join(", ")}: show (N)`;
  if (held) showLive("paused", held);
}

function showState() {
  const n = ticked().length;
  const bulk = find("#bulk");
  if (bulk) bulk.hidden = !n;
  if (bulk) find("#bulk-n").textContent = `${n} selected`;
  find("#empty").hidden = tbody.rows.length > 0;
}
