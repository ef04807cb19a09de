"""Making tenants and members by the commands that people run."""

import io
import json
from datetime import datetime
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.core import mail
from django.core.management import CommandError, call_command

from postsale.events.models import Lane
from postsale.signals import tenant_created
from postsale.tenants.keys import SCOPES, find_holder
from postsale.tenants.models import ApiKey, Door, Member, Tenant, User
from postsale.tenants.scope import tenant
from tests.factories import PASSWORD, make_member, make_tenant

pytestmark = pytest.mark.django_db(transaction=True)


def create(slug: str = "acme", **options: Any) -> dict[str, Any]:
    out = io.StringIO()
    given = {"owner": "Olga@acme.example", "password": PASSWORD, "timezone": "Europe/Berlin"} | options
    call_command("create_tenant", "Acme", slug=slug, stdout=out, stderr=io.StringIO(), **given)
    found: dict[str, Any] = json.loads(out.getvalue().splitlines()[-1])
    return found


def test_create_tenant_prints_the_contracts_line_and_makes_all_that_a_tenant_needs() -> None:
    printed = create()

    assert sorted(printed) == ["api_key", "slug", "tenant"]
    with tenant(printed["tenant"]):
        assert Tenant.objects.values_list("slug", "name", "timezone").get() == ("acme", "Acme", "Europe/Berlin")
        assert Member.objects.values_list("email", "role").get() == ("olga@acme.example", "owner")
        assert ApiKey.objects.get().scopes == list(SCOPES)
    assert Lane.objects.filter(tenant=printed["tenant"]).count() == 1
    owner = User.objects.get(email="olga@acme.example")
    assert owner.check_password(PASSWORD)
    assert EmailAddress.objects.values_list("email", "verified", "primary").get(user=owner) == (owner.email, True, True)
    holder = find_holder(printed["api_key"])
    assert holder is not None
    assert (holder.tenant_id, holder.scopes) == (printed["tenant"], frozenset(SCOPES))
    assert mail.outbox == []


def test_a_slug_that_is_taken_fails_with_a_clear_message_and_changes_nothing() -> None:
    create()
    before = (User.objects.count(), Door.objects.count(), Lane.objects.count())

    with pytest.raises(CommandError, match="there is a tenant with the slug 'acme' already; nothing was changed"):
        create(owner="other@acme.example")

    assert (User.objects.count(), Door.objects.count(), Lane.objects.count()) == before


def test_what_a_receiver_refuses_leaves_nothing_behind() -> None:
    def refuse(tenant_id: int, now: datetime, **_: Any) -> None:
        raise RuntimeError("no room")

    tenant_created.connect(refuse)
    try:
        with pytest.raises(RuntimeError, match="no room"):
            create()
    finally:
        tenant_created.disconnect(refuse)

    assert (User.objects.count(), Door.objects.count(), Lane.objects.count()) == (0, 0, 0)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"timezone": "Mars/Olympus"}, "no time zone"),
        ({"owner": "nobody"}, "not an e-mail address"),
        ({"slug": "a b"}, "letters, digits"),
        ({"slug": "x" * 61}, "at most 60"),
    ],
)
def test_odd_words_are_refused(options: dict[str, Any], words: str) -> None:
    with pytest.raises(CommandError, match=words):
        create(**options)


def test_one_person_may_own_two_tenants_and_keeps_the_password() -> None:
    first, second = create("one"), create("two", password="another one entirely")

    assert first["tenant"] != second["tenant"]
    assert User.objects.get().check_password(PASSWORD)


def add(**options: Any) -> dict[str, Any]:
    out = io.StringIO()
    given = {"tenant": "acme", "email": "max@acme.example", "role": "shipping_manager", "password": PASSWORD} | options
    call_command("add_member", stdout=out, **given)
    found: dict[str, Any] = json.loads(out.getvalue())
    return found


def test_add_member_adds_a_verified_member() -> None:
    made = create()

    printed = add()

    assert printed == {"tenant": made["tenant"], "email": "max@acme.example", "role": "shipping_manager"}
    assert EmailAddress.objects.get(email="max@acme.example").verified


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"tenant": "nobody"}, "no tenant with the slug"),
        ({"role": "king"}, "no role 'king'"),
        ({"email": "x"}, "not an e-mail"),
        ({"email": "OLGA@acme.example"}, "is a member already"),
    ],
)
def test_add_member_says_what_is_wrong(options: dict[str, Any], words: str) -> None:
    create()

    with pytest.raises(CommandError, match=words):
        add(**options)


def test_the_factory_makes_tenants_as_the_command_does() -> None:
    assert find_holder(make_tenant().api_key) is not None


def test_whoever_took_an_address_without_proving_it_does_not_get_in_with_it() -> None:
    shop = make_tenant()
    User.objects.create_user("new@shop.example", "guessed beforehand")

    make_member(shop.id, role="admin", email="new@shop.example")
    make_member(make_tenant().id, email="new@shop.example")

    user = User.objects.get(email="new@shop.example")
    assert (user.check_password(PASSWORD), user.check_password("guessed beforehand")) == (True, False)
