"""The doors by hand: sign-up with its letter, the second step, a forgotten password; what is shut says what to do."""

import re

from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value, yield_hotp_counters_from_time
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect
from pytest_django import Settings

from dashboards.operations import acts
from postsale.backoffice.entrance import claim
from tests.browser.conftest import Complaints, Site
from tests.dashboards.kit import NOW, PASSWORD, make_shop
from tests.stories.postbox import Postbox, postbox
from tests.waiting import until

WHO, NEW_PASSWORD = "nia@harbour.example", "another-harbour-99"
axe = Axe()


def test_sign_up_the_second_step_and_a_forgotten_password(
    site: Site, chromium: Browser, complaints: Complaints
) -> None:
    with postbox() as box:
        site.kill()
        site.environment |= {"EMAIL_URL": box.url, "POSTSALE_SIGNUP": "1"}
        site.start()
        page = complaints.hear(chromium.new_context(base_url=site.url, reduced_motion="reduce").new_page())
        sign_up(page, box)
        secret, spare = add_codes(page)
        sign_out(page)
        sign_in(page, PASSWORD)
        second_step(page, "000000")
        expect(page.get_by_text("This code does not fit")).to_be_visible()
        second_step(page, code_of(secret))
        expect(page.get_by_role("heading", name="First steps")).to_be_visible()
        sign_out(page)
        forget(page, box)
        sign_in(page, NEW_PASSWORD)
        second_step(page, spare)
        expect(page.get_by_role("heading", name="First steps")).to_be_visible()


def sign_up(page: Page, box: Postbox) -> None:
    """The form, the letter, its link: the shop's first steps."""
    page.goto("/accounts/signup/")
    page.get_by_label("Shop name").fill("Harbour")
    page.get_by_label("Email").fill(WHO)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_label("Password (again)").fill(PASSWORD)
    fits(page)
    page.get_by_role("button", name="Sign up").click()
    expect(page.get_by_role("heading", name="Look into your mail")).to_be_visible()
    fits(page)
    page.goto(link_to(box, "confirm-email"))
    fits(page)
    page.get_by_role("button", name="Yes, it is mine").click()
    expect(page.get_by_role("heading", name="First steps")).to_be_visible()


def add_codes(page: Page) -> tuple[str, str]:
    """Codes from an app are set up; the app's key and one of the recovery codes."""
    page.goto("/accounts/2fa/")
    page.get_by_role("link", name="Set up").click()
    page.get_by_label("Password").fill(PASSWORD)
    fits(page)
    page.get_by_role("button", name="Confirm").click()
    secret = page.get_by_label("Or type this key into the app").input_value()
    page.get_by_label("Authenticator code").fill(code_of(secret))
    fits(page)
    page.get_by_role("button", name="Switch on").click()
    codes = page.get_by_label("Codes that are left").input_value().split()
    assert len(codes) == 10
    fits(page)
    return secret, codes[0]


def forget(page: Page, box: Postbox) -> None:
    """A new password by a letter; its link works once."""
    page.get_by_role("link", name="Forgot").click()
    page.get_by_label("Email").fill(WHO)
    fits(page)
    page.get_by_role("button", name="Send the link").click()
    expect(page.get_by_role("heading", name="Look into your mail")).to_be_visible()
    link = link_to(box, "password/reset/key")
    page.goto(link)
    page.get_by_label("New password", exact=True).fill(NEW_PASSWORD)
    page.get_by_label("New password (again)").fill(NEW_PASSWORD)
    fits(page)
    page.get_by_role("button", name="Keep this password").click()
    expect(page.get_by_role("heading", name="Your new password holds")).to_be_visible()
    page.goto(link)
    expect(page.get_by_role("heading", name="This link leads nowhere")).to_be_visible()


def sign_in(page: Page, password: str) -> None:
    """Address and password."""
    page.goto("/accounts/login/")
    page.get_by_label("Email").fill(WHO)
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Sign in", exact=True).click()
    expect(page.get_by_role("heading", name="One more step")).to_be_visible()
    fits(page)


def second_step(page: Page, code: str) -> None:
    """The code that is asked for."""
    page.get_by_label("Code").fill(code)
    page.get_by_role("button", name="Sign in", exact=True).click()


def sign_out(page: Page) -> None:
    """By the menu of the account."""
    page.goto("/account/")
    page.get_by_role("button", name="Your account").click()
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_text("You are signed out.")).to_be_visible()


def test_a_first_installation_and_what_is_shut(
    site: Site, chromium: Browser, complaints: Complaints, settings: Settings
) -> None:
    settings.SECRET_KEY = site.environment.get("SECRET_KEY") or (site.data / "secret_key").read_text().strip()
    shop = make_shop()
    acts.suspend(shop.id, reason="The invoice is open", actor="staff@postsale.example", now=NOW)
    page = complaints.hear(
        chromium.new_context(base_url=site.url, reduced_motion="reduce").new_page(), but=("403", "404")
    )

    said = {}
    for path, title in (("/setup/", "Set up Postsale"), (f"/setup/?token={claim.token()}", "Set up Postsale"),
                        ("/nowhere/", "There is nothing here")):  # fmt: skip
        page.goto(path)
        said[path] = page.get_by_role("heading", name=title).count()
        fits(page)
    assert set(said.values()) == {1}
    site.enter(page, "owner@north.example", "/")
    expect(page.get_by_role("heading", name="North is suspended")).to_be_visible()
    expect(page.get_by_text("The invoice is open")).to_be_visible()
    fits(page)

    # What was open for too long, and is sent after signing out in another tab.
    page.context.clear_cookies()
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("heading", name="This could not be taken")).to_be_visible()
    expect(page.get_by_text("Go back, load the page again")).to_be_visible()
    fits(page)


def fits(page: Page) -> None:
    """The page is accessible, in both themes, and no wider than a phone."""
    for theme in ("dark", "light"):
        page.emulate_media(color_scheme="dark" if theme == "dark" else "light")
        assert axe.run(page).response["violations"] == []
    usual = page.viewport_size
    page.set_viewport_size({"width": 390, "height": 800})
    assert not page.evaluate("document.documentElement.scrollWidth > innerWidth")
    if usual is not None:
        page.set_viewport_size(usual)


def link_to(box: Postbox, part: str) -> str:
    """The address in the newest letter that leads to `part`."""

    def found() -> str | None:
        bodies = [letter.get_content() for letter in reversed(box.to(WHO))]
        links = [match[0] for body in bodies if (match := re.search(rf"https?://\S+{part}/\S+", body))]
        return next(iter(links), None)

    return until(found, within=10, what="a letter")


def code_of(secret: str) -> str:
    """What the app would show now."""
    return str(format_hotp_value(hotp_value(secret, next(iter(yield_hotp_counters_from_time())))))
