"""An imported chat and its messages, independent of the app that wrote them."""

from dataclasses import dataclass, field
from typing import Final

from botcafe.formats.errors import FormatError
from botcafe.formats.import_notes import ImportNotes
from botcafe.formats.limits import MAX_MESSAGES, MAX_SWIPES
from botcafe.kit.json_types import JsonObject, JsonValue

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
    raw: JsonObject = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ImportedChat:
    """A chat, oldest message first. An absent name is "".

    `has_greeting` is False where the app keeps the greeting with the character: greeting number `greeting` (0 = first_mes)
    came before the messages. `header` is the JSON of the chat as a whole. `warnings` are sentences for people about
    skips and repairs; `skipped` counts messages.
    """

    kind: str
    title: str = ""
    user_name: str = ""
    character_name: str = ""
    messages: tuple[ImportedMessage, ...] = ()
    created_at: str | None = None
    scenario: str = ""
    note: JsonObject = field(default_factory=dict)
    """An author's note: `{text, depth, role, every}`."""
    has_greeting: bool = True
    greeting: int = 0
    header: JsonObject = field(default_factory=dict)
    warnings: tuple[str, ...] = ()
    skipped: int = 0
    parents: tuple[int | None, ...] = ()
    """For a chat with branches, the position of each message's parent, which comes before it; else empty: a single branch."""
    leaf: int | None = None
    """For a chat with branches, the position of the message where the shown one ends."""
    source_id: str = ""
    """The id of the chat in the program that it comes from."""
    is_with_assistant: bool = False
    """Whether who answers is an assistant without a character of its own."""


def clean_speaker_name(name: JsonValue, fallback: str = "") -> str:
    """A name in one line of at most MAX_NAME characters, or `fallback` for anything that is no name."""
    return " ".join(str(name).split())[:MAX_NAME] if isinstance(name, str) and name.strip() else fallback


def check_message_count(count: int) -> None:
    """Raise FormatError `too_large` for a chat with more than MAX_MESSAGES."""
    if count > MAX_MESSAGES:
        raise FormatError("too_large", f"The chat has {count} messages; at most {MAX_MESSAGES} are read.")


def bounded_swipes(
    text: str, swipes: list[str], shown: int, notes: ImportNotes, where: str
) -> tuple[tuple[str, ...], int]:
    """At most MAX_SWIPES alternatives and the index of `text` among them; `text` is added if it is missing."""
    found = swipes[:MAX_SWIPES]
    if len(swipes) > MAX_SWIPES:
        notes.add(where, f"there are {len(swipes)} alternatives; the first {MAX_SWIPES} were read.")
    if not found:
        return (text,), 0
    shown = min(max(shown, 0), len(found) - 1)
    if found[shown] != text:
        if text in found:
            return tuple(found), found.index(text)
        # Some apps write an edit to the message but not to the list: keep both texts.
        return (*found, text), len(found)
    return tuple(found), shown
