"""What the chats of assistants (ChatGPT, Open WebUI, LibreChat) have in common."""

import re
from collections.abc import Mapping
from typing import Final

from botcafe.formats.chats.dates import parse_instant
from botcafe.formats.chats.model import ImportedChat, check_message_count, clean_speaker_name
from botcafe.formats.chats.trees import TreeNode, build_tree
from botcafe.formats.errors import FormatError
from botcafe.formats.field_reader import json_type_name
from botcafe.formats.import_notes import ImportNotes
from botcafe.kit.json_types import JsonObject, JsonValue

# Above this, a number counts nanoseconds: as milliseconds it would be the year 33658.
_MAX_PLAUSIBLE_MILLISECONDS: Final = 1_000_000_000_000_000
_MAX_ID: Final = 200
_CITATION_MARKS: Final = re.compile("\ue200[^\ue201]{0,2000}\ue201|[\ue200-\ue206]")


def tree_chat(
    kind: str,
    speaker: str,
    nodes: Mapping[str, TreeNode],
    current: JsonValue,
    notes: ImportNotes,
    *,
    title: JsonValue,
    created_at: JsonValue,
    source_id: JsonValue,
    header: JsonObject,
) -> ImportedChat:
    """A chat with an assistant, of all its branches. Raises FormatError: `too_large`, `not_a_chat` for a circle."""
    check_message_count(len(nodes))
    tree = build_tree(nodes, current if isinstance(current, str) else None, notes)
    return ImportedChat(
        kind=kind,
        title=clean_speaker_name(title),
        character_name=speaker,
        messages=tree.messages,
        parents=tree.parents,
        leaf=tree.leaf,
        created_at=instant_of(created_at),
        source_id=source_id[:_MAX_ID] if isinstance(source_id, str) else "",
        header=header,
        warnings=notes.lines(),
        is_with_assistant=True,
    )


def instant_of(value: JsonValue) -> str | None:
    """As `parse_instant`, and nanoseconds of Unix time, which some versions of Open WebUI write."""
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if is_number and float(str(value)) > _MAX_PLAUSIBLE_MILLISECONDS:
        return parse_instant(float(str(value)) / 1_000_000_000)
    return parse_instant(value)


def id_of(value: JsonValue) -> str | None:
    """An id that is text with something in it, else None."""
    return value if isinstance(value, str) and value else None


def strip_citation_marks(text: str) -> str:
    """The text without the invisible marks that stand for a source."""
    return _CITATION_MARKS.sub("", text) if max(text, default="") >= "\ue200" else text


def refuse_shape(where: str, wanted: str, found: JsonValue) -> FormatError:
    """The refusal of a chat in which something essential is of another type."""
    return FormatError("not_a_chat", f"{where} must be {wanted}, but {json_type_name(found)} was found.")
