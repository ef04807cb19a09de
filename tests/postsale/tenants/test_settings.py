"""A shop's settings: read whole, changed in part, every problem named, written down with before and after."""

from typing import Any

import msgspec
import pytest

from postsale.tenants import settings
from postsale.tenants.models import AuditEntry, Tenant
from postsale.tenants.scope import tenant
from postsale.tenants.settings_shapes import Changes, Settings
from postsale.tenants.shop import OPS_STATUSES, load_shop
from tests.factories import NOW, make_tenant

pytestmark = pytest.mark.django_db(transaction=True)


def _change(tenant_id: int, said: dict[str, Any]) -> list[str]:
    """Ask for it; the paths of what is wrong."""
    with tenant(tenant_id):
        _, flaws = settings.change(tenant_id, msgspec.convert(said, Changes), actor="ann@shop.example", now=NOW)
    return [flaw.path for flaw in flaws]


def _now(tenant_id: int) -> Settings:
    with tenant(tenant_id):
        return settings.read(Tenant.objects.get(id=tenant_id))


def test_a_new_shop_has_the_defaults() -> None:
    found = _now(make_tenant(name="North").id)

    assert (found.name, found.timezone, found.revision) == ("North", "UTC", 1)
    assert (found.calendar.working_days, found.calendar.opens, found.calendar.closes) == (
        [0, 1, 2, 3, 4],
        "09:00",
        "17:00",
    )
    assert [each.key for each in found.ops_statuses] == list(OPS_STATUSES)


def test_what_is_changed_is_in_force_and_the_rest_stays() -> None:
    shop = make_tenant(settings={"limits": {"events_per_second": 7}})

    wrong = _change(shop.id, {"timezone": "Europe/Berlin", "calendar": {"opens": "08:00", "country": "DE"}})

    found = _now(shop.id)
    assert wrong == []
    assert (found.timezone, found.calendar.opens, found.calendar.closes) == ("Europe/Berlin", "08:00", "17:00")
    assert (found.limits.events_per_second, found.revision) == (7, 2)


def test_the_log_tells_what_was_and_what_is() -> None:
    shop = make_tenant(name="North")

    _change(shop.id, {"name": "South", "sender": {"from": "Ann <a@shop.example>"}})

    with tenant(shop.id):
        entry = AuditEntry.objects.get(tenant_id=shop.id, action="settings.changed")
    assert entry.actor == "ann@shop.example"
    assert entry.detail == {
        "before": {"name": "North", "sender.from": None},
        "after": {"name": "South", "sender.from": "Ann <a@shop.example>"},
    }


def test_changing_nothing_leaves_no_trace() -> None:
    shop = make_tenant(name="North")

    _change(shop.id, {"name": " North "})

    with tenant(shop.id):
        assert not AuditEntry.objects.filter(tenant_id=shop.id, action="settings.changed").exists()
    assert _now(shop.id).revision == 1


@pytest.mark.parametrize(
    ("said", "paths"),
    [
        ({"name": " "}, ["name"]),
        ({"name": "a\nb"}, ["name"]),
        ({"timezone": "Mars/Base"}, ["timezone"]),
        ({"timezone": "../etc/passwd"}, ["timezone"]),
        ({"calendar": {"working_days": []}}, ["calendar.working_days"]),
        ({"calendar": {"working_days": [0, 0, 9]}}, ["calendar.working_days"]),
        ({"calendar": {"opens": "25:00", "cut_off": "x"}}, ["calendar.opens", "calendar.cut_off"]),
        ({"calendar": {"opens": "18:00"}}, ["calendar.closes"]),
        ({"calendar": {"cut_off": "20:00"}}, ["calendar.cut_off"]),
        ({"calendar": {"country": "XX"}}, ["calendar.country"]),
        ({"calendar": {"country": "DE", "subdivision": "TX"}}, ["calendar.subdivision"]),
        ({"calendar": {"subdivision": "BY"}}, ["calendar.subdivision"]),
        (
            {"calendar": {"holidays": ["2026-12-24", "2026-02-30", "soon"]}},
            ["calendar.holidays[1]", "calendar.holidays[2]"],
        ),
        ({"sender": {"from": "a@b.example, c@d.example"}}, ["sender.from"]),
        ({"sender": {"from": "Ann\r\nBcc: x@y.example <a@b.example>"}}, ["sender.from"]),
        ({"sender": {"from": "", "reply_to": "nobody"}}, ["sender.from", "sender.reply_to"]),
        ({"redirect_mail_to": "Ann <a@b.example>"}, ["redirect_mail_to"]),
        ({"branding": {"colour": "red; background: url(x)"}}, ["branding.colour"]),
        ({"branding": {"footer": "x" * 1001}}, ["branding.footer"]),
        ({"ops_statuses": [{"key": "mine", "label": "Mine"}]}, ["ops_statuses"]),
    ],
)
def test_every_problem_is_named_and_nothing_is_changed(said: dict[str, Any], paths: list[str]) -> None:
    shop = make_tenant()
    before = _now(shop.id)

    assert _change(shop.id, {"redirect_mail_to": None, **said}) == paths
    assert _now(shop.id) == before


def test_statuses_are_renamed_added_and_put_in_order() -> None:
    shop = make_tenant()
    wanted = [{"key": key, "label": label} for key, label in OPS_STATUSES.items()]
    wanted[0]["label"] = "Fresh"
    wanted.insert(0, {"key": "on_hold", "label": "On hold"})

    assert _change(shop.id, {"ops_statuses": wanted}) == []

    with tenant(shop.id):
        found = load_shop(shop.id).ops_statuses
    assert list(found.items())[:3] == [("on_hold", "On hold"), ("new", "Fresh"), ("ready_to_ship", "Ready to ship")]
    assert _change(shop.id, {"ops_statuses": wanted[1:]}) == ["ops_statuses"]
    doubled = [*wanted, {"key": "again", "label": "on HOLD"}, {"key": "on_hold", "label": "Other"}]
    assert _change(shop.id, {"ops_statuses": doubled}) == [
        f"ops_statuses[{len(wanted)}].label",
        f"ops_statuses[{len(wanted) + 1}].key",
    ]
