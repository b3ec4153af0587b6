"""Looking things up: what was sent, what would be, what was said, what is deleted, and all that without a line."""

import pytest
from playwright.sync_api import Page, expect

from tests.web.browser.steps import Visit, begin, choose, last, say, turns

pytestmark = pytest.mark.browser


def test_what_was_sent_and_what_would_be(page: Page) -> None:
    """With tokens, reasons and a bar."""
    begin(page, "inspect@cafe.test")
    say(page, "First words")
    say(page, "Second words")
    choose(turns(page).nth(2), "inspect")
    sent = page.locator("[data-inspector]")
    expect(sent.locator(".block").first).to_be_visible()
    expect(sent.locator("svg.bar rect").first).to_be_attached()
    sent.locator(".block", has=page.locator("strong", has_text="What was said")).locator("summary").click()
    expect(sent).to_contain_text("First words")
    expect(sent).not_to_contain_text("Second words")
    page.fill("#entry", "Words that were never said")
    page.locator("[data-estimate]").click()
    expect(sent).to_contain_text("Not sent yet")
    expect(sent).to_contain_text("Words that were never said")
    page.reload()
    assert "Words that were never said" not in page.locator("[data-turns]").inner_text()


def test_lore_is_hung_on_a_chat_in_its_drawer(page: Page) -> None:
    """The part is fetched when it is opened, and tells why a collection is heard."""
    begin(page, "hung@cafe.test", 0)
    chat = page.url
    page.goto("/lore/new")
    page.fill("#id_name", "The valley")
    page.locator("main form button[type=submit]").first.click()
    page.wait_for_url("**/lore/*")
    page.goto(chat)
    part = page.locator("[data-section=lore]")
    page.get_by_role("tab", name="Lore & memory").click()
    part.locator("summary").click()
    part.get_by_label("The valley").check()
    expect(part).to_contain_text("heard in this chat")
    expect(part.get_by_label("The valley")).to_be_checked()
    page.reload()
    part.locator("summary").click()
    expect(part.get_by_label("The valley")).to_be_checked()


def test_a_line_is_found_again(page: Page) -> None:
    """In all chats, in one, and with no result."""
    begin(page, "search@cafe.test")
    say(page, "The marmalade is in the lighthouse")
    page.goto("/chats/search")
    page.fill("#q", "marmalade")
    page.keyboard.press("Enter")
    page.locator(".hit a", has=page.locator("strong", has_text="Alice")).first.click()
    page.wait_for_selector("[data-chat][data-ready]")
    expect(turns(page).nth(1)).to_be_in_viewport()
    page.locator("[data-scroll]").press("f")
    page.keyboard.type("nowhere-to-be-found")
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_contain_text("No message found")


def test_chats_are_pinned_found_deleted_and_taken_back(page: Page) -> None:
    """From the list, without leaving it."""
    begin(page, "list@cafe.test", 0)
    page.goto("/chats")
    line = page.locator("[data-chat-item]").first
    line.locator("[data-chat-item-menu] > summary").click()
    line.locator("[data-toggles=pinned]").click()
    expect(page.locator("[data-chat-item] [aria-label=Pinned]")).to_be_visible()
    page.fill("#chat-list-q", "nobody by this name")
    expect(page.locator(".chat-list-empty")).to_contain_text("No chat by that name")
    page.fill("#chat-list-q", "")
    line.locator("[data-chat-item-menu] > summary").click()
    line.get_by_text("Delete this chat").click()
    line.get_by_role("button", name="Yes, delete it").click()
    page.goto("/chats?view=deleted")
    page.get_by_role("button", name="Restore").click()
    page.wait_for_url("**/chats/*")
    expect(turns(page)).to_have_count(1)


def test_a_temporary_chat_leaves_nothing(page: Page) -> None:
    """Neither on the server nor on the device."""
    begin(page, "fleeting@cafe.test")
    page.goto("/")
    page.locator("ul.bots a[href^='/bots/']").first.click()
    page.check("#temporary")
    page.get_by_role("button", name="Start chatting").click()
    page.wait_for_selector("[data-chat][data-ready]")
    address = page.url
    page.get_by_role("button", name="End it now").click()
    page.wait_for_url("**/chats")
    response = page.goto(address)
    assert response is not None
    assert response.status == 404


def test_an_opened_chat_is_read_offline_and_signing_out_forgets_it(visit: Visit) -> None:
    """And nothing but chats and our own files was kept."""
    page = visit.window(service_workers="allow")
    begin(page, "offline@cafe.test")
    say(page, "Remember this line")
    page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    page.goto("/account")
    page.goto("/chats")
    page.locator("[data-chat-item] a").first.click()
    page.wait_for_selector("[data-chat][data-ready]")
    expect(last(page)).to_contain_text("Remember this line")
    kept = page.evaluate(
        "(async () => { const all = []; for (const name of await caches.keys())"
        " for (const one of await (await caches.open(name)).keys()) all.push(new URL(one.url).pathname);"
        " return all.filter((path) => !path.startsWith('/static/')) })()"
    )
    address = page.url.split("#")[0]
    assert sorted(kept) == sorted(["/offline", "/crisis", "/chats", address[address.index("/chats") :]])
    page.context.set_offline(True)
    page.goto(address)
    expect(page.locator(".offline")).to_be_visible()
    expect(page.locator("[data-turns]")).to_contain_text("Remember this line")
    page.context.set_offline(False)
    page.goto("/account")
    page.locator(".topbar details.menu > summary").click()
    page.get_by_role("button", name="Sign out").click()
    page.wait_for_url("**/")
    assert page.evaluate("caches.keys()") == []
