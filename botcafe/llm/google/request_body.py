"""The body of a call to Google's Gemini API, and how it gives way to what a model does not take."""

import re
from base64 import b64encode
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from botcafe.llm.protocol import ChatRequest, ImagePart
from botcafe.llm.wire.alternating_roles import CONTINUE_PROMPT, RoleTurn, alternate_roles

Body = dict[str, Any]

MOST_STOPS = 5
THINKING_TOKENS = {"none": 0, "minimal": 512, "low": 1024, "medium": 8192, "high": 24576}
THINKING_LEVELS = {"none": "minimal", "minimal": "minimal", "low": "low", "medium": "medium", "high": "high"}
# Our names, the wire's names, and how a refusal writes them; all may be dropped but the first two.
NAMES = {
    "max_tokens": "maxOutputTokens",
    "stop": "stopSequences",
    "temperature": "temperature",
    "top_p": "topP",
    "top_k": "topK",
    "frequency_penalty": "frequencyPenalty",
    "presence_penalty": "presencePenalty",
    "seed": "seed",
    "reasoning_effort": "thinkingConfig",
}
_KEPT = ("max_tokens", "stop")
_FIXED = frozenset({"contents", "systemInstruction"})
_SPOKEN = {
    "frequency_penalty": r"frequency.?penalty|penalty is not enabled",
    "presence_penalty": r"presence.?penalty|penalty is not enabled",
    "reasoning_effort": r"thinking",
}
_UNWELCOME = re.compile(r"support|unknown name|not enabled|not (allowed|permitted)|cannot find field", re.IGNORECASE)
# Refusals that are no names in the body.
NO_SYSTEM = "no_system"
PREFILL = "prefill"
_NO_SYSTEM = re.compile(r"(developer|system).?instruction is not (enabled|supported)", re.IGNORECASE)
_NO_PREFILL = re.compile(r"end with a user role", re.IGNORECASE)
_NEW_THINKING = re.compile(r"gemini-(?!2\.|1\.)\d")


def request_path(model: str) -> str:
    """The path of a streaming call for a model, however its name is written."""
    return f"models/{quote(model.removeprefix('models/'), safe='')}:streamGenerateContent?alt=sse"


def request_body(request: ChatRequest, refused: frozenset[str] = frozenset()) -> Body:
    """The JSON body; settings that are None or were refused (under our names) are left out."""
    system, turns = alternate_roles(request.messages)
    if PREFILL in refused and turns[-1].role == "assistant":
        turns.append(RoleTurn("user", [CONTINUE_PROMPT]))
    if system and NO_SYSTEM in refused:
        turns[0].parts.insert(0, system)
        system = ""
    wished = {name: getattr(request, name) for name in NAMES}
    wished["stop"] = [text for text in request.stop if text][:MOST_STOPS] or None
    wished["reasoning_effort"] = _thinking(request)
    settings = {NAMES[name]: value for name, value in wished.items() if value is not None and name not in refused}
    body: Body = {"contents": [_turn(each) for each in turns]}
    if system:
        body["systemInstruction"] = {"parts": [{"text": system}]}
    extra = {name: value for name, value in request.extra.items() if name not in _FIXED and value is not None}
    more = extra.pop("generationConfig", None)
    settings.update(more if isinstance(more, dict) else {})
    if settings:
        body["generationConfig"] = settings
    return {**body, **extra}


def refused_option(status: int, error: object, body: Mapping[str, Any]) -> str | None:
    """Our name of the setting that a 400 calls unsupported, or `NO_SYSTEM` (as Gemma says) or `PREFILL`.

    None when it complains about something else.
    """
    text = str(error)
    if status == 400 and "systemInstruction" in body and _NO_SYSTEM.search(text):
        return NO_SYSTEM
    if status == 400 and body["contents"][-1]["role"] == "model" and _NO_PREFILL.search(text):
        return PREFILL
    if status != 400 or not _UNWELCOME.search(text):
        return None
    sent = body.get("generationConfig", {})
    for name, wire_name in NAMES.items():
        spoken = _SPOKEN.get(name, rf"\b({name}|{wire_name})\b")
        if name not in _KEPT and wire_name in sent and re.search(spoken, text, re.IGNORECASE):
            return name
    return None


def _thinking(request: ChatRequest) -> Body | None:
    """Thinking by its effort: a level since Gemini 3, a number of tokens before."""
    effort = request.reasoning_effort
    if effort is None:
        return None
    if _NEW_THINKING.search(request.model):
        return {"includeThoughts": effort != "none", "thinkingLevel": THINKING_LEVELS.get(effort, "high")}
    return {"includeThoughts": effort != "none", "thinkingBudget": THINKING_TOKENS.get(effort, 24576)}


def _turn(turn: RoleTurn) -> Body:
    role = "model" if turn.role == "assistant" else "user"
    return {"role": role, "parts": [_part(part) for part in turn.parts]}


def _part(part: str | ImagePart) -> Body:
    if isinstance(part, str):
        return {"text": part}
    return {"inlineData": {"mimeType": part.kind, "data": b64encode(part.data).decode("ascii")}}
