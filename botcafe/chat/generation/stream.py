"""One reply in the making: what has been written of it, and how it is asked for, step by step of its route."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from botcafe.areas.companions.chats.generations import Outcome
from botcafe.areas.keys.unlocking import NOTHING, Unlocked
from botcafe.chat.generation.prepare import PreparedReply
from botcafe.chat.generation.route import OpenCall, RouteStep, build_chat_request, open_call, record_failed_attempt
from botcafe.cms.schema.errors import ApiError
from botcafe.llm.errors import AuthError, ModelError, ProviderError, UnknownModelError
from botcafe.llm.protocol import ReasoningDelta, StreamEnd, TextDelta, Usage
from botcafe.llm.tokens import estimate_tokens
from botcafe.llm.wire.think_tags import split_unopened_thinking

RUNNING_STATES = ("queued", "streaming")
MAX_REPORTED_TOKENS = 50_000_000
MAX_REASONING_TOKENS = 500_000
MAX_REPLY_CHARACTERS = 2_000_000
RunInDatabase = Callable[..., Awaitable[Any]]


@dataclass(eq=False)
class StreamingReply:
    """``text`` only grows while it streams; ``changed`` is set whenever there is news."""

    id: int
    message_id: int = 0
    user_id: int = 0
    attempt: int = 1
    text: str = ""
    standing: str = ""
    reasoning: str = ""
    row: Any = field(default=None, repr=False)
    state: str = "queued"
    error: str = ""
    stored: tuple[int, int] = (0, 0)
    usage: Usage | None = None
    finish_reason: str = ""
    step: RouteStep | None = None
    prepared: PreparedReply | None = None
    hops: list[dict[str, str]] = field(default_factory=list)
    trace: dict[str, Any] | None = None
    unlocked: Unlocked = field(default=NOTHING, repr=False)
    call: OpenCall | None = None
    started: float = field(default_factory=time.monotonic)
    first_token: float | None = None
    task: asyncio.Task[None] | None = None
    changed: asyncio.Event = field(default_factory=asyncio.Event)

    def tell(self) -> None:
        """Wake all watchers."""
        self.changed.set()
        self.changed = asyncio.Event()

    @property
    def is_over(self) -> bool:
        """True once it has ended, however."""
        return self.state not in RUNNING_STATES

    @property
    def length(self) -> tuple[int, int]:
        """How much there is of text and of reasoning."""
        return len(self.text), len(self.reasoning)

    def take(self, event: object) -> None:
        """Take one event of the provider's stream."""
        if isinstance(event, TextDelta):
            self._grow(event.text)
        elif isinstance(event, ReasoningDelta):
            self.reasoning += event.text[: MAX_REPLY_CHARACTERS - len(self.reasoning)]
            self.tell()
        elif isinstance(event, Usage):
            self.usage = event
        elif isinstance(event, StreamEnd):
            self.finish_reason = event.finish_reason
            self._part()

    def _part(self) -> None:
        fresh = self.text.removeprefix(self.standing)
        thought, said = split_unopened_thinking(fresh)
        if said != fresh:
            self.reasoning = "\n\n".join(filter(None, (self.reasoning, thought)))
            self.text = self.standing + join_continuation(self.standing, said)

    def _grow(self, more: str) -> None:
        if not more:
            return
        if self.first_token is None:
            self.first_token = time.monotonic()
            more = join_continuation(self.text, more)
        self.text += more[: MAX_REPLY_CHARACTERS - len(self.text)]
        self.tell()


def join_continuation(standing: str, more: str) -> str:
    """The first words of a continuation: apart from a sentence that had ended, close to a word that had not."""
    ended = standing[-1:] in '.!?…"”’*)»' if standing else False
    return f" {more}" if ended and more[:1].isalnum() else more


async def stream_reply(reply: StreamingReply, prepared: PreparedReply, visit: RunInDatabase) -> None:
    """Ask the steps of the route in turn until one answers; each hop keeps its reason.

    Raises the last ModelError or ApiError. Once words have come there is no other step: they would be doubled.
    """
    for step in prepared.steps:
        reply.step = step
        reply.call = reply.call if step is prepared.steps[0] else None
        began = time.monotonic()
        try:
            allowance = prepared.packed.tokens + prepared.reply
            is_open = step is prepared.steps[0] and reply.call is not None
            if not is_open:
                await visit(_open_call, reply, prepared, step, allowance)
            if reply.call is not None:
                await _stream_call(reply, prepared, step, reply.call)
            return
        except (ModelError, ApiError) as error:
            if len(reply.text) > len(reply.standing) or step is prepared.steps[-1]:
                raise
            reply.hops.append({"provider": step.provider, "model": step.model, "reason": describe_error(error)[:500]})
            reply.reasoning = ""
            reply.tell()
            if reply.call is not None:
                await visit(record_failed_attempt, step, reply.call, time.monotonic() - began)


def describe_error(error: ModelError | ApiError) -> str:
    """Why a call failed, for the owner of its key: our words, and the provider's own where ours only name a status."""
    words = str(getattr(error, "message", "") or error)
    detail = error.detail if isinstance(error, ProviderError | UnknownModelError | AuthError) else ""
    is_told = bool(detail) and not detail.startswith("<") and not (isinstance(error, AuthError) and error.status == 401)
    return f"{words} It says: “{detail}”" if is_told else words


def _open_call(reply: StreamingReply, prepared: PreparedReply, step: RouteStep, allowance: int) -> None:
    """The call is the reply's before anybody can stop it, so that its reservation ends with the reply."""
    reply.call = open_call(prepared.material, step, allowance, reply.unlocked)


async def _stream_call(reply: StreamingReply, prepared: PreparedReply, step: RouteStep, call: OpenCall) -> None:
    reply.state = "streaming"
    reply.tell()
    stream = call.backend.stream(build_chat_request(prepared.material, step, prepared.packed.messages, prepared.reply))
    try:
        async for event in stream:
            reply.take(event)
    finally:
        await stream.aclose()
    reply.state = "complete"


def build_outcome(reply: StreamingReply) -> Outcome:
    """How it ended, with the usage that the provider told as far as that can be believed."""
    usage = plausible_usage(reply)
    step = reply.step or RouteStep("", "")
    now = time.monotonic()
    return Outcome(
        state=reply.state,
        text=reply.text,
        reasoning=reply.reasoning,
        finish_reason=reply.finish_reason,
        error=reply.error,
        provider=step.provider,
        model=step.model,
        key_id=step.key_id,
        input_tokens=usage.input_tokens,
        output_tokens=usage.output_tokens,
        is_estimated=usage.estimated,
        cost_usd=_cost_usd(step, usage) if reply.call else 0.0,
        milliseconds=int((now - reply.started) * 1000),
        first_token_ms=int((reply.first_token - reply.started) * 1000) if reply.first_token else None,
        hops=tuple(reply.hops),
        reservation=reply.call.reservation if reply.call else None,
        was_called=reply.call is not None,
    )


def plausible_usage(reply: StreamingReply) -> Usage:
    """The provider's usage where it is plausible, else our estimate, marked so."""
    written = reply.text.removeprefix(reply.standing) + reply.reasoning
    was_read = bool(written or reply.finish_reason)
    sent = reply.prepared.packed.tokens if reply.prepared and was_read else 0
    guess = Usage(sent, estimate_tokens(written), estimated=True)
    told = reply.usage
    if told is None or told.estimated:
        return guess
    is_whole = all(
        isinstance(n, int) and 0 <= n <= MAX_REPORTED_TOKENS for n in (told.input_tokens, told.output_tokens)
    )
    shown = told.output_tokens - told.thinking_tokens
    most = max(64 + 20 * max(1, len(written)), reply.prepared.reply if reply.prepared else 0)
    is_near = is_whole and shown <= most and (told.output_tokens or not written)
    is_near = is_near and told.thinking_tokens <= MAX_REASONING_TOKENS
    return told if is_near else guess


def _cost_usd(step: RouteStep, usage: Usage) -> float | None:
    if step.key_id is None:
        return 0.0 if step.provider else None
    from botcafe.llm.providers.prices import cost_usd

    return cost_usd(step.provider, step.model, usage.input_tokens, usage.output_tokens)
