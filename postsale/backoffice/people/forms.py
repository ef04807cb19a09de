"""The forms about people and programs."""

from typing import Any

from django import forms

from postsale.tenants.access import BUILDERS, KEEPERS, WORKERS
from postsale.tenants.keys import SCOPES
from postsale.tenants.models import Role
from postsale.web.forms import ShopForm

#: What each scope of a key lets a program do.
SCOPE_WORDS = {
    "events": "Send events in",
    "read": "Read orders, runs, boards and settings",
    "write": "Change orders, cards and workflows",
    "admin": "Everything, also keys, connections and settings",
}
#: What each role may do, for the table of roles: (what, the roles).
RIGHTS = (
    ("See orders, boards, workflows, runs and messages", tuple(Role)),
    ("Work cards, edit orders, add notes, send messages again", WORKERS),
    ("Build and publish workflows, read quarantined bodies again", BUILDERS),
    ("Change settings, connections and API keys, see the audit log", KEEPERS),
    ("Invite and remove members", KEEPERS),
    ("Invite and remove owners", (Role.OWNER,)),
)


class InviteForm(ShopForm):
    """Whom to ask in, as what."""

    email = forms.EmailField(label="E-mail", max_length=254)
    role = forms.ChoiceField(label="Role", choices=Role.choices, initial=Role.SHIPPING_MANAGER)

    def __init__(self, *args: Any, may_owner: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not may_owner:
            self.fields["role"].choices = [each for each in Role.choices if each[0] != Role.OWNER]  # type: ignore[attr-defined]


class KeyForm(ShopForm):
    """A key to be made."""

    name = forms.CharField(label="What it is for", max_length=120, help_text="Such as “Warehouse scanner”.")
    scopes = forms.MultipleChoiceField(
        label="What it may do",
        choices=[(scope, SCOPE_WORDS[scope]) for scope in SCOPES],
        widget=forms.CheckboxSelectMultiple,
    )


class LogFilters(forms.Form):
    """What to look for in the audit log."""

    actor = forms.CharField(required=False, max_length=254)
    action = forms.CharField(required=False, max_length=60)
    since = forms.DateField(required=False)
    until = forms.DateField(required=False)
