"""Backyard archives (BYAF 1.0): a character with its lore, its scenarios and their chats, in a zip."""

import re
from dataclasses import dataclass
from typing import Any, Final

from botcafe.formats.cards.images import kind_of_picture
from botcafe.formats.cards.json_card import card_from_json
from botcafe.formats.cards.model import CharacterCard
from botcafe.formats.chats.dates import instant_of
from botcafe.formats.chats.model import ImportedChat, ImportedMessage, check_count, one_of, with_swipes
from botcafe.formats.errors import FormatError
from botcafe.formats.field_reader import FieldReader
from botcafe.formats.import_notes import ImportNotes
from botcafe.formats.json_text import decode_json_object
from botcafe.formats.lore.other_apps import byaf_book
from botcafe.formats.lore.writer import book_as, entry_as

MANIFEST: Final = "manifest.json"
_MACRO = re.compile(r"(?<!\{)\{(character|user)\}(?!\})", re.IGNORECASE)
# The fields of the pictures that it wrote before, by those of the archive.
_OLD_PERSON: Final = {
    "displayName": "aiDisplayName",
    "name": "aiName",
    "persona": "aiPersona",
    "isNSFW": "isNSFW",
    "loreItems": "loreItems",
}
_OLD_SCENE: Final = {"narrative": "scenario", "formattingInstructions": "basePrompt"}
_OLD_TEXTS: Final = {"firstMessages": "firstMessage", "exampleMessages": "customDialogue"}
_MOST: Final = 100
"""Characters, and scenarios."""


@dataclass(frozen=True, slots=True)
class BackyardArchive:
    """What an archive brings: its characters, and the chats of all scenarios that have any."""

    cards: tuple[CharacterCard, ...]
    chats: tuple[ImportedChat, ...]


def is_byaf(files: dict[str, bytes]) -> bool:
    """Whether unpacked files are such an archive."""
    return MANIFEST in files and "card.json" not in files


def read_byaf(files: dict[str, bytes], notes: ImportNotes) -> BackyardArchive:
    """The characters and chats of an unpacked archive.

    The first scenario is that of the card, the others give alternate greetings. Raises FormatError `not_a_card`,
    `no_name`, `broken_json`, `too_deep` or `too_large`.
    """
    manifest = FieldReader(decode_json_object(files[MANIFEST], notes, MANIFEST), "manifest", notes)
    people = _parts(manifest, "characters", files, notes)
    if not people:
        raise FormatError("not_a_card", "The archive holds no character: its manifest.json names none that is there.")
    scenes = [scene for _, scene in _parts(manifest, "scenarios", files, notes)]
    cards = tuple(_card(path, person, scenes, files, notes, dict(manifest.values)) for path, person in people)
    name = cards[0].name
    chats = [_chat(scene, name, notes) for scene in scenes]
    return BackyardArchive(cards, tuple(chat for chat in chats if chat.messages))


def from_backyard(root: dict[str, Any], notes: ImportNotes, picture: bytes | None) -> CharacterCard:
    """The card of an old Backyard picture: `{character: {aiName, aiPersona, ...}, version}`. Raises as `read_byaf`."""
    fields = FieldReader(root, "", notes).mapping("character")
    person = {theirs: fields.get(ours) for theirs, ours in _OLD_PERSON.items()}
    scene = {theirs: fields.get(ours) for theirs, ours in _OLD_SCENE.items()}
    scene |= {name: [{"text": fields.get(ours)}] for name, ours in _OLD_TEXTS.items()}
    data = _data(person, [scene], notes) | {"extensions": {"backyard": root}}
    return card_from_json({"spec": "chara_card_v2", "spec_version": "2.0", "data": data}, notes, picture)


def _parts(
    manifest: FieldReader, key: str, files: dict[str, bytes], notes: ImportNotes
) -> list[tuple[str, dict[str, Any]]]:
    found = []
    for path in manifest.texts(key)[:_MOST]:
        if path not in files:
            manifest.note(key, f"“{path[:80]}” is not in the archive; it was skipped.")
            continue
        try:
            found.append((path, decode_json_object(files[path], notes, path[:80])))
        except FormatError as error:
            manifest.note(key, f"it was skipped: {error}")
    return found


def _card(
    path: str,
    person: dict[str, Any],
    scenes: list[dict[str, Any]],
    files: dict[str, bytes],
    notes: ImportNotes,
    manifest: dict[str, Any],
) -> CharacterCard:
    data = _data(person, scenes, notes) | {
        "creator": _author(manifest),
        "extensions": {"backyard": {"character": person, "scenarios": [_settings(each) for each in scenes]}},
    }
    raw = {"spec": "chara_card_v2", "spec_version": "2.0", "data": data}
    return card_from_json(raw, notes, _picture(path, person, files))


def _data(person: dict[str, Any], scenes: list[dict[str, Any]], notes: ImportNotes) -> dict[str, Any]:
    """The fields of a V2 card."""
    scene = scenes[0] if scenes else {}
    greetings = [text for each in scenes for text in _greetings(each)]
    data: dict[str, Any] = {
        "name": one_of(person.get("displayName"), one_of(person.get("name"))),
        "description": _text(person.get("persona")),
        "scenario": _text(scene.get("narrative")),
        "first_mes": greetings[0] if greetings else "",
        "alternate_greetings": greetings[1:],
        "mes_example": _examples(scene.get("exampleMessages")),
        "system_prompt": _text(scene.get("formattingInstructions")),
    }
    if person.get("isNSFW") is True:
        data["tags"] = ["NSFW"]
    book = byaf_book(person.get("loreItems"), str(data["name"]), "loreItems", notes)
    if book is not None:
        rows = [entry_as(each, "v3", number) for number, each in enumerate(book.entries)]
        data["character_book"] = book_as(book, rows)
    return data


def _picture(path: str, person: dict[str, Any], files: dict[str, bytes]) -> bytes | None:
    folder = path.rpartition("/")[0]
    images = person.get("images")
    for image in images if isinstance(images, list) else []:
        name = image.get("path") if isinstance(image, dict) else None
        found = files.get(f"{folder}/{name}".lstrip("/"))
        if found and kind_of_picture(found):
            return found
    return None


def _author(manifest: dict[str, Any]) -> str:
    author = manifest.get("author")
    return one_of(author.get("name")) if isinstance(author, dict) else ""


def _settings(scene: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in scene.items() if name != "messages"}


def _greetings(scene: dict[str, Any]) -> list[str]:
    rows = scene.get("firstMessages")
    texts = [_text(row.get("text")) for row in rows if isinstance(row, dict)] if isinstance(rows, list) else []
    return [text for text in texts if text]


def _examples(rows: Any) -> str:
    texts = [_text(row.get("text")) for row in rows if isinstance(row, dict)] if isinstance(rows, list) else []
    return "\n".join(f"<START>\n{text}" for text in texts if text)


def _text(value: Any) -> str:
    """Text with the macros of cards: Backyard writes `{character}` and `{user}`."""
    if not isinstance(value, str):
        return ""
    return _MACRO.sub(lambda found: "{{char}}" if found[1].lower() == "character" else "{{user}}", value)


def _chat(scene: dict[str, Any], bot: str, notes: ImportNotes) -> ImportedChat:
    rows = FieldReader(scene, "scenario", notes).items("messages")
    check_count(len(rows))
    found = [_message(row, bot, f"messages[{n}]", notes) for n, row in enumerate(rows) if isinstance(row, dict)]
    messages = tuple(message for message in found if message is not None)
    return ImportedChat(
        kind="byaf",
        title=one_of(scene.get("title")),
        character_name=bot,
        messages=messages,
        scenario=_text(scene.get("narrative")),
        has_greeting=False,
        header={"scenario": _settings(scene)},
        warnings=(),
        skipped=len(rows) - len(messages),
    )


def _message(row: dict[str, Any], bot: str, where: str, notes: ImportNotes) -> ImportedMessage | None:
    if row.get("type") == "human":
        text = row.get("text")
        if not isinstance(text, str):
            return None
        return ImportedMessage("", True, text, swipes=(text,), sent_at=instant_of(row.get("createdAt")), raw=row)
    outputs = [each for each in FieldReader(row, where, notes).items("outputs") if isinstance(each, dict)]
    said = [each for each in outputs if isinstance(each.get("text"), str)]
    if not said:
        return None
    shown = max(range(len(said)), key=lambda n: (instant_of(said[n].get("activeTimestamp")) or "", -n))
    text = said[shown]["text"]
    swipes, shown = with_swipes(text, [each["text"] for each in said], shown, notes, where)
    sent_at = instant_of(said[min(shown, len(said) - 1)].get("createdAt"))
    return ImportedMessage(bot, False, text, swipes=swipes, shown=shown, sent_at=sent_at, raw=row)
