// The builder: what is pressed, dragged or typed becomes an operation; the server's answer is the state.
import { onPiece, onSwap } from "../htmx-adapter.js";
import { watch } from "../wire.js";
import { act, add, place } from "./acts.js";
import { copying, dragging, naming } from "./hands.js";
import { inspecting, isNarrow, openInspector, refreshInspector } from "./inspector.js";
import { canvasKeys } from "./keys.js";
import { openPathMenu, openStepMenu } from "./menus.js";
import { fetchFlow, onFlow, send } from "./ops.js";
import { isPlacing, letGo, pickUp, placeAt } from "./placing.js";
import { faceOf, flow, focusStop, keepStop, placeOf, select } from "./tree.js";
import { zooming } from "./zoom.js";

const builder = document.getElementById("builder");
const mayBuild = "mayBuild" in builder.dataset;

// Who works by keyboard goes to a new step's form with Enter; for others it opens by itself.
let isByHand = false;
const hear = (event) => {
  isByHand = event.type === "pointerdown";
};
addEventListener("pointerdown", hear, true);
addEventListener("keydown", hear, true);

zooming();
canvasKeys(builder, { mayBuild });
inspecting();

builder.addEventListener("click", (event) => {
  const [face, slot, more, path, item] = [".face", ".slot", "[data-menu]", "button.path", ".pal[data-kind]"].map(
    (each) => event.target.closest(each),
  );
  if (slot && isPlacing()) placeAt(slot);
  else if (slot) add(slot);
  else if (more) openStepMenu(more.dataset.menu);
  else if (path) openPathMenu(path);
  else if (item) take({ kind: item.dataset.kind, name: item.textContent.trim() });
  else if (face) {
    letGo();
    focusStop(face);
    // A press of Enter is a click without a pointer: then the form takes the focus.
    openInspector(face.dataset.id, { focus: event.detail === 0 || isNarrow() });
  } else buttons(event);
});

// Where there is only one place, nobody needs to be asked which.
function take(item) {
  const slots = document.querySelectorAll("#flow .slot");
  if (slots.length === 1) place(item, placeOf(slots[0]));
  else pickUp(item, place);
}

function buttons(event) {
  const [op, jump, inspect, doing] = ["op", "jump", "inspect", "do"].map(
    (name) => event.target.closest(`[data-${name}]`)?.dataset[name],
  );
  if (op) send({ op });
  if (jump) {
    document.getElementById("problems").hidePopover();
    focusStop(faceOf(jump) ?? faceOf("trigger"));
    openInspector(faceOf(jump) ? jump : "settings", { focus: true });
  }
  if (inspect || doing) document.getElementById("more").hidePopover();
  if (inspect) openInspector(inspect, { focus: true });
  if (doing) act(doing);
}

if (mayBuild) {
  dragging(builder);
  copying();
  naming(builder);
}

onSwap((target) => {
  if (target.id !== "flow") return;
  onFlow();
  const name = builder.querySelector("[data-name]");
  if (name && name !== document.activeElement)
    name.value = JSON.parse(document.getElementById("document").textContent).name;
  const { focus } = flow().dataset;
  if ("opens" in builder.dataset && isByHand && faceOf(focus)) openInspector(focus, { focus: isNarrow() });
  else refreshInspector(focus);
  delete builder.dataset.opens;
});
onPiece(() => {
  const { step } = document.getElementById("inspector").dataset;
  keepStop(step);
  if (step) select(step);
});
document.addEventListener("builder-refresh", fetchFlow);

watch(builder.dataset.topic, {
  kind: "draft",
  onMessage: (message) => {
    const rev = Number(document.getElementById("rev")?.value ?? flow().dataset.rev);
    if (message.counts.rev > rev) setTimeout(hearAgain, 400, message.counts.rev);
  },
});

// Our own change is announced, too: its answer is on its way, so look again when it has come.
function hearAgain(rev) {
  if (rev > Number(document.getElementById("rev").value)) fetchFlow();
}

builder.dataset.ready = "";
