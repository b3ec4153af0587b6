"""Everything that happens before a model is called, in one trip to the database."""

from dataclasses import dataclass

from botcafe.areas.companions.turns.commit import Generation
from botcafe.areas.companions.turns.prompt_messages import load_prompt_messages
from botcafe.areas.companions.turns.turn_context import TurnContext, find_quoted_line, load_turn_context
from botcafe.areas.knowledge.lore.activation_log import StoredActivation
from botcafe.chat.generation.route import RouteStep, read_sampling, resolve_route, unsupported_by
from botcafe.chat.prompt.blocks import FRAME_TOKENS, PackedPrompt
from botcafe.chat.prompt.builder import build_prompt, preset_settings, token_limits
from botcafe.gateways.storage import storage
from botcafe.kit.json_types import JsonObject
from botcafe.llm.tokens import TokenRatios, estimate_tokens

MAX_HISTORY_MESSAGES = 60_000
# Lore is scanned this far back, whatever the window holds.
MIN_SCANNED_MESSAGES = 120
# Messages that the prompt inspector shows as left out.
LEFT_OUT_MESSAGES_SHOWN = 20
# Messages differ in length: a little more is read than the average asks for, so that one more read is rare.
READ_AHEAD_FACTOR = 1.2


@dataclass(slots=True)
class PreparedReply:
    """A reply that is ready to be requested. Tokens are estimates."""

    context: TurnContext
    steps: list[RouteStep]
    prompt: PackedPrompt
    window_tokens: int
    reply_tokens: int
    # What the estimates of the prompt were multiplied with.
    token_ratio: float = 1.0

    @property
    def allowance_tokens(self) -> int:
        """What the call may use at most: prompt and reply."""
        return self.prompt.tokens + self.reply_tokens

    @property
    def activation(self) -> StoredActivation | None:
        """Why lore and memories are in or out, to be stored with the reply; None where none counted."""
        return self.prompt.activation

    def settings_as_json(self, step: RouteStep) -> JsonObject:
        """What the call is made with: for the inspector, and for counting after a crash."""
        preset = self.context.preset.name if self.context.preset else None
        settings: JsonObject = {
            "window_tokens": self.window_tokens,
            "reply_tokens": self.reply_tokens,
            "prompt_tokens": self.prompt.tokens,
            "sampling": {**read_sampling(preset_settings(self.context))},
            "preset": preset,
            "key": step.key_id,
        }
        unsupported = unsupported_by(self.context, step)
        return {**settings, "unsupported": unsupported} if unsupported else settings


def prepare_generation(row: Generation, token_ratios: TokenRatios) -> PreparedReply:
    """Load the context of a queued reply and pack its prompt. Raises NotFound where the chosen key is gone."""
    return prepare_reply(load_turn_context(row), token_ratios)


def prepare_reply(context: TurnContext, token_ratios: TokenRatios) -> PreparedReply:
    """Pack the prompt of a reply. Raises NotFound where the chosen key is gone."""
    steps = resolve_route(context)
    first = steps[0]
    context.model_window_tokens = _model_window(first)
    ratio = token_ratios.ratio_of(first.key_id, first.model)
    limits = token_limits(context)
    _fill_window(context, limits.window - limits.reply, ratio)
    context.quoted = find_quoted_line(context)
    prompt = build_prompt(context, read_picture, ratio)
    return PreparedReply(context, steps, prompt, limits.window, limits.reply, ratio)


def newest_message_outside_window(prepared: PreparedReply) -> int | None:
    """The id of the newest message that the window had no room for; None where everything is in it."""
    context = prepared.context
    if context.first_shown is None:
        return None
    older = [message.id for message in context.history if message.id < context.first_shown]
    return older[-1] if older else None


def _fill_window(context: TurnContext, budget: int, ratio: float) -> None:
    """Read as much of the branch as the window may hold, and drop what it cannot."""
    sizes = _estimate_sizes(context, ratio)
    while context.is_longer and len(sizes) < MAX_HISTORY_MESSAGES and sum(sizes) < budget:
        wanted = int(len(sizes) * budget / max(1, sum(sizes)) * READ_AHEAD_FACTOR) + LEFT_OUT_MESSAGES_SHOWN
        # At least twice as much each time, so that short messages are not read in many small steps.
        _read_history(context, min(MAX_HISTORY_MESSAGES, max(2 * len(sizes), wanted)))
        sizes = _estimate_sizes(context, ratio)
    fitting = _count_fitting(sizes, budget)
    context.first_shown = context.history[-fitting].id if fitting else None
    kept = max(MIN_SCANNED_MESSAGES, fitting + LEFT_OUT_MESSAGES_SHOWN)
    context.is_longer = context.is_longer or len(sizes) > kept
    context.history = context.history[-kept:]


def _count_fitting(sizes: list[int], budget: int) -> int:
    """How many of the newest messages fit into a budget of tokens."""
    room, fitting = budget, 0
    for size in reversed(sizes):
        room -= size
        if room < 0:
            break
        fitting += 1
    return fitting


def _estimate_sizes(context: TurnContext, ratio: float) -> list[int]:
    return [int(estimate_tokens(message.text) * ratio) + FRAME_TOKENS for message in context.history]


def _read_history(context: TurnContext, limit: int) -> None:
    names = {each.bot_id: each.name for each in context.participants}
    page = load_prompt_messages(context.conversation_id, context.leaf_id, names, context.owner, limit)
    # The message that is continued is sent apart, as the last of the prompt.
    is_continued = context.mode == "continue"
    context.history = [each for each in page.messages if not is_continued or each.id != context.message_id]
    context.is_longer = page.is_longer


def _model_window(step: RouteStep) -> int | None:
    if step.key_id is None:
        return None
    from botcafe.llm.providers.prices import context_window

    return context_window(step.provider, step.model)


def read_picture(storage_key: str) -> bytes:
    """The bytes of an attachment."""
    return storage().get(storage_key)
