"""One question to a model, apart from any reply: for work in the background, with the user's own keys."""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass

from botcafe.areas.billing.ledger import record_model_call
from botcafe.areas.companions.turns.turn_context import TurnContext
from botcafe.areas.keys.quotas import record_use
from botcafe.areas.keys.unlocking import NO_UNLOCKED_KEYS
from botcafe.chat.generation.route import OpenCall, RouteStep, open_call, resolve_route
from botcafe.cms.schema.errors import ApiError
from botcafe.llm.errors import ModelError
from botcafe.llm.protocol import ChatMessage, ChatRequest, TextDelta, Usage
from botcafe.llm.tokens import estimate_message_tokens, estimate_tokens

ANSWER_TOKENS = 900
MAX_ANSWER_CHARACTERS = 40_000
# Summaries are to be faithful, not inventive.
TEMPERATURE = 0.3


@dataclass(frozen=True, slots=True)
class ModelAnswer:
    """What a model answered, and what that took. ``cost_usd`` None: not known."""

    text: str
    step: RouteStep
    tokens: int
    cost_usd: float | None
    is_estimated: bool


@dataclass(frozen=True, slots=True)
class AnswerAttempt:
    """The answer, or why there is none; neither where no key is set up."""

    answer: ModelAnswer | None = None
    problem: str = ""


def ask_once(context: TurnContext, messages: Sequence[ChatMessage]) -> AnswerAttempt:
    """Ask the keys of the route in turn until one answers; what a call used is counted on its key."""
    try:
        steps = [step for step in resolve_route(context) if step.key_id is not None]
    except ApiError as error:
        return AnswerAttempt(problem=error.message)
    attempt = AnswerAttempt()
    for step in steps:
        attempt = _try_step(context, step, messages)
        if attempt.answer is not None:
            break
    return attempt


def _try_step(context: TurnContext, step: RouteStep, messages: Sequence[ChatMessage]) -> AnswerAttempt:
    try:
        # Keys under a passphrase stay shut: nobody is signed in here.
        call = open_call(context, step, estimate_message_tokens(messages) + ANSWER_TOKENS, NO_UNLOCKED_KEYS)
    except ApiError as error:
        return AnswerAttempt(problem=error.message)
    started, attempt = time.monotonic(), AnswerAttempt()
    try:
        attempt = AnswerAttempt(asyncio.run(_collect_answer(call, step, messages)))
    except ModelError as error:
        attempt = AnswerAttempt(problem=str(error))
    finally:
        record_use(
            step.key_id or 0,
            tokens=attempt.answer.tokens if attempt.answer else 0,
            seconds=time.monotonic() - started,
            failed=attempt.answer is None,
            reservation=call.reservation,
        )
    return attempt


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
            if len(text) >= MAX_ANSWER_CHARACTERS:
                break
    finally:
        await stream.aclose()
        # This event loop ends here; a session left open would belong to a dead loop.
        await close_sessions()
    estimate = Usage(estimate_message_tokens(messages), estimate_tokens(text), estimated=True)
    used = usage if usage is not None and not usage.estimated else estimate
    price = cost_usd(step.provider, step.model, used.input_tokens, used.output_tokens)
    return ModelAnswer(text, step, used.input_tokens + used.output_tokens, price, used.estimated)


def enter_in_ledger(user_id: int, name: str, answer: ModelAnswer) -> None:
    """Enter what background work has used; ``name`` is taken once. Raises IntegrityError where it was."""
    record_model_call(
        user_id,
        name,
        kind="summary",
        tokens=answer.tokens,
        provider=answer.step.provider,
        model=answer.step.model,
        cost_usd=answer.cost_usd,
        is_estimated=answer.is_estimated,
        is_own_key=True,
    )
