"""A shop's settings: read whole, changed in part with every problem named, and written nowhere else.

Shown and taken in the shapes of `settings_shapes`; `Tenant.settings` keeps them as `postsale.tenants.shop` reads them.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import cache
from typing import Any
from zoneinfo import available_timezones

import holidays
import msgspec
from django.db.models import F

from postsale.signals import calendar_changed
from postsale.tenants import audit
from postsale.tenants.limits import DEFAULTS, limit_of
from postsale.tenants.models import Tenant
from postsale.tenants.settings_rules import flaws_of
from postsale.tenants.settings_shapes import (
    COLOUR,
    Branding,
    Calendar,
    Changes,
    Failures,
    Limits,
    OpsStatus,
    Review,
    Sender,
    Settings,
)
from postsale.tenants.shop import OPS_STATUSES
from postsale.web.problems import FlawLike


def read(tenant: Tenant) -> Settings:
    """The settings in force, defaults filled in."""
    said = tenant.settings
    sender, branding = said.get("sender") or {}, said.get("branding") or {}
    return Settings(
        name=tenant.name,
        timezone=tenant.timezone,
        calendar=Calendar(
            working_days=list(said.get("working_days", (0, 1, 2, 3, 4))),
            opens=said.get("opens", "09:00"),
            closes=said.get("closes", "17:00"),
            cut_off=said.get("cut_off") or None,
            country=said.get("country") or None,
            subdivision=said.get("subdivision") or None,
            holidays=list(said.get("holidays", ())),
        ),
        sender=Sender(from_=sender.get("from") or None, reply_to=sender.get("reply_to") or None),
        redirect_mail_to=said.get("redirect_mail_to") or None,
        branding=Branding(
            is_on=bool(branding.get("is_on", False)),
            name=branding.get("name", ""),
            colour=branding.get("colour", COLOUR),
            footer=branding.get("footer", ""),
            language=branding.get("language", "en"),
        ),
        ops_statuses=_statuses(said),
        review=review_of(said),
        failures=failures_of(said),
        limits=_limits(said),
        revision=tenant.revision,
    )


def review_of(said: Mapping[str, Any]) -> Review:
    """When a second person must look before a workflow goes live, of the JSON that a tenant keeps."""
    review = said.get("review") or {}
    return Review(is_always=bool(review.get("is_always", False)), above_percent=review.get("above_percent"))


def failures_of(said: Mapping[str, Any]) -> Failures | None:
    """Who is told when a workflow fails, of the JSON that a tenant keeps; None: nobody has chosen yet."""
    return msgspec.convert(said["failures"], Failures) if said.get("failures") else None


def merged(now_in_force: Settings, changes: Changes) -> Settings:
    """What would be in force after `changes`, texts trimmed; nothing is checked or written."""
    whole = msgspec.to_builtins(now_in_force)
    for name, value in msgspec.to_builtins(changes).items():
        whole[name] = {**(whole[name] or {}), **value} if isinstance(value, dict) else value
    return msgspec.convert(_trimmed(whole), Settings)


def change(tenant_id: int, changes: Changes, *, actor: str, now: datetime) -> tuple[Settings, Sequence[FlawLike]]:
    """Write the changes in the tenant's transaction, unless something is wrong: then nothing, and everything is named.

    Every process reads them with its next batch; `revision` tells that they have moved. What changed goes into the audit
    log, before and after.
    """
    tenant = Tenant.objects.select_for_update().get(id=tenant_id)
    before = read(tenant)
    after = merged(before, changes)
    flaws = flaws_of(after, before)
    if flaws or after == before:
        return before, flaws
    Tenant.objects.filter(id=tenant_id).update(
        name=after.name,
        timezone=after.timezone,
        settings={**tenant.settings, **_kept(after)},
        revision=F("revision") + 1,
    )
    audit.write(
        tenant_id, actor=actor, action="settings.changed", target=after.name, detail=difference(before, after), now=now
    )
    if (after.timezone, after.calendar) != (before.timezone, before.calendar):
        calendar_changed.send(sender=Tenant, tenant_id=tenant_id, now=now)
    after.revision = before.revision + 1
    return after, ()


def difference(before: Settings, after: Settings) -> dict[str, dict[str, Any]]:
    """{"before": {path: value}, "after": {path: value}} of what differs."""
    was, becomes = (dict(_leaves(msgspec.to_builtins(each))) for each in (before, after))
    changed = [path for path in becomes if was.get(path) != becomes[path]]
    return {"before": {path: was.get(path) for path in changed}, "after": {path: becomes[path] for path in changed}}


@cache
def zones() -> tuple[str, ...]:
    """The time zones that people choose from: places, and UTC."""
    areas = ("Africa/", "America/", "Asia/", "Atlantic/", "Australia/", "Europe/", "Indian/", "Pacific/")
    return ("UTC", *sorted(name for name in available_timezones() if name.startswith(areas)))


@cache
def countries() -> Mapping[str, Sequence[str]]:
    """The countries whose public holidays we know, by ISO code, each with its subdivisions."""
    return holidays.list_supported_countries(include_aliases=False)


def _statuses(said: Mapping[str, Any]) -> list[OpsStatus]:
    own = said.get("ops_statuses") or {}
    labels = {**OPS_STATUSES, **own}
    order = [key for key in said.get("ops_order") or () if key in labels]
    return [OpsStatus(key=key, label=labels[key]) for key in dict.fromkeys([*order, *labels])]


def _limits(said: Mapping[str, Any]) -> Limits:
    found = {kind: limit_of(said, kind) for kind in DEFAULTS}
    return Limits(
        events_per_second=found["events"].rate,
        burst=found["events"].burst,
        reads_per_second=found["reads"].rate,
        writes_per_second=found["writes"].rate,
    )


def _kept(settings: Settings) -> dict[str, Any]:
    """The members of `Tenant.settings` that are ours to write."""
    whole = msgspec.to_builtins(settings)
    return {
        **whole["calendar"],
        "sender": {name: value for name, value in whole["sender"].items() if value},
        "redirect_mail_to": settings.redirect_mail_to,
        "branding": whole["branding"],
        "ops_statuses": {
            each.key: each.label for each in settings.ops_statuses if OPS_STATUSES.get(each.key) != each.label
        },
        "ops_order": [each.key for each in settings.ops_statuses],
        "review": whole["review"],
        "failures": whole["failures"],
    }


def _trimmed(value: Any) -> Any:
    if isinstance(value, str):
        return value.strip()
    if isinstance(value, dict):
        return {name: _trimmed(each) for name, each in value.items()}
    return [_trimmed(each) for each in value] if isinstance(value, list) else value


def _leaves(value: Mapping[str, Any], path: str = "") -> Sequence[tuple[str, Any]]:
    found: list[tuple[str, Any]] = []
    for name, each in value.items():
        if name in {"revision", "limits"}:
            continue
        found += _leaves(each, f"{path}{name}.") if isinstance(each, dict) else [(f"{path}{name}", each)]
    return found
