"""The body of an OpenAI chat call, and how it gives way to what a server does not take."""

import re
from base64 import b64encode
from collections.abc import Iterator, Mapping
from typing import Any

from botcafe.llm.protocol import ChatMessage, ChatRequest, ImagePart
from botcafe.llm.providers.options import known_to
from botcafe.llm.wire.alternating_roles import CONTINUE_PROMPT, RoleTurn, alternate_roles

Body = dict[str, Any]

# Options that a server may refuse by name, and what takes their place ("" for nothing).
GIVE_WAY = {
    "stream_options": "",
    "max_tokens": "max_completion_tokens",
    "temperature": "",
    "top_p": "",
    "top_k": "",
    "min_p": "",
    "frequency_penalty": "",
    "presence_penalty": "",
    "repetition_penalty": "",
    "repeat_penalty": "",
    "seed": "",
    "reasoning_effort": "",
    "stop": "",
}
# Refusals that are no names in the body: messages that are not in turn, and a system message at all.
IN_TURN = "in_turn"
NO_SYSTEM = "no_system"
_ROLES = re.compile(
    r"alternat|message_order|last (role|message)|unexpected role|interleave|successive user"
    r"|system messages? (must|should) be|must be (from )?(a |the )?user",
    re.IGNORECASE,
)
_SYSTEM = re.compile(r"system (role|message|prompt)s? (is |are )?not (supported|allowed)|system' role", re.IGNORECASE)
# What a provider calls a setting where it is not the usual name.
_OTHER_NAMES = {"mistral": {"seed": "random_seed"}}
_FIXED = frozenset({"model", "messages", "stream"})
_WIRE_NAME = re.compile(r"[A-Za-z0-9_-]{1,64}")
_UNWELCOME = re.compile(
    r"support|unknown|unrecogni[sz]ed|unexpected|not (allowed|permitted)|extra inputs|forbidden|deprecated",
    re.IGNORECASE,
)


def request_body(request: ChatRequest, refused: frozenset[str] = frozenset(), provider: str = "custom") -> Body:
    """The JSON body of a streaming call.

    Settings that are None or that the provider does not know are left out, refused ones are replaced or dropped. For a
    server that insists on turns, or takes no system message, the messages are brought into that order.
    """
    known, names = known_to(provider), _OTHER_NAMES.get(provider, {})
    options: Body = {
        "max_tokens": request.max_tokens,
        **{names.get(name, name): getattr(request, name) for name in GIVE_WAY if name in known},
        # llama.cpp and LM Studio know the same under another name, and servers pass over what they do not know.
        "repeat_penalty": request.repetition_penalty if provider == "custom" else None,
        "stop": list(request.stop) or None,
        "stream_options": {"include_usage": True},
    }
    options.update((name, value) for name, value in request.extra.items() if name not in _FIXED)
    messages = _in_turn(request.messages, refused) if refused & {IN_TURN, NO_SYSTEM} else request.messages
    body: Body = {"model": request.model, "messages": list(_messages(messages)), "stream": True}
    for name, value in options.items():
        sent_as = GIVE_WAY.get(name, name) if name in refused else name
        if value is not None and sent_as:
            body[sent_as] = value
    return body


def refused_option(
    status: int, error: object, body: Mapping[str, Any], give_way: Mapping[str, str] = GIVE_WAY
) -> str | None:
    """The option of this body that a 400 or 422 calls unsupported, or None when it complains about something else.

    `error` is the parsed answer. `stream_options` need only be named: it is ours, and nobody misses it.
    """
    if status not in (400, 422):
        return None
    text = str(error)
    named = [name for name in give_way if name in body and re.search(rf"\b{name}\b", text)]
    if "stream_options" in named:
        return "stream_options"
    if "max_tokens" in named and give_way["max_tokens"] and give_way["max_tokens"] in text:
        return "max_tokens"
    return next((name for name in named if name != "max_tokens" and _UNWELCOME.search(text)), None)


def refused_order(status: int, error: object, body: Mapping[str, Any]) -> str | None:
    """`IN_TURN` or `NO_SYSTEM` where a server's template or rule refuses the roles of the messages, else None.

    Local servers tell so with 500, when the template of the model gives up.
    """
    if status not in (400, 422, 500):
        return None
    text = str(error)
    if _SYSTEM.search(text) and any(message["role"] == "system" for message in body["messages"]):
        return NO_SYSTEM
    return IN_TURN if _ROLES.search(text) else None


def data_url(image: ImagePart) -> str:
    """The picture as an address that holds it whole."""
    return f"data:{image.kind};base64,{b64encode(image.data).decode('ascii')}"


def _in_turn(messages: tuple[ChatMessage, ...], refused: frozenset[str]) -> tuple[ChatMessage, ...]:
    """One system message, or its words before the first of the user; then user and assistant in turn, the user last."""
    system, turns = alternate_roles(messages)
    if turns[-1].role == "assistant":
        turns.append(RoleTurn("user", [CONTINUE_PROMPT]))
    if system and NO_SYSTEM in refused:
        turns[0].parts.insert(0, system)
        system = ""
    head = (ChatMessage("system", system),) if system else ()
    return (*head, *(_of_turn(turn) for turn in turns))


def _of_turn(turn: RoleTurn) -> ChatMessage:
    words = "\n\n".join(part for part in turn.parts if isinstance(part, str))
    return ChatMessage(turn.role, words, images=tuple(part for part in turn.parts if isinstance(part, ImagePart)))


def _messages(messages: tuple[ChatMessage, ...]) -> Iterator[Body]:
    """Only a user may show pictures on this wire: those of others follow in a message of the user's."""
    for message in messages:
        if not message.images:
            yield _message(message, message.content)
            continue
        pictures = [{"type": "image_url", "image_url": {"url": data_url(each)}} for each in message.images]
        words = [{"type": "text", "text": message.content}] if message.content else []
        if message.role == "user":
            yield _message(message, words + pictures)
            continue
        if message.content:
            yield _message(message, message.content)
        yield {"role": "user", "content": pictures}


def _message(message: ChatMessage, content: object) -> Body:
    made: Body = {"role": message.role, "content": content}
    if message.name and _WIRE_NAME.fullmatch(message.name):
        made["name"] = message.name
    return made
