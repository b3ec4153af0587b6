"""What people do with single turns: other versions, edits, taking out, branches, quotes, pictures, keys."""

import pytest
from playwright.sync_api import Locator, Page, Route, expect

from tests.formats.fixtures import png
from tests.web.browser.steps import (
    Visit,
    begin,
    choose,
    last,
    last_reply,
    say,
    sideways,
    turns,
    versions,
    wait_until_written,
)

pytestmark = pytest.mark.browser


def test_versions_are_written_and_leafed_through_by_button_and_key(page: Page) -> None:
    """Greetings, too."""
    begin(page, "versions@cafe.test")
    greeting = turns(page).first
    expect(versions(greeting)).to_have_text("Greeting 1 of 3")
    greeting.locator("[data-step=on]").click()
    expect(versions(greeting)).to_have_text("Greeting 2 of 3")
    say(page, "Good evening")
    first = last(page).get_attribute("id")
    last(page).locator("[data-action=regenerate]").first.click()
    expect(versions(last(page))).to_have_text("2 of 2", timeout=20_000)
    assert last(page).get_attribute("id") != first
    last(page).focus()
    page.keyboard.press("ArrowLeft")
    expect(versions(last(page))).to_have_text("1 of 2")
    expect(last(page)).to_be_focused()
    page.reload()
    assert last(page).get_attribute("id") == first


def test_a_reply_goes_on_and_a_line_is_written_for_me(page: Page) -> None:
    """In place, and as a turn of one's own."""
    begin(page, "goeson@cafe.test")
    say(page, "Tell me more")
    before = last_reply(page)
    last(page).locator("[data-action=continue]").click()
    expect(last(page)).to_have_attribute("data-state", "streaming")
    wait_until_written(page, 3)
    assert last_reply(page).startswith(before[:40])
    assert len(last_reply(page)) > len(before)
    page.locator(".composer-more > summary").click()
    page.get_by_role("button", name="Impersonate (write my reply)").click()
    wait_until_written(page, 4)
    expect(last(page)).to_have_attribute("data-role", "user")


def test_a_stream_that_is_refused_is_opened_again(page: Page) -> None:
    """As while the café is started anew behind a proxy; the words come once."""
    begin(page, "refused@cafe.test")
    refused: list[str] = []

    def twice(route: Route) -> None:
        if len(refused) < 2:
            refused.append(route.request.url)
            route.fulfill(status=503, content_type="application/json", body="{}")
        else:
            route.continue_()

    page.route("**/api/generations/*/events", twice)
    say(page, "Is anybody there?")
    assert len(refused) == 2
    written = last_reply(page)
    page.reload()
    assert last_reply(page) == written


def test_an_edit_keeps_the_former_words(page: Page) -> None:
    """From the empty writing line, with the arrow up."""
    begin(page, "edits@cafe.test")
    say(page, "I ordered tae")
    page.locator("#entry").focus()
    page.keyboard.press("ArrowUp")
    page.locator("[data-edit] textarea").fill("I ordered tea")
    page.keyboard.press("Control+Enter")
    mine = page.locator("[data-role=user]").last
    expect(mine.locator("[data-text]")).to_have_text("I ordered tea")
    mine.locator(".history > summary").click()
    expect(mine.locator(".history")).to_contain_text("I ordered tae")


def test_what_was_taken_out_is_taken_back_by_key(page: Page) -> None:
    """One turn, or all after it."""
    begin(page, "undo@cafe.test")
    say(page, "First")
    say(page, "Second")
    choose(turns(page).nth(1), "remove-after")
    expect(turns(page)).to_have_count(1)
    page.locator("[data-turns]").press("u")
    expect(turns(page)).to_have_count(5)
    choose(turns(page).nth(1), "remove")
    expect(turns(page)).to_have_count(4)
    expect(page.locator("[data-undo]")).to_be_visible()
    page.reload()
    expect(turns(page)).to_have_count(4)


def test_a_branch_leaves_the_other_one_whole(page: Page) -> None:
    """And a copy of the chat up to a turn is a chat of its own."""
    begin(page, "branch@cafe.test")
    say(page, "The left road")
    choose(turns(page).first, "branch")
    expect(turns(page)).to_have_count(1)
    say(page, "The right road")
    mine = turns(page).nth(1)
    expect(versions(mine)).to_have_text("2 of 2")
    mine.locator("[data-step=back]").click()
    expect(turns(page).nth(1)).to_contain_text("The left road")
    here = page.url
    choose(turns(page).nth(1), "fork")
    page.wait_for_url(lambda url: url != here and "/chats/" in url)
    expect(turns(page)).to_have_count(2)


def test_right_after_branching_and_later_the_way_back_is_at_hand(page: Page, visit: Visit) -> None:
    """By button, on another device, and from the lists."""
    begin(page, "wayback@cafe.test")
    say(page, "The left road")
    say(page, "Further on")
    choose(turns(page).nth(2), "branch")
    expect(turns(page)).to_have_count(3)
    ways = page.locator(".branch-note")
    expect(ways).to_contain_text("You are on a new branch from here.")
    expect(ways).to_be_in_viewport()
    other = visit.window(like=page)
    other.goto(page.url)
    expect(other.locator(".branch-note")).to_contain_text("It went on from here: 1 branch")
    ways.get_by_role("button", name="Back to where it went on").focus()
    page.keyboard.press("Enter")
    expect(turns(page)).to_have_count(5)
    expect(turns(page).nth(3)).to_contain_text("Further on")
    choose(turns(page).nth(2), "branch")
    expect(turns(page)).to_have_count(3)
    say(page, "The right road")
    expect(ways).to_have_count(0)
    page.keyboard.press("Tab")
    turns(page).nth(2).get_by_role("link", name="It also went on from here: 1 branch").focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/branches?from=*")
    page.get_by_role("button", name="Switch to the branch").click()
    page.wait_for_selector("[data-chat][data-ready]")
    expect(turns(page).nth(3)).to_contain_text("Further on")
    assert sideways(page) == 0


def test_what_was_removed_long_ago_is_put_back(page: Page) -> None:
    """One turn of an act, then the rest, from the menu of the chat."""
    begin(page, "putback@cafe.test")
    say(page, "First")
    choose(turns(page).nth(1), "remove-after")
    expect(turns(page)).to_have_count(1)
    page.reload()
    page.wait_for_selector("[data-chat][data-ready]")
    expect(page.locator("[data-undo]")).to_be_hidden()
    page.locator("[data-chat-menu] > summary").click()
    page.get_by_role("link", name="Removed messages").first.click()
    row = page.locator(".list-row").filter(has_text="First").last
    row.locator("summary").focus()
    page.keyboard.press("Enter")
    expect(row.locator(".turn-text")).to_be_visible()
    row.get_by_role("button", name="Restore").click()
    page.get_by_role("link", name="Show it there").click()
    expect(turns(page)).to_have_count(2)
    expect(turns(page).nth(1)).to_contain_text("First")
    page.goto(page.url.partition("?")[0] + "/removed")
    page.get_by_role("button", name="Restore").click()
    expect(page.get_by_text("Nothing to restore")).to_be_visible()


def test_a_line_is_quoted_and_a_turn_gets_a_reaction(page: Page) -> None:
    """The quote leads to the line."""
    begin(page, "quotes@cafe.test")
    choose(turns(page).first, "reply")
    expect(page.locator("[data-quote-bar]")).to_be_visible()
    page.fill("#entry", "What do you mean by that?")
    page.locator(".composer-more > summary").click()
    page.get_by_role("button", name="Preview the prompt").click()
    expect(page.locator("[data-inspector]")).to_contain_text("Not sent yet.")
    expect(page.locator("[data-inspector] .block").filter(has_text="The line that is quoted")).to_be_visible()
    say(page, "What do you mean by that?")
    quoted = page.locator("[data-role=user] [data-quoted]")
    expect(quoted).to_be_visible()
    turns(page).last.locator("[data-turn-menu] > summary").click()
    turns(page).last.locator("[data-turn-menu-sheet] .emojis button").nth(1).click()
    expect(turns(page).last.locator("[data-reactions] button")).to_have_attribute("aria-pressed", "true")


def test_a_picture_goes_along_and_a_text_file_into_the_line(page: Page) -> None:
    """Pictures are uploaded at once and may be taken off again."""
    begin(page, "pictures@cafe.test")
    files = [
        {"name": "one.png", "mimeType": "image/png", "buffer": png()},
        {"name": "two.png", "mimeType": "image/png", "buffer": png()},
    ]
    page.set_input_files("[data-file]", files)
    expect(page.locator("[data-attachments] img")).to_have_count(2)
    page.locator("[data-attachments] button").first.click()
    note = {"name": "note.py", "mimeType": "text/x-python", "buffer": b"print('tea')\n"}
    page.set_input_files("[data-file]", note)
    expect(page.locator("#entry")).to_have_value("note.py:\n```py\nprint('tea')\n```\n")
    page.keyboard.press("Enter")
    wait_until_written(page, 3)
    page.reload()
    expect(page.locator("[data-role=user] .pictures img")).to_have_count(1)
    expect(page.locator("[data-role=user] pre.code")).to_contain_text("print")


def test_a_whole_turn_by_keys_alone(page: Page) -> None:
    """Write, walk, open the menu, leave it, find the help, stop."""
    begin(page, "keys@cafe.test")
    page.keyboard.type("By hand")
    page.keyboard.press("Enter")
    wait_until_written(page, 3)
    page.locator("[data-scroll]").focus()
    page.keyboard.press("k")
    page.keyboard.press("k")
    expect(turns(page).nth(1)).to_be_focused()
    page.keyboard.press("m")
    expect(turns(page).nth(1).locator("[data-turn-menu-sheet]")).to_be_visible()
    page.keyboard.press("Escape")
    expect(turns(page).nth(1).locator("[data-turn-menu]")).not_to_have_attribute("open", "")
    page.keyboard.press("?")
    expect(page.locator("[data-help]")).to_be_visible()
    page.keyboard.press("Escape")
    page.keyboard.press("/")
    expect(page.locator("#entry")).to_be_focused()


def test_at_360_pixels_the_menu_comes_to_the_thumb(visit: Visit) -> None:
    """No sideways scroll; a swipe leafs through the versions."""
    page = visit.window(viewport={"width": 360, "height": 740}, has_touch=True, is_mobile=True)
    begin(page, "phone@cafe.test")
    say(page, "A long way here on a small screen")
    assert sideways(page) <= 0
    last(page).locator("[data-turn-menu] > summary").click()
    box = last(page).locator("[data-turn-menu-sheet]").bounding_box()
    assert box is not None
    assert (box["x"], round(box["y"] + box["height"])) == (0, 740)
    page.keyboard.press("Escape")
    page.locator(".drawer-toggle").first.click()
    expect(page.locator("#drawer")).to_be_visible()
    assert sideways(page) <= 0
    page.locator("#drawer .drawer-toggle").click()
    greeting = turns(page).first
    greeting.scroll_into_view_if_needed()
    swipe(greeting, -120)
    expect(versions(turns(page).first)).to_have_text("Greeting 2 of 3")
    expect(turns(page)).to_have_count(1)


def swipe(turn: Locator, by: int) -> None:
    """A finger goes to the side."""
    turn.locator("[data-text] p").first.evaluate(
        """(node, by) => {
            const at = (x) => new Touch({ identifier: 1, target: node, clientX: x, clientY: 200 });
            const touch = (name, x, held) => node.dispatchEvent(new TouchEvent(name, {
                bubbles: true, touches: held ? [at(x)] : [], changedTouches: [at(x)],
            }));
            touch("touchstart", 200, true);
            touch("touchmove", 200 + by, true);
            touch("touchend", 200 + by, false);
        }""",
        by,
    )
