"""The body of a call to Google's Gemini API, and which part of it a model has refused."""

import re
from base64 import b64encode
from collections.abc import Mapping
from urllib.parse import quote

from botcafe.kit.json_types import JsonObject, JsonValue, object_or_empty, objects_in
from botcafe.llm.protocol import ChatRequest, ImagePart
from botcafe.llm.providers.options import RESERVED_KEYS, stops_to_send
from botcafe.llm.providers.profiles import GOOGLE_WIRE
from botcafe.llm.wire.alternating_roles import CONTINUE_PROMPT, RoleTurn, alternate_roles

THINKING_TOKENS = {"none": 0, "minimal": 512, "low": 1024, "medium": 8192, "high": 24576}
THINKING_LEVELS = {"none": "minimal", "minimal": "minimal", "low": "low", "medium": "medium", "high": "high"}
# Our names, the wire's names, and how a refusal writes them; all may be dropped but the first two.
WIRE_NAMES = {
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
_NEVER_DROPPED = ("max_tokens", "stop")
_REFUSAL_PATTERNS = {
    "frequency_penalty": r"frequency.?penalty|penalty is not enabled",
    "presence_penalty": r"presence.?penalty|penalty is not enabled",
    "reasoning_effort": r"thinking",
}
_SAYS_UNSUPPORTED = re.compile(
    r"support|unknown name|not enabled|not (allowed|permitted)|cannot find field", re.IGNORECASE
)
# Refusals that are no names in the body.
NO_SYSTEM = "no_system"
PREFILL = "prefill"
_NO_SYSTEM = re.compile(r"(developer|system).?instruction is not (enabled|supported)", re.IGNORECASE)
_NO_PREFILL = re.compile(r"end with a user role", re.IGNORECASE)
_HAS_THINKING_LEVELS = re.compile(r"gemini-(?!2\.|1\.)\d")


def request_path(model: str) -> str:
    """The path of a streaming call for a model, however its name is written."""
    return f"models/{quote(model.removeprefix('models/'), safe='')}:streamGenerateContent?alt=sse"


def request_body(request: ChatRequest, refused: frozenset[str] = frozenset()) -> JsonObject:
    """The JSON body; settings that are None or were refused (under our names) are left out."""
    system, turns = alternate_roles(request.messages)
    if PREFILL in refused and turns[-1].role == "assistant":
        turns.append(RoleTurn("user", [CONTINUE_PROMPT]))
    if system and NO_SYSTEM in refused:
        turns[0].parts.insert(0, system)
        system = ""
    wanted = {name: getattr(request, name) for name in WIRE_NAMES}
    wanted["stop"] = stops_to_send(GOOGLE_WIRE, request.stop) or None
    wanted["reasoning_effort"] = _thinking_config(request)
    settings = {WIRE_NAMES[name]: value for name, value in wanted.items() if value is not None and name not in refused}
    contents: list[JsonValue] = [_content_of_turn(each) for each in turns]
    body: JsonObject = {"contents": contents}
    if system:
        body["systemInstruction"] = {"parts": [{"text": system}]}
    extra = {
        name: value
        for name, value in request.extra.items()
        if name not in RESERVED_KEYS[GOOGLE_WIRE] and value is not None
    }
    # `extra` may add single sampling options, so its generationConfig joins ours instead of replacing it.
    settings.update(object_or_empty(extra.pop("generationConfig", None)))
    if settings:
        body["generationConfig"] = settings
    return {**body, **extra}


def refused_option(status: int, error: object, body: Mapping[str, JsonValue]) -> str | None:
    """Our name of the setting that a 400 calls unsupported, or `NO_SYSTEM` (as Gemma says) or `PREFILL`.

    None when it complains about something else.
    """
    text = str(error)
    if status == 400 and "systemInstruction" in body and _NO_SYSTEM.search(text):
        return NO_SYSTEM
    if status == 400 and objects_in(body["contents"])[-1]["role"] == "model" and _NO_PREFILL.search(text):
        return PREFILL
    if status != 400 or not _SAYS_UNSUPPORTED.search(text):
        return None
    sent = object_or_empty(body.get("generationConfig"))
    for name, wire_name in WIRE_NAMES.items():
        pattern = _REFUSAL_PATTERNS.get(name, rf"\b({name}|{wire_name})\b")
        if name not in _NEVER_DROPPED and wire_name in sent and re.search(pattern, text, re.IGNORECASE):
            return name
    return None


def _thinking_config(request: ChatRequest) -> JsonObject | None:
    """The `thinkingConfig` of an effort: a level since Gemini 3, a number of tokens before."""
    effort = request.reasoning_effort
    if effort is None:
        return None
    if _HAS_THINKING_LEVELS.search(request.model):
        return {"includeThoughts": effort != "none", "thinkingLevel": THINKING_LEVELS.get(effort, "high")}
    return {"includeThoughts": effort != "none", "thinkingBudget": THINKING_TOKENS.get(effort, 24576)}


def _content_of_turn(turn: RoleTurn) -> JsonObject:
    role = "model" if turn.role == "assistant" else "user"
    return {"role": role, "parts": [_content_part(part) for part in turn.parts]}


def _content_part(part: str | ImagePart) -> JsonObject:
    if isinstance(part, str):
        return {"text": part}
    return {"inlineData": {"mimeType": part.media_type, "data": b64encode(part.data).decode("ascii")}}
