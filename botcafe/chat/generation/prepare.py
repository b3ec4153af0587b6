"""Everything that happens before a model is asked, in one visit to the database."""

from dataclasses import dataclass
from typing import Any

from botcafe.areas.companions.chats.turn_context import TurnMaterial, lines_of, material_of, quoted_line
from botcafe.areas.companions.chats.turns import Generation
from botcafe.chat.generation.route import Step, sampling_of, steps_of
from botcafe.chat.prompt.blocks import FRAME_TOKENS, Packed
from botcafe.chat.prompt.builder import build, limits_of, preset_settings
from botcafe.gateways.storage import storage
from botcafe.llm.tokens import estimate_tokens

MOST_LINES = 60_000
LEAST_LINES = 120
"""Lore looks so far back, whatever the window holds."""
SHOWN_BESIDE = 20
"""Messages that the inspector shows as left out."""
SPARE = 1.2


@dataclass(slots=True)
class Prepared:
    """A reply that is ready to be asked for. Tokens are estimates."""

    material: TurnMaterial
    steps: list[Step]
    packed: Packed
    window: int
    reply: int

    @property
    def reasons(self) -> dict[str, Any] | None:
        """Why lore is in or out, for ``keep_reasons``; None where no lore counted."""
        return self.packed.reasons

    def settings(self, step: Step) -> dict[str, Any]:
        """What the call was made with, for the inspector and for counting after a crash."""
        sampling = sampling_of(preset_settings(self.material))
        preset = self.material.preset.name if self.material.preset else None
        limits = {"window_tokens": self.window, "reply_tokens": self.reply, "prompt_tokens": self.packed.tokens}
        return {**limits, "sampling": sampling, "preset": preset, "key": step.key_id}


def prepare(row: Generation, ratios: dict[str, float]) -> Prepared:
    """Read the material of a reply and pack it. ``ratios`` are what was learned of token counts, by model."""
    return prepared_of(material_of(row), ratios)


def prepared_of(material: TurnMaterial, ratios: dict[str, float]) -> Prepared:
    """Pack a reply's material. Raises NotFound where the chosen key is gone."""
    steps = steps_of(material)
    first = steps[0]
    material.settings["model_window"] = _window_of(first)
    ratio = ratios.get(f"{first.provider}:{first.model}", 1.0)
    window, reply = limits_of(material)
    _fill_window(material, window - reply, ratio)
    material.quoted = quoted_line(material)
    packed = build(material, read_picture, ratio)
    return Prepared(material, steps, packed, window, reply)


def left_window(prepared: Prepared) -> int | None:
    """The newest message that the window had no room for; None where everything is in it."""
    material = prepared.material
    older = [line.id for line in material.history if material.first_shown and line.id < material.first_shown]
    return older[-1] if older else None


def _fill_window(material: TurnMaterial, budget: int, ratio: float) -> None:
    """Read as much of the branch as the window may hold, and let go of what it cannot."""
    sizes = _sizes(material, ratio)
    while material.is_longer and len(sizes) < MOST_LINES and sum(sizes) < budget:
        wanted = int(len(sizes) * budget / max(1, sum(sizes)) * SPARE) + SHOWN_BESIDE
        _read(material, min(MOST_LINES, max(2 * len(sizes), wanted)))
        sizes = _sizes(material, ratio)
    room, kept = budget, 0
    for size in reversed(sizes):
        room -= size
        if room < 0:
            break
        kept += 1
    material.first_shown = material.history[-kept].id if kept else None
    kept = max(LEAST_LINES, kept + SHOWN_BESIDE)
    material.is_longer = material.is_longer or len(sizes) > kept
    material.history = material.history[-kept:]


def _sizes(material: TurnMaterial, ratio: float) -> list[int]:
    return [int(estimate_tokens(line.text) * ratio) + FRAME_TOKENS for line in material.history]


def _read(material: TurnMaterial, limit: int) -> None:
    names = {p.bot_id: p.name for p in material.parts}
    lines, material.is_longer = lines_of(material.conversation_id, material.leaf_id, names, material.own_name, limit)
    material.history = [line for line in lines if line.id != material.message_id or material.mode != "continue"]


def _window_of(step: Step) -> int | None:
    if step.key_id is None:
        return None
    from botcafe.llm.providers.prices import window_of

    return window_of(step.provider, step.model)


def read_picture(key: str) -> bytes:
    """The bytes of an attachment."""
    return storage().get(key)
