// The inspector: a step's form beside the canvas, a sheet from below where it is narrow. Escape goes back to the card.
import { ask, onSwap } from "../htmx-adapter.js";
import { documentOf, faceOf, flow, focusStop, select, stepOf } from "./tree.js";

const aside = document.getElementById("inspector");
const builder = document.getElementById("builder");
const RESTING = 1000;
let wanted = null;
let shown = "";

export const isNarrow = () => matchMedia("(max-width: 900px)").matches;

export function openInspector(id, { focus = false, path } = {}) {
  // Its form is on its way already.
  if (wanted?.id === id && Date.now() - wanted.at < RESTING) {
    wanted = { ...wanted, focus: wanted.focus || focus, path: path ?? wanted.path };
    return;
  }
  rest();
  wanted = { id, focus, path, at: Date.now() };
  shown = said(id);
  aside.dataset.step = id;
  aside.classList.add("open");
  select(id);
  ask("GET", `${builder.dataset.url}inspector/${id}/`, {
    source: "#inspector",
    target: "#inspector",
    swap: "innerHTML",
  });
}

export const isInspecting = () => Boolean(aside.dataset.step);

export function closeInspector() {
  const id = aside.dataset.step;
  rest();
  empty();
  const face = faceOf(id) ?? faceOf("trigger");
  if (face) focusStop(face);
}

function empty() {
  wanted = null;
  aside.dataset.step = "";
  aside.classList.remove("open");
  aside.replaceChildren(document.getElementById("nothing").content.cloneNode(true));
  select("");
}

// What was typed last is saved before its form goes; a form on its way to the server stays on the page until it is answered.
function rest() {
  const form = aside.querySelector("form");
  if (form?.contains(document.activeElement)) document.activeElement.blur();
  if (!form?.classList.contains("htmx-request")) return;
  const place = document.getElementById("resting");
  place.append(form);
  const wait = () => (form.classList.contains("htmx-request") ? setTimeout(wait, RESTING) : form.remove());
  setTimeout(wait, RESTING);
}

// What the form is about, as the canvas has it.
function said(id) {
  const { steps, trigger, ...about } = documentOf();
  const { else: _else, otherwise, paths, ...step } = stepOf(id) ?? {};
  const asked = paths?.map(({ steps: _steps, ...path }) => path);
  return JSON.stringify(
    id === "trigger" ? [trigger, about.once_per, about.cooldown] : id === "settings" ? about : [step, asked],
  );
}

// The step of an open form may be gone, or say something else, after a change on the canvas; a new step takes its place.
export function refreshInspector(focus) {
  const open = aside.dataset.step;
  if (!open) return;
  const isElsewhere = focus && faceOf(focus) === document.activeElement && !isNarrow();
  const id = isElsewhere ? focus : open;
  if (id !== "settings" && !faceOf(id)) return empty();
  if (id === open && said(id) === shown) {
    const rev = document.getElementById("inspector-rev");
    if (rev) rev.value = flow().dataset.rev;
  } else if (!aside.contains(document.activeElement)) {
    openInspector(id, { focus: wanted?.id === id && wanted.focus });
  }
}

function mayBegin() {
  const isNew = document.querySelectorAll("#flow .step").length === 1;
  return isNew && "mayBuild" in builder.dataset && !isNarrow() && faceOf("trigger")?.closest(".faulty");
}

export function inspecting() {
  onSwap((target) => {
    if (target !== aside) return;
    // It was closed while its form was on the way.
    if (!aside.dataset.step) return empty();
    if (!wanted) return;
    const { focus, path } = wanted;
    wanted = null;
    const at = path === undefined ? null : aside.querySelector(`#path-${path}`);
    if (at) at.scrollIntoView({ block: "start" });
    if (focus) ((at ?? aside).querySelector("input:not([type=hidden]), select, textarea, button") ?? aside).focus();
  });
  aside.addEventListener("keydown", (event) => {
    if (
      event.key !== "Escape" ||
      event.defaultPrevented ||
      document.querySelector("dialog[open], [popover]:popover-open")
    )
      return;
    event.preventDefault();
    closeInspector();
  });
  aside.addEventListener("click", (event) => {
    if (event.target.closest("[data-closes-inspector]")) closeInspector();
  });
  // A workflow that nobody has begun begins with what starts it.
  if (!aside.dataset.step && mayBegin()) aside.dataset.step = "trigger";
  if (aside.dataset.step) openInspector(aside.dataset.step);
}
