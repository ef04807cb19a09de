// The customer's letter as it looks, in a frame of its own: the new one takes the old one's place once it is there, so that
// nothing flickers while somebody types.
import { onSwap } from "../htmx-adapter.js";

export function letters() {
  onSwap((target) => {
    if (!target.matches(".preview-words")) return;
    const host = target.parentElement.querySelector("[data-letter]");
    const link = target.querySelector("[data-letter-page]");
    host.hidden = !link;
    if (link) show(host, link.href);
    else host.replaceChildren();
  });
}

function show(host, url) {
  const frame = document.createElement("iframe");
  frame.className = "coming";
  frame.title = "The letter as the customer sees it";
  frame.setAttribute("sandbox", "");
  frame.addEventListener("load", () => {
    for (const other of host.querySelectorAll("iframe")) if (other !== frame) other.remove();
    frame.classList.remove("coming");
  });
  frame.src = url;
  host.append(frame);
}
