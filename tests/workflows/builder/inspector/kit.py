"""What a browser would send of a form nobody touched, and forms without a database."""

from datetime import UTC
from html.parser import HTMLParser
from types import SimpleNamespace
from typing import Any

from django.template.loader import render_to_string

from tests.workflows.generated import SHOP
from workflows.builder.inspector import forms
from workflows.builder.inspector.controls import Said
from workflows.builder.inspector.members import Room
from workflows.builder.inspector.offers import choices_of
from workflows.builder.inspector.parts import walk
from workflows.builder.inspector.values import Offers

type Json = dict[str, Any]

SEEN = {"order.sales_channel": ("shopify-us", "ebay"), "parcel.carrier": ("ups", "dhl"), "order.tags": ("vip", "gift")}
ROOM = Room(
    names=SHOP,
    offers=Offers(choices_of=lambda path: choices_of(path, SHOP), seen_in=lambda path: SEEN.get(path, ()), zone=UTC),
    secrets=("Warehouse",),
    seen=SEEN,
)


def shown(document: Json, step: Json | None, where: str) -> str:
    """The form's page, as the browser gets it."""
    form = forms.form_of(document, step, where, ROOM)
    context = {
        "form": form, "url": "/x/", "where": where, "may_edit": True, "working": SimpleNamespace(rev=1), "said": {},
        "lists": [], "focus": "",
    }  # fmt: skip
    return render_to_string("workflows/builder/inspector/form.html", context)


def sent(page: str, **changes: str | list[str]) -> Said:
    """What the form on `page` sends after `changes` (names with __ for dots; a list for several, [] for none)."""
    reader = _Reader()
    reader.feed(page)
    data = {name: list(values) for name, values in reader.data.items()}
    for name, value in changes.items():
        data[name.replace("__", ".")] = [value] if isinstance(value, str) else value
    return Said(data)


def saved(step: Json, where: str = "s", **changes: str | list[str]) -> Json:
    """The step after its form was opened, changed and saved."""
    document: Json = {"trigger": {"type": "label.created"}, "steps": [step]}
    return forms.changed(document, step, where, sent(shown(document, step, where), **changes), ROOM)


def texts_of(step: Json) -> str:
    """The names of all parts of a step's form, for a look at what it asks."""
    parts = forms.form_of({"trigger": {}, "steps": [step]}, step, "s", ROOM).parts
    return " ".join(str(getattr(part, "name", "")) for part in walk(parts))


class _Reader(HTMLParser):
    """Collects the successful controls of the page's form."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.data: dict[str, list[str]] = {}
        self.select = ""
        self.options: list[tuple[str, bool]] = []
        self.area: str | None = None
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        said = {name: value or "" for name, value in attrs}
        if tag == "input" and said.get("name"):
            is_sent = said.get("type") not in ("checkbox", "radio") or "checked" in said
            if is_sent:
                self._add(said["name"], said.get("value", ""))
        elif tag == "select":
            self.select, self.options = said["name"], []
        elif tag == "option" and self.select:
            self.options.append((said.get("value", ""), "selected" in said))
        elif tag == "textarea":
            self.area, self.text = said["name"], ""

    def handle_data(self, data: str) -> None:
        if self.area is not None:
            self.text += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "select":
            chosen = [value for value, is_selected in self.options if is_selected] or [self.options[0][0]]
            self._add(self.select, chosen[-1])
            self.select = ""
        elif tag == "textarea" and self.area is not None:
            self._add(self.area, self.text.removeprefix("\n").replace("\n", "\r\n"))
            self.area = None

    def _add(self, name: str, value: str) -> None:
        self.data.setdefault(name, []).append(value)
