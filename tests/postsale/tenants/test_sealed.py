"""Secrets at rest (RELIABILITY 2.7, G04, G05): sealed to one row of one tenant, with keys that rotate."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pytest_django import Settings

from postsale.tenants.sealed import KeyLostError, Ring, UnsealError, seal, unseal

OLD, NEW = "an old secret key of this installation", "a new secret key of this installation"
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


@given(st.text(alphabet=st.characters(exclude_categories=["Cs"])))
def test_what_was_sealed_opens_again(text: str) -> None:
    ring = Ring([NEW])

    sealed = ring.seal(text, tenant=7, place="connection.secret", row=1)

    assert ring.unseal(sealed, tenant=7, place="connection.secret", row=1) == text


def test_the_sealed_value_shows_nothing_and_is_never_the_same() -> None:
    ring = Ring([NEW])

    first, second = (ring.seal(SECRET, tenant=7, place="connection.secret", row=1) for _ in range(2))

    assert first != second
    assert SECRET.encode() not in first
    assert SECRET not in repr(ring)


@pytest.mark.parametrize(
    ("tenant", "place", "row"),
    [(8, "connection.secret", 1), (7, "connection.old_secret", 1), (7, "connection.secret", 2)],
    ids=["another tenant", "another column", "another row"],
)
def test_g04_a_sealed_value_copied_elsewhere_does_not_open(tenant: object, place: str, row: object) -> None:
    ring = Ring([NEW])
    sealed = ring.seal(SECRET, tenant=7, place="connection.secret", row=1)

    with pytest.raises(UnsealError, match="was altered, or belongs to another tenant or row"):
        ring.unseal(sealed, tenant=tenant, place=place, row=row)


@pytest.mark.parametrize("bound", ["|", '", "', "\x00", ","])
def test_g04_the_bounds_of_tenant_place_and_row_can_not_be_shifted(bound: str) -> None:
    ring = Ring([NEW])
    sealed = ring.seal(SECRET, tenant="1", place=f"a{bound}b", row="2")

    with pytest.raises(UnsealError):
        ring.unseal(sealed, tenant=f"1{bound}a", place="b", row="2")


def test_g04_a_changed_byte_does_not_open() -> None:
    ring = Ring([NEW])
    sealed = ring.seal(SECRET, tenant=7, place="connection.secret", row=1)

    for position in (5, 17, len(sealed) - 1):
        changed = bytearray(sealed)
        changed[position] ^= 1
        with pytest.raises(UnsealError):
            ring.unseal(bytes(changed), tenant=7, place="connection.secret", row=1)


def test_g05_after_a_rotation_old_values_open_and_new_ones_use_the_new_key() -> None:
    before, during, after = Ring([OLD]), Ring([NEW, OLD]), Ring([NEW])
    old = before.seal(SECRET, tenant=7, place="p", row=1)

    again = during.seal(during.unseal(old, tenant=7, place="p", row=1), tenant=7, place="p", row=1)

    assert (during.is_newest(old), during.is_newest(again)) == (False, True)
    assert after.unseal(again, tenant=7, place="p", row=1) == SECRET


def test_g05_a_lost_key_is_named_and_nothing_else() -> None:
    sealed = Ring([OLD]).seal(SECRET, tenant=7, place="p", row=1)

    with pytest.raises(KeyLostError) as caught:
        Ring([NEW]).unseal(sealed, tenant=7, place="p", row=1)

    assert caught.value.key_id == sealed[1:5].hex()
    assert "put the former key back" in str(caught.value)
    assert OLD not in str(caught.value)


@pytest.mark.parametrize("junk", [b"", b"\x01", b"\x02" + b"x" * 60, b"\x01" + b"x" * 20, SECRET.encode()])
def test_what_is_no_sealed_value_is_told(junk: bytes) -> None:
    with pytest.raises(UnsealError, match=r"^this is not a sealed value$"):
        Ring([NEW]).unseal(junk, tenant=7, place="p", row=1)


def test_the_databases_own_bytes_open() -> None:
    ring = Ring([NEW])
    sealed = ring.seal(SECRET, tenant=7, place="p", row=1)

    assert ring.unseal(memoryview(sealed), tenant=7, place="p", row=1) == SECRET


@pytest.mark.parametrize("texts", [[], [""], [NEW, ""]])
def test_a_ring_without_a_real_key_is_refused(texts: list[str]) -> None:
    with pytest.raises(ValueError, match="at least one key"):
        Ring(texts)


def test_the_installations_ring_survives_a_new_secret_key(settings: Settings) -> None:
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = OLD, []
    sealed = seal(SECRET, tenant=7, place="p", row=1)

    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = NEW, [OLD]

    assert unseal(sealed, tenant=7, place="p", row=1) == SECRET


def test_keys_of_their_own_come_before_the_secret_key(settings: Settings) -> None:
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = OLD, []
    before = seal(SECRET, tenant=7, place="p", row=1)
    settings.POSTSALE_KEYS = [NEW]

    after = seal(SECRET, tenant=7, place="p", row=1)

    assert unseal(before, tenant=7, place="p", row=1) == SECRET
    assert Ring([NEW]).unseal(after, tenant=7, place="p", row=1) == SECRET
