"""What staff fill in."""

from zoneinfo import available_timezones

from django import forms

from postsale.tenants.limits import DEFAULTS
from postsale.tenants.models import Role
from postsale.web.forms import ShopForm

ZONES = [(zone, zone) for zone in sorted(available_timezones()) if "/" in zone or zone == "UTC"]


class TenantForm(ShopForm):
    """A new tenant and its owner."""

    name = forms.CharField(max_length=120, label="Name")
    slug = forms.SlugField(
        max_length=60, label="Short name", help_text="For links in mails and commands, such as acme."
    )
    timezone = forms.ChoiceField(choices=ZONES, initial="UTC", label="Time zone")
    owner = forms.EmailField(
        label="E-mail address of the owner", widget=forms.EmailInput(attrs={"autocomplete": "off"})
    )
    password = forms.CharField(
        min_length=10, max_length=200, required=False, label="First password",
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text="Leave it empty to have one made; it is shown once. Somebody who has an account keeps their own.",
    )  # fmt: skip


class SuspendForm(ShopForm):
    """Why a shop is shut; its people read it."""

    reason = forms.CharField(max_length=300, label="Reason", help_text="Members of the shop read this.")


class VisitForm(ShopForm):
    """Why somebody of the staff goes into a shop, and as what."""

    why = forms.CharField(
        max_length=300,
        min_length=5,
        label="Reason",
        help_text="Stands in the shop's audit log and in a banner while you are there.",
    )
    role = forms.ChoiceField(
        label="As", choices=[(Role.VIEWER, "Viewer: look only"), (Role.ADMIN, "Admin: look and change")]
    )


class LimitsForm(ShopForm):
    """How much a tenant may ask for; empty: the default."""

    events_per_second = forms.FloatField(
        min_value=0.1, max_value=100_000, required=False, label="Events a second",
        help_text=f"Usually {DEFAULTS['events'].rate:,.0f}.",
    )  # fmt: skip
    burst = forms.FloatField(
        min_value=1, max_value=1_000_000, required=False, label="Events at once",
        help_text=f"Usually {DEFAULTS['events'].burst:,.0f}.",
    )  # fmt: skip
    reads_per_second = forms.FloatField(
        min_value=0.1, max_value=10_000, required=False, label="API reads a second",
        help_text=f"Usually {DEFAULTS['reads'].rate:,.0f}.",
    )  # fmt: skip
    writes_per_second = forms.FloatField(
        min_value=0.1, max_value=10_000, required=False, label="API writes a second",
        help_text=f"Usually {DEFAULTS['writes'].rate:,.0f}.",
    )  # fmt: skip

    def limits(self) -> dict[str, float]:
        """What was filled in."""
        return {name: float(value) for name, value in self.cleaned_data.items() if value}
