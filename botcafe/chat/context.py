"""Builds what the model is sent: typed blocks, packed by priority into the window less the reply.

Lore is asked first, because its outlets go into other parts. Whoever else has something to say comes in through
``SOURCES``: each is asked for its blocks and knows nothing of the others.
"""

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any

from botcafe.areas.companions.macros import Scene
from botcafe.areas.companions.material import TurnMaterial
from botcafe.chat.blocks import Block, Packed, pack
from botcafe.chat.lore import kept_reasons, lore_in, scenes, unsealed
from botcafe.chat.parts import around, head, history
from botcafe.chat.scene import for_the_person, scene_of

WINDOW_TOKENS = 8192
REPLY_TOKENS = 1024
LEAST_PROMPT = 256
Source = Callable[[TurnMaterial, Scene], Iterable[Block]]
SOURCES: list[Source] = []
"""Who else has something to say, such as memory. Each source is given the material and tells its blocks."""


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
    for source in SOURCES:
        blocks += source(material, scene)
    fitting = [_weighed(each, ratio) for each in unsealed(blocks) if each.text.strip() or each.images]
    packed = pack(fitting, max(LEAST_PROMPT, window - reply))
    return replace(packed, reasons=kept_reasons(lore.record, packed.blocks))


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
