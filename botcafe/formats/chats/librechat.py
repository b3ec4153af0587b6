"""Reading conversations of LibreChat: `{conversationId, title, messages}`, flat by `parentMessageId` or nested by `children`."""

from collections.abc import Iterator
from typing import Final

from botcafe.formats.chats.assistant_chats import id_of, instant_of, refuse_shape, tree_chat
from botcafe.formats.chats.model import ImportedChat, ImportedMessage, check_message_count, clean_speaker_name
from botcafe.formats.chats.trees import TreeNode
from botcafe.formats.errors import FormatError
from botcafe.formats.import_notes import ImportNotes
from botcafe.kit.json_types import JsonObject, JsonValue, list_or_empty, object_or_empty, objects_in, text_or_empty

LIBRECHAT: Final = "LibreChat"
_NO_PARENT: Final = "00000000-0000-0000-0000-000000000000"


def is_librechat(value: JsonValue) -> bool:
    """Whether this is a conversation of an export."""
    if not isinstance(value, dict):
        return False
    if "conversationId" in value and ("messages" in value or "messagesTree" in value):
        return True
    first = next(iter(objects_in(value.get("messages"))), {})
    return "messageId" in first and "isCreatedByUser" in first


def read_librechat(root: JsonObject, notes: ImportNotes) -> list[ImportedChat]:
    """One conversation with all its branches; the shown one is that of the newest message, since the file names none.

    Raises FormatError: `too_large`, and `not_a_chat` for messages that are none, share an id or go round in a circle.
    """
    key = "messagesTree" if "messagesTree" in root else "messages"
    rows = root.get(key)
    if not isinstance(rows, list):
        raise refuse_shape(key, "a list with the messages", rows)
    nodes: dict[str, TreeNode] = {}
    for number, (row, parent) in enumerate(_flat(rows)):
        name = id_of(row.get("messageId")) or f"#{number}"
        if name in nodes:
            raise FormatError("not_a_chat", f"Two messages have the id “{name[:80]}”; each must have its own.")
        nodes[name] = TreeNode(parent, _read_message(row, root))
        check_message_count(len(nodes))
    settings = object_or_empty(root.get("options"))
    return [
        tree_chat(
            "librechat",
            LIBRECHAT,
            nodes,
            None,
            notes,
            title=root.get("title") or settings.get("title"),
            created_at=root.get("createdAt"),
            source_id=root.get("conversationId"),
            header={name: value for name, value in root.items() if name not in ("messages", "messagesTree")},
        )
    ]


def _flat(rows: list[JsonValue]) -> Iterator[tuple[JsonObject, str | None]]:
    """Each message with the id of the one before it: that of the message that it is nested in, else the one it names."""
    waiting: list[tuple[JsonObject, str | None]] = [(row, None) for row in reversed(objects_in(rows))]
    while waiting:
        row, outer = waiting.pop()
        named = id_of(row.get("parentMessageId"))
        parent = outer or (None if named == _NO_PARENT else named)
        yield {key: value for key, value in row.items() if key != "children"}, parent
        name = id_of(row.get("messageId"))
        waiting += [(each, name or parent) for each in reversed(objects_in(row.get("children")))]


def _read_message(row: JsonObject, root: JsonObject) -> ImportedMessage | None:
    text, reasoning = _texts_of(row)
    text = text or ("[image]" if list_or_empty(row.get("files")) else "")
    if not text:
        return None
    is_user = row.get("isCreatedByUser") is True or (
        "isCreatedByUser" not in row and text_or_empty(row.get("sender")).lower() == "user"
    )
    settings = object_or_empty(root.get("options"))
    model = clean_speaker_name(row.get("model"), clean_speaker_name(settings.get("model")))
    return ImportedMessage(
        name="" if is_user else LIBRECHAT,
        is_user=is_user,
        text=text,
        swipes=(text,),
        sent_at=instant_of(row.get("createdAt")),
        reasoning="" if is_user else reasoning,
        model="" if is_user else model,
        raw=row,
    )


def _texts_of(row: JsonObject) -> tuple[str, str]:
    """The text and the reasoning of a message, whether it is written as `text` or as parts of `content`."""
    texts: list[str] = []
    thoughts: list[str] = []
    for part in objects_in(row.get("content")):
        for key, found in (("text", texts), ("think", thoughts)):
            value = part.get(key)
            found.append(text_or_empty(value) or text_or_empty(object_or_empty(value).get("value")))
        if part.get("type") == "image_file":
            texts.append("[image]")
    text = "\n\n".join(filter(None, texts)) or text_or_empty(row.get("text"))
    return text.strip(), "\n\n".join(filter(None, thoughts)).strip()
