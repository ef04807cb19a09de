"""People at the canvas: mouse, touch, single clicks and keyboard do the same things, and nothing gets lost."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from postsale.tenants.create import add_member
from postsale.tenants.models import Member
from postsale.tenants.scope import tenant
from postsale.tenants.shop import Shop
from tests.browser.conftest import Complaints, Site
from tests.dashboards.kit import PASSWORD, make_shop
from workflows.builder import draft
from workflows.builder.operations import lists_of
from workflows.definitions import store
from workflows.definitions.models import Workflow

OWNER, PRIYA, VIEWER = "owner@north.example", "priya@north.example", "viewer@north.example"
STEPS = [
    {"id": "only_us", "kind": "condition", "if": {"field": "order.sales_channel", "op": "is", "value": "shopify-us"}},
    {
        "id": "worth",
        "kind": "branch",
        "paths": [
            {
                "if": {"field": "order.total", "op": "gt", "value": "150.00"},
                "steps": [{"id": "vip", "kind": "action", "action": "order.add_tag", "with": {"tag": "vip"}}],
            }
        ],
        "otherwise": [{"id": "plain", "kind": "action", "action": "order.add_tag", "with": {"tag": "plain"}}],
    },
    {"id": "pause", "kind": "wait", "for": {"days": 2}},
]
DOCUMENT = {
    "format": "postsale.workflow/1",
    "name": "Late handoff",
    "trigger": {"type": "label.created"},
    "steps": STEPS,
}

#: Answers that the page itself handles: somebody was faster, a field is wrong, the network is away.
HANDLED = ("status of 409", "status of 422", "ERR_INTERNET_DISCONNECTED", "htmx:sendError", "htmx:afterRequest")


@pytest.fixture
def shop(site: Site) -> Shop:
    """A shop with an owner, a builder and a viewer."""
    shop = make_shop()
    for email, role in ((PRIYA, "builder"), (VIEWER, "viewer")):
        add_member(shop.id, email, role=role, password=PASSWORD, now=datetime.now(UTC))
    return shop


@pytest.fixture
def workflow(shop: Shop) -> Workflow:
    """A gate, a choice of two, a wait."""
    with tenant(shop.id):
        return store.save(DOCUMENT, workflow=None, by=OWNER, now=datetime.now(UTC))


def opened(
    chromium: Browser, site: Site, workflow: UUID, complaints: Complaints, *, who: str = OWNER, **how: Any
) -> Page:
    """The builder of a person who just signed in."""
    page = chromium.new_context(**({"viewport": {"width": 1440, "height": 900}} | how)).new_page()
    complaints.hear(page, but=HANDLED)
    site.enter(page, who, f"/workflows/{workflow}/")
    expect(page.locator("#builder[data-ready]")).to_be_visible()
    return page


def face(page: Page, step: str) -> Any:
    """The card of a step."""
    return page.locator(f'.face[data-id="{step}"]')


def slot(page: Page, address: str, index: int) -> Any:
    """A place on the canvas."""
    return page.locator(f'.slot[data-list="{address}"][data-index="{index}"]')


def ids(page: Page, address: str = "root") -> list[str]:
    """The steps that a list of the canvas shows."""
    found: list[str] = page.eval_on_selector_all(
        f'ol[data-list="{address}"] > .step-li', "items => items.map((item) => item.dataset.id)"
    )
    return found


def shows(page: Page, expected: list[str], address: str = "root") -> None:
    """The canvas comes to show these steps in the list."""
    for at, step in enumerate(expected):
        expect(page.locator(f'ol[data-list="{address}"] > .step-li').nth(at)).to_have_attribute("data-id", step)
    expect(page.locator(f'ol[data-list="{address}"] > .step-li')).to_have_count(len(expected))


def drag(page: Page, source: Any, target: Any, *, drop: bool = True) -> None:
    """Press on `source`, travel to `target`, let go."""
    start, end = source.bounding_box(), target.bounding_box()
    assert start
    assert end
    page.mouse.move(start["x"] + start["width"] / 2, start["y"] + start["height"] / 2)
    page.mouse.down()
    page.mouse.move(start["x"] + 30, start["y"] + 30, steps=3)
    page.mouse.move(end["x"] + end["width"] / 2, end["y"] + end["height"] / 2, steps=8)
    expect(page.locator(".slot.over")).to_have_count(1)
    if drop:
        page.mouse.up()


def stored_lists(shop: Shop, workflow: Workflow) -> dict[str, list[str]]:
    """What the server keeps: the ids of each list that has steps."""
    with tenant(shop.id):
        owner = Member.objects.get(tenant_id=shop.id, email=OWNER)
        document = draft.load(Workflow.objects.get(id=workflow.id), member=owner).document
    return {address: [step["id"] for step in steps] for address, steps in lists_of(document).items() if steps}


def test_the_mouse_drags_into_otherwise_reorders_and_takes_back(
    site: Site, shop: Shop, workflow: Workflow, chromium: Browser, complaints: Complaints
) -> None:
    page = opened(chromium, site, workflow.id, complaints)

    drag(page, page.locator('.pal[data-kind="email.customer"]').first, slot(page, "worth.otherwise", 1))
    shows(page, ["plain", "email_customer"], "worth.otherwise")
    drag(page, page.locator("#card-pause .grip"), slot(page, "root", 0))
    shows(page, ["pause", "only_us", "worth"])
    drag(page, page.locator("#card-worth .grip"), slot(page, "root", 0), drop=False)
    page.keyboard.press("Escape")
    page.mouse.up()
    expect(page.locator("#say")).to_have_text("Move cancelled.")
    assert page.locator(".slot.ok").count() == 0
    shows(page, ["pause", "only_us", "worth"])

    page.reload()
    expect(page.locator("#builder[data-ready]")).to_be_visible()
    page.get_by_role("button", name="Undo").click()
    shows(page, ["only_us", "worth", "pause"])
    expect(page.locator("#say")).to_have_text("Undone: Moved Wait.")
    page.get_by_role("button", name="Undo").click()
    shows(page, ["plain"], "worth.otherwise")
    page.keyboard.press("Control+Shift+z")
    shows(page, ["plain", "email_customer"], "worth.otherwise")
    assert stored_lists(shop, workflow)["worth.otherwise"] == ["plain", "email_customer"]


def test_a_step_can_not_be_dragged_into_itself(
    site: Site, shop: Shop, workflow: Workflow, chromium: Browser, complaints: Complaints
) -> None:
    page = opened(chromium, site, workflow.id, complaints)
    grip = page.locator("#card-worth .grip").bounding_box()
    assert grip

    page.mouse.move(grip["x"] + 5, grip["y"] + 5)
    page.mouse.down()
    page.mouse.move(grip["x"] + 40, grip["y"] + 60, steps=4)

    expect(page.locator(".slot.ok").first).to_be_visible()
    assert page.locator('.slot.ok[data-list^="worth."]').count() == 0
    page.mouse.up()


def test_a_finger_drags_a_step_and_scrolls_the_rest(
    site: Site, shop: Shop, workflow: Workflow, chromium: Browser, complaints: Complaints
) -> None:
    page = opened(chromium, site, workflow.id, complaints, viewport={"width": 1024, "height": 1200}, has_touch=True)
    page.locator("#card-pause").scroll_into_view_if_needed()
    start = page.locator("#card-pause .grip").bounding_box()
    end = slot(page, "root", 1).bounding_box()
    assert start
    assert end
    finger = page.context.new_cdp_session(page)

    def touch(kind: str, x: float, y: float) -> None:
        points = [] if kind == "touchEnd" else [{"x": x, "y": y}]
        finger.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

    x, y = start["x"] + 10, start["y"] + 20
    touch("touchStart", x, y)
    for n in range(1, 13):
        touch("touchMove", x + (end["x"] + 12 - x) * n / 12, y + (end["y"] + 12 - y) * n / 12)
    expect(page.locator(".slot.over")).to_have_count(1)
    touch("touchEnd", 0, 0)

    shows(page, ["only_us", "pause", "worth"])


def test_single_clicks_place_a_step_without_dragging(
    site: Site, shop: Shop, workflow: Workflow, chromium: Browser, complaints: Complaints
) -> None:
    page = opened(chromium, site, workflow.id, complaints)

    page.locator('.pal[data-kind="order.add_note"]').first.click()
    expect(page.locator("#placing")).to_contain_text("Placing Add a note")
    slot(page, "worth.path.0", 0).click()
    shows(page, ["add_note", "vip"], "worth.path.0")
    slot(page, "root", 3).click()
    page.get_by_role("dialog", name="Add a step").get_by_role("button", name="Assign").click()
    shows(page, ["only_us", "worth", "pause", "assign"])
    page.get_by_role("button", name="Actions for Assign").click()
    page.get_by_role("menuitem", name="Remove").click()
    shows(page, ["only_us", "worth", "pause"])


def test_a_first_step_is_added_with_one_click_and_its_form_opens(
    site: Site, shop: Shop, workflow: Workflow, chromium: Browser, complaints: Complaints
) -> None:
    page = opened(chromium, site, workflow.id, complaints)
    page.goto(f"{site.url}/workflows/")
    page.locator("form[action='/workflows/new/'] button").first.click()
    expect(page.locator("#builder[data-ready]")).to_be_visible()
    expect(page.get_by_role("button", name="Add the first step")).to_be_visible()

    page.locator(".palette [data-kind='order.add_tag']").click()

    shows(page, ["add_tag"])
    expect(page.locator('#inspector-form[data-inspector="add_tag"]')).to_be_visible()
    page.locator("#publish-button").click(force=True)
    expect(page.locator("#problems")).to_contain_text("Needs a tag")


def test_the_keyboard_walks_adds_moves_copies_and_removes(
    site: Site, shop: Shop, workflow: Workflow, chromium: Browser, complaints: Complaints
) -> None:
    page = opened(chromium, site, workflow.id, complaints)
    press = page.keyboard.press
    face(page, "trigger").focus()

    press("End")
    press("ArrowUp")
    expect(face(page, "pause")).to_be_focused()
    press("m")
    expect(page.locator("#say")).to_contain_text("Enter to place, Escape to cancel.")
    for _ in range(2):
        press("ArrowUp")
    press("Enter")
    expect(face(page, "pause")).to_be_focused()
    moved = ids(page)
    press("Control+z")
    shows(page, ["only_us", "worth", "pause"])
    face(page, "pause").focus()
    press("Alt+ArrowUp")
    shows(page, ["only_us", "pause", "worth"])
    expect(face(page, "pause")).to_be_focused()
    press("Control+d")
    expect(face(page, "pause_2")).to_be_focused()
    press("Delete")
    shows(page, ["only_us", "pause", "worth"])
    expect(face(page, "pause")).to_be_focused()
    press("a")
    page.keyboard.type("status")
    press("Enter")
    expect(face(page, "set_status")).to_be_focused()
    press(".")
    expect(page.get_by_role("menuitem", name="Edit")).to_be_focused()
    press("Escape")
    expect(face(page, "set_status")).to_be_focused()

    assert "pause" not in moved
    assert ids(page) == ["only_us", "pause", "set_status", "worth"]


def test_steps_are_copied_from_one_workflow_into_another(
    site: Site, shop: Shop, workflow: Workflow, chromium: Browser, complaints: Complaints
) -> None:
    with tenant(shop.id):
        other = store.save({**DOCUMENT, "name": "Other"}, workflow=None, by=OWNER, now=datetime.now(UTC))
    page = opened(chromium, site, workflow.id, complaints)
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])

    face(page, "worth").focus()
    page.keyboard.press("Control+c")
    expect(page.locator("#say")).to_have_text("If / Otherwise copied.")
    page.goto(f"{site.url}/workflows/{other.id}/")
    expect(page.locator("#builder[data-ready]")).to_be_visible()
    face(page, "only_us").focus()
    page.keyboard.press("Control+v")

    shows(page, ["only_us", "worth_2", "worth", "pause"])
    shows(page, ["vip_2"], "worth_2.path.0")


def test_two_people_see_each_others_changes_and_overwrite_nothing(
    site: Site, shop: Shop, workflow: Workflow, chromium: Browser, complaints: Complaints
) -> None:
    mine = opened(chromium, site, workflow.id, complaints)
    hers = opened(chromium, site, workflow.id, complaints, who=PRIYA)

    face(hers, "pause").focus()
    hers.keyboard.press("Delete")
    shows(hers, ["only_us", "worth"])
    shows(mine, ["only_us", "worth"])

    mine.evaluate("document.getElementById('rev').value = '1'")
    face(mine, "only_us").focus()
    mine.keyboard.press("Delete")
    expect(mine.get_by_text("Priya changed this workflow. Showing the latest.")).to_be_visible()
    shows(mine, ["only_us", "worth"])


def test_what_can_not_be_saved_is_tried_again(
    site: Site, shop: Shop, workflow: Workflow, chromium: Browser, complaints: Complaints
) -> None:
    page = opened(chromium, site, workflow.id, complaints)
    page.context.set_offline(True)

    face(page, "pause").focus()
    page.keyboard.press("Control+d")
    expect(page.locator("#saved")).to_have_text("Could not save, retrying")
    page.context.set_offline(False)

    shows(page, ["only_us", "worth", "pause", "pause_2"])
    expect(page.locator("#saved")).to_have_text("Saved")


def test_a_viewer_walks_and_reads_and_changes_nothing(
    site: Site, shop: Shop, workflow: Workflow, chromium: Browser, complaints: Complaints
) -> None:
    page = opened(chromium, site, workflow.id, complaints, who=VIEWER)

    face(page, "trigger").focus()
    page.keyboard.press("ArrowDown")
    expect(face(page, "only_us")).to_be_focused()
    for key in ("Delete", "a", "m", "Control+z"):
        page.keyboard.press(key)

    shows(page, ["only_us", "worth", "pause"])
    assert page.locator(".slot, .grip, .more, #publish-button").count() == 0


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_also_with_the_picker_the_menu_and_the_dialog_open(
    site: Site, shop: Shop, workflow: Workflow, chromium: Browser, complaints: Complaints, scheme: str
) -> None:
    page = opened(chromium, site, workflow.id, complaints, color_scheme=scheme)

    def check(where: str) -> None:
        found = Axe().run(page, options={"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]})
        assert found.violations_count == 0, f"{where}: {found.generate_report()}"

    check("canvas")
    slot(page, "root", 0).click()
    check("picker")
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Actions for Wait").click()
    check("menu")
    page.keyboard.press("Escape")
    slot(page, "root", 1).click()
    page.get_by_role("dialog", name="Add a step").get_by_role("button", name="E-mail the customer").click()
    expect(page.locator("#problems-button")).to_be_visible()
    page.locator("#problems-button").click()
    check("problems")
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Undo").click()
    page.get_by_role("button", name="Publish…").click()
    expect(page.get_by_role("radio", name="Watch first")).to_be_checked()
    check("publish")


def test_on_a_phone_everything_is_reached_without_sideways_scrolling(
    site: Site, shop: Shop, workflow: Workflow, chromium: Browser, complaints: Complaints
) -> None:
    page = opened(
        chromium, site, workflow.id, complaints, viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True
    )

    slot(page, "root", 1).tap()
    page.get_by_role("dialog", name="Add a step").get_by_role("button", name="Wait", exact=False).first.tap()
    shows(page, ["only_us", "wait", "worth", "pause"])
    face(page, "wait").tap()
    expect(page.locator("#inspector")).to_be_visible()
    page.keyboard.press("Escape")

    expect(page.locator("#inspector")).to_be_hidden()
    assert page.evaluate("document.documentElement.scrollWidth") == 390
