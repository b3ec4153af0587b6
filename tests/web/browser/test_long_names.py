"""Names of a hundred letters without a space, and long addresses in texts, widen no page."""

from playwright.sync_api import Page

from tests.live import Served
from tests.web.browser.steps import sideways

LONG = ("Wolfeschlegelsteinhausenbergerdorff" * 3)[:100]
ADDRESS = f"https://example.org/{'x' * 300}"
WIDTHS = (360, 390, 820, 1280)


def make(server: Served, token: str, path: str, **data: object) -> int:
    """Something new of somebody's: its id."""
    status, answer = server.ask("POST", f"/api/{path}?depth=0", data, token)
    assert status == 201, answer
    number: int = answer["doc"]["id"]
    return number


def test_long_words_widen_no_page(page: Page, server: Served) -> None:
    token = server.sign_up("long@cafe.test", name=LONG)
    bot = {"slug": "long", "system_prompt": ADDRESS, "description": ADDRESS, "greeting": ADDRESS}
    number = make(server, token, "bot", name=LONG, creator_display_name=LONG, **bot)
    book = make(server, token, "knowledgeCollections", name=LONG, description=ADDRESS)
    entry = make(server, token, "knowledge", title=LONG, entry=ADDRESS, type="text", knowledge_collection=book)
    persona = make(server, token, "personas", name=LONG, description=ADDRESS)
    memory = make(server, token, "memory", bot=number, title=LONG, entry=ADDRESS)
    preset = make(server, token, "samplerPresets", name=LONG)
    chat = server.ask("POST", "/api/account/chats", {"bot": "long"}, token)[1]["id"]
    assert server.ask("POST", f"/api/conversation/{chat}/turns", {"entry": f"{ADDRESS} soup"}, token)[0] < 300
    page.context.add_cookies([{"name": "payload-token", "value": token, "url": server.base}])
    paths = (
        *(
            "/",
            "/explore",
            f"/explore?q={LONG}",
            f"/explore?tag={LONG}",
            "/bots/long",
            "/bots/long/edit",
            "/bots/long/sharing",
            "/bots/long/versions",
            "/bots/mine",
        ),
        *("/lore", f"/lore/{book}", f"/lore/{book}/edit", f"/lore/{book}/sharing", f"/lore/{book}/entries/{entry}"),
        *("/personas", f"/personas/{persona}", "/memories", f"/memories/{memory}", "/presets", f"/presets/{preset}"),
        *("/chats", f"/chats/{chat}", f"/chats/{chat}/branches", f"/chats/{chat}/removed", f"/chats/{chat}/sharing"),
        *("/search?q=soup", f"/search?q={LONG}", "/chats/search?q=soup", "/account"),
    )
    for path in paths:
        response = page.goto(path)
        assert response is not None
        assert response.status == 200, path
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": 844})
            assert sideways(page) <= 0, f"{path} at {width} px is {sideways(page)} px too wide"


def test_a_long_name_takes_one_line_of_a_message_and_none_more_of_the_composer(page: Page, server: Served) -> None:
    token = server.sign_up("one-line@cafe.test")
    make(
        server, token, "bot", name=LONG, slug="one-line", creator_display_name="A", system_prompt="x", greeting="Hello."
    )
    chat = server.ask("POST", "/api/account/chats", {"bot": "one-line"}, token)[1]["id"]
    page.context.add_cookies([{"name": "payload-token", "value": token, "url": server.base}])
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(f"/chats/{chat}")
    heights = [page.locator(each).first.evaluate("(part) => part.offsetHeight") for each in (".turn-head", "#entry")]
    assert heights[0] < 40, "the name or the clock beside it is broken into lines"
    assert heights[1] < 60, "the empty line is taller for the name in it"
