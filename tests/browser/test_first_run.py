"""An empty installation, and its first people: each reaches what they came for, by the pages alone."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage

from playwright.sync_api import Browser, Locator, Page, expect
from pytest_django import Settings

from postsale.backoffice.entrance import claim
from postsale.orders.models import Order
from postsale.tenants.find import tenant_id_of
from postsale.tenants.scope import tenant
from postsale.tenants.shop import Shop, load_shop
from tests.browser.conftest import Site
from tests.dashboards.kit import PASSWORD, board_of, card, place
from tests.stories.postbox import Postbox, postbox
from tests.waiting import until
from tests.workflows.replay import kit
from workflows.replay import backtest

OWNER, MANAGER = "una@harbour.example", "sol@harbour.example"


def test_three_people_and_their_first_successes(site: Site, chromium: Browser, settings: Settings) -> None:
    settings.SECRET_KEY = site.environment["SECRET_KEY"]
    with postbox() as box:
        site.kill()
        site.environment["EMAIL_URL"] = box.url
        site.start()
        with person(chromium, site) as page:
            shop = set_up(page)
            tick_the_list(page, box)
            publish_the_first_workflow(page, shop)
        with person(chromium, site, viewport={"width": 390, "height": 800}) as page:
            resolve_the_first_card(page, shop, box)


@contextmanager
def person(chromium: Browser, site: Site, **how: object) -> Iterator[Page]:
    """Somebody's fresh browser; its console stays silent."""
    context = chromium.new_context(base_url=site.url, **how)  # type: ignore[arg-type]
    page, said = context.new_page(), list[str]()
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    yield page
    context.close()
    assert said == []


def set_up(page: Page) -> Shop:
    """The link that the console printed, the shop's name, an account: the first steps appear."""
    page.goto(f"/setup/?token={claim.token()}")
    page.get_by_label("Shop name").fill("Harbour")
    page.get_by_label("Your e-mail").fill(OWNER)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Make my shop").click()
    expect(page.get_by_role("heading", name="First steps")).to_be_visible()
    expect(page.get_by_role("heading", name="0 of 6 done")).to_be_visible()
    shop_id = tenant_id_of("harbour")
    assert shop_id is not None
    with tenant(shop_id):
        return load_shop(shop_id)


def tick_the_list(page: Page, box: Postbox) -> None:
    """The admin's part: a channel, the sender with a test letter, people, how soon cards are due; each ticks itself."""
    step(page, "Connect a sales channel or a carrier").click()
    page.get_by_role("link", name="Add a connection").first.click()
    page.get_by_role("link", name="Shopify").click()
    page.get_by_label("Sales channel").fill("shopify-us")
    page.get_by_label("The text below").fill("s" * 64)
    page.get_by_role("button", name="Add it").click()
    expect(page.get_by_role("heading", name="Address for Shopify")).to_be_visible()

    step(page, "Set the sender of customer mail").click()
    page.get_by_label("Sender name").fill("Harbour")
    page.get_by_label("Sender address").fill("care@harbour.example")
    page.get_by_role("button", name="Send a test").click()
    expect(page.locator("#tested .banner.ok")).to_be_visible()
    assert "care@harbour.example" in str(box.to(OWNER)[0]["from"])
    page.get_by_role("button", name="Save").last.click()

    step(page, "Invite the people who work here").click()
    page.get_by_label("E-mail", exact=True).fill(MANAGER)
    page.get_by_label("Role", exact=True).select_option("shipping_manager")
    page.get_by_role("button", name="Invite").click()
    expect(page.locator("#fresh-link")).to_be_visible()

    step(page, "Say how soon a card should be worked on").click()
    page.get_by_role("link", name="Exceptions").last.click()
    page.get_by_role("link", name="Settings").last.click()
    page.get_by_label("Resolve within").fill("24")
    page.get_by_role("button", name="Save").click()
    page.goto("/welcome/")
    for title in ("Connect a sales channel", "Set the sender", "Say how soon"):
        expect(page.get_by_role("listitem").filter(has_text=title)).to_have_class(re.compile("done"))


def publish_the_first_workflow(page: Page, shop: Shop) -> None:
    """The merchant's part: a problem, what would have been done about it in 30 days, Watch mode."""
    now = datetime.now(UTC)
    for number in ("1001", "1002", "1003"):
        kit.label(shop.id, number, at=now - timedelta(days=9))
    kit.decide(shop.id, until=now)
    page.goto("/welcome/")
    page.get_by_label("Labels are made, but parcels never leave").check()
    page.get_by_role("button", name="Make workflows for these").click()
    expect(page.get_by_role("heading", name="Ready to look at")).to_be_visible()
    assert backtest.run_next() is not None
    expect(page.locator("#started")).to_contain_text("this would have acted on 3 of 3 orders")

    page.get_by_role("link", name=re.compile("Which orders")).click()
    for number in ("1001", "1002", "1003"):
        expect(page.get_by_role("link", name=number)).to_be_visible()
    page.get_by_role("link", name="Late carrier handoff").first.click()
    expect(page.locator("#builder[data-ready]")).to_be_visible()
    page.get_by_role("button", name="Publish…").click()
    expect(page.get_by_role("radio", name="Watch first")).to_be_checked()
    page.locator("#publish-body").get_by_role("button", name="Publish").click()
    expect(page.get_by_text("watches now")).to_be_visible()
    page.goto("/welcome/")
    expect(page.get_by_role("listitem").filter(has_text="Switch on your first workflow")).to_have_class(
        re.compile("done")
    )


def resolve_the_first_card(page: Page, shop: Shop, box: Postbox) -> None:
    """The shipping manager's part: the letter, a password, the board, a card that needs somebody."""
    with tenant(shop.id):
        order, board = Order.objects.get(tenant_id=shop.id, number="1001"), board_of(shop)
    place(shop, [card(board, order=order.id, parcel=None, reason="the carrier lost it", at=datetime.now(UTC))])
    letter = until(lambda: next(iter(box.to(MANAGER)), None), within=5, what="the invitation")
    page.goto(link_in(letter))
    page.get_by_label("Your name").fill("Sol")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Join").click()
    expect(page.get_by_text("You are shipping manager here")).to_be_visible()
    expect(page.get_by_role("link", name="Mine + unassigned")).to_have_attribute("aria-current", "page")
    page.get_by_role("link", name="1001").click()
    page.get_by_role("button", name="Resolve").click()
    expect(page.locator("#toasts").get_by_text("Card on Exceptions resolved.")).to_be_visible()
    expect(page.locator("#entries li").first).to_contain_text("Card on Exceptions resolved")
    page.goto("/welcome/")
    expect(page.get_by_role("heading", name="Boards")).to_be_visible()


def step(page: Page, title: str) -> Locator:
    """A line of the list of first steps."""
    page.goto("/welcome/")
    return page.get_by_role("link", name=title)


def link_in(letter: EmailMessage) -> str:
    """The address in the letter's text."""
    body = letter.get_body(("plain",))
    found = re.search(r"https?://\S+/invitation/\S+", body.get_content() if body is not None else "")
    assert found is not None
    return found[0]
