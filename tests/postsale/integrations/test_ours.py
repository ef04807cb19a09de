"""Who we are to the outside."""

import pytest
from pytest_django.fixtures import Settings

from postsale.integrations.ours import mail_domain, own_hosts


@pytest.mark.parametrize(
    ("base_url", "hosts", "domain"),
    [
        ("https://postsale.example", ("postsale.example", "127.0.0.1:8000"), "postsale.example"),
        ("http://127.0.0.1:8000", ("127.0.0.1:8000",), "localhost"),
        ("http://[::1]:8000", ("[::1]:8000", "127.0.0.1:8000"), "localhost"),
    ],
)
def test_our_hosts_and_the_domain_of_our_mail_come_from_the_base_url(
    settings: Settings, base_url: str, hosts: tuple[str, ...], domain: str
) -> None:
    settings.BASE_URL, settings.HOST, settings.PORT = base_url, "127.0.0.1", 8000

    assert (own_hosts(), mail_domain()) == (hosts, domain)
