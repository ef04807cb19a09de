"""One key for a carrier whatever it is called, for an order with and without its "#", for any spelling of mail."""

import pytest

from postsale.orders.identity import carrier_key, email_key, order_key


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("USPS", "usps"),
        ("usps", "usps"),
        ("US Postal Service", "usps"),
        ("U.S. Postal Service", "usps"),
        ("United States Postal Service", "usps"),
        ("UPS", "ups"),
        ("UPS®", "ups"),
        ("UPSDAP", "ups"),
        ("FedEx", "fedex"),
        ("FEDEX", "fedex"),
        ("Federal Express", "fedex"),
        ("FedExDefault", "fedex"),
        ("FedEx SmartPost", "fedex_smartpost"),
        ("DHL Express", "dhl_express"),
        ("DHLExpress", "dhl_express"),
        ("dhl_parcel_de", "dhl_parcel_de"),
        ("DHL eCommerce", "dhl_ecommerce"),
        ("DHL", "dhl"),
        ("CanadaPost", "canada_post"),
        ("Canada Post", "canada_post"),
        ("Royal Mail", "royal_mail"),
        ("RoyalMail", "royal_mail"),
        ("Foo-Bar Express", "foo_bar_express"),
        ("Почта России", "почта_россии"),
        (None, "other"),
        ("", "other"),
        ("  ", "other"),
        ("***", "other"),
        ("Other", "other"),
    ],
)
def test_a_carrier_has_one_key(name: str | None, key: str) -> None:
    assert carrier_key(name) == key
    assert carrier_key(key) == key


@pytest.mark.parametrize(
    ("number", "key"), [("#1001", "1001"), ("1001", "1001"), (" #1001 ", "1001"), ("##1", "#1"), ("#", "#")]
)
def test_an_order_is_found_with_and_without_its_sharp(number: str, key: str) -> None:
    assert order_key(number) == key


def test_an_address_is_compared_in_lower_case() -> None:
    assert email_key(" Jane@Example.COM ") == "jane@example.com"
