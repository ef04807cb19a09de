"""People look after their workflows: the list, a trace, messages and the bell, in a real browser, in both themes."""

import re
from datetime import timedelta

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import Complaints, Site
from tests.workflows.history.kit import DAY, NOW, WAITING, WATCHED, Shop, make_shop, message
from workflows.definitions.compile import forget

TELLS = {"id": "tell", "kind": "action", "action": "notify.team",
         "with": {"to": {"role": "owner"}, "subject": "Look at {{ order.number }}", "body": "It is new."}}  # fmt: skip
HTML = "<h1 style='color:teal'>Hello Ann</h1><p>Your parcel is on its way.</p>"


@pytest.fixture
def shop(site: Site) -> Shop:
    """A shop with a waiting run, a watching workflow, and messages of several kinds."""
    forget()  # what the test's own worker remembers is of the database before this one
    shop = make_shop()
    shop.workflow(WAITING)
    shop.workflow(WATCHED, mode="watch")
    shop.labels(3, at=NOW - DAY)
    message(shop, subject="A letter", content={"text": "Hello Ann", "html": HTML})
    message(shop, kind="webhook", subject="", to="https://a.example/", status="dead", reason="answered 500", attempts=10,
            content={"url": "https://a.example/", "headers": {"X-Shop": "north"}, "body": '{"order": "1001"}'})  # fmt: skip
    return shop


def sign_in(chromium: Browser, site: Site, shop: Shop, complaints: Complaints, **how: object) -> Page:
    """The owner's page on the list of workflows."""
    page = chromium.new_context(**how).new_page()  # type: ignore[arg-type]
    page.on("response", lambda got: complaints.append(f"{got.status} {got.url}") if got.status >= 400 else None)
    complaints.hear(page)
    site.enter(page, shop.made.owner, "/workflows/")
    expect(page.get_by_role("heading", name="Workflows", level=1)).to_be_visible()
    return page


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_every_page_is_accessible_and_fits_a_phone(
    site: Site, shop: Shop, chromium: Browser, complaints: Complaints, theme: str
) -> None:
    page = sign_in(chromium, site, shop, complaints, color_scheme=theme)
    run = shop.run(state="waiting")
    letter = message(shop, subject="Another", content={"text": "Hello", "html": HTML})
    call = message(shop, kind="webhook", to="https://a.example/", content={"url": "https://a.example/", "body": "{}"})
    paths = ["/workflows/", "/workflows/import/", "/runs/", "/runs/?tab=waiting", f"/runs/{run.id}/", "/messages/",
             "/messages/?tab=dead", f"/messages/{letter.id}/", f"/messages/{call.id}/", "/notifications/"]  # fmt: skip
    for path in paths:
        page.goto(f"{site.url}{path}")
        found = Axe().run(page).response["violations"]
        assert [(each["id"], each["nodes"][0]["html"][:200]) for each in found] == [], path
        page.set_viewport_size({"width": 390, "height": 800})
        assert page.evaluate("document.querySelector('main').scrollWidth <= innerWidth"), path
        page.set_viewport_size({"width": 1280, "height": 800})


def test_what_is_archived_by_mistake_comes_back_by_undo(
    site: Site, shop: Shop, chromium: Browser, complaints: Complaints
) -> None:
    page = sign_in(chromium, site, shop, complaints)
    page.on("dialog", lambda dialog: dialog.accept())
    page.get_by_role("button", name="More for High-value watch").click()
    page.get_by_role("button", name="Archive").click()
    expect(page.get_by_role("row").filter(has_text="High-value watch")).to_have_count(0)
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_role("row").filter(has_text="High-value watch")).to_contain_text("Off")


def test_ticked_workflows_are_switched_off_by_keyboard(
    site: Site, shop: Shop, chromium: Browser, complaints: Complaints
) -> None:
    page = sign_in(chromium, site, shop, complaints)
    expect(page.get_by_role("button", name="Switch off the ticked ones")).to_be_hidden()
    page.get_by_label("Select Ask after three days").press("Space")
    page.get_by_role("button", name="Switch off the ticked ones").press("Enter")
    expect(page.get_by_role("row").filter(has_text="Ask after three days")).to_contain_text("Off")


def test_a_run_is_resumed_from_its_trace_and_a_letter_is_seen_as_it_was_sent(
    site: Site, shop: Shop, chromium: Browser, complaints: Complaints
) -> None:
    page = sign_in(chromium, site, shop, complaints)
    page.get_by_role("link", name="Runs", exact=True).click()
    page.get_by_role("link", name="Ask after three days").first.click()
    page.get_by_role("button", name="Resume now").click()
    expect(page.get_by_text("The run goes on now.")).to_be_visible()
    shop.decide(NOW + timedelta(hours=1))
    expect(page.locator(".headline").get_by_text("Acted", exact=True).first).to_be_visible(timeout=5_000)

    page.get_by_role("link", name="Messages", exact=True).click()
    page.get_by_role("link", name="A letter").click()
    frame = page.frame_locator("iframe.letter")
    expect(frame.get_by_role("heading", name="Hello Ann")).to_have_css("color", re.compile(r"rgb\(0, 128, 128\)"))


def test_the_bell_rings_without_reloading(site: Site, shop: Shop, chromium: Browser, complaints: Complaints) -> None:
    page = sign_in(chromium, site, shop, complaints)
    bell = page.locator(".bell .count")
    expect(bell).to_have_text("0")
    expect(bell).to_be_hidden()
    page.wait_for_timeout(500)
    shop.workflow({**WATCHED, "name": "Tells", "steps": [TELLS]})
    shop.labels(1, at=NOW, start=2001)
    expect(bell).to_have_text("1")
    page.get_by_role("link", name="Notifications").click()
    page.get_by_role("button", name="Mark all as read").click()
    expect(page.get_by_text("Nothing unread.")).to_be_visible()
