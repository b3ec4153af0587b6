"""A chat on its way in, whichever program wrote it."""

from dataclasses import dataclass, field
from typing import Any, Final

from botcafe.formats.errors import FormatError
from botcafe.formats.import_notes import ImportNotes
from botcafe.formats.limits import MAX_MESSAGES, MAX_SWIPES

MAX_NAME: Final = 200


@dataclass(frozen=True, slots=True)
class ImportedMessage:
    """One message. `text` is the shown one of `swipes` (all alternatives, at least this one).

    `sent_at` is an instant in UTC such as `2026-01-31T12:00:00.000Z`, or None where the file does not say. `raw` is the
    message as the file has it.
    """

    name: str
    is_user: bool
    text: str
    is_hidden: bool = False
    swipes: tuple[str, ...] = ()
    shown: int = 0
    sent_at: str | None = None
    reasoning: str = ""
    model: str = ""
    avatar: str = ""
    raw: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ImportedChat:
    """A chat, oldest message first. An absent name is "".

    `has_greeting` is False where the program keeps the greeting with the character: it stood first, as number
    `greeting` (0 = the usual one). `header` is what the file says about the chat as a whole. `warnings` tell in plain
    words what was skipped or repaired, `skipped` how many messages were.
    """

    kind: str
    title: str = ""
    user_name: str = ""
    character_name: str = ""
    messages: tuple[ImportedMessage, ...] = ()
    created_at: str | None = None
    scenario: str = ""
    note: dict[str, Any] = field(default_factory=dict)
    """An author's note: `{text, depth, role, every}`."""
    has_greeting: bool = True
    greeting: int = 0
    header: dict[str, Any] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()
    skipped: int = 0


def one_of(name: Any, fallback: str = "") -> str:
    """A name in one line."""
    return " ".join(str(name).split())[:MAX_NAME] if isinstance(name, str) and name.strip() else fallback


def check_count(count: int) -> None:
    """Refuse a chat that is far too long with FormatError `too_large`."""
    if count > MAX_MESSAGES:
        raise FormatError("too_large", f"The chat has {count} messages; at most {MAX_MESSAGES} are read.")


def with_swipes(
    text: str, swipes: list[str], shown: int, notes: ImportNotes, where: str
) -> tuple[tuple[str, ...], int]:
    """All alternatives and which of them is `text`, which counts where the two differ."""
    found = swipes[:MAX_SWIPES]
    if len(swipes) > MAX_SWIPES:
        notes.add(where, f"there are {len(swipes)} alternatives; the first {MAX_SWIPES} were read.")
    if not found:
        return (text,), 0
    shown = min(max(shown, 0), len(found) - 1)
    if found[shown] != text:
        if text in found:
            return tuple(found), found.index(text)
        # An edit that the program did not write into the list: no word of either is lost.
        return (*found, text), len(found)
    return tuple(found), shown
