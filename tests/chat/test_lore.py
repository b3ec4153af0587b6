"""Lore in a chat, over real HTTP: what fires reaches the model, and the reasons are told."""

from typing import Any

import pytest

from botcafe.llm.fake.server import FakeProvider
from tests.chat.talking import Talker, reply_of
from tests.live import Served


def entry(talker: Talker, book: int, text: str, *keys: str, **more: Any) -> int:
    """A new entry of a collection."""
    settings = {"activation_mode": "keyword", "primary_keys": list(keys), **more.pop("activation", {})}
    data = {"entry": text, "type": "text", "knowledge_collection": book, "activation_settings": settings, **more}
    number: int = talker.good("POST", "/api/knowledge?depth=0", data)["doc"]["id"]
    return number


def book(talker: Talker, **more: Any) -> int:
    """A new collection."""
    number: int = talker.good("POST", "/api/knowledgeCollections?depth=0", {"name": "Lore", **more})["doc"]["id"]
    return number


def reasons(talker: Talker, turn: dict[str, Any]) -> dict[str, Any]:
    """Why, for the first reply of a turn."""
    found: dict[str, Any] = talker.good("GET", f"/api/generations/{turn['generations'][0]['id']}/reasons")
    return found


def sent(talker: Talker, turn: dict[str, Any]) -> dict[str, Any]:
    """What was sent for it."""
    found: dict[str, Any] = talker.good("GET", f"/api/generations/{turn['generations'][0]['id']}/trace")
    return found


def test_an_entry_fires_when_its_key_is_said_and_tells_why(alice: Talker) -> None:
    """The reason names the key and the message; the block stands before the definition."""
    bot = alice.bot("Thorn")
    number = entry(alice, book(alice, bot=[bot]), "Thornwood is haunted.", "Thornwood", title="The wood")
    chat = alice.chat(bot)
    silent = alice.turn(chat, "Hello")
    assert reasons(alice, silent)["reasons"] == []
    assert reasons(alice, silent)["silent"] == {"no_match": 1}
    turn = alice.turn(chat, "Tell me of Thornwood!")
    row = reasons(alice, turn)["reasons"][0]
    assert (row["entry"], row["title"], row["in"]) == (number, "The wood", True)
    assert row["why"] == "'Thornwood' in the last message"
    blocks = sent(alice, turn)["blocks"]
    assert [each["text"] for each in blocks if each["id"] == f"lore:{number}"] == ["Thornwood is haunted."]
    ids = [each["id"] for each in blocks]
    assert ids.index(f"lore:{number}") < ids.index("definition")


def test_places_of_lore_in_the_prompt(alice: Talker) -> None:
    """Around the definition, at a depth, beside the note, and in an outlet."""
    bot = alice.bot("Places", system_prompt="DEF {{outlet::ring}}")
    shelf = book(alice, bot=[bot])
    for text, place in {
        "BEFORE": {"position": "before_char"},
        "AFTER": {"position": "after_char"},
        "DEEP": {"position": "at_depth", "depth": 1, "role": "system"},
        "TOP": {"position": "note_top"},
        "BOTTOM": {"position": "note_bottom"},
        "RING": {"position": "outlet", "outlet_name": "ring"},
    }.items():
        entry(alice, shelf, text, activation={"activation_mode": "constant"}, positioning=place)
    chat = alice.chat(bot)
    alice.act(chat, "settings", author_note={"text": "NOTE", "depth": 0})
    shown = alice.good("POST", f"/api/conversation/{chat}/preview", {"entry": "Hello"})
    texts = [each["text"] for each in shown["blocks"] if each["included"]]
    kept = [t for t in texts if t in {"BEFORE", "DEF RING", "AFTER", "DEEP", "Hello", "TOP", "NOTE", "BOTTOM"}]
    assert kept == ["BEFORE", "DEF RING", "AFTER", "DEEP", "Hello", "TOP", "NOTE", "BOTTOM"]


def test_a_change_of_an_entry_counts_from_the_next_reply_on(alice: Talker) -> None:
    """A kept book is of the past as soon as its revision moves."""
    bot = alice.bot("Changes")
    number = entry(alice, book(alice, bot=[bot]), "Old words.", "moon")
    chat = alice.chat(bot)
    assert reasons(alice, alice.turn(chat, "moon"))["reasons"][0]["in"]
    alice.good("PATCH", f"/api/knowledge/{number}", {"activation_settings": {"primary_keys": ["sun"]}})
    assert reasons(alice, alice.turn(chat, "a sun and"))["reasons"][0]["key"] == "sun"
    alice.good("DELETE", f"/api/knowledge/{number}")
    assert reasons(alice, alice.turn(chat, "a sun again"))["reasons"] == []


def test_whose_lore_counts(alice: Talker) -> None:
    """Everywhere, by bot, by persona, by chat, by entry; nothing else."""
    bot, other = alice.bot("Whose"), alice.bot("Other")
    persona = alice.good("POST", "/api/personas?depth=0", {"name": "P", "description": "d"})["doc"]["id"]
    shelves = {
        "everywhere": book(alice, lore_settings={"is_everywhere": True}),
        "bot": book(alice),
        "named": book(alice, bot=[bot]),
        "persona": book(alice),
        "chat": book(alice),
        "loose": book(alice),
    }
    numbers = {name: entry(alice, shelf, name, "key") for name, shelf in shelves.items()}
    numbers["single"] = entry(alice, shelves["loose"], "single", "key", applies_to_bots=[bot])
    numbers["elsewhere"] = entry(alice, shelves["named"], "elsewhere", "key", applies_to_bots=[other])
    alice.good("PATCH", f"/api/bot/{bot}", {"knowledge_collections": [shelves["bot"]]})
    alice.good("PATCH", f"/api/personas/{persona}", {"knowledge_collections": [shelves["persona"]]})
    chat = alice.chat(bot, persona=persona, knowledge_collections=[shelves["chat"]])
    alice.act(chat, "settings", persona=persona)
    try:
        rows = reasons(alice, alice.turn(chat, "key"))["reasons"]
    finally:
        alice.good(
            "PATCH", f"/api/knowledgeCollections/{shelves['everywhere']}", {"lore_settings": {"is_everywhere": False}}
        )
    fired = {name for name, number in numbers.items() if any(r["entry"] == number and r["in"] for r in rows)}
    assert fired == {"everywhere", "bot", "named", "persona", "chat", "single"}
    assert next(r for r in rows if r["entry"] == numbers["elsewhere"])["why"] == "left out: it is for another bot"


def test_timers_follow_the_branch(alice: Talker) -> None:
    """A sticky entry stays on its branch, and is not there on another that never said the key."""
    bot = alice.bot("Timers")
    number = entry(alice, book(alice, bot=[bot]), "Sticky.", "spark", advanced_activation={"sticky": 6})
    chat = alice.chat(bot)
    first = alice.turn(chat, "Hello")
    sparked = alice.turn(chat, "A spark!")
    for text in ("and then", "and now"):
        turn = alice.turn(chat, text)
    row = next(r for r in reasons(alice, turn)["reasons"] if r["entry"] == number)
    assert row["rule"] == "sticky"
    alice.act(chat, "leaf", message=reply_of(first), exact=True)
    for text in ("something else", "and more"):
        turn = alice.turn(chat, text)
    assert reasons(alice, turn)["reasons"] == []
    alice.act(chat, "leaf", message=reply_of(sparked), exact=True)
    back = alice.turn(chat, "back")
    assert [r["rule"] for r in reasons(alice, back)["reasons"]] == ["sticky"]
    back = alice.turn(chat, "again")
    assert [r["rule"] for r in reasons(alice, back)["reasons"]] == ["sticky"]


def test_a_reply_that_goes_on_keeps_its_timers(alice: Talker) -> None:
    """It is the same reply: its lore is there as before, and counts from where it counted."""
    bot = alice.bot("Onward")
    shelf = book(alice, bot=[bot])
    entry(alice, shelf, "Sticky.", "spark", advanced_activation={"sticky": 9})
    entry(alice, shelf, "Cooling.", "spark", advanced_activation={"cooldown": 9})
    chat = alice.chat(bot)
    alice.turn(chat, "A spark!")
    for _ in range(2):
        assert [r["rule"] for r in reasons(alice, alice.turn(chat, mode="continue"))["reasons"]] == ["key", "key"]
    rows = reasons(alice, alice.turn(chat, "and then"))["reasons"]
    assert [(r["rule"], r["detail"]) for r in rows] == [("sticky", "7"), ("cooldown", "7")]


def test_the_budget_is_a_quarter_of_the_window(alice: Talker) -> None:
    """What does not fit says so, with the numbers."""
    bot = alice.bot("Budget")
    entry(alice, book(alice, bot=[bot]), "word " * 2000, "key")
    chat = alice.chat(bot)
    alice.act(chat, "settings", window_tokens=4000)
    told = reasons(alice, alice.turn(chat, "key"))
    assert told["budget_tokens"] == 1000
    assert told["reasons"][0]["why"].startswith("left out: budget of 1,000 tokens was full")


def test_a_dry_run_tells_what_would_fire_and_where_the_keys_stand(alice: Talker) -> None:
    """In the order of the prompt, with spans for showing; nothing is kept."""
    shelf = book(alice)
    a = entry(alice, shelf, "Tea is hot.", "tea", positioning={"order": 200})
    b = entry(alice, shelf, "Cups break.", "cup", positioning={"order": 100})
    told = alice.good("POST", "/api/knowledge/dry-run", {"text": "A cup of tea, tea!", "collection": shelf})
    assert [row["entry"] for row in told["entries"]] == [b, a]
    assert [row["spans"] for row in told["entries"]] == [[[2, 5]], [[9, 12], [14, 17]]]
    bot = alice.bot("Dry")
    assert alice.good("POST", "/api/knowledge/dry-run", {"text": "tea", "bot": bot})["entries"] == []
    for wrong in ({"text": 3}, {}, {"text": "x" * 50_000}):
        assert alice.ask("POST", "/api/knowledge/dry-run", wrong)[0] == 400
    assert alice.ask("POST", "/api/knowledge/dry-run", {"text": "x", "bot": 987654})[0] == 404
    assert alice.good("POST", "/api/knowledge/dry-run", {"text": "x", "collection": "x"})["entries"] == []


SECRET = "the vault opens at Xyzzyville"
HIDDEN_KEY = "quenchberry"


@pytest.fixture(scope="module")
def closed(cafe: Served, alice: Talker, fake: FakeProvider) -> dict[str, Any]:
    """Alice's public bot with closed lore, and Bob, who visits it and has had one reply."""
    bob = Talker(cafe, cafe.sign_up("visitor@cafe.test", name="Bob"))
    bot = alice.bot("Vault", is_public=True, system_prompt="You guard. {{outlet::deep}}")
    shelf = book(alice, bot=[bot], name="Hidden shelf Plugh")
    number = entry(alice, shelf, SECRET, HIDDEN_KEY, title="Title Plugh")
    deep = entry(
        alice,
        shelf,
        "outlet Xyzzyville",
        activation={"activation_mode": "constant"},
        positioning={"position": "outlet", "outlet_name": "deep"},
        title="Deep Plugh",
    )
    key = {
        "nickname": "mine",
        "provider": "custom",
        "key": "sk-bob-0001",
        "key_configuration": {"model_preferences": ["ok"]},
        "provider_settings": {"custom_settings": {"api_endpoint": fake.base_url}},
    }
    made = bob.good("POST", "/api/api-key?depth=0", key)["doc"]["id"]
    chat = bob.chat(bot, model_choice={"key": made, "model": "ok"})
    note = {"text": "{{outlet::deep}} {{random:{{outlet::deep}}}} NOTE", "depth": 0}
    bob.act(chat, "settings", author_note=note)
    turn = bob.turn(chat, f"I ate a {HIDDEN_KEY}. {{{{outlet::deep}}}}")
    asked = str(fake.requests[-1].body)
    found = {"bob": bob, "bot": bot, "shelf": shelf, "entry": number, "deep": deep}
    return {**found, "turn": turn, "chat": chat, "asked": asked}


LEAKS = ("Xyzzyville", "Plugh", SECRET)


def test_closed_lore_fires_for_a_visitor(closed: dict[str, Any]) -> None:
    """The model is told; the visitor sees that an entry of the bot's own lore was used, and no more."""
    assert SECRET in closed["asked"]
    assert "You guard. outlet Xyzzyville" in closed["asked"]
    told = reasons(closed["bob"], closed["turn"])
    assert all(row["title"] == "an entry of the bot's own lore" and row["is_closed"] for row in told["reasons"])
    assert {row["entry"] for row in told["reasons"]} == {closed["entry"], closed["deep"]}
    assert HIDDEN_KEY not in str(told["reasons"])


def paths(closed: dict[str, Any]) -> list[tuple[str, str, Any]]:
    """Every way by which a visitor may try to read it."""
    generation, chat = closed["turn"]["generations"][0]["id"], closed["chat"]
    number, shelf, bot = closed["entry"], closed["shelf"], closed["bot"]
    where = "where[knowledge_collection.name][like]=Plugh"
    return [
        ("GET", f"/api/knowledge/{number}", None),
        ("GET", "/api/knowledge?limit=100", None),
        ("GET", f"/api/knowledge?{where}", None),
        ("GET", f"/api/knowledge?where[applies_to_bots][equals]={bot}", None),
        ("GET", f"/api/knowledgeCollections/{shelf}", None),
        ("GET", f"/api/knowledgeCollections?where[bot][equals]={bot}", None),
        ("GET", "/api/vectorRecords?limit=100", None),
        ("GET", f"/api/bot/{bot}?depth=3", None),
        ("GET", "/api/bot?where[knowledge_collections.name][like]=Plugh", None),
        ("GET", f"/api/generations/{generation}?depth=3", None),
        ("GET", f"/api/generations?depth=3&where[conversation][equals]={chat}", None),
        ("GET", f"/api/generations/{generation}/trace", None),
        ("GET", f"/api/generations/{generation}/reasons", None),
        ("GET", "/api/knowledgeActivationLog?depth=3", None),
        ("GET", f"/api/conversation/{chat}?depth=3", None),
        ("GET", f"/api/conversation/{chat}/export", None),
        ("GET", "/api/account/search?q=Xyzzyville", None),
        ("GET", f"/api/conversation/{chat}/search?q=Xyzzyville", None),
        ("POST", f"/api/conversation/{chat}/preview", {"entry": f"{HIDDEN_KEY} {{{{outlet::deep}}}}"}),
        ("POST", "/api/knowledge/dry-run", {"text": HIDDEN_KEY, "bot": bot}),
        ("POST", "/api/knowledge/dry-run", {"text": HIDDEN_KEY, "conversation": chat}),
        ("POST", "/api/knowledge/dry-run", {"text": HIDDEN_KEY, "collection": shelf}),
        ("PATCH", f"/api/knowledge/{number}", {"entry": "mine"}),
    ]


def test_closed_lore_never_leaks(closed: dict[str, Any], cafe: Served) -> None:
    """Whatever is asked, the words are not in the answer; and nothing was changed."""
    bob = closed["bob"]
    for method, path, data in paths(closed):
        status, answer = bob.ask(method, path, data)
        text = str(answer).replace("q=Xyzzyville", "").replace("'query': 'Xyzzyville'", "")
        assert not [leak for leak in LEAKS if leak in text], (method, path, status, text[:2000])
    dry = bob.good("POST", "/api/knowledge/dry-run", {"text": HIDDEN_KEY, "bot": closed["bot"]})
    assert {row["entry"] for row in dry["entries"]} == {closed["entry"], closed["deep"]}
    assert all(row["is_closed"] and not row["spans"] and "key" not in row for row in dry["entries"])
    raw = b"".join(path.read_bytes() for path in cafe.data.glob("media/**/*") if path.is_file())
    assert SECRET.encode() not in raw


def test_what_was_kept_of_the_reply_holds_no_closed_word(closed: dict[str, Any], alice: Talker) -> None:
    """The kept blocks are the visitor's own rows: they name the entry by number, and the owner still reads it whole."""
    bob = closed["bob"]
    blocks = sent(bob, closed["turn"])["blocks"]
    mine = next(each for each in blocks if each["id"] == f"lore:{closed['entry']}")
    assert (mine["is_closed"], mine["text"]) == (True, "")
    definition = next(each for each in blocks if each["id"] == "definition")
    assert (definition["is_closed"], definition["text"]) == (True, "")
    note = next(each for each in blocks if each["id"] == "note")
    assert "NOTE" in note["text"]
    assert alice.good("GET", f"/api/knowledge/{closed['entry']}?depth=0")["entry"] == SECRET


def test_lore_of_a_visitor_does_not_feel_for_what_is_closed(alice: Talker, bob: Talker) -> None:
    """Own patterns that are tried on closed texts would read them letter by letter."""
    secret = "the cellar key hangs behind the clock"
    bot = alice.bot("Keeper", is_public=True, system_prompt=secret, personality=secret)
    entry(alice, book(alice, bot=[bot]), "The vault opens at nine.", "berry")
    shelf = book(bob, bot=[bot], lore_settings={"recursive_scanning": True})
    sources = {"match_sources": ["description", "personality"]}
    entry(bob, shelf, "source", "/cellar/", activation=sources)
    entry(bob, shelf, "woken", "/vault opens at nine/")
    entry(bob, shelf, "asked", "/{{personality}}/", "hangs")
    told = entry(bob, shelf, "{{description}} told", "berry")
    always = entry(bob, shelf, "always", activation={"activation_mode": "constant"})
    chat = bob.chat(bot)
    bob.act(chat, "settings", author_note={"text": "{{description}}", "depth": 0})
    for about in ({"bot": bot}, {"conversation": chat}):
        dry = bob.good("POST", "/api/knowledge/dry-run", {"text": "A berry", **about})
        assert {row["entry"] for row in dry["entries"] if not row["is_closed"]} == {told, always}, dry
        assert next(row["tokens"] for row in dry["entries"] if row["entry"] == told) < 5
    turn = bob.turn(chat, "A berry")
    assert {row["entry"] for row in reasons(bob, turn)["reasons"] if not row["is_closed"]} == {told, always}
    alice.good("PATCH", f"/api/bot/{bot}", {"is_definition_open": True})
    dry = bob.good("POST", "/api/knowledge/dry-run", {"text": "A berry", "bot": bot})
    assert len([row for row in dry["entries"] if not row["is_closed"]]) == 4


def test_a_dry_run_reads_the_name_of_who_speaks(alice: Talker) -> None:
    """As the turn that follows does."""
    bot = alice.bot("Names")
    number = entry(alice, book(alice, bot=[bot]), "Said by her.", "/^\\x01?Alice Liddell: hi/")
    persona = alice.good("POST", "/api/personas?depth=0", {"name": "Alice Liddell", "description": "She."})["doc"]["id"]
    chat = alice.chat(bot, persona=persona)
    for about in ({"bot": bot, "persona": persona}, {"conversation": chat}):
        dry = alice.good("POST", "/api/knowledge/dry-run", {"text": "hi", **about})
        assert [row["entry"] for row in dry["entries"]] == [number], about
    assert [row["entry"] for row in reasons(alice, alice.turn(chat, "hi"))["reasons"]] == [number]


def test_lore_of_a_bot_that_is_private_again_does_not_fire(closed: dict[str, Any], alice: Talker) -> None:
    """Usable without being readable, but only as long as the bot itself may be met."""
    bob = closed["bob"]
    alice.good("PATCH", f"/api/bot/{closed['bot']}", {"is_public": False})
    status, answer = bob.ask("POST", f"/api/conversation/{closed['chat']}/preview", {"entry": HIDDEN_KEY})
    assert status != 200 or not any(each["id"].startswith("lore:") for each in answer["blocks"])
    assert bob.ask("POST", "/api/knowledge/dry-run", {"text": HIDDEN_KEY, "bot": closed["bot"]})[0] == 404


def test_a_strangers_lore_does_not_force_itself_on_others(closed: dict[str, Any], alice: Talker) -> None:
    """Naming somebody's bot counts for oneself alone."""
    bob = closed["bob"]
    bot = alice.bot("Target", is_public=True)
    shelf = book(bob, bot=[bot])
    entry(bob, shelf, "Bob was here", "key", applies_to_bots=[bot])
    assert reasons(alice, alice.turn(alice.chat(bot), "key"))["reasons"] == []
    assert reasons(bob, bob.turn(bob.chat(bot), "key"))["reasons"][0]["in"]


@pytest.mark.parametrize("name", ["description", "personality", "charPrompt", "charJailbreak", "chardepthprompt"])
def test_macros_of_a_visitor_open_no_closed_definition(alice: Talker, bob: Talker, name: str) -> None:
    secret = "the cellar key hangs behind the clock"
    closed = {"system_prompt": secret, "personality": secret, "instructions": secret}
    closed |= {"post_history_instructions": secret, "depth_prompt": {"prompt": secret, "depth": 1}}
    bot = alice.bot("Keeper", is_public=True, **closed)
    chat = bob.chat(bot)
    bob.act(chat, "settings", author_note={"text": f"Note: {{{{{name}}}}}", "depth": 0})
    shown = bob.good("POST", f"/api/conversation/{chat}/preview", {"entry": f"And this: {{{{{name}}}}}"})
    assert secret not in str(shown)
    turn = bob.turn(chat, f"Say {{{{{name}}}}}")
    assert secret not in str(sent(bob, turn))
