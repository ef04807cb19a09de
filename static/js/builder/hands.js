// What a builder's hands do besides keys and clicks: drag, copy and paste, type a name.
import { say } from "../say.js";
import { act, place } from "./acts.js";
import { pasteSteps } from "./clipboard.js";
import { slotDrag } from "./drag.js";
import { send } from "./ops.js";
import { letGo } from "./placing.js";
import { isStep, lastSlot, placeOf, slotAfter, slotsFor, titleOf } from "./tree.js";

const whatOf = (source) =>
  source.dataset.drag === "palette"
    ? { kind: source.dataset.kind, name: source.textContent.trim() }
    : { id: source.closest(".step-li").dataset.id, name: titleOf(source.closest(".step-li").dataset.id) };

export function dragging(builder) {
  slotDrag({
    root: builder,
    scroller: builder.querySelector(".canvas"),
    sources: "[data-drag]",
    ghostOf: (source) => {
      const ghost = (source.closest(".step") ?? source).cloneNode(true);
      for (const node of [ghost, ...ghost.querySelectorAll("[id]")]) node.removeAttribute("id");
      return ghost;
    },
    slotsOf: (source) => slotsFor(whatOf(source)),
    onStart: (source, count) => {
      letGo();
      source.closest(".step")?.classList.add("lifted");
      say(`Dragging ${whatOf(source).name}. ${count} places.`);
    },
    onEnd: (source, isDone) => {
      source.closest(".step")?.classList.remove("lifted");
      if (!isDone) say("Move cancelled.");
    },
    onDrop: (source, slot) => place(whatOf(source), placeOf(slot)),
  });
}

export function copying() {
  const held = () => document.activeElement?.closest("#flow .face")?.dataset.id;
  for (const kind of ["copy", "cut"]) {
    document.addEventListener(kind, (event) => {
      if (!isStep(held()) || !document.getSelection().isCollapsed) return;
      event.preventDefault();
      act(kind, held());
    });
  }
  document.addEventListener("paste", (event) => {
    const stop = document.activeElement?.closest("#flow .face, #flow .slot");
    if (!stop) return;
    event.preventDefault();
    const slot = stop.matches(".slot") ? stop : (slotAfter(stop.dataset.id) ?? lastSlot());
    pasteSteps(placeOf(slot), event.clipboardData.getData("text/plain"));
  });
}

export function naming(builder) {
  builder.querySelector("[data-name]").addEventListener("change", (event) => {
    const name = event.target.value.trim();
    if (name) send({ op: "settings", name });
  });
  document.querySelector("[data-with-rev]")?.addEventListener("submit", (event) => {
    event.target.elements.rev.value = document.getElementById("rev").value;
  });
}
