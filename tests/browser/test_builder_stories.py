"""Both founding stories, built from nothing and published, without touching the mouse."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from postsale.tenants.scope import tenant
from postsale.tenants.shop import Shop
from tests.browser.conftest import Complaints, Site
from tests.browser.test_builder_canvas import HANDLED, OWNER, face, shop
from tests.dashboards.kit import PASSWORD
from workflows.definitions import store
from workflows.definitions.models import Workflow

__all__ = ["shop"]


def tab_to(page: Page, selector: str, *, most: int = 60) -> None:
    """Press Tab until something that fits stands in focus."""
    for _ in range(most):
        if page.evaluate("selector => document.activeElement.matches(selector)", selector):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"Tab never comes to {selector}")


def add(page: Page, after: str, words: str, step: str) -> None:
    """With the card `after` in focus: A, the words, Enter; then the new step's form by Enter."""
    expect(face(page, after)).to_be_focused()
    page.keyboard.press("a")
    expect(page.locator("#picker-find")).to_be_focused()
    page.keyboard.type(words)
    page.keyboard.press("Enter")
    expect(face(page, step)).to_be_focused()
    edit(page, step)


def edit(page: Page, step: str) -> None:
    """From the card in focus into its form."""
    page.keyboard.press("Enter")
    expect(page.locator(f'#inspector-form[data-inspector="{step}"]')).to_be_visible()
    expect(page.locator("#inspector :focus")).to_have_count(1)


def done(page: Page, step: str, *, summary: str) -> None:
    """The card says what was chosen; Escape goes back to it."""
    expect(page.locator(f"#card-{step}")).to_contain_text(summary)
    page.keyboard.press("Escape")
    expect(face(page, step)).to_be_focused()


def pick(page: Page, words: str) -> None:
    """Open the list in focus, search it, take the first that fits."""
    page.keyboard.press("Enter")
    expect(page.locator("dialog.picker[open] input")).to_be_focused()
    page.keyboard.type(words)
    page.keyboard.press("Enter")
    expect(page.locator("dialog.picker[open]")).to_have_count(0)


def fill(page: Page, selector: str, text: str) -> None:
    """Go to a field and type."""
    tab_to(page, selector)
    page.keyboard.type(text)


def begin(chromium: Browser, site: Site, complaints: Complaints, name: str) -> Page:
    """Sign in, make a new workflow, name it: by keyboard."""
    page = chromium.new_context(viewport={"width": 1440, "height": 900}).new_page()
    complaints.hear(page, but=HANDLED)
    page.goto(f"{site.url}/workflows/")
    tab_to(page, "[name=login]")
    page.keyboard.type(OWNER)
    fill(page, "[name=password]", PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Workflows", exact=True)).to_be_visible()
    tab_to(page, "form[action='/workflows/new/'] button", most=80)
    page.keyboard.press("Enter")
    expect(page.locator("#builder[data-ready]")).to_be_visible()
    tab_to(page, "#workflow-name", most=80)
    page.keyboard.press("Control+a")
    page.keyboard.type(name)
    page.keyboard.press("Enter")
    tab_to(page, ".face")
    expect(face(page, "trigger")).to_be_focused()
    return page


def publish(page: Page) -> None:
    """From the canvas to the Publish button, watch first, Enter."""
    expect(page.locator("#problems-button")).to_have_count(0)
    for _ in range(60):
        if page.evaluate("document.activeElement.id === 'publish-button'"):
            break
        page.keyboard.press("Shift+Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_role("radio", name="Watch first")).to_be_checked()
    tab_to(page, "#publish-body .btn.primary")
    page.keyboard.press("Enter")
    expect(page.locator("#draft-state .badge").first).to_contain_text("Watching")


def late_handoff(page: Page) -> None:
    """Labels that the carrier has not picked up two days after they were created."""
    edit(page, "trigger")
    tab_to(page, "#f-trigger-type-pick")
    pick(page, "label is created")
    done(page, "trigger", summary="When a label is created")
    add(page, "trigger", "only", "only_if")
    tab_to(page, "#pick-row-if-0")
    pick(page, "label created")
    expect(page.locator("#f-if-0-v-n")).to_have_value("2")
    tab_to(page, '.ask-acts button:has(use[href$="#plus"])')
    page.keyboard.press("Enter")
    expect(page.locator("#pick-row-if-1")).to_be_focused()
    pick(page, "tracking status")
    expect(page.locator("#f-if-1-op")).to_have_value("is")
    fill(page, "#f-if-1-v", "Carrier")
    done(page, "only_if", summary="Carrier")
    add(page, "only_if", "put on a board", "add_to_board")
    fill(page, "#f-with-board", "Late")
    done(page, "add_to_board", summary="Late Shipments")
    add(page, "add_to_board", "count", "count")
    fill(page, "#f-with-dashboard", "Oper")
    fill(page, "#f-with-measure", "late_handoffs")
    done(page, "count", summary="Late handoffs on Operations")
    add(page, "count", "notify", "notify_team")
    fill(page, "#f-with-subject", "Late handoff: order {{ order.number }}")
    fill(page, "#f-with-body", "The carrier still awaits the package.")
    done(page, "notify_team", summary="Shipping manager: Late handoff")


def shipment_exception(page: Page) -> None:
    """Acknowledge carrier exceptions of one sales channel before the customer has to ask."""
    edit(page, "trigger")
    tab_to(page, "#f-trigger-type-pick")
    pick(page, "tracking status changes")
    expect(page.locator('input[name="trigger.to"]').first).to_be_visible()
    tab_to(page, 'input[name="trigger.to"][value="exception"]')
    page.keyboard.press("Space")
    done(page, "trigger", summary="to Exception")
    add(page, "trigger", "only", "only_if")
    tab_to(page, "#pick-row-if-0")
    pick(page, "sales channel")
    expect(page.locator("#f-if-0-op")).to_have_value("is")
    fill(page, "#f-if-0-v", "shopify-us")
    done(page, "only_if", summary="Shopify US")
    add(page, "only_if", "e-mail the customer", "email_customer")
    fill(page, "#f-with-subject", "Your order {{ order.number }}")
    fill(page, "#f-with-body", "We are on it and will write to you again.")
    done(page, "email_customer", summary="Your order [order number]")
    add(page, "email_customer", "set the status", "set_status")
    fill(page, "#f-with-status", "Exc")
    done(page, "set_status", summary="Exception")
    add(page, "set_status", "put on a board", "add_to_board")
    fill(page, "#f-with-board", "Exc")
    done(page, "add_to_board", summary="Exceptions")


@pytest.mark.parametrize(
    ("build", "actions"),
    [
        (late_handoff, ["board.add", "dashboard.count", "notify.team"]),
        (shipment_exception, ["email.customer", "order.set_status", "board.add"]),
    ],
    ids=["late handoff", "shipment exception"],
)
def test_a_founding_story_is_built_and_published_by_keyboard_alone(
    site: Site, shop: Shop, chromium: Browser, complaints: Complaints, build: Callable[[Page], None], actions: list[str]
) -> None:
    page = begin(chromium, site, complaints, "My story")

    build(page)
    publish(page)

    with tenant(shop.id):
        workflow = Workflow.objects.get(tenant_id=shop.id)
        document: dict[str, Any] = store.document_of(store.version_of(workflow, "published"))
    assert (workflow.state, workflow.name) == ("watching", "My story")
    assert [step.get("action") for step in document["steps"]] == [None, *actions]
