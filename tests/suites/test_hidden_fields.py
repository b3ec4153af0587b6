"""Fields that not everyone reads: no filter, sort, selection, depth, copy or error gives them away."""

from typing import Any

import pytest

from tests.people import Person
from tests.suites.rows import House, asking, changed, everything
from tests.suites.test_sharing import share

SECRET = "cinnamon"
DEFINITION = {
    "system_prompt": f"the word is {SECRET}",
    "scenario": f"{SECRET} scenario",
    "personality": f"{SECRET} personality",
    "instructions": f"{SECRET} instructions",
    "post_history_instructions": f"{SECRET} afterwards",
    "depth_prompt": {"prompt": SECRET},
    "card": {"raw": SECRET},
}
OPERATORS = ("equals", "not_equals", "like", "not_like", "contains", "in", "not_in", "exists", "greater_than")
SECRETS = [
    ("api-key", "key"),
    ("knowledge", "privacy_settings.share_password"),
    ("knowledgeCollections", "sharing_settings.share_password"),
    ("users", "password"),
    ("users", "reset_token_hash"),
    ("users", "verify_token_hash"),
    ("users", "login_attempts"),
    ("users", "sessions"),
    ("media", "storage_key"),
    ("api-key", "key_hint"),
    ("generations", "lease_owner"),
    ("accessControl", "resource_row"),
    ("supportTickets", "waiting_since"),
]
FACES = SECRETS[:3]


def public_bot(house: House, **more: Any) -> dict[str, Any]:
    """A bot that all may read, with a definition that they may not."""
    return house.fresh("bot", house.cast.alice, is_public=True, **{**DEFINITION, **more})


def ordinary(house: House) -> list[Person]:
    """Everyone but the admin: for them a hidden field cannot be asked about, not even on their own rows."""
    return [house.cast.stranger, house.cast.charlie, house.cast.bob, house.cast.alice]


@pytest.mark.parametrize("field", DEFINITION)
@pytest.mark.parametrize("operator", OPERATORS)
def test_nobody_filters_on_a_hidden_definition(house: House, field: str, operator: str) -> None:
    public_bot(house)
    for who in ordinary(house):
        for path in (f"/api/bot?{asking(field, operator, SECRET)}", f"/api/bot/count?{asking(field, operator, 'x')}"):
            status, answer = who.ask("GET", path)
            assert status == 400, (who.name, path)
            assert field in answer["errors"][0]["message"]


@pytest.mark.parametrize("field", DEFINITION)
@pytest.mark.parametrize("sign", ["", "-"])
def test_nobody_sorts_by_a_hidden_definition(house: House, field: str, sign: str) -> None:
    for who in ordinary(house):
        assert who.ask("GET", f"/api/bot?sort={sign}{field}")[0] == 400
        assert who.ask("GET", f"/api/bot?sort=name,{sign}{field}")[0] == 400
    assert house.cast.ada.ask("GET", f"/api/bot?sort={sign}{field}")[0] == 200


@pytest.mark.parametrize("method", ["PATCH", "DELETE"])
@pytest.mark.parametrize("field", DEFINITION)
def test_a_bulk_write_is_no_way_to_guess_a_definition(house: House, field: str, method: str) -> None:
    bot = public_bot(house)["id"]
    share(house, "bot", bot, "write")
    for who in (house.cast.bob, house.cast.charlie, house.cast.stranger):
        before = everything()
        status, answer = who.ask(method, f"/api/bot?{asking(field, 'like', SECRET)}", {"name": "guessed"})
        assert status in {400, 403}, answer
        assert changed(before) == {}


@pytest.mark.parametrize(("slug", "path"), SECRETS)
@pytest.mark.parametrize("operator", OPERATORS)
def test_nobody_at_all_filters_on_a_secret(house: House, slug: str, path: str, operator: str) -> None:
    for who in (house.cast.ada, house.cast.alice, house.cast.charlie):
        status, answer = who.ask("GET", f"/api/{slug}?{asking(path, operator, SECRET)}")
        assert status == 400
        assert path in answer["errors"][0]["message"]


@pytest.mark.parametrize(("slug", "path"), SECRETS)
def test_nobody_at_all_sorts_by_a_secret(house: House, slug: str, path: str) -> None:
    for who in (house.cast.ada, house.cast.alice):
        status, sorted_by = who.ask("GET", f"/api/{slug}?limit=50&depth=0&sort={path}")
        if (slug, path) in FACES or "." in path:
            assert status == 400
            continue
        assert status == 200, "a name that no field bears is passed over, as Payload does"
        assert sorted_by == who.get(f"/api/{slug}?limit=50&depth=0")


THROUGH = [
    ("botInteractions", "bot.system_prompt"),
    ("memory", "bot.card"),
    ("memory", "bot.depth_prompt.prompt"),
    ("conversation", "bot_participation.bot_id.system_prompt"),
    ("knowledge", "applies_to_bots.scenario"),
    ("usageAnalytics", "bots_interacted.personality"),
    ("creatorProfiles", "featured_bots.instructions"),
    ("message", "message_attribution.source_bot_id.system_prompt"),
    ("knowledge", "knowledge_collection.sharing_settings.share_password"),
    ("memory", "lore_entry.privacy_settings.share_password"),
    ("bot", "user.password"),
    ("personas", "user.reset_token_hash"),
    ("creatorProfiles", "user.password"),
    ("bot", "picture.storage_key"),
]


@pytest.mark.parametrize(("slug", "path"), THROUGH)
def test_a_relation_is_no_way_round_to_a_hidden_field(house: House, slug: str, path: str) -> None:
    for who in ordinary(house)[1:]:
        for operator in ("equals", "like", "exists"):
            status, _ = who.ask("GET", f"/api/{slug}?{asking(path, operator, SECRET)}")
            assert status == 400, (who.name, operator)
        status, answer = who.ask("GET", f"/api/{slug}?sort={path}&depth=0&limit=50")
        assert status == 400 or answer == who.get(f"/api/{slug}?depth=0&limit=50")


def holds(answer: Any, *fields: str) -> bool:
    """Whether any of the fields, or the secret itself, is anywhere in an answer."""
    if isinstance(answer, dict):
        return any(name in fields for name in answer) or any(holds(v, *fields) for v in answer.values())
    if isinstance(answer, list):
        return any(holds(item, *fields) for item in answer)
    return isinstance(answer, str) and SECRET in answer


def ways(bot: int) -> list[str]:
    """All the ways to ask for a bot's fields."""
    one = f"where[id][equals]={bot}"
    wanted = "&".join(f"select[{name}]=true" for name in DEFINITION)
    return [
        f"/api/bot/{bot}",
        f"/api/bot/{bot}?depth=10",
        f"/api/bot/{bot}?{wanted}",
        f"/api/bot/{bot}?select[card][raw]=true&select[depth_prompt]=true",
        f"/api/bot/{bot}?select[name]=false",
        f"/api/bot?{one}",
        f"/api/bot?{one}&{wanted}&depth=3",
        f"/api/bot?{one}&populate[bot][system_prompt]=true&depth=3",
    ]


def test_a_visitor_reads_a_public_bot_without_its_definition(house: House) -> None:
    bot = public_bot(house)["id"]
    for who in (house.cast.stranger, house.cast.charlie):
        for path in ways(bot):
            assert not holds(who.get(path), *DEFINITION), path
        assert who.get(f"/api/bot/{bot}")["id"] == bot


def test_a_reader_of_a_share_does_not_get_the_definition(house: House) -> None:
    bot = house.fresh("bot", house.cast.alice, **DEFINITION)["id"]
    share(house, "bot", bot, "read")
    for path in ways(bot):
        assert not holds(house.cast.bob.get(path), *DEFINITION), path


@pytest.mark.parametrize("who", ["alice", "ada", "bob"])
def test_owner_editor_and_admin_get_the_definition(house: House, who: str) -> None:
    bot = house.fresh("bot", house.cast.alice, **DEFINITION)["id"]
    share(house, "bot", bot, "write")
    doc = getattr(house.cast, who).get(f"/api/bot/{bot}?depth=0")
    assert {name: doc[name] for name in DEFINITION} == DEFINITION


def test_an_opened_definition_is_for_all_and_shuts_again(house: House) -> None:
    bot = public_bot(house, is_definition_open=True)["id"]
    for who in (house.cast.stranger, house.cast.charlie):
        assert who.get(f"/api/bot/{bot}")["system_prompt"] == DEFINITION["system_prompt"]
        assert who.ask("GET", f"/api/bot?{asking('system_prompt', 'like', SECRET)}")[0] == 400
    house.cast.alice.ask("PATCH", f"/api/bot/{bot}", {"is_definition_open": False})
    assert not holds(house.cast.charlie.get(f"/api/bot/{bot}"), *DEFINITION)


def test_an_opened_definition_of_a_private_bot_stays_private(house: House) -> None:
    bot = house.fresh("bot", house.cast.alice, is_definition_open=True)["id"]
    assert house.cast.charlie.ask("GET", f"/api/bot/{bot}")[0] == 404


def test_depth_brings_no_definition_along(house: House) -> None:
    bot, charlie = public_bot(house)["id"], house.cast.charlie
    talk = charlie.make("conversation", {"bot_participation": [{"bot_id": bot, "role": "primary"}]})["id"]
    memory = charlie.make("memory", {"bot": bot, "entry": "a walk", "conversation": talk})["id"]
    like = charlie.make("botInteractions", {"bot": bot, "liked": True})["id"]
    wanted = "populate[bot][system_prompt]=true&populate[bot][card]=true"
    for path in (f"conversation/{talk}", f"memory/{memory}", f"botInteractions/{like}"):
        for depth in (1, 2, 5):
            opened = charlie.get(f"/api/{path}?depth={depth}")
            assert f"'id': {bot}, " in str(opened), "the bot itself is shown"
            assert not holds(opened, *DEFINITION)
            assert not holds(charlie.get(f"/api/{path}?depth={depth}&{wanted}"), *DEFINITION)


def test_a_copy_of_a_public_bot_has_no_definition(house: House) -> None:
    bot, charlie = public_bot(house)["id"], house.cast.charlie
    before = everything()
    status, answer = charlie.ask("POST", f"/api/bot/{bot}/duplicate", {})
    assert status == 400, "system_prompt is required, and was not copied"
    assert "system_prompt" in str(answer)
    assert not holds(answer)
    assert changed(before) == {}
    status, answer = charlie.ask("POST", f"/api/bot/{bot}/duplicate", {"system_prompt": "my own", "slug": "copied"})
    assert (status, answer["doc"]["user"]["id"]) == (200, charlie.id)
    assert not holds(answer)


def test_an_answer_to_a_write_shows_no_more_than_a_read(house: House) -> None:
    bot = public_bot(house)["id"]
    share(house, "bot", bot, "read")
    for who in (house.cast.bob, house.cast.charlie):
        for method in ("PATCH", "DELETE"):
            status, answer = who.ask(method, f"/api/bot/{bot}", {"name": "x"})
            assert status == 403
            assert not holds(answer, *DEFINITION)


def test_keys_and_passwords_come_back_to_nobody(house: House) -> None:
    alice = house.cast.alice
    made = house.fresh("api-key", alice, key="sk-cinnamon-abcdef")
    assert made["key"] == "****cdef"
    assert house.fresh("api-key", alice, key="sk-cin")["key"] == "****"
    lore = house.fresh("knowledge", alice, privacy_settings={"share_password": SECRET})
    pile = house.fresh("knowledgeCollections", alice, sharing_settings={"share_password": SECRET})
    for slug, row in (("api-key", made["id"]), ("knowledge", lore["id"]), ("knowledgeCollections", pile["id"])):
        for extra in ("", "?select[key]=true", "?select[privacy_settings][share_password]=true&depth=5"):
            assert not holds(alice.get(f"/api/{slug}/{row}{extra}"), "share_password")
        status, answer = alice.ask("POST", f"/api/{slug}/{row}/duplicate", {"key": "sk-other-value"})
        assert status == 200
        assert not holds(answer, "share_password")
    me = alice.get("/api/users/me")
    assert not holds(me, "password", "hash", "salt", "reset_token_hash", "login_attempts", "clerk_id")
    assert "$2" not in str(me)


def in_the_clear(word: str) -> list[str]:
    """The tables that hold a word."""
    return [table for table, rows in everything().items() if word in str(rows)]


def test_no_key_and_no_password_lies_in_the_clear_in_the_tables(house: House) -> None:
    house.fresh("api-key", house.cast.alice, key="sk-nutmeg-abcdef")
    assert in_the_clear("nutmeg") == []
    assert in_the_clear("correct-horse") == []


@pytest.mark.parametrize(
    ("slug", "group"), [("knowledge", "privacy_settings"), ("knowledgeCollections", "sharing_settings")]
)
def test_no_share_password_lies_in_the_clear(house: House, slug: str, group: str) -> None:
    house.fresh(slug, house.cast.alice, **{group: {"share_password": "nutmeg"}})
    assert in_the_clear("nutmeg") == []
