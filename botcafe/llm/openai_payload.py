"""The body of an OpenAI chat call, and how it gives way to what a server does not take."""

import re
from collections import OrderedDict
from collections.abc import Mapping
from typing import Any

from botcafe.llm.protocol import ChatMessage, ChatRequest

Body = dict[str, Any]

# Options that a server may refuse by name, and what takes their place ("" for nothing).
GIVE_WAY = {
    "stream_options": "",
    "max_tokens": "max_completion_tokens",
    "temperature": "",
    "top_p": "",
    "stop": "",
}
_FIXED = frozenset({"model", "messages", "stream"})
_WIRE_NAME = re.compile(r"[A-Za-z0-9_-]{1,64}")
_UNWELCOME = re.compile(r"support|unknown|unrecogni[sz]ed|unexpected|not (allowed|permitted)|forbidden", re.IGNORECASE)
_REMEMBERED = 1024


class RefusedOptions:
    """What each server and model refused before, so that it is not asked twice. Bounded; holds no key."""

    def __init__(self) -> None:
        self._known: OrderedDict[tuple[str, str], frozenset[str]] = OrderedDict()

    def of(self, base_url: str, model: str) -> frozenset[str]:
        """Option names known to be refused there."""
        return self._known.get((base_url, model), frozenset())

    def add(self, base_url: str, model: str, option: str) -> None:
        """Remember a refusal."""
        self._known[base_url, model] = self.of(base_url, model) | {option}
        self._known.move_to_end((base_url, model))
        while len(self._known) > _REMEMBERED:
            self._known.popitem(last=False)


def request_body(request: ChatRequest, refused: frozenset[str] = frozenset()) -> Body:
    """The JSON body of a streaming call; settings that are None are left out, refused ones are replaced or dropped."""
    options: Body = {
        "max_tokens": request.max_tokens,
        "temperature": request.temperature,
        "top_p": request.top_p,
        "stop": list(request.stop) or None,
        "stream_options": {"include_usage": True},
    }
    options.update((name, value) for name, value in request.extra.items() if name not in _FIXED)
    body: Body = {"model": request.model, "messages": [_message(each) for each in request.messages], "stream": True}
    for name, value in options.items():
        sent_as = GIVE_WAY.get(name, name) if name in refused else name
        if value is not None and sent_as:
            body[sent_as] = value
    return body


def refused_option(status: int, error: object, body: Mapping[str, Any]) -> str | None:
    """The option of this body that a 400 or 422 calls unsupported, or None when it complains about something else.

    `error` is the parsed answer. `stream_options` need only be named: it is ours, and nobody misses it.
    """
    if status not in (400, 422):
        return None
    text = str(error)
    named = [name for name in GIVE_WAY if name in body and re.search(rf"\b{name}\b", text)]
    if "stream_options" in named:
        return "stream_options"
    if "max_tokens" in named and GIVE_WAY["max_tokens"] in text:
        return "max_tokens"
    return next((name for name in named if name != "max_tokens" and _UNWELCOME.search(text)), None)


def _message(message: ChatMessage) -> Body:
    made: Body = {"role": message.role, "content": message.content}
    if message.name and _WIRE_NAME.fullmatch(message.name):
        made["name"] = message.name
    return made
