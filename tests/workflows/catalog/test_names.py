"""Keys as people write them."""

import pytest

from workflows.catalog.names import carrier_name, channel_name, key_words
from workflows.catalog.vocabulary import VOCABULARY


@pytest.mark.parametrize(
    ("key", "said"),
    [
        ("usps", "USPS"),
        ("fedex", "FedEx"),
        ("dhl_express", "DHL Express"),
        ("dpd_uk", "DPD UK"),
        ("royal_mail", "Royal Mail"),
        ("Some Courier", "Some Courier"),
        ("other", "Other carrier"),
        ("", ""),
    ],
)
def test_a_carrier_is_called_as_it_calls_itself(key: str, said: str) -> None:
    assert carrier_name(key) == said


@pytest.mark.parametrize(
    ("key", "said"),
    [
        ("shopify-us", "Shopify US"),
        ("marketplace", "Marketplace"),
        ("ebay_de", "eBay DE"),
        ("My Shop", "My Shop"),
        ("juniper.example", "juniper.example"),
        ("", ""),
    ],
)
def test_a_sales_channel_reads_like_a_name(key: str, said: str) -> None:
    assert channel_name(key) == said


def test_other_keys_become_words() -> None:
    assert key_words("customs_delay") == "Customs delay"


def test_sentences_and_reasons_say_the_names() -> None:
    said = [VOCABULARY.value("parcel.carrier", "ups"), VOCABULARY.value("order.sales_channel", "shopify-eu")]

    assert said == ["UPS", "Shopify EU"]
