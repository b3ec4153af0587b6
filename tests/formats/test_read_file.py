"""`read_file` on any file: its kind is known by its content, and a file that cannot be read is a FormatError."""

import io
import json
import zipfile
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from botcafe.formats import limits
from botcafe.formats.archive import read_archive, write_archive
from botcafe.formats.cards.card_files import read_card
from botcafe.formats.cards.charx import write_charx
from botcafe.formats.chats.dates import parse_instant
from botcafe.formats.detect import detect_format, read_file
from botcafe.formats.errors import FormatError
from botcafe.formats.lore.writer import write_lorebook
from tests.formats.fixtures import PICTURE, as_json, entry, png, text, v1, v2, v3
from tests.formats.fuzzing import anything, steady
from tests.formats.rich_files import OLD_BACKYARD, as_exif

ST_LOREBOOK = {"entries": {"0": {"uid": 0, "key": ["a"], "content": "A", "x": 1}}}
ST_MESSAGE = {"name": "Olga", "is_user": False, "mes": "Hi", "swipes": ["Hi", "Ho"], "swipe_id": 0, "extra": {"x": 1}}
ST_CHAT = b"\n".join(json.dumps(row).encode() for row in ({"user_name": "A", "chat_metadata": {}}, ST_MESSAGE))
ST_PERSONAS = {"personas": {"a.png": "Ali"}, "persona_descriptions": {"a.png": {"description": "Tall."}}}
AGNAI_CARD = {"kind": "character", "name": "Ann", "persona": {"kind": "text", "attributes": {"text": ["Calm."]}}}
RISU_CHAT = {"type": "risuChat", "ver": 1, "data": {"message": [{"role": "user", "data": "Yo"}]}}
TEXTGEN_CHAT = {"internal": [["Yo", "Hi"]], "visible": [["Yo", "Hi"]], "metadata": {"assistant_0": {"versions": []}}}
KOBOLD_STORY = {"prompt": "Ann: Hi\nMe: Yo", "actions": [], "savedsettings": {"chatname": "Me", "chatopponent": "Ann"}}
CHARACTER_AI_TURNS = {
    "turns": [{"author": {"name": "Ann"}, "candidates": [{"candidate_id": "a", "raw_content": "Hi"}]}]
}
CHARACTER_AI_HISTORIES = {
    "histories": {"histories": [{"msgs": [{"text": "Hi", "src": {"name": "Ann", "is_human": False}}]}]}
}
BOTCAFE_CHAT = {"spec": "botcafe_chat", "data": {"messages": [{"name": "Ann", "is_user": False, "text": "Hi"}]}}


def zipped(files: dict[str, bytes]) -> bytes:
    return write_archive(files)


def byaf(**scene: Any) -> bytes:
    person = {
        "name": "ann",
        "displayName": "Ann",
        "persona": "{character} likes {user}.",
        "images": [{"path": "images/a.png"}],
        "loreItems": [{"key": "lamp, oil", "value": "It burns."}],
        "x": 1,
    }
    scenario = {
        "narrative": "Night.",
        "firstMessages": [{"characterID": "a", "text": "Hi {user}"}],
        "messages": [
            {"type": "human", "text": "Yo", "createdAt": "2025-01-01T00:00:00Z"},
            {
                "type": "ai",
                "outputs": [
                    {"text": "Old", "activeTimestamp": "2025-01-01T00:00:01Z"},
                    {"text": "New", "activeTimestamp": "2025-01-02T00:00:00Z"},
                ],
            },
        ],
    }
    manifest = {
        "schemaVersion": 1,
        "characters": ["characters/a/character.json", "gone.json"],
        "scenarios": ["s.json"],
        "author": {"name": "W"},
    }
    return zipped(
        {
            "manifest.json": json.dumps(manifest).encode(),
            "characters/a/character.json": json.dumps(person).encode(),
            "characters/a/images/a.png": PICTURE,
            "s.json": json.dumps(scenario | scene).encode(),
        }
    )


def charx(**changes: Any) -> bytes:
    return write_charx(v3(**changes), PICTURE, {"x_meta/a.json": b"{}"})


FILES_AND_KINDS: list[tuple[bytes, str]] = [
    (as_json(v1()), "card"),
    (as_json(v2()), "card"),
    (b"\xef\xbb\xbf" + as_json(v3()), "card"),
    (png(text(b"chara", v2())), "card"),
    (charx(), "card"),
    (b"\xff\xd8\xff\xe0picture\xff\xd9" + charx(), "card"),
    (as_json(AGNAI_CARD), "card"),
    (b"name: Chi\ngreeting: Hi\ncontext: C", "card"),
    (byaf(), "backyard"),
    (as_json(ST_LOREBOOK), "lorebook"),
    (as_json({"spec": "lorebook_v3", "data": {"entries": [entry()]}}), "lorebook"),
    (as_json({"entries": [entry()]}), "lorebook"),
    (ST_CHAT, "chat"),
    (as_json(RISU_CHAT), "chat"),
    (as_json(TEXTGEN_CHAT), "chat"),
    (as_json(KOBOLD_STORY), "chat"),
    (as_json(CHARACTER_AI_TURNS), "chat"),
    (as_json(CHARACTER_AI_HISTORIES), "chat"),
    (as_json(BOTCAFE_CHAT), "chat"),
    (as_json([{"speaker": "You", "message": "Yo"}]), "chat"),
    (b"Ann: Hi\nYou: Yo", "chat"),
    (b"name: *waves*\ngreeting: *smiles* hi", "chat"),
    (as_json(ST_PERSONAS), "personas"),
    (as_json({"temp": 1, "rep_pen": 1.1}), "preset"),
]


@pytest.mark.parametrize(("data", "kind"), FILES_AND_KINDS)
def test_a_format_is_detected_by_content(data: bytes, kind: str) -> None:
    assert detect_format(data, "name.txt") == kind
    found = read_file(data, "folder/name.txt")
    assert found.kind == kind
    contents = {
        "card": found.cards,
        "backyard": found.cards and found.chats,
        "lorebook": found.books,
        "chat": found.chats,
        "personas": found.personas,
        "preset": found.preset,
    }
    assert contents[kind]


def test_a_jpeg_with_a_charx_behind_it_is_a_card() -> None:
    card = read_card(b"\xff\xd8\xff\xe0picture\xff\xd9" + charx())
    assert (card.name, card.picture, sorted(card.files)) == (
        "Olga",
        PICTURE,
        ["assets/icon/images/main.png", "x_meta/a.json"],
    )


def test_a_charx_is_read_as_it_was_written() -> None:
    card = read_card(charx(x_own=1))
    again = read_card(write_charx(card.raw, card.picture, card.files))
    assert (again.raw, again.files, again.picture) == (card.raw, card.files, card.picture)
    assert again.assets[0].uri == "embeded://assets/icon/images/main.png"


def test_a_backyard_archive_is_read_completely() -> None:
    found = read_file(byaf())
    (card,), (chat,) = found.cards, found.chats
    assert (card.name, card.description, card.first_mes) == ("Ann", "{{char}} likes {{user}}.", "Hi {{user}}")
    assert (card.creator, card.scenario, card.picture) == ("W", "Night.", PICTURE)
    assert card.book is not None
    assert card.book.entries[0].keys == ("lamp", "oil")
    assert card.extensions["backyard"]["character"]["x"] == 1
    assert [(m.is_user, m.text, m.swipes) for m in chat.messages] == [
        (True, "Yo", ("Yo",)),
        (False, "New", ("Old", "New")),
    ]
    assert any("gone.json" in warning for warning in found.warnings)


@pytest.mark.parametrize("form", ["st", "v3"])
@pytest.mark.parametrize(
    "book", [ST_LOREBOOK, {"spec": "lorebook_v3", "x": 1, "data": {"x": 2, "extensions": {}, "entries": [entry(x=3)]}}]
)
def test_a_book_survives_both_forms(form: Any, book: dict[str, Any]) -> None:
    (read,) = read_file(as_json(book)).books
    written = write_lorebook(read, form)
    is_own_form = (form == "st") == (book is ST_LOREBOOK)
    if is_own_form:
        assert json.loads(written) == book
    (again,) = read_file(written).books
    assert [(e.keys, e.content, e.enabled) for e in again.entries] == [
        (e.keys, e.content, e.enabled) for e in read.entries
    ]


@pytest.mark.parametrize(
    ("given_date", "instant"),
    [
        (1700000000000, "2023-11-14T22:13:20.000Z"),
        ("1700000000000", "2023-11-14T22:13:20.000Z"),
        (1700000000, "2023-11-14T22:13:20.000Z"),
        ("June 19, 2023 2:20pm", "2023-06-19T14:20:00.000Z"),
        ("Jun 1, 2023 12:05am", "2023-06-01T00:05:00.000Z"),
        ("2024-7-12@01h31m37s", "2024-07-12T01:31:37.000Z"),
        ("2024-6-5 @14h 56m 50s 682ms", "2024-06-05T14:56:50.682Z"),
        ("2024-06-05T14:56:50.682Z", "2024-06-05T14:56:50.682Z"),
        ("2024-06-05T16:56:50+02:00", "2024-06-05T14:56:50.000Z"),
        ("2024-13-45@01h31m37s", None),
        ("Smarch 1, 2024 1:00pm", None),
        ("", None),
        (None, None),
        (True, None),
        (0, None),
        (float("inf"), None),
        (10**30, None),
    ],
)
def test_dates_are_read_in_every_form(given_date: object, instant: str | None) -> None:
    assert parse_instant(given_date) == instant


def raw_zip(name: str, data: bytes = b"x") -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("card.json", as_json(v3()))
        archive.writestr(name, data)
    return out.getvalue()


def locked_zip() -> bytes:
    """A zip whose members say that they are encrypted."""
    data = bytearray(raw_zip("a.txt"))
    at = 0
    # Bit 0 of the flags, at offset 8 of each header in the central directory.
    while (at := data.find(b"PK\x01\x02", at)) >= 0:
        data[at + 8] |= 1
        at += 4
    return bytes(data)


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (raw_zip("../../etc/passwd"), "unsafe_path"),
        (raw_zip("/etc/passwd"), "unsafe_path"),
        (raw_zip("C:\\windows\\x"), "unsafe_path"),
        (raw_zip("a/..\\..\\b"), "unsafe_path"),
        (raw_zip("bomb", bytes(30 * limits.MIB)), "too_large"),
        (locked_zip(), "encrypted"),
        (raw_zip("a")[:-30], "broken_zip"),
        (b"PK\x03\x04" + bytes(100), "broken_zip"),
        (zipped({"other.txt": b"x"}), "not_a_card"),
        (b'{"spec": "chara_card_v2", "data": ' + b"[" * 5000, "too_deep"),
        (b"[" * 100_000, "too_deep"),
        (b"", "unsupported"),
        (b"5", "not_a_chat"),
        (b"\x00\x01\x02", "unsupported"),
        (b'{"x": 1}', "unsupported"),
        (b"rcc||rccv1||abc", "encrypted"),
        (b"Just a note without any speaker.", "not_a_chat"),
        (b"[]", "not_a_chat"),
        (b"name: &a x\n...\n*a\n", "not_a_chat"),
        (b"PK\x03\x04" + bytes(limits.MAX_FILE_BYTES), "too_large"),
    ],
)
def test_hostile_and_unknown_files_are_refused_with_a_message(data: bytes, code: str) -> None:
    with pytest.raises(FormatError) as caught:
        read_file(data, "x.json")
    assert caught.value.code == code
    assert caught.value.message.endswith(".")


def test_an_archive_with_too_many_files_is_refused() -> None:
    files = {f"{n}.txt": b"" for n in range(limits.MAX_ZIP_MEMBERS + 1)}
    with pytest.raises(FormatError) as caught:
        read_archive(zipped(files))
    assert caught.value.code == "too_large"


def test_an_old_backyard_png_is_a_card() -> None:
    card = read_card(as_exif(OLD_BACKYARD))
    assert (card.name, card.description, card.first_mes) == ("Ann", "{{char}} is calm.", "Hi {{user}}")
    assert (card.scenario, card.system_prompt, card.mes_example) == ("Night.", "F", "<START>\n{{user}}: a")
    assert card.book is not None
    assert (card.book.entries[0].keys, card.tags, card.picture is not None) == (("lamp", "oil"), ("NSFW",), True)
    assert card.extensions["backyard"] == OLD_BACKYARD


def test_a_bad_entry_does_not_lose_the_book() -> None:
    (book,) = read_file(as_json({"entries": {"0": 5, "1": {"key": "a, /b{1,2}/", "content": "C"}}})).books
    assert (book.left_out, book.entries[0].keys) == (("entries[0]",), ("a", "/b{1,2}/"))


def test_an_agnai_card_of_any_persona_form_is_read() -> None:
    agnai = {
        **AGNAI_CARD,
        "persona": "Calm.",
        "insert": {"prompt": "Rain.", "depth": 2},
        "characterBook": {"entries": [{"name": "n", "entry": "E", "keywords": ["k"]}]},
    }
    card = read_card(as_json(agnai))
    assert (card.description, card.depth_prompt and card.depth_prompt.depth) == ("Calm.", 2)
    assert card.book is not None
    assert card.book.entries[0].content == "E"
    assert read_card(as_json({**AGNAI_CARD, "persona": {"kind": "text"}})).description == ""


def test_a_story_without_settings_is_read() -> None:
    (chat,) = read_file(as_json({"gamestarted": True, "prompt": "Once.", "actions": ["Then."]})).chats
    assert [message.text for message in chat.messages] == ["Once.", "Then."]


def test_messages_that_cannot_be_read_are_skipped_and_counted() -> None:
    (chat,) = read_file(as_json({"data_visible": [["a", "b"], 5], "metadata": {}})).chats
    assert (len(chat.messages), chat.skipped) == (2, 1)
    (chat,) = read_file(
        b'{"mes": {"message": "Chub"}, "swipes": [{"message": "Chub"}, 5], "swipe_id": 9}\n{"mes": null}'
    ).chats
    assert (chat.messages[0].text, chat.skipped) == ("Chub", 1)


def test_a_text_that_is_not_among_the_swipes_becomes_one() -> None:
    (chat,) = read_file(b'{"mes": "Edited", "swipes": ["Old"], "swipe_id": 0}').chats
    assert (chat.messages[0].swipes, chat.messages[0].shown) == (("Old", "Edited"), 1)


@pytest.mark.parametrize(
    "data",
    [
        zipped({"manifest.json": b'{"characters": ["a.json"]}'}),
        zipped({"manifest.json": b'{"characters": ["a.json"]}', "a.json": b"{broken"}),
        zipped({"manifest.json": b"[]"}),
        b"RIFF0000WEBPVP8 \x04\x00\x00\x00abcd",
        as_json({"members": [], "chats": []}),
        as_json({"type": "risuChat", "data": {"message": []}}),
        b"Someone says hello.\nName: one line only",
    ],
)
def test_empty_files_are_refused(data: bytes) -> None:
    with pytest.raises(FormatError) as caught:
        read_file(data)
    assert caught.value.message.endswith(".")


def test_a_chat_with_too_many_messages_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    from botcafe.formats.chats import model as chat_model_module

    monkeypatch.setattr(chat_model_module, "MAX_MESSAGES", 2)
    monkeypatch.setattr(chat_model_module, "MAX_SWIPES", 1)
    with pytest.raises(FormatError) as caught:
        read_file(as_json([{"name": "a", "text": "b"}] * 3))
    assert caught.value.code == "too_large"
    (chat,) = read_file(ST_CHAT).chats
    assert chat.messages[0].swipes == ("Hi",)
    assert any("alternatives" in warning for warning in chat.warnings)


def test_an_external_asset_is_not_used_as_picture() -> None:
    files = {"card.json": as_json(v3(assets=[{"type": "icon", "uri": "https://a.test/x.png", "name": "main"}]))}
    assert read_card(zipped(files)).picture is None
    files["assets/icon/images/a.png"] = PICTURE
    assert read_card(zipped(files)).picture == PICTURE


def read_or_refused(data: bytes) -> None:
    """Read a file, and see that what was read can be written; only a FormatError may say that it cannot be read."""
    try:
        found = read_file(data, "x")
    except FormatError:
        return
    for card in found.cards:
        json.dumps(card.raw, allow_nan=False).encode()
    for book in found.books:
        for form in ("st", "v3"):
            write_lorebook(book, form)
    for chat in found.chats:
        assert all(message.swipes[message.shown] == message.text for message in chat.messages)


@steady
@given(st.sampled_from(FILES_AND_KINDS), st.data())
def test_a_damaged_file_of_any_kind_is_read_or_refused(kind: tuple[bytes, str], data: st.DataObject) -> None:
    spoilt = bytearray(kind[0])
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, max(len(spoilt) - 1, 0)))
        spoilt[at : at + data.draw(st.integers(0, 9))] = data.draw(st.binary(max_size=9))
    read_or_refused(bytes(spoilt))


@steady
@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    for start in (
        b"",
        b"{",
        b"[",
        b"name: ",
        b"Ann: ",
        b"PK\x03\x04",
        b"\xff\xd8\xffPK\x03\x04",
        b"RIFF0000WEBPEXIF",
        b'{"mes":',
    ):
        read_or_refused(start + data)


@steady
@given(
    st.sampled_from(
        [
            ST_LOREBOOK,
            RISU_CHAT,
            TEXTGEN_CHAT,
            KOBOLD_STORY,
            CHARACTER_AI_TURNS,
            CHARACTER_AI_HISTORIES,
            BOTCAFE_CHAT,
            AGNAI_CARD,
            ST_MESSAGE,
            ST_PERSONAS,
        ]
    ),
    anything,
    st.data(),
)
def test_any_json_type_anywhere_is_read_or_refused(root: dict[str, Any], value: Any, data: st.DataObject) -> None:
    copy: Any = json.loads(json.dumps(root))
    node = copy
    for _ in range(data.draw(st.integers(0, 5))):
        inner = list(node.values() if isinstance(node, dict) else node)
        inner = [each for each in inner if isinstance(each, dict | list) and each]
        if not inner:
            break
        node = data.draw(st.sampled_from(inner))
    key = data.draw(st.sampled_from(sorted(node) if isinstance(node, dict) else list(range(len(node)))))
    node[key] = value
    read_or_refused(json.dumps(copy).encode())


@steady
@given(
    st.dictionaries(
        st.sampled_from(
            [
                "key",
                "keys",
                "content",
                "entry",
                "text",
                "keywords",
                "position",
                "depth",
                "role",
                "selectiveLogic",
                "probability",
                "characterFilter",
                "triggers",
                "sticky",
                "delayUntilRecursion",
                "disable",
                "extensions",
                "mode",
                "contextConfig",
                "value",
                "secondkey",
            ]
        ),
        anything,
    )
)
def test_any_type_in_any_lore_entry_ends_well(fields: dict[str, Any]) -> None:
    for root in (
        {"entries": {"0": fields}},
        {"entries": [fields]},
        {"kind": "memory", "entries": [fields]},
        {"type": "risu", "data": [fields]},
        {"lorebookVersion": 5, "entries": [fields]},
        {"worldinfo": [fields]},
    ):
        read_or_refused(json.dumps(root).encode())


@steady
@given(st.text(max_size=40) | st.integers() | st.floats())
def test_any_date_is_parsed_or_none(value: object) -> None:
    found = parse_instant(value)
    assert found is None or found.endswith("Z")
