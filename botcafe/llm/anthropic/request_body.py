"""The body of a call to Anthropic's Messages API, and which part of it a model has refused."""

import re
from base64 import b64encode
from collections.abc import Mapping

from botcafe.kit.json_types import JsonObject, JsonValue, object_or_empty, objects_in
from botcafe.llm.openai.request_body import refused_option as refused_by_name
from botcafe.llm.protocol import ChatRequest, ImagePart
from botcafe.llm.providers.options import RESERVED_KEYS, stops_to_send
from botcafe.llm.providers.profiles import ANTHROPIC_WIRE
from botcafe.llm.wire.alternating_roles import CONTINUE_PROMPT, RoleTurn, alternate_roles

# The API requires a limit. Every model since Claude 3 allows this many.
DEFAULT_MAX_TOKENS = 4096
MAX_TEMPERATURE = 1.0
MIN_THINKING_TOKENS = 1024
THINKING_TOKENS = {"minimal": MIN_THINKING_TOKENS, "low": 2048, "medium": 8192, "high": 16384}
REPLACEMENTS = {"temperature": "", "top_p": "", "top_k": "", "stop_sequences": "", "output_config": ""}
# Refusals that are no names in the body: the last is our own name of the setting.
PREFILL = "prefill"
FIXED_THINKING = "fixed_thinking"
THINKING = "reasoning_effort"
_NO_PREFILL = re.compile(r"prefill|must end with a user message", re.IGNORECASE)


def request_body(request: ChatRequest, refused: frozenset[str] = frozenset()) -> JsonObject:
    """The JSON body of a streaming call; what is None or was refused is left out."""
    system, turns = alternate_roles(request.messages)
    if PREFILL in refused and turns[-1].role == "assistant":
        turns.append(RoleTurn("user", [CONTINUE_PROMPT]))
    options: JsonObject = {
        "max_tokens": request.max_tokens or DEFAULT_MAX_TOKENS,
        "temperature": None if request.temperature is None else min(request.temperature, MAX_TEMPERATURE),
        "top_p": request.top_p,
        "top_k": request.top_k,
        "stop_sequences": [*stops_to_send(ANTHROPIC_WIRE, request.stop)] or None,
        **_thinking_options(request, refused),
    }
    if "thinking" in options:
        # With thinking, the API takes no other sampling.
        options.update(temperature=None, top_p=None, top_k=None)
    options.update((name, value) for name, value in request.extra.items() if name not in RESERVED_KEYS[ANTHROPIC_WIRE])
    body: JsonObject = {"model": request.model, "messages": _message_rows(turns), "stream": True}
    if system:
        body["system"] = system
    body.update((name, value) for name, value in options.items() if value is not None and name not in refused)
    return body


def refused_option(status: int, error: object, body: Mapping[str, JsonValue]) -> str | None:
    """What this body holds that a 400 calls unsupported: a name in it, or one of the refusals named above."""
    if status != 400:
        return None
    text = str(error)
    if _NO_PREFILL.search(text) and objects_in(body["messages"])[-1]["role"] == "assistant":
        return PREFILL
    if "thinking" in body and "thinking" in text:
        return (
            FIXED_THINKING if "adaptive" in text and "budget_tokens" in object_or_empty(body["thinking"]) else THINKING
        )
    if "temperature" in text and "top_p" in text and "both" in text and {"temperature", "top_p"} <= body.keys():
        return "top_p"
    return refused_by_name(status, error, body, REPLACEMENTS)


def _thinking_options(request: ChatRequest, refused: frozenset[str]) -> JsonObject:
    """Extended thinking for an effort: a token budget on top of the reply, or an effort level for newer models."""
    effort = request.reasoning_effort
    if effort is None or effort == "none" or THINKING in refused:
        return {}
    if FIXED_THINKING in refused:
        level = effort if effort in ("low", "medium", "high", "max") else "low" if effort == "minimal" else "high"
        return {"thinking": {"type": "adaptive"}, "output_config": {"effort": level}}
    tokens = THINKING_TOKENS.get(effort, THINKING_TOKENS["high"])
    limit = (request.max_tokens or DEFAULT_MAX_TOKENS) + tokens
    return {"max_tokens": limit, "thinking": {"type": "enabled", "budget_tokens": tokens}}


def _message_rows(turns: list[RoleTurn]) -> list[JsonValue]:
    last = turns[-1].parts[-1]
    if turns[-1].role == "assistant" and isinstance(last, str):
        # The API answers 400 where a text to be continued ends in white space.
        turns[-1].parts[-1] = last.rstrip()
    return [{"role": turn.role, "content": list(map(_content_block, turn.parts))} for turn in turns]


def _content_block(part: str | ImagePart) -> JsonObject:
    if isinstance(part, str):
        return {"type": "text", "text": part}
    data = b64encode(part.data).decode("ascii")
    return {"type": "image", "source": {"type": "base64", "media_type": part.media_type, "data": data}}
