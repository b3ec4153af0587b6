"""Writing chats as JSON lines for SillyTavern, BotCafé's own JSON, Markdown and HTML.

Shape of the JSON lines: a header ``{user_name, character_name, create_date, chat_metadata}``, then one line a message with
``name, is_user, is_system, send_date, mes``, the alternatives in ``swipes`` with ``swipe_id``, and what only BotCafé
has under ``extra.botcafe``.
"""

from dataclasses import asdict, dataclass, field
from html import escape

import orjson

from botcafe.formats.chats.dates import parse_instant
from botcafe.kit.json_types import JsonObject

FORMATS = {
    "jsonl": "application/jsonl; charset=utf-8",
    "json": "application/json",
    "md": "text/markdown; charset=utf-8",
    "html": "text/html; charset=utf-8",
}
_STYLE = (
    "body{max-width:42rem;margin:2rem auto;padding:0 1rem;font:17px/1.6 Georgia,serif;color:#2a1d14;background:#f7f1e6}"
    "h1{font-size:1.5rem}article{margin:1.5rem 0}header{font:600 .9rem system-ui,sans-serif}"
    "time{font-weight:400;color:#6b5a4a;margin-left:.5rem}.me{border-left:3px solid #b5652c;padding-left:1rem}"
    "details{font-size:.9rem;color:#6b5a4a}pre{overflow:auto}img{max-width:100%}"
    "@media(prefers-color-scheme:dark){body{background:#1d1512;color:#efe6d8}time,details{color:#b9a894}}"
)


@dataclass(frozen=True, slots=True)
class ExportedMessage:
    """One message of the shown branch. ``swipes`` are all alternatives at its place, ``swipe`` which of them it is."""

    id: int
    name: str
    is_user: bool
    text: str
    sent_at: str
    html: str = ""
    is_system: bool = False
    swipes: tuple[str, ...] = ()
    swipe: int = 0
    model: str = ""
    reasoning: str = ""
    bot: str = ""
    edited_at: str = ""
    reactions: tuple[str, ...] = ()
    avatar: str = ""
    origin: JsonObject = field(default_factory=dict)
    """Where it came from: `{format, raw, is_undated?}`."""


@dataclass(frozen=True, slots=True)
class ExportedChat:
    """A chat with its shown branch, oldest first. ``notes`` is what SillyTavern keeps in ``chat_metadata``."""

    id: int
    title: str
    user_name: str
    character_name: str
    created_at: str
    bots: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    notes: JsonObject = field(default_factory=dict)
    messages: tuple[ExportedMessage, ...] = ()
    origin: JsonObject = field(default_factory=dict)
    """Where it came from: `{format, header}`."""


def write_chat(chat: ExportedChat, form: str) -> bytes:
    """A chat in one of ``FORMATS``. Raises KeyError for any other."""
    return _WRITERS[form](chat)


def _write_jsonl(chat: ExportedChat) -> bytes:
    raw = _sillytavern_original(chat.origin, "header")
    about = raw.get("chat_metadata")
    own = {"id": chat.id, "title": chat.title, "tags": list(chat.tags)}
    if not raw and isinstance(chat.origin.get("header"), dict):
        own["origin"] = chat.origin["header"]
    header = {
        **raw,
        "user_name": chat.user_name,
        "character_name": chat.character_name,
        "create_date": raw.get("create_date", chat.created_at),
        "chat_metadata": {**(about if isinstance(about, dict) else {}), **chat.notes, "botcafe": own},
    }
    return b"\n".join(orjson.dumps(line) for line in (header, *map(_message_line, chat.messages)))


def _sillytavern_original(origin: JsonObject, key: str) -> JsonObject:
    """The original JSON of a header or message that was imported from a SillyTavern file, else {}."""
    found = origin.get(key)
    return found if origin.get("format") == "st" and isinstance(found, dict) else {}


def _message_line(message: ExportedMessage) -> JsonObject:
    raw = _sillytavern_original(message.origin, "raw")
    own: JsonObject = {
        "id": message.id,
        "bot": message.bot,
        "edited_at": message.edited_at,
        "reactions": [*message.reactions],
    }
    if not raw:
        own["origin"] = message.origin.get("raw")
    before = raw.get("extra")
    extra: JsonObject = dict(before) if isinstance(before, dict) else {}
    extra["botcafe"] = {name: value for name, value in own.items() if value}
    extra |= {k: v for k, v in (("model", message.model), ("reasoning", message.reasoning)) if v}
    # The original date is written back in its own format, unless the message was sent again.
    is_untouched = bool(raw) and (message.origin.get("is_undated") or _is_same_moment(raw, message))
    line: JsonObject = {
        **raw,
        "name": message.name,
        "is_user": message.is_user,
        "is_system": message.is_system,
        "send_date": raw.get("send_date") if is_untouched else message.sent_at,
        "mes": message.text,
        "extra": extra,
    }
    if message.avatar:
        line["original_avatar"] = message.avatar
    if len(message.swipes) > 1 or "swipes" in raw:
        line |= {"swipes": list(message.swipes) or [message.text], "swipe_id": message.swipe}
    return line


def _is_same_moment(raw: JsonObject, message: ExportedMessage) -> bool:
    return parse_instant(raw.get("send_date")) == message.sent_at


def _write_json(chat: ExportedChat) -> bytes:
    data = asdict(chat)
    data["origin"] = chat.origin.get("header") or {}
    for message in data["messages"]:
        del message["html"]
        message["is_hidden"] = message["is_system"]
        message["origin"] = message["origin"].get("raw") or {}
    return orjson.dumps({"spec": "botcafe_chat", "spec_version": "1.0", "data": data}, option=orjson.OPT_INDENT_2)


def _write_markdown(chat: ExportedChat) -> bytes:
    parts = [f"# {chat.title}\n", f"*{chat.user_name} with {', '.join(chat.bots) or chat.character_name}*\n"]
    parts += [f"**{m.name}** · {m.sent_at[:16].replace('T', ' ')}\n\n{m.text}\n" for m in chat.messages]
    return "\n".join(parts).encode("utf-8", "replace")


def _write_html(chat: ExportedChat) -> bytes:
    """One self-contained page; ``html`` of the messages must be sanitized already."""
    turns = "".join(
        f"<article{' class=me' if m.is_user else ''}><header>{escape(m.name)}"
        f'<time datetime="{escape(m.sent_at)}">{escape(m.sent_at[:16].replace("T", " "))}</time></header>{m.html}</article>'
        for m in chat.messages
    )
    title = escape(chat.title)
    page = (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
        f"<title>{title}</title><style>{_STYLE}</style><h1>{title}</h1>{turns}</html>"
    )
    return page.encode("utf-8", "replace")


_WRITERS = {"jsonl": _write_jsonl, "json": _write_json, "md": _write_markdown, "html": _write_html}
