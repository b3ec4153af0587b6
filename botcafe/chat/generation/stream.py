"""One streaming reply, and the call of its route's steps in turn until one answers."""

import asyncio
import threading
import time
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from django.db import transaction

from botcafe.areas.companions.turns.commit import Generation
from botcafe.areas.companions.turns.generations import mark_step
from botcafe.areas.companions.turns.outcome import Outcome, RouteHop, SentPrompt
from botcafe.areas.keys.unlocking import NO_UNLOCKED_KEYS, UnlockedKeys
from botcafe.chat.generation.harm_watch import HarmWatch
from botcafe.chat.generation.journal import ReplyJournal
from botcafe.chat.generation.prepare import PreparedReply
from botcafe.chat.generation.route import OpenCall, RouteStep, build_chat_request, open_call, record_failed_attempt
from botcafe.chat.generation.word_mask import WordMask
from botcafe.cms.schema.errors import ApiError
from botcafe.kit.json_types import JsonObject
from botcafe.kit.telemetry.metrics import Histogram
from botcafe.llm.errors import AuthError, HarmfulReplyError, ModelError, ProviderError, UnknownModelError
from botcafe.llm.protocol import ReasoningDelta, StreamEnd, TextDelta, Usage
from botcafe.llm.tokens import estimate_tokens
from botcafe.llm.wire.think_tags import split_unopened_thinking

ADDED = Histogram("botcafe_reply_added_seconds", "From the start of a reply to the call of its provider: what we add.")
FIRST_TOKEN = Histogram("botcafe_reply_first_token_seconds", "From the start of a reply to its first text.")
RUNNING_STATES = ("queued", "streaming")
# No provider answers with more; a usage above these is a mistake of its server and would ruin the counters.
MAX_REPORTED_TOKENS = 50_000_000
MAX_REASONING_TOKENS = 500_000
MAX_REPLY_CHARACTERS = 2_000_000
PART_CHARACTERS = 16_384
CUT_NOTE = f"The reply was cut here: no message is longer than {MAX_REPLY_CHARACTERS:,} characters."
MAX_HOP_REASON_CHARACTERS = 500
RunInDatabase = Callable[..., Awaitable[Any]]


@dataclass(eq=False)
class StreamingReply:
    """A reply while it is written. ``text`` only grows; ``changed`` is set whenever there is more.

    ``existing_text`` is what a continued message had before, ``stored`` the lengths of text and reasoning that the
    database has, ``started`` and ``first_token`` are readings of the monotonic clock in seconds.
    """

    id: int
    message_id: int = 0
    user_id: int = 0
    attempt: int = 1
    text: str = ""
    existing_text: str = ""
    reasoning: str = ""
    row: Generation | None = field(default=None, repr=False)
    state: str = "queued"
    error: str = ""
    stored: tuple[int, int] = (0, 0)
    usage: Usage | None = None
    finish_reason: str = ""
    step: RouteStep | None = None
    prepared: PreparedReply | None = None
    hops: list[RouteHop] = field(default_factory=list)
    trace: JsonObject | None = None
    unlocked: UnlockedKeys = field(default=NO_UNLOCKED_KEYS, repr=False)
    call: OpenCall | None = None
    started: float = field(default_factory=time.monotonic)
    first_token: float | None = None
    is_cut: bool = False
    is_spooled: bool = False
    # Held while the row is told which step the reply has come to, so that an older word does not come last.
    step_lock: threading.Lock = field(default_factory=threading.Lock, repr=False)
    # Where a killed process leaves the words; a completion over ``/v1`` has none.
    journal: ReplyJournal | None = field(default=None, repr=False)
    # The words that the person does not want to see, in the text and in the thinking.
    mask: WordMask = field(default_factory=lambda: WordMask(()), repr=False)
    reasoning_mask: WordMask = field(default_factory=lambda: WordMask(()), repr=False)
    task: asyncio.Task[None] | None = None
    changed: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def generation(self) -> Generation:
        """The row of a reply in a chat; a completion over ``/v1`` has none."""
        if self.row is None:
            raise RuntimeError("this reply belongs to no chat")
        return self.row

    @property
    def is_over(self) -> bool:
        """True once it has ended, however."""
        return self.state not in RUNNING_STATES

    @property
    def length(self) -> tuple[int, int]:
        """The characters of text and of reasoning so far."""
        return len(self.text), len(self.reasoning)

    def notify_watchers(self) -> None:
        """Wake everyone who follows this reply."""
        self.changed.set()
        self.changed = asyncio.Event()

    def receive(self, event: object) -> None:
        """Take one event of the provider's stream."""
        if isinstance(event, TextDelta):
            self._append_text(self.mask.feed(event.text))
        elif isinstance(event, ReasoningDelta):
            self._append_reasoning(self.reasoning_mask.feed(event.text))
        elif isinstance(event, Usage):
            self.usage = event
        elif isinstance(event, StreamEnd):
            self.finish_reason = event.finish_reason
            self.release_held()
            self._move_unopened_thinking()

    def _move_unopened_thinking(self) -> None:
        """Some servers keep the opening tag of the thinking, so that it can be told from the text at the end alone."""
        added = self.text.removeprefix(self.existing_text)
        thinking, spoken = split_unopened_thinking(added)
        if spoken != added:
            self.reasoning = "\n\n".join(filter(None, (self.reasoning, thinking)))
            self.text = self.existing_text + join_continuation(self.existing_text, spoken)

    def hide_words(self, words: Iterable[str]) -> None:
        """Hide words in all that is written from here on."""
        chosen = tuple(words)
        self.mask, self.reasoning_mask = WordMask(chosen), WordMask(chosen)

    def release_held(self) -> None:
        """Show what was held back because a word to hide might have followed."""
        self._append_text(self.mask.finish())
        self._append_reasoning(self.reasoning_mask.finish())

    def cut_at(self, place: int) -> None:
        """Take out what was said from a place on, and what was held back behind it."""
        self.mask.finish()
        self.text = self.text[:place].rstrip()

    def _append_reasoning(self, more: str) -> None:
        room = MAX_REPLY_CHARACTERS - len(self.reasoning)
        self.is_cut = self.is_cut or len(more) > room
        self.reasoning += more[:room]
        self.notify_watchers()

    def _append_text(self, more: str) -> None:
        if not more:
            return
        if self.first_token is None:
            self.first_token = time.monotonic()
            FIRST_TOKEN.observe(self.first_token - self.started)
            more = join_continuation(self.text, more)
        room = MAX_REPLY_CHARACTERS - len(self.text)
        self.is_cut = self.is_cut or len(more) > room
        if self.journal is not None:
            self.journal.append(more[:room])
        self.text += more[:room]
        self.notify_watchers()


def join_continuation(existing_text: str, more: str) -> str:
    """The start of a continuation, with a space where the existing text had ended a sentence and none within a word."""
    has_ended = existing_text[-1:] in '.!?…"”’*)»' if existing_text else False
    return f" {more}" if has_ended and more[:1].isalnum() else more


async def stream_reply(reply: StreamingReply, prepared: PreparedReply, run_in_database: RunInDatabase) -> None:
    """Call the steps of the route in turn until one answers; each failed one is kept as a hop with its reason.

    Raises the last ModelError or ApiError.
    """
    for step, following in zip(prepared.steps, [*prepared.steps[1:], None], strict=True):
        reply.step = step
        started = time.monotonic()
        try:
            if reply.call is None:
                await run_in_database(_open_call, reply, prepared, step)
            if reply.call is not None:
                await _stream_call(reply, prepared, step, reply.call)
            return
        except (ModelError, ApiError) as error:
            # Once text has come there is no other step: a second answer would be appended to half of the first.
            is_begun = len(reply.text) > len(reply.existing_text) or isinstance(error, HarmfulReplyError)
            if is_begun or following is None:
                raise
            reason = describe_error(error)[:MAX_HOP_REASON_CHARACTERS]
            reply.hops.append(RouteHop(step.provider, step.model, reason))
            reply.reasoning = ""
            reply.notify_watchers()
            await run_in_database(_leave_step, reply, prepared, following, time.monotonic() - started)


def describe_error(error: ModelError | ApiError) -> str:
    """Why a call failed, for the owner of its key: our words, and the provider's own where ours only name a status."""
    words = str(getattr(error, "message", "") or error)
    detail = error.detail if isinstance(error, ProviderError | UnknownModelError | AuthError) else ""
    # A 401 quotes the key in some providers' answers; an HTML page of a proxy tells nobody anything.
    is_quoted = bool(detail) and not detail.startswith("<")
    is_quoted = is_quoted and not (isinstance(error, AuthError) and error.status == 401)
    return f"{words} It says: “{detail}”" if is_quoted else words


def _open_call(reply: StreamingReply, prepared: PreparedReply, step: RouteStep) -> None:
    # Set in the database thread: a stop that comes before this function returns still finds and ends the reservation.
    number = reply.row.pk if reply.row else None
    reply.call = open_call(prepared.context, step, prepared.allowance_tokens, reply.unlocked, number)


def _leave_step(reply: StreamingReply, prepared: PreparedReply, following: RouteStep, seconds: float) -> None:
    """Count the step that failed, and store the one that follows, in one transaction."""
    with reply.step_lock, transaction.atomic():
        if reply.call is not None and reply.step is not None:
            record_failed_attempt(reply.step, reply.call, seconds)
        if reply.row is not None:
            sent = SentPrompt(following.provider, following.model, [], prepared.settings_as_json(following))
            mark_step(reply.row, sent, tuple(reply.hops))
        reply.step, reply.call = following, None


async def _stream_call(reply: StreamingReply, prepared: PreparedReply, step: RouteStep, call: OpenCall) -> None:
    reply.state = "streaming"
    reply.notify_watchers()
    request = build_chat_request(prepared.context, step, prepared.prompt.messages, prepared.reply_tokens)
    if not reply.hops:
        ADDED.observe(time.monotonic() - reply.started)
    stream = call.backend.stream(request)
    watch = HarmWatch(reply.existing_text)
    try:
        async for event in stream:
            await _receive_in_parts(reply, event)
            await _stop_harm(reply, watch)
            # Nothing more is kept: an endpoint that goes on for ever must not be read for ever.
            if reply.is_cut:
                break
    finally:
        reply.release_held()
        await stream.aclose()
    await _stop_harm(reply, watch, is_over=True)
    reply.state = "complete"


async def _receive_in_parts(reply: StreamingReply, event: object) -> None:
    """Take an event; one of megabytes in parts, so that nobody else waits for its words to be looked through."""
    if not isinstance(event, TextDelta | ReasoningDelta) or len(event.text) <= PART_CHARACTERS:
        reply.receive(event)
        return
    for start in range(0, min(len(event.text), MAX_REPLY_CHARACTERS + 1), PART_CHARACTERS):
        reply.receive(replace(event, text=event.text[start : start + PART_CHARACTERS]))
        await asyncio.sleep(0)


async def _stop_harm(reply: StreamingReply, watch: HarmWatch, *, is_over: bool = False) -> None:
    """Cut what urges the person to harm themselves, with all that follows it. Raises HarmfulReplyError."""
    place = await watch.look(reply.text, is_over=is_over)
    if place is not None:
        reply.cut_at(place)
        raise HarmfulReplyError


def build_outcome(reply: StreamingReply) -> Outcome:
    """How a reply ended, with the usage that the provider reported as far as it is plausible."""
    usage = plausible_usage(reply)
    step = reply.step or RouteStep("", "")
    now = time.monotonic()
    return Outcome(
        state=reply.state,
        text=reply.text,
        reasoning=reply.reasoning,
        finish_reason="length" if reply.is_cut else reply.finish_reason,
        error=reply.error or (CUT_NOTE if reply.is_cut else ""),
        provider=step.provider,
        model=step.model,
        key_id=step.key_id,
        input_tokens=usage.input_tokens,
        output_tokens=usage.output_tokens,
        is_estimated=usage.estimated,
        cost_usd=_cost_usd(step, usage) if reply.call else 0.0,
        milliseconds=int((now - reply.started) * 1000),
        first_token_ms=int((reply.first_token - reply.started) * 1000) if reply.first_token else None,
        hops=tuple(asdict(hop) for hop in reply.hops),
        reservation=reply.call.reservation if reply.call else None,
        was_called=reply.call is not None,
    )


def plausible_usage(reply: StreamingReply) -> Usage:
    """The provider's usage where it is plausible, else our estimate, marked as one."""
    written = reply.text.removeprefix(reply.existing_text) + reply.reasoning
    was_read = bool(written or reply.finish_reason)
    sent_tokens = reply.prepared.prompt.tokens if reply.prepared and was_read else 0
    estimate = Usage(sent_tokens, estimate_tokens(written), estimated=True)
    reported = reply.usage
    if reported is None or reported.estimated or not _is_plausible(reported, written, reply.prepared):
        return estimate
    return reported


def _is_plausible(reported: Usage, written: str, prepared: PreparedReply | None) -> bool:
    counts = (reported.input_tokens, reported.output_tokens)
    if not all(isinstance(count, int) and 0 <= count <= MAX_REPORTED_TOKENS for count in counts):
        return False
    # Tokens of a text: generously above any tokenizer's count of it, or what the call was allowed to write.
    max_visible = max(64 + 20 * max(1, len(written)), prepared.reply_tokens if prepared else 0)
    is_near = reported.output_tokens - reported.thinking_tokens <= max_visible
    is_counted = bool(reported.output_tokens or not written)
    return is_near and is_counted and reported.thinking_tokens <= MAX_REASONING_TOKENS


def _cost_usd(step: RouteStep, usage: Usage) -> float | None:
    if step.key_id is None:
        return 0.0 if step.provider else None
    from botcafe.llm.providers.prices import cost_usd  # its tables take a while to load, and start-up is without them

    return cost_usd(step.provider, step.model, usage.input_tokens, usage.output_tokens)
