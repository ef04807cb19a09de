"""People at the inspector: conditions are built by keyboard alone, letters get their variables, every form is accessible."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from postsale.tenants.models import Member, Tenant
from postsale.tenants.scope import tenant
from postsale.tenants.shop import Shop
from tests.browser.conftest import Complaints, Site
from tests.dashboards.kit import make_shop
from tests.workflows.replay import kit
from workflows.builder import draft
from workflows.definitions import store
from workflows.definitions.models import Workflow

OWNER = "owner@north.example"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
STEPS: list[dict[str, Any]] = [
    {"id": "only_if", "kind": "condition", "if": {"field": "order.held", "op": "is_false"}},
    {"id": "letter", "kind": "action", "action": "email.customer", "with": {"subject": "Hello", "body": "Order "}},
    {"id": "rest", "kind": "wait", "for": {"days": 1}},
    {
        "id": "ways",
        "kind": "branch",
        "paths": [
            {
                "if": {"any": [{"field": "order.tags", "op": "has_any", "value": ["vip"]}]},
                "steps": [{"id": "board", "kind": "action", "action": "board.add", "with": {"board": "exceptions"}}],
            }
        ],
    },
    {"id": "team", "kind": "action", "action": "notify.team", "with": {"to": {"roles": ["owner"]}, "subject": "x", "body": "y"}},
    {"id": "call", "kind": "action", "action": "webhook.call", "with": {"url": "https://a.example", "headers": {"X-A": "1"}}},
]  # fmt: skip


@pytest.fixture
def shop(site: Site) -> Shop:
    """A shop with one order whose parcel the carrier has not got."""
    shop = make_shop()
    at = datetime.now(UTC) - timedelta(days=3)
    kit.label(shop.id, "1001", at=at)
    kit.decide(shop.id, until=at + timedelta(hours=1))
    return shop


@pytest.fixture
def workflow(shop: Shop) -> Workflow:
    """A workflow with a step of every kind."""
    document = {
        "format": "postsale.workflow/1", "name": "Late", "trigger": {"type": "order.created"}, "steps": STEPS,
    }  # fmt: skip
    with tenant(shop.id):
        return store.save(document, workflow=None, by=OWNER, now=datetime.now(UTC))


def opened(chromium: Browser, site: Site, workflow: Workflow, complaints: Complaints, **how: Any) -> Page:
    """The builder of the owner, who just signed in."""
    page = chromium.new_context(**({"viewport": {"width": 1440, "height": 900}} | how)).new_page()
    complaints.hear(page)
    site.enter(page, OWNER, f"/workflows/{workflow.id}/")
    expect(page.locator("#flow")).to_be_visible()
    expect(page.locator("#try-number")).to_be_visible()
    return page


def document_of(shop: Shop, workflow: Workflow) -> dict[str, Any]:
    """The working copy as it stands."""
    with tenant(shop.id):
        member = Member.objects.get(tenant_id=shop.id, email=OWNER)
        return draft.load(workflow, member=member).document


def edit(page: Page, step: str) -> None:
    """From the card into its form, by Enter."""
    page.locator(f'.face[data-id="{step}"]').focus()
    page.keyboard.press("Enter")
    expect(page.locator(f'#inspector-form[data-inspector="{step}"]')).to_be_visible()


def tab_to(page: Page, selector: str) -> None:
    """Press Tab until something that fits stands in focus."""
    for _ in range(40):
        if page.evaluate("selector => document.activeElement.matches(selector)", selector):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"Tab never comes to {selector}")


def pick(page: Page, words: str) -> None:
    """Open the list in focus, search it, take the first that fits."""
    page.keyboard.press("Enter")
    expect(page.locator("dialog.picker[open] input")).to_be_focused()
    page.keyboard.type(words)
    page.keyboard.press("Enter")
    expect(page.locator("dialog.picker[open]")).to_have_count(0)


def choose(page: Page, letters: str) -> None:
    """Type the first letters of a choice of the select in focus."""
    page.keyboard.type(letters)


def test_the_condition_of_a_late_handoff_is_built_by_keyboard_alone(
    site: Site, shop: Shop, workflow: Workflow, chromium: Browser, complaints: Complaints
) -> None:
    page = opened(chromium, site, workflow, complaints)

    edit(page, "trigger")
    tab_to(page, "#f-trigger-type-pick")
    pick(page, "label is created")
    expect(page.locator("#card-trigger")).to_contain_text("label is created")
    page.keyboard.press("Escape")
    expect(page.locator('.face[data-id="trigger"]')).to_be_focused()

    edit(page, "only_if")
    tab_to(page, "#pick-row-if")
    pick(page, "label created")
    expect(page.locator("#f-if-op")).to_have_value("older_than")
    expect(page.locator("#f-if-v-n")).to_have_value("2")
    tab_to(page, '.ask-acts button:has(use[href$="#plus"])')
    page.keyboard.press("Enter")
    expect(page.locator("#pick-row-if-1")).to_be_focused()
    pick(page, "tracking status")
    expect(page.locator("#f-if-1-op")).to_have_value("is")
    tab_to(page, "#f-if-1-v")
    choose(page, "Carrier")
    expect(page.locator("#matches-ask-if")).to_have_text("1 of the last 1 label events matches, as they stand now.")

    document = document_of(shop, workflow)
    assert document["trigger"] == {"type": "label.created"}
    assert document["steps"][0]["if"] == {
        "all": [
            {"field": "parcel.label_created_at", "op": "older_than", "value": {"days": 2}},
            {"field": "parcel.tracking_status", "op": "is", "value": "awaiting_carrier"},
        ]
    }


def test_the_condition_of_a_shipment_exception_is_built_by_keyboard_alone(
    site: Site, shop: Shop, workflow: Workflow, chromium: Browser, complaints: Complaints
) -> None:
    page = opened(chromium, site, workflow, complaints)

    edit(page, "trigger")
    tab_to(page, "#f-trigger-type-pick")
    pick(page, "tracking status changes")
    expect(page.locator('input[name="trigger.to"]')).to_have_count(13)
    tab_to(page, 'input[name="trigger.to"][value="exception"]')
    page.keyboard.press("Space")
    expect(page.locator("#card-trigger")).to_contain_text("to Exception")
    page.keyboard.press("Escape")

    edit(page, "only_if")
    tab_to(page, "#pick-row-if")
    pick(page, "sales channel")
    expect(page.locator("#f-if-op")).to_have_value("is")
    tab_to(page, "#f-if-v")
    page.keyboard.type("shopify-us")
    expect(page.locator("#card-only_if")).to_contain_text("The sales channel is Shopify US")
    page.keyboard.press("Escape")
    expect(page.locator('.face[data-id="only_if"]')).to_be_focused()

    document = document_of(shop, workflow)
    assert document["trigger"] == {"type": "tracking.status_changed", "to": ["exception"]}
    assert document["steps"][0]["if"] == {"field": "order.sales_channel", "op": "is", "value": "shopify-us"}


def test_a_letter_takes_a_variable_at_the_caret_and_is_read_on_a_real_order(
    site: Site, shop: Shop, workflow: Workflow, chromium: Browser, complaints: Complaints
) -> None:
    page = opened(chromium, site, workflow, complaints)
    edit(page, "letter")
    tab_to(page, "#f-with-body")
    page.keyboard.press("Control+End")
    page.keyboard.press("Shift+Tab")

    pick(page, "order number")

    expect(page.locator("#f-with-body")).to_be_focused()
    expect(page.locator("#f-with-body")).to_have_value("Order {{ order.number }}")
    expect(page.locator(".letter")).to_contain_text("Order 1001")
    page.keyboard.type("{{ order.nmber }}")
    expect(page.locator("#err-with-body")).to_contain_text("did you mean order.number?")
    expect(page.locator("#f-with-body")).to_have_attribute("aria-invalid", "true")
    expect(page.locator("#f-with-body")).to_be_focused()


def test_a_letter_is_seen_as_the_customer_gets_it_while_it_is_written(
    site: Site, shop: Shop, workflow: Workflow, chromium: Browser, complaints: Complaints
) -> None:
    with tenant(shop.id):
        look = {"is_on": True, "name": "June's candles", "colour": "#84358b", "footer": "", "language": "en"}
        Tenant.objects.filter(id=shop.id).update(settings={"branding": look})
    page = opened(chromium, site, workflow, complaints)
    edit(page, "letter")
    letter = page.frame_locator(".preview-letter iframe:not(.coming)")

    expect(letter.get_by_text("June's candles", exact=True)).to_be_visible()
    tab_to(page, "#f-with-body")
    page.keyboard.press("Control+End")
    page.keyboard.type("{{ order.number }} comes {{ parcel.eta }}")

    expect(letter.get_by_text("Order 1001 comes")).to_be_visible()
    expect(letter.locator("mark")).to_have_text("estimated delivery")
    expect(page.locator(".preview .banner")).to_contain_text("has no estimated delivery, so nothing would be sent")
    expect(page.locator(".preview-letter iframe")).to_have_count(1)
    expect(page.locator("#f-with-body")).to_be_focused()


def test_an_order_is_tried_and_stays_tried_while_the_workflow_changes(
    site: Site, shop: Shop, workflow: Workflow, chromium: Browser, complaints: Complaints
) -> None:
    page = opened(chromium, site, workflow, complaints)

    page.locator("#try-number").focus()
    page.keyboard.type("1001")
    page.keyboard.press("Enter")

    expect(page.locator("#pill-only_if")).to_contain_text("Met")
    expect(page.locator("#pill-letter")).to_contain_text("Would do")
    expect(page.locator(".try-line")).to_contain_text("It would act")
    edit(page, "only_if")
    tab_to(page, "#f-if-op")
    choose(page, "yes")
    expect(page.locator("#pill-only_if")).to_contain_text("Not met")
    expect(page.locator(".try-line")).to_contain_text("it stops at “Only continue if”")


@pytest.mark.parametrize(("scheme", "width"), [("light", 1440), ("dark", 390)], ids=["light", "dark and narrow"])
def test_every_form_is_accessible(
    site: Site, shop: Shop, workflow: Workflow, chromium: Browser, complaints: Complaints, scheme: str, width: int
) -> None:
    page = opened(
        chromium, site, workflow, complaints, color_scheme=scheme, viewport={"width": width, "height": 900}
    )  # fmt: skip
    found: dict[str, list[str]] = {}

    for step in ("trigger", "only_if", "letter", "rest", "ways", "board", "team", "call"):
        edit(page, step)
        page.locator("#inspector-form").evaluate(
            "form => Promise.all(form.getAnimations().map((each) => each.finished))"
        )
        answer = Axe().run(page, context="#inspector", options={"runOnly": RULES})
        found |= {f"{step}: {each['id']}": each["nodes"][0]["html"] for each in answer.response["violations"]}
    edit(page, "only_if")
    tab_to(page, "#pick-row-if")
    page.keyboard.press("Enter")
    expect(page.locator("dialog.picker[open] input")).to_be_focused()
    answer = Axe().run(page, context="dialog.picker[open]", options={"runOnly": RULES})
    found |= {f"picker: {each['id']}": each["nodes"][0]["html"] for each in answer.response["violations"]}

    assert found == {}
    assert page.evaluate("document.documentElement.scrollWidth") <= width
