"""Where the back office stands: its links in the sidebar, the tabs of its settings, what search finds of it."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.http import HttpRequest
from django.urls import reverse

from postsale.tenants.access import KEEPERS
from postsale.web import navigation, search
from postsale.web.navigation import Link, Section
from postsale.web.search import Hit


@dataclass(frozen=True, slots=True, kw_only=True)
class Tab:
    """A page of the settings; `words` are other names people look for it by."""

    label: str
    name: str
    icon: str
    words: str
    roles: Sequence[str] = ()


TABS = (
    Tab(label="Shop", name="settings_shop", icon="store", words="name time zone limits"),
    Tab(
        label="Sender & mail",
        name="settings_mail",
        icon="mail",
        words="from reply-to branding colour footer language redirect test",
    ),
    Tab(
        label="Notifications",
        name="settings_notices",
        icon="bell",
        words="told alerts alarm when a workflow fails failure",
    ),
    Tab(
        label="Calendar",
        name="settings_calendar",
        icon="calendar",
        words="working days opening hours holidays cut-off country",
    ),
    Tab(label="Statuses", name="settings_statuses", icon="tags", words="ops status order statuses"),
    Tab(
        label="Members",
        name="settings_members",
        icon="users",
        words="people team roles invite invitation",
        roles=KEEPERS,
    ),
    Tab(label="API keys", name="settings_keys", icon="key-round", words="token secret program", roles=KEEPERS),
    Tab(label="Audit log", name="settings_audit", icon="history", words="who did what export", roles=KEEPERS),
)


def tabs_for(role: str) -> list[Tab]:
    """The tabs that a role may open."""
    return [tab for tab in TABS if not tab.roles or role in tab.roles]


def set_up(request: HttpRequest) -> list[Section]:
    """The back office in the sidebar."""
    links = [
        Link(label="Connections", url=reverse("connections"), icon="plug", place=20),
        Link(label="Settings", url=reverse("settings_shop"), icon="settings", place=30),
    ]
    return [Section(heading="Set up", links=links)] if getattr(request, "member", None) else []


def hits(request: HttpRequest, text: str) -> list[Hit]:
    """The pages of the settings, and the person's own account."""
    member = getattr(request, "member", None)
    wanted = text.casefold()
    if member is None or not wanted:
        return []
    found = [
        Hit(label=tab.label, url=reverse(tab.name), icon=tab.icon, group="Pages", sub="Settings")
        for tab in tabs_for(member.role)
        if wanted in f"{tab.label} {tab.words} settings".casefold()
    ]
    if wanted in "your account password theme two-factor passkey":
        found.append(Hit(label="Your account", url=reverse("account"), icon="user", group="Pages"))
    return found


navigation.add(set_up)
search.add(hits)
