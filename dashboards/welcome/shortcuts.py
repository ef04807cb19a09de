"""What the search (Ctrl+K) lets people do: each act by its words, for the roles that may."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from django.http import HttpRequest
from django.urls import reverse

from dashboards.demo.links import may_tell
from postsale.tenants.access import BUILDERS, KEEPERS
from postsale.tenants.models import Role
from postsale.web.search import Hit

ALL = tuple(Role.values)


@dataclass(frozen=True, slots=True, kw_only=True)
class Shortcut:
    """An act: where it leads, or (`sends`) what is sent there at once; `words` are other names people look for it by."""

    label: str
    name: str
    icon: str
    words: str = ""
    roles: Sequence[str] = ALL
    sends: Mapping[str, str] | None = None


SHORTCUTS = (
    Shortcut(label="New workflow", name="workflow_new", icon="plus", words="make create start blank", roles=BUILDERS, sends={}),
    Shortcut(label="Start from a template", name="templates", icon="layout-template", words="new workflow example", roles=BUILDERS),
    Shortcut(label="Check the workflows", name="checker", icon="list-checks", words="conflicts hints double"),
    Shortcut(label="Invite somebody", name="settings_members", icon="user-plus", words="add member people team role", roles=KEEPERS),
    Shortcut(label="Add a connection", name="connection_new", icon="plug", words="connect channel carrier webhook", roles=KEEPERS),
    Shortcut(label="Make an API key", name="settings_keys", icon="key-round", words="new token program", roles=KEEPERS),
    Shortcut(label="Send a test letter", name="settings_mail", icon="send", words="mail e-mail sender try", roles=KEEPERS),
    Shortcut(label="Who is told when a workflow fails", name="settings_notices", icon="bell", words="alert notify", roles=KEEPERS),
    Shortcut(label="First steps", name="welcome", icon="sparkles", words="set up start checklist welcome", roles=BUILDERS),
    Shortcut(label="Mark all notifications as read", name="notifications_read", icon="check", words="bell notices", sends={}),
    Shortcut(label="Light theme", name="prefer", icon="sun", words="switch colours bright", sends={"theme": "light"}),
    Shortcut(label="Dark theme", name="prefer", icon="moon", words="switch colours night", sends={"theme": "dark"}),
    Shortcut(label="The system's theme", name="prefer", icon="monitor", words="switch colours", sends={"theme": "system"}),
    Shortcut(label="Change your password", name="account_change_password", icon="shield", words="account"),
    Shortcut(label="Secure your sign-in", name="mfa_index", icon="shield-check", words="two-factor second totp code passkey"),
    Shortcut(label="Sign out", name="account_logout", icon="log-out", words="log out leave", sends={}),
)  # fmt: skip
STORY = Shortcut(label="Try a story", name="stories", icon="clapperboard", words="simulate demo play")


def acts(request: HttpRequest, text: str) -> list[Hit]:
    """What the member may do and `text` names (in any order of its words); without text all of it."""
    member = getattr(request, "member", None)
    if member is None:
        return []
    wanted = text.casefold().split()
    offered = (*SHORTCUTS, STORY) if may_tell(request) else SHORTCUTS
    return [
        Hit(label=each.label, url=reverse(each.name), icon=each.icon, group="Actions", sends=_sent(request, each))
        for each in offered
        if member.role in each.roles and all(word in f"{each.label} {each.words}".casefold() for word in wanted)
    ]


def _sent(request: HttpRequest, each: Shortcut) -> Mapping[str, str] | None:
    """Preferences lead back to the page that the search was opened on."""
    if each.name != "prefer" or each.sends is None:
        return each.sends
    return {**each.sends, "next": urlsplit(request.headers.get("HX-Current-URL", "")).path or "/"}
