"""Everything that happens before a model is asked, in one visit to the database."""

from dataclasses import dataclass
from typing import Any

from botcafe.areas.companions.material import TurnMaterial, lines_of, material_of
from botcafe.areas.companions.turns import Generation
from botcafe.chat.backends import Step, sampling_of, steps_of
from botcafe.chat.blocks import Packed
from botcafe.chat.context import build, limits_of, preset_settings
from botcafe.gateways.storage import storage

MORE_LINES = 8
MOST_LINES = 60_000


@dataclass(slots=True)
class Prepared:
    """A reply that is ready to be asked for. Tokens are estimates."""

    material: TurnMaterial
    steps: list[Step]
    packed: Packed
    window: int
    reply: int

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
    packed = build(material, read_picture, ratio)
    window, reply = limits_of(material)
    while material.is_longer and packed.tokens < packed.budget and len(material.history) < MOST_LINES:
        if not all(each.included for each in packed.blocks):
            break
        _reach_back(material)
        packed = build(material, read_picture, ratio)
    return Prepared(material, steps, packed, window, reply)


def _reach_back(material: TurnMaterial) -> None:
    """The window has room for more than was read: read more of the branch."""
    names = {p.bot_id: p.name for p in material.parts}
    limit = len(material.history) * MORE_LINES
    lines, material.is_longer = lines_of(material.conversation_id, material.leaf_id, names, material.user_name, limit)
    material.history = [line for line in lines if line.id != material.message_id or material.mode != "continue"]


def _window_of(step: Step) -> int | None:
    if step.key_id is None:
        return None
    from botcafe.llm.prices import window_of

    return window_of(step.provider, step.model)


def read_picture(key: str) -> bytes:
    """The bytes of an attachment."""
    return storage().get(key)
