"""Access-checked queries for chats, running replies and the prompts that were sent for them."""

from dataclasses import dataclass
from typing import Any

from botcafe.areas.companions.collections.conversation import CONVERSATIONS, Conversation
from botcafe.areas.companions.collections.generation import GENERATIONS, Generation
from botcafe.areas.companions.collections.message import Message
from botcafe.cms.schema.actor import Actor
from botcafe.cms.schema.errors import NotFound
from botcafe.kit.ids import parse_row_id


def conversation_for(actor: Actor, conversation_id: int) -> Conversation:
    """Get a chat that the actor may read; NotFound for a missing or hidden one."""
    rows = CONVERSATIONS.visible_to(actor).filter(pk=conversation_id, deleted_at__isnull=True)
    found = rows.select_related("active_leaf", "persona").first()
    if found is None:
        raise NotFound
    return found


def generation_for(actor: Actor, generation_id: int) -> Generation:
    """Get a generation that the actor may follow; NotFound for a missing or hidden one."""
    found = GENERATIONS.visible_to(actor).filter(pk=generation_id).select_related("message", "conversation").first()
    if found is None:
        raise NotFound
    return found


def own_conversation_for(actor: Actor, conversation_id: int) -> Conversation:
    """Get one of the actor's own chats, with what its readers are not shown; NotFound for any other."""
    rows = CONVERSATIONS.visible_to(actor, "delete").filter(pk=conversation_id, deleted_at__isnull=True)
    found = rows.select_related("active_leaf", "persona").first()
    if found is None:
        raise NotFound
    return found


@dataclass(frozen=True, slots=True)
class ReplyProgress:
    """Progress of a reply as stored; ``next`` are the queued replies after it in the same turn."""

    state: str
    text: str
    reasoning: str
    existing_text: str
    attempt: int
    error: str
    cost_usd: float | None
    input_tokens: float | None
    output_tokens: float | None
    leaf: int | None
    next: list[int]


def reply_progress_for(actor: Actor, generation_id: int) -> ReplyProgress:
    """Progress of a reply. Raises NotFound where the actor may not follow it."""
    row = generation_for(actor, generation_id)
    after = Generation.objects.filter(after=row.pk, stop_asked=False).order_by("id").values_list("pk", flat=True)
    return ReplyProgress(
        state=row.state,
        text=row.message.entry or "",
        reasoning=row.reasoning or "",
        existing_text=row.standing,
        attempt=int(row.attempt or 1),
        error=row.error or "",
        cost_usd=row.cost_usd,
        input_tokens=row.input_tokens,
        output_tokens=row.output_tokens,
        leaf=row.conversation.active_leaf_id,
        next=list(after),
    )


@dataclass(frozen=True, slots=True)
class RunningReply:
    """A bot that is writing in a chat."""

    generation: int
    message: int
    conversation: int
    bot_id: int | None
    bot_name: str


def running_replies_for(actor: Actor) -> list[RunningReply]:
    """All queued and streaming replies of the actor."""
    rows = GENERATIONS.visible_to(actor).filter(user=actor.id, state__in=("queued", "streaming")).order_by("id")
    columns = ("pk", "message_id", "conversation_id", "bot_id", "bot__name")
    return [RunningReply(a, b, c, d, name or "You") for a, b, c, d, name in rows.values_list(*columns)[:100]]


def restore_sent_blocks(row: Generation) -> list[dict[str, Any]]:
    """Rebuild the prompt blocks of a reply for the inspector, with message texts as they were when it was sent."""
    kept = [each for each in row.blocks or [] if isinstance(each, dict)]
    ids = [_message_id_of(each) for each in kept if "text" not in each]
    columns = ("bot__name", "persona__name", "entry", "message_status_edit_history")
    rows = Message.objects.filter(pk__in=[i for i in ids if i], conversation=row.conversation_id)
    said = {number: found for number, *found in rows.values_list("pk", *columns)}
    # History blocks store only the message id: a prompt's text would otherwise be stored again with every reply.
    count, age = len(ids), 0
    made = []
    for each in kept:
        if "text" in each:
            made.append(each)
            continue
        age += 1
        bot, persona, entry, history = said.get(_message_id_of(each), (None, None, "(deleted since)", None))
        text = _text_at(entry or "", history, row.started_at or "")
        name = bot or persona or "You"
        text = f"{name}: {text}" if each.get("named") else text
        told = {"title": name, "text": text if each.get("included") else "", "slot": "history"}
        made.append(
            {
                **_HISTORY_BLOCK,
                **each,
                **told,
                "reason": _position_reason(count - age, included=bool(each.get("included"))),
            }
        )
    return made


_HISTORY_BLOCK: dict[str, Any] = {"priority": 10, "source": "this chat", "depth": None, "is_closed": False}


def _message_id_of(each: dict[str, Any]) -> int:
    tail = str(each.get("id", "")).removeprefix("message:")
    return parse_row_id(tail) or 0


def _text_at(entry: str, history: object, moment: str) -> str:
    """The text of a message at an instant, from its edit history."""
    # The history is in order, and each edit holds the text that it replaced: the first later edit has the answer.
    for edit in history if isinstance(history, list) else []:
        if isinstance(edit, dict) and str(edit.get("edited_at") or "") > moment:
            return str(edit.get("previous_content") or "")
    return entry


def _position_reason(newer: int, *, included: bool) -> str:
    if not included:
        return "left out: the window was full"
    return "the newest message" if newer == 0 else f"{newer} message{'s' if newer > 1 else ''} before the newest"
