"""Long forms: sections with headings, a save bar that stays in sight and covers nothing, and a question before changes are lost."""

import pytest
from playwright.sync_api import Dialog, Page, expect

from tests.web.browser.steps import sign_up

FORMS = ("/bots/new", "/personas/new", "/lore/new", "/presets/new")
COVERED = """() => {
  const bar = document.querySelector(".save-bar").getBoundingClientRect();
  const field = document.activeElement.getBoundingClientRect();
  return field.bottom > bar.top + 1 && field.top < bar.bottom - 1 && field.height < 200;
}"""


@pytest.mark.parametrize("path", FORMS)
def test_the_bar_stays_in_sight_above_the_bar_at_the_thumb(page: Page, path: str) -> None:
    sign_up(page, f"forms{path.replace('/', '-')}@cafe.test")
    page.goto(path)
    for heading in page.locator(".long-form fieldset > legend > h2").all():
        expect(heading).to_be_visible()
    for width, height in ((390, 740), (1280, 700)):
        page.set_viewport_size({"width": width, "height": height})
        page.evaluate("scrollTo(0, 0)")
        save = page.locator(".save-bar button[type=submit]")
        expect(save).to_be_in_viewport(ratio=1)
        save.click(trial=True)  # nothing lies above it
        for _ in range(12):
            page.keyboard.press("Tab")
        assert not page.evaluate(COVERED), f"the bar covers the focused field of {path} at {width} px"


def test_leaving_with_changes_asks_and_saving_does_not(page: Page) -> None:
    asked: list[str] = []

    def hear(dialog: Dialog) -> None:
        asked.append(dialog.type)
        dialog.accept()

    page.on("dialog", hear)
    sign_up(page, "unsaved@cafe.test")
    page.goto("/personas/new")
    page.click("text=Cancel")
    page.wait_for_url("**/personas")
    assert asked == [], "nothing was changed"
    page.goto("/personas/new")
    page.fill("[name=name]", "Wren")
    page.click("text=Cancel")
    page.wait_for_url("**/personas")
    assert asked == ["beforeunload"]
    page.goto("/personas/new")
    page.fill("[name=name]", "Wren")
    page.fill("[name=name]", "")
    page.click("text=Cancel")
    page.wait_for_url("**/personas")
    page.goto("/personas/new")
    page.fill("[name=name]", "Wren")
    page.fill("textarea[name=description]", "A walker of hills.")
    page.locator(".save-bar button[type=submit]").click()
    page.wait_for_url("**/personas?made=*")
    assert asked == ["beforeunload"]
