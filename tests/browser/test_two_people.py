"""Two people at two pages of one shop: what one does the other sees at once, and after a power cut, too."""

from datetime import UTC, datetime
from uuid import UUID

import pytest
from playwright.sync_api import Browser, Page, expect

from dashboards.boards.models import Case
from postsale.tenants.create import add_member
from postsale.tenants.scope import tenant
from postsale.tenants.shop import Shop
from tests.api.kit import order_in
from tests.browser.conftest import Complaints, Site
from tests.browser.test_board import OWNER, row
from tests.dashboards.kit import PASSWORD, board_of, card, make_shop, place

MANAGER = "sol@north.example"


@pytest.fixture
def shop(site: Site) -> Shop:
    """A shop with two people."""
    shop = make_shop()
    add_member(shop.id, MANAGER, role="shipping_manager", password=PASSWORD, now=datetime.now(UTC))
    return shop


def trouble(shop: Shop, number: str) -> UUID:
    """An order whose card stands on the Exceptions board."""
    with tenant(shop.id):
        order, parcel = order_in(shop.id, number)
        board = board_of(shop)
    place(shop, [card(board, order=order, parcel=parcel, reason="it is stuck", at=datetime.now(UTC))])
    return order


def at(chromium: Browser, site: Site, complaints: Complaints, who: str, where: str) -> Page:
    """Somebody who signed in, at a page that is live."""
    page = chromium.new_context(base_url=site.url).new_page()
    complaints.hear(page)
    site.enter(page, who, where)
    expect(page.locator("#live")).to_have_text("Live")
    return page


def test_a_card_resolved_at_its_order_goes_from_every_page_of_the_other(
    site: Site, shop: Shop, chromium: Browser, complaints: Complaints
) -> None:
    order = trouble(shop, "1001")
    acting = at(chromium, site, complaints, MANAGER, f"/orders/{order}/")
    board = at(chromium, site, complaints, OWNER, "/boards/exceptions/")
    today = at(chromium, site, complaints, OWNER, "/")
    listing = at(chromium, site, complaints, OWNER, "/orders/")
    expect(listing.get_by_role("row", name="1001")).to_contain_text("1 open")

    acting.get_by_role("button", name="Resolve").click()

    expect(row(board, "1001")).to_contain_text(f"Resolved by {MANAGER}")
    expect(today.get_by_role("link", name="Exceptions 0")).to_be_visible()
    expect(listing.get_by_role("row", name="1001")).not_to_contain_text("open")
    expect(today.get_by_text("it is stuck")).to_have_count(0)


def test_an_order_s_page_catches_up_after_the_server_died(
    site: Site, shop: Shop, chromium: Browser, complaints: Complaints
) -> None:
    order = trouble(shop, "1001")
    page = at(chromium, site, complaints, MANAGER, f"/orders/{order}/")

    site.kill()
    expect(page.locator("#live")).to_have_text("Reconnecting")
    with tenant(shop.id):
        case = Case.objects.get(tenant_id=shop.id)
        board = board_of(shop)
    again = card(board, order=order, parcel=case.shipment_id, reason="it is lost now", at=datetime.now(UTC))
    place(shop, [again])
    site.start()

    expect(page.locator("#live")).to_have_text("Live")
    expect(page.locator("#cards")).to_contain_text("it is lost now")
