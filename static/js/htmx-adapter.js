// The one place that knows htmx' names: its events differ between versions 2 and 4.
export function post(url, values) {
  return window.htmx.ajax("POST", url, { target: "#toast", swap: "innerHTML", values });
}

export function onSwap(react) {
  document.addEventListener("htmx:afterSwap", (event) => react(event.detail.target));
}

// What the server refuses with words of its own (422) is shown, too.
document.addEventListener("htmx:beforeSwap", (event) => {
  if (event.detail.xhr.status === 422) event.detail.shouldSwap = true;
});

export function onFailure(react) {
  for (const kind of ["htmx:responseError", "htmx:sendError"]) {
    document.addEventListener(kind, (event) => event.detail.xhr?.status !== 422 && react());
  }
}
