"""Makes memories of what was said: a part of a chat at a time, by the person's own model or without one.

A part is what has left the newest messages and is in no memory yet. What a model answers is kept with what it was made
of; a failure waits, each time longer, and no part costs more than three calls.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from django.db import transaction
from django_tasks import task

from botcafe.areas.companions.chats import memory_state
from botcafe.areas.companions.chats.memory_spans import SpanToSummarize, find_span_to_summarize
from botcafe.areas.companions.chats.turn_context import TurnContext, build_turn_context
from botcafe.areas.knowledge.memories import actions as memory_actions
from botcafe.areas.knowledge.memories.actions import Draft, Span, are_as_read, close_into, keep_memory, mergeable
from botcafe.chat.generation.one_shot import ModelAnswer, ask_once, enter_in_ledger
from botcafe.chat.summaries import summarizer
from botcafe.cms.schema.actor import Actor
from botcafe.jobs.queue import enqueue
from botcafe.kit.giving_way import insist

MERGE_STEPS = (("short_term", "long_term"), ("long_term", "consolidated"))


def summarize_due_spans(conversation_id: int) -> int:
    """Remember what is due of a chat, part by part: how many memories were made. For the worker."""
    made = 0
    while (part := find_span_to_summarize(conversation_id)) is not None:
        if not _summarize_span(part):
            break
        made += 1
        _merge_old_memories(part)
    return made


def _summarize_span(part: SpanToSummarize) -> bool:
    if not part.may_ask:
        return _store_memory(part, summarizer.extract_summary(part.lines), None)
    told, problem = ask_once(_span_context(part), summarizer.summary_request(part.lines, part.people))
    if told is None and not problem:
        return _store_memory(part, summarizer.extract_summary(part.lines), None)
    source = "\n".join(line.text for line in part.lines)
    answered = summarizer.parse_summary(told.text, source) if told else summarizer.ParsedSummary(None, problem)
    if answered.draft is not None and told is not None:
        return insist(_store_memory, part, replace(answered.draft, model=told.step.model), told)
    state = memory_state.record_failed_summary(part.chat.pk, answered.problem)
    if told is not None:
        enter_in_ledger(part.chat.user_id, f"{part.name}:failed {state['tries']}", told)
    return state["tries"] >= memory_state.MAX_SUMMARY_ATTEMPTS and insist(
        _store_memory, part, summarizer.extract_summary(part.lines), None
    )


def _span_context(part: SpanToSummarize) -> TurnContext:
    return build_turn_context(part.chat, part.chat.user, part.bot, part.lines[-1].id, "send")


def _store_memory(part: SpanToSummarize, draft: Draft, told: ModelAnswer | None) -> bool:
    """The memory, the summary, the ledger: all or nothing, and once for each part."""
    with transaction.atomic():
        chat = part.held()
        if chat is None:
            return False
        span = Span(
            user=chat.user_id,
            bot=part.bot.pk,
            conversation=chat.pk,
            persona=chat.persona_id,
            participants=part.participants,
            messages=tuple(line.id for line in part.lines),
            since=part.lines[0].created_at,
            until=part.lines[-1].created_at,
        )
        keep_memory(span, draft, status="proposed" if part.was_brought else "active")
        memory_state.record_summary(chat, part.lines[-1].id, part.place, draft.entry)
        if told is not None:
            enter_in_ledger(chat.user_id, part.name, told)
        return True


def _merge_old_memories(part: SpanToSummarize) -> None:
    """Once there are many short memories of a bot, the oldest become a long one; of many long ones, a consolidated."""
    for kind, into in MERGE_STEPS:
        rows = mergeable(part.chat.user_id, part.bot.pk, part.chat.pk, kind)
        if not rows:
            continue
        texts = [str(row.entry) for row in rows]
        draft, told = summarizer.extract_merge(texts), None
        if part.may_ask:
            told, _ = ask_once(_span_context(part), summarizer.merge_request(texts, part.people))
            answered = summarizer.parse_summary(told.text, "\n".join(texts)) if told else None
            if answered and answered.draft and told:
                draft = replace(answered.draft, model=told.step.model)
        insist(_store_merged_memory, part, rows, draft, into, told)


def _store_merged_memory(
    part: SpanToSummarize, rows: Sequence[Any], draft: Draft, into: str, told: ModelAnswer | None
) -> None:
    """Not where the person has changed one of them meanwhile: then what it took is entered, and nothing is closed."""
    with transaction.atomic():
        name = f"merge:{close_into(rows, draft, into)}" if are_as_read(rows) else f"merge of {part.name}:{rows[0].pk}"
        if told is not None:
            enter_in_ledger(part.chat.user_id, name, told)


@task()
def remember_chat(conversation: int) -> None:
    """Make memories of what is due."""
    summarize_due_spans(conversation)


def enqueue_summary(conversation_id: int) -> None:
    """Ask the worker for it, without waiting until enough was said."""
    with transaction.atomic():
        enqueue(remember_chat, conversation=conversation_id)


def merge_by_hand(actor: Actor, ids: Sequence[object], entry: str = "", title: str = "") -> int:
    """Merge memories by hand: the new one's id. Without words of the person's own they are put one after another.

    Raises NotFound and BadRequest.
    """
    rows = [memory_actions.memory_for(actor, number) for number in dict.fromkeys(ids)]
    texts = [str(row.entry) for row in sorted(rows, key=lambda r: (r.happened_from or "", r.pk))]
    draft = summarizer.extract_merge(texts, memory_actions.LONGEST)
    if entry.strip():
        draft = replace(draft, entry=entry.strip(), is_extractive=False)
    return memory_actions.merge_memories(actor, ids, replace(draft, title=title.strip() or draft.title))
