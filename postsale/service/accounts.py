"""Who may make an account for themselves: decided by the setting POSTSALE_SIGNUP; where people arrive; and our words."""

from collections.abc import Mapping
from typing import Any, ClassVar

from allauth.account.adapter import DefaultAccountAdapter
from allauth.mfa.adapter import DefaultMFAAdapter
from django.conf import settings
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse

WORDS: Mapping[str, str] = {
    "account_inactive": "This account is switched off. Please talk to whoever runs this Postsale.",
    "duplicate_email": "This is your address already.",
    "email_password_mismatch": "Address and password don't fit. Check both, or choose a new password below.",
    "email_taken": "There is an account with this address already. Sign in with it instead.",
    "enter_current_password": "This is not your present password.",
    "incorrect_code": "This code does not fit. Type the one that your app shows now.",
    "incorrect_password": "This is not your password.",
    "invalid_or_expired_key": "This link was used already, or is too old.",
    "invalid_password_reset": "This link was used already, or is too old. Ask for another one.",
    "max_email_addresses": "These are too many addresses: %d is the most.",
    "too_many_login_attempts": "There were too many tries. Wait some minutes, then try again.",
    "unknown_email": "There is no account with this address.",
    "unverified_primary_email": "Confirm your address first: open the link in its letter.",
}
OF_SECOND_STEPS: Mapping[str, str] = {
    "add_email_blocked": "Switch the second step off first: it is bound to your present address.",
    "cannot_delete_authenticator": "This can't be switched off.",
    "cannot_generate_recovery_codes": "Set up codes from an app, or a passkey, first.",
    "incorrect_code": WORDS["incorrect_code"],
    "unverified_email": "Confirm your e-mail address first (under “Your account”, “E-mail”).",
}
OTHER_WAYS: Mapping[str, str] = {
    "reauthenticate": "Use your password",
    "mfa_reauthenticate": "Use a code from your app",
    "mfa_reauthenticate:webauthn": "Use a passkey",
}


class MfaAdapter(DefaultMFAAdapter):  # type: ignore[misc]  # allauth ships no types
    """allauth's own ways, in our words."""

    error_messages: ClassVar[Mapping[str, Any]] = {**DefaultMFAAdapter.error_messages, **OF_SECOND_STEPS}


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]  # allauth ships no types
    """allauth's own ways, but for the door and the words."""

    error_messages: ClassVar[Mapping[str, Any]] = {**DefaultAccountAdapter.error_messages, **WORDS}

    def get_reauthentication_methods(self, user: Any) -> list[dict[str, Any]]:
        """The ways to show that it is you, in our words."""
        return [
            {**each, "description": OTHER_WAYS.get(str(each["id"]), each["description"])}
            for each in super().get_reauthentication_methods(user)
        ]

    def _get_login_attempts_cache_key(self, request: HttpRequest, **credentials: Any) -> str:
        # Tries are counted for each address from each machine, so that nobody locks another out from elsewhere.
        return f"{super()._get_login_attempts_cache_key(request, **credentials)}:{self.get_client_ip(request)}"

    def is_open_for_signup(self, _request: HttpRequest) -> bool:
        """Whether strangers may sign up."""
        return bool(settings.POSTSALE_SIGNUP)

    def get_login_redirect_url(self, request: HttpRequest) -> str:
        """Everybody starts where their role works."""
        try:
            return reverse("start")
        except NoReverseMatch:
            return str(super().get_login_redirect_url(request))

    def get_signup_redirect_url(self, request: HttpRequest) -> str:
        """A new shop starts with its first steps."""
        try:
            return reverse("welcome")
        except NoReverseMatch:
            return str(super().get_signup_redirect_url(request))
