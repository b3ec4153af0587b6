"""One question to a model, apart from any reply: for work in the background, on the person's own keys."""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass

from botcafe.areas.billing.ledger import enter_reply
from botcafe.areas.companions.chats.turn_context import TurnMaterial
from botcafe.areas.keys.quotas import record_use
from botcafe.areas.keys.unlocking import NOTHING
from botcafe.chat.generation.route import Call, Step, open_step, steps_of
from botcafe.cms.schema.errors import ApiError
from botcafe.llm.errors import ModelError
from botcafe.llm.protocol import ChatMessage, ChatRequest, TextDelta, Usage
from botcafe.llm.tokens import estimate_messages, estimate_tokens

ANSWER_TOKENS = 900
LONGEST_ANSWER = 40_000
COOL = 0.3


@dataclass(frozen=True, slots=True)
class Told:
    """What a model answered, and what that took. ``cost_usd`` None: not known."""

    text: str
    step: Step
    tokens: int
    cost_usd: float | None
    is_estimated: bool


def ask_once(material: TurnMaterial, messages: Sequence[ChatMessage]) -> tuple[Told | None, str]:
    """Ask the keys of the route in turn: what one answered, or None and why. Without any key there is nothing to say.

    Keys under a passphrase stay shut: nobody is signed in here. What a call used is counted on its key.
    """
    problem = ""
    try:
        steps = [step for step in steps_of(material) if step.key_id is not None]
    except ApiError as error:
        return None, error.message
    for step in steps:
        told, problem = _try(material, step, messages)
        if told is not None:
            return told, ""
    return None, problem


def _try(material: TurnMaterial, step: Step, messages: Sequence[ChatMessage]) -> tuple[Told | None, str]:
    try:
        call = open_step(material, step, estimate_messages(messages) + ANSWER_TOKENS, NOTHING)
    except ApiError as error:
        return None, error.message
    began, told, problem = time.monotonic(), None, ""
    try:
        told = asyncio.run(_collect(call, step, messages))
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


async def _collect(call: Call, step: Step, messages: Sequence[ChatMessage]) -> Told:
    from botcafe.llm.providers.prices import cost_usd
    from botcafe.llm.wire.transport import close_sessions

    request = ChatRequest(model=step.model, messages=tuple(messages), max_tokens=ANSWER_TOKENS, temperature=COOL)
    text, usage = "", None
    stream = call.backend.stream(request)
    try:
        async for event in stream:
            if isinstance(event, TextDelta):
                text += event.text[: LONGEST_ANSWER - len(text)]
            elif isinstance(event, Usage):
                usage = event
    finally:
        await stream.aclose()
        await close_sessions()
    guess = Usage(estimate_messages(messages), estimate_tokens(text), estimated=True)
    used = usage if usage is not None and not usage.estimated else guess
    price = cost_usd(step.provider, step.model, used.input_tokens, used.output_tokens)
    return Told(text, step, used.input_tokens + used.output_tokens, price, used.estimated)


def enter(user_id: int, name: str, told: Told) -> None:
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
