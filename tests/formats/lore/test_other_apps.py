"""Lorebooks of other apps: each field finds its place, and stays there in both forms that we write."""

import json
from typing import Any, get_args

import pytest

from botcafe.formats import limits
from botcafe.formats.errors import FormatError
from botcafe.formats.import_notes import ImportNotes
from botcafe.formats.lore.model import Lorebook, LoreEntry, LoreForm
from botcafe.formats.lore.other_apps import byaf_book, detect_lorebook_kind, lorebook_from_json
from botcafe.formats.lore.writer import write_lorebook

Json = dict[str, Any]
FORMS: tuple[LoreForm, ...] = get_args(LoreForm)
AGNAI: Json = {
    "keywords": ["lamp", "oil"], "entry": "It burns.", "name": "Lamp", "weight": 3, "priority": 7, "enabled": False,
    "secondaryKeys": ["night"], "selective": True, "constant": True, "position": "after_char",
}  # fmt: skip
RISU: Json = {
    "key": "lamp, oil", "secondkey": "night", "insertorder": 3, "comment": "Lamp", "content": "It burns.",
    "mode": "normal", "alwaysActive": True, "selective": True, "activationPercent": 30,
}  # fmt: skip
NOVELAI: Json = {
    "text": "It burns.", "keys": ["lamp", "oil"], "displayName": "Lamp", "enabled": True, "forceActivation": True,
    "contextConfig": {"budgetPriority": 400},
}  # fmt: skip
KOBOLD: Json = {
    "key": "lamp, oil", "keysecondary": "night", "content": "It burns.", "comment": "Lamp", "selective": True,
    "constant": True, "probability": 30, "wigroup": "Lights",
}  # fmt: skip
FOLDER: Json = {"key": "\uf000folder:1", "mode": "folder", "comment": "Lights", "content": "no text"}


def agnai(*entries: Any) -> Json:
    return {"kind": "memory", "name": "Coast", "description": "By the sea.", "entries": list(entries)}


def risu(*entries: Any) -> Json:
    return {"type": "risu", "ver": 1, "data": list(entries)}


def novelai(*entries: Any, **more: Any) -> Json:
    return {"lorebookVersion": 5, "entries": list(entries), **more}


def kobold(*entries: Any) -> Json:
    return {"worldinfo": list(entries)}


def read(book: Json) -> Lorebook:
    return lorebook_from_json(book, ImportNotes())


def only_entry(book: Json) -> LoreEntry:
    (found,) = read(book).entries
    return found


def written_again(book: Lorebook, form: LoreForm) -> Lorebook:
    return read(json.loads(write_lorebook(book, form)))


def comparable(entry: LoreEntry) -> Json:
    """The fields that the entries of other apps set; those that the writer gives a default are named by it."""
    names = ("keys", "secondary_keys", "content", "enabled", "insertion_order", "constant", "selective", "use_regex",
             "comment", "name", "priority", "group")  # fmt: skip
    position, probability = entry.position or "before_char", 100 if entry.probability is None else entry.probability
    return {name: getattr(entry, name) for name in names} | {"position": position, "probability": probability}


BOOKS: dict[str, Json] = {
    "agnai": agnai(AGNAI, {"keywords": ["sea"], "entry": "Deep."}),
    "risu": risu(RISU, FOLDER, {"key": "/a{1,2}/i", "useRegex": True, "content": "C"}),
    "novelai": novelai(NOVELAI, {"text": "C", "keys": ["/x{1,2}/"]}),
    "kobold": kobold(KOBOLD, {"key": "a", "keyanti": "b, c", "content": "C", "widisabled": True}),
}


@pytest.mark.parametrize("kind", BOOKS)
def test_the_app_is_detected_by_content(kind: str) -> None:
    book = read(BOOKS[kind])
    assert (detect_lorebook_kind(BOOKS[kind]), book.kind, book.raw) == (kind, kind, BOOKS[kind])
    assert book.left_out == ()


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("kind", BOOKS)
def test_a_book_of_another_app_stays_the_same_when_written_and_read(kind: str, form: LoreForm) -> None:
    book = read(BOOKS[kind])
    again = written_again(book, form)
    assert [comparable(entry) for entry in again.entries] == [comparable(entry) for entry in book.entries]
    assert (again.name, again.description, again.kind) == (book.name, book.description, form)
    assert again.warnings == ()


@pytest.mark.parametrize("kind", BOOKS)
def test_what_was_written_once_is_written_the_same_from_then_on(kind: str) -> None:
    for form in FORMS:
        once = write_lorebook(read(BOOKS[kind]), form)
        assert write_lorebook(read(json.loads(once)), form) == once


@pytest.mark.parametrize("kind", BOOKS)
def test_an_entry_keeps_what_its_app_wrote(kind: str) -> None:
    originals = next(value for value in BOOKS[kind].values() if isinstance(value, list))
    assert [entry.raw for entry in read(BOOKS[kind]).entries] == [{"original": each} for each in originals]


def test_an_agnai_entry_gives_every_field() -> None:
    entry = only_entry(agnai(AGNAI))
    assert (entry.keys, entry.secondary_keys, entry.content) == (("lamp", "oil"), ("night",), "It burns.")
    assert (entry.name, entry.comment, entry.position) == ("Lamp", "Lamp", "after_char")
    assert (entry.insertion_order, entry.priority) == (3, 7)
    assert (entry.enabled, entry.selective, entry.constant) == (False, True, True)


def test_a_comment_of_agnai_wins_over_the_name() -> None:
    entry = only_entry(agnai(AGNAI | {"comment": "Of the tower"}))
    assert (entry.name, entry.comment) == ("Lamp", "Of the tower")


def test_a_risu_entry_gives_every_field() -> None:
    entry = only_entry(risu(RISU))
    assert (entry.keys, entry.secondary_keys, entry.content) == (("lamp", "oil"), ("night",), "It burns.")
    assert (entry.comment, entry.insertion_order, entry.probability) == ("Lamp", 3, 30)
    assert (entry.enabled, entry.selective, entry.constant, entry.use_regex) == (True, True, True, False)


def test_commas_of_a_pattern_of_risu_do_not_split_it() -> None:
    entry = only_entry(risu(RISU | {"key": "la(mp|nd), oil", "useRegex": True}))
    assert (entry.keys, entry.use_regex) == (("la(mp|nd), oil",), True)


def test_a_folder_of_risu_is_kept_as_a_disabled_entry() -> None:
    book = read(risu(FOLDER, RISU))
    folder, lamp = book.entries
    assert (folder.enabled, folder.keys, folder.content, folder.comment) == (False, (), "", "Lights")
    assert lamp.enabled
    assert book.warnings == ("data: 1 folders hold other entries; the entries were read, and the folders kept.",)


def test_a_novelai_entry_gives_every_field() -> None:
    entry = only_entry(novelai(NOVELAI))
    assert (entry.keys, entry.content, entry.name, entry.comment) == (("lamp", "oil"), "It burns.", "Lamp", "Lamp")
    assert (entry.enabled, entry.constant, entry.insertion_order) == (True, True, 400)


@pytest.mark.parametrize(
    ("category", "own", "expected"),
    [("off", True, False), ("off", False, False), ("on", True, True), ("on", False, False), ("", True, True)],
)
def test_a_disabled_category_of_novelai_disables_its_entries(category: str, own: bool, expected: bool) -> None:
    categories = [{"id": "off", "enabled": False}, {"id": "on", "enabled": True}, "no category"]
    entry = only_entry(novelai(NOVELAI | {"category": category, "enabled": own}, categories=categories))
    assert entry.enabled is expected


def test_a_kobold_entry_gives_every_field() -> None:
    entry = only_entry(kobold(KOBOLD))
    assert (entry.keys, entry.secondary_keys, entry.content) == (("lamp", "oil"), ("night",), "It burns.")
    assert (entry.comment, entry.group, entry.probability) == ("Lamp", "Lights", 30)
    assert (entry.enabled, entry.selective, entry.constant) == (True, True, True)


@pytest.mark.parametrize(
    ("banned", "content"),
    [("", "It burns."), ("sun", "@@exclude_keys sun\nIt burns."), (" sun ,day,", "@@exclude_keys sun,day\nIt burns.")],
)
def test_excluded_keys_of_kobold_become_a_decorator(banned: str, content: str) -> None:
    assert only_entry(kobold(KOBOLD | {"keyanti": banned})).content == content


def test_lore_of_backyard_is_a_book_with_the_name_of_its_character() -> None:
    notes = ImportNotes()
    book = byaf_book([{"key": "lamp, oil", "value": "It burns."}, 5], "Olga", "c.json", notes)
    assert book is not None
    assert (book.name, book.kind, book.left_out) == ("Olga", "byaf", ("c.json.loreItems[1]",))
    assert [(entry.keys, entry.content) for entry in book.entries] == [(("lamp", "oil"), "It burns.")]
    assert len(notes.lines()) == 1


@pytest.mark.parametrize("items", [None, [], {}, "lore"])
def test_without_lore_of_backyard_there_is_no_book(items: Any) -> None:
    assert byaf_book(items, "Olga", "", ImportNotes()) is None


@pytest.mark.parametrize("make", [agnai, risu, novelai, kobold])
@pytest.mark.parametrize("item", [None, 5, "text", []])
def test_what_is_no_entry_is_left_out_with_its_place(make: Any, item: Any) -> None:
    book = read(make({}, item, {}))
    (place,) = book.left_out
    assert place.endswith("[1]")
    assert len(book.entries) == 2
    assert any(line.startswith(f"{place}: an object was expected") for line in book.warnings)


@pytest.mark.parametrize("make", [agnai, risu, novelai, kobold])
def test_more_entries_than_the_limit_are_refused(make: Any) -> None:
    with pytest.raises(FormatError) as caught:
        read(make(*[{}] * (limits.MAX_LORE_ENTRIES + 1)))
    assert caught.value.code == "too_large"
    assert str(limits.MAX_LORE_ENTRIES) in caught.value.message


@pytest.mark.parametrize("root", [{}, {"entries": None}, {"entries": "text"}, {"type": "risu", "data": {}}])
def test_other_json_is_no_lorebook(root: Json) -> None:
    assert detect_lorebook_kind(root) is None
    with pytest.raises(FormatError) as caught:
        read(root)
    assert (caught.value.code, '"entries"' in caught.value.message) == ("not_a_lorebook", True)


def test_a_game_of_kobold_is_no_lorebook() -> None:
    for sign in ({"actions": ["Once."]}, {"gamestarted": True}):
        assert detect_lorebook_kind(kobold(KOBOLD) | sign) is None
