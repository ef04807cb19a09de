// G, then a letter: goes to a page of the sidebar. Off where a person switched single-letter keys off.
const PLACES = { t: "/", o: "/orders/", e: "/boards/", w: "/workflows/", r: "/runs/" };
const PATIENCE = 1200;

export function jumps(typing) {
  if (document.documentElement.dataset.singleKeys === "off") return;
  let until = 0;
  document.addEventListener(
    "keydown",
    (event) => {
      if (event.ctrlKey || event.metaKey || event.altKey || typing(event.target)) return;
      const place = PLACES[event.key];
      if (performance.now() < until && place && document.querySelector(`.side a[href="${place}"]`)) {
        event.preventDefault();
        event.stopImmediatePropagation();
        location.assign(place);
      }
      until = event.key === "g" ? performance.now() + PATIENCE : 0;
    },
    true,
  );
}
