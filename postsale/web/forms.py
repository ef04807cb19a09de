"""Forms as our pages show them: no colons, no browser's own refusals, marked where something is wrong."""

from typing import Any

from django import forms


class ShopForm(forms.Form):
    """A form for `{% field %}`: labels without colons, errors tied to their fields."""

    use_required_attribute = False

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("label_suffix", "")
        super().__init__(*args, **kwargs)
