"""Reading SillyTavern group files: members and speaking order. Their chats are separate files."""

from dataclasses import dataclass, field
from typing import Final

from botcafe.formats.chats.model import clean_speaker_name
from botcafe.formats.errors import FormatError
from botcafe.formats.field_reader import FieldReader
from botcafe.formats.import_notes import ImportNotes
from botcafe.kit.json_types import JsonObject

SPEAKING_ORDERS: Final = ("natural", "list", "manual", "pooled")
MAX_MEMBERS: Final = 200


@dataclass(frozen=True, slots=True)
class ImportedGroup:
    """A group. `members` and `muted` are names of picture files; `raw` is the file.

    `order` is one of `SPEAKING_ORDERS`.
    """

    name: str
    members: tuple[str, ...]
    muted: frozenset[str] = frozenset()
    order: str = "natural"
    delay_seconds: float | None = None
    """The pause before each reply in auto mode."""
    scenario: str = ""
    raw: JsonObject = field(default_factory=dict)


def is_group(root: object) -> bool:
    """Whether a decoded JSON value is a group file."""
    return isinstance(root, dict) and isinstance(root.get("members"), list) and isinstance(root.get("chats"), list)


def read_group(root: JsonObject, notes: ImportNotes) -> ImportedGroup:
    """Read a group. Raises FormatError `not_a_chat` for a group without members."""
    fields = FieldReader(root, "", notes)
    members = tuple(dict.fromkeys(name for name in fields.texts("members") if name.strip()))
    if not members:
        raise FormatError("not_a_chat", "The group has no member: “members” must name the pictures of characters.")
    if len(members) > MAX_MEMBERS:
        fields.note("members", f"there are {len(members)}; the first {MAX_MEMBERS} were read.")
    strategy = fields.find_whole("activation_strategy")
    about = FieldReader(fields.mapping("chat_metadata"), "chat_metadata", notes)
    return ImportedGroup(
        name=clean_speaker_name(root.get("name"), "Group"),
        members=members[:MAX_MEMBERS],
        muted=frozenset(fields.texts("disabled_members")),
        order=SPEAKING_ORDERS[strategy]
        if strategy is not None and 0 <= strategy < len(SPEAKING_ORDERS)
        else SPEAKING_ORDERS[0],
        delay_seconds=fields.find_number("auto_mode_delay"),
        scenario=about.text("scenario"),
        raw=root,
    )
