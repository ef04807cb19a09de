"""API keys: RELIABILITY.md A19."""

import hashlib

import pytest

from postsale.tenants import keys
from postsale.tenants.models import ApiKey, Door
from postsale.tenants.scope import tenant
from tests.factories import NOW, make_key, make_tenant

pytestmark = pytest.mark.django_db(transaction=True)


def test_a19_only_the_sha256_of_a_secret_of_128_bits_or_more_is_kept() -> None:
    shop = make_tenant()

    key, secret = make_key(shop.id)

    assert secret.startswith("ps_")
    assert len(secret) - len("ps_") >= 22
    assert bytes(key.digest) == hashlib.sha256(secret.encode()).digest()
    assert secret.startswith(key.prefix)
    assert Door.objects.get(digest=bytes(key.digest)).tenant == shop.id


def test_a_revoked_key_leaves_the_list_and_opens_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    shop = make_tenant()
    key, secret = make_key(shop.id, name="Old")
    monkeypatch.setattr(keys, "FRESH", 0.0)

    before = keys.find_holder(secret)
    with tenant(shop.id):
        outcomes = [keys.revoke(shop.id, key.id, now=NOW) for _ in range(2)]
        names = [each.name for each in keys.listed(shop.id)]

    assert before is not None
    assert outcomes == [True, False]
    assert names == ["First key"]
    assert keys.find_holder(secret) is None


def test_a_key_of_another_tenant_cant_be_revoked() -> None:
    mine, theirs = make_tenant(), make_tenant()
    key, secret = make_key(theirs.id)

    with tenant(mine.id):
        assert keys.revoke(mine.id, key.id, now=NOW) is False

    assert keys.find_holder(secret) is not None


@pytest.mark.parametrize("scopes", [[], ["root"], ["read", "root"]])
def test_a_key_with_unknown_scopes_is_not_made(scopes: list[str]) -> None:
    shop = make_tenant()

    with pytest.raises(ValueError, match="scopes"):
        make_key(shop.id, scopes=scopes)

    with tenant(shop.id):
        assert ApiKey.objects.count() == 1


@pytest.mark.parametrize(
    ("scopes", "may"),
    [
        ({"events"}, {"events"}),
        ({"read"}, {"read"}),
        ({"write"}, {"read", "write"}),
        ({"admin"}, {"events", "read", "write", "admin"}),
    ],
)
def test_what_a_scope_allows(scopes: set[str], may: set[str]) -> None:
    shop = make_tenant()
    _, secret = make_key(shop.id, scopes=scopes)

    holder = keys.find_holder(secret)

    assert holder is not None
    assert {scope for scope in keys.SCOPES if holder.may(scope)} == may
