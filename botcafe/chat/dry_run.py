"""Which lore would fire for a text, without a call to a model and without storing anything."""

from collections.abc import Mapping
from dataclasses import replace
from types import SimpleNamespace

from botcafe.areas.companions.bots.queries import bot_for, may_chat_with
from botcafe.areas.companions.chats.settings import find_own_persona
from botcafe.areas.companions.turns.prompt_messages import PromptMessage
from botcafe.areas.companions.turns.turn_context import TurnContext, preview_turn_context, standalone_turn_context
from botcafe.areas.companions.turns.turn_request import TurnRequest
from botcafe.areas.knowledge.lore.activation_log import Row, build_record, describe_reasons, split_silent_reasons
from botcafe.areas.knowledge.lore.compiled_books import LoreInScope, lore_for, lore_of_collection, readable_entries
from botcafe.chat.prompt.builder import WINDOW_TOKENS, token_limits
from botcafe.chat.prompt.lore import LORE_SHARE_OF_WINDOW, build_situation
from botcafe.chat.prompt.macro_context import build_macro_context, without_hidden_definition
from botcafe.cms.schema.actor import Actor
from botcafe.cms.schema.errors import BadRequest
from botcafe.kit.ids import parse_row_id
from botcafe.kit.instants import now
from botcafe.llm.tokens import estimate_tokens
from botcafe.retrieval.activation import ActivationInput, ActivationResult, ActivationSettings, ScannedMessage, activate

MAX_TEXT_CHARACTERS = 40_000
SEED = "dry run"
NO_BOT = SimpleNamespace(user_id=0, pk=0)


def dry_run(actor: Actor, given: Mapping[str, object]) -> dict[str, object]:
    """``{entries, left_out, silent, used_tokens, budget_tokens}`` for ``{text, bot?, persona?, conversation?, collection?}``.

    ``entries`` in the order of the prompt, each with the reason in words and ``spans``, the places of its keys in the
    text. What the actor may not read stands there without title, key and places. Raises BadRequest and NotFound.
    """
    text = given.get("text")
    if not isinstance(text, str) or len(text) > MAX_TEXT_CHARACTERS or "\x00" in text:
        raise BadRequest(f"text must be a text of at most {MAX_TEXT_CHARACTERS:,} characters.")
    if given.get("collection") not in (None, ""):
        lore, situation, window = (
            lore_of_collection(actor, _read_id(given["collection"])),
            _plain_situation(text),
            WINDOW_TOKENS,
        )
    elif given.get("conversation") in (None, "") and given.get("bot") in (None, ""):
        persona = find_own_persona(actor, given.get("persona"))
        lore = lore_for(int(actor.id or 0), NO_BOT, persona.pk if persona else None)
        situation, window = replace(_plain_situation(text), persona=persona.pk if persona else None), WINDOW_TOKENS
    else:
        lore, situation, window = _situation_with_bot(actor, given, text)
    answer = activate(lore.books, situation, ActivationSettings(budget=max(1, int(window * LORE_SHARE_OF_WINDOW))))
    return _dry_run_payload(actor, answer)


def _read_id(given: object) -> int:
    # No row has the id 0, so anything malformed is not found.
    return parse_row_id(given) or 0


def _plain_situation(text: str) -> ActivationInput:
    return ActivationInput(messages=(ScannedMessage(0, "", text),), seed=SEED, tokens=estimate_tokens)


def _situation_with_bot(
    actor: Actor, given: Mapping[str, object], text: str
) -> tuple[LoreInScope, ActivationInput, int]:
    context = _dry_run_context(actor, given)
    if given.get("persona") not in (None, ""):
        context.persona = find_own_persona(actor, given["persona"])
        context.user_name = (context.persona.name if context.persona else "") or context.account_name
    context.history.append(PromptMessage(0, None, context.user_name, text, now()))
    persona = context.persona.pk if context.persona else None
    usable = may_chat_with(actor, context.bot)
    lore = lore_for(context.user_id, context.bot, persona, context.conversation_id, may_use_bot=usable)
    macros = without_hidden_definition(context, build_macro_context(context))
    situation = replace(build_situation(context, macros, lore), seed=SEED)
    return lore, situation, token_limits(context).window


def _dry_run_context(actor: Actor, given: Mapping[str, object]) -> TurnContext:
    if given.get("conversation") not in (None, ""):
        return preview_turn_context(actor, _read_id(given["conversation"]), TurnRequest(bot=given.get("bot")))
    return standalone_turn_context(actor, bot_for(actor, _read_id(given["bot"])), [], "", {})


def _dry_run_payload(actor: Actor, answer: ActivationResult) -> dict[str, object]:
    shown, silent = split_silent_reasons(answer)
    numbers = {reason.entry for reason in shown}
    closed = numbers - readable_entries(actor, numbers)
    record = build_record(answer, shown, silent, closed, trigger="", seed=SEED, milliseconds=0)
    rows = {row["entry"]: row for row in describe_reasons(actor, record.reasons)}
    spans = {
        reason.entry: [list(span) for span in reason.spans]
        for reason in answer.reasons
        if reason.spans and reason.match is not None and reason.match.age == 1 and reason.entry not in closed
    }
    entries: list[Row] = [
        {**rows[each.entry], "spans": spans.get(each.entry, [])} for each in answer.placed if each.entry in rows
    ]
    return {
        "entries": entries,
        "left_out": [row for row in rows.values() if not row["in"]],
        "silent": dict(record.silent),
        "used_tokens": answer.used,
        "budget_tokens": answer.budget,
    }
