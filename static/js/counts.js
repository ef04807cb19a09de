// The numbers beside the sidebar's links, live.
import { watch } from "./wire.js";

export function sideCounts() {
  for (const part of document.querySelectorAll("[data-live-counts]")) {
    watch(part.dataset.liveCounts, {
      kind: part.dataset.liveKind ?? "boards",
      onMessage: (message) => {
        for (const [name, n] of Object.entries(message.counts))
          for (const node of document.querySelectorAll(`[data-count="${name}"]`)) {
            node.textContent = n;
            node.dataset.n = n;
          }
      },
    });
  }
}
