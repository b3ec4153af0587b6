"""Memories beyond their collection: edit, pin, retract, merge, promote to lore; what is remembered at all."""

from dataclasses import asdict
from typing import Any

from botcafe.api.bodies import (
    MEMORY_IDS,
    MemoriesToLoreBody,
    MemoryIdsBody,
    MemoryStatusBody,
    MergeMemoriesBody,
    PinMemoryBody,
)
from botcafe.api.http.bodies import read_body
from botcafe.api.http.endpoint import ApiCall, JsonAnswer, endpoint
from botcafe.areas.companions.chats.memory_state import (
    change_memory_settings,
    read_memory_settings,
    summary_tokens_this_month,
)
from botcafe.areas.companions.chats.queries import conversation_for
from botcafe.areas.knowledge.memories import actions as memory_actions
from botcafe.areas.knowledge.memories import promote_to_lore
from botcafe.chat.summaries.jobs import enqueue_summary, merge_by_hand
from botcafe.cms.schema.errors import BadRequest, NotFound
from botcafe.kit.json_types import JsonObject


def _check_ids(ids: object) -> list[Any]:
    # Ids may come as text: Payload's clients send them so.
    is_list = isinstance(ids, list) and 0 < len(ids) <= memory_actions.MAX_MEMORIES_AT_ONCE
    if not isinstance(ids, list) or not is_list or not all(map(_may_be_id, ids)):
        raise BadRequest(MEMORY_IDS)
    return ids


def _may_be_id(given: object) -> bool:
    return isinstance(given, int | str) and not isinstance(given, bool)


def _check_text(name: str, value: object) -> str:
    if value is not None and not isinstance(value, str):
        raise BadRequest(f"{name}: give it as text.")
    return value or ""


@endpoint("POST")
def edit_memory(call: ApiCall, memory_id: int) -> JsonAnswer:
    """``POST /api/memory/{id}/edit`` ``{entry?, title?, importance?, topics?, emotional_context?}``."""
    return {"doc": memory_actions.edit_memory(call.actor, memory_id, call.body)}


@endpoint("POST")
def pin_memory(call: ApiCall, memory_id: int) -> JsonObject:
    """``POST /api/memory/{id}/pin`` ``{pinned}``."""
    body = read_body(PinMemoryBody, call.body)
    memory_actions.pin_memory(call.actor, memory_id, is_pinned=body.pinned)
    return {"pinned": body.pinned}


@endpoint("POST")
def unmerge_memory(call: ApiCall, memory_id: int) -> JsonAnswer:
    """``POST /api/memory/{id}/unmerge``: the memories that are open again."""
    return {"ids": memory_actions.unmerge_memory(call.actor, memory_id)}


@endpoint("POST")
def set_memory_status(call: ApiCall) -> JsonObject:
    """``POST /api/memory/status`` ``{ids, status}``."""
    body = read_body(MemoryStatusBody, call.body)
    return {"changed": memory_actions.set_status(call.actor, _check_ids(body.ids), str(body.status))}


@endpoint("POST")
def merge_memories(call: ApiCall) -> JsonObject:
    """``POST /api/memory/merge`` ``{ids, entry?, title?}``."""
    body = read_body(MergeMemoriesBody, call.body)
    ids = _check_ids(body.ids)
    entry, title = _check_text("entry", body.entry), _check_text("title", body.title)
    return {"id": merge_by_hand(call.actor, ids, entry, title)}


@endpoint("POST")
def promote_memories(call: ApiCall) -> JsonAnswer:
    """``POST /api/memory/to-lore`` ``{ids, collection?}``."""
    body = read_body(MemoriesToLoreBody, call.body)
    return promote_to_lore.promote_memories(call.actor, _check_ids(body.ids), body.collection)


@endpoint("POST")
def undo_promotion(call: ApiCall) -> JsonAnswer:
    """``POST /api/memory/undo-lore`` ``{ids}``."""
    body = read_body(MemoryIdsBody, call.body)
    return {"undone": promote_to_lore.undo_promotion(call.actor, _check_ids(body.ids))}


@endpoint("GET", "POST")
def memory_settings(call: ApiCall) -> JsonAnswer:
    """``/api/account/memory``: whether memories are made, for which bots not, and what they may cost a month."""
    user_id = int(call.actor.id or 0)
    is_change = call.method == "POST"
    settings = change_memory_settings(call.actor, call.body) if is_change else read_memory_settings(user_id)
    return {**asdict(settings), "tokens_this_month": summary_tokens_this_month(user_id)}


@endpoint("POST", rate_limit="chat")
def remember_chat(call: ApiCall, conversation_id: int) -> JsonObject:
    """``POST /api/conversation/{id}/remember``: summarize what is due now, in the background."""
    if conversation_for(call.actor, conversation_id).user_id != call.actor.id:
        raise NotFound
    enqueue_summary(conversation_id)
    return {"message": "What is due is being remembered."}
