// What people do on an order's page without leaving it: the form goes by itself, the answer is the page as it is now. Without
// scripts the same forms go and the server sends back to the page.
import { say } from "./say.js";

const FAILED = "That did not work. Check the connection and try again.";
const find = (selector) => document.querySelector(selector);

// `show(fresh)` puts the answer's parts in place.
export function acts({ show }) {
  let isBusy = false;

  document.addEventListener("submit", async (event) => {
    const form = event.target;
    if (event.defaultPrevented || !isMine(form)) return;
    event.preventDefault();
    if (isBusy) return;
    isBusy = true;
    const { submitter } = event;
    submitter?.setAttribute("aria-busy", "true");
    const fresh = await send(form, submitter);
    submitter?.removeAttribute("aria-busy");
    isBusy = false;
    if (!fresh) return;
    const after = (form.dataset.after ?? "").split(",").filter(Boolean);
    form.closest(":popover-open")?.hidePopover();
    form.reset();
    form.closest("[data-toast]")?.remove();
    show(fresh);
    tell(fresh);
    focus(after);
  });
}

function isMine(form) {
  const url = new URL(form.action);
  return form.method === "post" && url.origin === location.origin && url.pathname.startsWith(location.pathname);
}

async function send(form, submitter) {
  const url = new URL(form.action);
  const tab = new URLSearchParams(location.search).get("tab");
  if (tab) url.searchParams.set("tab", tab);
  const body = new FormData(form, submitter);
  const answer = await fetch(url, { method: "POST", body, headers: { "HX-Request": "true" } }).catch(() => null);
  // Signed out, or no longer there: the page itself says what is the matter.
  if (answer && (answer.redirected || [401, 403, 404].includes(answer.status))) location.reload();
  else if (!answer?.ok) fail();
  else return new DOMParser().parseFromString(await answer.text(), "text/html").body;
}

function tell(fresh) {
  const lines = [...fresh.querySelectorAll("#toasts [data-toast]")];
  for (const line of lines) find("#toasts").append(document.importNode(line, true));
  say(lines.map((line) => line.querySelector("span").textContent.trim()).join(" "));
}

function fail() {
  const line = Object.assign(document.createElement("div"), { className: "toast problem", textContent: FAILED });
  line.dataset.toast = "";
  find("#toasts").append(line);
  say(FAILED);
}

// Where the person was, as near as it still is there; what was replaced has lost the focus.
function focus(wanted) {
  if (document.activeElement && document.activeElement !== document.body) return;
  const place = wanted.map((selector) => find(selector)).find((node) => node?.checkVisibility());
  (place ?? find("#order-title"))?.focus({ preventScroll: true });
}
