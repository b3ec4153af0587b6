"""One question to a model, apart from any reply: for work in the background, on the person's own keys."""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass

from botcafe.areas.billing.ledger import enter_reply
from botcafe.areas.companions.chats.turn_context import TurnContext
from botcafe.areas.keys.quotas import record_use
from botcafe.areas.keys.unlocking import NOTHING
from botcafe.chat.generation.route import OpenCall, RouteStep, open_call, resolve_route
from botcafe.cms.schema.errors import ApiError
from botcafe.llm.errors import ModelError
from botcafe.llm.protocol import ChatMessage, ChatRequest, TextDelta, Usage
from botcafe.llm.tokens import estimate_message_tokens, estimate_tokens

ANSWER_TOKENS = 900
MAX_ANSWER_CHARACTERS = 40_000
TEMPERATURE = 0.3


@dataclass(frozen=True, slots=True)
class ModelAnswer:
    """What a model answered, and what that took. ``cost_usd`` None: not known."""

    text: str
    step: RouteStep
    tokens: int
    cost_usd: float | None
    is_estimated: bool


def ask_once(material: TurnContext, messages: Sequence[ChatMessage]) -> tuple[ModelAnswer | None, str]:
    """Ask the keys of the route in turn: what one answered, or None and why. Without any key there is nothing to say.

    Keys under a passphrase stay shut: nobody is signed in here. What a call used is counted on its key.
    """
    problem = ""
    try:
        steps = [step for step in resolve_route(material) if step.key_id is not None]
    except ApiError as error:
        return None, error.message
    for step in steps:
        told, problem = _try_step(material, step, messages)
        if told is not None:
            return told, ""
    return None, problem


def _try_step(
    material: TurnContext, step: RouteStep, messages: Sequence[ChatMessage]
) -> tuple[ModelAnswer | None, str]:
    try:
        call = open_call(material, step, estimate_message_tokens(messages) + ANSWER_TOKENS, NOTHING)
    except ApiError as error:
        return None, error.message
    began, told, problem = time.monotonic(), None, ""
    try:
        told = asyncio.run(_collect_answer(call, step, messages))
    except ModelError as error:
        problem = str(error)
    finally:
        record_use(
            step.key_id or 0,
            tokens=told.tokens if told else 0,
            seconds=time.monotonic() - began,
            failed=told is None,
            reservation=call.reservation,
        )
    return told, problem


async def _collect_answer(call: OpenCall, step: RouteStep, messages: Sequence[ChatMessage]) -> ModelAnswer:
    from botcafe.llm.providers.prices import cost_usd
    from botcafe.llm.wire.transport import close_sessions

    request = ChatRequest(model=step.model, messages=tuple(messages), max_tokens=ANSWER_TOKENS, temperature=TEMPERATURE)
    text, usage = "", None
    stream = call.backend.stream(request)
    try:
        async for event in stream:
            if isinstance(event, TextDelta):
                text += event.text[: MAX_ANSWER_CHARACTERS - len(text)]
            elif isinstance(event, Usage):
                usage = event
    finally:
        await stream.aclose()
        await close_sessions()
    guess = Usage(estimate_message_tokens(messages), estimate_tokens(text), estimated=True)
    used = usage if usage is not None and not usage.estimated else guess
    price = cost_usd(step.provider, step.model, used.input_tokens, used.output_tokens)
    return ModelAnswer(text, step, used.input_tokens + used.output_tokens, price, used.estimated)


def enter_in_ledger(user_id: int, name: str, told: ModelAnswer) -> None:
    """Enter what background work has used; ``name`` is taken once. Raises IntegrityError where it was."""
    enter_reply(
        user_id,
        name,
        kind="summary",
        tokens=told.tokens,
        provider=told.step.provider,
        model=told.step.model,
        cost_usd=told.cost_usd,
        is_estimated=told.is_estimated,
        is_own_key=True,
    )
