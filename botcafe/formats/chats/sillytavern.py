"""SillyTavern's chats: JSON lines, a header and then a message each; groups are the same with `original_avatar`."""

from typing import Any, Final

from botcafe.formats.chats.dates import instant_of
from botcafe.formats.chats.model import ImportedChat, ImportedMessage, check_count, one_of, with_swipes
from botcafe.formats.errors import FormatError
from botcafe.formats.field_reader import FieldReader
from botcafe.formats.import_notes import ImportNotes
from botcafe.formats.json_text import UTF8_BOM, decode_json

_NAMELESS: Final = "unused"
"""What newer versions write for both names of the header."""
_NOTE_ROLES: Final = ("system", "user", "assistant")


def is_tavern_line(row: Any) -> bool:
    """Whether a decoded line is a header or a message of such a file."""
    if not isinstance(row, dict):
        return False
    return "mes" in row or "chat_metadata" in row or "user_name" in row


def read_tavern(data: bytes) -> ImportedChat:
    """Read JSON lines; what is broken or blank is skipped and counted. Raises FormatError `not_a_chat`, `too_large`."""
    notes = ImportNotes()
    rows, broken = _rows(data, notes)
    header: dict[str, Any] = {}
    if rows and "mes" not in rows[0][1]:
        header = rows.pop(0)[1]
    messages, empty = [], 0
    check_count(len(rows))
    for number, row in rows:
        found = _message(row, f"line {number}", notes)
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
    return _chat(header, messages, broken + empty, notes)


def _rows(data: bytes, notes: ImportNotes) -> tuple[list[tuple[int, dict[str, Any]]], int]:
    rows: list[tuple[int, dict[str, Any]]] = []
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


def _chat(header: dict[str, Any], messages: list[ImportedMessage], skipped: int, notes: ImportNotes) -> ImportedChat:
    fields = FieldReader(header, "header", notes)
    about = FieldReader(fields.mapping("chat_metadata"), "chat_metadata", notes)
    user = _named(header.get("user_name")) or next((m.name for m in messages if m.is_user and m.name), "")
    others = (m.name for m in messages if not m.is_user and not m.is_hidden and m.name)
    own = about.values.get("botcafe")
    title = own.get("title") if isinstance(own, dict) else None
    return ImportedChat(
        kind="st",
        title=one_of(title),
        user_name=user,
        character_name=_named(header.get("character_name")) or next(others, ""),
        messages=tuple(messages),
        created_at=instant_of(header.get("create_date")),
        scenario=about.text("scenario"),
        note=_note(about),
        header=header,
        warnings=notes.lines(),
        skipped=skipped,
    )


def _named(value: Any) -> str:
    name = one_of(value)
    return "" if name == _NAMELESS else name


def _note(about: FieldReader) -> dict[str, Any]:
    text = about.text("note_prompt")
    if not text.strip():
        return {}
    role = about.values.get("note_role")
    depth, every = about.find_whole("note_depth"), about.find_whole("note_interval")
    name = _NOTE_ROLES[role] if isinstance(role, int) and 0 <= role < len(_NOTE_ROLES) else "system"
    return {"text": text, "depth": 4 if depth is None else depth, "every": every or 1, "role": name}


def _message(row: dict[str, Any], where: str, notes: ImportNotes) -> ImportedMessage | None:
    fields = FieldReader(row, where, notes)
    text = _text_in(row.get("mes"))
    swipes = [each for each in map(_text_in, fields.items("swipes")) if each is not None]
    if text is None:
        if not swipes:
            return None
        text = swipes[min(max(fields.find_whole("swipe_id") or 0, 0), len(swipes) - 1)]
    found, shown = with_swipes(text, swipes, fields.find_whole("swipe_id") or 0, notes, where)
    extra = FieldReader(fields.mapping("extra"), fields.at("extra"), notes)
    is_user = row.get("is_user") is True
    return ImportedMessage(
        name=one_of(row.get("name"), "User" if is_user else ""),
        is_user=is_user,
        is_hidden=row.get("is_system") is True,
        text=text,
        swipes=found,
        shown=shown,
        sent_at=instant_of(row.get("send_date")),
        reasoning=extra.text("reasoning"),
        model=one_of(extra.values.get("model")),
        avatar=one_of(row.get("original_avatar")),
        raw=row,
    )


def _text_in(value: Any) -> str | None:
    """A text; Chub wraps each in an object."""
    if isinstance(value, dict):
        value = value.get("message", value.get("mes"))
    return value if isinstance(value, str) else None
