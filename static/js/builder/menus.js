// The menus of a step and of a path: opened by their button or the full stop, walked with arrows, closed by Escape.
import { act, actOnPath } from "./acts.js";
import { faceOf, focusStop } from "./tree.js";

const stepMenu = document.getElementById("step-menu");
const pathMenu = document.getElementById("path-menu");
let chosen = null;

export function openStepMenu(id) {
  const face = faceOf(id);
  chosen = { id, back: face };
  for (const item of stepMenu.querySelectorAll("[data-only]")) item.hidden = !isFor(face, item.dataset.only);
  show(stepMenu, face.parentElement.querySelector(".more"));
}

function isFor(face, kind) {
  return kind === "branch" ? "branch" in face.dataset : face.closest(".step-li").classList.contains("gate");
}

export function openPathMenu(button) {
  chosen = { id: button.dataset.of, n: Number(button.dataset.path), back: button };
  const edges = button.dataset.edges.split(" ");
  const hide = { left: edges.includes("first"), right: edges.includes("last"), remove: edges.join("").length > 8 };
  for (const item of pathMenu.querySelectorAll("[data-path-do]")) item.hidden = hide[item.dataset.pathDo] ?? false;
  show(pathMenu, button);
}

function show(menu, source) {
  menu.showPopover({ source });
  menu.querySelector("button:not([hidden])").focus();
}

for (const menu of [stepMenu, pathMenu].filter(Boolean)) {
  menu.addEventListener("click", (event) => {
    const item = event.target.closest("[role=menuitem]");
    if (!item) return;
    const { id, n, back } = chosen;
    menu.hidePopover();
    focusStop(back);
    if (item.dataset.do) act(item.dataset.do, id);
    else actOnPath(item.dataset.pathDo, id, n);
  });
  menu.addEventListener("keydown", (event) => {
    const items = [...menu.querySelectorAll("button:not([hidden])")];
    const at = items.indexOf(document.activeElement);
    const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: -1 }[event.key];
    if (event.key === "Escape" || event.key === "Tab") {
      menu.hidePopover();
      focusStop(chosen.back);
    } else if (to === undefined) return;
    else items.at(to % items.length).focus();
    event.preventDefault();
    event.stopPropagation();
  });
}
