// Asking every ten seconds, where there is no socket: it stays away (a proxy that lets none through), or the page has none.
// The answer is what the socket would have said, whole.
const EVERY = 10_000;

export function polling(url, { onState, onMessage }) {
  let timer = 0;
  let isOn = false;

  async function ask() {
    timer = setTimeout(ask, EVERY);
    if (document.hidden) return;
    const answer = await fetch(url, { headers: { "X-Requested-With": "fetch" } }).catch(() => null);
    if (!timer) return;
    isOn = Boolean(answer?.ok && !answer.redirected);
    onState(isOn ? "polls" : "off");
    if (isOn) onMessage(await answer.json());
  }

  return {
    isOn: () => isOn,
    start({ isUrgent = false } = {}) {
      if (timer && (isOn || !isUrgent)) return;
      clearTimeout(timer);
      timer = setTimeout(ask, isUrgent ? 0 : EVERY);
    },
    stop() {
      clearTimeout(timer);
      timer = 0;
      isOn = false;
    },
  };
}
