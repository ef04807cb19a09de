// The one place that knows htmx' names: its events differ between versions 2 and 4.
export function post(url, values) {
  return window.htmx.ajax("POST", url, { target: "#toast", swap: "innerHTML", values });
}

export function get(url, target) {
  return window.htmx.ajax("GET", url, { target, swap: "innerHTML" });
}

// A request that stands in the queue of `source` (its hx-sync), with what `source` includes.
export function ask(verb, url, { source, target, swap = "outerHTML", values }) {
  // What fails is told to onAnswer; the promise would only complain to the console.
  window.htmx.ajax(verb, url, { source, target, swap, values }).catch(() => {});
}

// Before `react` there is nothing on its way from this element, after it the answer (ok: it was understood) or a failure.
export function onAnswer(react) {
  document.addEventListener("htmx:afterRequest", (event) => react(event.detail.elt, event.detail.xhr.status));
}

export function onAsking(react) {
  document.addEventListener("htmx:beforeRequest", (event) => react(event.detail.elt));
}

// A piece that an answer brought along was put in its place.
export function onPiece(react) {
  document.addEventListener("htmx:oobAfterSwap", () => react());
}

export function onSwap(react) {
  document.addEventListener("htmx:afterSwap", (event) => react(event.detail.target));
}

// What the server refuses with words of its own (409, 422) is shown, too.
document.addEventListener("htmx:beforeSwap", ({ detail }) => {
  if (![409, 422].includes(detail.xhr.status)) return;
  detail.shouldSwap = true;
  detail.isError = false;
});

// Pills for cards that somebody took away meanwhile have no place any more.
document.addEventListener("htmx:beforeSwap", ({ detail }) => {
  if (!detail.serverResponse.includes('id="pill-')) return;
  const answer = document.createElement("template");
  answer.innerHTML = detail.serverResponse;
  for (const pill of answer.content.querySelectorAll('[hx-swap-oob][id^="pill-"]'))
    if (!document.getElementById(pill.id)) pill.remove();
  detail.serverResponse = answer.innerHTML;
});

// What was asked for is not put into `node` while the person holds it; the answer to what they sent is.
export function spare(node, isHeld) {
  document.addEventListener("htmx:beforeSwap", ({ detail }) => {
    if (detail.target === node && detail.requestConfig.verb === "get" && isHeld()) detail.shouldSwap = false;
  });
}

export function onFailure(react) {
  for (const kind of ["htmx:responseError", "htmx:sendError"]) {
    document.addEventListener(kind, (event) => ![409, 422].includes(event.detail.xhr?.status) && react());
  }
}
