"""Zips of many files are unpacked in the order of import, and what is left out has its reason."""

import io
import json
import zipfile
from typing import Any

import pytest

from botcafe.formats.bundles import FileBundle, read_bundle
from botcafe.formats.chats.groups import MAX_MEMBERS, is_group, read_group
from botcafe.formats.errors import FormatError
from botcafe.formats.import_notes import ImportNotes

CARD = json.dumps({"spec": "chara_card_v2", "data": {"name": "Noor", "description": "x"}})
CHAT = '{"user_name": "Robin", "character_name": "Noor"}\n{"name": "Noor", "mes": "Hello"}'
PERSONAS = json.dumps({"personas": {"a.png": "Robin"}, "persona_descriptions": {}})
BOOK = json.dumps({"entries": {"0": {"uid": 0, "key": ["sea"], "content": "Salt."}}})
GROUP = json.dumps({"name": "Trio", "members": ["noor.png"], "chats": []})


def zip_of(files: dict[str, str]) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return made.getvalue()


def unpack(*names: str, **files: str) -> FileBundle:
    bundle = read_bundle(zip_of({**dict.fromkeys(names, CARD), **files}))
    assert bundle is not None
    return bundle


def names_of(bundle: FileBundle) -> list[str]:
    return [name for name, _ in bundle.files]


@pytest.mark.parametrize("data", [b"", b"{}", b"text", b"\x89PNG\r\n", b"PKnope"])
def test_a_file_that_is_no_zip_is_no_bundle(data: bytes) -> None:
    assert read_bundle(data) is None


@pytest.mark.parametrize("name", ["card.json", "manifest.json"])
def test_a_zip_that_is_one_card_is_no_bundle(name: str) -> None:
    assert read_bundle(zip_of({name: CARD, "assets/a.png": "x"})) is None


def test_what_others_refer_to_comes_first() -> None:
    files = {
        "a-chat.jsonl": CHAT,
        "b-group.json": GROUP,
        "c-book.json": BOOK,
        "d-card.json": CARD,
        "e-me.json": PERSONAS,
    }
    bundle = read_bundle(zip_of(files))
    assert bundle is not None
    assert names_of(bundle) == ["e-me.json", "d-card.json", "c-book.json", "b-group.json", "a-chat.jsonl"]


def test_files_of_one_kind_come_by_name_and_unknown_ones_last() -> None:
    bundle = read_bundle(zip_of({"b.json": CARD, "notes.bin": "\x00\x01", "a.json": CARD}))
    assert bundle is not None
    assert names_of(bundle) == ["a.json", "b.json", "notes.bin"]


@pytest.mark.parametrize(
    "name",
    [
        "__MACOSX/._noor.json",
        ".DS_Store",
        "cards/.DS_Store",
        "Thumbs.db",
        "desktop.ini",
        ".git/config",
        "cards/.hidden",
    ],
)
def test_files_of_operating_systems_are_passed_over_without_a_word(name: str) -> None:
    bundle = unpack("noor.json", name)
    assert (names_of(bundle), bundle.left_out) == (["noor.json"], ())


@pytest.mark.parametrize(
    ("path", "folder", "words"),
    [
        ("backgrounds/sea.jpg", "backgrounds", "pictures"),
        ("data/thumbnails/a.png", "data/thumbnails", "pictures"),
        ("secrets.json", "secrets.json", "keys are not taken"),
        ("extensions/x/y.js", "extensions", "settings of that program"),
        ("stats.json", "stats.json", "settings of that program"),
        ("instruct/Alpaca.json", "instruct", "come with the program"),
        ("TextGen Settings/Default.json", "TextGen Settings", "come with the program"),
        ("backups/chat.jsonl", "backups", "older states"),
    ],
)
def test_what_a_backup_of_sillytavern_leaves_out_has_its_reason(path: str, folder: str, words: str) -> None:
    bundle = unpack("characters/noor.json", path)
    assert names_of(bundle) == ["characters/noor.json"]
    ((left, reason),) = bundle.left_out
    assert left == folder
    assert words in reason


def test_files_of_one_folder_are_left_out_with_their_number() -> None:
    bundle = unpack("characters/noor.json", "backgrounds/a.jpg", "backgrounds/b.jpg", "backgrounds/deep/c.jpg")
    assert [where for where, _ in bundle.left_out] == ["backgrounds (3 files)"]


def test_a_folder_of_that_name_is_taken_in_any_other_zip() -> None:
    assert names_of(unpack("instruct/noor.json")) == ["instruct/noor.json"]


def test_an_export_of_an_account_leaves_out_its_own_list_and_documents() -> None:
    bundle = read_bundle(
        zip_of({"account.json": "{}", "bots/noor.json": CARD, "documents/a.pdf": "x", "media/a.png": "y"})
    )
    assert bundle is not None
    assert names_of(bundle) == ["bots/noor.json"]
    assert [where for where, _ in bundle.left_out] == ["documents", "media"]


@pytest.mark.parametrize(
    "files", [{".DS_Store": "x"}, {"account.json": "{}"}, {"characters/.x": "", "backgrounds/a": ""}], ids=str
)
def test_a_zip_with_nothing_to_bring_is_refused(files: dict[str, str]) -> None:
    with pytest.raises(FormatError) as caught:
        read_bundle(zip_of(files))
    assert caught.value.code == "unsupported"


@pytest.mark.parametrize(
    ("strategy", "order"),
    [
        (0, "natural"),
        (1, "list"),
        (2, "manual"),
        (3, "pooled"),
        (4, "natural"),
        (-1, "natural"),
        (None, "natural"),
        ("1", "list"),
        ([], "natural"),
    ],
)
def test_the_order_of_a_group_is_known_by_its_number(strategy: Any, order: str) -> None:
    assert read_group({"members": ["a.png"], "activation_strategy": strategy}, ImportNotes()).order == order


def test_a_group_has_members_once_each_and_who_is_muted() -> None:
    root: Any = {"name": " The  Trio ", "members": ["a.png", "b.png", "a.png", " "], "disabled_members": ["b.png"],
                 "auto_mode_delay": 5, "chat_metadata": {"scenario": "A café."}}  # fmt: skip
    group = read_group(root, ImportNotes())
    assert (group.name, group.members, group.muted) == ("The Trio", ("a.png", "b.png"), frozenset({"b.png"}))
    assert (group.delay_seconds, group.scenario, group.raw) == (5, "A café.", root)


@pytest.mark.parametrize("members", [[], [""], None, {}, [None]], ids=repr)
def test_a_group_without_members_is_refused(members: Any) -> None:
    with pytest.raises(FormatError, match="no member"):
        read_group({"members": members}, ImportNotes())


def test_a_group_of_too_many_is_cut_with_a_warning() -> None:
    notes = ImportNotes()
    group = read_group({"members": [f"{number}.png" for number in range(MAX_MEMBERS + 1)]}, notes)
    assert len(group.members) == MAX_MEMBERS
    assert notes.lines()


@pytest.mark.parametrize(
    ("root", "answer"),
    [
        ({"members": [], "chats": []}, True),
        ({"members": []}, False),
        ({"chats": []}, False),
        ({"members": {}, "chats": []}, False),
        ([], False),
        (None, False),
    ],
)
def test_a_group_file_is_known_by_its_lists(root: object, answer: bool) -> None:
    assert is_group(root) is answer
