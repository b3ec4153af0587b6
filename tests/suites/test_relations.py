"""Relations to rows one may not see: neither filters, sorts, depth nor writes tell what is in them."""

from typing import Any

import pytest

from botcafe.cms.query.field_paths import child_columns
from botcafe.cms.schema.collection import all_collections, get_collection
from tests.people import Person
from tests.suites.rows import RECIPES, House, asking, changed, everything, post

OPERATORS = (
    "equals",
    "not_equals",
    "like",
    "not_like",
    "contains",
    "in",
    "not_in",
    "exists",
    "greater_than",
    "less_than",
    "greater_than_equal",
    "less_than_equal",
)


def exposed(house: House) -> dict[str, int]:
    """Things of Alice's that all may read, and that point to things that only she may."""
    alice = house.cast.alice
    pile = house.fresh("knowledgeCollections", alice, name="cinnamon pile")["id"]
    secret = house.fresh("bot", alice, name="cinnamon bot")["id"]
    talk = house.fresh("conversation", alice, title="cinnamon talk")["id"]
    memory = house.fresh("memory", alice, entry="cinnamon memory", conversation=talk)["id"]
    mask = house.fresh("personas", alice, name="cinnamon mask")["id"]
    entry = {
        "privacy_settings": {"privacy_level": "public"},
        "knowledge_collection": pile,
        "source_memory_id": memory,
        "source_conversation_id": talk,
        "applies_to_bots": [secret],
        "applies_to_personas": [mask],
    }
    return {
        "bot": house.fresh("bot", alice, is_public=True, knowledge_collections=[pile])["id"],
        "knowledge": house.fresh("knowledge", alice, **entry)["id"],
        "creatorProfiles": house.fresh("creatorProfiles", alice, featured_bots=[secret])["id"],
        "personas": house.fresh("personas", alice, is_public=True)["id"],
    }


LEADS = [
    # collection, path through a relation, a true guess, a false one
    ("bot", "user.email", "alice@cafe.test", "nobody@cafe.test"),
    ("bot", "user.name", "Alice", "Nobody"),
    ("bot", "knowledge_collections.name", "cinnamon pile", "pepper"),
    ("bot", "knowledge_collections.user.email", "alice@cafe.test", "nobody@cafe.test"),
    ("knowledge", "knowledge_collection.name", "cinnamon pile", "pepper"),
    ("knowledge", "source_memory_id.entry", "cinnamon memory", "pepper"),
    ("knowledge", "source_memory_id.conversation.title", "cinnamon talk", "pepper"),
    ("knowledge", "source_conversation_id.title", "cinnamon talk", "pepper"),
    ("knowledge", "source_conversation_id.bot_participation.role", "primary", "moderator"),
    ("knowledge", "applies_to_bots.name", "cinnamon bot", "pepper"),
    ("knowledge", "applies_to_personas.name", "cinnamon mask", "pepper"),
    ("creatorProfiles", "featured_bots.name", "cinnamon bot", "pepper"),
    ("creatorProfiles", "user.email", "alice@cafe.test", "nobody@cafe.test"),
    ("personas", "user.email", "alice@cafe.test", "nobody@cafe.test"),
]


@pytest.mark.parametrize("operator", OPERATORS)
@pytest.mark.parametrize(("slug", "path", "true", "false"), LEADS)
def test_a_true_guess_and_a_false_one_count_the_same(
    house: House, slug: str, path: str, true: str, false: str, operator: str
) -> None:
    row = exposed(house)[slug]
    truths = ("true", "false") if operator == "exists" else (true, false)
    for who in (house.cast.charlie, house.cast.bob, house.cast.stranger):
        one = f"where[id][equals]={row}"
        assert who.get(f"/api/{slug}/count?{one}") == {"totalDocs": 1}, "the row itself is readable"
        answers = [who.ask("GET", f"/api/{slug}/count?{one}&{asking(path, operator, guess)}") for guess in truths]
        if who.id == 0 and answers[0][0] in {400, 403}:
            assert [status for status, _ in answers] == [answers[0][0]] * 2
            continue
        assert answers == [(200, {"totalDocs": 0})] * 2, who.name


@pytest.mark.parametrize(("slug", "path", "true", "false"), LEADS)
def test_the_owner_does_filter_through_the_same_path(house: House, slug: str, path: str, true: str, false: str) -> None:
    row = exposed(house)[slug]
    one = f"where[id][equals]={row}"
    asked = house.cast.alice.get
    assert asked(f"/api/{slug}/count?{one}&{asking(path, 'equals', true)}") == {"totalDocs": 1}
    assert asked(f"/api/{slug}/count?{one}&{asking(path, 'equals', false)}") == {"totalDocs": 0}


@pytest.mark.parametrize("path", ["user.email", "user.name", "picture.filename", "knowledge_collections.name"])
def test_a_sort_through_a_hidden_relation_orders_nothing(house: House, path: str) -> None:
    first = house.fresh("bot", house.cast.bob, is_public=True)["id"]
    second = house.fresh("bot", house.cast.alice, is_public=True)["id"]
    third = house.fresh("bot", house.cast.ada, is_public=True)["id"]
    found = []
    for sign in ("", "-"):
        status, answer = house.cast.charlie.ask("GET", f"/api/bot?sort={sign}{path}&limit=3&depth=0")
        assert status == 200
        found.append([doc["id"] for doc in answer["docs"]])
    assert found == [[third, second, first]] * 2


def targets(house: House) -> list[tuple[str, str, str, str | None]]:
    """Every relation of every collection: slug, path, slug of the target, what the caller must be allowed there."""
    from django.apps import apps

    from botcafe.cms.schema.collection import collection_for_model

    found: list[tuple[str, str, str, str | None]] = []
    for of in all_collections():
        stamped = set(of.create.stamps)
        found += [
            (of.slug, path, collection_for_model(f.related_model).slug, f.spec.needs)
            for path, f in of.columns.items()
            if f.is_relation and f.name not in stamped
        ]
        found += [
            (of.slug, p, collection_for_model(apps.get_model(m.to)).slug, m.spec.needs) for p, m in of.many.items()
        ]
        for path in of.children:
            for name, column in child_columns(of.child_model(path)).items():
                if column.is_relation:
                    target = collection_for_model(column.related_model).slug
                    found.append((of.slug, f"{path}.{name}", target, column.spec.needs))
    return found


def nested(path: str, value: Any) -> dict[str, Any]:
    """A document with a value at a dotted path."""
    *parents, last = path.split(".")
    made: dict[str, Any] = {last: value}
    for part in reversed(parents):
        made = {part: made}
    return made


NEEDED = {
    # Relations to what only some may read: these ask for more than that the row exists.
    ("message", "conversation", "update"),
    ("message", "parent", "read"),
    ("message", "message_thread.reply_to_id", "read"),
    ("message", "bot", "read"),
    ("message", "message_attribution.source_bot_id", "read"),
    ("message", "message_content.media_attachments", "read"),
    ("knowledge", "knowledge_collection", "update"),
    ("knowledge", "source_memory_id", "read"),
    ("knowledge", "source_conversation_id", "read"),
    ("knowledge", "applies_to_bots", "read"),
    ("knowledge", "applies_to_personas", "read"),
    ("knowledge", "vector_records", "read"),
    ("memory", "bot", "read"),
    ("memory", "lore_entry", "read"),
    ("memory", "vector_records", "read"),
    ("memoryInsights", "memory", "read"),
    ("personaAnalytics", "persona", "read"),
    ("botInteractions", "bot", "read"),
    ("conversation", "persona", "read"),
    ("conversation", "active_leaf", "read"),
}


def test_relations_to_private_things_ask_for_more_than_existence(house: House) -> None:
    found = {(slug, path, needs) for slug, path, _, needs in targets(house)}
    assert found >= NEEDED


@pytest.mark.parametrize(("slug", "path", "needs"), sorted(NEEDED))
def test_a_relation_to_a_hidden_row_is_refused_as_if_it_were_missing(
    house: House, slug: str, path: str, needs: str
) -> None:
    charlie = house.cast.charlie
    target = next(to for s, p, to, _ in targets(house) if (s, p) == (slug, path))
    hidden = house.id(target, house.cast.alice)
    own = house.id(slug, charlie)
    answers = []
    for row_id in (hidden, 987654321):
        before = everything()
        for made in (
            post(charlie, slug, {**RECIPES[slug].body(house, charlie), **nested(path, row_id)}),
            charlie.ask("PATCH", f"/api/{slug}/{own}", nested(path, row_id)),
        ):
            assert made[0] == 400, made
            problem = made[1]["errors"][0]["data"]["errors"][0]
            assert problem["path"] == path
            answers.append(str(made[1]).replace(f"{row_id} 0", "ID 0"))
        after = changed(before)
        assert get_collection(slug).model._meta.db_table not in after
    assert answers[:2] == answers[2:], "a hidden row and a missing one are told apart"


def ids_only(doc: dict[str, Any], *paths: str) -> bool:
    """Whether the values at these paths are bare ids."""
    for path in paths:
        node: Any = doc
        for part in path.split("."):
            node = node[part]
        if not all(isinstance(item, int) for item in (node if isinstance(node, list) else [node])):
            return False
    return True


def strangers(house: House) -> list[Person]:
    """Those who may read what is public, and nothing else of Alice's."""
    return [house.cast.stranger, house.cast.charlie, house.cast.bob]


@pytest.mark.parametrize("depth", [0, 1, 2, 5, 10, 99])
def test_depth_leaves_what_one_may_not_read_as_an_id(house: House, depth: int) -> None:
    rows = exposed(house)
    for who in strangers(house):
        lore = who.get(f"/api/knowledge/{rows['knowledge']}?depth={depth}")
        paths = ("knowledge_collection", "source_memory_id", "source_conversation_id", "applies_to_bots")
        assert ids_only(lore, "user", "applies_to_personas", *paths)
        assert ids_only(who.get(f"/api/bot/{rows['bot']}?depth={depth}"), "user", "knowledge_collections")
        profile = who.get(f"/api/creatorProfiles/{rows['creatorProfiles']}?depth={depth}")
        assert ids_only(profile, "user", "featured_bots")
        assert "cinnamon" not in str((lore, profile))
        listed = who.get(f"/api/knowledge?depth={depth}&limit=100&populate[users][email]=true")
        assert "alice@" not in str(listed)


def test_the_owner_gets_the_same_relations_opened(house: House) -> None:
    rows = exposed(house)
    lore = house.cast.alice.get(f"/api/knowledge/{rows['knowledge']}?depth=2")
    assert lore["knowledge_collection"]["name"] == "cinnamon pile"
    assert lore["source_memory_id"]["conversation"]["title"] == "cinnamon talk"
    assert lore["applies_to_bots"][0]["name"] == "cinnamon bot"


def test_what_is_still_referred_to_is_not_deleted_and_the_answer_says_by_what(house: House) -> None:
    alice, bot = house.cast.alice, house.id("bot", house.cast.alice)
    before = everything()
    status, answer = alice.ask("DELETE", f"/api/bot/{bot}")
    assert status == 409
    assert "participation" in answer["errors"][0]["message"]
    assert "memory" in answer["errors"][0]["message"]
    assert changed(before) == {}
