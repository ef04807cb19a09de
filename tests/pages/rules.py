"""Who may open which address, and who may act there: the whole table, read beside the house's roles."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

type Who = frozenset[str]

ALL: Who = frozenset({"owner", "admin", "builder", "shipping_manager", "viewer"})
WORKERS: Who = ALL - {"viewer"}
BUILDERS: Who = WORKERS - {"shipping_manager"}
KEEPERS: Who = frozenset({"owner", "admin"})
OWNER: Who = frozenset({"owner"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """Who may GET and who may POST; None: nobody can, the method is not there.

    `ids`: the address's words → the house's. `said`: what is posted, in the same way; for most nothing, which is looked
    at after the role was. `done`: how that is answered. `gone`: how acts on what is another shop's are.
    """

    get: Who | None = None
    post: Who | None = None
    ids: Mapping[str, Any] = field(default_factory=dict)
    said: Mapping[str, str] = field(default_factory=dict)
    done: frozenset[int] = frozenset({200, 302, 400, 409, 422})
    gone: frozenset[int] = frozenset({404})


def look(who: Who = ALL, **ids: str) -> Rule:
    """A page to look at."""
    return Rule(get=who, ids=ids)


def act(who: Who, **ids: str) -> Rule:
    """An act."""
    return Rule(post=who, ids=ids)


def keep(**ids: str) -> Rule:
    """An act on members, invitations and keys: who comes too late is led back and told that it is gone."""
    return Rule(post=KEEPERS, ids=ids, gone=frozenset({302}))


def form(who: Who, *, get: Who | None = None, **ids: str) -> Rule:
    """A page with a form: `who` may send it, and look at it unless `get` says who else."""
    return Rule(get=who if get is None else get, post=who, ids=ids)


#: Addresses inside a shop. Words with a leading "=" are meant as they are, the others name an id of the house.
IN_SHOP: Mapping[str, Rule] = {
    # Today and boards
    "today": look(),
    "dashboard": look(slug="=operations"),
    "boards": look(),
    "board_new": form(BUILDERS),
    "board": look(slug="board"),
    "board_export": look(slug="board"),
    "board_now": look(slug="board"),
    "board_settings": form(BUILDERS, slug="board"),
    "board_archive": act(BUILDERS, slug="board"),
    "board_views": act(ALL, slug="board"),
    "board_view_remove": act(BUILDERS, slug="board", pk="view"),
    "card": look(slug="board", pk="card"),
    "card_note": act(WORKERS, slug="board", pk="card"),
    "board_act": act(WORKERS, slug="board", what="=resolve"),
    # Orders
    "orders": look(),
    "order": look(pk="order"),
    "order_next": look(pk="order"),
    "order_why": look(pk="order"),
    "order_run": look(pk="order", run="run"),
    "order_event": look(pk="order", event="event"),
    "order_start": look(WORKERS, pk="order"),
    "order_started": Rule(post=WORKERS, ids={"pk": "order"}, said={"workflow": "workflow"}),
    "order_edit": act(WORKERS, pk="order"),
    "order_card": act(WORKERS, pk="order", card="card", what="=take"),
    # Workflows
    "workflows": look(),
    "workflow_new": act(BUILDERS),
    "workflow_import": form(BUILDERS),
    "workflows_pause": act(BUILDERS),
    "workflow_act": act(BUILDERS, pk="workflow", what="=pause"),
    "workflow_export": look(pk="workflow", kind="=yaml"),
    "workflow_runs": look(pk="workflow"),
    "workflow_why": look(pk="workflow"),
    "checker": look(),
    "workflow_hints": look(pk="workflow"),
    "templates": look(),
    "template": form(BUILDERS, key="=late_handoff"),
    "template_count": form(ALL, key="=late_handoff"),
    "template_sentence": look(key="=late_handoff"),
    "workflow_backtest": form(BUILDERS, get=ALL, pk="workflow"),
    "backtest_progress": look(pk="workflow", test="test"),
    "backtest_cancel": act(BUILDERS, pk="workflow", test="test"),
    "backtest_stage": look(pk="workflow", test="test", key="=acted"),
    "workflow_versions": look(pk="workflow"),
    "version_restore": Rule(post=BUILDERS, ids={"pk": "workflow", "number": 1}),
    "versions_move": act(BUILDERS, pk="workflow"),
    "inspector": form(BUILDERS, get=ALL, pk="workflow", where="=trigger"),
    "inspector_matches": look(pk="workflow", where="=trigger"),
    "inspector_letter": look(pk="workflow", where="=trigger"),
    "inspector_letter_page": look(pk="workflow", where="=trigger"),
    "workflow_try": look(pk="workflow"),
    "workflow_try_numbers": look(),
    "workflow": look(pk="workflow"),
    "workflow_flow": look(pk="workflow"),
    "workflow_do": act(BUILDERS, pk="workflow"),
    "workflow_publish": form(BUILDERS, pk="workflow"),
    "workflow_review": act(BUILDERS, pk="workflow"),
    "workflow_standing": act(BUILDERS, pk="workflow"),
    "workflow_discard": act(BUILDERS, pk="workflow"),
    # Runs, messages, notices
    "runs": look(),
    "run": look(pk="run"),
    "run_act": act(BUILDERS, pk="run", what="=cancel"),
    "runs_ticked": act(BUILDERS),
    "messages": look(),
    "messages_retry": act(WORKERS),
    "message": look(pk="message"),
    "message_letter": look(pk="message"),
    "message_retry": act(WORKERS, pk="message"),
    "notifications": look(),
    "notifications_read": act(ALL),
    # Connections
    "connections": look(),
    "connection_new": look(KEEPERS),
    "connect": form(KEEPERS, partner="=easypost"),
    "connection": form(KEEPERS, get=ALL, pk="connection"),
    "connection_calls": look(pk="connection"),
    "connection_secret": act(KEEPERS, pk="connection"),
    "connection_switch": act(KEEPERS, pk="connection"),
    "connection_remove": act(KEEPERS, pk="connection"),
    "connection_test": act(BUILDERS, pk="connection"),
    "connection_replay": act(BUILDERS, pk="connection"),
    "quarantined": look(pk="quarantine"),
    "quarantine_replay": act(BUILDERS, pk="quarantine"),
    # Settings
    "settings_shop": form(KEEPERS, get=ALL),
    "settings_mail": form(KEEPERS, get=ALL),
    "mail_test": Rule(post=KEEPERS, said={"to": "=no address"}),
    "mail_preview": look(),
    "settings_notices": form(KEEPERS, get=ALL),
    "settings_calendar": form(KEEPERS, get=ALL),
    "calendar_regions": look(),
    "settings_statuses": form(KEEPERS, get=ALL),
    "settings_members": look(KEEPERS),
    "member_invite": act(KEEPERS),
    "member_role": keep(pk="member"),
    "member_remove": keep(pk="member"),
    "visitor_out": keep(pk="nothing"),
    "visit_leave": act(ALL),
    "invitation_again": keep(pk="nothing"),
    "invitation_withdraw": keep(pk="invitation"),
    "settings_keys": form(KEEPERS),
    "key_revoke": keep(pk="key"),
    "settings_audit": look(KEEPERS),
    "audit_export": look(KEEPERS),
    # First steps and the demo
    "welcome": look(),
    "start": look(),
    "welcome_drafts": look(),
    "welcome_problems": act(BUILDERS),
    "stories": look(),
    "story_progress": look(),
    "story_play": Rule(post=BUILDERS, ids={"key": "=no_such_story"}, done=frozenset({404})),
    "demo_remove": act(OWNER),
}

#: Every signed-in person's own; strangers are led to the sign-in.
OF_PERSONS: Mapping[str, Rule] = {
    "account": form(ALL),
    "shops": form(ALL),
    "search": look(),
    "welcome_sample": act(ALL),
}

#: The platform: to all but staff it is not there.
OF_STAFF: Mapping[str, Rule] = {
    "shop_new": form(ALL),  # as long as strangers may not sign up
    "platform": look(),
    "platform_new": form(ALL),
    "platform_operations": look(),
    "platform_retry": act(ALL),
    "platform_log": look(),
    "platform_tenant": look(pk="tenant"),
    "platform_suspend": act(ALL, pk="tenant"),
    "platform_resume": act(ALL, pk="tenant"),
    "platform_limits": act(ALL, pk="tenant"),
    "platform_enter": act(ALL, pk="tenant"),
}

#: For everybody, whoever they are. `postsale.service` answers machines; allauth's pages are listed by their prefix.
OPEN = frozenset({"healthz", "readyz", "metrics", "icons", "setup", "invitation", "prefer"})
OPEN_PREFIXES = ("account_", "mfa_")
