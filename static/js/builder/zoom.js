// CSS zoom on the stage: it reflows, so that scrolling and hit tests stay right.
const LEAST = 0.4;
const MOST = 1.5;
const KEPT = "postsale.zoom";
const stage = document.getElementById("stage");
const canvas = document.querySelector(".canvas");
let zoom = 1;

function set(value) {
  zoom = Math.round(Math.min(MOST, Math.max(LEAST, value)) * 100) / 100;
  stage.style.zoom = String(zoom);
  document.getElementById("zoom-value").textContent = `${Math.round(zoom * 100)}%`;
  sessionStorage.setItem(KEPT, String(zoom));
}

function fit() {
  set(1);
  const flow = document.getElementById("flow");
  const wide = Math.max(...[...flow.children].map((each) => each.scrollWidth || 0));
  set(Math.min(1, (canvas.clientWidth - 64) / wide, (canvas.clientHeight - 112) / flow.scrollHeight));
  center();
}

function center() {
  canvas.scrollTo({ left: (canvas.scrollWidth - canvas.clientWidth) / 2, top: 0 });
}

export function zoomKey(event) {
  if (event.altKey || event.ctrlKey || event.metaKey) return false;
  const to = { "+": zoom + 0.1, "=": zoom + 0.1, "-": zoom - 0.1, 0: 1 }[event.key];
  if (to === undefined) return false;
  set(to);
  return true;
}

export function zooming() {
  set(Number(sessionStorage.getItem(KEPT)) || 1);
  center();
  document.querySelector(".zoom").addEventListener("click", (event) => {
    const how = event.target.closest("[data-zoom]")?.dataset.zoom;
    if (how === "fit") fit();
    else if (how) set(zoom + (how === "+" ? 0.1 : -0.1));
  });
  canvas.addEventListener(
    "wheel",
    (event) => {
      if (!event.ctrlKey) return;
      event.preventDefault();
      set(zoom - Math.sign(event.deltaY) * 0.1);
    },
    { passive: false },
  );
}
