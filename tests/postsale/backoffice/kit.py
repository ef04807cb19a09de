"""What the tests of the back office start from: a shop with one person of each role, and their browsers."""

from dataclasses import dataclass

from django.test import Client

from postsale.tenants.models import Role
from tests.factories import PASSWORD, MadeTenant, make_member, make_tenant


@dataclass(frozen=True, slots=True)
class House:
    """A shop and a browser for each role; "stranger" belongs to another shop, "nobody" is not signed in."""

    shop: MadeTenant
    browsers: dict[str, Client]

    def __getitem__(self, who: str) -> Client:
        return self.browsers[who]


def browser(email: str, *, at: str = "/account/") -> Client:
    """A signed-in browser that has been here before, so that its next request asks only for what it wants."""
    client = Client()
    assert client.login(email=email, password=PASSWORD)
    client.get(at)
    return client


def house() -> House:
    """A shop with everybody in it."""
    shop, other = make_tenant(), make_tenant()
    people = {str(role): make_member(shop.id, role=role).email for role in Role if role != Role.OWNER}
    people |= {"owner": shop.owner, "stranger": other.owner}
    return House(shop, {**{who: browser(email) for who, email in people.items()}, "nobody": Client()})
