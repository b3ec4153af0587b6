"""Backyard AI archives (BYAF 1.0, its open archive format): characters with lore, scenarios and chats, in a zip."""

import re
from dataclasses import dataclass
from typing import Final

from botcafe.formats.cards.images import detect_image_type
from botcafe.formats.cards.json_card import card_from_json
from botcafe.formats.cards.model import CharacterCard
from botcafe.formats.chats.dates import parse_instant
from botcafe.formats.chats.model import (
    ImportedChat,
    ImportedMessage,
    bounded_swipes,
    check_message_count,
    clean_speaker_name,
)
from botcafe.formats.errors import FormatError
from botcafe.formats.field_reader import FieldReader
from botcafe.formats.import_notes import ImportNotes
from botcafe.formats.json_text import decode_json_object
from botcafe.formats.lore.other_apps import byaf_book
from botcafe.formats.lore.writer import character_book_json, entry_json
from botcafe.kit.json_types import JsonObject, JsonValue, objects_in, text_or_empty

MANIFEST: Final = "manifest.json"
_MACRO = re.compile(r"(?<!\{)\{(character|user)\}(?!\})", re.IGNORECASE)
# Archive fields and the fields of the PNG cards that older versions wrote.
_OLD_CHARACTER_FIELDS: Final = {
    "displayName": "aiDisplayName",
    "name": "aiName",
    "persona": "aiPersona",
    "isNSFW": "isNSFW",
    "loreItems": "loreItems",
}
_OLD_SCENARIO_FIELDS: Final = {"narrative": "scenario", "formattingInstructions": "basePrompt"}
_OLD_TEXT_FIELDS: Final = {"firstMessages": "firstMessage", "exampleMessages": "customDialogue"}
_MAX_LISTED: Final = 100


@dataclass(frozen=True, slots=True)
class BackyardArchive:
    """The characters of an archive, and the chats of all scenarios that have messages."""

    cards: tuple[CharacterCard, ...]
    chats: tuple[ImportedChat, ...]


def is_byaf(files: dict[str, bytes]) -> bool:
    """Whether unpacked files are a Backyard archive."""
    return MANIFEST in files and "card.json" not in files


def read_byaf(files: dict[str, bytes], notes: ImportNotes) -> BackyardArchive:
    """The characters and chats of an unpacked archive.

    The first scenario becomes the card's; the others give alternate greetings. Raises FormatError `not_a_card`,
    `no_name`, `broken_json`, `too_deep` or `too_large`.
    """
    manifest = FieldReader(decode_json_object(files[MANIFEST], notes, MANIFEST), "manifest", notes)
    characters = _read_listed_files(manifest, "characters", files, notes)
    if not characters:
        raise FormatError("not_a_card", "The archive holds no character: its manifest.json names none that is there.")
    scenarios = [scenario for _, scenario in _read_listed_files(manifest, "scenarios", files, notes)]
    cards = tuple(
        _card_of_character(path, each, scenarios, files, notes, dict(manifest.values)) for path, each in characters
    )
    name = cards[0].name
    chats = [_chat_of_scenario(each, name, notes) for each in scenarios]
    return BackyardArchive(cards, tuple(chat for chat in chats if chat.messages))


def card_from_backyard_png(root: JsonObject, notes: ImportNotes, picture: bytes | None) -> CharacterCard:
    """The card of an old Backyard picture: `{character: {aiName, aiPersona, ...}, version}`. Raises as `read_byaf`."""
    fields = FieldReader(root, "", notes).mapping("character")
    character: JsonObject = {theirs: fields.get(ours) for theirs, ours in _OLD_CHARACTER_FIELDS.items()}
    scenario: JsonObject = {theirs: fields.get(ours) for theirs, ours in _OLD_SCENARIO_FIELDS.items()}
    scenario |= {name: [{"text": fields.get(ours)}] for name, ours in _OLD_TEXT_FIELDS.items()}
    data: JsonObject = {**_v2_data(character, [scenario], notes), "extensions": {"backyard": root}}
    return card_from_json({"spec": "chara_card_v2", "spec_version": "2.0", "data": data}, notes, picture)


def _read_listed_files(
    manifest: FieldReader, key: str, files: dict[str, bytes], notes: ImportNotes
) -> list[tuple[str, JsonObject]]:
    found = []
    for path in manifest.texts(key)[:_MAX_LISTED]:
        if path not in files:
            manifest.note(key, f"“{path[:80]}” is not in the archive; it was skipped.")
            continue
        try:
            found.append((path, decode_json_object(files[path], notes, path[:80])))
        except FormatError as error:
            manifest.note(key, f"it was skipped: {error}")
    return found


def _card_of_character(
    path: str,
    character: JsonObject,
    scenarios: list[JsonObject],
    files: dict[str, bytes],
    notes: ImportNotes,
    manifest: JsonObject,
) -> CharacterCard:
    settings: list[JsonValue] = [_scenario_settings(each) for each in scenarios]
    data: JsonObject = _v2_data(character, scenarios, notes) | {
        "creator": _author_name(manifest),
        "extensions": {"backyard": {"character": character, "scenarios": settings}},
    }
    raw: JsonObject = {"spec": "chara_card_v2", "spec_version": "2.0", "data": data}
    return card_from_json(raw, notes, _find_picture(path, character, files))


def _v2_data(character: JsonObject, scenarios: list[JsonObject], notes: ImportNotes) -> JsonObject:
    """The fields of a V2 card."""
    scenario = scenarios[0] if scenarios else {}
    greetings = [text for each in scenarios for text in _greetings_of(each)]
    data: JsonObject = {
        "name": clean_speaker_name(character.get("displayName"), clean_speaker_name(character.get("name"))),
        "description": _with_card_macros(character.get("persona")),
        "scenario": _with_card_macros(scenario.get("narrative")),
        "first_mes": greetings[0] if greetings else "",
        "alternate_greetings": [*greetings[1:]],
        "mes_example": _example_dialogue(scenario.get("exampleMessages")),
        "system_prompt": _with_card_macros(scenario.get("formattingInstructions")),
    }
    if character.get("isNSFW") is True:
        data["tags"] = ["NSFW"]
    book = byaf_book(character.get("loreItems"), str(data["name"]), "loreItems", notes)
    if book is not None:
        rows = [entry_json(each, "v3", number) for number, each in enumerate(book.entries)]
        data["character_book"] = character_book_json(book, rows)
    return data


def _find_picture(path: str, character: JsonObject, files: dict[str, bytes]) -> bytes | None:
    folder = path.rpartition("/")[0]
    for image in objects_in(character.get("images")):
        found = files.get(f"{folder}/{image.get('path')}".lstrip("/"))
        if found and detect_image_type(found):
            return found
    return None


def _author_name(manifest: JsonObject) -> str:
    author = manifest.get("author")
    return clean_speaker_name(author.get("name")) if isinstance(author, dict) else ""


def _scenario_settings(scenario: JsonObject) -> JsonObject:
    return {name: value for name, value in scenario.items() if name != "messages"}


def _greetings_of(scenario: JsonObject) -> list[str]:
    texts = [_with_card_macros(row.get("text")) for row in objects_in(scenario.get("firstMessages"))]
    return [text for text in texts if text]


def _example_dialogue(rows: JsonValue) -> str:
    texts = [_with_card_macros(row.get("text")) for row in objects_in(rows)]
    return "\n".join(f"<START>\n{text}" for text in texts if text)


def _with_card_macros(value: JsonValue) -> str:
    """Text with `{{char}}` and `{{user}}`, which Backyard writes as `{character}` and `{user}`."""
    if not isinstance(value, str):
        return ""
    return _MACRO.sub(lambda found: "{{char}}" if found[1].lower() == "character" else "{{user}}", value)


def _chat_of_scenario(scenario: JsonObject, bot: str, notes: ImportNotes) -> ImportedChat:
    rows = FieldReader(scenario, "scenario", notes).items("messages")
    check_message_count(len(rows))
    found = [_read_message(row, bot, f"messages[{n}]", notes) for n, row in enumerate(rows) if isinstance(row, dict)]
    messages = tuple(message for message in found if message is not None)
    return ImportedChat(
        kind="byaf",
        title=clean_speaker_name(scenario.get("title")),
        character_name=bot,
        messages=messages,
        scenario=_with_card_macros(scenario.get("narrative")),
        has_greeting=False,
        header={"scenario": _scenario_settings(scenario)},
        warnings=(),
        skipped=len(rows) - len(messages),
    )


def _read_message(row: JsonObject, bot: str, where: str, notes: ImportNotes) -> ImportedMessage | None:
    if row.get("type") == "human":
        text = row.get("text")
        if not isinstance(text, str):
            return None
        return ImportedMessage("", True, text, swipes=(text,), sent_at=parse_instant(row.get("createdAt")), raw=row)
    outputs = [
        each for each in FieldReader(row, where, notes).object_items("outputs") if isinstance(each.get("text"), str)
    ]
    if not outputs:
        return None
    # Backyard marks the shown alternative by the latest time at which it was chosen.
    shown = max(range(len(outputs)), key=lambda n: (parse_instant(outputs[n].get("activeTimestamp")) or "", -n))
    texts = [text_or_empty(each["text"]) for each in outputs]
    text = texts[shown]
    swipes, shown = bounded_swipes(text, texts, shown, notes, where)
    sent_at = parse_instant(outputs[min(shown, len(outputs) - 1)].get("createdAt"))
    return ImportedMessage(bot, False, text, swipes=swipes, shown=shown, sent_at=sent_at, raw=row)
