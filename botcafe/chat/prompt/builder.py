"""Builds what the model is sent: typed blocks, packed by priority into the window less the reply.

Lore is asked first, because its outlets go into other parts; what is remembered stands beside it.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from botcafe.areas.companions.chats.turn_context import TurnMaterial
from botcafe.chat.prompt.blocks import Block, Packed, pack
from botcafe.chat.prompt.lore import LoreInReply, kept_reasons, lore_in, nothing_of_lore, scenes, unsealed
from botcafe.chat.prompt.macro_context import for_the_person, scene_of
from botcafe.chat.prompt.recall import Recalled, kept_rows, recalled_in
from botcafe.chat.prompt.sections import around, head, history

WINDOW_TOKENS = 8192
REPLY_TOKENS = 1024
LEAST_PROMPT = 256


def build(material: TurnMaterial, read_picture: Callable[[str], bytes] | None = None, ratio: float = 1.0) -> Packed:
    """All blocks of a reply, packed. ``read_picture`` brings the bytes of an attachment for models that see."""
    scene = scene_of(material)
    window, reply = limits_of(material)
    lore = lore_in(material, for_the_person(material, scene), window)
    scene, own = scenes(scene, lore)
    scene = for_the_person(material, scene)
    note, *rest = around(material, scene, own)
    blocks = [*head(material, scene, own), *history(material, scene, read_picture), *lore.above_note, note]
    blocks += [*lore.below_note, *rest, *lore.elsewhere]
    recalled = recalled_in(material, window)
    blocks += recalled.blocks
    fitting = [_weighed(each, ratio) for each in unsealed(blocks) if each.text.strip() or each.images]
    packed = pack(fitting, max(LEAST_PROMPT, window - reply))
    material.brought = _brought(packed)
    return replace(packed, reasons=_reasons(lore, recalled, packed))


def _brought(packed: Packed) -> dict[str, tuple[str, ...]]:
    """What lore and memories brought, for the rehearsal voice to quote; nothing of what is closed."""
    open_ones = [each for each in packed.blocks if each.included and not each.is_closed]
    kinds = {"lore": "lore", "memory": "memories", "recalled": "memories"}
    return {
        name: tuple(each.text for each in open_ones if kinds.get(each.id.partition(":")[0]) == name)
        for name in ("lore", "memories")
    }


def _reasons(lore: LoreInReply, recalled: Recalled, packed: Packed) -> dict[str, Any] | None:
    kept = kept_reasons(lore.record, packed.blocks)
    rows = kept_rows(recalled, packed.blocks)
    if kept is None and rows:
        kept = nothing_of_lore()
    return {**kept, "recalled": rows} if kept is not None else None


def _weighed(each: Block, ratio: float) -> Block:
    return each if ratio == 1.0 else replace(each, tokens=int(each.tokens * ratio))


def limits_of(material: TurnMaterial) -> tuple[int, int]:
    """The window and the reserve for the reply, in tokens: the chat's, the preset's, the model's, ours."""
    preset = preset_settings(material)
    window = material.settings["window_tokens"] or preset.get("context_tokens") or material.settings.get("model_window")
    reply = material.settings["reply_tokens"] or preset.get("max_tokens") or REPLY_TOKENS
    window = int(window or WINDOW_TOKENS)
    return window, min(int(reply), max(1, window - LEAST_PROMPT))


def preset_settings(material: TurnMaterial) -> dict[str, Any]:
    """The sampling settings that hold for this reply."""
    given = material.preset.settings if material.preset else None
    return given if isinstance(given, dict) else {}
