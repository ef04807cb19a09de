// Steps on the clipboard as text, so that they can be pasted into another workflow, another window, or a mail.
import { say } from "../say.js";
import { send } from "./ops.js";

const FORMAT = "postsale.steps/1";
const KEPT = "postsale.steps";

const textOf = (steps) => JSON.stringify({ format: FORMAT, steps }, null, 2);

export function copySteps(steps) {
  const text = textOf(steps);
  // A browser may refuse its clipboard; between our own pages ours does as well.
  localStorage.setItem(KEPT, text);
  navigator.clipboard?.writeText(text).catch(() => {});
  return true;
}

export async function pasteSteps(where, text) {
  const found = text ?? (await clipboardText());
  const steps = stepsIn(found) ?? stepsIn(localStorage.getItem(KEPT));
  if (steps) send({ op: "paste", steps, ...where });
  else say("There are no steps on the clipboard. Copy some first.");
}

async function clipboardText() {
  try {
    return await navigator.clipboard.readText();
  } catch {
    return null;
  }
}

// Copied steps, or a whole workflow document's.
function stepsIn(text) {
  try {
    const said = JSON.parse(text);
    return Array.isArray(said?.steps) && said.steps.length ? said.steps : null;
  } catch {
    return null;
  }
}
