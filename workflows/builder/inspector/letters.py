"""Ready letters: texts to start from, for customers and for the team, in the shop's language of every day."""

from collections.abc import Mapping
from dataclasses import dataclass

from workflows.builder.inspector.controls import Choices


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """A text to start from: what it is for, its subject ("": it has none), its body, and the action that it fits."""

    key: str
    title: str
    action: str
    subject: str
    body: str


_HELLO = 'Hello {{ customer.first_name | default: "there" }},\n\n'
_BYE = "\n\n{{ shop.name }}\n"

_ROWS = (
    Letter(
        key="delivery_problem", title="There is a delivery problem", action="email.customer",
        subject="Your order {{ order.number }}: we are looking into a delivery problem",
        body=f"{_HELLO}the carrier reports a problem with your parcel {{{{ parcel.tracking_number }}}}. We are on it and"
        f" will write to you again within one business day. You need not do anything.{_BYE}",
    ),
    Letter(
        key="running_late", title="Your order is running late", action="email.customer",
        subject="Your order {{ order.number }} is running late",
        body=f"{_HELLO}your parcel is taking longer than we promised, and we are sorry. The carrier now expects it on"
        f' {{{{ parcel.eta | date | default: "one of the next days" }}}}.{_BYE}',
    ),
    Letter(
        key="on_its_way", title="Good news: it moves again", action="email.customer",
        subject="Good news about your order {{ order.number }}",
        body=f"{_HELLO}your parcel {{{{ parcel.tracking_number }}}} is moving again. Thank you for your patience.{_BYE}",
    ),
    Letter(
        key="pick_it_up", title="Your parcel waits to be picked up", action="email.customer",
        subject="Your parcel waits for you",
        body=f"{_HELLO}the carrier could not hand over your parcel and keeps it for you to pick up. Please bring the"
        f" number {{{{ parcel.tracking_number }}}}.{_BYE}",
    ),
    Letter(
        key="check_address", title="Please check your address", action="email.customer",
        subject="Your order {{ order.number }}: please check your address",
        body=f"{_HELLO}the carrier can't find your address. Please answer this e-mail with your full address, so that we"
        f" can send your order on.{_BYE}",
    ),
    Letter(
        key="look_at_it", title="Somebody must look at an order", action="notify.team",
        subject="Order {{ order.number }} needs you",
        body="Parcel {{ parcel.tracking_number }} ({{ parcel.carrier }}) of order {{ order.number }} needs somebody to"
        " look at it.\n\n{{ order.url }}\n",
    ),
    Letter(
        key="slack", title="A line in a Slack channel", action="webhook.call", subject="",
        body='{"text": "Order {{ order.number }} needs a look: {{ order.url }}"}',
    ),
    Letter(
        key="teams", title="A line in a Microsoft Teams channel", action="webhook.call", subject="",
        body='{"type": "message", "attachments": [{"contentType": "application/vnd.microsoft.card.adaptive", "content":'
        ' {"type": "AdaptiveCard", "version": "1.4", "body": [{"type": "TextBlock", "wrap": true, "text":'
        ' "Order {{ order.number }} needs a look: {{ order.url }}"}]}}]}',
    ),
    Letter(
        key="late_handoff", title="The carrier has not picked up a parcel", action="notify.team",
        subject="Late handoff: order {{ order.number }}",
        body="The label of parcel {{ parcel.tracking_number }} ({{ parcel.carrier }}) is {{ parcel.label_age }} old and"
        " the carrier still awaits the package.\n\n{{ order.url }}\n",
    ),
)  # fmt: skip
LETTERS: Mapping[str, Letter] = {letter.key: letter for letter in _ROWS}


def letters_for(action: str) -> Choices:
    """The ready letters of an action, (key, title)."""
    return tuple((letter.key, letter.title) for letter in _ROWS if letter.action == action)
