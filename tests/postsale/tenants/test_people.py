"""Who works in a shop: the link works once, for the one it is for; an owner stays."""

from datetime import timedelta

import pytest

from postsale.tenants import people
from postsale.tenants.models import AuditEntry, Door, Invitation, Member, Role
from postsale.tenants.people import NotAllowedError
from postsale.tenants.scope import tenant
from tests.factories import NOW, make_member, make_tenant

pytestmark = pytest.mark.django_db(transaction=True)


def _owner(tenant_id: int) -> Member:
    return Member.objects.get(tenant_id=tenant_id, role=Role.OWNER)


def _token(tenant_id: int, email: str = "new@shop.example", role: str = Role.BUILDER) -> str:
    with tenant(tenant_id):
        return people.invite(email, role=role, by=_owner(tenant_id), now=NOW)[1]


def test_an_invitation_makes_a_member_once() -> None:
    shop = make_tenant(name="North")
    token = _token(shop.id)

    asked = people.asked(token, now=NOW)
    user = people.register("new@shop.example", name="Nia", password="correct horse battery", now=NOW)
    member = people.accept(token, user=user, now=NOW)

    assert asked is not None
    assert (asked.shop, asked.email, asked.role, asked.has_account) == ("North", "new@shop.example", "builder", False)
    assert (member.tenant_id, member.role) == (shop.id, "builder")
    assert people.asked(token, now=NOW) is None
    with pytest.raises(NotAllowedError):
        people.accept(token, user=user, now=NOW)
    with tenant(shop.id):
        said = list(AuditEntry.objects.filter(tenant_id=shop.id, target="new@shop.example").order_by("id"))
    assert [(entry.action, entry.actor) for entry in said] == [
        ("member.invited", shop.owner),
        ("member.joined", "new@shop.example"),
    ]


def test_an_invitation_ends_after_a_week() -> None:
    shop = make_tenant()
    token = _token(shop.id)
    user = people.register("new@shop.example", name="", password="correct horse battery", now=NOW)
    late = NOW + timedelta(days=7)

    assert people.asked(token, now=late) is None
    with pytest.raises(NotAllowedError, match="too old"):
        people.accept(token, user=user, now=late)


def test_an_invitation_is_for_one_address() -> None:
    shop = make_tenant()
    token = _token(shop.id)
    other = people.register("other@shop.example", name="", password="correct horse battery", now=NOW)

    with pytest.raises(NotAllowedError, match=r"for new@shop.example"):
        people.accept(token, user=other, now=NOW)

    assert people.asked(token, now=NOW) is not None


def test_inviting_again_ends_the_first_link_and_taking_back_ends_both() -> None:
    shop = make_tenant()
    first, second = _token(shop.id), _token(shop.id, role=Role.VIEWER)

    assert people.asked(first, now=NOW) is None
    found = people.asked(second, now=NOW)
    assert found is not None
    assert found.role == "viewer"
    with tenant(shop.id):
        people.withdraw(Invitation.objects.get(tenant_id=shop.id).id, by=_owner(shop.id), now=NOW)
    assert people.asked(second, now=NOW) is None
    assert not Door.objects.filter(kind=people.KIND).exists()


def test_the_last_owner_stays() -> None:
    shop = make_tenant()
    with tenant(shop.id):
        owner = _owner(shop.id)
        with pytest.raises(NotAllowedError, match="needs an owner"):
            people.remove(owner.id, by=owner, now=NOW)
        with pytest.raises(NotAllowedError, match="needs an owner"):
            people.change_role(owner.id, Role.ADMIN, by=owner, now=NOW)

    second = make_member(shop.id, role=Role.OWNER)

    with tenant(shop.id):
        people.remove(owner.id, by=second, now=NOW)
        assert list(Member.objects.filter(tenant_id=shop.id)) == [second]


def test_an_admin_manages_everybody_but_owners() -> None:
    shop = make_tenant()
    admin, viewer = make_member(shop.id, role=Role.ADMIN), make_member(shop.id)

    with tenant(shop.id):
        changed = people.change_role(viewer.id, Role.BUILDER, by=admin, now=NOW)
        for refused in (
            lambda: people.change_role(viewer.id, Role.OWNER, by=admin, now=NOW),
            lambda: people.remove(_owner(shop.id).id, by=admin, now=NOW),
            lambda: people.invite("x@shop.example", role=Role.OWNER, by=admin, now=NOW),
        ):
            with pytest.raises(NotAllowedError, match="Only an owner"):
                refused()

    assert changed.role == "builder"


def test_another_shops_members_are_out_of_reach() -> None:
    mine, theirs = make_tenant(), make_tenant()
    member = make_member(theirs.id)

    with tenant(mine.id), pytest.raises(NotAllowedError, match="not a member"):
        people.remove(member.id, by=_owner(mine.id), now=NOW)
