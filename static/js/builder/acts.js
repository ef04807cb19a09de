// What can be done to a step, by whatever key, menu or button.
import { say } from "../say.js";
import { copySteps, pasteSteps } from "./clipboard.js";
import { openInspector } from "./inspector.js";
import { openPicker } from "./picker.js";
import { pickUp } from "./placing.js";
import { send } from "./ops.js";
import { faceOf, isStep, liOf, lastSlot, placeOf, slotAfter, stepOf, titleOf } from "./tree.js";

export function place(what, where) {
  if (what.id) send({ op: "move", id: what.id, ...where });
  else if (what.kind === "paste") pasteSteps(where);
  else {
    // Whoever adds a step goes on to say what it is to do.
    document.getElementById("builder").dataset.opens = "";
    send({ op: "insert", kind: what.kind, ...where });
  }
}

export function add(slot) {
  if (slot) openPicker((kind) => place({ kind }, placeOf(slot)));
}

function nudge(id, by) {
  const list = liOf(id).parentElement;
  const steps = [...list.querySelectorAll(":scope > .step-li")];
  const at = steps.indexOf(liOf(id));
  const index = by < 0 ? at - 1 : at + 2;
  if (index < 0 || index > steps.length)
    return say(by < 0 ? "Already first in this path." : "Already last in this path.");
  send({ op: "move", id, list: list.dataset.list, index });
}

function cut(id) {
  copySteps([stepOf(id)]);
  send({ op: "delete", id });
}

const ACTS = {
  edit: (id) => openInspector(id, { focus: true }),
  add: (id) => add(slotAfter(id)),
  unless: (id) => openPicker((kind) => place({ kind }, { list: `${id}.else`, index: 0 })),
  add_path: (id) => send({ op: "add_path", id }),
  move: (id) => isStep(id) && pickUp({ id, name: titleOf(id) }, place),
  up: (id) => isStep(id) && nudge(id, -1),
  down: (id) => isStep(id) && nudge(id, 1),
  duplicate: (id) => isStep(id) && send({ op: "duplicate", id }),
  copy: (id) => isStep(id) && copySteps([stepOf(id)]) && say(`${titleOf(id)} copied.`),
  cut: (id) => isStep(id) && cut(id),
  paste: (id) => pasteSteps(placeOf((faceOf(id) && slotAfter(id)) || lastSlot())),
  delete: (id) => isStep(id) && send({ op: "delete", id }),
};

export function act(name, id) {
  ACTS[name]?.(id);
}

export function actOnPath(name, id, n) {
  const acts = {
    edit: () => openInspector(id, { focus: true, path: n }),
    left: () => send({ op: "move_path", id, n, to: n - 1 }),
    right: () => send({ op: "move_path", id, n, to: n + 1 }),
    add: () => send({ op: "add_path", id, n: n + 1 }),
    remove: () => send({ op: "remove_path", id, n }),
  };
  acts[name]?.();
}
