"""Customers' mail in the shop's look: readable, safe, and the same in plain text."""

from typing import Any
from zoneinfo import ZoneInfo

import pytest

from postsale.integrations.branded import BECAUSE, dressed, on_colour
from postsale.tenants.settings_shapes import LANGUAGES
from postsale.tenants.shop import Shop


def _shop(**branding: Any) -> Shop:
    said = {"branding": {"is_on": True, **branding}}
    return Shop(id=1, slug="north", name="North & Co", zone=ZoneInfo("UTC"), is_demo=False, revision=1, settings=said)


def test_without_branding_a_letter_is_as_it_was_written() -> None:
    assert dressed("Hello", _shop(is_on=False)) == ("Hello", None)


def test_both_forms_say_the_same() -> None:
    text, html = dressed("Hello Ann,\n\nline one\nline two", _shop(footer="Harbour 1", language="fr"))

    assert text == (
        "Hello Ann,\n\nline one\nline two\n\n-- \nHarbour 1\n\n"
        "Vous recevez cet e-mail car vous avez commandé chez North & Co.\n"
    )
    assert html is not None
    assert all(words in html for words in ('lang="fr"', "line one<br>\nline two", "Harbour 1", "North &amp; Co"))


def test_nothing_that_is_written_becomes_markup() -> None:
    _, html = dressed('<script>x</script> "&', _shop(name="<b>", footer="<img src=x>", colour="#ffffff"))

    assert html is not None
    assert not any(bad in html for bad in ("<script", "<img", "<b>"))


def test_links_can_be_clicked_and_hold_no_markup() -> None:
    _, html = dressed('Look: https://t.example/1?a=1&b="2"><i>, thanks.', _shop())

    assert html is not None
    assert '<a href="https://t.example/1?a=1&amp;b=" style="color:#0e6a7d">' in html
    assert "&quot;2&quot;&gt;&lt;i&gt;, thanks." in html


@pytest.mark.parametrize(("colour", "ink"), [("#0e6a7d", "#ffffff"), ("#ffee00", "#000000"), ("#777777", "#000000")])
def test_the_name_can_be_read_on_every_colour(colour: str, ink: str) -> None:
    assert on_colour(colour) == ink


def test_every_language_has_its_standing_line() -> None:
    assert set(BECAUSE) == set(LANGUAGES)
