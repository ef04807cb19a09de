"""Today and the platform area in a real browser: they stay true by themselves, and nobody is shut out."""

from datetime import UTC, datetime

import pytest
from playwright.sync_api import Browser, Page, expect

from dashboards.analytics.counting import Count, store
from postsale.tenants.models import User
from postsale.tenants.scope import tenant
from postsale.tenants.shop import Shop
from tests.browser.conftest import Complaints, Site
from tests.browser.test_board import OWNER, faults_of, shop, sign_in, surface
from tests.dashboards.kit import Batch

__all__ = ["shop"]


def measure(shop: Shop) -> None:
    """Something was counted today."""
    day = datetime.now(UTC).astimezone(shop.zone).date()
    with tenant(shop.id):
        one = Count(dashboard="operations", measure="late_handoffs", day=day, carrier="ups", sales_channel="shopify-us")
        store(Batch(shop=shop), [one])


def figure(page: Page, label: str) -> str:
    """A figure on top."""
    return page.locator(".kpi", has_text=label).locator("b").inner_text()


def test_today_follows_what_happens_and_keeps_what_was_opened(
    site: Site, shop: Shop, chromium: Browser, complaints: Complaints
) -> None:
    surface(shop, "1001")
    page = sign_in(chromium, site, complaints)
    page.goto(site.url)
    expect(page.locator("#live")).to_have_text("Live")
    page.get_by_text("Show as table").first.click()
    page.get_by_role("heading", name="Today").click()
    page.evaluate("document.activeElement.blur()")

    surface(shop, "1002")

    expect(page.locator(".kpi", has_text="Open now").locator("b")).to_have_text("2")
    expect(page.get_by_role("link", name="1002")).to_be_visible()
    expect(page.locator("details").first).to_have_attribute("open", "")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
def test_pages_have_no_accessibility_faults(
    site: Site, shop: Shop, chromium: Browser, complaints: Complaints, scheme: str, width: int
) -> None:
    User.objects.filter(email=OWNER).update(is_staff=True)
    page = sign_in(chromium, site, complaints, color_scheme=scheme, viewport={"width": width, "height": 900})
    page.goto(site.url)
    faults = {"empty": faults_of(page)}
    surface(shop, "1001", severity="critical")
    measure(shop)
    wide = []
    for name in (
        "", "dashboards/operations/", "dashboards/operations/?carrier=dhl", "platform/", f"platform/{shop.id}/",
        "platform/new/", "platform/operations/", "platform/log/",
    ):  # fmt: skip
        page.goto(f"{site.url}/{name}")
        faults[name] = faults_of(page)
        wide.append(page.evaluate("document.documentElement.scrollWidth"))

    assert {name: found for name, found in faults.items() if found} == {}
    assert max(wide) <= width
