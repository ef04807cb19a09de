// One socket a page, whoever wants to listen: parts ask for their topics while the page starts, then it opens once.
// watch(signed topic, { kind, since, onMessage, onState }): messages of `kind` ("board", "boards", …) of that topic.
import { live } from "./live.js";

const watchers = [];
let isOpen = false;

export function watch(topic, watcher) {
  if (!topic) return;
  watchers.push({ topic, onState: () => {}, ...watcher });
  if (!isOpen) addEventListener("load", connect, { once: true });
}

function connect() {
  if (isOpen) return;
  isOpen = true;
  const since = watchers.map((each) => Number(each.since)).filter(Boolean);
  live([...new Set(watchers.map((each) => each.topic))], {
    since: since.length ? String(Math.min(...since)) : undefined,
    onState: (state) => {
      for (const each of watchers) each.onState(state);
    },
    onMessage: (message) => {
      for (const each of watchers) if (message.topic.startsWith(`${each.kind}:`)) each.onMessage(message);
    },
  });
}
