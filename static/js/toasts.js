// Toasts go after eight seconds, but not while the pointer or the focus is on them.
const STAY = 8_000;

function leave(toast) {
  let timer = setTimeout(() => toast.remove(), STAY);
  const hold = () => clearTimeout(timer);
  const release = () => {
    clearTimeout(timer);
    timer = setTimeout(() => toast.remove(), STAY);
  };
  for (const kind of ["pointerenter", "focusin"]) toast.addEventListener(kind, hold);
  for (const kind of ["pointerleave", "focusout"]) toast.addEventListener(kind, release);
  toast.querySelector("[data-dismiss]")?.addEventListener("click", () => toast.remove());
}

export function toasts() {
  const watch = (root) => {
    for (const toast of root.querySelectorAll("[data-toast]:not([data-seen])")) {
      toast.dataset.seen = "";
      leave(toast);
    }
  };
  const box = document.getElementById("toasts");
  if (!box) return;
  watch(box);
  new MutationObserver(() => watch(document.body)).observe(box, { childList: true, subtree: true });
}
