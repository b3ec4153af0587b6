"""Merging messages for wires that need one system text, then alternating roles beginning with the user."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from botcafe.llm.protocol import ChatMessage, ImagePart

OPENING_PROMPT = "(The conversation begins.)"
CONTINUE_PROMPT = "(Go on from exactly where your last message stops, without repeating any of it.)"


@dataclass(slots=True)
class RoleTurn:
    """Consecutive parts of one role, `user` or `assistant`; parts are never empty."""

    role: str
    parts: list[str | ImagePart] = field(default_factory=list)


def alternate_roles(messages: Iterable[ChatMessage]) -> tuple[str, list[RoleTurn]]:
    """The system text, and at least one turn, the first of which is the user's.

    Leading system messages form the system text; later ones become user text in place, as do pictures in messages of
    other roles. Consecutive messages of one role are merged; empty ones are dropped.
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
