// What a board's page shows and in what order, asked of a row by its data: the server's filters, for rows that come live.
const RANKS = { critical: 2, warning: 1, info: 0 };
const FAR = 1e14;

export function fitting({ carrier, channel, severity, workflow, owner, text, overdue }) {
  return (row) => {
    const said = row.dataset;
    if (carrier && said.carrier !== carrier) return false;
    if (channel && said.channel !== channel) return false;
    if (workflow && said.workflow !== workflow) return false;
    if (severity && said.severity !== severity) return false;
    if (owner && !owner.includes(said.owner)) return false;
    if (overdue && !(said.due && Date.parse(said.due) < Date.now())) return false;
    return !text || row.textContent.toLowerCase().includes(text.replace(/^#/, ""));
  };
}

// Greatest first, as text.
export function sorting(sort) {
  const late = (row) => String(FAR - Date.parse(row.dataset.opened)).padStart(16, "0") + row.dataset.id;
  return {
    seen: (row) => row.dataset.key,
    newest: (row) => String(Date.parse(row.dataset.opened)).padStart(16, "0") + row.dataset.id,
    oldest: late,
    severity: (row) => `${RANKS[row.dataset.severity] ?? 0}${late(row)}`,
  }[sort];
}
