"""A letter as its reader gets it: in the shop's look, filled in, what is missing marked, in a frame that can do nothing."""

from collections.abc import Callable
from typing import Any

import pytest

from postsale.orders.models import Unreachable
from postsale.tenants.models import Tenant
from postsale.tenants.scope import tenant
from tests.factories import make_member
from tests.workflows.builder.inspector.conftest import AGO, Bench
from workflows.builder.models import Draft

type Build = Callable[..., Bench]

BRANDED = {
    "branding": {"is_on": True, "name": "June's candles", "colour": "#84358b", "footer": "Ask us", "language": "en"}
}


def mail(body: str = "Hello {{ order.number }}", subject: str = "Order {{ order.number }}") -> dict[str, Any]:
    """A step that writes to the customer."""
    return {"id": "mail", "kind": "action", "action": "email.customer", "with": {"subject": subject, "body": body}}


def notice(to: dict[str, Any]) -> dict[str, Any]:
    """A step that tells the team."""
    with_ = {"to": to, "subject": "Late: {{ order.number }}", "body": "Look at it."}
    return {"id": "tell", "kind": "action", "action": "notify.team", "with": with_}


def dress(bench: Bench, **settings: Any) -> None:
    """Set the shop's settings."""
    with tenant(bench.tenant_id):
        Tenant.objects.filter(id=bench.tenant_id).update(settings=BRANDED | settings)


def preview(bench: Bench, where: str = "mail") -> str:
    """The preview beside the form."""
    return bench.client.get(bench.address(where, "letter/")).content.decode()


def test_a_branded_letter_is_shown_as_the_customer_gets_it(build: Build) -> None:
    bench = build([mail()])
    dress(bench)

    beside = preview(bench)
    letter = bench.client.get(bench.address("mail", "letter/page/"))

    assert f'href="{bench.address("mail", "letter/page/")}"' in beside
    assert "Order 1003" in beside
    assert "#84358b" in letter.content.decode()
    assert "Hello 1003" in letter.content.decode()


def test_the_letter_can_do_nothing_but_be_read(build: Build) -> None:
    bench = build([mail("<script>alert(1)</script>")])
    dress(bench)

    letter = bench.client.get(bench.address("mail", "letter/page/"))

    assert "<script>" not in letter.content.decode()
    assert "sandbox" in letter["Content-Security-Policy"]
    assert "default-src 'none'" in letter["Content-Security-Policy"]
    assert letter["X-Frame-Options"] == "SAMEORIGIN"


def test_the_builder_may_frame_its_own_letters_and_nothing_else(build: Build) -> None:
    bench = build([mail()])

    page = bench.client.get(f"/workflows/{bench.workflow.id}/")

    assert "frame-src 'self'" in page["Content-Security-Policy"]


def test_a_plain_letter_is_shown_as_text_and_says_where_its_look_is_set(build: Build) -> None:
    bench = build([mail("Hello,\n\nyour order {{ order.number }}")])

    beside = preview(bench)

    assert "Hello,<br><br>your order 1003" in beside
    assert "It leaves as plain text." in beside
    assert bench.client.get(bench.address("mail", "letter/page/")).content == b""


def test_what_the_order_lacks_is_marked_and_said_to_hold_the_letter_back(build: Build) -> None:
    bench = build([mail("It comes on {{ parcel.eta | date }}.")])

    beside = preview(bench)

    assert "It comes on <mark>estimated delivery</mark>." in beside
    assert "<b>estimated delivery</b>, so nothing would be" in beside
    assert "{{ parcel.eta | default: &quot;…&quot; }}" in beside


def test_what_the_order_lacks_is_marked_in_the_framed_letter_too(build: Build) -> None:
    bench = build([mail("It comes on {{ parcel.eta | date }}.")])
    dress(bench)

    letter = bench.client.get(bench.address("mail", "letter/page/")).content.decode()

    assert ">estimated delivery</mark>." in letter


@pytest.mark.parametrize(
    "body", ['{{ parcel.eta | date | default: "soon" }}', "{% if parcel.eta %}{{ parcel.eta }}{% endif %}soon"]
)
def test_what_the_text_provides_for_is_no_gap(build: Build, body: str) -> None:
    bench = build([mail(body)])

    beside = preview(bench)

    assert "<mark>" not in beside
    assert "soon" in beside
    assert "nothing would be" not in beside


def test_a_text_that_cannot_be_filled_in_says_why(build: Build) -> None:
    bench = build([mail("{{ order.number | date }}")])

    assert "date needs a date" in preview(bench)


def test_a_customer_who_opted_out_gets_nothing_and_that_is_said(build: Build) -> None:
    bench = build([mail()])
    with tenant(bench.tenant_id):
        Unreachable.objects.create(tenant_id=bench.tenant_id, email="1003@buyer.example", reason="bounced", at=AGO)

    assert "Nothing would be sent for this order: mail to this address bounced." in preview(bench)


def test_mail_that_is_redirected_says_so(build: Build) -> None:
    bench = build([mail()])
    dress(bench, redirect_mail_to="june@shop.example")

    assert "1003@buyer.example (while you try out: june@shop.example)" in preview(bench)


def test_a_notice_names_everyone_who_gets_it(build: Build) -> None:
    bench = build([notice({"role": "shipping_manager"})])
    make_member(bench.tenant_id, role="shipping_manager", email="mara@shop.example")

    beside = preview(bench, "tell")

    assert "<dd>mara@shop.example</dd>" in beside
    assert "Late: 1003" in beside


def test_a_notice_to_a_role_that_nobody_has_goes_to_the_owners_and_says_so(build: Build) -> None:
    bench = build([notice({"role": "shipping_manager"})])

    assert "Nobody has the role Shipping manager, so this went to the owners." in preview(bench, "tell")


def test_a_notice_to_somebody_who_left_says_that_nobody_would_be_told(build: Build) -> None:
    bench = build([notice({"role": "owner"})])
    document = bench.working().document
    document["steps"] = [notice({"member": "gone@shop.example"})]
    with tenant(bench.tenant_id):
        Draft.objects.filter(workflow_id=bench.workflow.id).update(document=document)

    assert "Nobody would be told: gone@shop.example is not a member any more." in preview(bench, "tell")
