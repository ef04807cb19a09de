"""A builder asks for a review, the owner is told, approves, and the workflow is on: by clicks, in two browsers."""

from datetime import UTC, datetime

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from postsale.tenants import settings
from postsale.tenants.scope import tenant
from postsale.tenants.settings_shapes import Changes, ReviewChange
from postsale.tenants.shop import Shop
from tests.browser.conftest import Complaints, Site
from tests.browser.test_builder_canvas import PRIYA, opened, shop, workflow
from workflows.definitions.models import Workflow

__all__ = ["shop", "workflow"]


def publish_dialog(page: Page) -> None:
    """Open it and wait for what it says."""
    page.locator("#publish-button").click()
    expect(page.locator("#publish-body form.stack")).to_be_visible()


def test_a_second_person_lets_it_go_live(
    site: Site, shop: Shop, workflow: Workflow, chromium: Browser, complaints: Complaints
) -> None:
    with tenant(shop.id):
        settings.change(
            shop.id, Changes(review=ReviewChange(is_always=True)), actor="owner@north.example", now=datetime.now(UTC)
        )
    priya = opened(chromium, site, workflow.id, complaints, who=PRIYA)
    publish_dialog(priya)
    priya.get_by_role("radio", name="Ask for a review").check()
    priya.get_by_label("What should they know?").fill("Only the US.")
    priya.get_by_role("button", name="Ask for a review").click()
    expect(priya.locator("#draft-state")).to_contain_text("Waits for review")

    owner = opened(chromium, site, workflow.id, complaints)
    publish_dialog(owner)
    expect(owner.get_by_role("heading", name="Review", exact=True).first).to_be_visible()
    expect(owner.locator("#publish-body")).to_contain_text("Only the US.")
    assert Axe().run(owner).response["violations"] == []
    owner.get_by_role("button", name="Approve and turn on").click()

    expect(owner.locator("#draft-state .badge").first).to_contain_text("On")
    priya.goto(f"{site.url}/notifications/")
    expect(priya.get_by_role("heading", name="“Late handoff” is on")).to_be_visible()
