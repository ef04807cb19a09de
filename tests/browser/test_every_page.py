"""Every page as people see it, full and empty, light and dark, wide and narrow: accessible, silent, no wider than the
screen. A picture of each is left in `test-output/pages/`."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Literal

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.urls import resolve
from playwright.sync_api import Browser, Page

from tests.browser.conftest import ROOT, Site
from tests.dashboards.kit import PASSWORD
from tests.pages.house import ADDRESSES, OUTSIDER, STAFF, House, furnish
from tests.pages.rules import IN_SHOP, OF_PERSONS, OF_STAFF

PICTURES = ROOT / "test-output" / "pages"
axe = Axe()
#: What differs between light and dark; the rest of a page is the same.
COLOURS = ["color-contrast", "link-in-text-block"]
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
type Theme = Literal["light", "dark"]
SCREENS: list[tuple[Theme, int]] = [("light", 1280), ("dark", 1280), ("light", 390)]
#: Nothing is on its way any more that would change the page.
IS_SETTLED = "() => document.readyState === 'complete' && !document.querySelector('.htmx-request, .htmx-settling')"

#: Pages of a full shop: what their pictures are called → the address, then the keys pressed and the things clicked.
SHOP: Mapping[str, str] = {
    "today": "/",
    "today-search": "/ Control+k",
    "today-keys": "/ ?",
    "dashboard": "/dashboards/operations/",
    "boards": "/boards/",
    "board": "/boards/{board}/",
    "board-resolved": "/boards/{board}/?view=resolved",
    "board-card": "/boards/{board}/ j Enter",
    "board-snooze": "/boards/{board}/ j s",
    "board-all": "/boards/all/",
    "board-settings": "/boards/{board}/settings/",
    "board-new": "/boards/new/",
    "orders": "/orders/",
    "orders-none-found": "/orders/?q=nothing-like-this",
    "order": "/orders/{order}/",
    "workflows": "/workflows/",
    "workflow": "/workflows/{workflow}/",
    "workflow-trigger": "/workflows/{workflow}/?step=trigger",
    "workflow-draft": "/workflows/{draft}/",
    "workflow-publish": "/workflows/{draft}/ #publish-button",
    "workflow-import": "/workflows/import/",
    "workflow-runs": "/workflows/{workflow}/runs/",
    "workflow-why": "/workflows/{workflow}/why/?order={order}",
    "workflow-backtest": "/workflows/{workflow}/backtest/",
    "workflow-backtest-first": "/workflows/{draft}/backtest/",
    "workflow-versions": "/workflows/{workflow}/versions/",
    "templates": "/workflows/templates/",
    "template": "/workflows/templates/late_handoff/",
    "checker": "/workflows/checker/",
    "runs": "/runs/",
    "runs-waiting": "/runs/?tab=waiting",
    "run": "/runs/{run}/",
    "messages": "/messages/",
    "message": "/messages/{message}/",
    "notifications": "/notifications/",
    "connections": "/connections/",
    "connection": "/connections/{connection}/",
    "connection-new": "/connections/new/",
    "connect": "/connections/new/shopify/",
    "quarantined": "/quarantine/{quarantine}/",
    "settings-shop": "/settings/",
    "settings-mail": "/settings/mail/",
    "settings-notices": "/settings/notices/",
    "settings-calendar": "/settings/calendar/",
    "settings-statuses": "/settings/statuses/",
    "settings-members": "/settings/members/",
    "settings-keys": "/settings/keys/",
    "settings-audit": "/settings/audit/",
    "stories": "/stories/",
    "welcome": "/welcome/",
    "account": "/account/",
    "account-email": "/accounts/email/",
    "account-password": "/accounts/password/change/",
    "account-second-factor": "/accounts/2fa/",
    "account-app": "/accounts/2fa/totp/activate/",
    "account-passkeys": "/accounts/2fa/webauthn/",
    "account-new-passkey": "/accounts/2fa/webauthn/add/",
    "account-sign-out": "/accounts/logout/",
    "not-found": "/nowhere/",
}
#: What a shop shows on its first morning.
EMPTY: Mapping[str, str] = {
    f"empty-{name}": SHOP[name]
    for name in (
        "today", "dashboard", "boards", "board", "orders", "workflows", "templates", "checker", "runs", "messages",
        "notifications", "connections", "settings-members", "settings-audit", "welcome",
    )
}  # fmt: skip
MANAGER: Mapping[str, str] = {
    "manager-today": "/",
    "manager-notifications": "/notifications/",
    "manager-workflow": "/workflows/{workflow}/?step=trigger",
    "manager-settings": "/settings/",
}
PLATFORM: Mapping[str, str] = {
    "platform": "/platform/",
    "platform-tenant": "/platform/{tenant}/",
    "platform-new": "/platform/new/",
    "platform-operations": "/platform/operations/",
    "platform-log": "/platform/log/",
    "platform-no-shop": "/orders/",
}
STRANGERS: Mapping[str, str] = {
    "sign-in": "/accounts/login/",
    "sign-up-closed": "/accounts/signup/",
    "reset": "/accounts/password/reset/",
    "reset-done": "/accounts/password/reset/done/",
    "reset-broken": "/accounts/password/reset/key/1-x-y/",
    "invitation": "/invitation/{token}/",
    "invitation-gone": "/invitation/nothing/",
}
#: Addresses that answer with a part of a page, a file, or what a letter looks like: seen with their page.
PARTS = {
    "audit_export", "backtest_progress", "backtest_stage", "board_export", "board_now", "calendar_regions", "card", "connection_calls",
    "inspector", "inspector_letter", "inspector_letter_page", "inspector_matches", "mail_preview", "message_letter",
    "order_event", "order_next", "order_run", "order_start", "order_why", "search", "shops", "start", "story_progress",
    "template_count", "template_sentence",
    "welcome_drafts", "workflow_export", "workflow_flow", "workflow_hints", "workflow_publish", "workflow_try",
    "workflow_try_numbers",
}  # fmt: skip


@pytest.fixture
def house(site: Site) -> House:
    """The small demo shop on a running server, beside an empty one."""
    return furnish(now=datetime.now(UTC))


def test_no_page_is_forgotten() -> None:
    seen = {resolve(re.sub(r"\{\w+\}", _some, at.split()[0].partition("?")[0])).url_name for at in _pages()}
    rules = {**IN_SHOP, **OF_PERSONS, **OF_STAFF}

    assert {name for name, rule in rules.items() if rule.get is not None} - PARTS - seen == {"shop_new"}


def _pages() -> list[str]:
    return [at for at in (*SHOP.values(), *PLATFORM.values(), *STRANGERS.values()) if at != "/nowhere/"]


def _some(named: re.Match[str]) -> str:
    """Something that fits into an address in place of an id."""
    return {"{board}": "exceptions", "{tenant}": "1", "{token}": "x"}.get(
        named[0], "01a1efa2-b15f-7000-8003-d3b73e53da1b"
    )


@pytest.mark.parametrize(("theme", "width"), SCREENS)
def test_every_page_is_accessible_silent_and_fits(
    site: Site, house: House, chromium: Browser, theme: Theme, width: int
) -> None:
    faults: dict[str, list[str]] = {}
    visits = [
        (ADDRESSES["owner"], SHOP), (ADDRESSES["shipping_manager"], MANAGER), (OUTSIDER, EMPTY), (STAFF, PLATFORM),
        (None, STRANGERS),
    ]  # fmt: skip
    for who, pages in visits:
        look = Look(site, chromium, theme=theme, width=width, who=who)
        for name, at in pages.items():
            if found := look.at(name, at.format(**house.ids)):
                faults[name] = found
        look.page.context.close()

    assert not faults, "\n".join(f"{page}: {'; '.join(found)}" for page, found in faults.items())


class Look:
    """Somebody's browser that looks at one page after the other."""

    def __init__(self, site: Site, chromium: Browser, *, theme: Theme, width: int, who: str | None) -> None:
        context = chromium.new_context(
            base_url=site.url, color_scheme=theme, viewport={"width": width, "height": 900}, reduced_motion="reduce"
        )
        self.page: Page = context.new_page()
        self.said: list[str] = []
        self.width, self.is_again = width, (theme, width) != SCREENS[0]
        self.pictures = PICTURES / f"{theme}-{width}"
        self.pictures.mkdir(parents=True, exist_ok=True)
        self.page.on("console", lambda message: self.said.append(f"console: {message.text}"))
        self.page.on("pageerror", lambda error: self.said.append(f"error: {error}"))
        if who is not None:
            self.page.goto("/accounts/login/")
            self.page.get_by_label("Email").fill(who)
            self.page.get_by_label("Password").fill(PASSWORD)
            self.page.get_by_role("button", name="Sign in", exact=True).click()
            self.page.wait_for_url(lambda url: "/accounts/" not in url)

    def at(self, name: str, address: str) -> list[str]:
        """What is wrong with a page; its picture is kept."""
        where, *keys = address.split()
        self.said.clear()
        answer = self.page.goto(where)
        self._settle()
        for key in keys:
            if key.startswith("#"):
                self.page.locator(key).click()
            else:
                self.page.keyboard.press(key)
            self._settle()
        self.page.screenshot(path=self.pictures / f"{name}.png", full_page=not keys)
        status = answer.status if answer is not None else 0
        said = [each for each in self.said if status < 400 or f"status of {status}" not in each]
        if status >= 500:
            said.append(f"status {status}")
        wide = self.page.evaluate("document.documentElement.scrollWidth")
        if wide > self.width:
            said.append(f"{wide} px wide")
        return said + faults_of(self.page, COLOURS if self.is_again else RULES)

    def _settle(self) -> None:
        for _ in range(100):
            if self.page.evaluate(IS_SETTLED):
                return
            self.page.wait_for_timeout(30)


def faults_of(page: Page, rules: list[str]) -> list[str]:
    """What axe finds."""
    found = axe.run(page, options={"runOnly": rules, "resultTypes": ["violations"]})
    return [f"{fault['id']}: {fault['nodes'][0]['html'][:160]}" for fault in found.response["violations"]]
