// Orders that stay true while they are open: when the server hints at a change, the parts that changed are fetched and put in
// place.
import { onSwap } from "./htmx-adapter.js";
import { acts } from "./order-acts.js";
import { pageParts } from "./order-parts.js";
import { sayLive } from "./say.js";
import { watch } from "./wire.js";

const WORDS = { on: "Live", off: "Reconnecting", denied: "Not live: load the page again" };
const PACE = 400;
const LATER = 2_000;
const SETTLING = 3_000;
const page = document.querySelector("[data-orders]");
let timer = 0;
let last = 0;

const parts = page && pageParts(page, { isWhole: Boolean(page.dataset.order) });

function show(fresh, how) {
  const { news, isLate } = parts(fresh, how);
  const head = fresh.querySelector("[data-order]");
  if (head) for (const name of ["next", "unsettled"]) copy(head, name);
  if (news && !how) sayLive(page.dataset.order ? "This order changed" : "Orders changed");
  if (isLate) soon(LATER);
}

function copy(head, name) {
  if (name in head.dataset) page.dataset[name] = head.dataset[name];
  else delete page.dataset[name];
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
  if (page.dataset.order) acts({ show: (fresh) => show(fresh, { isMine: true }) });
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
