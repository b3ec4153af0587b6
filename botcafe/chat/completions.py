"""A reply outside any chat, for ``/v1``: the caller brings the messages, the bot its definition, lore and memory."""

import asyncio
import time
import uuid
from collections.abc import AsyncGenerator
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction

from botcafe.areas.companions.bots.queries import bot_by_slug
from botcafe.areas.companions.turns.generations import count_completion
from botcafe.areas.companions.turns.prompt_messages import PromptMessage
from botcafe.areas.companions.turns.turn_context import standalone_turn_context
from botcafe.areas.wellbeing.limits import count_turn
from botcafe.areas.wellbeing.notices import Notice
from botcafe.areas.wellbeing.use_state import read_limits
from botcafe.chat.care import help_beside_refusal, notices_for
from botcafe.chat.generation.prepare import PreparedReply, prepare_reply
from botcafe.chat.generation.route import SAMPLING_TYPES
from botcafe.chat.generation.service import SERVICE
from botcafe.chat.generation.stream import StreamingReply, build_outcome, describe_error, stream_reply
from botcafe.cms.schema.actor import Actor
from botcafe.cms.schema.errors import ApiError, BadRequest, NotFound, TooMany
from botcafe.kit.instants import now
from botcafe.kit.json_types import JsonObject
from botcafe.llm.errors import ModelError, PromptTooLongError, RateLimitError

ROLES = ("system", "developer", "user", "assistant", "tool", "function")
SPEAKERS = ("user", "assistant", "tool", "function")
RANGES = {"temperature": (0, 2), "top_p": (0, 1), "frequency_penalty": (-2, 2), "presence_penalty": (-2, 2)}
MAX_SAMPLING_VALUE = 2**63 - 1
MAX_MESSAGES = 5000
MAX_TEXT_CHARACTERS = 2_000_000


class ProviderFailedError(ApiError):
    """The model did not answer; the words say why."""

    status = 502
    code = "provider_failed"


# What a caller can do something about has the status that OpenAI gives it; all else is a 502.
_FAILURES: dict[type[ModelError], type[ApiError]] = {RateLimitError: TooMany, PromptTooLongError: BadRequest}


@dataclass(frozen=True, slots=True)
class RequestMessage:
    """A message of the request, by OpenAI's roles."""

    role: str
    text: str


@dataclass(frozen=True, slots=True)
class CompletionRequest:
    """A request as it was read. ``model`` is the slug of a bot."""

    model: str
    messages: list[RequestMessage]
    sampling: dict[str, Any] = field(default_factory=dict)
    is_stream: bool = False
    has_usage: bool = False


def read_completion_request(body: object) -> CompletionRequest:
    """Read the body of ``/v1/chat/completions``. Raises BadRequest with the name of what does not fit."""
    if not isinstance(body, dict):
        raise BadRequest("The body must be a JSON object.")
    model = body.get("model")
    if not isinstance(model, str) or not model:
        raise BadRequest("model: name a bot by its slug; GET /v1/models lists them.")
    if body.get("n") not in (None, 1):
        raise BadRequest("n: one choice at a time is given here.")
    options = body.get("stream_options")
    return CompletionRequest(
        model=model,
        messages=_read_messages(body.get("messages")),
        sampling=_read_sampling(body),
        is_stream=body.get("stream") is True,
        has_usage=isinstance(options, dict) and options.get("include_usage") is True,
    )


def _read_messages(given: object) -> list[RequestMessage]:
    if not isinstance(given, list) or not 0 < len(given) <= MAX_MESSAGES:
        raise BadRequest(f"messages: give a list of 1 to {MAX_MESSAGES:,} messages.")
    messages = []
    for number, each in enumerate(given):
        if not isinstance(each, dict) or each.get("role") not in ROLES:
            raise BadRequest(f"messages[{number}].role must be one of {', '.join(ROLES)}.")
        messages.append(RequestMessage(str(each["role"]), _read_content(each.get("content"), number)))
    if sum(len(each.text) for each in messages) > MAX_TEXT_CHARACTERS:
        raise BadRequest(f"messages: at most {MAX_TEXT_CHARACTERS:,} characters in all.")
    return messages


def _read_content(given: object, number: int) -> str:
    if given is None:
        return ""
    parts = given if isinstance(given, list) else [{"type": "text", "text": given}]
    found = [part.get("text") for part in parts if isinstance(part, dict) and part.get("type") == "text"]
    texts = [text for text in found if isinstance(text, str)]
    if len(texts) != len(parts):
        raise BadRequest(f"messages[{number}].content must be text, or a list of text parts.")
    return "\n".join(texts)


def _read_sampling(body: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name in SAMPLING_TYPES:
        value = body.get(name)
        if value is None:
            continue
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise BadRequest(f"{name} must be a number.")
        least, most = RANGES.get(name, (-MAX_SAMPLING_VALUE, MAX_SAMPLING_VALUE))
        if not least <= value <= most:
            raise BadRequest(f"{name} must be a number from {least} to {most}.")
        found[name] = value
    return {**found, **_read_limits(body)}


def _read_limits(body: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    most = body.get("max_tokens") if body.get("max_completion_tokens") is None else body["max_completion_tokens"]
    if most is not None:
        if isinstance(most, bool) or not isinstance(most, int) or most < 1:
            raise BadRequest("max_tokens must be a whole number above 0.")
        found["max_tokens"] = most
    stop = body.get("stop")
    if stop is not None:
        stops = [stop] if isinstance(stop, str) else stop
        if not isinstance(stops, list) or len(stops) > 4 or not all(isinstance(each, str) for each in stops):
            raise BadRequest("stop must be a text, or a list of at most 4 texts.")
        found["stop"] = stops
    return found


def unknown_model_error(slug: str) -> NotFound:
    """The refusal of a model that is no bot of the caller's."""
    return NotFound(f"There is no bot “{slug[:100]}”, or it is not open to you. GET /v1/models lists them.")


class Completion:
    """One completion while it runs. Leaving it early closes the socket to the provider, and counts what was used."""

    def __init__(self, actor: Actor, request: CompletionRequest) -> None:
        self.actor, self.request = actor, request
        self.id = f"chatcmpl-{uuid.uuid4().hex}"
        self.created = int(time.time())
        self.reply = StreamingReply(0)
        self.bot_id = 0
        self._notices: tuple[Notice, ...] = ()

    def _prepare(self) -> PreparedReply:
        said = [each.text for each in self.request.messages if each.role == "user"]
        with help_beside_refusal(self.actor, said[-1] if said else ""):
            return self._prepare_reply(said)

    def _prepare_reply(self, said: list[str]) -> PreparedReply:
        try:
            bot = bot_by_slug(self.actor, self.request.model)
        except NotFound as error:
            raise unknown_model_error(self.request.model) from error
        self.bot_id = bot.pk
        name = self.actor.name or "User"
        spoken = [each for each in self.request.messages if each.role in SPEAKERS]
        instructions = [each.text for each in self.request.messages if each.role in {"system", "developer"}]
        history = [
            PromptMessage(number, bot.pk, bot.name, each.text, now())
            if each.role == "assistant"
            else PromptMessage(number, None, name, each.text, now())
            for number, each in enumerate(spoken)
        ]
        context = standalone_turn_context(
            self.actor, bot, history, "\n\n".join(instructions), dict(self.request.sampling)
        )
        prepared = prepare_reply(context, SERVICE.runner.token_ratios)
        # Before the model is called, and after all that may refuse the request.
        with transaction.atomic():
            count_turn(self.actor.id, said[-1] if said else None, can_notify=False)
        is_start = not any(each.role == "assistant" for each in spoken)
        self._notices = notices_for(self.actor, said[-1] if said else "", is_start=is_start)
        self.reply.hide_words(read_limits(self.actor.id or 0)[0].hide_words)
        return prepared

    async def open(self) -> None:
        """Prepare it, so that refusals come before the first byte. Raises ApiError."""
        self.reply.prepared = await SERVICE.run_in_database(self._prepare)

    async def pieces(self) -> AsyncGenerator[str]:
        """The text as it comes. Raises ApiError, ProviderFailed among them."""
        task = asyncio.get_running_loop().create_task(self._run())
        sent = 0
        try:
            while True:
                changed = self.reply.changed
                text, sent = self.reply.text[sent:], len(self.reply.text)
                if text:
                    yield text
                elif task.done():
                    break
                else:
                    waiting = asyncio.ensure_future(changed.wait())
                    try:
                        await asyncio.wait({waiting, task}, return_when=asyncio.FIRST_COMPLETED)
                    finally:
                        waiting.cancel()
            task.result()
        except ModelError as error:
            raise _FAILURES.get(type(error), ProviderFailedError)(describe_error(error)) from error
        finally:
            await self._close(task)

    async def _run(self) -> None:
        prepared = self.reply.prepared
        if prepared is None:
            raise RuntimeError("a completion is opened before it runs")
        await stream_reply(self.reply, prepared, SERVICE.run_in_database)

    async def _close(self, task: asyncio.Task[None]) -> None:
        if not task.done():
            task.cancel()
            await asyncio.wait({task})
            self.reply.state = "stopped"
        elif task.exception() is not None:
            self.reply.state = "failed"
        outcome = build_outcome(self.reply)
        await asyncio.shield(
            SERVICE.run_in_database(count_completion, self.actor.id or 0, self.bot_id, f"completion:{self.id}", outcome)
        )

    def notices(self) -> list[JsonObject]:
        """What the person is told beside the answer, once it is opened; seldom anything."""
        return [each.as_json() for each in self._notices]

    def usage(self) -> dict[str, int]:
        """Tokens, as OpenAI's clients read them."""
        outcome = build_outcome(self.reply)
        return {
            "prompt_tokens": outcome.input_tokens,
            "completion_tokens": outcome.output_tokens,
            "total_tokens": outcome.input_tokens + outcome.output_tokens,
        }

    @property
    def finish_reason(self) -> str:
        """``stop``, ``length`` or what else the provider called it."""
        return self.reply.finish_reason or "stop"
