"""Passkeys with the browser's own WebAuthn and a virtual authenticator."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.live import Served, served
from tests.web.browser.steps import Visit, sign_up


@pytest.fixture(scope="module")
def named(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A café with a public address, which passkeys are bound to."""
    data = tmp_path_factory.mktemp("named") / "data"
    with served(data, BOTCAFE_PUBLIC_URL="http://localhost:{port}", BOTCAFE_SIGNUP="open") as running:
        running.sign_up("passkey-first@cafe.test")
        yield running


def plug_in(page: Page, *, verifies: bool = True) -> None:
    """Give the browser a device that keeps passkeys."""
    session = page.context.new_cdp_session(page)
    session.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": verifies,
        "automaticPresenceSimulation": True,
    }
    session.send("WebAuthn.addVirtualAuthenticator", {"options": options})


def test_a_passkey_is_added_and_opens_the_account(visit: Visit, named: Served) -> None:
    base = f"http://localhost:{named.port}"
    page = visit.window(base_url=base)
    plug_in(page)
    sign_up(page, "passkey-alice@cafe.test")
    page.goto("/account/passkeys")
    page.get_by_label("Name").fill("My laptop")
    page.get_by_role("button", name="Add passkey").click()
    expect(page.locator("main .title", has_text="My laptop")).to_be_visible()
    page.get_by_label("Name").last.fill("Once more")
    page.get_by_role("button", name="Add passkey").click()
    expect(page.get_by_role("alert").filter(has_text="has a passkey of your account already")).to_be_visible()
    page.context.clear_cookies()
    page.goto("/login?next=/account/passkeys")
    page.get_by_role("button", name="Sign in with a passkey").click()
    page.wait_for_url("**/account/passkeys")
    expect(page.locator("main", has_text="last used")).to_be_visible()
    page.locator("summary", has_text="Change").click()
    page.get_by_role("button", name="Remove").click()
    expect(page.locator("main .title", has_text="My laptop")).to_have_count(0)
    page.context.clear_cookies()
    page.goto("/login")
    page.get_by_role("button", name="Sign in with a passkey").click()
    expect(page.get_by_role("alert").filter(has_text="does not open an account here")).to_be_visible()
    assert visit.complaints == []


def test_a_device_that_asks_nobody_is_not_enough(visit: Visit, named: Served) -> None:
    page = visit.window(base_url=f"http://localhost:{named.port}")
    plug_in(page, verifies=False)
    sign_up(page, "passkey-bob@cafe.test")
    page.goto("/account/passkeys")
    page.get_by_label("Name").fill("My laptop")
    page.get_by_role("button", name="Add passkey").click()
    expect(page.get_by_role("alert").filter(has_text="No passkey was used")).to_be_visible()
    expect(page.locator("main .title")).to_have_count(0)


def test_a_cafe_under_another_name_asks_for_none(visit: Visit, named: Served) -> None:
    page = visit.window(base_url=named.base)
    plug_in(page)
    page.goto("/login")
    page.get_by_role("button", name="Sign in with a passkey").click()
    expect(page.get_by_role("alert").filter(has_text="No passkey was used")).to_be_visible()
