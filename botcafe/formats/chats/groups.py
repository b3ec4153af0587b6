"""SillyTavern's groups: who takes part, and how they take turns. Their chats are files of their own."""

from dataclasses import dataclass, field
from typing import Any, Final

from botcafe.formats.chats.model import one_of
from botcafe.formats.errors import FormatError
from botcafe.formats.field_reader import FieldReader
from botcafe.formats.import_notes import ImportNotes

ORDERS: Final = ("natural", "list", "manual", "pooled")
MOST_MEMBERS: Final = 200


@dataclass(frozen=True, slots=True)
class ImportedGroup:
    """A group. `members` and `muted` are names of picture files, `order` is one of `ORDERS`; `raw` is the file."""

    name: str
    members: tuple[str, ...]
    muted: frozenset[str] = frozenset()
    order: str = "natural"
    delay_seconds: float | None = None
    """Between two replies that nobody asked for."""
    scenario: str = ""
    raw: dict[str, Any] = field(default_factory=dict)


def is_group(root: object) -> bool:
    """Whether a decoded JSON value is such a file."""
    return isinstance(root, dict) and isinstance(root.get("members"), list) and isinstance(root.get("chats"), list)


def read_group(root: dict[str, Any], notes: ImportNotes) -> ImportedGroup:
    """Read a group. Raises FormatError `not_a_chat` where nobody is in it."""
    fields = FieldReader(root, "", notes)
    members = tuple(dict.fromkeys(name for name in fields.texts("members") if name.strip()))
    if not members:
        raise FormatError("not_a_chat", "The group has no member: “members” must name the pictures of characters.")
    if len(members) > MOST_MEMBERS:
        fields.note("members", f"there are {len(members)}; the first {MOST_MEMBERS} were read.")
    strategy = fields.find_whole("activation_strategy")
    about = FieldReader(fields.mapping("chat_metadata"), "chat_metadata", notes)
    return ImportedGroup(
        name=one_of(root.get("name"), "Group"),
        members=members[:MOST_MEMBERS],
        muted=frozenset(fields.texts("disabled_members")),
        order=ORDERS[strategy] if strategy is not None and 0 <= strategy < len(ORDERS) else ORDERS[0],
        delay_seconds=fields.find_number("auto_mode_delay"),
        scenario=about.text("scenario"),
        raw=root,
    )
