// G, then a letter: goes to a page of the sidebar. Off where a person switched single-letter keys off.
const PLACES = {
  t: ["/"],
  o: ["/orders/"],
  e: ["/boards/exceptions/", "/boards/"],
  b: ["/boards/"],
  w: ["/workflows/"],
  r: ["/runs/"],
  m: ["/messages/"],
  c: ["/connections/"],
  s: ["/settings/"],
  p: ["/platform/"],
};
const PATIENCE = 1200;

export function jumps(typing) {
  if (document.documentElement.dataset.singleKeys === "off") return;
  let until = 0;
  document.addEventListener(
    "keydown",
    (event) => {
      if (event.ctrlKey || event.metaKey || event.altKey || typing(event.target)) return;
      const places = performance.now() < until ? (PLACES[event.key] ?? []) : [];
      const place = places.find((each) => document.querySelector(`.side a[href="${each}"]`));
      if (place) {
        event.preventDefault();
        event.stopImmediatePropagation();
        location.assign(place);
      }
      until = event.key === "g" ? performance.now() + PATIENCE : 0;
    },
    true,
  );
}
