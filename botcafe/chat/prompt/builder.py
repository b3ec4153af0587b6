"""Builds what the model is sent: typed blocks, packed by priority into the window less the reply.

Lore is asked first, because its outlets go into other parts; what is remembered stands beside it.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from botcafe.areas.companions.chats.turn_context import TurnContext
from botcafe.chat.prompt.blocks import PackedPrompt, PromptBlock, pack_blocks
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

WINDOW_TOKENS = 8192
REPLY_TOKENS = 1024
MIN_PROMPT_TOKENS = 256


def build_prompt(
    material: TurnContext, read_picture: Callable[[str], bytes] | None = None, ratio: float = 1.0
) -> PackedPrompt:
    """All blocks of a reply, packed. ``read_picture`` brings the bytes of an attachment for models that see."""
    scene = build_macro_context(material)
    window, reply = token_limits(material)
    lore = activate_lore(material, without_hidden_definition(material, scene), window)
    scene, own = macro_contexts_with_outlets(scene, lore)
    scene = without_hidden_definition(material, scene)
    note, *rest = post_history_blocks(material, scene, own)
    blocks = [
        *system_blocks(material, scene, own),
        *history_blocks(material, scene, read_picture),
        *lore.above_note,
        note,
    ]
    blocks += [*lore.below_note, *rest, *lore.elsewhere]
    recalled = recall_memories(material, window)
    blocks += recalled.blocks
    fitting = [_scale_tokens(each, ratio) for each in close_marked_blocks(blocks) if each.text.strip() or each.images]
    packed = pack_blocks(fitting, max(MIN_PROMPT_TOKENS, window - reply))
    material.brought = _retrieved_texts(packed)
    return replace(packed, reasons=_activation_record(lore, recalled, packed))


def _retrieved_texts(packed: PackedPrompt) -> dict[str, tuple[str, ...]]:
    """What lore and memories brought, for the rehearsal voice to quote; nothing of what is closed."""
    open_ones = [each for each in packed.blocks if each.included and not each.is_closed]
    kinds = {"lore": "lore", "memory": "memories", "recalled": "memories"}
    return {
        name: tuple(each.text for each in open_ones if kinds.get(each.id.partition(":")[0]) == name)
        for name in ("lore", "memories")
    }


def _activation_record(lore: ActivatedLore, recalled: RecalledMemories, packed: PackedPrompt) -> dict[str, Any] | None:
    kept = finish_record(lore.record, packed.blocks)
    rows = finish_rows(recalled, packed.blocks)
    if kept is None and rows:
        kept = empty_record()
    return {**kept, "recalled": rows} if kept is not None else None


def _scale_tokens(each: PromptBlock, ratio: float) -> PromptBlock:
    return each if ratio == 1.0 else replace(each, tokens=int(each.tokens * ratio))


def token_limits(material: TurnContext) -> tuple[int, int]:
    """The window and the reserve for the reply, in tokens: the chat's, the preset's, the model's, ours."""
    preset = preset_settings(material)
    window = material.settings["window_tokens"] or preset.get("context_tokens") or material.settings.get("model_window")
    reply = material.settings["reply_tokens"] or preset.get("max_tokens") or REPLY_TOKENS
    window = int(window or WINDOW_TOKENS)
    return window, min(int(reply), max(1, window - MIN_PROMPT_TOKENS))


def preset_settings(material: TurnContext) -> dict[str, Any]:
    """The sampling settings that hold for this reply."""
    given = material.preset.settings if material.preset else None
    return given if isinstance(given, dict) else {}
