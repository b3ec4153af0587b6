"""Detecting the format of an uploaded file by its content, and reading it."""

from dataclasses import dataclass, replace
from typing import Final, Literal

from botcafe.formats.archive import ZIP_SIGNATURE, read_archive
from botcafe.formats.cards.agnai import is_agnai_character
from botcafe.formats.cards.byaf import is_byaf, read_byaf
from botcafe.formats.cards.card_files import check_file_size, read_card
from botcafe.formats.cards.images import detect_image_type
from botcafe.formats.cards.model import CharacterCard
from botcafe.formats.cards.spec import SPEC_NAMES, flat_fields, is_lorebook
from botcafe.formats.cards.yaml_card import card_in_yaml
from botcafe.formats.chats.conversation_lists import is_conversation, read_conversation
from botcafe.formats.chats.groups import ImportedGroup, is_group, read_group
from botcafe.formats.chats.json_chats import (
    read_agnai_chat,
    read_botcafe_chat,
    read_character_ai_histories,
    read_character_ai_turns,
    read_message_array,
    read_risu_chats,
)
from botcafe.formats.chats.model import ImportedChat
from botcafe.formats.chats.sillytavern import is_sillytavern_line, read_sillytavern_chat
from botcafe.formats.chats.story_chats import read_kobold_story, read_textgen_webui_chat
from botcafe.formats.chats.text_transcript import read_text_transcript
from botcafe.formats.errors import FormatError
from botcafe.formats.field_reader import FieldReader
from botcafe.formats.import_notes import ImportNotes
from botcafe.formats.json_text import UTF8_BOM, decode_json
from botcafe.formats.limits import MAX_CHATS, MAX_JSON_DEPTH, MAX_NESTED_CHAT
from botcafe.formats.lore.model import Lorebook
from botcafe.formats.lore.other_apps import detect_lorebook_kind, lorebook_from_json
from botcafe.formats.personas import ImportedPersona, read_personas
from botcafe.formats.presets.model import GenerationPreset
from botcafe.formats.presets.reader import is_preset, read_preset
from botcafe.kit.json_types import JsonObject, JsonValue, object_or_empty

FileKind = Literal["card", "backyard", "lorebook", "chat", "group", "personas", "preset"]
_KNOWN_FORMATS: Final = "Known are character cards, lorebooks, chats, groups, personas and presets."
_RISU_ENCRYPTED: Final = b"rcc||"
_CHAT_READERS: Final = {
    "botcafe": read_botcafe_chat,
    "risu": read_risu_chats,
    "histories": read_character_ai_histories,
    "turns": read_character_ai_turns,
    "agnai": read_agnai_chat,
    "assistant": read_conversation,
}


@dataclass(frozen=True, slots=True)
class ImportedFile:
    """The contents of a file. Most files hold one thing; a Backyard archive holds cards and chats."""

    kind: FileKind
    cards: tuple[CharacterCard, ...] = ()
    books: tuple[Lorebook, ...] = ()
    chats: tuple[ImportedChat, ...] = ()
    group: ImportedGroup | None = None
    personas: tuple[ImportedPersona, ...] = ()
    preset: GenerationPreset | None = None
    warnings: tuple[str, ...] = ()


def detect_format(data: bytes, name: str = "") -> FileKind:
    """The kind of a file by its content; `name` is ignored. Raises FormatError, whose message says what is expected."""
    kind, _ = _detect_and_decode(data)
    return kind


def read_file(data: bytes, name: str = "") -> ImportedFile:
    """Read a file of any supported format. `name` only names presets and lorebooks that have no name inside.

    Nothing in the file is executed or fetched. Raises only FormatError.
    """
    kind, root = _detect_and_decode(data)
    if kind == "card":
        card = read_card(data)
        return ImportedFile(kind, cards=(card,), warnings=card.warnings)
    if kind == "backyard":
        notes = ImportNotes()
        archive = read_byaf(read_archive(data), notes)
        return ImportedFile(kind, cards=archive.cards, chats=archive.chats, warnings=notes.lines())
    if kind == "lorebook":
        book = lorebook_from_json(object_or_empty(root), ImportNotes())
        return ImportedFile(
            kind, books=(book if book.name else replace(book, name=_file_stem(name)),), warnings=book.warnings
        )
    if kind == "group":
        notes = ImportNotes()
        group = read_group(object_or_empty(root), notes)
        return ImportedFile(kind, group=group, warnings=notes.lines())
    if kind == "personas":
        personas, warnings = read_personas(data)
        return ImportedFile(kind, personas=tuple(personas), warnings=tuple(warnings))
    if kind == "preset":
        preset = read_preset(data, name)
        return ImportedFile(kind, preset=preset, warnings=tuple(preset.warnings))
    return _read_chats(data, root)


def _detect_and_decode(data: bytes) -> tuple[FileKind, JsonValue]:
    """The kind of a file, and its decoded JSON if it is one JSON value."""
    check_file_size(data)
    text = data.removeprefix(UTF8_BOM).lstrip()
    if not text:
        raise FormatError("unsupported", f"The file is empty. {_KNOWN_FORMATS}")
    if data.startswith(ZIP_SIGNATURE):
        return ("backyard" if is_byaf(read_archive(data)) else "card"), None
    if detect_image_type(data) or data.startswith(b"\x89PNG") or text.startswith(_RISU_ENCRYPTED):
        return "card", None
    if text[:1] in b"{[":
        return _detect_json(data, text)
    if b"\x00" in text[:4096]:
        raise FormatError("unsupported", f"The file is of a kind that we do not know. {_KNOWN_FORMATS}")
    return ("card" if card_in_yaml(data, ImportNotes()) is not None else "chat"), None


def _detect_json(data: bytes, text: bytes) -> tuple[FileKind, JsonValue]:
    if _is_json_lines_chat(text):
        return "chat", None
    # LibreChat nests each message in the one before it.
    depth = MAX_NESTED_CHAT if b'"messageId"' in text and b'"children"' in text else MAX_JSON_DEPTH
    root = decode_json(data, ImportNotes(), "the file", max_depth=depth)
    if isinstance(root, list):
        return "chat", root
    if not isinstance(root, dict):
        raise FormatError("unsupported", f"The JSON is neither a list nor an object. {_KNOWN_FORMATS}")
    return detect_object_kind(root), root


def _is_json_lines_chat(text: bytes) -> bool:
    """Whether the first line is a line of a SillyTavern chat, allowing for a broken one or two before it."""
    for line in text.split(b"\n", 3)[:3]:
        if line.strip() in {b"{", b"[", b""}:
            return False
        try:
            row = decode_json(line, ImportNotes(), "the first line")
        except FormatError:
            continue
        return is_sillytavern_line(row) and not is_group(row)
    return False


def detect_object_kind(root: JsonObject) -> FileKind:
    """The kind of a decoded JSON object. Raises FormatError `unsupported`."""
    spec = root.get("spec")
    if is_group(root):
        return "group"
    if _chat_kind(root) is not None:
        return "chat"
    if (isinstance(spec, str) and spec.strip().lower() in SPEC_NAMES) or is_agnai_character(root):
        return "card"
    inner = root.get("power_user")
    if isinstance(root.get("personas"), dict) or (isinstance(inner, dict) and isinstance(inner.get("personas"), dict)):
        return "personas"
    if not is_lorebook(root) and _is_card(root):
        return "card"
    if detect_lorebook_kind(root) is not None:
        return "lorebook"
    if is_preset(root):
        return "preset"
    raise FormatError("unsupported", f"This JSON is of a kind that we do not know. {_KNOWN_FORMATS}")


def _is_card(root: JsonObject) -> bool:
    data, flat = root.get("data"), flat_fields(root)
    if isinstance(data, dict) and "name" in data:
        return True
    return "name" in flat and any(key in flat for key in ("description", "first_mes", "personality"))


def _chat_kind(root: JsonObject) -> str | None:
    if root.get("spec") == "botcafe_chat":
        return "botcafe"
    if root.get("type") in ("risuChat", "risuAllChats"):
        return "risu"
    if isinstance(root.get("histories"), dict | list):
        return "histories"
    if isinstance(root.get("turns"), list):
        return "turns"
    if isinstance(root.get("actions"), list) and ("prompt" in root or "gamestarted" in root):
        return "kobold"
    if any(isinstance(root.get(key), list) for key in ("internal", "visible", "data_visible")):
        return "ooba"
    if is_conversation(root):
        return "assistant"
    if isinstance(root.get("messages"), list) and "spec" not in root:
        return "agnai"
    return "st" if is_sillytavern_line(root) else None


def _read_chats(data: bytes, root: JsonValue) -> ImportedFile:
    if root is None:
        text = data.removeprefix(UTF8_BOM).lstrip()
        chat = read_sillytavern_chat(data) if text[:1] == b"{" else read_text_transcript(data)
        return ImportedFile("chat", chats=(chat,), warnings=chat.warnings)
    notes = ImportNotes()
    books: tuple[Lorebook, ...] = ()
    if isinstance(root, list) and root and is_conversation(root[0]):
        found = _read_conversations(root, notes)
    elif isinstance(root, list):
        found = read_message_array(root, notes)
    elif isinstance(root, dict):
        kind = _chat_kind(root)
        if kind == "kobold":
            found = [read_kobold_story(root, notes)]
            lore = FieldReader(root, "", notes).items("worldinfo")
            books = (lorebook_from_json({"worldinfo": lore}, notes),) if lore else ()
        elif kind == "ooba":
            found = [read_textgen_webui_chat(root, notes)]
        elif kind == "st":
            found = [read_sillytavern_chat(data)]
        else:
            found = _CHAT_READERS[str(kind)](root, notes)
    else:
        found = []
    kept = tuple(chat for chat in found if chat.messages)
    if not kept:
        raise FormatError("not_a_chat", "The chat in this file has no message.")
    return ImportedFile("chat", chats=kept, books=books, warnings=notes.lines() or kept[0].warnings)


def _read_conversations(rows: list[JsonValue], notes: ImportNotes) -> list[ImportedChat]:
    if len(rows) > MAX_CHATS:
        raise FormatError("too_large", f"The file has {len(rows)} chats; at most {MAX_CHATS} are read.")
    return [chat for row in rows if is_conversation(row) for chat in read_conversation(row, notes)]


def _file_stem(name: str) -> str:
    base = name.replace("\\", "/").rpartition("/")[2]
    return base.rpartition(".")[0][:200] if "." in base else base[:200]
