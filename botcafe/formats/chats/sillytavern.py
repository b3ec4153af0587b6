"""Reading SillyTavern chats: JSON lines, a header and then one message a line (groups add `original_avatar`)."""

from typing import Final

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
from botcafe.formats.json_text import UTF8_BOM, decode_json
from botcafe.kit.json_types import JsonObject, JsonValue

# What newer versions write for both names of the header.
_UNUSED_NAME: Final = "unused"
_NOTE_ROLES: Final = ("system", "user", "assistant")


def is_sillytavern_line(row: JsonValue) -> bool:
    """Whether a decoded line is the header or a message of a SillyTavern chat."""
    if not isinstance(row, dict):
        return False
    return "mes" in row or "chat_metadata" in row or "user_name" in row


def read_sillytavern_chat(data: bytes) -> ImportedChat:
    """Read JSON lines; what is broken or blank is skipped and counted. Raises FormatError `not_a_chat`, `too_large`."""
    notes = ImportNotes()
    rows, broken = _decode_lines(data, notes)
    header: JsonObject = {}
    if rows and "mes" not in rows[0][1]:
        header = rows.pop(0)[1]
    messages, empty = [], 0
    check_message_count(len(rows))
    for number, row in rows:
        found = _read_message(row, f"line {number}", notes)
        if found is None:
            empty += 1
        else:
            messages.append(found)
    if not messages and not header:
        raise FormatError("not_a_chat", "The file holds no message: a line of a chat is an object with “mes”.")
    if broken:
        notes.add("", f"{broken} lines could not be read and were skipped.")
    if empty:
        notes.add("", f"{empty} lines without a message were skipped.")
    return _build_chat(header, messages, broken + empty, notes)


def _decode_lines(data: bytes, notes: ImportNotes) -> tuple[list[tuple[int, JsonObject]], int]:
    rows: list[tuple[int, JsonObject]] = []
    broken = 0
    for number, line in enumerate(data.removeprefix(UTF8_BOM).splitlines(), 1):
        if not line.strip():
            continue
        try:
            row = decode_json(line, notes, f"line {number}")
        except FormatError as error:
            broken += 1
            notes.add("", f"A line was skipped: {error}")
            continue
        if isinstance(row, dict):
            rows.append((number, row))
        else:
            broken += 1
            notes.add(f"line {number}", "an object was expected; it was skipped.")
    return rows, broken


def _build_chat(header: JsonObject, messages: list[ImportedMessage], skipped: int, notes: ImportNotes) -> ImportedChat:
    fields = FieldReader(header, "header", notes)
    about = FieldReader(fields.mapping("chat_metadata"), "chat_metadata", notes)
    user = _header_name(header.get("user_name")) or next((m.name for m in messages if m.is_user and m.name), "")
    others = (m.name for m in messages if not m.is_user and not m.is_hidden and m.name)
    own = about.values.get("botcafe")
    title = own.get("title") if isinstance(own, dict) else None
    return ImportedChat(
        kind="st",
        title=clean_speaker_name(title),
        user_name=user,
        character_name=_header_name(header.get("character_name")) or next(others, ""),
        messages=tuple(messages),
        created_at=parse_instant(header.get("create_date")),
        scenario=about.text("scenario"),
        note=_read_author_note(about),
        header=header,
        warnings=notes.lines(),
        skipped=skipped,
    )


def _header_name(value: JsonValue) -> str:
    name = clean_speaker_name(value)
    return "" if name == _UNUSED_NAME else name


def _read_author_note(about: FieldReader) -> JsonObject:
    text = about.text("note_prompt")
    if not text.strip():
        return {}
    role = about.values.get("note_role")
    depth, every = about.find_whole("note_depth"), about.find_whole("note_interval")
    name = _NOTE_ROLES[role] if isinstance(role, int) and 0 <= role < len(_NOTE_ROLES) else "system"
    return {"text": text, "depth": 4 if depth is None else depth, "every": every or 1, "role": name}


def _read_message(row: JsonObject, where: str, notes: ImportNotes) -> ImportedMessage | None:
    fields = FieldReader(row, where, notes)
    text = _message_text(row.get("mes"))
    swipes = [each for each in map(_message_text, fields.items("swipes")) if each is not None]
    if text is None:
        if not swipes:
            return None
        text = swipes[min(max(fields.find_whole("swipe_id") or 0, 0), len(swipes) - 1)]
    found, shown = bounded_swipes(text, swipes, fields.find_whole("swipe_id") or 0, notes, where)
    extra = FieldReader(fields.mapping("extra"), fields.at("extra"), notes)
    is_user = row.get("is_user") is True
    return ImportedMessage(
        name=clean_speaker_name(row.get("name"), "User" if is_user else ""),
        is_user=is_user,
        is_hidden=row.get("is_system") is True,
        text=text,
        swipes=found,
        shown=shown,
        sent_at=parse_instant(row.get("send_date")),
        reasoning=extra.text("reasoning"),
        model=clean_speaker_name(extra.values.get("model")),
        avatar=clean_speaker_name(row.get("original_avatar")),
        raw=row,
    )


def _message_text(value: JsonValue) -> str | None:
    """The text of a message; Chub's exports wrap it in an object."""
    if isinstance(value, dict):
        value = value.get("message", value.get("mes"))
    return value if isinstance(value, str) else None
