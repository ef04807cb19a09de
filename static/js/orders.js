// Orders that stay true while they are open: when the server hints at a change, the parts that changed are fetched and put in
// place. What the person holds (an open menu, a field with words in it, opened details) is theirs and waits.
import { onSwap } from "./htmx-adapter.js";
import { sayLive } from "./say.js";
import { watch } from "./wire.js";

const WORDS = { on: "Live", off: "Reconnecting", denied: "Not live: load the page again" };
const PACE = 400;
const LATER = 2_000;
const SETTLING = 3_000;
const page = document.querySelector("[data-orders]");
const seen = new Map();
let timer = 0;
let last = 0;

// What differs from answer to answer without meaning anything: form tokens, and ages in words.
const core = (part) =>
  part.outerHTML.replace(/name="csrfmiddlewaretoken" value="[^"]*"/g, "").replace(/(<time[^>]*>)[^<]*/g, "$1");
const parts = (root) => [...root.querySelectorAll("[data-part]")];
const remember = (root) => {
  for (const part of parts(root)) if (!seen.has(part.id)) seen.set(part.id, core(part));
};
const isHeld = (part) =>
  part.contains(document.activeElement) ||
  part.matches(":popover-open") ||
  part.querySelector("details[open], :popover-open") ||
  [...part.querySelectorAll("input:not([type=hidden]), textarea")].some((field) => field.value !== field.defaultValue);

function place(part, next, list) {
  const home = document.getElementById(part.parentElement.id);
  const later = list.slice(list.indexOf(part) + 1).filter((each) => each.parentElement === part.parentElement);
  const after = later.map((each) => document.getElementById(each.id)).find(Boolean);
  if (after) after.before(next);
  else home?.append(next);
}

function show(fresh) {
  const list = parts(fresh);
  let isLate = false;
  let news = 0;
  for (const part of list) {
    const html = core(part);
    const old = document.getElementById(part.id);
    if (old && seen.get(part.id) === html) continue;
    if (old && isHeld(old)) {
      isLate = true;
      continue;
    }
    const next = document.importNode(part, true);
    if (old) old.replaceWith(next);
    else if (page.dataset.order) place(part, next, list);
    else continue;
    seen.set(part.id, html);
    window.htmx.process(next);
    if (next.matches(".entry")) tint(next);
    news += 1;
  }
  const head = fresh.querySelector("[data-order]");
  if (head) for (const name of ["next", "unsettled"]) copy(head, name);
  if (news) sayLive(page.dataset.order ? "This order changed" : "Orders changed");
  if (isLate) soon(LATER);
}

function copy(head, name) {
  if (name in head.dataset) page.dataset[name] = head.dataset[name];
  else delete page.dataset[name];
}

function tint(entry) {
  entry.classList.add("changed");
  setTimeout(() => entry.classList.remove("changed"), 1_500);
}

async function look() {
  timer = 0;
  last = performance.now();
  const url = new URL(location.href);
  url.searchParams.set("live", "1");
  const answer = await fetch(url, { headers: { "X-Requested-With": "fetch" } }).catch(() => null);
  if (!answer?.ok) return;
  const html = await answer.text();
  // Rows of a table can only be read inside one.
  const whole = page.dataset.order ? html : `<table><tbody id="order-rows">${html}</tbody></table>`;
  show(new DOMParser().parseFromString(whole, "text/html").body);
  plan();
}

function soon(wait) {
  if (!timer) timer = setTimeout(look, Math.max(wait, PACE - (performance.now() - last)));
}

// A wait that ends, or a message that is about to leave, changes the page without anything being reported.
function plan() {
  if ("unsettled" in page.dataset) soon(SETTLING);
  const next = Date.parse(page.dataset.next) - Date.now();
  if (next > 0 && next < 3_600_000) setTimeout(() => soon(0), next + LATER);
}

if (page) {
  remember(page);
  plan();
  onSwap((target) => target?.id === "why" && target.focus());
  watch(page.dataset.topic, {
    kind: "orders",
    since: page.dataset.since,
    onState: (state) => {
      const node = document.getElementById("live");
      if (node && node.dataset.state !== state)
        Object.assign(node, { textContent: WORDS[state] }).dataset.state = state;
    },
    onMessage: (message) => {
      const mine = (row) =>
        page.dataset.order ? row.id === page.dataset.order : document.getElementById(`o-${row.id}`);
      if (message.whole || message.rows.some(mine)) soon(0);
    },
  });
}
