"""The action `email.customer`: one e-mail to the order's customer, unless that address must not or can't be written
to."""

from collections.abc import Mapping
from dataclasses import dataclass

from postsale.integrations.mail import problem_with_address
from postsale.orders.models import Unreachable
from workflows.actions.members import Said, check_members
from workflows.actions.outbox_rows import OUTBOX, Message, event_of, guard_of
from workflows.catalog.reading import FactView
from workflows.catalog.shelf import ActionFailedError, Moment, Outcome, ShopNames
from workflows.engine.grammar import Problem

MEMBERS = {"subject": Said("line"), "body": Said("text"), "reply_to": Said("line", required=False)}
WHY = {
    "opted_out": "the customer opted out",
    "bounced": "mail to this address bounced",
    "complained": "the customer complained",
}


def unreachable(tenant_id: int) -> Mapping[str, str]:
    """The addresses that must not be written to, in lower case, each with the reason."""
    return dict(Unreachable.objects.filter(tenant_id=tenant_id).values_list("email", "reason"))


@dataclass(frozen=True, slots=True)
class EmailCustomer:
    """Write to the customer."""

    key: str = "email.customer"
    label: str = "E-mail the customer"
    is_outside: bool = True

    def problems(self, with_: Mapping[str, object], path: str, shop: ShopNames) -> list[Problem]:
        """Unknown or missing members, texts that can't be filled in, a reply address that is none."""
        found = check_members(with_, path, shop, members=MEMBERS)
        reply_to = with_.get("reply_to")
        if isinstance(reply_to, str) and "{{" not in reply_to and (wrong := problem_with_address(reply_to)):
            found.append(Problem(path=f"{path}.reply_to", problem=wrong, expected="one e-mail address"))
        return found

    def do(self, moment: Moment) -> Outcome:
        """Queue the e-mail, or keep it as suppressed with the reason. Raises ActionFailedError for a missing value."""
        said = moment.facts.get("customer.email")
        address = said.strip() if isinstance(said, str) else ""
        if reason := _why_not(moment, address):
            self._write(moment, address, subject=_tried(moment), content={}, reason=reason)
            return Outcome(state="suppressed", words=f"not sent: {reason}", result={"to": address})
        content = {"text": moment.text(str(moment.with_["body"])), **_reply_to(moment), **_redirect(moment)}
        subject = moment.text(str(moment.with_["subject"]), escape="header")
        self._write(moment, address, subject=subject, content=content)
        return Outcome(state="done", words=f"e-mail to {address} queued", result={"to": address})

    def _write(
        self, moment: Moment, address: str, *, subject: str, content: Mapping[str, object], reason: str = ""
    ) -> None:
        moment.write(
            OUTBOX,
            Message(
                kind="email", is_customer=True, to=address, subject=subject, content=content, run_id=moment.run_id,
                step=moment.step, order_id=moment.order_id, shipment_id=moment.shipment_id, at=moment.now,
                status="suppressed" if reason else "queued", reason=reason, guard=guard_of(moment),
                event=event_of(moment),
            ),
        )  # fmt: skip


def _why_not(moment: Moment, address: str) -> str:
    """Why the address must not be written to, in words; empty when nothing speaks against it."""
    if not address:
        return "the order has no customer's address"
    if wrong := problem_with_address(address):
        return wrong
    reason = moment.look_up(unreachable).get(address.lower())
    if reason is not None:
        return WHY.get(reason, reason)
    return WHY["opted_out"] if _opted_out(moment.facts) else ""


def _opted_out(facts: Mapping[str, object]) -> bool:
    """No field of conditions says it, so it is asked of the order itself."""
    order = facts.order if isinstance(facts, FactView) else None
    return order is not None and order.customer.get("opted_out") is True


def _reply_to(moment: Moment) -> dict[str, object]:
    said = moment.with_.get("reply_to")
    if said is None:
        return {}
    address = moment.text(str(said), escape="header")
    if wrong := problem_with_address(address):
        raise ActionFailedError(f"the reply address can't be used: {wrong}")
    return {"reply_to": address}


def _redirect(moment: Moment) -> dict[str, object]:
    """Said now and asked again when it leaves: what was written in a rehearsal never reaches a customer."""
    redirected = moment.shop.settings.get("redirect_mail_to")
    return {"redirect_to": redirected} if redirected else {}


def _tried(moment: Moment) -> str:
    """The subject of a message that won't be sent; as it was written when it can't be filled in."""
    source = str(moment.with_["subject"])
    try:
        return moment.text(source, escape="header")
    except ActionFailedError:
        return source


EMAIL_CUSTOMER = EmailCustomer()
