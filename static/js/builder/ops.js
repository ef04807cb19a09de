// What is done to the workflow goes to the server as an operation; the answer is the canvas anew. One after the other, and
// again until it arrives. The top bar says where it stands.
import { ask, onAnswer, onAsking } from "../htmx-adapter.js";
import { say } from "../say.js";
import { faceOf, flow, focusStop, select, stops } from "./tree.js";

const LONGEST = 15_000;
const builder = document.getElementById("builder");
const waiting = [];
let tries = 0;
let isBusy = false;

export function send(op) {
  waiting.push(op);
  next();
}

export function fetchFlow() {
  if (!isBusy) ask("GET", `${builder.dataset.url}flow/`, { source: "#builder", target: "#flow" });
}

function next() {
  if (isBusy || !waiting.length) return;
  isBusy = true;
  ask("POST", `${builder.dataset.url}do/`, {
    source: "#ops",
    target: "#flow",
    values: { op: JSON.stringify(waiting[0]) },
  });
}

function saved(words, tone = "") {
  const node = document.getElementById("saved");
  if (node && node.textContent !== words) node.textContent = words;
  node?.classList.toggle("bad", tone === "bad");
}

// Counts and previews stand in the inspector's form, too, but only ask.
const saves = (element) => element.closest("#inspector form") && !element.hasAttribute("hx-get");

onAsking((element) => {
  if (element.id === "ops" || saves(element)) saved("Saving…");
});

onAnswer((element, status) => {
  const isOurs = element.id === "ops";
  if (!isOurs && !saves(element)) return;
  if (status === 0 || status >= 500) {
    saved("Could not save, retrying", "bad");
    tries += 1;
    setTimeout(
      () => {
        if (!isOurs) return window.htmx.trigger(element, "submit");
        isBusy = false;
        next();
      },
      Math.min(LONGEST, 500 * 2 ** tries),
    );
    return;
  }
  tries = 0;
  if (status === 403 || status === 400 || status === 404) saved("Could not save: load the page again", "bad");
  else saved("Saved");
  if (!isOurs) return;
  isBusy = false;
  waiting.shift();
  next();
});

addEventListener("beforeunload", (event) => {
  if (waiting.length) event.preventDefault();
});

// After the canvas came anew: focus what the operation was about, say what happened, tell the other parts.
export function onFlow() {
  const { focus, words } = flow().dataset;
  const face = focus && faceOf(focus);
  const elsewhere = document.activeElement?.closest("#draft-acts, .bar, #inspector, dialog[open]");
  const stop = face || stops()[0];
  if (stop) focusStop(stop, { quietly: Boolean(elsewhere) || (!face && document.activeElement !== document.body) });
  const open = document.getElementById("inspector").dataset.step;
  if (open) select(open);
  if (words) say(`${words}.`);
  document.dispatchEvent(new CustomEvent("builder:changed", { detail: { focus, words } }));
}
