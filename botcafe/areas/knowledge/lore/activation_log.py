"""Stores why lore was included in a prompt or left out, and explains it in plain words to whoever may read it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any

from botcafe.areas.knowledge.collections.activation_log import ACTIVATION_LOGS, ActivationLog
from botcafe.areas.knowledge.collections.knowledge import KNOWLEDGE
from botcafe.areas.knowledge.collections.memory import MEMORIES
from botcafe.areas.knowledge.lore.compiled_books import title_of
from botcafe.cms.db.prepared_statements import PreparedInsert
from botcafe.cms.schema.actor import Actor
from botcafe.retrieval.activation import ActivationReason, ActivationResult, ActivationRule, TimedEffect

# A large lorebook gives thousands of reasons per reply, and the log is stored with each of them.
MAX_REASONS = 400
# Rules that say that nothing concerned an entry: kept as a number, since a book may have thousands of such entries.
SILENT_RULES = frozenset(
    {
        ActivationRule.NO_MATCH,
        ActivationRule.NO_KEYS,
        ActivationRule.OFF,
        ActivationRule.EMPTY,
        ActivationRule.BELOW_THRESHOLD,
    }
)
Row = dict[str, Any]
StoredActivation = dict[str, Any]


@dataclass(frozen=True, slots=True)
class ActivationRecord:
    """The reasons of one activation, ready to be stored. Entries that the user may not read have no key or score."""

    reasons: tuple[Row, ...]
    silent: Mapping[str, int]
    trigger: str
    seed: str
    used: int
    budget: int
    milliseconds: float
    begun: tuple[TimedEffect, ...] = ()

    def kept(self, packed_out: set[int]) -> Row:
        """The record as JSON; ``packed_out`` are entries that did not fit the context window in the end."""
        rows = [_without_room(row) if row["in"] and row["entry"] in packed_out else row for row in self.reasons]
        timers = [[e.entry, e.message, e.place, e.sticky_until, e.cooling_until] for e in self.begun]
        return {
            "trigger": self.trigger,
            "seed": self.seed,
            "budget": self.budget,
            "used": self.used,
            "milliseconds": round(self.milliseconds, 2),
            "silent": dict(self.silent),
            "reasons": rows,
            "timers": [each for each in timers if each[0] not in packed_out],
        }


def _without_room(row: Row) -> Row:
    return {**row, "in": False, "rule": ActivationRule.WINDOW.value}


def split_silent_reasons(answer: ActivationResult) -> tuple[list[ActivationReason], dict[str, int]]:
    """The reasons to list one by one, and the number of reasons per rule that is only counted."""
    told: list[ActivationReason] = []
    counts: dict[ActivationRule, int] = {}
    for each in answer.reasons:
        if each.is_in or each.rule not in SILENT_RULES:
            told.append(each)
        else:
            counts[each.rule] = counts.get(each.rule, 0) + 1
    return told, {str(rule.value): count for rule, count in counts.items()}


def build_record(
    answer: ActivationResult,
    told: Iterable[ActivationReason],
    silent: Mapping[str, int],
    closed: Iterable[int],
    *,
    trigger: str,
    seed: str,
    milliseconds: float,
) -> ActivationRecord:
    """The record of an activation; ``closed`` are the entries that the user may not read."""
    hidden = frozenset(closed)
    rows = tuple(_row(reason, is_closed=reason.entry in hidden) for reason in islice(told, MAX_REASONS))
    return ActivationRecord(rows, silent, trigger, seed, answer.used, answer.budget, milliseconds, answer.begun)


def _row(reason: ActivationReason, *, is_closed: bool) -> Row:
    row: Row = {"entry": reason.entry, "in": reason.is_in, "rule": reason.rule.value}
    if is_closed:
        return {**row, "tokens": reason.tokens, "closed": True}
    match = reason.match
    found = (
        {}
        if match is None
        else {
            "key": match.key,
            "where": match.where,
            "message": match.message,
            "age": match.age,
            "parent": match.parent,
        }
    )
    more = {
        "score": None if reason.score is None else round(reason.score, 4),
        "tokens": reason.tokens,
        "position": reason.position,
        "round": reason.round,
        "used": reason.used,
        "budget": reason.budget,
        "detail": reason.detail,
    }
    # Empty values are left out: the log is the largest thing stored with a reply.
    return {**row, **{name: value for name, value in {**found, **more}.items() if value not in (None, "", 0)}}


# Written at the start of every turn, so its statement is prepared (decision 0025).
_LOG = PreparedInsert(ActivationLog)


def store_reasons(user_id: int, conversation_id: int, message_id: int, generation_id: int, kept: Row | None) -> None:
    """Store the reasons of a reply in the transaction that starts it. ``kept`` is None where no lore was in scope."""
    if kept is None:
        return
    _LOG.create(
        user_id=user_id,
        conversation_id=conversation_id,
        message_id=message_id,
        generation_id=generation_id,
        trigger=kept["trigger"],
        seed=kept["seed"],
        budget_tokens=kept["budget"],
        used_tokens=kept["used"],
        milliseconds=kept["milliseconds"],
        settings={"silent": kept["silent"], "recalled": kept.get("recalled") or []},
        reasons=kept["reasons"],
    )


def reasons_for(actor: Actor, generation_id: int) -> Row:
    """The reasons of a reply in plain words; entries that the actor may not read now have neither key nor title.

    ``{reasons, silent, trigger, budget_tokens, used_tokens, milliseconds}``, empty where nothing was kept.
    """
    log = ACTIVATION_LOGS.visible_to(actor).filter(generation=generation_id).order_by("-id").first()
    if log is None:
        return {
            "reasons": [],
            "recalled": [],
            "silent": {},
            "trigger": None,
            "budget_tokens": None,
            "used_tokens": None,
        }
    rows = [row for row in log.reasons or [] if isinstance(row, dict)]
    settings = log.settings if isinstance(log.settings, dict) else {}
    return {
        "reasons": describe_reasons(actor, rows),
        "silent": settings.get("silent", {}),
        "recalled": describe_recall(actor, settings.get("recalled") or []),
        "trigger": log.trigger,
        "seed": log.seed,
        "budget_tokens": log.budget_tokens,
        "used_tokens": log.used_tokens,
        "milliseconds": log.milliseconds,
    }


def describe_reasons(actor: Actor, rows: Iterable[Row]) -> list[Row]:
    """Stored reasons with titles and explanations. The access rule of each entry is checked again."""
    rows = list(rows)
    numbers = {number for row in rows for number in (row.get("entry"), row.get("parent")) if isinstance(number, int)}
    readable = KNOWLEDGE.visible_to(actor).filter(pk__in=numbers)
    titles = {row.pk: title_of(row) for row in readable}
    return [_describe_reason(row, titles) for row in rows]


def _describe_reason(row: Row, titles: Mapping[int, str]) -> Row:
    title = titles.get(row.get("entry", 0))
    is_in = bool(row.get("in"))
    # Access is checked when the log is read: an entry may have been unshared since, and its key would reveal its text.
    if title is None or row.get("closed"):
        why = reason_explanation({"in": is_in, "rule": row.get("rule")}, {}) if row.get("rule") in _FOR_ALL else ""
        shown = {"entry": row.get("entry"), "title": CLOSED_TITLE, "is_closed": True}
        return {
            **shown,
            "in": is_in,
            "tokens": row.get("tokens", 0),
            "why": why or (CLOSED_INCLUDED if is_in else CLOSED_LEFT_OUT),
        }
    return {**row, "title": title, "is_closed": False, "why": reason_explanation(row, titles)}


def describe_recall(actor: Actor, rows: Iterable[Row]) -> list[Row]:
    """What was recalled or did not fit, with explanations; memories with their titles where they still exist."""
    rows = [row for row in rows if isinstance(row, dict)]
    numbers = [row["id"] for row in rows if row.get("kind") == "memory" and isinstance(row.get("id"), int)]
    mine = MEMORIES.visible_to(actor).filter(user=actor.id, pk__in=numbers)
    titles = {row.pk: row.title or " ".join((row.entry or "").split()[:8]) for row in mine}
    told_rows = []
    for row in rows:
        is_memory = row.get("kind") == "memory"
        title = titles.get(row.get("id", 0), "a memory that is gone") if is_memory else "said earlier in this chat"
        why = "you pinned it" if row.get("rule") == "pinned" else recall_explanation(row)
        told_rows.append(
            {**row, "title": title, "why": why if row.get("in") else f"left out: the window was full; {why}"}
        )
    return told_rows


def recall_explanation(row: Row) -> str:
    """Why something was recalled: "close in meaning (0.84), and by the words 'fox', 'lighthouse'"."""
    terms = ", ".join(f"'{term}'" for term in row.get("terms") or [])
    near = row.get("near")
    parts = [f"close in meaning ({near:.2f})"] if isinstance(near, int | float) else []
    parts += [f"by the words {terms}"] if terms else []
    return ", and ".join(parts) or "it fits what was said last"


CLOSED_TITLE = "an entry of the bot's own lore"
CLOSED_INCLUDED = "told; the reason is kept with its creator"
CLOSED_LEFT_OUT = "left out; the reason is kept with its creator"
# Reasons that say nothing about an entry's content, so anybody may see them.
_FOR_ALL = frozenset({ActivationRule.BUDGET, ActivationRule.BOOK_BUDGET, ActivationRule.WINDOW})
_ENTRY = "another entry"


def reason_explanation(row: Row, titles: Mapping[int, str]) -> str:
    """A stored reason in plain words, such as "'Thornwood' in your last message"."""
    detail, key = str(row.get("detail", "")), str(row.get("key", ""))
    found = f"'{key}' {_place(row, titles)}" if key else ""
    said = _EXPLANATIONS.get(str(row.get("rule")), "left out").format(
        found=found or "a key",
        detail=detail,
        messages="1 more message" if detail == "1" else f"{detail} more messages",
        score=f"{row.get('score', 0):.2f}",
        budget=f"{int(row.get('budget', 0)):,}",
        used=f"{int(row.get('used', 0)):,}",
        tokens=f"{int(row.get('tokens', 0)):,}",
    )
    return said if row.get("in") else f"left out: {said}"


def _place(row: Row, titles: Mapping[int, str]) -> str:
    where, age = row.get("where"), int(row.get("age", 0))
    if where == "message":
        return "in the last message" if age == 1 else f"{age - 1} message{'s' if age > 2 else ''} before the last"
    if where == "entry":
        parent = titles.get(row.get("parent", 0))
        return f"in the entry '{parent}'" if parent else f"in {_ENTRY}"
    return {"note": "in the author's note", "persona": "in your persona"}.get(str(where), "in the bot's definition")


# The words of every rule; `tests` see to it that none is missing.
_EXPLANATIONS = {
    "key": "{found}",
    "vector": "close in meaning to the last messages ({score})",
    "constant": "always there",
    "sticky": "stays from an earlier reply, for {messages}",
    "decorator": "its text says that it always counts",
    "off": "switched off",
    "empty": "it has no text",
    "bot": "it is for another bot",
    "persona": "it is for another persona",
    "trigger": "it does not count for this kind of reply ({detail})",
    "character": "its filter of characters says no",
    "tag": "its filter of tags says no",
    "delay": "it waits until the chat has {detail} messages",
    "cooldown": "it fired lately and waits for {messages}",
    "greeting": "it belongs to another greeting",
    "too_early": "it waits until the bot has spoken {detail} times",
    "not_this_turn": "it counts at every {detail}th reply only",
    "waits_for_recursion": "it waits for other entries to wake it",
    "recursion_level": "its level of recursion ({detail}) was not reached",
    "excluded_from_recursion": "other entries may not wake it",
    "decorator_off": "its text says that it never counts by itself",
    "no_keys": "it has no keys",
    "no_match": "none of its keys was said",
    "bad_key": "a pattern of it cannot be used: {detail}",
    "slow_key": "a pattern of it took too long",
    "secondary": "{found}, but its second keys say no ({detail})",
    "additional_key": "one more key of it was not said",
    "excluded_key": "{found} keeps it out",
    "below_threshold": "not close enough in meaning (needs {detail})",
    "vector_rank": "others were closer in meaning",
    "group_lost": "another entry of the group '{detail}' was taken",
    "group_score": "another entry of the group '{detail}' had more keys",
    "group_taken": "the group '{detail}' had its entry already",
    "probability": "chance said no ({detail} %)",
    "budget": "budget of {budget} tokens was full ({used} used, it needs {tokens})",
    "book_budget": "the budget of its collection, {budget} tokens, was full ({used} used, it needs {tokens})",
    "window": "the window was full",
}
