"""Where lore is heard, as the pages tell and change it: everywhere, by bot, by persona, in one chat."""

from tests.areas.knowledge.making import book
from tests.people import Cast, Person, bot_data
from tests.suites.refusals import signed_in
from tests.web.visiting import page, post, refused


def persona_of(who: Person, name: str = "Wren") -> int:
    """A persona of theirs."""
    made: int = who.make("personas", {"name": name, "description": "A walker of hills."})["id"]
    return made


def chat_of(who: Person, slug: str = "mocha", **more: object) -> int:
    """A chat of theirs with a bot of theirs."""
    who.make("bot", bot_data(slug, **more))
    return int(post(signed_in(who), f"/bots/{slug}/chat")[1].rpartition("/")[2])


def lore_of(who: Person, slug: str, number: int) -> list[int]:
    """What hangs on a persona or a chat, as the API tells it."""
    found: list[int] = who.get(f"/api/{slug}/{number}?depth=0")["knowledge_collections"]
    return found


def drawer(who: Person, chat: int) -> str:
    """The part of the drawer that tells of lore, in one line."""
    text = page(signed_in(who), f"/chats/{chat}?lore=1")
    told = " ".join(text.partition("Lore of this chat")[2].partition("</details>")[0].split())
    assert " ".join(page(signed_in(who), f"/chats/{chat}/heard").split())[-60:] in told
    return told


def test_a_collection_is_hung_on_personas_in_its_own_form(cast: Cast) -> None:
    shelf, other = book(cast.alice), book(cast.alice)
    wren, ash = persona_of(cast.alice), persona_of(cast.alice, "Ash")
    cast.alice.ask("PATCH", f"/api/personas/{wren}", {"knowledge_collections": [other]})
    me = signed_in(cast.alice)
    assert post(me, f"/lore/{shelf}/edit", name="The valley", personas=[wren, ash])[0] == 302
    assert lore_of(cast.alice, "personas", wren) == [other, shelf]
    assert lore_of(cast.alice, "personas", ash) == [shelf]
    assert page(me, f"/lore/{shelf}/edit").count("checked") == 2
    assert post(me, f"/lore/{shelf}/edit", name="The valley", personas=[ash])[0] == 302
    assert lore_of(cast.alice, "personas", wren) == [other]
    refused(me, f"/lore/{shelf}/edit", name="The valley", personas=[persona_of(cast.bob)])


def test_a_new_lorebook_can_be_attached_to_a_persona(cast: Cast) -> None:
    wren = persona_of(cast.alice)
    book(cast.alice)
    assert "not used yet" in page(signed_in(cast.alice), "/lore")
    cast.alice.ask("DELETE", "/api/knowledgeCollections?where[id][exists]=true")
    status, where = post(signed_in(cast.alice), "/lore/new", name="The hills", personas=[wren])
    assert status == 302
    assert lore_of(cast.alice, "personas", wren) == [int(where.rpartition("/")[2])]
    assert "not used yet" not in page(signed_in(cast.alice), "/lore")


def test_the_form_of_a_persona_has_its_lore_and_keeps_what_is_anothers(cast: Cast) -> None:
    shelf, shared = book(cast.alice), book(cast.bob, sharing_settings={"sharing_level": "public"})
    wren = persona_of(cast.alice)
    cast.alice.ask("PATCH", f"/api/personas/{wren}", {"knowledge_collections": [shared]})
    me, given = signed_in(cast.alice), {"name": "Wren", "description": "A walker."}
    assert post(me, f"/personas/{wren}", **given, lore=[shelf])[0] == 302
    assert lore_of(cast.alice, "personas", wren) == [shared, shelf]
    assert post(me, f"/personas/{wren}", **given)[0] == 302
    assert lore_of(cast.alice, "personas", wren) == [shared]
    refused(me, f"/personas/{wren}", **given, lore=[book(cast.bob)])
    assert post(me, "/personas/new", **given, lore=[shelf])[0] == 302


def test_lore_is_hung_on_a_chat_and_taken_off_there(cast: Cast) -> None:
    shelf, chat = book(cast.alice), chat_of(cast.alice)
    me = signed_in(cast.alice)
    assert "heard in" not in drawer(cast.alice, chat)
    assert post(me, f"/chats/{chat}/lore", book=[shelf])[0] == 302
    assert lore_of(cast.alice, "conversation", chat) == [shelf]
    assert "heard in this chat" in drawer(cast.alice, chat)
    assert post(me, f"/chats/{chat}/lore")[0] == 302
    assert lore_of(cast.alice, "conversation", chat) == []


def test_the_drawer_tells_why_each_collection_is_heard(cast: Cast) -> None:
    chat = chat_of(cast.alice)
    bot = cast.alice.get("/api/bot?depth=0")["docs"][0]["id"]
    wren = persona_of(cast.alice)
    everywhere = book(cast.alice, name="World", lore_settings={"is_everywhere": True})
    by_bot = book(cast.alice, name="Tavern", bot=[bot])
    worn = book(cast.alice, name="Hills")
    idle = book(cast.alice, name="Attic")
    cast.alice.ask("PATCH", f"/api/personas/{wren}", {"knowledge_collections": [worn]})
    cast.alice.ask("PATCH", f"/api/conversation/{chat}", {"persona": wren})
    text = drawer(cast.alice, chat)
    labels = {
        number: text.partition(f'id="lore-{number}"')[2].partition("</label>")[0]
        for number in (everywhere, by_bot, worn, idle)
    }
    assert "heard in all your chats" in labels[everywhere]
    assert "heard when Mocha answers" in labels[by_bot]
    assert "heard while you are Wren" in labels[worn]
    assert "heard" not in labels[idle]
    assert "checked" not in text


def test_lore_of_anothers_bot_is_listed_without_its_name(cast: Cast) -> None:
    bot = cast.alice.make("bot", bot_data(is_public=True))
    book(cast.alice, name="The secret ending", bot=[bot["id"]])
    chat = int(post(signed_in(cast.bob), "/bots/mocha/chat")[1].rpartition("/")[2])
    text = drawer(cast.bob, chat)
    assert "brings lore of its own, which its creator keeps" in text
    assert "The secret ending" not in text


def test_lore_cannot_be_attached_to_anothers_chat_nor_anothers_lore_to_ones_own(cast: Cast) -> None:
    shelf, chat = book(cast.alice), chat_of(cast.alice)
    theirs = book(cast.bob, sharing_settings={"sharing_level": "public"})
    post(signed_in(cast.alice), f"/chats/{chat}/sharing", who="bob@cafe.test", level="write")
    headers = {"HTTP_ACCEPT": "application/json"}
    assert signed_in(cast.charlie).get(f"/chats/{chat}/heard").status_code == 404
    assert signed_in(cast.bob).get(f"/chats/{chat}/heard").status_code == 404
    for who, number, status in ((cast.charlie, shelf, 404), (cast.bob, theirs, 404), (cast.alice, theirs, 404)):
        answer = signed_in(who).post(f"/chats/{chat}/lore", {"book": [number]}, **headers)
        assert answer.status_code == status
    assert signed_in(cast.alice).post(f"/chats/{chat}/lore", {"book": ["x"]}, **headers).status_code == 400
    assert lore_of(cast.alice, "conversation", chat) == []


def test_the_page_of_a_lorebook_lists_first(cast: Cast) -> None:
    book = cast.alice.make("knowledgeCollections", {"name": "Order of things"})["id"]
    text = page(signed_in(cast.alice), f"/lore/{book}")
    places = [text.index(f'id="{heading}"') for heading in ("h-entries", "h-documents", "h-try")]
    assert places == sorted(places)
    assert text.index("data-documents") < text.index('id="document-file"')
