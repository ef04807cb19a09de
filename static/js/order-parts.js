// The parts of an open page, put in place when they changed. What the person holds (an open menu, a field with words in it,
// opened details) is theirs and waits; after their own act only the words they typed elsewhere are kept.
const TINT = 1_500;
const FIELDS = "input:not([type=hidden]), textarea";

// What differs from answer to answer without meaning anything: form tokens, and ages in words.
const core = (part) =>
  part.outerHTML.replace(/name="csrfmiddlewaretoken" value="[^"]*"/g, "").replace(/(<time[^>]*>)[^<]*/g, "$1");
const parts = (root) => [...root.querySelectorAll("[data-part]")];
const typed = (part) => [...part.querySelectorAll(FIELDS)].filter((field) => field.value !== field.defaultValue);
const isHeld = (part) =>
  part.contains(document.activeElement) ||
  part.matches(":popover-open") ||
  part.querySelector("details[open], :popover-open") ||
  typed(part).length;

// `isWhole`: an answer holds the whole page, so parts that are new have a place in it.
export function pageParts(page, { isWhole }) {
  const seen = new Map();
  for (const part of parts(page)) seen.set(part.id, core(part));

  function place(part, next, list) {
    const home = document.getElementById(part.parentElement.id);
    const later = list.slice(list.indexOf(part) + 1).filter((each) => each.parentElement === part.parentElement);
    const after = later.map((each) => document.getElementById(each.id)).find(Boolean);
    if (after) after.before(next);
    else home?.append(next);
  }

  // Puts what changed in place: how many parts did, and whether one must wait for the person.
  return function show(fresh, { isMine = false } = {}) {
    const list = parts(fresh);
    let isLate = false;
    let news = 0;
    for (const part of list) {
      const html = core(part);
      const old = document.getElementById(part.id);
      if (old && seen.get(part.id) === html) continue;
      if (old && isHeld(old) && !(isMine && !old.matches(".entry"))) {
        isLate = true;
        continue;
      }
      const next = document.importNode(part, true);
      if (old) {
        keep(old, next);
        old.replaceWith(next);
      } else if (isWhole) place(part, next, list);
      else continue;
      seen.set(part.id, html);
      window.htmx.process(next);
      if (next.matches(".entry")) tint(next);
      news += 1;
    }
    return { news, isLate };
  };
}

function keep(old, next) {
  for (const field of typed(old)) {
    const same = field.id && next.querySelector(`#${CSS.escape(field.id)}`);
    if (same) same.value = field.value;
  }
}

function tint(entry) {
  entry.classList.add("changed");
  setTimeout(() => entry.classList.remove("changed"), TINT);
}
