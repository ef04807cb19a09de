"""Who may: keys by their scopes, people by their roles, nobody in another's shop, nobody too often."""

import re
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import URLPattern, get_resolver

from postsale.tenants.models import Role, Tenant
from postsale.tenants.scope import tenant
from tests.api.kit import DOCUMENT, Api, furnish, person
from tests.factories import make_key, make_member
from workflows.api.endpoint import Endpoint

pytestmark = pytest.mark.django_db(transaction=True)

BODIES: dict[str, Any] = {
    "PATCH orders/<uuid:pk>/": {"notes": "call"},
    "PATCH cases/<uuid:pk>/": {"state": "resolved"},
    "PATCH parcels/<uuid:pk>/": {"tracking_status": "delivered"},
    "POST workflows/<uuid:pk>/run/": {"order": str(uuid4())},
    "PUT workflows/<uuid:pk>/draft/": DOCUMENT,
    "POST workflows/<uuid:pk>/restore/": {"version": 1},
    "POST workflows/<uuid:pk>/try/": {"order": str(uuid4())},
}


def _patterns(patterns: Any, prefix: str = "") -> Iterator[tuple[str, Any]]:
    for each in patterns:
        route = prefix + str(each.pattern)
        if isinstance(each, URLPattern):
            yield route, each.callback
        else:
            yield from _patterns(each.url_patterns, route)


def _routes(*, of_one: bool) -> list[tuple[str, str]]:
    """Every (method, route below api/v1/) of an endpoint, from the addresses themselves."""
    return sorted(
        (method, route.removeprefix("api/v1/"))
        for route, view in _patterns(get_resolver().url_patterns)
        if issubclass(getattr(view, "cls", object), Endpoint) and ("<uuid:pk>" in route) is of_one
        for method in view.cls.operations
    )


@pytest.mark.parametrize(("method", "route"), _routes(of_one=True))
def test_another_shops_row_is_as_unknown_as_one_that_never_was(method: str, route: str) -> None:
    mine, theirs = furnish(), furnish()
    noun = re.split("/", route)[0]
    body = BODIES.get(f"{method} {route}")
    own = mine.ids[noun] if noun in mine.ids else make_key(mine.shop.id)[0].id
    foreign = theirs.ids[noun] if noun in theirs.ids else make_key(theirs.shop.id)[0].id

    answers = {
        who: mine.api.ask(method, route.replace("<uuid:pk>", str(row)), body)
        for who, row in (("foreign", foreign), ("unknown", uuid4()))
    }
    control = mine.api.ask(method, route.replace("<uuid:pk>", str(own)), body)

    assert {who: answer.status_code for who, answer in answers.items()} == {"foreign": 404, "unknown": 404}
    assert answers["foreign"].content == answers["unknown"].content
    # 409: it is there, and not in the state for it; a try and a run answer 404 for the order that never was.
    assert control.status_code in ({404, 409} if route.endswith(("/try/", "/run/")) else {200, 204, 409})


@pytest.mark.parametrize(
    "path", ["orders/", "parcels/", "workflows/", "runs/", "messages/", "connections/", "quarantine/"]
)
def test_lists_hold_nothing_of_another_shop(path: str) -> None:
    mine, theirs = furnish(), furnish()

    found = {row["id"] for row in mine.api.get(path)["results"]}

    assert str(mine.ids[path.strip("/")]) in found
    assert not found & {str(each) for each in theirs.ids.values()}


@pytest.mark.parametrize(("method", "route"), [*_routes(of_one=True), *_routes(of_one=False)])
def test_nobody_gets_in_without_a_sign_in(method: str, route: str) -> None:
    address = "/api/v1/" + route.replace("<uuid:pk>", str(uuid4())).replace("<slug:slug>", "exceptions")

    nobody = Client().generic(method, address, b"{}", content_type="application/json")
    wrong_key = Api("ps_wrong").ask(method, address, {})

    assert (nobody.status_code, wrong_key.status_code) == (401, 401)
    assert nobody["WWW-Authenticate"].startswith("Bearer")
    assert nobody["content-type"] == wrong_key["content-type"] == "application/problem+json"


ACTS = {
    "look": ("GET", "orders/"),
    "keys": ("GET", "keys/"),
    "build": ("POST", "workflows/"),
    "connect": ("POST", "connections/"),
}


@pytest.mark.parametrize(
    ("scopes", "allowed"),
    [
        (["events"], set()),
        (["read"], {"look"}),
        (["write"], {"look", "build"}),
        (["events", "read"], {"look"}),
        (["admin"], {"look", "keys", "build", "connect"}),
    ],
)
def test_a_key_may_what_its_scopes_say(scopes: list[str], allowed: set[str]) -> None:
    shop = furnish()
    api = Api(make_key(shop.shop.id, scopes=scopes)[1])

    may = {act for act, (method, path) in ACTS.items() if api.ask(method, path, _body(method)).status_code != 403}

    assert may == allowed


@pytest.mark.parametrize(
    ("role", "allowed"),
    [
        (Role.VIEWER, {"look"}),
        (Role.SHIPPING_MANAGER, {"look", "card"}),
        (Role.BUILDER, {"look", "card", "build"}),
        (Role.ADMIN, {"look", "card", "build", "keys", "connect"}),
        (Role.OWNER, {"look", "card", "build", "keys", "connect"}),
    ],
)
def test_a_member_may_what_their_role_says(role: str, allowed: set[str]) -> None:
    shop = furnish()
    browser = person(make_member(shop.shop.id, role=role).email)
    acts = {**ACTS, "card": ("PATCH", f"cases/{shop.ids['cases']}/")}

    may = {act for act, (method, path) in acts.items() if _asked(browser, method, path).status_code != 403}

    assert may == allowed


def test_a_browser_must_prove_that_the_page_was_ours() -> None:
    shop = furnish()
    browser = person(shop.shop.owner, checked=False)

    looked = _asked(browser, "GET", "orders/")
    changed = _asked(browser, "PATCH", f"cases/{shop.ids['cases']}/")

    assert (looked.status_code, changed.status_code) == (200, 403)


def test_a_stranger_to_all_shops_is_told_so() -> None:
    shop = furnish()
    member = make_member(shop.shop.id)
    browser = person(member.email)
    with tenant(shop.shop.id):
        member.delete()

    assert _asked(browser, "GET", "orders/").status_code == 403


def test_who_asks_too_often_is_told_when_to_come_back() -> None:
    shop = furnish()
    with tenant(shop.shop.id):
        Tenant.objects.filter(id=shop.shop.id).update(settings={"limits": {"reads_per_second": 0.01, "reads_burst": 2}})

    answers = [shop.api.ask("GET", "orders/") for _ in range(3)]
    written = shop.api.ask("PATCH", f"orders/{shop.ids['orders']}/", {"notes": "call"})

    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert int(answers[2]["Retry-After"]) > 0
    assert written.status_code == 200


def test_a_method_that_is_not_there_is_refused() -> None:
    shop = furnish()

    assert [shop.api.ask(method, "orders/").status_code for method in ("DELETE", "OPTIONS", "POST")] == [405, 405, 405]


def test_events_without_a_key_are_refused_by_the_page_behind_the_intake() -> None:
    answers = [
        Client().post("/api/v1/events/", b"{}", content_type="application/json"),
        Client().get("/api/v1/events/"),
    ]

    assert [answer.status_code for answer in answers] == [401, 405]


def _body(method: str) -> Any:
    return None if method == "GET" else {}


def _asked(browser: Client, method: str, path: str) -> Any:
    return browser.generic(
        method, f"/api/v1/{path}", b"" if method == "GET" else b"{}", content_type="application/json"
    )
