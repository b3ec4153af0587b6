"""Makes memories of chats: a span of messages at a time, by the user's own model or without one.

A span is what is no longer among the newest messages and in no memory yet. A failed call waits longer each time, and no
span costs more than three calls.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from django.db import transaction
from django_tasks import task

from botcafe.areas.companions.chats import memory_state
from botcafe.areas.companions.chats.memory_spans import SpanToSummarize, find_span_to_summarize
from botcafe.areas.companions.turns.turn_context import TurnContext, build_turn_context
from botcafe.areas.knowledge.memories import actions as memory_actions
from botcafe.areas.knowledge.memories.actions import (
    MemoryDraft,
    MemorySpan,
    are_unchanged,
    close_into,
    find_mergeable,
    store_memory,
)
from botcafe.chat.generation.one_shot import ModelAnswer, ask_once, enter_in_ledger
from botcafe.chat.summaries import summarizer
from botcafe.chat.summaries.summarizer import ParsedSummary
from botcafe.cms.schema.actor import Actor
from botcafe.jobs.queue import enqueue
from botcafe.kit.db_errors import retry_on_conflict

MERGE_STEPS = (("short_term", "long_term"), ("long_term", "consolidated"))


def summarize_due_spans(conversation_id: int) -> int:
    """Summarize what is due of a chat, span by span: how many memories were made. For the worker."""
    made = 0
    while (span := find_span_to_summarize(conversation_id)) is not None:
        if not _summarize_span(span):
            break
        made += 1
        _merge_old_memories(span)
    return made


def _summarize_span(span: SpanToSummarize) -> bool:
    """Make the memory of a span; False where it has to wait, or was made by another worker."""
    if not span.may_call_model:
        return _store_memory(span, summarizer.extract_summary(span.lines), None)
    attempt = ask_once(_span_context(span), summarizer.summary_request(span.lines, span.people))
    answer = attempt.answer
    if answer is None and not attempt.problem:
        return _store_memory(span, summarizer.extract_summary(span.lines), None)
    source = "\n".join(line.text for line in span.lines)
    parsed = summarizer.parse_summary(answer.text, source) if answer else ParsedSummary(None, attempt.problem)
    if parsed.draft is not None and answer is not None:
        return retry_on_conflict(_store_memory, span, replace(parsed.draft, model=answer.step.model), answer)
    attempts = memory_state.record_failed_summary(span.chat.pk, parsed.problem)
    if answer is not None:
        enter_in_ledger(span.chat.user_id, f"{span.name}:failed {attempts}", answer)
    # After the last attempt the span is summarized without a model: better a rough memory than a gap.
    is_last = attempts >= memory_state.MAX_SUMMARY_ATTEMPTS
    return is_last and retry_on_conflict(_store_memory, span, summarizer.extract_summary(span.lines), None)


def _span_context(span: SpanToSummarize) -> TurnContext:
    return build_turn_context(span.chat, span.chat.user, span.bot, span.lines[-1].id, "send")


def _store_memory(span: SpanToSummarize, draft: MemoryDraft, answer: ModelAnswer | None) -> bool:
    """Store the memory, the chat's summary and the ledger entry: all or nothing, and once for each span."""
    with transaction.atomic():
        chat = span.held()
        if chat is None:
            return False
        memory_span = MemorySpan(
            user=chat.user_id,
            bot=span.bot.pk,
            conversation=chat.pk,
            persona=chat.persona_id,
            participants=span.participants,
            messages=tuple(line.id for line in span.lines),
            since=span.lines[0].created_at,
            until=span.lines[-1].created_at,
        )
        # What was imported was said elsewhere: the user looks at such a memory before it is used.
        store_memory(memory_span, draft, status="proposed" if span.is_imported else "active")
        memory_state.record_summary(chat, span.lines[-1].id, span.place, draft.entry)
        if answer is not None:
            enter_in_ledger(chat.user_id, span.name, answer)
        return True


def _merge_old_memories(span: SpanToSummarize) -> None:
    """Merge the oldest short memories of a bot into a long one once there are many, and long ones into consolidated."""
    for kind, into in MERGE_STEPS:
        rows = find_mergeable(span.chat.user_id, span.bot.pk, span.chat.pk, kind)
        if not rows:
            continue
        texts = [str(row.entry) for row in rows]
        draft, answer = summarizer.extract_merge(texts), None
        if span.may_call_model:
            answer = ask_once(_span_context(span), summarizer.merge_request(texts, span.people)).answer
            parsed = summarizer.parse_summary(answer.text, "\n".join(texts)) if answer else None
            if parsed and parsed.draft and answer:
                draft = replace(parsed.draft, model=answer.step.model)
        retry_on_conflict(_store_merged_memory, span, rows, draft, into, answer)


def _store_merged_memory(
    span: SpanToSummarize, rows: Sequence[Any], draft: MemoryDraft, into: str, answer: ModelAnswer | None
) -> None:
    """Store a merged memory, unless the user has changed one of its memories meanwhile; the ledger entry is made anyway."""
    with transaction.atomic():
        name = f"merge:{close_into(rows, draft, into)}" if are_unchanged(rows) else f"merge of {span.name}:{rows[0].pk}"
        if answer is not None:
            enter_in_ledger(span.chat.user_id, name, answer)


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
    draft = summarizer.extract_merge(texts, memory_actions.MAX_MEMORY_CHARACTERS)
    if entry.strip():
        draft = replace(draft, entry=entry.strip(), is_extractive=False)
    return memory_actions.merge_memories(actor, ids, replace(draft, title=title.strip() or draft.title))
