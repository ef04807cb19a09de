"""Who we are to the outside: our own hosts, which webhooks never call, and the domain that our e-mails name."""

from ipaddress import ip_address
from urllib.parse import urlsplit

from django.conf import settings


def own_hosts() -> tuple[str, ...]:
    """Where this installation answers (host or host:port): a webhook to it would go round in circles."""
    return tuple(dict.fromkeys((urlsplit(settings.BASE_URL).netloc, f"{settings.HOST}:{settings.PORT}")))


def mail_domain() -> str:
    """The host of BASE_URL, for senders and Message-IDs; `localhost` where that is only an address."""
    host = urlsplit(settings.BASE_URL).hostname or "localhost"
    try:
        ip_address(host)
    except ValueError:
        return host
    return "localhost"
