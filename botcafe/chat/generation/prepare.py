"""Everything that happens before a model is asked, in one visit to the database."""

from dataclasses import dataclass
from typing import Any

from botcafe.areas.companions.chats.turn_context import (
    TurnContext,
    find_quoted_line,
    load_prompt_messages,
    load_turn_context,
)
from botcafe.areas.companions.chats.turns import Generation
from botcafe.chat.generation.route import RouteStep, read_sampling, resolve_route
from botcafe.chat.prompt.blocks import FRAME_TOKENS, PackedPrompt
from botcafe.chat.prompt.builder import build_prompt, preset_settings, token_limits
from botcafe.gateways.storage import storage
from botcafe.llm.tokens import estimate_tokens

MAX_HISTORY_MESSAGES = 60_000
MIN_SCANNED_MESSAGES = 120
"""Lore looks so far back, whatever the window holds."""
LEFT_OUT_MESSAGES_SHOWN = 20
"""Messages that the inspector shows as left out."""
READ_AHEAD_FACTOR = 1.2


@dataclass(slots=True)
class PreparedReply:
    """A reply that is ready to be asked for. Tokens are estimates."""

    material: TurnContext
    steps: list[RouteStep]
    packed: PackedPrompt
    window: int
    reply: int

    @property
    def reasons(self) -> dict[str, Any] | None:
        """Why lore is in or out, for ``keep_reasons``; None where no lore counted."""
        return self.packed.reasons

    def settings(self, step: RouteStep) -> dict[str, Any]:
        """What the call was made with, for the inspector and for counting after a crash."""
        sampling = read_sampling(preset_settings(self.material))
        preset = self.material.preset.name if self.material.preset else None
        limits = {"window_tokens": self.window, "reply_tokens": self.reply, "prompt_tokens": self.packed.tokens}
        return {**limits, "sampling": sampling, "preset": preset, "key": step.key_id}


def prepare_generation(row: Generation, ratios: dict[str, float]) -> PreparedReply:
    """Read the material of a reply and pack it. ``ratios`` are what was learned of token counts, by model."""
    return prepare_reply(load_turn_context(row), ratios)


def prepare_reply(material: TurnContext, ratios: dict[str, float]) -> PreparedReply:
    """Pack a reply's material. Raises NotFound where the chosen key is gone."""
    steps = resolve_route(material)
    first = steps[0]
    material.settings["model_window"] = _model_window(first)
    ratio = ratios.get(f"{first.provider}:{first.model}", 1.0)
    window, reply = token_limits(material)
    _fill_window(material, window - reply, ratio)
    material.quoted = find_quoted_line(material)
    packed = build_prompt(material, read_picture, ratio)
    return PreparedReply(material, steps, packed, window, reply)


def newest_message_outside_window(prepared: PreparedReply) -> int | None:
    """The newest message that the window had no room for; None where everything is in it."""
    material = prepared.material
    older = [line.id for line in material.history if material.first_shown and line.id < material.first_shown]
    return older[-1] if older else None


def _fill_window(material: TurnContext, budget: int, ratio: float) -> None:
    """Read as much of the branch as the window may hold, and let go of what it cannot."""
    sizes = _estimate_sizes(material, ratio)
    while material.is_longer and len(sizes) < MAX_HISTORY_MESSAGES and sum(sizes) < budget:
        wanted = int(len(sizes) * budget / max(1, sum(sizes)) * READ_AHEAD_FACTOR) + LEFT_OUT_MESSAGES_SHOWN
        _read_history(material, min(MAX_HISTORY_MESSAGES, max(2 * len(sizes), wanted)))
        sizes = _estimate_sizes(material, ratio)
    room, kept = budget, 0
    for size in reversed(sizes):
        room -= size
        if room < 0:
            break
        kept += 1
    material.first_shown = material.history[-kept].id if kept else None
    kept = max(MIN_SCANNED_MESSAGES, kept + LEFT_OUT_MESSAGES_SHOWN)
    material.is_longer = material.is_longer or len(sizes) > kept
    material.history = material.history[-kept:]


def _estimate_sizes(material: TurnContext, ratio: float) -> list[int]:
    return [int(estimate_tokens(line.text) * ratio) + FRAME_TOKENS for line in material.history]


def _read_history(material: TurnContext, limit: int) -> None:
    names = {p.bot_id: p.name for p in material.parts}
    lines, material.is_longer = load_prompt_messages(
        material.conversation_id, material.leaf_id, names, material.own_name, limit
    )
    material.history = [line for line in lines if line.id != material.message_id or material.mode != "continue"]


def _model_window(step: RouteStep) -> int | None:
    if step.key_id is None:
        return None
    from botcafe.llm.providers.prices import context_window

    return context_window(step.provider, step.model)


def read_picture(key: str) -> bytes:
    """The bytes of an attachment."""
    return storage().get(key)
