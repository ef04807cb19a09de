// The inspector: lists to pick from, marks on what is wrong, the way back to the card, the newest form after a conflict.
import { get, onSwap } from "../htmx-adapter.js";
import { letters } from "./letter.js";
import { mark } from "./marks.js";
import { pickers } from "./picker.js";

const form = () => document.getElementById("inspector-form");

pickers();
letters();
onSwap(() => form() && mark(form()));
document.addEventListener("inspector-stale", () => form() && get(form().action, "#inspector"));

// What was just typed is saved before Escape takes the form away.
document.addEventListener(
  "keydown",
  (event) => {
    const isTyping = event.target.matches?.("#inspector-form :is(input, textarea, select)");
    if (event.key === "Escape" && isTyping) event.target.blur();
  },
  true,
);

// Suggestions are open while a number is typed, and would take the Enter for themselves.
document.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || event.target.id !== "try-number") return;
  event.preventDefault();
  event.target.form.requestSubmit();
});
