"""A turn as it is requested, by a page or over the API, and the checks of its fields."""

from collections.abc import Mapping
from dataclasses import dataclass, fields

from botcafe.areas.companions.messages.tree import MAX_ENTRY_CHARACTERS
from botcafe.cms.schema.errors import BadRequest, FieldProblem, ValidationFailed

MODES = ("send", "continue", "regenerate", "impersonate")
MAX_IDEMPOTENCY_KEY_CHARACTERS = 200


@dataclass(frozen=True, slots=True)
class TurnRequest:
    """The fields of ``POST /api/conversation/{id}/turns``, as they were sent; they are checked where they are used.

    ``message`` is the one to continue or regenerate, ``parent`` the leaf that the page showed, ``has_persona`` whether
    a persona was named at all (null takes the persona off).
    """

    mode: str = "send"
    entry: object = None
    message: object = None
    bot: object = None
    persona: object = None
    attachments: object = None
    reply_to: object = None
    parent: object = None
    idempotency_key: object = None
    has_persona: bool = False

    @classmethod
    def from_body(cls, body: Mapping[str, object]) -> "TurnRequest":
        """Read a JSON body or form; fields of other names are ignored."""
        names = [each.name for each in fields(cls) if each.name in body and each.name != "has_persona"]
        # The values are unchecked on purpose: each mode uses other fields, and refuses only those.
        given: dict[str, object] = {name: body[name] for name in names}
        return cls(**given, has_persona="persona" in body)  # type: ignore[arg-type]


def check_entry(entry: object, *, may_be_empty: bool = False) -> str:
    """The text of a message, unchanged. Raises ValidationFailed where it cannot be sent."""
    if may_be_empty and (entry is None or (isinstance(entry, str) and not entry.strip())):
        return ""
    problem = _entry_problem(entry)
    if problem:
        raise ValidationFailed("message", [FieldProblem("entry", problem, "Entry")])
    return str(entry)


def _entry_problem(entry: object) -> str:
    if not isinstance(entry, str) or not entry.strip():
        return "Write something first: an empty message is not sent."
    if len(entry) > MAX_ENTRY_CHARACTERS:
        return f"A message has at most {MAX_ENTRY_CHARACTERS:,} characters; this one has {len(entry):,}."
    # PostgreSQL stores no zero characters: the row would fail there and not on SQLite.
    if "\x00" in entry:
        return "This value has a control character; only line breaks and tabs are taken."
    return ""


def check_mode(request: TurnRequest) -> None:
    """Raises BadRequest for an unknown mode."""
    if request.mode not in MODES:
        raise BadRequest(f"mode must be one of {', '.join(MODES)}.")


def read_idempotency_key(request: TurnRequest) -> str | None:
    """The key of a request. Raises BadRequest for a malformed one: whoever sends a key relies on it."""
    key = request.idempotency_key
    if key in (None, ""):
        return None
    if not isinstance(key, str) or len(key) > MAX_IDEMPOTENCY_KEY_CHARACTERS:
        raise BadRequest(f"idempotency_key must be a text of at most {MAX_IDEMPOTENCY_KEY_CHARACTERS} characters.")
    return key
