"""Exporting a chat as a file: SillyTavern JSON lines, BotCafé JSON, Markdown or HTML."""

from typing import Any

from botcafe.areas.companions.chats.participants import list_participants
from botcafe.areas.companions.chats.queries import conversation_for
from botcafe.areas.companions.chats.settings_model import read_author_note
from botcafe.areas.companions.collections.conversation import Conversation
from botcafe.areas.companions.collections.message import Message
from botcafe.areas.companions.messages import thread, tree_sql
from botcafe.areas.companions.messages.tree import reactions_of
from botcafe.cms.schema.actor import Actor
from botcafe.cms.schema.errors import BadRequest
from botcafe.formats.chats.writer import FORMATS, ExportedChat, ExportedMessage, write_chat
from botcafe.kit.markdown import render
from botcafe.kit.words import slugify_name

NOTE_ROLES = {"system": 0, "user": 1, "assistant": 2}


def export_chat(actor: Actor, conversation_id: int, form: str) -> tuple[str, str, bytes]:
    """File name, media type and bytes of the shown branch. Raises NotFound, and BadRequest for an unknown format."""
    if form not in FORMATS:
        raise BadRequest(f"format must be one of {', '.join(FORMATS)}.")
    chat = conversation_for(actor, conversation_id)
    exported = _exported_chat(actor, chat, is_html=form == "html")
    return f"{slugify_name(exported.title)}.{form}", FORMATS[form], write_chat(exported, form)


def _exported_chat(actor: Actor, chat: Conversation, *, is_html: bool) -> ExportedChat:
    bots = tuple(each.name for each in list_participants(chat))
    rows = thread.load_branch(chat.pk, chat.active_leaf_id, tree_sql.MAX_BRANCH_MESSAGES)
    shown = thread.add_message_details(chat.pk, rows)
    texts = _load_texts({number for each in shown for number in each.siblings})
    note = read_author_note(chat.author_note)
    notes: dict[str, Any] = {"note_prompt": note.text, "note_depth": note.depth, "note_interval": note.every}
    notes |= {"note_position": 1, "note_role": NOTE_ROLES[note.role], "scenario": chat.scene or ""}
    origin = chat.origin if isinstance(chat.origin, dict) else {}
    user_name = str(origin.get("user_name") or "")
    return ExportedChat(
        id=chat.pk,
        title=chat.title or ", ".join(bots) or "Chat",
        user_name=(chat.persona.name if chat.persona else user_name or actor.name) or "User",
        character_name=bots[0] if bots else "Nobody",
        created_at=chat.created_at,
        bots=bots,
        tags=tuple(str(t) for t in chat.conversation_metadata_tags or []),
        notes={k: v for k, v in notes.items() if v != ""} if note.text or chat.scene else {},
        messages=tuple(_exported_message(actor, each, texts, user_name, is_html=is_html) for each in shown),
        origin=origin,
    )


def _load_texts(ids: set[int]) -> dict[int, tuple[str, Any]]:
    """Text and origin of messages by id."""
    found: dict[int, tuple[str, Any]] = {}
    ordered = sorted(ids)
    # In batches, since databases limit the values of one statement.
    for start in range(0, len(ordered), 1000):
        rows = Message.objects.filter(pk__in=ordered[start : start + 1000])
        found |= {pk: (entry, origin) for pk, entry, origin in rows.values_list("pk", "entry", "origin")}
    return found


def _find_origin(shown: thread.ThreadMessage, texts: dict[int, tuple[str, Any]]) -> dict[str, Any]:
    """The original JSON of an imported message, stored with the message itself or with one of its swipes."""
    numbers = [shown.row.pk, *shown.siblings]
    kept = (texts.get(number, ("", None))[1] for number in numbers)
    return next((each for each in kept if isinstance(each, dict) and isinstance(each.get("raw"), dict)), {})


def _exported_message(
    actor: Actor, shown: thread.ThreadMessage, texts: dict[int, tuple[str, Any]], user_name: str, *, is_html: bool
) -> ExportedMessage:
    row = shown.row
    origin = _find_origin(shown, texts)
    own = row.bot.name if row.bot else row.persona.name if row.persona else ""
    name = str(origin.get("name") or "") or own or user_name or actor.name or "User"
    return ExportedMessage(
        id=row.pk,
        name=name,
        is_user=row.bot_id is None,
        is_system=bool(row.is_hidden) or row.message_type == "system",
        text=row.entry or "",
        sent_at=row.created_at,
        html=render(row.entry or "") if is_html else "",
        swipes=tuple(texts.get(number, ("", None))[0] for number in shown.siblings),
        swipe=shown.siblings.index(row.pk) if row.pk in shown.siblings else 0,
        model=row.message_attribution_model_used or "",
        reasoning=shown.reasoning,
        bot=row.bot.slug if row.bot else "",
        edited_at=row.message_status_edited_at or "",
        reactions=tuple(reactions_of(row, actor).reactions),
        avatar=str(origin.get("avatar") or ""),
        origin=origin,
    )
