"""The settings of one chat as typed values, read tolerantly: over REST the columns may hold anything."""

from dataclasses import asdict, dataclass, field, replace
from typing import Any

from botcafe.areas.accounts.retention import first_day_after
from botcafe.areas.companions.collections.conversation import RETENTION_DAYS, Conversation
from botcafe.kit.json_types import JsonObject

NOTE_ROLES = ("system", "user", "assistant")
MAX_NOTE_CHARACTERS = 20_000
MAX_AUTO_TURNS = 100


@dataclass(frozen=True, slots=True)
class AuthorNote:
    """A note for the model, ``depth`` messages from the end (0: after the last), with every ``every``-th message."""

    text: str = ""
    depth: int = 4
    role: str = "system"
    every: int = 1

    def as_json(self) -> JsonObject:
        """The note as it is stored and sent."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class AutoMode:
    """Whether bots go on among themselves, with which pause, and how many turns are left.

    ``stopped_by`` is ``limit`` where the person's own limit ended it, until it is changed.
    """

    is_on: bool = False
    delay_seconds: int = 5
    turns_left: int = 10
    stopped_by: str = ""

    def as_json(self) -> JsonObject:
        """The mode as it is stored and sent."""
        mode: JsonObject = {"on": self.is_on, "delay_seconds": self.delay_seconds, "turns": self.turns_left}
        return {**mode, "stopped_by": self.stopped_by} if self.stopped_by else mode

    def after_a_turn(self) -> "AutoMode":
        """The mode with one turn less; off after the last."""
        return replace(self, turns_left=self.turns_left - 1, is_on=self.turns_left > 1)

    def switched_off(self) -> "AutoMode":
        """The same mode, off."""
        return replace(self, is_on=False)

    def stopped_by_limit(self) -> "AutoMode":
        """The same mode, off because the person has reached a limit of their own."""
        return replace(self, is_on=False, stopped_by="limit")


@dataclass(frozen=True, slots=True)
class ChatSettings:
    """Everything that is set for one chat. ``model`` is empty where the user's default answers."""

    title: str
    status: str
    tags: list[str]
    persona_id: int | None
    author_note: AuthorNote
    speaking_order: str
    auto: AutoMode
    scenario: str
    preset_id: int | None
    model: JsonObject = field(default_factory=dict)
    window_tokens: int | None = None
    reply_tokens: int | None = None
    is_temporary: bool = False
    has_memory: bool = True
    folder: str = ""
    has_file_sharing: bool = True
    retention_days: int | None = None
    retention_from: str = ""
    is_saved: bool = True

    def as_json(self) -> JsonObject:
        """The settings as the API gives them."""
        return {
            "title": self.title,
            "status": self.status,
            "tags": [*self.tags],
            "folder": self.folder or None,
            "persona": self.persona_id,
            "author_note": self.author_note.as_json(),
            "speaking_order": self.speaking_order,
            "auto": self.auto.as_json(),
            "scenario": self.scenario,
            "preset": self.preset_id,
            "model": self.model,
            "window_tokens": self.window_tokens,
            "reply_tokens": self.reply_tokens,
            "is_temporary": self.is_temporary,
            "memory": self.has_memory,
            "allow_file_sharing": self.has_file_sharing,
            "message_retention_days": self.retention_days,
            "auto_save_conversations": self.is_saved,
        }


def read_chat_settings(chat: Conversation) -> ChatSettings:
    """The settings of a chat, complete and well formed, whatever was written over REST."""
    return ChatSettings(
        title=chat.title or "",
        status=chat.status,
        tags=[str(tag) for tag in chat.conversation_metadata_tags or []],
        persona_id=chat.persona_id,
        author_note=read_author_note(chat.author_note),
        speaking_order=chat.speaking_order or "natural",
        auto=read_auto_mode(chat.auto_mode),
        scenario=chat.scene or "",
        preset_id=chat.preset_id,
        model=chat.model_choice if isinstance(chat.model_choice, dict) else {},
        window_tokens=_positive_or_none(chat.window_tokens),
        reply_tokens=_positive_or_none(chat.reply_tokens),
        is_temporary=bool(chat.is_temporary),
        has_memory=not chat.is_memory_off,
        folder=chat.folder or "",
        has_file_sharing=chat.conversation_settings_allow_file_sharing is not False,
        retention_days=_positive_or_none(getattr(chat, RETENTION_DAYS)) if chat.retention_since else None,
        retention_from=first_day_after(chat.retention_since) if chat.retention_since else "",
        is_saved=chat.conversation_settings_auto_save_conversations is not False,
    )


def read_author_note(given: object) -> AuthorNote:
    """An author's note from a column or a file; fields that do not fit take their defaults."""
    raw: dict[str, Any] = given if isinstance(given, dict) else {}
    return AuthorNote(
        text=str(raw.get("text") or "")[:MAX_NOTE_CHARACTERS],
        depth=_clamp_number(raw.get("depth"), 0, 1000, 4),
        role=str(raw["role"]) if raw.get("role") in NOTE_ROLES else "system",
        every=_clamp_number(raw.get("every"), 1, 1000, 1),
    )


def read_auto_mode(given: object) -> AutoMode:
    """Auto mode from a column or a request; fields that do not fit take their defaults."""
    raw: dict[str, Any] = given if isinstance(given, dict) else {}
    turns = _clamp_number(raw.get("turns"), 0, MAX_AUTO_TURNS, 10)
    return AutoMode(
        is_on=raw.get("on") is True and turns > 0,
        delay_seconds=_clamp_number(raw.get("delay_seconds"), 0, 600, 5),
        turns_left=turns,
        stopped_by="limit" if raw.get("stopped_by") == "limit" and raw.get("on") is not True else "",
    )


def _positive_or_none(value: object) -> int | None:
    return int(value) if isinstance(value, int | float) and value > 0 else None


def _clamp_number(value: object, minimum: int, maximum: int, default: int) -> int:
    # NaN is the one number that differs from itself; it would pass through min and max.
    if isinstance(value, bool) or not isinstance(value, int | float) or value != value:
        return default
    return int(min(max(value, minimum), maximum))
