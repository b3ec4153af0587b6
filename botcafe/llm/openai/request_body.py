"""The body of an OpenAI chat call, and which part of it a server has refused."""

import re
from base64 import b64encode
from collections.abc import Iterator, Mapping

from botcafe.kit.json_types import JsonObject, JsonValue, objects_in
from botcafe.llm.protocol import ChatMessage, ChatRequest, ImagePart
from botcafe.llm.providers.options import RESERVED_KEYS, stops_to_send, supported_settings
from botcafe.llm.providers.profiles import OPENAI_WIRE
from botcafe.llm.wire.alternating_roles import CONTINUE_PROMPT, RoleTurn, alternate_roles

# Options that a server may refuse by name, and what takes their place ("" for nothing).
REPLACEMENTS = {
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
ALTERNATING_ROLES = "in_turn"
NO_SYSTEM = "no_system"
_ROLE_ORDER_REFUSED = re.compile(
    r"alternat|message_order|last (role|message)|unexpected role|interleave|successive user"
    r"|system messages? (must|should) be|must be (from )?(a |the )?user",
    re.IGNORECASE,
)
_SYSTEM_REFUSED = re.compile(
    r"system (role|message|prompt)s? (is |are )?not (supported|allowed)|system' role", re.IGNORECASE
)
# What a provider calls a setting where it is not the usual name.
_PROVIDER_NAMES = {"mistral": {"seed": "random_seed"}}
_SPEAKER_NAME = re.compile(r"[A-Za-z0-9_-]{1,64}")
_SAYS_UNSUPPORTED = re.compile(
    r"support|unknown|unrecogni[sz]ed|unexpected|not (allowed|permitted)|extra inputs|forbidden|deprecated",
    re.IGNORECASE,
)


def request_body(request: ChatRequest, refused: frozenset[str] = frozenset(), provider: str = "custom") -> JsonObject:
    """The JSON body of a streaming call.

    Settings that are None or that the provider does not know are left out, refused ones are replaced or dropped. Where a
    server demands alternating roles, or takes no system message, the messages are merged into that order.
    """
    known, names = supported_settings(provider), _PROVIDER_NAMES.get(provider, {})
    options: JsonObject = {
        "max_tokens": request.max_tokens,
        **{names.get(name, name): getattr(request, name) for name in REPLACEMENTS if name in known},
        # llama.cpp and LM Studio know the same under another name, and servers pass over what they do not know.
        "repeat_penalty": request.repetition_penalty if provider == "custom" else None,
        "stop": [*stops_to_send(provider, request.stop)] or None,
        "stream_options": {"include_usage": True},
    }
    options.update((name, value) for name, value in request.extra.items() if name not in RESERVED_KEYS[OPENAI_WIRE])
    messages = (
        _alternate_messages(request.messages, refused) if refused & {ALTERNATING_ROLES, NO_SYSTEM} else request.messages
    )
    body: JsonObject = {"model": request.model, "messages": list(_message_rows(messages)), "stream": True}
    for name, value in options.items():
        sent_as = REPLACEMENTS.get(name, name) if name in refused else name
        if value is not None and sent_as:
            body[sent_as] = value
    return body


def refused_option(
    status: int, error: object, body: Mapping[str, JsonValue], replacements: Mapping[str, str] = REPLACEMENTS
) -> str | None:
    """The option of this body that a 400 or 422 calls unsupported, or None when it complains about something else.

    `error` is the parsed answer; it must name the option and say that it is unsupported.
    """
    if status not in (400, 422):
        return None
    text = str(error)
    named = [name for name in replacements if name in body and re.search(rf"\b{name}\b", text)]
    # Nobody set stream_options but us, so naming it is enough to drop it.
    if "stream_options" in named:
        return "stream_options"
    if "max_tokens" in named and replacements["max_tokens"] and replacements["max_tokens"] in text:
        return "max_tokens"
    return next((name for name in named if name != "max_tokens" and _SAYS_UNSUPPORTED.search(text)), None)


def refused_order(status: int, error: object, body: Mapping[str, JsonValue]) -> str | None:
    """`ALTERNATING_ROLES` or `NO_SYSTEM` where a server's template or rule refuses the roles of the messages, else None."""
    # llama.cpp and LM Studio answer 500 when the chat template of the model raises an error.
    if status not in (400, 422, 500):
        return None
    text = str(error)
    if _SYSTEM_REFUSED.search(text) and any(message["role"] == "system" for message in objects_in(body["messages"])):
        return NO_SYSTEM
    return ALTERNATING_ROLES if _ROLE_ORDER_REFUSED.search(text) else None


def data_url(image: ImagePart) -> str:
    """The picture as a `data:` URL."""
    return f"data:{image.media_type};base64,{b64encode(image.data).decode('ascii')}"


def _alternate_messages(messages: tuple[ChatMessage, ...], refused: frozenset[str]) -> tuple[ChatMessage, ...]:
    """One system message (or its text before the first user message), then alternating roles with the user last."""
    system, turns = alternate_roles(messages)
    if turns[-1].role == "assistant":
        turns.append(RoleTurn("user", [CONTINUE_PROMPT]))
    if system and NO_SYSTEM in refused:
        turns[0].parts.insert(0, system)
        system = ""
    system_messages = (ChatMessage("system", system),) if system else ()
    return (*system_messages, *(_message_of_turn(turn) for turn in turns))


def _message_of_turn(turn: RoleTurn) -> ChatMessage:
    text = "\n\n".join(part for part in turn.parts if isinstance(part, str))
    return ChatMessage(turn.role, text, images=tuple(part for part in turn.parts if isinstance(part, ImagePart)))


def _message_rows(messages: tuple[ChatMessage, ...]) -> Iterator[JsonObject]:
    """Only user messages may hold pictures on this wire: those of others follow in a user message."""
    for message in messages:
        if not message.images:
            yield _message_row(message, message.content)
            continue
        pictures: list[JsonValue] = [
            {"type": "image_url", "image_url": {"url": data_url(each)}} for each in message.images
        ]
        texts: list[JsonValue] = [{"type": "text", "text": message.content}] if message.content else []
        if message.role == "user":
            yield _message_row(message, texts + pictures)
            continue
        if message.content:
            yield _message_row(message, message.content)
        yield {"role": "user", "content": pictures}


def _message_row(message: ChatMessage, content: JsonValue) -> JsonObject:
    row: JsonObject = {"role": message.role, "content": content}
    if message.name and _SPEAKER_NAME.fullmatch(message.name):
        row["name"] = message.name
    return row
