"""Lore in a reply: which entries fire, where they stand in the prompt, and the record of why.

Entries that the user may not read go to the model in blocks whose text stays closed. Their outlets are filled only into
texts of the bot's own, which are then closed too: an author's note cannot be used to read them.
"""

import time
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Any

from botcafe.areas.companions.bots.card_data import card_data
from botcafe.areas.companions.bots.queries import may_chat_with
from botcafe.areas.companions.chats.lore_timers import LoreTimer, load_branch_timers, store_timers
from botcafe.areas.companions.turns.turn_context import TurnContext
from botcafe.areas.knowledge.lore.activation_log import (
    ActivationRecord,
    StoredActivation,
    build_record,
    split_silent_reasons,
    store_reasons,
)
from botcafe.areas.knowledge.lore.compiled_books import LoreInScope, entries_closed_to, lore_for, readable_entries
from botcafe.chat.prompt.blocks import PromptBlock, make_block
from botcafe.chat.prompt.macro_context import read_depth_prompt
from botcafe.kit.macros import MacroContext, fill
from botcafe.llm.tokens import estimate_tokens
from botcafe.retrieval.activation import (
    ActivatedEntry,
    ActivationInput,
    ActivationReason,
    ActivationSettings,
    ScannedMessage,
    TimedEffect,
    activate,
)
from botcafe.search.person_search import lore_similarity

# How much of the window all lore together may take, as in SillyTavern's default.
LORE_SHARE_OF_WINDOW = 0.25
QUERY_MESSAGES = 2
# Private-use characters mark closed text within another text, until the block that holds it is closed.
CLOSED_TEXT_START, CLOSED_TEXT_END = "\ue0fe", "\ue0ff"
_SLOTS = {
    "before_char": "before_definition",
    "after_char": "after_definition",
    "before_examples": "before_examples",
    "after_examples": "after_examples",
}
_TRIGGERS = {"send": "normal", "auto": "normal", "continue": "continue", "impersonate": "impersonate"}
# After definition and persona, before the oldest history; entries that "go first" are dropped before the others.
LORE_PRIORITY, FIRST_DROPPED_PRIORITY = 3, 4


@dataclass(slots=True)
class ActivatedLore:
    """Blocks by where they stand, outlets by name (the readable ones, and all), and the record of reasons."""

    above_note: list[PromptBlock] = field(default_factory=list)
    below_note: list[PromptBlock] = field(default_factory=list)
    elsewhere: list[PromptBlock] = field(default_factory=list)
    open_outlets: dict[str, str] = field(default_factory=dict)
    outlets: dict[str, str] = field(default_factory=dict)
    record: ActivationRecord | None = None


def activate_lore(context: TurnContext, macros: MacroContext, window: int) -> ActivatedLore:
    """Activate the lore of this reply within its share of a window of tokens. Nothing is stored here."""
    started = time.perf_counter()
    persona = context.persona.pk if context.persona else None
    may_use_bot = may_chat_with(context.actor, context.bot)
    lore = lore_for(context.user_id, context.bot, persona, context.conversation_id, may_use_bot=may_use_bot)
    if not lore.books:
        return ActivatedLore()
    settings = ActivationSettings(budget=max(1, int(window * LORE_SHARE_OF_WINDOW)))
    situation = build_situation(context, macros, lore)
    answer = activate(lore.books, situation, settings)
    explained, counted = split_silent_reasons(answer)
    closed = closed_entries(context, lore, explained)
    activated = _place_entries(context, lore, answer.placed, closed)
    milliseconds = (time.perf_counter() - started) * 1000
    activated.record = build_record(
        answer, explained, counted, closed, trigger=situation.trigger, seed=situation.seed, milliseconds=milliseconds
    )
    return activated


def build_situation(context: TurnContext, macros: MacroContext, lore: LoreInScope) -> ActivationInput:
    """The context of a reply as the activation engine takes it."""
    messages = tuple(ScannedMessage(m.id, m.name, m.text, m.bot_id is not None) for m in context.history)
    effects, count = _timed_effects(context, lore, len(messages))
    bot = context.bot
    closed = frozenset[int]() if bot.user_id == context.user_id else entries_closed_to(context.actor, lore)
    closed_fields = _closed_fields(context)
    # Beside closed lore the user's own entries are activated apart: recursion would tell them closed text.
    has_closed = bool(closed or closed_fields)
    own = frozenset(entry for entry, owner in lore.owners.items() if has_closed and owner == context.user_id)
    return ActivationInput(
        messages=messages,
        count=count,
        fields=_scannable_fields(context),
        notes=(_author_note_text(context, macros),),
        trigger=generation_trigger(context),
        names=frozenset({bot.name, str(bot.slug)}),
        tags=frozenset(str(tag) for tag in bot.tags or []),
        bot=bot.pk,
        persona=context.persona.pk if context.persona else None,
        greeting=_greeting_number(context, macros) if lore.has("has_greetings") else None,
        scores=_similarities(context, lore),
        effects=effects,
        reply=context.message_id,
        seed=f"{context.conversation_id}:{context.message_id}:{context.attempt}",
        apart=own,
        closed=closed,
        closed_fields=closed_fields,
        fill=lambda text: fill(text, macros),
        tokens=estimate_tokens,
    )


def _timed_effects(context: TurnContext, lore: LoreInScope, count: int) -> tuple[tuple[TimedEffect, ...], int]:
    """Sticky and cooldown effects that hold on this branch, and the branch's length in messages."""
    if not lore.has("has_timers") or not context.conversation_id:
        return (), count
    loaded = frozenset(message.id for message in context.history)
    timers, count = load_branch_timers(context.conversation_id, context.leaf_id, loaded)
    if context.mode == "continue":
        # Timers that this reply started are started by it once more.
        timers, count = [each for each in timers if each.reply != context.leaf_id], count - 1
    # The message of a preview is not stored yet, and has no id.
    unsaved = sum(1 for message in context.history if message.id == 0)
    return tuple(TimedEffect(*each) for each in timers), count + unsaved


def _similarities(context: TurnContext, lore: LoreInScope) -> dict[int, float]:
    """Cosine similarities of entries to the last messages, by entry id; empty where no entry wants them."""
    query = "\n".join(message.text for message in context.history[-QUERY_MESSAGES:]).strip()
    # Embedding the query costs 10 to 30 ms, and most lorebooks work by keys alone.
    if not query or not lore.has("wants_vectors"):
        return {}
    return dict(lore_similarity(lore.owners, query))


def generation_trigger(context: TurnContext) -> str:
    """The generation trigger of lorebooks: a regenerated reply is a swipe there."""
    return _TRIGGERS.get(context.mode, "swipe" if context.mode == "regenerate" else "normal")


def _scannable_fields(context: TurnContext) -> dict[str, str]:
    bot = context.bot
    return {
        "persona": (context.persona.description or "") if context.persona else "",
        "description": bot.system_prompt or "",
        "personality": bot.personality or "",
        "depth_prompt": str(read_depth_prompt(bot).get("prompt") or ""),
        "scenario": context.settings.scenario or bot.scenario or "",
        "creator_notes": str(card_data(bot).get("creator_notes") or bot.description or ""),
    }


def _closed_fields(context: TurnContext) -> frozenset[str]:
    """The fields of a definition that the user may not read: entries of the user's own are not matched against them."""
    if context.may_read_definition:
        return frozenset()
    open_ones = {"scenario"} if context.settings.scenario else set()
    notes = {"creator_notes"} if card_data(context.bot).get("creator_notes") else set()
    return frozenset({"description", "personality", "depth_prompt", "scenario"} - open_ones | notes)


def _author_note_text(context: TurnContext, macros: MacroContext) -> str:
    note = str(context.settings.author_note.text)
    return fill(note, macros) if context.conversation_id else ""


def _greeting_number(context: TurnContext, macros: MacroContext) -> int | None:
    """The number of the greeting that the chat started with, None where its start is not loaded."""
    first = context.history[0] if context.history and not context.is_longer else None
    if first is None or first.bot_id is None:
        return None
    for number, text in enumerate([context.bot.greeting, *(context.bot.alternate_greetings or [])]):
        if text and first.text.strip() in {str(text).strip(), fill(str(text), macros).strip()}:
            return number
    return None


def closed_entries(context: TurnContext, lore: LoreInScope, told: Iterable[ActivationReason]) -> frozenset[int]:
    """The entries whose text the user may not read, among those with a reason of their own."""
    foreign = {each.entry for each in told if lore.owners.get(each.entry) != context.user_id}
    return frozenset(foreign - readable_entries(context.actor, foreign))


def _place_entries(
    context: TurnContext, lore: LoreInScope, placed: Iterable[ActivatedEntry], closed: frozenset[int]
) -> ActivatedLore:
    made = ActivatedLore()
    note = context.settings.author_note
    for each in placed:
        is_closed = each.entry in closed
        if each.position == "outlet":
            _add_to_outlet(made, each, is_closed=is_closed)
            continue
        one = _lore_block(each, "" if is_closed else lore.titles.get(each.entry, ""), is_closed=is_closed)
        if each.position in {"note_top", "note_bottom"}:
            beside = replace(one, depth=note.depth, role=note.role)
            (made.above_note if each.position == "note_top" else made.below_note).append(beside)
        elif each.position == "at_depth":
            made.elsewhere.append(replace(one, depth=each.depth, role=each.role))
        else:
            made.elsewhere.append(one)
    return made


def _add_to_outlet(made: ActivatedLore, each: ActivatedEntry, *, is_closed: bool) -> None:
    text = f"{CLOSED_TEXT_START}{each.text}{CLOSED_TEXT_END}" if is_closed else each.text
    made.outlets[each.outlet] = "\n".join(filter(None, (made.outlets.get(each.outlet), text)))
    if not is_closed:
        made.open_outlets[each.outlet] = "\n".join(filter(None, (made.open_outlets.get(each.outlet), text)))


def _lore_block(each: ActivatedEntry, title: str, *, is_closed: bool) -> PromptBlock:
    return make_block(
        f"lore:{each.entry}",
        f"Lore: {title}" if title else "Lore of the bot",
        each.text,
        priority=FIRST_DROPPED_PRIORITY if each.goes_first else LORE_PRIORITY,
        source="the bot's own lore" if is_closed else "lore",
        reason="its keys or its meaning fit what was said",
        slot=_SLOTS.get(each.position, "after_definition"),
        is_closed=is_closed,
    )


def close_marked_blocks(blocks: Iterable[PromptBlock]) -> list[PromptBlock]:
    """Close the blocks into which closed lore was filled."""
    return [
        replace(each, text=each.text.replace(CLOSED_TEXT_START, "").replace(CLOSED_TEXT_END, ""), is_closed=True)
        if CLOSED_TEXT_START in each.text or CLOSED_TEXT_END in each.text
        else each
        for each in blocks
    ]


def macro_contexts_with_outlets(macros: MacroContext, lore: ActivatedLore) -> tuple[MacroContext, MacroContext]:
    """The macro contexts of the user's texts (readable outlets) and of the bot's (all outlets)."""
    if not lore.outlets:
        return macros, macros
    return replace(macros, outlets=lore.open_outlets), replace(macros, outlets=lore.outlets)


def finish_record(record: ActivationRecord | None, blocks: Iterable[PromptBlock]) -> dict[str, Any] | None:
    """The record for storage, once it is known which blocks of lore the window had no room for."""
    if record is None:
        return None
    left_out = (each.id for each in blocks if not each.included and each.id.startswith("lore:"))
    return record.kept({int(number.removeprefix("lore:")) for number in left_out})


def empty_record() -> dict[str, Any]:
    """A record without lore, for the reasons of what was recalled."""
    empty = {"reasons": [], "silent": {}, "timers": [], "budget": 0, "used": 0, "milliseconds": 0.0}
    return {**empty, "trigger": "", "seed": ""}


def store_activation(context: TurnContext, activation: StoredActivation | None) -> None:
    """Store the reasons and timers of a reply, in the transaction that marks it as streaming."""
    if activation is None:
        return
    chat_id, message_id = context.conversation_id, context.message_id
    store_reasons(context.user_id, chat_id, message_id, context.generation_id, activation)
    # A reply that is written once more replaces the timers of its former attempt, also by none.
    if activation["timers"] or context.attempt > 1:
        timers = [LoreTimer(*each) for each in activation["timers"]]
        store_timers(chat_id, message_id, timers, is_continued=context.mode == "continue")
