"""Builds the prompt of a reply: typed blocks, packed by priority into the context window less the reply."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from botcafe.areas.companions.turns.turn_context import TurnContext
from botcafe.areas.knowledge.lore.activation_log import StoredActivation
from botcafe.chat.prompt.blocks import PackedPrompt, PromptBlock, pack_blocks
from botcafe.chat.prompt.care import care_blocks
from botcafe.chat.prompt.lore import (
    ActivatedLore,
    activate_lore,
    close_marked_blocks,
    empty_record,
    finish_record,
    macro_contexts_with_outlets,
)
from botcafe.chat.prompt.macro_context import build_macro_context, without_hidden_definition
from botcafe.chat.prompt.recall import RecalledMemories, finish_rows, recall_memories
from botcafe.chat.prompt.sections import history_blocks, post_history_blocks, system_blocks
from botcafe.kit.json_types import JsonObject

WINDOW_TOKENS = 8192
REPLY_TOKENS = 1024
# The instructions and the newest message need this much, whatever was set for the reply.
MIN_PROMPT_TOKENS = 256


@dataclass(frozen=True, slots=True)
class TokenLimits:
    """The context window and the reserve for the reply, in tokens."""

    window: int
    reply: int


def build_prompt(
    context: TurnContext, read_picture: Callable[[str], bytes] | None = None, ratio: float = 1.0
) -> PackedPrompt:
    """All blocks of a reply, packed. ``read_picture`` returns the bytes of an attachment for models that see.

    ``ratio`` corrects estimated tokens for the model's tokenizer.
    """
    macros = build_macro_context(context)
    limits = token_limits(context)
    # Lore first: its outlets are filled into the other blocks.
    lore = activate_lore(context, without_hidden_definition(context, macros), limits.window)
    user_macros, bot_macros = macro_contexts_with_outlets(macros, lore)
    user_macros = without_hidden_definition(context, user_macros)
    note, *closing = post_history_blocks(context, user_macros, bot_macros)
    blocks = [*system_blocks(context, user_macros, bot_macros), *history_blocks(context, user_macros, read_picture)]
    blocks += [*lore.above_note, note, *lore.below_note, *closing, *lore.elsewhere, *care_blocks(context)]
    recalled = recall_memories(context, limits.window)
    blocks += recalled.blocks
    sendable = [_scale_tokens(b, ratio) for b in close_marked_blocks(blocks) if b.text.strip() or b.images]
    prompt = pack_blocks(sendable, max(MIN_PROMPT_TOKENS, limits.window - limits.reply))
    context.retrieved_texts = _retrieved_texts(prompt)
    return replace(prompt, activation=_activation_record(lore, recalled, prompt))


def _retrieved_texts(prompt: PackedPrompt) -> dict[str, tuple[str, ...]]:
    """The texts of lore and memories, for the rehearsal responder to quote; closed ones are left out."""
    readable = [each for each in prompt.blocks if each.included and not each.is_closed]
    kinds = {"lore": "lore", "memory": "memories", "recalled": "memories"}
    return {
        name: tuple(each.text for each in readable if kinds.get(each.id.partition(":")[0]) == name)
        for name in ("lore", "memories")
    }


def _activation_record(
    lore: ActivatedLore, recalled: RecalledMemories, prompt: PackedPrompt
) -> StoredActivation | None:
    record = finish_record(lore.record, prompt.blocks)
    rows = finish_rows(recalled, prompt.blocks)
    if record is None and rows:
        record = empty_record()
    return {**record, "recalled": rows} if record is not None else None


def _scale_tokens(block: PromptBlock, ratio: float) -> PromptBlock:
    return block if ratio == 1.0 else replace(block, tokens=int(block.tokens * ratio))


def token_limits(context: TurnContext) -> TokenLimits:
    """The limits of a reply: the chat's, else the preset's, else the model's window and our defaults."""
    preset, chat = preset_settings(context), context.settings
    window = chat.window_tokens or _tokens_in(preset, "context_tokens") or context.model_window_tokens or WINDOW_TOKENS
    reply = chat.reply_tokens or _tokens_in(preset, "max_tokens") or REPLY_TOKENS
    return TokenLimits(window, min(reply, max(1, window - MIN_PROMPT_TOKENS)))


def _tokens_in(preset: JsonObject, name: str) -> int:
    value = preset.get(name)
    return int(value) if isinstance(value, int | float | str) and value else 0


def preset_settings(context: TurnContext) -> JsonObject:
    """The sampling settings that hold for this reply."""
    given = context.preset.settings if context.preset else None
    return given if isinstance(given, dict) else {}
