"""Adding to an imported chat what was said since in the program that it comes from."""

from collections.abc import Sequence
from dataclasses import replace

from django.db.models import Max

from botcafe.areas.companions.collections.bot import Bot
from botcafe.areas.companions.collections.conversation import Conversation, ConversationParticipation
from botcafe.areas.companions.collections.message import Message
from botcafe.areas.companions.messages.tree import lock_own_chat
from botcafe.areas.companions.messages.tree_sql import set_parents
from botcafe.cms.db.bulk_insert import insert_like
from botcafe.cms.schema.actor import Actor
from botcafe.formats.chats.model import ImportedChat
from botcafe.kit.json_types import JsonObject, object_or_empty, text_or_empty
from botcafe.transfer.import_chats import VARYING_COLUMNS, message_rows, places_of


def merge_chat(actor: Actor, chat_id: int, chat: ImportedChat) -> int:
    """Add the messages of a chat with branches that are not here yet, inside the caller's transaction; returns how many.

    Nothing that is here is changed. The branch of the file is shown, unless somebody has gone on writing here. Raises
    NotFound.
    """
    row = lock_own_chat(actor, chat_id)
    here = _ids_by_source(chat_id)
    ids = [here.get(_source_id(message.raw)) for message in chat.messages]
    new = [place for place, found in enumerate(ids) if found is None]
    if not new:
        return 0
    for place, made in zip(new, _insert(row, chat, new), strict=True):
        ids[place] = made
    links = [(chat.parents[place], ids[place]) for place in new]
    set_parents(
        [(above, own) for at, own in links if at is not None and (above := ids[at]) is not None and own is not None]
    )
    total = int(row.conversation_metadata_total_messages or 0) + len(new)
    values: dict[str, object] = {"conversation_metadata_total_messages": total}
    leaf = ids[chat.leaf] if chat.leaf is not None else None
    if leaf is not None and row.active_leaf_id in here.values():
        values |= {"active_leaf": leaf, "seen_message": leaf}
    Conversation.objects.filter(pk=chat_id).update(**values)
    return len(new)


def _ids_by_source(chat_id: int) -> dict[str, int]:
    """The messages that came from a file, by their ids there."""
    rows = Message.objects.filter(conversation=chat_id).values_list("id", "origin")
    found = {_source_id(object_or_empty(object_or_empty(origin).get("raw"))): pk for pk, origin in rows}
    found.pop("", None)
    return found


def _source_id(raw: JsonObject) -> str:
    return text_or_empty(raw.get("id")) or text_or_empty(raw.get("messageId"))


def _insert(row: Conversation, chat: ImportedChat, new: Sequence[int]) -> list[int]:
    """Insert some messages of a chat; returns their ids, in their order."""
    places = places_of(chat)
    part = replace(chat, messages=tuple(chat.messages[place] for place in new), parents=())
    first = ConversationParticipation.objects.filter(parent=row).order_by("position").first()
    bot = Bot.objects.get(pk=first.bot_id) if first else None
    template = Message(user_id=row.user_id, conversation=row, message_status_delivery_status="sent", entry="")
    last = Message.objects.filter(conversation=row).aggregate(last=Max("id"))["last"] or 0
    bots = {chat.character_name: bot} if bot else {}
    insert_like(template, VARYING_COLUMNS, message_rows(row, part, bots, row.persona, [places[n] for n in new]))
    # The chat is locked: what is after the last one is what was just inserted.
    return list(Message.objects.filter(conversation=row, pk__gt=last).order_by("id").values_list("id", flat=True))
