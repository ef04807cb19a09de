"""Who may make an account for themselves: decided by the setting POSTSALE_SIGNUP."""

from allauth.account.adapter import DefaultAccountAdapter
from django.conf import settings
from django.http import HttpRequest


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]  # allauth ships no types
    """allauth's own ways, but for the door."""

    def is_open_for_signup(self, _request: HttpRequest) -> bool:
        """Whether strangers may sign up."""
        return bool(settings.POSTSALE_SIGNUP)
