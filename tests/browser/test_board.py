"""People at a board: two browsers see every card at once, work on it by mouse and by key, and miss nothing."""

from datetime import UTC, datetime

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect

from dashboards.boards.models import Case
from postsale.tenants.create import add_member
from postsale.tenants.models import User
from postsale.tenants.scope import tenant
from postsale.tenants.shop import Shop
from tests.browser.conftest import Complaints, Site
from tests.dashboards.kit import PASSWORD, board_of, card, make_order, make_shop, place

OWNER, VIEWER = "owner@north.example", "viewer@north.example"


@pytest.fixture
def shop(site: Site) -> Shop:
    """A shop with an owner and a viewer."""
    shop = make_shop()
    add_member(shop.id, VIEWER, role="viewer", password=PASSWORD, now=datetime.now(UTC))
    return shop


def sign_in(chromium: Browser, site: Site, complaints: Complaints, *, who: str = OWNER, **how: object) -> Page:
    """A page on the Exceptions board of a person who just signed in."""
    context: BrowserContext = chromium.new_context(**how)  # type: ignore[arg-type]
    page = context.new_page()
    complaints.hear(page)
    site.enter(page, who, "/boards/exceptions/")
    expect(page.get_by_role("heading", name="Exceptions")).to_be_visible()
    expect(page.locator("#live")).to_have_text("Live")
    return page


def surface(shop: Shop, number: str, *, reason: str = "the parcel has an exception", severity: str = "warning") -> Case:
    """A workflow puts an order on the Exceptions board, now."""
    with tenant(shop.id):
        order, parcel = make_order(shop, number)
        board = board_of(shop)
    now = datetime.now(UTC)
    place(shop, [card(board, order=order.id, parcel=parcel.id, reason=reason, severity=severity, at=now)])
    with tenant(shop.id):
        return Case.objects.get(subject=parcel.id)


def row(page: Page, number: str) -> Locator:
    """The card of an order."""
    return page.get_by_role("row").filter(has=page.get_by_role("rowheader", name=number))


def test_two_people_see_a_card_without_reloading_and_see_it_go(
    site: Site, shop: Shop, chromium: Browser, complaints: Complaints
) -> None:
    pages = [sign_in(chromium, site, complaints) for _ in range(2)]

    surface(shop, "1001")

    for page in pages:
        expect(row(page, "1001")).to_be_visible(timeout=1_000)
        expect(page.locator(".bar .count")).to_have_text("1 open")
        expect(page.get_by_role("link", name="Exceptions 1")).to_be_visible()

    pages[0].get_by_role("button", name="Resolve 1001").click()

    expect(pages[0].get_by_text("1 card resolved.")).to_be_visible()
    expect(row(pages[1], "1001")).to_contain_text("Resolved by owner@north.example")
    expect(pages[1].locator(".bar .count")).to_have_text("0 open")


def test_a_server_that_dies_is_met_again_and_nothing_was_missed(
    site: Site, shop: Shop, chromium: Browser, complaints: Complaints
) -> None:
    surface(shop, "1001")
    page = sign_in(chromium, site, complaints)

    site.kill()
    expect(page.locator("#live")).to_have_text("Reconnecting")
    surface(shop, "1002")
    with tenant(shop.id):
        Case.objects.filter(shipment_id__isnull=False, count=1, subject=Case.objects.order_by("id")[0].subject).update(
            state="resolved", resolved_by={"kind": "cleared", "name": "delivered"}
        )
    site.start()

    expect(page.locator("#live")).to_have_text("Live")
    expect(row(page, "1002")).to_be_visible()
    expect(row(page, "1001")).to_have_count(0)


def test_what_a_person_holds_is_left_alone(site: Site, shop: Shop, chromium: Browser, complaints: Complaints) -> None:
    first, _ = surface(shop, "1001"), surface(shop, "1002")
    page = sign_in(chromium, site, complaints)
    page.get_by_label("Select order 1002").check()
    page.get_by_role("button", name="Take 1001").focus()

    surface(shop, "1003")
    with tenant(shop.id):
        board = board_of(shop)
    place(shop, [card(board, order=first.order_id, parcel=first.shipment_id, reason="again", at=datetime.now(UTC))])

    expect(row(page, "1001")).to_contain_text("again")
    expect(row(page, "1003")).to_have_count(0)
    expect(page.get_by_role("button", name="1 new, 1 moved: show (N)")).to_be_visible()
    expect(page.get_by_role("button", name="Take 1001")).to_be_focused()
    expect(page.get_by_label("Select order 1002")).to_be_checked()

    page.keyboard.press("n")

    expect(row(page, "1003")).to_be_visible()


def test_cards_are_worked_by_keys_alone_and_every_act_can_be_undone(
    site: Site, shop: Shop, chromium: Browser, complaints: Complaints
) -> None:
    surface(shop, "1001")
    page = sign_in(chromium, site, complaints)

    page.keyboard.press("j")
    page.keyboard.press("a")
    expect(row(page, "1001")).to_contain_text("owner")
    page.keyboard.press("e")
    expect(row(page, "1001")).to_have_count(0)
    page.get_by_role("button", name="Undo").click()

    expect(row(page, "1001")).to_be_visible()


def test_many_cards_are_resolved_with_one_reason(
    site: Site, shop: Shop, chromium: Browser, complaints: Complaints
) -> None:
    for number in ("1001", "1002", "1003"):
        surface(shop, number)
    page = sign_in(chromium, site, complaints)

    page.get_by_label("Select order 1001").check()
    page.get_by_label("Select order 1003").check()
    page.get_by_label("Reason").fill("refunded")
    page.get_by_role("button", name="Resolve", exact=True).click()

    expect(page.get_by_text("2 cards resolved.")).to_be_visible()
    expect(page.locator(".bar .count")).to_have_text("1 open")


def test_a_card_is_read_and_noted_in_the_drawer_by_keys_alone(
    site: Site, shop: Shop, chromium: Browser, complaints: Complaints
) -> None:
    reason = "the parcel has an exception and " + "a very long reason that no row can show whole " * 4
    surface(shop, "1001", reason=reason.strip())
    page = sign_in(chromium, site, complaints, viewport={"width": 390, "height": 800})

    page.keyboard.press("j")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Order 1001")).to_be_focused()
    expect(page.locator("#drawer .whole")).to_have_text(reason.strip())
    page.keyboard.press("Escape")
    expect(page.locator("#drawer")).to_be_hidden()
    expect(row(page, "1001").locator("[data-open]")).to_be_focused()
    page.keyboard.press("c")
    expect(page.get_by_label("Add a note")).to_be_focused()
    page.keyboard.type("Called the depot")
    page.get_by_role("button", name="Add note").press("Enter")

    expect(page.locator(".note")).to_contain_text("Called the depot")
    assert faults_of(page) == []


def test_a_snooze_is_chosen_in_a_dialog_and_taken_back_by_a_key(
    site: Site, shop: Shop, chromium: Browser, complaints: Complaints
) -> None:
    surface(shop, "1001")
    page = sign_in(chromium, site, complaints)

    page.keyboard.press("j")
    page.keyboard.press("s")
    assert faults_of(page) == []
    page.get_by_role("button", name="In a week").click()
    expect(row(page, "1001")).to_have_count(0)
    expect(page.get_by_role("link", name="Snoozed 1")).to_be_visible()
    page.keyboard.press("u")

    expect(row(page, "1001")).to_be_visible()


def test_a_filtered_board_stays_filtered_and_a_paused_one_still(
    site: Site, shop: Shop, chromium: Browser, complaints: Complaints
) -> None:
    surface(shop, "1001", severity="critical")
    page = sign_in(chromium, site, complaints)
    page.get_by_label("Severity").select_option("critical")
    expect(page.get_by_role("link", name="Clear filters")).to_be_visible()
    expect(page.locator("#live")).to_have_text("Live")

    surface(shop, "1002")
    surface(shop, "1003", severity="critical")
    expect(row(page, "1003")).to_be_visible()
    expect(row(page, "1002")).to_have_count(0)
    page.get_by_role("button", name="Pause updates").click()
    expect(page.locator("#live")).to_have_text("Paused")
    surface(shop, "1004", severity="critical")
    expect(page.locator(".bar .count")).to_have_text("4 open")
    expect(row(page, "1004")).to_have_count(0)
    page.get_by_role("button", name="Go on").click()
    page.keyboard.press("n")

    expect(row(page, "1004")).to_be_visible()


def test_single_letters_do_nothing_for_who_switched_them_off(
    site: Site, shop: Shop, chromium: Browser, complaints: Complaints
) -> None:
    surface(shop, "1001")
    User.objects.filter(email=OWNER).update(preferences={"single_keys": False})
    page = sign_in(chromium, site, complaints)

    page.keyboard.press("j")
    page.keyboard.press("e")
    page.keyboard.press("n")

    expect(page.locator("tr.cur")).to_have_count(0)
    expect(page.locator(".bar .count")).to_have_text("1 open")


def test_a_viewer_looks_and_can_do_nothing(site: Site, shop: Shop, chromium: Browser, complaints: Complaints) -> None:
    surface(shop, "1001")

    page = sign_in(chromium, site, complaints, who=VIEWER)

    expect(row(page, "1001")).to_be_visible()
    expect(page.get_by_role("button", name="Resolve 1001")).to_have_count(0)
    expect(page.get_by_role("checkbox")).to_have_count(0)


def test_a14_what_strangers_wrote_is_shown_and_never_run(
    site: Site, shop: Shop, chromium: Browser, complaints: Complaints
) -> None:
    evil = "<img src=x onerror=document.title='owned'><script>document.title='owned'</script>"
    page = sign_in(chromium, site, complaints)

    surface(shop, f"1001{evil}", reason=evil)

    expect(page.locator(".reason")).to_have_text(evil)
    page.reload()
    expect(page.locator(".reason")).to_have_text(evil)
    assert page.title().startswith("Exceptions ")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
def test_pages_have_no_accessibility_faults(
    site: Site, shop: Shop, chromium: Browser, complaints: Complaints, scheme: str, width: int
) -> None:
    surface(shop, "1001", severity="critical")
    surface(shop, "1002")
    page = sign_in(chromium, site, complaints, color_scheme=scheme, viewport={"width": width, "height": 800})
    page.get_by_label("Select order 1002").check()
    faults = {"board": faults_of(page)}
    for name in (
        "boards/",
        "boards/all/",
        "boards/nowhere/",
        "boards/exceptions/?view=resolved",
        "boards/exceptions/settings/",
    ):
        page.goto(f"{site.url}/{name}")
        faults[name] = faults_of(page)
    page.context.clear_cookies()
    for name in ("accounts/login/", "accounts/password/reset/"):
        page.goto(f"{site.url}/{name}")
        faults[name] = faults_of(page)
    complaints[:] = [said for said in complaints if "404" not in said]

    assert {name: found for name, found in faults.items() if found} == {}
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def faults_of(page: Page) -> list[str]:
    """What axe finds wrong with the page as it stands."""
    found = Axe().run(page, options={"runOnly": ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa", "best-practice"]})
    return [f"{fault['id']}: {fault['nodes'][0]['html'][:120]}" for fault in found.response["violations"]]
