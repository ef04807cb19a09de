// A story that was begun comes into sight, and its end is said; what it does comes from the server each second.
import { say } from "./say.js";

const stage = document.getElementById("progress");
let state = stage?.querySelector("[data-story-state]")?.dataset.storyState;

if (stage) {
  for (const form of document.querySelectorAll("[data-plays]")) {
    form.addEventListener("submit", () => {
      state = "asked";
    });
  }
  new MutationObserver(() => {
    const now = stage.querySelector("[data-story-state]")?.dataset.storyState;
    if (!now || now === state) return;
    if (state === "asked") {
      stage.focus({ preventScroll: true });
      document.getElementById("main").scrollTo({ top: 0 });
    }
    if (now === "over") say("The story is told.");
    if (now === "problem") say("The story stopped.");
    state = now;
  }).observe(stage, { childList: true });
}
