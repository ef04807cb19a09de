// What people do with cards: one or the ticked ones; by buttons, the bar for many, and the dialogs that ask for more.
import { post } from "./htmx-adapter.js";
import { open } from "./shell.js";

const find = (selector) => document.querySelector(selector);

export function acts({ scroller, tbody, ticked }) {
  let asked = [];

  function act(what, ids, more = {}) {
    if (!ids.length || !find("#bulk")) return;
    if (what === "snooze" && more.until === "pick") return ask("snooze-cards", ids);
    const first = what === "assign" && !("assignee" in more) ? { assignee: "me" } : {};
    post(`/boards/${scroller.dataset.board}/${what}/`, { case: ids, ...first, ...more });
  }
  function ask(dialog, ids) {
    if (!ids.length || !find("#bulk")) return;
    asked = ids;
    open(dialog);
  }
  function undo() {
    find("#toast [data-undo]")?.requestSubmit();
  }
  // Where no socket tells of it, rows that left this view go when the act is answered.
  function settle(toast) {
    const touched = [...toast.querySelectorAll("[name=case]")].map((field) => field.value);
    if (["snoozed", "resolved"].includes(scroller.dataset.view) && !touched.length) location.reload();
  }

  const bulk = find("#bulk");
  bulk?.addEventListener("submit", (event) => {
    event.preventDefault();
    act("resolve", ticked(), { reason: find("#reason").value });
    find("#reason").value = "";
  });
  for (const select of document.querySelectorAll("[data-bulk]")) {
    select.addEventListener("change", () => {
      act(select.dataset.bulk, ticked(), { [select.name]: select.value });
      select.selectedIndex = 0;
    });
  }
  const close = (node) => node.closest("dialog").close();
  for (const button of document.querySelectorAll("[data-snooze]")) {
    button.addEventListener("click", () => {
      close(button);
      act("snooze", asked, { until: button.dataset.snooze });
    });
  }
  find("#snooze-pick")?.addEventListener("submit", (event) => {
    event.preventDefault();
    close(event.target);
    act("snooze", asked, { until: find("#snooze-at").value });
  });
  find("#resolve-form")?.addEventListener("submit", (event) => {
    event.preventDefault();
    close(event.target);
    act("resolve", asked, { reason: find("#say-why").value });
    find("#say-why").value = "";
  });
  tbody.addEventListener("click", (event) => {
    // Shift and a click ticks all rows between the last ticked one and this.
    const box = event.target.closest("input[type=checkbox]");
    if (!box) return;
    const boxes = [...tbody.querySelectorAll("input[type=checkbox]")];
    const from = boxes.findIndex((each) => each.dataset.last === "yes");
    if (event.shiftKey && from >= 0) {
      const to = boxes.indexOf(box);
      for (const each of boxes.slice(Math.min(from, to), Math.max(from, to) + 1)) each.checked = box.checked;
    }
    for (const each of boxes) each.dataset.last = each === box ? "yes" : "";
  });
  return { act, ask, undo, settle };
}
