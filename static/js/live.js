// A socket for some signed topics. Reconnects with jittered backoff and says which `seq` it has, so that nothing is missed.
// onMessage(message) for each message; onState("on" | "off" | "denied").
const LONGEST = 15_000;
const DENIED = 4403;

export function live(topics, { since, onMessage, onState }) {
  let tries = 0;
  let seq = since;
  let isClosed = false;
  let socket;

  const open = () => {
    const scheme = location.protocol === "https:" ? "wss" : "ws";
    const query = new URLSearchParams({ topics: topics.join(",") });
    if (seq) query.set("since", seq);
    socket = new WebSocket(`${scheme}://${location.host}/live/?${query}`);
    let wasOpen = false;
    socket.addEventListener("open", () => {
      wasOpen = true;
    });
    socket.addEventListener("message", (event) => {
      const message = JSON.parse(event.data);
      tries = 0;
      seq = String(Math.max(Number(seq) || 0, message.seq));
      onState("on");
      onMessage(message);
    });
    socket.addEventListener("close", (event) => {
      if (isClosed) return;
      if (event.code === DENIED || (!wasOpen && tries > 6)) onState("denied");
      else onState("off");
      setTimeout(open, Math.min(LONGEST, 400 * 2 ** tries++) * (0.7 + Math.random() * 0.6));
    });
  };

  open();
  addEventListener("online", () => {
    if (socket.readyState === WebSocket.CLOSED) tries = 0;
  });
  return () => {
    isClosed = true;
    socket.close();
  };
}
