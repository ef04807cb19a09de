"""A text as it would arrive: filled in with a real order, by the sandbox that fills it in for good, in the shop's look.

What the order has no value for is marked instead of refused: whoever writes sees where the gap is, and what it means.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from html import escape
from uuid import UUID

from django.template.defaultfilters import linebreaksbr
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from postsale.integrations.branded import dressed
from postsale.integrations.post_office import default_sender
from postsale.orders.book import OrderState
from postsale.orders.change import open_book
from postsale.tenants.shop import Shop
from workflows.actions.email_customer import WHY, unreachable
from workflows.actions.notify_team import people_of
from workflows.builder.recent import recent_of
from workflows.catalog.shelf import ActionFailedError
from workflows.catalog.texts import Escape, TextError, render
from workflows.catalog.variables import values_for_text
from workflows.catalog.vocabulary import VOCABULARY

#: Signs that no text of a merchant has; between them stands the path of what has no value.
GAP = "\ue0f0{}\ue0f1"
_GAPS = re.compile("\ue0f0([^\ue0f1]*)\ue0f1?")
_MARK = '<mark style="background:#fdf0d5;color:#865200;outline:1px dashed #865200">{}</mark>'


@dataclass(frozen=True, slots=True, kw_only=True)
class Filled:
    """One text, filled in: its runs of text, each with whether it is a gap; or (`is_problem`) why it can't be."""

    label: str
    runs: tuple[tuple[str, bool], ...]
    is_problem: bool = False

    @property
    def marked(self) -> SafeString:
        """Its lines as lines, its gaps marked."""
        lined = ((linebreaksbr(part), is_gap) for part, is_gap in self.runs)
        return format_html_join(
            "", "{}", ((format_html("<mark>{}</mark>", part) if gap else part,) for part, gap in lined)
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """The texts of a step for one order; `number` is that order's.

    `heads` are the lines above a letter (From, To); `held`: why it would not leave for this order, "" when it would;
    `html`: a customer's letter as it leaves, "" where there is none; `missing`: what the order has no value for, and how to
    write the variable with something else instead.
    """

    number: str
    texts: tuple[Filled, ...]
    heads: tuple[tuple[str, str], ...] = ()
    held: str = ""
    html: str = ""
    missing: tuple[tuple[str, str], ...] = ()


#: Member of `with` → its label, and whether it is one line.
TEXTS: Mapping[str, tuple[str, bool]] = {
    "subject": ("Subject", True), "body": ("Text", False), "text": ("Note", False), "tag": ("Tag", True),
    "reason": ("Why", False),
}  # fmt: skip


def preview(
    step: Mapping[str, object], order_id: UUID, *, trigger: Mapping[str, object], shop: Shop, now: datetime
) -> Preview | None:
    """The texts of `step` for that order and its newest parcel; None when there is no such order."""
    book = open_book(shop.id, order_ids=[order_id], lock=False)
    order = book.orders.get(order_id)
    with_ = step.get("with")
    if order is None or not isinstance(with_, Mapping):
        return None
    filled = _filled(with_, order, order_id, trigger, shop, now)
    texts = tuple(_shown(TEXTS[key][0], said, is_problem=bad) for key, (said, bad) in filled.items())
    paths = dict.fromkeys(path for said, bad in filled.values() if not bad for path in _GAPS.findall(said))
    number = order.facts.number
    missing = tuple((_named(path), f'{{{{ {path} | default: "…" }}}}') for path in paths)
    if step.get("action") == "email.customer":
        body, is_problem = filled.get("body", ("", False))
        html = "" if is_problem else dressed(body, shop)[1] or ""
        return Preview(
            number=number, texts=texts, missing=missing, heads=_heads_of_mail(order, shop), held=_why_not(order, shop),
            html=_GAPS.sub(lambda gap: _MARK.format(escape(_named(gap[1]))), html),
        )  # fmt: skip
    if step.get("action") == "notify.team":
        heads, held = _heads_of_notice(with_, shop)
        return Preview(number=number, texts=texts, missing=missing, heads=heads, held=held)
    return Preview(number=number, texts=texts, missing=missing)


def _filled(
    with_: Mapping[str, object],
    order: OrderState,
    order_id: UUID,
    trigger: Mapping[str, object],
    shop: Shop,
    now: datetime,
) -> dict[str, tuple[str, bool]]:
    """Each text of the step with its gaps, or what is wrong with it (True)."""
    parcel = next(reversed(order.parcels.values()), None)
    to = trigger.get("to")
    event = {"type": trigger.get("type"), "to": to[0] if isinstance(to, list) and to else None}
    values = values_for_text(recent_of(order, parcel, event).view, shop_name=shop.name, now=now, order_id=order_id)
    filled: dict[str, tuple[str, bool]] = {}
    for key, (_, is_line) in TEXTS.items():
        source = with_.get(key)
        if not isinstance(source, str) or not source.strip():
            continue
        way: Escape = "header" if is_line else "json" if source.lstrip().startswith('{"') else "text"
        try:
            said = render(source, values, escape=way, zone=shop.zone, gap=GAP)
        except TextError as error:
            filled[key] = (str(error), True)
        else:
            filled[key] = (said, False)
    return filled


def _shown(label: str, said: str, *, is_problem: bool) -> Filled:
    if is_problem:
        return Filled(label=label, runs=((said, False),), is_problem=True)
    # Split by a pattern with one group: text, path, text, path, …, text.
    runs = [(_named(part), True) if at % 2 else (part, False) for at, part in enumerate(_GAPS.split(said))]
    return Filled(label=label, runs=tuple((part, is_gap) for part, is_gap in runs if part))


def _named(path: str) -> str:
    """What a variable stands for, in words: "estimated delivery"."""
    return VOCABULARY.field(path).removeprefix("the ")


def _heads_of_mail(order: OrderState, shop: Shop) -> tuple[tuple[str, str], ...]:
    sender = shop.settings.get("sender") or {}
    to = str(order.facts.customer.get("email") or "") or "nobody: the order has no customer's address"
    redirected = shop.settings.get("redirect_mail_to")
    return (
        ("From", str(sender.get("from") or default_sender(shop))),
        ("To", f"{to} (while you try out: {redirected})" if redirected else to),
    )


def _why_not(order: OrderState, shop: Shop) -> str:
    """Why this customer would get nothing, "" when they would."""
    said = order.facts.customer
    address = str(said.get("email") or "").strip().lower()
    if not address:
        return "This order has no customer's address, so nothing would be sent."
    reason = unreachable(shop.id).get(address) or ("opted_out" if said.get("opted_out") is True else "")
    return f"Nothing would be sent for this order: {WHY.get(reason, reason)}." if reason else ""


def _heads_of_notice(with_: Mapping[str, object], shop: Shop) -> tuple[tuple[tuple[str, str], ...], str]:
    try:
        people, remark = people_of(with_.get("to"), shop)
    except ActionFailedError as error:
        return (), f"Nobody would be told: {error}."
    return (("To", ", ".join(people)),), remark
