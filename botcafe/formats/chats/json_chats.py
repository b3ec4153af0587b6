"""Chats of Agnai, RisuAI, Character.AI, the oldest BotCafé and our own JSON, told apart by their keys."""

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any, Final

from botcafe.formats.chats.dates import instant_of
from botcafe.formats.chats.model import ImportedChat, ImportedMessage, check_count, one_of, with_swipes
from botcafe.formats.errors import FormatError
from botcafe.formats.field_reader import FieldReader
from botcafe.formats.import_notes import ImportNotes
from botcafe.formats.limits import MAX_CHATS

_SPEAKERS: Final = ("speaker", "author", "name")
_TEXTS: Final = ("message", "text", "content")
_TIMES: Final = ("timestamp", "time", "date")
_USERS: Final = frozenset({"user", "you", "human", "me"})
_REDACTED: Final = "[NAME_IN_MESSAGE_REDACTED]"


def read_agnai(root: dict[str, Any], notes: ImportNotes) -> list[ImportedChat]:
    """Agnai: `messages` of `{msg, userId?, characterId?, handle?, createdAt?}`."""
    bot = one_of(root.get("name"))

    def message(row: dict[str, Any], where: str) -> ImportedMessage | None:
        text = row.get("msg")
        if not isinstance(text, str):
            return None
        is_user = bool(row.get("userId"))
        name = one_of(row.get("handle"), "" if is_user else bot)
        return ImportedMessage(name, is_user, text, swipes=(text,), sent_at=instant_of(row.get("createdAt")), raw=row)

    return [_chat("agnai", root, "messages", message, notes, character_name=bot, scenario=_text(root, "scenario"))]


def read_risu(root: dict[str, Any], notes: ImportNotes) -> list[ImportedChat]:
    """RisuAI: `risuChat` or `risuAllChats`; the greeting stays with the card, so that `greeting` names it."""
    data = root.get("data")
    rows = data if isinstance(data, list) else [data]
    _check_chats(len(rows))
    return [_risu_chat(row, notes) for row in rows if isinstance(row, dict)]


def _risu_chat(root: dict[str, Any], notes: ImportNotes) -> ImportedChat:
    def message(row: dict[str, Any], where: str) -> ImportedMessage | None:
        text = row.get("data")
        if not isinstance(text, str):
            return None
        made = row.get("generationInfo")
        model = one_of(made.get("model")) if isinstance(made, dict) else ""
        is_hidden = bool(row.get("disabled")) or bool(row.get("isComment"))
        sent_at = instant_of(row.get("time"))
        is_user = row.get("role") == "user"
        name = one_of(row.get("name"))
        return ImportedMessage(name, is_user, text, is_hidden, (text,), 0, sent_at, model=model, raw=row)

    found = _chat("risu", root, "message", message, notes, title=one_of(root.get("name")))
    index = root.get("fmIndex")
    number = index + 1 if isinstance(index, int) and not isinstance(index, bool) and index >= -1 else 0
    note = {"text": root["note"], "depth": 4, "every": 1, "role": "system"} if _text(root, "note").strip() else {}
    return replace(found, has_greeting=False, greeting=number, note=note)


def read_histories(root: dict[str, Any], notes: ImportNotes) -> list[ImportedChat]:
    """Character.AI's older files: `histories.histories[]` with `msgs[]`; alternatives become swipes."""
    info = root.get("info")
    inner = info.get("character") if isinstance(info, dict) else None
    bot = one_of(inner.get("name")) if isinstance(inner, dict) else ""
    histories = root.get("histories")
    rows = histories.get("histories") if isinstance(histories, dict) else histories
    rows = rows if isinstance(rows, list) else []
    _check_chats(len(rows))
    found = [_history(row, bot, notes) for row in rows if isinstance(row, dict)]
    kept = [chat for chat in found if chat.messages]
    return [replace(chat, header={**chat.header, "info": info}) if info is not None else chat for chat in kept]


def _history(root: dict[str, Any], bot: str, notes: ImportNotes) -> ImportedChat:
    def message(row: dict[str, Any], where: str) -> ImportedMessage | None:
        text = row.get("text")
        if not isinstance(text, str):
            return None
        given = row.get("src")
        source = given if isinstance(given, dict) else {}
        text = text.replace(_REDACTED, "{{user}}")
        is_user = bool(source.get("is_human"))
        name = one_of(row.get("display_name"), one_of(source.get("name"), "" if is_user else bot))
        sent_at = instant_of(row.get("created"))
        return ImportedMessage(name, is_user, text, swipes=(text,), sent_at=sent_at, raw=row)

    chat = _chat("character.ai", root, "msgs", message, notes, character_name=bot)
    return replace(chat, messages=_alternatives_joined(chat.messages), created_at=instant_of(root.get("created")))


def _alternatives_joined(messages: Iterable[ImportedMessage]) -> tuple[ImportedMessage, ...]:
    """Each message marked as an alternative joins the reply before it, which stays the shown one."""
    kept: list[ImportedMessage] = []
    for message in messages:
        before = kept[-1] if kept else None
        if message.raw.get("is_alternative") and before is not None and not before.is_user:
            kept[-1] = replace(before, swipes=(*before.swipes, message.text))
        else:
            kept.append(message)
    return tuple(kept)


def read_turns(root: dict[str, Any], notes: ImportNotes) -> list[ImportedChat]:
    """Character.AI's newer files: `turns[]`, the newest first, each with `candidates`."""
    rows = root.get("turns")
    ordered = {**root, "turns": rows[::-1] if isinstance(rows, list) else []}
    times = [_time(row) for row in ordered["turns"] if isinstance(row, dict)]
    known = [time for time in times if time]
    if len(known) > 1 and known[0] > known[-1]:
        ordered["turns"] = ordered["turns"][::-1]
    given = root.get("character")
    bot = one_of(given.get("name")) if isinstance(given, dict) else ""
    found = _chat("character.ai", ordered, "turns", lambda row, where: _turn(row, where, notes), notes)
    named = next((m.name for m in found.messages if not m.is_user and m.name), bot)
    return [replace(found, character_name=bot or named)]


def _time(row: dict[str, Any]) -> str | None:
    return instant_of(row.get("create_time"))


def _turn(row: dict[str, Any], where: str, notes: ImportNotes) -> ImportedMessage | None:
    given = row.get("author")
    author = given if isinstance(given, dict) else {}
    rows = [each for each in FieldReader(row, where, notes).items("candidates") if isinstance(each, dict)]
    said = [each for each in rows if isinstance(each.get("raw_content"), str)]
    if not said:
        return None
    wanted = row.get("primary_candidate_id")
    shown = next((n for n, each in enumerate(said) if each.get("candidate_id") == wanted), 0)
    text = said[shown]["raw_content"]
    swipes, shown = with_swipes(text, [each["raw_content"] for each in said], shown, notes, where)
    is_user = author.get("is_human") is True
    name = one_of(author.get("name"))
    return ImportedMessage(name, is_user, text, swipes=swipes, shown=shown, sent_at=_time(row), raw=row)


def read_rows(rows: list[Any], notes: ImportNotes) -> list[ImportedChat]:
    """The oldest BotCafé's arrays: `{speaker|author|name, message|text|content, timestamp|time|date}`."""

    def message(row: dict[str, Any], where: str) -> ImportedMessage | None:
        text = next((row[key] for key in _TEXTS if isinstance(row.get(key), str)), None)
        if text is None:
            return None
        name = one_of(next((row[key] for key in _SPEAKERS if isinstance(row.get(key), str)), row.get("role")))
        sent_at = next((instant_of(row[key]) for key in _TIMES if key in row), None)
        is_user = row.get("role") == "user" or row.get("is_user") is True or name.lower() in _USERS
        return ImportedMessage(name, is_user, text, swipes=(text,), sent_at=sent_at, raw=row)

    found = _chat("botcafe-array", {"rows": rows}, "rows", message, notes)
    return [replace(found, character_name=next((m.name for m in found.messages if not m.is_user), ""))]


def read_own(root: dict[str, Any], notes: ImportNotes) -> list[ImportedChat]:
    """Our own JSON: `{spec: "botcafe_chat", data: {messages[], notes, ...}}`."""
    data = FieldReader(root, "", notes).mapping("data")

    def message(row: dict[str, Any], where: str) -> ImportedMessage | None:
        fields = FieldReader(row, where, notes)
        text = fields.text("text")
        swipes, shown = with_swipes(text, list(fields.texts("swipes")), fields.find_whole("swipe") or 0, notes, where)
        return ImportedMessage(
            name=one_of(row.get("name")),
            is_user=row.get("is_user") is True,
            text=text,
            is_hidden=row.get("is_hidden") is True or row.get("is_system") is True,
            swipes=swipes,
            shown=shown,
            sent_at=instant_of(row.get("sent_at")),
            reasoning=fields.text("reasoning"),
            model=one_of(row.get("model")),
            raw=row["origin"] if isinstance(row.get("origin"), dict) else {},
        )

    said = FieldReader(data, "data", notes)
    found = _chat("botcafe", data, "messages", message, notes, title=one_of(data.get("title")))
    origin = data.get("origin")
    header = origin if isinstance(origin, dict) else {}
    user, bot = one_of(data.get("user_name")), one_of(data.get("character_name"))
    created = instant_of(data.get("created_at"))
    found = replace(found, user_name=user, character_name=bot, created_at=created, header=header)
    about = FieldReader(said.mapping("notes"), "data.notes", notes)
    return [replace(found, scenario=about.text("scenario"), note=_own_note(about))]


def _own_note(about: FieldReader) -> dict[str, Any]:
    text = about.text("note_prompt")
    roles = ("system", "user", "assistant")
    role = about.find_whole("note_role") or 0
    said = {"depth": about.find_whole("note_depth"), "every": about.find_whole("note_interval")}
    kept = {name: value for name, value in said.items() if value is not None}
    return {"text": text, **kept, "role": roles[role] if 0 <= role < 3 else "system"} if text.strip() else {}


def _chat(
    kind: str,
    root: dict[str, Any],
    key: str,
    message: Callable[[dict[str, Any], str], ImportedMessage | None],
    notes: ImportNotes,
    **more: Any,
) -> ImportedChat:
    """A chat of the rows under `key`; rows that hold no message are skipped and counted."""
    rows = FieldReader(root, "", notes).items(key)
    check_count(len(rows))
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
    rest = {"user_name": user, "header": header, "skipped": skipped, **more}
    return ImportedChat(kind=kind, messages=tuple(messages), warnings=notes.lines(), **rest)


def _text(root: dict[str, Any], key: str) -> str:
    value = root.get(key)
    return value if isinstance(value, str) else ""


def _check_chats(count: int) -> None:
    if count > MAX_CHATS:
        raise FormatError("too_large", f"The file has {count} chats; at most {MAX_CHATS} are read.")
