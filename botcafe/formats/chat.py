"""A chat on its way out: plain data in, files out. The JSON lines are those that SillyTavern reads.

Their shape: a header ``{user_name, character_name, create_date, chat_metadata}``, then a line for each message with
``name, is_user, is_system, send_date, mes``, the alternatives in ``swipes`` with ``swipe_id``, and what is only ours
under ``extra.botcafe``.
"""

from dataclasses import asdict, dataclass, field
from html import escape
from typing import Any

import orjson

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
class Spoken:
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


@dataclass(frozen=True, slots=True)
class Chat:
    """A chat with its shown branch, oldest first. ``notes`` is what SillyTavern keeps in ``chat_metadata``."""

    id: int
    title: str
    user_name: str
    character_name: str
    created_at: str
    bots: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    notes: dict[str, Any] = field(default_factory=dict)
    messages: tuple[Spoken, ...] = ()


def write(chat: Chat, form: str) -> bytes:
    """A chat in one of ``FORMATS``. Raises KeyError for any other."""
    return _WRITERS[form](chat)


def _jsonl(chat: Chat) -> bytes:
    header = {
        "user_name": chat.user_name,
        "character_name": chat.character_name,
        "create_date": chat.created_at,
        "chat_metadata": {**chat.notes, "botcafe": {"id": chat.id, "title": chat.title, "tags": list(chat.tags)}},
    }
    return b"\n".join(orjson.dumps(line) for line in (header, *map(_line, chat.messages)))


def _line(message: Spoken) -> dict[str, Any]:
    own = {"id": message.id, "bot": message.bot, "edited_at": message.edited_at, "reactions": list(message.reactions)}
    extra: dict[str, Any] = {"botcafe": {name: value for name, value in own.items() if value}}
    extra |= {k: v for k, v in (("model", message.model), ("reasoning", message.reasoning)) if v}
    line: dict[str, Any] = {
        "name": message.name,
        "is_user": message.is_user,
        "is_system": message.is_system,
        "send_date": message.sent_at,
        "mes": message.text,
        "extra": extra,
    }
    if len(message.swipes) > 1:
        line |= {"swipes": list(message.swipes), "swipe_id": message.swipe}
    return line


def _json(chat: Chat) -> bytes:
    data = asdict(chat)
    for message in data["messages"]:
        del message["html"]
    return orjson.dumps({"spec": "botcafe_chat", "spec_version": "1.0", "data": data}, option=orjson.OPT_INDENT_2)


def _md(chat: Chat) -> bytes:
    parts = [f"# {chat.title}\n", f"*{chat.user_name} with {', '.join(chat.bots) or chat.character_name}*\n"]
    parts += [f"**{m.name}** · {m.sent_at[:16].replace('T', ' ')}\n\n{m.text}\n" for m in chat.messages]
    return "\n".join(parts).encode("utf-8", "replace")


def _html(chat: Chat) -> bytes:
    """One file that needs nothing else; ``html`` of the messages has been cleaned before."""
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


_WRITERS = {"jsonl": _jsonl, "json": _json, "md": _md, "html": _html}
