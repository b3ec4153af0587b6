"""One door for every file that people bring: what is it, by its content, and what does it hold."""

from dataclasses import dataclass, replace
from typing import Any, Final, Literal

from botcafe.formats.archive import ZIP_SIGNATURE, read_archive
from botcafe.formats.cards.agnai import is_agnai
from botcafe.formats.cards.byaf import is_byaf, read_byaf
from botcafe.formats.cards.card_files import check_size, read_card
from botcafe.formats.cards.images import kind_of_picture
from botcafe.formats.cards.model import CharacterCard
from botcafe.formats.cards.spec import SPEC_NAMES, flat_fields, is_book
from botcafe.formats.cards.yaml_card import card_in_yaml
from botcafe.formats.chats.groups import ImportedGroup, is_group, read_group
from botcafe.formats.chats.json_chats import read_agnai, read_histories, read_own, read_risu, read_rows, read_turns
from botcafe.formats.chats.model import ImportedChat
from botcafe.formats.chats.sillytavern import is_tavern_line, read_tavern
from botcafe.formats.chats.story_chats import read_kobold, read_ooba
from botcafe.formats.chats.text_transcript import read_text
from botcafe.formats.errors import FormatError
from botcafe.formats.field_reader import FieldReader
from botcafe.formats.import_notes import ImportNotes
from botcafe.formats.json_text import UTF8_BOM, decode_json
from botcafe.formats.lore.model import Lorebook
from botcafe.formats.lore.other_apps import kind_of_lore, lorebook_from_json
from botcafe.formats.personas import ImportedPersona, read_personas
from botcafe.formats.presets.model import GenerationPreset
from botcafe.formats.presets.reader import is_preset, read_preset

Kind = Literal["card", "backyard", "lorebook", "chat", "group", "personas", "preset"]
_WANTED: Final = "Known are character cards, lorebooks, chats, groups, personas and presets."
_LOCKED: Final = b"rcc||"
_CHAT_READERS: Final = {
    "botcafe": read_own,
    "risu": read_risu,
    "histories": read_histories,
    "turns": read_turns,
    "agnai": read_agnai,
}


@dataclass(frozen=True, slots=True)
class ImportedFile:
    """What a file holds; most files hold one thing, an archive of Backyard's a card and chats."""

    kind: Kind
    cards: tuple[CharacterCard, ...] = ()
    books: tuple[Lorebook, ...] = ()
    chats: tuple[ImportedChat, ...] = ()
    group: ImportedGroup | None = None
    personas: tuple[ImportedPersona, ...] = ()
    preset: GenerationPreset | None = None
    warnings: tuple[str, ...] = ()


def detect(data: bytes, name: str = "") -> Kind:
    """What a file is, by its content; `name` counts for nothing. Raises FormatError with what would be right."""
    kind, _ = _looked_at(data)
    return kind


def read_any(data: bytes, name: str = "") -> ImportedFile:
    """Read any file that people own. `name` only names what has no name of its own (a preset, a lorebook).

    Nothing in the file is run or fetched. Raises only FormatError.
    """
    kind, root = _looked_at(data)
    if kind == "card":
        card = read_card(data)
        return ImportedFile(kind, cards=(card,), warnings=card.warnings)
    if kind == "backyard":
        notes = ImportNotes()
        both = read_byaf(read_archive(data), notes)
        return ImportedFile(kind, cards=both.cards, chats=both.chats, warnings=notes.lines())
    if kind == "lorebook":
        book = lorebook_from_json(root, ImportNotes())
        return ImportedFile(
            kind, books=(book if book.name else replace(book, name=_stem(name)),), warnings=book.warnings
        )
    if kind == "group":
        notes = ImportNotes()
        group = read_group(root, notes)
        return ImportedFile(kind, group=group, warnings=notes.lines())
    if kind == "personas":
        people, warnings = read_personas(data)
        return ImportedFile(kind, personas=tuple(people), warnings=tuple(warnings))
    if kind == "preset":
        preset = read_preset(data, name)
        return ImportedFile(kind, preset=preset, warnings=tuple(preset.warnings))
    return _chats(data, root)


def _looked_at(data: bytes) -> tuple[Kind, Any]:
    """The kind of a file and, where it is one JSON value, that."""
    check_size(data)
    text = data.removeprefix(UTF8_BOM).lstrip()
    if not text:
        raise FormatError("unsupported", f"The file is empty. {_WANTED}")
    if data.startswith(ZIP_SIGNATURE):
        return ("backyard" if is_byaf(read_archive(data)) else "card"), None
    if kind_of_picture(data) or data.startswith(b"\x89PNG") or text.startswith(_LOCKED):
        return "card", None
    if text[:1] in b"{[":
        return _of_json(data, text)
    if b"\x00" in text[:4096]:
        raise FormatError("unsupported", f"The file is of a kind that we do not know. {_WANTED}")
    return ("card" if card_in_yaml(data, ImportNotes()) is not None else "chat"), None


def _of_json(data: bytes, text: bytes) -> tuple[Kind, Any]:
    if _is_lines(text):
        return "chat", None
    root = decode_json(data, ImportNotes(), "the file")
    if isinstance(root, list):
        return "chat", root
    if not isinstance(root, dict):
        raise FormatError("unsupported", f"The JSON is neither a list nor an object. {_WANTED}")
    return kind_of_object(root), root


def _is_lines(text: bytes) -> bool:
    """Whether the first line alone is a line of a chat, or a broken one is followed by such."""
    for line in text.split(b"\n", 3)[:3]:
        if line.strip() in {b"{", b"[", b""}:
            return False
        try:
            row = decode_json(line, ImportNotes(), "the first line")
        except FormatError:
            continue
        return is_tavern_line(row) and not is_group(row)
    return False


def kind_of_object(root: dict[str, Any]) -> Kind:
    """The kind of a decoded JSON object. Raises FormatError `unsupported`."""
    spec = root.get("spec")
    if is_group(root):
        return "group"
    if _chat_kind(root) is not None:
        return "chat"
    if (isinstance(spec, str) and spec.strip().lower() in SPEC_NAMES) or is_agnai(root):
        return "card"
    inner = root.get("power_user")
    if isinstance(root.get("personas"), dict) or (isinstance(inner, dict) and isinstance(inner.get("personas"), dict)):
        return "personas"
    if not is_book(root) and _is_card(root):
        return "card"
    if kind_of_lore(root) is not None:
        return "lorebook"
    if is_preset(root):
        return "preset"
    raise FormatError("unsupported", f"This JSON is of a kind that we do not know. {_WANTED}")


def _is_card(root: dict[str, Any]) -> bool:
    data, flat = root.get("data"), flat_fields(root)
    if isinstance(data, dict) and "name" in data:
        return True
    return "name" in flat and any(key in flat for key in ("description", "first_mes", "personality"))


def _chat_kind(root: dict[str, Any]) -> str | None:
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
    if isinstance(root.get("messages"), list) and "spec" not in root:
        return "agnai"
    return "st" if is_tavern_line(root) else None


def _chats(data: bytes, root: Any) -> ImportedFile:
    if root is None:
        text = data.removeprefix(UTF8_BOM).lstrip()
        chat = read_tavern(data) if text[:1] == b"{" else read_text(data)
        return ImportedFile("chat", chats=(chat,), warnings=chat.warnings)
    notes = ImportNotes()
    books: tuple[Lorebook, ...] = ()
    if isinstance(root, list):
        found = read_rows(root, notes)
    else:
        kind = _chat_kind(root)
        if kind == "kobold":
            found = [read_kobold(root, notes)]
            lore = FieldReader(root, "", notes).items("worldinfo")
            books = (lorebook_from_json({"worldinfo": lore}, notes),) if lore else ()
        elif kind == "ooba":
            found = [read_ooba(root, notes)]
        elif kind == "st":
            found = [read_tavern(data)]
        else:
            found = _CHAT_READERS[str(kind)](root, notes)
    kept = tuple(chat for chat in found if chat.messages)
    if not kept:
        raise FormatError("not_a_chat", "The chat in this file has no message.")
    return ImportedFile("chat", chats=kept, books=books, warnings=notes.lines() or kept[0].warnings)


def _stem(name: str) -> str:
    base = name.replace("\\", "/").rpartition("/")[2]
    return base.rpartition(".")[0][:200] if "." in base else base[:200]
