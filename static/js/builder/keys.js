// The canvas by keyboard: one tab stop, arrows between cards and places, a key for each thing to do. Single letters only
// while a card or a place has the focus.
import { act, add } from "./acts.js";
import { letGo, isPlacing, placingKey } from "./placing.js";
import { closeInspector, isInspecting } from "./inspector.js";
import { openPathMenu, openStepMenu } from "./menus.js";
import { send } from "./ops.js";
import { flow, focusStop, isStep, slotAfter, stops } from "./tree.js";
import { zoomKey } from "./zoom.js";

const hasLetters = () => document.documentElement.dataset.singleKeys !== "off";
const isField = (target) => target.closest("input, textarea, select, [contenteditable]");

export function canvasKeys(builder, { mayBuild }) {
  builder.addEventListener("keydown", (event) => {
    const stop = event.target.closest(".face, .slot, button.path");
    if (!stop || !flow().contains(stop)) return;
    const isDone = isPlacing()
      ? placingKey(event)
      : travel(event, stop) || zoomKey(event) || (mayBuild && build(event, stop));
    if (isDone) event.preventDefault();
  });
  if (!mayBuild) return;
  addEventListener("keydown", (event) => {
    if (!(event.ctrlKey || event.metaKey) || event.key.toLowerCase() !== "z") return;
    if (isField(event.target) && event.target.id !== "palette-find") return;
    event.preventDefault();
    letGo();
    send({ op: event.shiftKey ? "redo" : "undo" });
  });
}

function travel(event, stop) {
  if (event.altKey || event.ctrlKey || event.metaKey) return false;
  if (event.key === "Escape" && isInspecting()) {
    closeInspector();
    return true;
  }
  const list = stops();
  const at = list.indexOf(stop);
  const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: list.length - 1 }[event.key];
  if (to === undefined) return false;
  if (list[to]) focusStop(list[to]);
  return true;
}

function build(event, stop) {
  const id = stop.dataset.id;
  if (event.altKey) {
    const by = { ArrowUp: "up", ArrowDown: "down" }[event.key];
    if (by && isStep(id)) act(by, id);
    return Boolean(by);
  }
  if (event.ctrlKey || event.metaKey) {
    const isCopy = event.key.toLowerCase() === "d" && isStep(id);
    if (isCopy) act("duplicate", id);
    return isCopy;
  }
  if ((event.key === "Delete" || event.key === "Backspace") && isStep(id)) return done(act("delete", id));
  if (!hasLetters()) return false;
  if (event.key === "a") return done(add(id ? slotAfter(id) : stop));
  if (event.key === "m" && isStep(id)) return done(act("move", id));
  if (event.key === "." && isStep(id)) return done(openStepMenu(id));
  if (event.key === "." && stop.matches(".path")) return done(openPathMenu(stop));
  return false;
}

const done = () => true;
