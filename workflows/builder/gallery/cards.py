"""A template as a card: its words, its sentence, what it needs from the shop."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django import forms

from postsale.web.forms import ShopForm
from workflows.builder.gallery.counting import NOTHING, Count
from workflows.builder.walking import steps_of
from workflows.catalog.names import channel_name
from workflows.catalog.triggers import trigger_of
from workflows.catalog.vocabulary import VOCABULARY
from workflows.definitions.library import Input, Template
from workflows.definitions.names import Names
from workflows.definitions.store import InvalidDocumentError
from workflows.engine.document import parse
from workflows.engine.grammar import Do, Plan
from workflows.engine.sentences import sentence

_TRIGGERS = {
    "tracking": "Carrier tracking",
    "label": "Labels",
    "shipment": "Labels",
    "order": "Orders",
    "return": "Returns",
    "customer": "Customer messages",
    "feed": "A connection",
}
_ACTIONS = {"email.customer": "Customers' e-mail addresses", "notify.team": "A team member to notify"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """What the gallery shows of a template. `problem` says why it can't be used as it is (a board that is gone);
    `is_about_shop`: no order sets it off."""

    key: str
    title: str
    description: str
    sentence: str
    needs: tuple[str, ...]
    count: Count
    problem: str = ""
    is_about_shop: bool = False


def card(template: Template, names: Names, counts: Mapping[str, Count]) -> Card:
    """The card of `template` for a shop with these `names`."""
    plan, problems = parse(template.document())
    return Card(
        key=template.key, title=template.title, description=template.description,
        sentence=said(plan, names) if plan else "", needs=needs(plan) if plan else (),
        count=counts.get(template.key, NOTHING), problem=str(problems[0]) if problems else "",
        is_about_shop=plan is not None and _is_about_shop(plan),
    )  # fmt: skip


def _is_about_shop(plan: Plan) -> bool:
    trigger = trigger_of(plan.trigger.type)
    return trigger is not None and trigger.subject == "shop"


def said(plan: Plan, names: Names) -> str:
    """What it does, in one sentence."""
    return sentence(plan, names, VOCABULARY)


def needs(plan: Plan) -> tuple[str, ...]:
    """What the shop must have for it, in words."""
    kinds = {step.action for step in steps_of(plan) if isinstance(step, Do)}
    trigger = _TRIGGERS.get(plan.trigger.type.partition(".")[0])
    return tuple(filter(None, [trigger, *(words for action, words in _ACTIONS.items() if action in kinds)]))


class InputsForm(ShopForm):
    """The typed inputs of a template; `channels` are offered where it asks for a sales channel."""

    def __init__(self, template: Template, data: Mapping[str, Any] | None, *, channels: tuple[str, ...] = ()) -> None:
        super().__init__(data)
        self.template = template
        for each in template.inputs:
            self.fields[each.key] = _field(each, channels)

    def document(self) -> dict[str, Any] | None:
        """The document with what was said, or None with the errors beside their fields."""
        if not self.is_valid():
            return None
        try:
            return self.template.document(**self.cleaned_data)
        except InvalidDocumentError as error:
            for problem in error.problems:
                key = problem.path.removeprefix("inputs.")
                self.add_error(key if key in self.fields else None, f"{problem.problem}: {problem.expected}")
        return None


def _field(each: Input, channels: tuple[str, ...]) -> forms.Field:
    words: dict[str, Any] = {"label": each.label, "help_text": each.help, "initial": each.default}
    if each.kind == "whole":
        return forms.IntegerField(min_value=each.least, max_value=each.most, **words)
    if each.kind == "text" and each.key == "channel" and channels:
        words["initial"] = each.default if each.default in channels else channels[0]
        return forms.ChoiceField(choices=[(channel, channel_name(channel)) for channel in channels], **words)
    return forms.CharField(max_length=200, **words)
