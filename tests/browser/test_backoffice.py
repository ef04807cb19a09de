"""The back office by hand: somebody is invited and joins in a second browser, a key is made, a test event arrives."""

import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import Complaints, Site
from tests.factories import PASSWORD, make_tenant

PAGES = (
    "/settings/", "/settings/mail/", "/settings/calendar/", "/settings/statuses/", "/settings/members/", "/settings/keys/",
    "/settings/audit/", "/connections/", "/connections/new/", "/connections/new/shopify/", "/account/", "/accounts/2fa/",
)  # fmt: skip
axe = Axe()


def _sign_in(page: Page, site: Site, email: str) -> None:
    page.goto(f"{site.url}/accounts/login/")
    page.get_by_label("Email").fill(email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.wait_for_url(lambda url: "/accounts/" not in url)


def test_the_back_office_by_hand(site: Site, chromium: Browser, complaints: Complaints) -> None:
    shop = make_tenant(name="North")
    mine, theirs = chromium.new_context(), chromium.new_context(viewport={"width": 390, "height": 800})
    page, newcomer = complaints.hear(mine.new_page()), complaints.hear(theirs.new_page())
    _sign_in(page, site, shop.owner)

    # Somebody is invited, and joins in a second browser.
    page.goto(f"{site.url}/settings/members/")
    page.get_by_label("E-mail").fill("nia@shop.example")
    page.get_by_label("Role", exact=True).select_option("builder")
    page.get_by_role("button", name="Invite").click()
    link = page.locator("#fresh-link").inner_text()
    letter = next(path.read_text() for path in (site.data / "mail").glob("*.eml"))
    assert link in letter.replace("=\n", "")
    newcomer.goto(link)
    newcomer.get_by_label("Password").fill(PASSWORD)
    newcomer.get_by_role("button", name="Join").click()
    newcomer.goto(f"{site.url}/settings/")
    expect(newcomer.get_by_text("Your role looks only")).to_be_visible()
    page.goto(f"{site.url}/settings/members/")
    expect(page.get_by_role("combobox", name="Role of nia@shop.example")).to_have_value("builder")

    # A key is made and shown once.
    page.goto(f"{site.url}/settings/keys/")
    page.get_by_label("What it is for").fill("Scanner")
    page.get_by_label("Send events in").check()
    page.get_by_role("button", name="Make the key").click()
    expect(page.locator("#fresh-key")).to_have_text(re.compile(r"ps_.{20,}"))

    # A connection is added, and its test event arrives and is seen below without a reload.
    page.goto(f"{site.url}/connections/new/easypost/")
    page.get_by_role("button", name="Add it").click()
    expect(page.locator("#fresh-secret")).to_have_text(re.compile("whsec_"))
    page.get_by_role("button", name="Send a test event").click()
    expect(page.locator("#tested")).to_contain_text("It arrived: a scan of the parcel TEST")
    expect(page.locator(".calls")).to_contain_text("Taken: 1 new")

    # A test letter says within the page what became of it; what isn't saved stays in the fields.
    page.goto(f"{site.url}/settings/mail/")
    page.get_by_label("Sender address").fill("ann@shop.example")
    page.get_by_role("button", name="Send a test").click()
    expect(page.locator("#tested")).to_contain_text("written to a file")
    expect(page.get_by_label("Sender address")).to_have_value("ann@shop.example")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_page_of_the_back_office_is_accessible_and_fits(
    site: Site, chromium: Browser, complaints: Complaints, scheme: str
) -> None:
    shop = make_tenant()
    context = chromium.new_context(color_scheme="dark" if scheme == "dark" else "light")
    page = complaints.hear(context.new_page())
    _sign_in(page, site, shop.owner)

    found = {}
    for path in PAGES:
        page.set_viewport_size({"width": 1280, "height": 900})
        page.goto(site.url + path)
        for violation in axe.run(page).response["violations"]:
            found[f"{path} {violation['id']}"] = [node["html"][:120] for node in violation["nodes"][:3]]
        page.set_viewport_size({"width": 390, "height": 800})
        if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
            found[f"{path} at 390"] = ["scrolls sideways"]

    assert found == {}
