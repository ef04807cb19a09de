// Pick up and place, for the keyboard and for single clicks: the places become targets, arrows travel, Enter or a click
// places, Escape lets go.
import { say } from "../say.js";
import { faceOf, focusStop, isStep, liOf, placeOf, slotsFor, wordsOf } from "./tree.js";

const builder = document.getElementById("builder");
const bar = document.getElementById("placing");
let held = null;
let at = 0;

export const isPlacing = () => held !== null;

// `what`: { id, name } of a step on the canvas, { kind, name } of a new one; onPlace(what, { list, index }).
export function pickUp(what, onPlace) {
  letGo();
  const slots = slotsFor(what);
  if (!slots.length) return say("There is nowhere else to move this step.");
  held = { what, slots, onPlace };
  builder.classList.add("dragging");
  for (const slot of slots) slot.classList.add("ok");
  bar.querySelector("span").textContent = `Placing ${what.name}: choose a place, or press Esc`;
  bar.hidden = false;
  if (what.id) faceOf(what.id).closest(".step").classList.add("lifted");
  aim(what.id ? firstBelow(slots, liOf(what.id)) : 0);
}

function firstBelow(slots, li) {
  return Math.max(
    0,
    slots.findIndex((slot) => li.compareDocumentPosition(slot) & Node.DOCUMENT_POSITION_FOLLOWING),
  );
}

function aim(index) {
  const { slots } = held;
  slots[at]?.classList.remove("over");
  at = (index + slots.length) % slots.length;
  slots[at].classList.add("over");
  focusStop(slots[at]);
  say(`Place ${at + 1} of ${slots.length}. ${wordsOf(slots[at])}. Enter to place, Escape to cancel.`);
}

export function placeAt(slot) {
  if (!held?.slots.includes(slot)) return;
  const { what, onPlace } = held;
  letGo();
  onPlace(what, placeOf(slot));
}

export function letGo(words) {
  if (!held) return;
  const { what, slots } = held;
  held = null;
  at = 0;
  builder.classList.remove("dragging");
  for (const slot of slots) slot.classList.remove("ok", "over");
  bar.hidden = true;
  if (isStep(what.id)) faceOf(what.id)?.closest(".step").classList.remove("lifted");
  if (!words) return;
  say(words);
  const face = faceOf(what.id ?? "trigger");
  if (face) focusStop(face);
}

// True when the key was for the placing.
export function placingKey(event) {
  const steps = { ArrowDown: 1, ArrowRight: 1, ArrowUp: -1, ArrowLeft: -1 };
  if (event.key in steps) aim(at + steps[event.key]);
  else if (event.key === "Home") aim(0);
  else if (event.key === "End") aim(held.slots.length - 1);
  else if (event.key === "Enter" || event.key === " ") placeAt(held.slots[at]);
  else if (event.key === "Escape") letGo("Move cancelled.");
  else return false;
  return true;
}

bar?.addEventListener("click", (event) => {
  if (event.target.closest("[data-lets-go]")) letGo("Move cancelled.");
});
addEventListener("keydown", (event) => {
  if (held && event.key === "Escape" && !event.defaultPrevented) letGo("Move cancelled.");
});
