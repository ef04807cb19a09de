"""Somebody confirmed another e-mail address as theirs: their shops know them by it from then on."""

from typing import Any

from allauth.account.models import EmailAddress
from allauth.account.signals import email_changed
from django.db import transaction
from django.dispatch import receiver
from django.utils import timezone

from postsale.tenants import people
from postsale.tenants.models import User


@receiver(email_changed)
def follow(user: User, from_email_address: EmailAddress | None, to_email_address: EmailAddress, **_: Any) -> None:
    """Tell the shops, once the address is kept."""
    before, after = getattr(from_email_address, "email", ""), to_email_address.email
    if before and before != after:
        now = timezone.now()  # noqa: TID251 -- allauth tells it in the midst of a request, so this is an edge
        transaction.on_commit(lambda: people.rename(user, before, after, now=now))
