"""The audit log in the merchant's words."""

import re
from collections.abc import Mapping
from typing import Any

#: Who acts that is no person and no key.
ACTORS: Mapping[str, str] = {"postsale": "Postsale", "outside": "Somebody outside"}
#: What was done: (its name in the filter, a sentence about `{target}`). Actions that aren't here speak for themselves.
ACTIONS: Mapping[str, tuple[str, str]] = {
    "settings.changed": ("Settings changed", "changed settings"),
    "mail.tested": ("Test letter sent", "sent a test letter to {target}"),
    "member.invited": ("Member invited", "invited {target}"),
    "member.uninvited": ("Invitation taken back", "took back the invitation of {target}"),
    "member.joined": ("Member joined", "joined the shop"),
    "member.added": ("Member added", "added {target}"),
    "member.role_changed": ("Role changed", "changed the role of {target}"),
    "member.renamed": ("Address changed", "has another e-mail address now: {target}"),
    "member.removed": ("Member removed", "removed {target}"),
    "key.created": ("API key made", "made the API key “{target}”"),
    "key.revoked": ("API key revoked", "revoked the API key “{target}”"),
    "connection.created": ("Connection added", "added the connection {name}"),
    "connection.changed": ("Connection changed", "changed the connection {target}"),
    "connection.secret_changed": ("Secret changed", "changed the secret of the connection {target}"),
    "connection.paused": ("Connection paused", "paused the connection {target}"),
    "connection.resumed": ("Connection resumed", "resumed the connection {target}"),
    "connection.removed": ("Connection removed", "removed the connection {target}"),
    "connection.tested": ("Test event sent", "sent a test event through {target}"),
    "quarantine.replayed": ("Quarantine read again", "read a quarantined body again"),
    "hook.refused": ("Webhook refused", "sent webhooks that were refused: {reason}"),
    "platform.entered": ("Staff came in", "of the staff came in as {role}: {reason}"),
    "platform.left": ("Staff went out", "ended the visit of {target}"),
    "platform.suspended": ("Shop suspended", "suspended this shop: {reason}"),
    "platform.resumed": ("Shop opened again", "opened this shop again"),
    "platform.limits": ("Limits changed", "changed the limits of this shop"),
    "platform.messages_retried": ("Messages sent again by staff", "sent {count} messages again"),
    "tenant.created": ("Shop made", "made this shop"),
    "workflow.created": ("Workflow created", "created the workflow {name}"),
    "workflow.saved": ("Workflow saved", "saved the draft of the workflow {name}"),
    "workflow.published": ("Workflow published", "published the workflow {name}"),
    "workflow.published_alone": ("Published without a review", "published {name} without a review: nobody else could"),
    "workflow.review_asked": ("Review asked for", "asked for a review of the workflow {name}"),
    "workflow.review_approved": ("Review approved", "approved the workflow {name}, as {asked_by} asked"),
    "workflow.review_declined": ("Review declined", "declined the workflow {name}, which {asked_by} asked for"),
    "workflow.review_withdrawn": ("Review taken back", "took back the review of the workflow {name}"),
    "workflow.runs_moved": ("Waiting runs moved", "moved {moved} waiting runs of {name} to version {version}"),
    "workflow.paused": ("Workflow paused", "paused the workflow {name}"),
    "workflow.resumed": ("Workflow resumed", "resumed the workflow {name}"),
    "workflow.restored": ("Version restored", "restored an older version of the workflow {name}"),
    "workflow.archived": ("Workflow archived", "archived the workflow {name}"),
    "workflow.unarchived": ("Workflow brought back", "brought back the workflow {name}"),
    "message.retried": ("Message sent again", "sent a message again"),
    "backtest.created": ("Back-test started", "started a back-test"),
    "audit.exported": ("Log exported", "saved this log as a file"),
    "board.exported": ("Board exported", "saved the cards of the board {name} as a file"),
}


def words_of(action: str, target: str, detail: Mapping[str, Any]) -> str:
    """What was done, to follow the name of who did it."""
    said = ACTIONS.get(action)
    if said is None:
        return " ".join(filter(None, (action.replace(".", " ").replace("_", " "), target)))
    known = {"name": "" if _ID.fullmatch(target) else target, **{name: str(value) for name, value in detail.items()}}
    return said[1].format_map(_Told({**known, "target": target})).strip()


def changes_of(detail: Mapping[str, Any]) -> list[tuple[str, str, str]]:
    """(what, before, after) of what changed, and of the other details what they say."""
    before, after = detail.get("before"), detail.get("after")
    rows = []
    if isinstance(before, Mapping) and isinstance(after, Mapping):
        rows = [(_name(path), _shown(before.get(path)), _shown(after[path])) for path in after]
    rest = [(_name(key), "", _shown(value)) for key, value in detail.items() if key not in {"before", "after"}]
    return rows + rest


_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


class _Told(dict[str, str]):
    def __missing__(self, key: str) -> str:
        return ""


def _name(path: str) -> str:
    return path.rpartition(".")[2].replace("_", " ")


def _shown(value: Any) -> str:
    if value in (None, "", [], {}):
        return "nothing"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return ", ".join(str(each.get("label", each)) if isinstance(each, Mapping) else str(each) for each in value)
    return str(value)
