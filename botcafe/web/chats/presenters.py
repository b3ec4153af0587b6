"""Chats as the pages show them: rows of the areas made into what the templates expect."""

from typing import Any
from urllib.parse import urlencode

from botcafe.areas.companions.chats import listing, thread, tree
from botcafe.areas.companions.chats.trash import days_left
from botcafe.cms.schema.actor import Actor
from botcafe.kit.markdown import render as markdown
from botcafe.web.shell.addresses import page_url
from botcafe.web.shell.presenters import beginning, moment, money

EMOJIS = ("👍", "❤️", "😂", "😮", "😢", "🔥")
MORE_CHATS = 100
MOST_CHATS = 2000
NOTED = {"failed", "interrupted"}


def chat_line(chat: listing.ChatListItem) -> dict[str, Any]:
    """A chat as the lists show it."""
    fields = {name: getattr(chat, name) for name in chat.__slots__}
    status = "pinned" if chat.is_pinned else "muted" if chat.is_muted else "archived" if chat.is_archived else "active"
    last = moment(chat.last_activity)
    left = days_left(chat.deleted_at) if chat.deleted_at else None
    return {
        **fields,
        "url": page_url("chats:chat", chat.id),
        "status": status,
        "last_activity": last,
        "days_left": left,
    }


def talks_of(
    actor: Actor, view: str = "active", text: str = "", tag: str = "", shown: int = listing.PAGE_SIZE
) -> dict[str, Any]:
    """What the list of chats expects: at most ``shown`` lines, and how to ask for more."""
    view, text, shown = view if view in listing.VIEWS else "active", text[:200], min(max(shown, 1), MOST_CHATS)
    found = listing.list_chats(actor, view, text, tag[:50], limit=shown + 1)
    asked = {"q": text, "view": view if view != "active" else "", "tag": tag, "shown": shown + MORE_CHATS}
    query = urlencode({name: value for name, value in asked.items() if value})
    return {
        "conversations": [chat_line(each) for each in found[:shown]],
        "more": query if len(found) > shown and shown < MOST_CHATS else "",
        "q": text,
        "view": view,
        "tag": tag,
        "tags": sorted({*listing.list_tags(actor, view), *([tag] if tag else [])}, key=str.lower),
    }


def turns_of(actor: Actor, window: thread.ThreadWindow) -> list[dict[str, Any]]:
    """The messages of a piece of a chat."""
    end = window.shown[-1] if window.shown and window.newer is None else None
    return [_turn(actor, shown, is_end=shown is end) for shown in window.shown]


def _turn(actor: Actor, shown: thread.ThreadMessage, *, is_end: bool) -> dict[str, Any]:
    row, reply = shown.row, shown.reply
    state = reply.state if reply else "complete"
    return {
        "id": row.pk,
        "role": "system" if row.message_type == "system" else "bot" if row.bot_id else "user",
        "html": markdown(row.entry or ""),
        "entry": row.entry or "",
        **_time(row.created_at),
        "state": state,
        "note": (reply.error or "") if reply and state in NOTED else "",
        "generation_id": reply.pk if reply else None,
        "reasoning_html": markdown(shown.reasoning) if shown.reasoning else "",
        "cost": price_of(reply),
        "is_greeting": is_greeting(row),
        "alternatives": _alternatives(shown),
        "ways": {"count": len(shown.ways), "newest": max(shown.ways, default=None), "is_end": is_end},
        "pictures": [{"url": each.url, "alt": each.alt or ""} for each in shown.pictures],
        "reply_to": quote_of(actor, row.message_thread_reply_to),
        "reactions": _reactions(actor, row),
        **face_of(actor, row),
        **_edits(row),
    }


def _time(instant: str | None) -> dict[str, Any]:
    at = moment(instant)
    return {
        "created_at": at,
        "iso": at.isoformat() if at else "",
        "day": f"{at:%Y-%m-%d}" if at else "",
        "clock": f"{at:%H:%M}" if at else "",
    }


def is_greeting(row: Any) -> bool:
    """Whether it is the bot's own first line, whose alternatives are its other greetings."""
    return bool(row.bot_id and not row.parent_id and not row.message_attribution_is_ai_generated)


def face_of(actor: Actor, row: Any) -> dict[str, Any]:
    """Who says it, with the face."""
    picture = row.bot.picture.url if row.bot and row.bot.picture else None
    return {"name": name_of(actor, row), "picture_url": picture, "bot_id": row.bot_id}


def name_of(actor: Actor, row: Any) -> str:
    """Who says it; in a chat that somebody shares, who its person is stays with them."""
    if row.bot_id:
        return str(row.bot.name)
    if row.user_id != actor.id:
        return "The person"
    return str(row.persona.name) if row.persona_id else actor.name or "You"


def _alternatives(shown: thread.ThreadMessage) -> dict[str, Any]:
    ids = shown.siblings
    at = ids.index(shown.row.pk)
    return {
        "index": at + 1,
        "total": len(ids),
        "previous": ids[at - 1] if at else None,
        "next": ids[at + 1] if at + 1 < len(ids) else None,
        "is_greeting": is_greeting(shown.row),
    }


def _edits(row: Any) -> dict[str, Any]:
    former = [each for each in row.message_status_edit_history or [] if isinstance(each, dict)]
    history = [{"text": e.get("previous_content", ""), "edited_at": moment(e.get("edited_at"))} for e in former]
    return {"edited_at": moment(row.message_status_edited_at), "history": history}


def _reactions(actor: Actor, row: Any) -> list[dict[str, Any]]:
    if not row.message_content_reactions:
        return []
    found = tree.reactions_of(row, actor)
    return [{"emoji": e, "count": n, "is_mine": e in found["mine"]} for e, n in found["reactions"].items()]


def quote_of(actor: Actor, row: Any) -> dict[str, Any] | None:
    """The line that a message answers."""
    if row is None:
        return None
    text = "(taken out)" if row.deleted_at else beginning(row.entry)
    return {"id": row.pk, "name": name_of(actor, row), "text": text}


def price_of(reply: Any) -> str:
    """What a reply has cost, as its head shows it: an unknown price is said so, the built-in voice shows none."""
    if reply is None or state_is_open(reply.state) or reply.provider in (None, "", "rehearsal"):
        return ""
    if reply.cost_usd is None:
        return "price unknown"
    return money(reply.cost_usd) or "free"


def state_is_open(state: str) -> bool:
    """Whether a reply is still being written."""
    return state in {"queued", "streaming"}
