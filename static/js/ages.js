// Ages grow in the browser once a minute; the server sends no rows for that.
export function words(minutes) {
  if (minutes < 60) return `${minutes}m`;
  return minutes < 48 * 60 ? `${Math.floor(minutes / 60)}h` : `${Math.floor(minutes / 1440)}d`;
}

export function grow(root) {
  const tick = () => {
    for (const time of root.querySelectorAll("time[datetime]")) {
      const text = words(Math.max(0, Math.floor((Date.now() - Date.parse(time.dateTime)) / 60_000)));
      if (time.textContent !== text) time.textContent = text;
    }
  };
  setInterval(tick, 60_000);
}
