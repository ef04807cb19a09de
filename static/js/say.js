// One polite line for screen readers; at most one every ten seconds from the socket, so that it never chatters.
const GAP = 10_000;
let last = -GAP;
let timer = 0;

export function say(text) {
  const node = document.getElementById("say");
  if (!node) return;
  clearTimeout(timer);
  node.textContent = "";
  timer = setTimeout(() => {
    node.textContent = text;
  }, 40);
}

export function sayLive(text) {
  if (performance.now() - last < GAP) return;
  last = performance.now();
  say(text);
}
