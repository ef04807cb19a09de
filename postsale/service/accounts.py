"""Who may make an account for themselves: decided by the setting POSTSALE_SIGNUP; and where people arrive."""

from allauth.account.adapter import DefaultAccountAdapter
from django.conf import settings
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]  # allauth ships no types
    """allauth's own ways, but for the door."""

    def is_open_for_signup(self, _request: HttpRequest) -> bool:
        """Whether strangers may sign up."""
        return bool(settings.POSTSALE_SIGNUP)

    def get_signup_redirect_url(self, request: HttpRequest) -> str:
        """A new shop starts with its first steps."""
        try:
            return reverse("welcome")
        except NoReverseMatch:
            return str(super().get_signup_redirect_url(request))
