"""Chats over the API: turns, replies, the message tree, settings and search. Following a reply is in ``http/sse``."""

from dataclasses import asdict
from typing import Any

from django.http import HttpResponse

from botcafe.api.bodies import (
    EditMessageBody,
    MessageBody,
    ReactionBody,
    RemoveMessageBody,
    StartChatBody,
    SwitchBranchBody,
    UndoBody,
)
from botcafe.api.http.bodies import read_body
from botcafe.api.http.endpoint import ApiCall, JsonAnswer, attachment, endpoint
from botcafe.api.http.page_links import page_link
from botcafe.areas.accounts.shown_files import shown_url
from botcafe.areas.companions.chats import actions as chat_actions
from botcafe.areas.companions.chats import participants
from botcafe.areas.companions.chats.fork import fork_chat
from botcafe.areas.companions.chats.queries import conversation_for
from botcafe.areas.companions.chats.settings import change_settings
from botcafe.areas.companions.chats.settings_model import read_chat_settings
from botcafe.areas.companions.messages import tree
from botcafe.areas.companions.messages.search import MessageHit, search_messages
from botcafe.areas.companions.turns.commit import StartedTurn
from botcafe.areas.companions.turns.turn_request import TurnRequest, check_entry
from botcafe.chat import preview
from botcafe.chat.turns import notify_watchers, start_turn, stop_reply
from botcafe.cms.http.rest import ApiResponse
from botcafe.kit.json_types import JsonObject
from botcafe.kit.lanes import SLOW
from botcafe.kit.markdown import render
from botcafe.transfer.export_chat import export_chat

MAX_REASON_CHARACTERS = 200
# More digits than any page number has, and few enough to be read.
MAX_PAGE_DIGITS = 9


@endpoint("POST")
def start_chat(call: ApiCall) -> ApiResponse:
    """``POST /api/account/chats``: a chat with a bot, its greetings as the alternatives of the first message."""
    body = read_body(StartChatBody, call.body)
    chat_id = chat_actions.start_chat(call.actor, body.bot, body.greeting, temporary=body.temporary is True)
    return ApiResponse(201, _chat_link(chat_id))


@endpoint("POST")
def send_turn(call: ApiCall, conversation_id: int) -> ApiResponse:
    """``POST /api/conversation/{id}/turns``: 202 with the stored message and the queued replies."""
    started = start_turn(call.actor, conversation_id, TurnRequest.from_body(call.body), call.unlocked_keys)
    return ApiResponse(202, turn_payload(started))


def turn_payload(started: StartedTurn) -> JsonObject:
    """An accepted turn as JSON."""
    message = started.message
    return {
        "message": {"id": message.pk, "html": render(message.entry or "")} if message else None,
        "leaf": started.leaf_id,
        "notices": [each.as_json() for each in started.notices],
        "generations": [
            {
                "id": row.pk,
                "message": {"id": row.message_id},
                "bot": _bot_payload(row.bot),
                "state": row.state,
                "mode": row.mode,
            }
            for row in started.generations
        ],
    }


def _bot_payload(bot: Any) -> JsonObject | None:
    if bot is None:
        return None
    return {"id": bot.pk, "name": bot.name, "picture_url": shown_url(bot.user_id, bot.picture)}


@endpoint("POST", traits=SLOW)
def preview_turn(call: ApiCall, conversation_id: int) -> JsonAnswer:
    """``POST /api/conversation/{id}/preview``: what would be sent for the next reply."""
    return preview.preview_turn(call.actor, conversation_id, TurnRequest.from_body(call.body))


@endpoint("POST")
def stop_generation(call: ApiCall, generation_id: int) -> JsonObject:
    """``POST /api/generations/{id}/stop``."""
    stop_reply(call.actor, generation_id)
    return {"message": "Stopping."}


@endpoint("GET")
def trace_generation(call: ApiCall, generation_id: int) -> JsonAnswer:
    """``GET /api/generations/{id}/trace``: what was sent for a reply."""
    return preview.trace_generation(call.actor, generation_id)


@endpoint("POST")
def switch_branch(call: ApiCall, conversation_id: int) -> JsonObject:
    """``POST /api/conversation/{id}/leaf``: show another branch."""
    body = read_body(SwitchBranchBody, call.body)
    is_exact = body.exact is True
    leaf = tree.switch_branch(call.actor, conversation_id, body.message, exact=is_exact, parent=body.parent)
    return {"leaf": leaf}


@endpoint("POST")
def edit_message(call: ApiCall, conversation_id: int) -> JsonObject:
    """``POST /api/conversation/{id}/edit``: change the text of a message."""
    body = read_body(EditMessageBody, call.body)
    reason = str(body.reason or "")[:MAX_REASON_CHARACTERS]
    row = tree.edit_message(call.actor, conversation_id, body.message, check_entry(body.entry), reason)
    return {
        "message": {
            "id": row.pk,
            "html": render(row.entry),
            "is_edited": bool(row.message_status_is_edited),
            "edited_at": row.message_status_edited_at,
            "history": row.message_status_edit_history or [],
        }
    }


@endpoint("POST")
def remove_message(call: ApiCall, conversation_id: int) -> JsonObject:
    """``POST /api/conversation/{id}/remove``: remove a message, or it and all that follow."""
    body = read_body(RemoveMessageBody, call.body)
    is_following = body.following is True
    removed = tree.remove_message(call.actor, conversation_id, body.message, following=is_following, parent=body.parent)
    return asdict(removed)


@endpoint("POST")
def undo_removal(call: ApiCall, conversation_id: int) -> JsonObject:
    """``POST /api/conversation/{id}/undo``: put back what was removed."""
    body = read_body(UndoBody, call.body)
    return {"leaf": tree.undo_removal(call.actor, conversation_id, body.undo, body.message)}


@endpoint("POST")
def clear_chat(call: ApiCall, conversation_id: int) -> JsonObject:
    """``POST /api/conversation/{id}/clear``: remove all messages but the greetings."""
    return asdict(tree.clear_chat(call.actor, conversation_id))


@endpoint("POST")
def fork(call: ApiCall, conversation_id: int) -> JsonObject:
    """``POST /api/conversation/{id}/fork``: a new chat up to a message."""
    body = read_body(MessageBody, call.body)
    return _chat_link(fork_chat(call.actor, conversation_id, body.message))


@endpoint("POST")
def toggle_reaction(call: ApiCall, conversation_id: int) -> JsonObject:
    """``POST /api/conversation/{id}/react``: put a reaction on a message, or take it off."""
    body = read_body(ReactionBody, call.body)
    return asdict(tree.toggle_reaction(call.actor, conversation_id, body.message, body.emoji))


@endpoint("POST")
def mark_read(call: ApiCall, conversation_id: int) -> JsonObject:
    """``POST /api/conversation/{id}/read``: everything in the chat has been seen."""
    tree.mark_read(call.actor, conversation_id)
    notify_watchers()
    return {}


@endpoint("POST")
def delete_chat(call: ApiCall, conversation_id: int) -> JsonObject:
    """``POST /api/conversation/{id}/delete``."""
    chat_actions.delete_chat(call.actor, conversation_id)
    return {"message": "The chat is gone, and can be taken back for 30 days."}


@endpoint("POST")
def restore_chat(call: ApiCall, conversation_id: int) -> JsonObject:
    """``POST /api/conversation/{id}/restore``."""
    chat_actions.restore_chat(call.actor, conversation_id)
    return {"message": "The chat is back."}


@endpoint("POST")
def end_temporary_chat(call: ApiCall, conversation_id: int) -> JsonObject:
    """``POST /api/conversation/{id}/end``: erase a temporary chat."""
    chat_actions.erase_temporary_chat(call.actor, conversation_id)
    return {"message": "Nothing of the chat is left."}


@endpoint("GET", "POST")
def chat_settings(call: ApiCall, conversation_id: int) -> JsonObject:
    """``GET`` and ``POST /api/conversation/{id}/settings``."""
    if call.method == "POST":
        return change_settings(call.actor, conversation_id, call.body).as_json()
    return read_chat_settings(conversation_for(call.actor, conversation_id)).as_json()


@endpoint("POST")
def change_participants(call: ApiCall, conversation_id: int) -> JsonObject:
    """``POST /api/conversation/{id}/bots``: add, remove, mute or change a bot."""
    bots = participants.change_participants(call.actor, conversation_id, call.body)
    kind = conversation_for(call.actor, conversation_id).conversation_type
    return {"bots": [asdict(bot) for bot in bots], "conversation_type": kind}


@endpoint("GET")
def search(call: ApiCall, conversation_id: int | None = None) -> JsonObject:
    """``GET /api/conversation/{id}/search`` and ``GET /api/account/search``: ``?q=&page=``."""
    page = str(call.body.get("page") or "1")
    number = int(page) if page.isdecimal() and len(page) <= MAX_PAGE_DIGITS else 1
    if conversation_id:
        conversation_for(call.actor, conversation_id)
    found = search_messages(call.actor, str(call.body.get("q") or ""), conversation_id, number)
    return {"hits": [{**asdict(hit), "url": _message_url(hit)} for hit in found.hits], "has_more": found.has_more}


@endpoint("GET", traits=SLOW)
def export(call: ApiCall, conversation_id: int) -> HttpResponse:
    """``GET /api/conversation/{id}/export?format=``: a chat as a file."""
    return attachment(*export_chat(call.actor, conversation_id, str(call.body.get("format") or "jsonl")))


def _chat_link(chat_id: int) -> JsonObject:
    return {"id": chat_id, "url": page_link("conversation", chat_id)}


def _message_url(hit: MessageHit) -> str:
    return f"{page_link('conversation', hit.conversation)}?around={hit.message}#m{hit.message}"
