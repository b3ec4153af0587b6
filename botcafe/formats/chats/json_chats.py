"""Reading JSON chats of Agnai, RisuAI, Character.AI exports, the first BotCafé, and BotCafé's own format."""

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any, Final

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
from botcafe.formats.limits import MAX_CHATS
from botcafe.kit.json_types import JsonObject, JsonValue, list_or_empty, object_or_empty, objects_in, text_or_empty

_SPEAKER_KEYS: Final = ("speaker", "author", "name")
_TEXT_KEYS: Final = ("message", "text", "content")
_TIME_KEYS: Final = ("timestamp", "time", "date")
_USER_NAMES: Final = frozenset({"user", "you", "human", "me"})
_REDACTED: Final = "[NAME_IN_MESSAGE_REDACTED]"


def read_agnai_chat(root: JsonObject, notes: ImportNotes) -> list[ImportedChat]:
    """Agnai: `messages` of `{msg, userId?, characterId?, handle?, createdAt?}`."""
    bot = clean_speaker_name(root.get("name"))

    def message(row: JsonObject, where: str) -> ImportedMessage | None:
        text = row.get("msg")
        if not isinstance(text, str):
            return None
        is_user = bool(row.get("userId"))
        name = clean_speaker_name(row.get("handle"), "" if is_user else bot)
        return ImportedMessage(
            name, is_user, text, swipes=(text,), sent_at=parse_instant(row.get("createdAt")), raw=row
        )

    return [
        _read_chat_rows(
            "agnai", root, "messages", message, notes, character_name=bot, scenario=text_or_empty(root.get("scenario"))
        )
    ]


def read_risu_chats(root: JsonObject, notes: ImportNotes) -> list[ImportedChat]:
    """RisuAI: `risuChat` or `risuAllChats`; the greeting is kept in the card, `greeting` is its number."""
    data = root.get("data")
    rows = data if isinstance(data, list) else [data]
    _check_chat_count(len(rows))
    return [_read_risu_chat(row, notes) for row in rows if isinstance(row, dict)]


def _read_risu_chat(root: JsonObject, notes: ImportNotes) -> ImportedChat:
    def message(row: JsonObject, where: str) -> ImportedMessage | None:
        text = row.get("data")
        if not isinstance(text, str):
            return None
        model = clean_speaker_name(object_or_empty(row.get("generationInfo")).get("model"))
        is_hidden = bool(row.get("disabled")) or bool(row.get("isComment"))
        sent_at = parse_instant(row.get("time"))
        is_user = row.get("role") == "user"
        name = clean_speaker_name(row.get("name"))
        return ImportedMessage(name, is_user, text, is_hidden, (text,), 0, sent_at, model=model, raw=row)

    found = _read_chat_rows("risu", root, "message", message, notes, title=clean_speaker_name(root.get("name")))
    # fmIndex counts alternate greetings from 0; -1 is first_mes.
    index = root.get("fmIndex")
    number = index + 1 if isinstance(index, int) and not isinstance(index, bool) and index >= -1 else 0
    note: JsonObject = (
        {"text": root["note"], "depth": 4, "every": 1, "role": "system"}
        if text_or_empty(root.get("note")).strip()
        else {}
    )
    return replace(found, has_greeting=False, greeting=number, note=note)


def read_character_ai_histories(root: JsonObject, notes: ImportNotes) -> list[ImportedChat]:
    """Character.AI's older files: `histories.histories[]` with `msgs[]`; alternatives become swipes."""
    info = root.get("info")
    bot = clean_speaker_name(object_or_empty(object_or_empty(info).get("character")).get("name"))
    histories = root.get("histories")
    rows = histories.get("histories") if isinstance(histories, dict) else histories
    _check_chat_count(len(list_or_empty(rows)))
    found = [_read_history(row, bot, notes) for row in objects_in(rows)]
    kept = [chat for chat in found if chat.messages]
    return [replace(chat, header={**chat.header, "info": info}) if info is not None else chat for chat in kept]


def _read_history(root: JsonObject, bot: str, notes: ImportNotes) -> ImportedChat:
    def message(row: JsonObject, where: str) -> ImportedMessage | None:
        text = row.get("text")
        if not isinstance(text, str):
            return None
        source = object_or_empty(row.get("src"))
        text = text.replace(_REDACTED, "{{user}}")
        is_user = bool(source.get("is_human"))
        name = clean_speaker_name(
            row.get("display_name"), clean_speaker_name(source.get("name"), "" if is_user else bot)
        )
        sent_at = parse_instant(row.get("created"))
        return ImportedMessage(name, is_user, text, swipes=(text,), sent_at=sent_at, raw=row)

    chat = _read_chat_rows("character.ai", root, "msgs", message, notes, character_name=bot)
    return replace(chat, messages=_join_alternatives(chat.messages), created_at=parse_instant(root.get("created")))


def _join_alternatives(messages: Iterable[ImportedMessage]) -> tuple[ImportedMessage, ...]:
    """Make each message marked as an alternative a swipe of the reply before it, which stays the shown one."""
    kept: list[ImportedMessage] = []
    for message in messages:
        before = kept[-1] if kept else None
        if message.raw.get("is_alternative") and before is not None and not before.is_user:
            kept[-1] = replace(before, swipes=(*before.swipes, message.text))
        else:
            kept.append(message)
    return tuple(kept)


def read_character_ai_turns(root: JsonObject, notes: ImportNotes) -> list[ImportedChat]:
    """Character.AI's newer files: `turns[]`, the newest first, each with `candidates`."""
    rows = list_or_empty(root.get("turns"))[::-1]
    times = [time for time in map(_turn_time, objects_in(rows)) if time]
    # Some export tools sort oldest first: the timestamps decide.
    if len(times) > 1 and times[0] > times[-1]:
        rows.reverse()
    bot = clean_speaker_name(object_or_empty(root.get("character")).get("name"))
    found = _read_chat_rows(
        "character.ai", {**root, "turns": rows}, "turns", lambda row, where: _read_turn(row, where, notes), notes
    )
    named = next((m.name for m in found.messages if not m.is_user and m.name), bot)
    return [replace(found, character_name=bot or named)]


def _turn_time(row: JsonObject) -> str | None:
    return parse_instant(row.get("create_time"))


def _read_turn(row: JsonObject, where: str, notes: ImportNotes) -> ImportedMessage | None:
    author = object_or_empty(row.get("author"))
    rows = FieldReader(row, where, notes).object_items("candidates")
    candidates = [each for each in rows if isinstance(each.get("raw_content"), str)]
    if not candidates:
        return None
    wanted = row.get("primary_candidate_id")
    shown = next((n for n, each in enumerate(candidates) if each.get("candidate_id") == wanted), 0)
    texts = [text_or_empty(each["raw_content"]) for each in candidates]
    text = texts[shown]
    swipes, shown = bounded_swipes(text, texts, shown, notes, where)
    is_user = author.get("is_human") is True
    name = clean_speaker_name(author.get("name"))
    return ImportedMessage(name, is_user, text, swipes=swipes, shown=shown, sent_at=_turn_time(row), raw=row)


def read_message_array(rows: list[JsonValue], notes: ImportNotes) -> list[ImportedChat]:
    """The first BotCafé's arrays: `{speaker|author|name, message|text|content, timestamp|time|date}`."""

    def message(row: JsonObject, where: str) -> ImportedMessage | None:
        texts = (row.get(key) for key in _TEXT_KEYS)
        text = next((each for each in texts if isinstance(each, str)), None)
        if text is None:
            return None
        name = clean_speaker_name(
            next((row[key] for key in _SPEAKER_KEYS if isinstance(row.get(key), str)), row.get("role"))
        )
        sent_at = next((parse_instant(row[key]) for key in _TIME_KEYS if key in row), None)
        is_user = row.get("role") == "user" or row.get("is_user") is True or name.lower() in _USER_NAMES
        return ImportedMessage(name, is_user, text, swipes=(text,), sent_at=sent_at, raw=row)

    found = _read_chat_rows("botcafe-array", {"rows": rows}, "rows", message, notes)
    return [replace(found, character_name=next((m.name for m in found.messages if not m.is_user), ""))]


def read_botcafe_chat(root: JsonObject, notes: ImportNotes) -> list[ImportedChat]:
    """Our own JSON: `{spec: "botcafe_chat", data: {messages[], notes, ...}}`."""
    data = FieldReader(root, "", notes).mapping("data")

    def message(row: JsonObject, where: str) -> ImportedMessage | None:
        fields = FieldReader(row, where, notes)
        text = fields.text("text")
        swipes, shown = bounded_swipes(
            text, list(fields.texts("swipes")), fields.find_whole("swipe") or 0, notes, where
        )
        return ImportedMessage(
            name=clean_speaker_name(row.get("name")),
            is_user=row.get("is_user") is True,
            text=text,
            is_hidden=row.get("is_hidden") is True or row.get("is_system") is True,
            swipes=swipes,
            shown=shown,
            sent_at=parse_instant(row.get("sent_at")),
            reasoning=fields.text("reasoning"),
            model=clean_speaker_name(row.get("model")),
            raw=object_or_empty(row.get("origin")),
        )

    fields_of_chat = FieldReader(data, "data", notes)
    found = _read_chat_rows("botcafe", data, "messages", message, notes, title=clean_speaker_name(data.get("title")))
    header = object_or_empty(data.get("origin"))
    user, bot = clean_speaker_name(data.get("user_name")), clean_speaker_name(data.get("character_name"))
    created = parse_instant(data.get("created_at"))
    found = replace(found, user_name=user, character_name=bot, created_at=created, header=header)
    about = FieldReader(fields_of_chat.mapping("notes"), "data.notes", notes)
    return [replace(found, scenario=about.text("scenario"), note=_read_author_note(about))]


def _read_author_note(about: FieldReader) -> JsonObject:
    text = about.text("note_prompt")
    roles = ("system", "user", "assistant")
    role = about.find_whole("note_role") or 0
    numbers = {"depth": about.find_whole("note_depth"), "every": about.find_whole("note_interval")}
    kept = {name: value for name, value in numbers.items() if value is not None}
    return {"text": text, **kept, "role": roles[role] if 0 <= role < 3 else "system"} if text.strip() else {}


def _read_chat_rows(
    kind: str,
    root: JsonObject,
    key: str,
    message: Callable[[JsonObject, str], ImportedMessage | None],
    notes: ImportNotes,
    **more: object,
) -> ImportedChat:
    """A chat of the rows under `key`; rows that hold no message are skipped and counted."""
    rows = FieldReader(root, "", notes).items(key)
    check_message_count(len(rows))
    messages, skipped = [], 0
    for number, row in enumerate(rows):
        found = message(row, f"{key}[{number}]") if isinstance(row, dict) else None
        if found is None:
            skipped += 1
        else:
            messages.append(found)
    if skipped:
        notes.add(key, f"{skipped} items without a message were skipped.")
    user = next((m.name for m in messages if m.is_user and m.name), "")
    header = {name: value for name, value in root.items() if name != key}
    rest: dict[str, Any] = {"user_name": user, "header": header, "skipped": skipped, **more}
    return ImportedChat(kind=kind, messages=tuple(messages), warnings=notes.lines(), **rest)


def _check_chat_count(count: int) -> None:
    if count > MAX_CHATS:
        raise FormatError("too_large", f"The file has {count} chats; at most {MAX_CHATS} are read.")
