"""People at an order: found by search, changed and taken back, and true in every browser without reloading."""

from datetime import UTC, datetime

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Locator, Page, expect

from postsale.orders.models import Order, Shipment
from postsale.tenants.scope import tenant
from postsale.tenants.shop import Shop
from tests.api.kit import order_in
from tests.browser.conftest import Complaints, Site
from tests.browser.test_board import OWNER
from tests.dashboards.kit import board_of, card, make_shop, place


@pytest.fixture
def shop(site: Site) -> Shop:
    """A shop with two orders."""
    shop = make_shop()
    with tenant(shop.id):
        order_in(shop.id, "1001")
        order_in(shop.id, "2002")
    return shop


def sign_in(chromium: Browser, site: Site, complaints: Complaints, **how: object) -> Page:
    """The list of orders, in the browser of the owner who just signed in."""
    page = chromium.new_context(**how).new_page()  # type: ignore[arg-type]
    complaints.hear(page)
    site.enter(page, OWNER, "/orders/")
    expect(page.locator("#live")).to_have_text("Live")
    return page


def finder(page: Page) -> Locator:
    """The list's search field."""
    return page.get_by_role("searchbox", name="Find", exact=True)


def open_order(page: Page, number: str) -> None:
    """From the list to the order, by search."""
    finder(page).fill(number)
    finder(page).press("Enter")
    page.get_by_role("link", name=number, exact=True).click()
    expect(page.get_by_role("heading", name=f"Order {number}")).to_be_visible()
    expect(page.locator("#live")).to_have_text("Live")


def test_a_status_is_set_and_undone_and_another_browser_sees_both(
    site: Site, shop: Shop, chromium: Browser, complaints: Complaints
) -> None:
    first, second, listing = (sign_in(chromium, site, complaints) for _ in range(3))
    open_order(first, "1001")
    open_order(second, "1001")

    first.get_by_role("button", name="Status: New").click()
    first.get_by_role("button", name="Waiting on customer").click()

    expect(first.locator("#toasts")).to_contain_text("Status set to Waiting on customer.")
    expect(second.get_by_role("button", name="Status: Waiting on customer")).to_be_visible(timeout=1_500)
    expect(second.locator("#entries li").first).to_contain_text("set the status from New to Waiting on customer")
    expect(listing.get_by_role("row", name="1001")).to_contain_text("Waiting on customer")

    first.get_by_role("button", name="Undo").click()

    expect(first.get_by_role("button", name="Status: New")).to_be_visible()
    expect(second.get_by_role("button", name="Status: New")).to_be_visible(timeout=1_500)


def test_a_card_appears_on_the_open_page_and_what_a_person_types_stays(
    site: Site, shop: Shop, chromium: Browser, complaints: Complaints
) -> None:
    page = sign_in(chromium, site, complaints)
    open_order(page, "2002")
    page.get_by_label("Note").fill("Half a thought")

    with tenant(shop.id):
        board = board_of(shop)
        shipment = Shipment.objects.get(tenant_id=shop.id, tracking_number="1Z2002")
        order = Order.objects.get(tenant_id=shop.id, number="2002")
    place(shop, [card(board, order=order.id, parcel=shipment.id, reason="it is stuck", at=datetime.now(UTC))])

    expect(page.locator("#cards")).to_contain_text("it is stuck")
    expect(page.get_by_label("Note")).to_have_value("Half a thought")

    page.get_by_role("button", name="Resolve").click()
    expect(page.locator("#toasts")).to_contain_text("Card on Exceptions resolved.")


def test_acts_stay_on_the_page_and_leave_alone_what_is_typed_elsewhere(
    site: Site, shop: Shop, chromium: Browser, complaints: Complaints
) -> None:
    page = sign_in(chromium, site, complaints)
    open_order(page, "1001")
    page.evaluate("window.isSame = true")
    page.get_by_label("Note").fill("Half a thought")

    page.get_by_role("button", name="Status: New").click()
    page.get_by_role("button", name="Waiting on customer").click()
    status = page.get_by_role("button", name="Status: Waiting on customer")
    expect(status).to_be_focused()
    expect(page.locator("#say")).to_have_text("Status set to Waiting on customer.")
    page.get_by_label("New tag").fill("call back")
    page.get_by_label("New tag").press("Enter")
    expect(page.get_by_role("button", name="Remove the tag call back")).to_be_visible()
    expect(page.get_by_label("New tag")).to_be_focused()
    expect(page.get_by_label("New tag")).to_have_value("")
    page.get_by_role("button", name="Undo").first.click()

    expect(page.get_by_role("button", name="Status: New")).to_be_visible()
    expect(page.get_by_label("Note")).to_have_value("Half a thought")
    assert page.evaluate("window.isSame")


def test_acts_work_without_scripts_too(site: Site, shop: Shop, chromium: Browser, complaints: Complaints) -> None:
    page = chromium.new_context(java_script_enabled=False).new_page()
    complaints.hear(page)
    site.enter(page, OWNER, "/orders/?q=1001")
    page.get_by_role("link", name="1001", exact=True).click()

    page.get_by_label("Note").fill("Called the customer")
    page.get_by_role("button", name="Add note").click()

    expect(page.get_by_text("Note added.")).to_be_visible()
    expect(page.locator("#entries li").first).to_contain_text("Called the customer")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_pages_are_accessible_and_need_no_sideways_scrolling(
    site: Site, shop: Shop, chromium: Browser, complaints: Complaints, scheme: str
) -> None:
    page = sign_in(chromium, site, complaints, color_scheme=scheme)

    assert [each["id"] for each in Axe().run(page).response["violations"]] == []
    open_order(page, "1001")
    page.get_by_role("button", name="Why did a workflow act").click()
    expect(page.get_by_text("There is no workflow yet.")).to_be_visible()
    assert [each["id"] for each in Axe().run(page).response["violations"]] == []
    page.set_viewport_size({"width": 390, "height": 800})
    assert page.evaluate("document.querySelector('main').scrollWidth") <= 390
