// Today stays true: its figures are asked for again when the socket says that boards changed, and every half minute.
import { get, onSwap } from "./htmx-adapter.js";
import { watch } from "./wire.js";

const WORDS = { on: "Live", off: "Reconnecting", denied: "Not live: load the page again" };
const EVERY = 30_000;
const SOON = 1_500;
const figures = document.getElementById("figures");
let timer = 0;
let opened = [];

// Somebody who is reading a table or stands on a link keeps it: the next round comes soon enough.
function again() {
  clearTimeout(timer);
  timer = setTimeout(again, EVERY);
  if (document.hidden || figures.contains(document.activeElement)) return;
  opened = [...figures.querySelectorAll("details[open]")].map((each) => each.dataset.kept);
  get(figures.dataset.refresh, figures);
}

function soon() {
  clearTimeout(timer);
  timer = setTimeout(again, SOON);
}

onSwap((target) => {
  if (target !== figures) return;
  for (const each of figures.querySelectorAll("details")) each.open = opened.includes(each.dataset.kept);
});

let isFirst = true;
watch(figures.dataset.topic, {
  kind: "boards",
  onState: (state) => {
    const node = document.getElementById("live");
    if (node.dataset.state === state) return;
    node.dataset.state = state;
    node.textContent = WORDS[state];
  },
  // What comes with the connection is on the page already.
  onMessage: () => {
    if (!isFirst) soon();
    isFirst = false;
  },
});
timer = setTimeout(again, EVERY);
