"""The forms at the door: a new shop, a first account, joining by invitation, one's own account."""

from typing import Any

from django import forms
from django.contrib.auth import password_validation
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.utils import timezone

from postsale.tenants.create import NotMadeError, found_shop
from postsale.tenants.models import User
from postsale.tenants.settings import zones
from postsale.web.forms import ShopForm
from postsale.web.preferences import DENSITIES, THEMES


def _zone_choices() -> list[tuple[str, str]]:
    return [(name, name.replace("_", " ")) for name in zones()]


class NewShop(ShopForm):
    """A shop's name and its time zone."""

    shop = forms.CharField(label="Shop name", max_length=120)
    timezone = forms.ChoiceField(
        label="Time zone",
        choices=_zone_choices,
        initial="UTC",
        widget=forms.Select(attrs={"data-here": ""}),
        help_text="Days and working hours of your shop are those of this place.",
    )


class Password(ShopForm):
    """A password that the rules accept."""

    password = forms.CharField(
        label="Password",
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text="At least 10 characters.",
    )

    def clean_password(self) -> str:
        """The password. Raises ValidationError."""
        said: str = self.cleaned_data["password"]
        user = User(email=self.cleaned_data.get("email", ""), name=self.cleaned_data.get("name", ""))
        password_validation.validate_password(said, user)
        return said


class FirstShop(NewShop, Password):
    """All that a new installation needs."""

    email = forms.EmailField(
        label="Your e-mail", max_length=254, widget=forms.EmailInput(attrs={"autocomplete": "email"})
    )
    field_order = ("shop", "timezone", "email", "password")

    def clean_email(self) -> str:
        """An address without an account. Raises ValidationError."""
        address = str(self.cleaned_data["email"]).strip().lower()
        if User.objects.filter(email=address).exists():
            raise ValidationError("This address has an account already: choose another one.")
        return address


class Join(Password):
    """Who joins for the first time."""

    name = forms.CharField(
        label="Your name", max_length=120, required=False, widget=forms.TextInput(attrs={"autocomplete": "name"})
    )
    field_order = ("name", "password")


class SignUp(forms.Form):
    """What allauth's sign-up asks for besides the address and the password; makes the shop."""

    shop = forms.CharField(label="Shop name", max_length=120)
    timezone = forms.ChoiceField(
        label="Time zone", choices=_zone_choices, initial="UTC", widget=forms.Select(attrs={"data-here": ""})
    )
    field_order = ("shop", "timezone", "email", "password1", "password2")

    def clean_shop(self) -> str:
        """The name without blanks around it. Raises ValidationError when nothing is left."""
        name: str = self.cleaned_data["shop"].strip()
        if not name:
            raise ValidationError("A shop needs a name.")
        return name

    def signup(self, _request: HttpRequest, user: Any) -> None:
        """Make the shop of the new account."""
        said = self.cleaned_data
        now = timezone.now()  # noqa: TID251 -- allauth asks its forms, so this is an edge
        try:
            found_shop(said["shop"], owner=user, timezone=said["timezone"], now=now)
        except NotMadeError as error:
            self.add_error("shop", str(error))


class Account(ShopForm):
    """One's own name and what pages should look like."""

    name = forms.CharField(label="Your name", max_length=120, required=False)
    theme = forms.ChoiceField(
        label="Theme", choices=[(each, each.capitalize()) for each in THEMES], widget=forms.RadioSelect
    )
    density = forms.ChoiceField(
        label="Rows",
        choices=[(each, each.capitalize()) for each in DENSITIES],
        widget=forms.RadioSelect,
        help_text="How much fits on a page.",
    )
    single_keys = forms.BooleanField(
        label="Single-letter keys",
        required=False,
        help_text="J, K, A, S, E and others on boards and in the builder. Switch them off if you use speech input.",
    )
