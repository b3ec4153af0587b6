"""The only way into a turn, for pages, the API and ``/v1``: start one, stop a reply."""

from dataclasses import replace
from typing import TYPE_CHECKING

from botcafe.areas.companions.chats import queries
from botcafe.areas.companions.turns import edited_turns, generations
from botcafe.areas.companions.turns.commit import StartedTurn, commit_turn
from botcafe.areas.companions.turns.turn_request import TurnRequest, check_entry
from botcafe.areas.keys.unlocking import NO_UNLOCKED_KEYS, UnlockedKeys
from botcafe.chat.care import help_beside_refusal, notices_for
from botcafe.chat.generation.service import SERVICE
from botcafe.cms.http.limits import limit_rate
from botcafe.cms.schema.actor import Actor

if TYPE_CHECKING:
    from botcafe.areas.companions.collections.message import Message


def start_turn(
    actor: Actor, conversation_id: int, request: TurnRequest, unlocked: UnlockedKeys = NO_UNLOCKED_KEYS
) -> StartedTurn:
    """Commit a turn and start its replies in this process.

    ``unlocked`` holds the keys that the caller's sign-in has opened with a passphrase. Raises TooMany above the rate of
    turns, and all that ``commit_turn`` raises; then nothing is stored.
    """
    _check_limits(actor)
    with help_beside_refusal(actor, request.entry):
        started = commit_turn(actor, conversation_id, request, SERVICE.registry.lease_owner)
    return _with_notices(actor, _start_replies(started, unlocked), _text_answered(started, request))


def start_edited_turn(
    actor: Actor,
    conversation_id: int,
    message: object,
    entry: object,
    request: TurnRequest,
    unlocked: UnlockedKeys = NO_UNLOCKED_KEYS,
) -> StartedTurn:
    """Change the text of a message and start a turn that answers it; raises as ``start_turn``, then nothing is stored."""
    _check_limits(actor)
    with help_beside_refusal(actor, entry):
        text = check_entry(entry)
        lease_owner = SERVICE.registry.lease_owner
        started = edited_turns.edit_and_commit_turn(actor, conversation_id, message, text, request, lease_owner)
    return _with_notices(actor, _start_replies(started, unlocked), text)


def stop_reply(actor: Actor, generation_id: int) -> None:
    """Stop a reply, in whichever process it streams, and those queued behind it. Raises NotFound."""
    SERVICE.stop_replies(generations.request_stop(actor, generation_id))


def stop_chat(actor: Actor, conversation_id: int) -> None:
    """Stop every running reply of a chat. Raises NotFound."""
    queries.conversation_for(actor, conversation_id)
    for reply in queries.running_replies_for(actor):
        if reply.conversation == conversation_id:
            stop_reply(actor, reply.generation)


def notify_watchers() -> None:
    """Tell open pages that a chat has changed: it was edited, cleared, read or switched to another branch."""
    SERVICE.notify_watchers()


def _check_limits(actor: Actor) -> None:
    limit_rate("chat", str(actor.id))


def _with_notices(actor: Actor, started: StartedTurn, text: object) -> StartedTurn:
    is_start = started.message is not None and _opens_chat(started.message)
    said = text if isinstance(text, str) else ""
    notices = notices_for(actor, said, is_start=is_start, is_repeat=started.is_repeat)
    return replace(started, notices=(*started.notices, *notices)) if notices else started


def _opens_chat(message: "Message") -> bool:
    """Whether nothing but a greeting stands before a message."""
    parent = message.parent
    if parent is None:
        return True
    is_bots = parent.bot_id is not None
    return is_bots and parent.parent_id is None and not parent.message_attribution_is_ai_generated


def _text_answered(started: StartedTurn, request: TurnRequest) -> object:
    """What the person has just said: in this request, or by an edit that it lets the bots answer."""
    if request.mode != "continue" or not started.generations or started.generations[0].standing:
        return request.entry
    parent = started.generations[0].message.parent
    return parent.entry if parent is not None and parent.bot_id is None else None


def _start_replies(started: StartedTurn, unlocked: UnlockedKeys) -> StartedTurn:
    # A repeated request is answered as before; its replies are running or have ended already.
    if not started.is_repeat:
        SERVICE.start_replies(started.generations, unlocked)
    return started
