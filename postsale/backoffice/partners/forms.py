"""The forms about connections."""

from typing import Any

from django import forms

from postsale.backoffice.partners.guides import Guide
from postsale.web.forms import ShopForm

OWN = ("sales_channel", "shop_domain")


class ConnectionForm(ShopForm):
    """A connection's name and the settings that count for its partner; with `is_new` also its secret."""

    name = forms.CharField(label="Name", max_length=120, help_text="How you tell it apart from others.")
    sales_channel = forms.CharField(
        label="Sales channel",
        max_length=120,
        help_text="The name that its orders carry, such as shopify-us. Workflows and filters use it.",
    )
    shop_domain = forms.CharField(
        label="Shop domain",
        max_length=200,
        required=False,
        help_text="Such as north.myshopify.com. With it, another shop's webhooks are refused.",
    )
    secret = forms.CharField(
        label="Secret",
        max_length=8192,
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}, render_value=False),
    )

    def __init__(self, *args: Any, guide: Guide, is_new: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in OWN:
            if name not in guide.asks:
                del self.fields[name]
        if "sales_channel" in self.fields:
            self.fields["sales_channel"].required = guide.group == "Sales channels"
        if not is_new:
            del self.fields["secret"]
            return
        secret = self.fields["secret"]
        secret.label = guide.asks_for
        secret.required = not guide.makes_secret
        if guide.makes_secret:
            secret.help_text = "Leave it empty and we make one, shown once on the next page."

    def settings(self) -> dict[str, str]:
        """The settings that were given."""
        return {name: self.cleaned_data[name] for name in OWN if self.cleaned_data.get(name)}


class SecretForm(ShopForm):
    """Another secret."""

    secret = forms.CharField(
        label="New secret",
        max_length=8192,
        required=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}, render_value=False),
    )

    def __init__(self, *args: Any, guide: Guide, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["secret"].required = not guide.makes_secret
        if guide.makes_secret:
            self.fields["secret"].help_text = "Leave it empty and we make one."
