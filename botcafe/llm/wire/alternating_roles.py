"""Messages for the wires that want one system text and then user and assistant in turn, the user first."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from botcafe.llm.protocol import ChatMessage, ImagePart

OPENING_PROMPT = "(The conversation begins.)"
CONTINUE_PROMPT = "(Go on from exactly where your last message stops, without repeating any of it.)"


@dataclass(slots=True)
class RoleTurn:
    """What one side says until the other speaks; `role` is `user` or `assistant`, parts are never empty."""

    role: str
    parts: list[str | ImagePart] = field(default_factory=list)


def alternate_roles(messages: Iterable[ChatMessage]) -> tuple[str, list[RoleTurn]]:
    """The system text, and at least one turn, the first of which is the user's.

    System messages at the start are the system text; later ones keep their place and are the user's, as are pictures
    of others. Neighbours of one role become one turn; empty messages are left out.
    """
    system: list[str] = []
    turns: list[RoleTurn] = []
    for message in messages:
        if message.role == "system" and not turns:
            system.append(message.content)
            parts: list[str | ImagePart] = []
        else:
            parts = [message.content]
        _append_parts(turns, "assistant" if message.role == "assistant" else "user", parts)
        _append_parts(turns, "user", list(message.images))
    if not turns or turns[0].role != "user":
        turns.insert(0, RoleTurn("user", [OPENING_PROMPT]))
    return "\n\n".join(text for text in system if text.strip()), turns


def _append_parts(turns: list[RoleTurn], role: str, parts: list[str | ImagePart]) -> None:
    parts = [part for part in parts if isinstance(part, ImagePart) or part.strip()]
    if not parts:
        return
    if not turns or turns[-1].role != role:
        turns.append(RoleTurn(role))
    turns[-1].parts += parts
