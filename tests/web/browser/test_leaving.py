"""Deleting one's account: what goes is said, the password is asked for, and there is a way back."""

from playwright.sync_api import expect

from tests.web.browser.steps import Visit, sign_up


def test_an_account_is_to_be_deleted_and_kept_after_all(visit: Visit) -> None:
    # Whoever comes first runs the café, and cannot go.
    sign_up(visit.window(), "leaving-host@cafe.test")
    page = visit.window()
    sign_up(page, "leaving-lea@cafe.test")
    page.goto("/account")
    page.get_by_role("link", name="Delete my account").click()
    page.wait_for_url("**/account/leave")
    expect(page.get_by_role("heading", name="What stays, without your name")).to_be_visible()
    page.get_by_label("Your password").fill("not-my-horse")
    page.get_by_role("button", name="Delete my account").click()
    expect(page.get_by_text("This is not your password.")).to_be_visible()
    page.get_by_label("Your password").fill("correct-horse")
    page.get_by_role("button", name="Delete my account").click()
    expect(page.get_by_text("Until then you can keep it after all.")).to_be_visible()
    page.goto("/")
    page.get_by_role("button", name="Keep my account").click()
    expect(page.get_by_text("Your account is kept, and everything is as it was.")).to_be_visible()
    expect(page.get_by_role("button", name="Keep my account")).to_have_count(0)
    assert visit.complaints == []
