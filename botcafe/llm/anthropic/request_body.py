"""The body of a call to Anthropic's Messages API, and how it gives way to what a model does not take."""

import re
from base64 import b64encode
from collections.abc import Mapping
from typing import Any

from botcafe.llm.openai.request_body import refused_option as refused_by_name
from botcafe.llm.protocol import ChatRequest, ImagePart
from botcafe.llm.wire.alternating_roles import CONTINUE_PROMPT, RoleTurn, alternate_roles

Body = dict[str, Any]

# The API insists on a limit. Every model since Claude 3 allows this many.
MAX_TOKENS = 4096
HOTTEST = 1.0
LEAST_THINKING = 1024
THINKING_TOKENS = {"minimal": LEAST_THINKING, "low": 2048, "medium": 8192, "high": 16384}
GIVE_WAY = {"temperature": "", "top_p": "", "top_k": "", "stop_sequences": "", "output_config": ""}
# Refusals that are no names in the body: the last is our own name of the setting.
PREFILL = "prefill"
FIXED_THINKING = "fixed_thinking"
THINKING = "reasoning_effort"
_FIXED = frozenset({"model", "messages", "system", "stream"})
_NO_PREFILL = re.compile(r"prefill|must end with a user message", re.IGNORECASE)


def request_body(request: ChatRequest, refused: frozenset[str] = frozenset()) -> Body:
    """The JSON body of a streaming call; what is None or was refused is left out."""
    system, turns = alternate_roles(request.messages)
    if PREFILL in refused and turns[-1].role == "assistant":
        turns.append(RoleTurn("user", [CONTINUE_PROMPT]))
    options: Body = {
        "max_tokens": request.max_tokens or MAX_TOKENS,
        "temperature": None if request.temperature is None else min(request.temperature, HOTTEST),
        "top_p": request.top_p,
        "top_k": request.top_k,
        "stop_sequences": [text for text in request.stop if text.strip()] or None,
        **_thinking(request, refused),
    }
    if "thinking" in options:
        # With thinking, the API takes no other sampling.
        options.update(temperature=None, top_p=None, top_k=None)
    options.update((name, value) for name, value in request.extra.items() if name not in _FIXED)
    body: Body = {"model": request.model, "messages": _messages(turns), "stream": True}
    if system:
        body["system"] = system
    body.update((name, value) for name, value in options.items() if value is not None and name not in refused)
    return body


def refused_option(status: int, error: object, body: Mapping[str, Any]) -> str | None:
    """What this body holds that a 400 calls unsupported: a name in it, or one of the refusals named above."""
    if status != 400:
        return None
    text = str(error)
    if _NO_PREFILL.search(text) and body["messages"][-1]["role"] == "assistant":
        return PREFILL
    if "thinking" in body and "thinking" in text:
        return FIXED_THINKING if "adaptive" in text and "budget_tokens" in body["thinking"] else THINKING
    if "temperature" in text and "top_p" in text and "both" in text and {"temperature", "top_p"} <= body.keys():
        return "top_p"
    return refused_by_name(status, error, body, GIVE_WAY)


def _thinking(request: ChatRequest, refused: frozenset[str]) -> Body:
    """Thinking by its effort: so many tokens beside the reply, or left to the model where it takes no number."""
    effort = request.reasoning_effort
    if effort is None or effort == "none" or THINKING in refused:
        return {}
    if FIXED_THINKING in refused:
        level = effort if effort in ("low", "medium", "high", "max") else "low" if effort == "minimal" else "high"
        return {"thinking": {"type": "adaptive"}, "output_config": {"effort": level}}
    tokens = THINKING_TOKENS.get(effort, THINKING_TOKENS["high"])
    limit = (request.max_tokens or MAX_TOKENS) + tokens
    return {"max_tokens": limit, "thinking": {"type": "enabled", "budget_tokens": tokens}}


def _messages(turns: list[RoleTurn]) -> list[Body]:
    last = turns[-1].parts[-1]
    if turns[-1].role == "assistant" and isinstance(last, str):
        # The API refuses white space at the end of words that it is to go on from.
        turns[-1].parts[-1] = last.rstrip()
    return [{"role": turn.role, "content": [_part(part) for part in turn.parts]} for turn in turns]


def _part(part: str | ImagePart) -> Body:
    if isinstance(part, str):
        return {"type": "text", "text": part}
    data = b64encode(part.data).decode("ascii")
    return {"type": "image", "source": {"type": "base64", "media_type": part.kind, "data": data}}
