// Ages and what is left until a card is due grow in the browser once a minute; the server sends no rows for that.
export function words(minutes) {
  if (minutes < 60) return `${minutes}m`;
  return minutes < 48 * 60 ? `${Math.floor(minutes / 60)}h` : `${Math.floor(minutes / 1440)}d`;
}

export function dueWords(left) {
  const minutes = Math.floor(Math.abs(left) / 60_000);
  const hours = Math.floor(minutes / 60);
  const both = (big, small) => (small[0] === "0" ? big : `${big} ${small}`);
  const span =
    minutes < 60
      ? `${minutes}m`
      : hours < 48
        ? both(`${hours}h`, `${minutes % 60}m`)
        : both(`${Math.floor(hours / 24)}d`, `${hours % 24}h`);
  return `${span} ${left >= 0 ? "left" : "over"}`;
}

export function dueTone(left, whole) {
  if (left < 0) return "over";
  return left < whole / 5 ? "soon" : "";
}

export function grow(root) {
  const put = (node, text) => {
    if (node.textContent !== text) node.textContent = text;
  };
  const tick = () => {
    const now = Date.now();
    for (const time of root.querySelectorAll("time[data-age]"))
      put(time, words(Math.max(0, Math.floor((now - Date.parse(time.dateTime)) / 60_000))));
    for (const time of root.querySelectorAll("time[data-due]")) {
      const due = Date.parse(time.dataset.due);
      put(time, dueWords(due - now));
      time.dataset.tone = dueTone(due - now, due - Date.parse(time.dataset.from));
    }
  };
  setInterval(tick, 60_000);
}
