"""Lorebooks in and out: every field of every kind, with what nobody knows."""

import json
from typing import Any

import pytest

from tests.people import Cast, Person
from tests.transfer.helpers import created_in, download, import_body

Json = dict[str, Any]
FULL: Json = {
    "uid": 7,
    "key": ["lamp", "/oil{1,2}/i"],
    "keysecondary": ["night"],
    "comment": "The lamp",
    "content": "It burns oil.",
    "constant": False,
    "vectorized": True,
    "selective": True,
    "selectiveLogic": 3,
    "addMemo": True,
    "order": 42,
    "position": 4,
    "disable": False,
    "excludeRecursion": True,
    "preventRecursion": True,
    "delayUntilRecursion": 2,
    "probability": 60,
    "useProbability": True,
    "depth": 3,
    "role": 1,
    "group": "lights",
    "groupOverride": True,
    "groupWeight": 30,
    "scanDepth": 9,
    "caseSensitive": True,
    "matchWholeWords": False,
    "useGroupScoring": None,
    "automationId": "auto-1",
    "sticky": 2,
    "cooldown": 3,
    "delay": 4,
    "ignoreBudget": True,
    "outletName": "door",
    "matchPersonaDescription": True,
    "matchCharacterDescription": False,
    "matchCharacterPersonality": False,
    "matchCharacterDepthPrompt": False,
    "matchScenario": True,
    "matchCreatorNotes": False,
    "triggers": ["normal", "swipe"],
    "characterFilter": {"isExclude": True, "names": ["Olga"], "tags": ["sea"]},
    "displayIndex": 0,
    "x_unknown": {"kept": [1, None]},
}
OLD: Json = {"uid": 0, "key": ["a"], "keysecondary": [], "comment": "", "content": "Old.", "constant": True, "order": 5}
EMPTY: Json = {"uid": 2, "key": ["e"], "content": "", "x": 1}
OFF: Json = {"uid": 3, "key": ["f"], "content": "Off.", "disable": True, "constant": True, "order": 1}
BOOK: Json = {"name": "Coast", "x_book": True, "entries": {"7": FULL, "0": OLD, "2": EMPTY, "3": OFF}}


def rows_of(person: Person, book: int) -> list[Json]:
    path = f"/api/knowledge?where[knowledge_collection][equals]={book}&depth=0&sort=id&limit=100"
    found: list[Json] = person.get(path)["docs"]
    return found


def kept(person: Person, data: Any, query: str = "") -> tuple[int, Json]:
    outcome = import_body(person, data, f"{query}&same=copy" if query else "?same=copy")
    (book,) = created_in(outcome, "knowledgeCollections")
    return book["id"], outcome


def test_world_info_survives_a_round_trip(cast: Cast) -> None:
    book, outcome = kept(cast.alice, BOOK)
    assert download(cast.alice, f"/api/knowledgeCollections/{book}/lorebook?format=st") == BOOK
    assert outcome["skipped"][0]["what"] == "lore: e"
    assert cast.alice.get(f"/api/knowledgeCollections/{book}?depth=0")["name"] == "Coast"


def test_each_field_of_an_entry_is_a_field_of_ours(cast: Cast) -> None:
    book, _ = kept(cast.alice, BOOK)
    full, old, off = rows_of(cast.alice, book)
    activation = full["activation_settings"]
    assert full["title"] == "The lamp"
    assert activation["activation_mode"] == "hybrid"
    assert activation["primary_keys"] == ["lamp", "/oil{1,2}/i"]
    assert (activation["secondary_keys"], activation["keywords_logic"]) == (["night"], "AND_ALL")
    assert (activation["case_sensitive"], activation["match_whole_words"]) == (True, False)
    assert (activation["scan_depth"], activation["probability"]) == (9, 60)
    assert activation["match_sources"] == ["persona", "scenario"]
    place = {"position": "at_depth", "depth": 3, "role": "user", "order": 42, "outlet_name": "door"}
    assert full["positioning"] == place
    advanced = full["advanced_activation"]
    assert (advanced["sticky"], advanced["cooldown"], advanced["delay"]) == (2, 3, 4)
    assert (advanced["exclude_recursion"], advanced["prevent_recursion"]) == (True, True)
    assert (advanced["delay_until_recursion"], advanced["group"], advanced["group_weight"]) == (2, "lights", 30)
    assert (advanced["group_override"], advanced["use_group_scoring"]) == (True, None)
    assert full["filtering"]["triggers"] == ["normal", "swipe"]
    assert full["filtering"]["character_filter"] == {"isExclude": True, "names": ["Olga"], "tags": ["sea"]}
    assert full["budget_control"]["ignore_budget"] is True
    assert old["activation_settings"]["activation_mode"] == "constant"
    assert off["activation_settings"]["activation_mode"] == "off"
    assert {row["user"] for row in (full, old, off)} == {cast.alice.id}


TOUCHES: list[tuple[Json, Json]] = [
    ({"entry": "New."}, {"content": "New."}),
    ({"title": "T"}, {"comment": "T"}),
    ({"activation_settings": {"primary_keys": ["b"]}}, {"key": ["b"]}),
    ({"activation_settings": {"secondary_keys": []}}, {"keysecondary": []}),
    ({"activation_settings": {"keywords_logic": "NOT_ANY"}}, {"selectiveLogic": 2}),
    ({"activation_settings": {"activation_mode": "constant"}}, {"constant": True, "vectorized": False}),
    ({"activation_settings": {"activation_mode": "off"}}, {"disable": True}),
    ({"activation_settings": {"case_sensitive": None}}, {"caseSensitive": None}),
    (
        {"activation_settings": {"match_sources": ["creator_notes"]}},
        {"matchScenario": False, "matchCreatorNotes": True},
    ),
    ({"activation_settings": {"probability": 5}}, {"probability": 5, "useProbability": True}),
    ({"positioning": {"position": "outlet"}}, {"position": 7}),
    ({"positioning": {"role": "assistant"}}, {"role": 2}),
    ({"positioning": {"order": 1.5}}, {"order": 1.5}),
    ({"advanced_activation": {"sticky": None}}, {"sticky": None}),
    ({"advanced_activation": {"group": ""}}, {"group": ""}),
    ({"filtering": {"triggers": []}}, {"triggers": []}),
    ({"filtering": {"character_filter": None}}, {"characterFilter": None}),
    ({"budget_control": {"ignore_budget": False}}, {"ignoreBudget": False}),
]


@pytest.mark.parametrize(("change", "expected"), TOUCHES)
def test_an_edited_field_is_written_and_the_rest_kept(cast: Cast, change: Json, expected: Json) -> None:
    book, _ = kept(cast.alice, BOOK)
    row = rows_of(cast.alice, book)[0]
    status, answer = cast.alice.ask("PATCH", f"/api/knowledge/{row['id']}", change)
    assert status == 200, answer
    entries = download(cast.alice, f"/api/knowledgeCollections/{book}/lorebook")["entries"]
    written = entries["7"]
    assert {name: written.get(name) for name in expected} == expected
    ours = set(expected) | {"matchPersonaDescription"}
    assert {k: v for k, v in written.items() if k not in ours} == {k: v for k, v in FULL.items() if k not in ours}
    assert {k: v for k, v in entries.items() if k != "7"} == {k: v for k, v in BOOK["entries"].items() if k != "7"}


def test_a_disabled_entry_is_enabled_with_its_own_mode(cast: Cast) -> None:
    book, _ = kept(cast.alice, BOOK)
    off = rows_of(cast.alice, book)[2]
    assert off["origin"]["mode"] == "constant"
    cast.alice.ask("PATCH", f"/api/knowledge/{off['id']}", {"entry": "Still off."})
    written = download(cast.alice, f"/api/knowledgeCollections/{book}/lorebook")["entries"]["3"]
    assert (written["disable"], written["constant"], written["content"]) == (True, True, "Still off.")


def test_an_entry_of_our_own_joins_the_file(cast: Cast) -> None:
    book, _ = kept(cast.alice, BOOK)
    data = {"entry": "Ours.", "type": "text", "knowledge_collection": book, "title": "Own"}
    cast.alice.make("knowledge", data)
    entries = download(cast.alice, f"/api/knowledgeCollections/{book}/lorebook")["entries"]
    (own,) = [each for each in entries.values() if each["content"] == "Ours."]
    assert own["comment"] == "Own"
    assert str(own["uid"]) in entries


def test_both_forms_keep_every_field(cast: Cast) -> None:
    """World info -> lorebook_v3 -> world info says the same of every entry."""
    book, _ = kept(cast.alice, BOOK)
    v3 = download(cast.alice, f"/api/knowledgeCollections/{book}/lorebook?format=v3")
    assert v3["spec"] == "lorebook_v3"
    entry = v3["data"]["entries"][0]
    assert (entry["keys"], entry["enabled"], entry["insertion_order"]) == (FULL["key"], True, 42)
    assert entry["extensions"]["x_unknown"] == {"kept": [1, None]}
    again, _ = kept(cast.alice, v3)
    left, right = rows_of(cast.alice, book), rows_of(cast.alice, again)
    own = {"id", "createdAt", "updatedAt", "origin", "knowledge_collection", "created_timestamp", "modified_timestamp"}
    for one, other in zip(left, right, strict=True):
        assert {k: v for k, v in one.items() if k not in own} == {k: v for k, v in other.items() if k not in own}
    assert download(cast.alice, f"/api/knowledgeCollections/{again}/lorebook?format=v3") == v3


V3 = {
    "spec": "lorebook_v3",
    "x_top": 1,
    "data": {
        "name": "B",
        "scan_depth": 4,
        "token_budget": 300,
        "recursive_scanning": True,
        "extensions": {"x": 1},
        "entries": [
            {
                "keys": ["k"],
                "content": "@@depth 2\nC",
                "enabled": True,
                "insertion_order": 1,
                "use_regex": True,
                "extensions": {},
            }
        ],
    },
}
OTHERS: list[tuple[Json, str, list[str], str]] = [
    (V3, "B", ["k"], "@@depth 2\nC"),
    (
        {
            "kind": "memory",
            "name": "B",
            "entries": [
                {"name": "n", "entry": "C", "keywords": ["k", "l"], "weight": 3, "priority": 2, "enabled": True}
            ],
        },
        "B",
        ["k", "l"],
        "C",
    ),
    (
        {
            "type": "risu",
            "ver": 1,
            "data": [
                {
                    "key": "k, l",
                    "secondkey": "",
                    "insertorder": 3,
                    "comment": "n",
                    "content": "C",
                    "mode": "normal",
                    "alwaysActive": False,
                    "selective": False,
                },
                {"key": "\uf000folder:1", "mode": "folder", "comment": "F", "content": ""},
            ],
        },
        "f",
        ["k", "l"],
        "C",
    ),
    (
        {
            "lorebookVersion": 5,
            "entries": [
                {
                    "text": "C",
                    "keys": ["k"],
                    "displayName": "n",
                    "enabled": True,
                    "forceActivation": False,
                    "contextConfig": {"budgetPriority": 400},
                }
            ],
            "categories": [],
        },
        "f",
        ["k"],
        "C",
    ),
    (
        {
            "worldinfo": [
                {
                    "key": "k,l",
                    "keysecondary": "",
                    "keyanti": "x, y",
                    "content": "C",
                    "selective": False,
                    "constant": False,
                }
            ]
        },
        "f",
        ["k", "l"],
        "@@exclude_keys x,y\nC",
    ),
    (
        {"entries": [{"keys": ["k"], "content": "C", "enabled": True, "insertion_order": 1, "extensions": {}}]},
        "f",
        ["k"],
        "C",
    ),
]


@pytest.mark.parametrize(("book", "name", "keys", "text"), OTHERS)
def test_lorebooks_of_other_apps_are_imported(cast: Cast, book: Json, name: str, keys: list[str], text: str) -> None:
    number, _ = kept(cast.alice, book, "?name=f.json")
    (row,) = rows_of(cast.alice, number)
    assert cast.alice.get(f"/api/knowledgeCollections/{number}?depth=0")["name"] == name
    assert (row["activation_settings"]["primary_keys"], row["entry"]) == (keys, text)
    if book is V3:
        assert download(cast.alice, f"/api/knowledgeCollections/{number}/lorebook?format=v3") == V3
    for form in ("st", "v3"):
        written = download(cast.alice, f"/api/knowledgeCollections/{number}/lorebook?format={form}")
        again, _ = kept(cast.alice, written)
        assert rows_of(cast.alice, again)[0]["activation_settings"] == row["activation_settings"]


def test_a_bare_book_without_a_name_takes_that_of_its_file(cast: Cast) -> None:
    outcome = import_body(cast.alice, {"entries": {}}, "?name=My%20lore.json")
    assert created_in(outcome, "knowledgeCollections")[0]["name"] == "My lore"


def test_only_readers_get_a_lorebook(cast: Cast) -> None:
    book, _ = kept(cast.alice, BOOK)
    path = f"/api/knowledgeCollections/{book}/lorebook"
    assert download(cast.bob, path, status=404)
    assert download(cast.stranger, path, status=403)
    assert download(cast.alice, f"{path}?format=txt", status=400)
    cast.alice.ask("PATCH", f"/api/knowledgeCollections/{book}", {"sharing_settings": {"sharing_level": "public"}})
    shared = download(cast.bob, path)
    assert "7" not in shared["entries"], "entries have rules of their own"


def test_many_entries_are_imported_quickly(cast: Cast) -> None:
    entries = {str(n): {"uid": n, "key": [f"k{n}"], "content": f"Text {n}"} for n in range(2000)}
    book, _ = kept(cast.alice, json.dumps({"entries": entries}).encode())
    assert cast.alice.get(f"/api/knowledgeCollections/{book}?depth=0")["sharing_settings"]["knowledge_count"] == 2000
