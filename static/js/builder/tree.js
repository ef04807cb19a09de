// The canvas as the server drew it: cards (faces) and the places between them (slots). One of them is in the tab order.
const all = (selector, root = flow()) => [...root.querySelectorAll(selector)];

export const flow = () => document.getElementById("flow");
export const stops = () => all(".face, .slot, button.path").filter((each) => each.offsetParent !== null);
export const faceOf = (id) => all(".face").find((face) => face.dataset.id === id);
export const liOf = (id) => document.getElementById(`s-${id}`);
export const titleOf = (id) => faceOf(id)?.querySelector("b").textContent.trim() ?? "The step";
export const isStep = (id) => Boolean(id) && id !== "trigger";
export const placeOf = (slot) => ({ list: slot.dataset.list, index: Number(slot.dataset.index) });
export const wordsOf = (slot) => slot.ariaLabel.replace(/^Add .*? here: /, "");

export function documentOf() {
  return JSON.parse(document.getElementById("document").textContent);
}

export function stepOf(id) {
  const find = (steps) => {
    for (const step of steps ?? []) {
      const lists = [step.else, step.otherwise, ...(step.paths ?? []).map((path) => path.steps)];
      const found = step.id === id ? step : lists.map(find).find(Boolean);
      if (found) return found;
    }
    return undefined;
  };
  return find(documentOf().steps);
}

// The place right behind a card; behind the trigger it is the first of all.
export function slotAfter(id) {
  if (!isStep(id)) return flow().querySelector(".slot");
  return liOf(id)?.nextElementSibling?.querySelector(".slot");
}

export function lastSlot() {
  return all(':scope > .steps > .slot-li > .slot[data-list="root"]').at(-1);
}

// A step can't go into itself, nor to where it stands.
export function slotsFor({ id }) {
  const slots = all(".slot").filter((slot) => slot.offsetParent !== null);
  const li = id && liOf(id);
  if (!li) return slots;
  const beside = [li.previousElementSibling, li.nextElementSibling];
  return slots.filter((slot) => !li.contains(slot) && !beside.includes(slot.parentElement));
}

export function focusStop(stop, { quietly = false } = {}) {
  for (const each of stops()) each.tabIndex = each === stop ? 0 : -1;
  for (const more of all(".more")) more.tabIndex = more.previousElementSibling === stop ? 0 : -1;
  if (!quietly) stop.focus({ preventScroll: true });
  stop.scrollIntoView({ block: "nearest", inline: "nearest" });
}

// After a card came anew: there is still one tab stop, and it is where it was.
export function keepStop(id) {
  if (stops().some((stop) => stop.tabIndex === 0)) return;
  const held = document.activeElement?.closest("#flow .face, #flow .slot");
  const stop = held ?? faceOf(id) ?? faceOf("trigger");
  stop.tabIndex = 0;
  const more = stop.parentElement.querySelector(".more");
  if (more) more.tabIndex = 0;
}

export function select(id) {
  for (const step of all(".step.selected")) step.classList.remove("selected");
  faceOf(id)?.closest(".step").classList.add("selected");
}
