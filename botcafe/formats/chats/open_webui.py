"""Reading chat exports of Open WebUI: `{title, chat: {history: {messages, currentId}, messages, models}}`."""

import html
import re
from typing import Final

from botcafe.formats.chats.assistant_chats import id_of, instant_of, refuse_shape, tree_chat
from botcafe.formats.chats.model import ImportedChat, ImportedMessage, check_message_count, clean_speaker_name
from botcafe.formats.chats.trees import TreeNode
from botcafe.formats.import_notes import ImportNotes
from botcafe.kit.json_types import JsonObject, JsonValue, list_or_empty, object_or_empty, objects_in, text_or_empty

OPEN_WEBUI: Final = "Open WebUI"
_DETAILS: Final = re.compile(r"<details\b([^>]{0,500})>(.*?)</details>\s*", re.DOTALL)
_SUMMARY: Final = re.compile(r"<summary>.*?</summary>\s*", re.DOTALL)
_QUOTE: Final = re.compile(r"^> ?", re.MULTILINE)


def is_open_webui(value: JsonValue) -> bool:
    """Whether this is one chat of an export: the row of the chat, or only its contents."""
    if not isinstance(value, dict):
        return False
    inner = object_or_empty(value.get("chat"))
    history = value.get("history")
    return (
        "history" in inner
        or ("messages" in inner and "models" in inner)
        or (isinstance(history, dict) and "messages" in history)
    )


def read_open_webui(root: JsonObject, notes: ImportNotes) -> list[ImportedChat]:
    """One chat with all its branches; replies of several models to one message are versions of one reply.

    Raises FormatError: `too_large`, and `not_a_chat` for messages that are none or go round in a circle.
    """
    chat = object_or_empty(root.get("chat")) or root
    history = object_or_empty(chat.get("history"))
    if history:
        rows = history.get("messages")
        if not isinstance(rows, dict):
            raise refuse_shape("chat.history.messages", "an object with the messages", rows)
        check_message_count(len(rows))
        nodes = {name: _read_node(object_or_empty(row)) for name, row in rows.items()}
    else:
        nodes = _list_as_nodes(chat.get("messages"))
    header: JsonObject = {key: value for key, value in root.items() if key not in ("chat", "history", "messages")}
    if chat is not root:
        header["chat"] = {key: value for key, value in chat.items() if key not in ("history", "messages")}
    return [
        tree_chat(
            "open-webui",
            OPEN_WEBUI,
            nodes,
            history.get("currentId") or next(reversed(nodes), None),
            notes,
            title=root.get("title") or chat.get("title"),
            created_at=root.get("created_at") or chat.get("timestamp"),
            source_id=root.get("id") or chat.get("id"),
            header=header,
        )
    ]


def _list_as_nodes(value: JsonValue) -> dict[str, TreeNode]:
    """Older exports have the shown branch alone, as a list."""
    if not isinstance(value, list):
        raise refuse_shape("chat.messages", "a list with the messages", value)
    check_message_count(len(value))
    return {
        str(n): TreeNode(str(n - 1) if n else None, _read_node(object_or_empty(row)).message)
        for n, row in enumerate(value)
    }


def _read_node(row: JsonObject) -> TreeNode:
    is_user = row.get("role") == "user"
    text, reasoning = _split_reasoning(_text_of(row.get("content")))
    text = text or "\n".join("[image]" for each in objects_in(row.get("files")) if each.get("type") == "image")
    parent = id_of(row.get("parentId"))
    if not text or row.get("role") not in ("user", "assistant"):
        return TreeNode(parent, None)
    model = clean_speaker_name(row.get("model"), clean_speaker_name(row.get("modelName")))
    return TreeNode(
        parent,
        ImportedMessage(
            name="" if is_user else OPEN_WEBUI,
            is_user=is_user,
            text=text,
            swipes=(text,),
            sent_at=instant_of(row.get("timestamp")),
            reasoning="" if is_user else reasoning,
            model="" if is_user else model,
            raw=row,
        ),
    )


def _text_of(content: JsonValue) -> str:
    if isinstance(content, str):
        return content
    return "\n\n".join(text_or_empty(part.get("text")) for part in objects_in(list_or_empty(content)))


def _split_reasoning(text: str) -> tuple[str, str]:
    """The reply without the folded parts that are written into it, and the reasoning among those."""
    if "<details" not in text or "</details>" not in text:
        return text.strip(), ""
    found: list[str] = []

    def take(match: re.Match[str]) -> str:
        if 'type="' not in match[1]:
            return match[0]
        if 'type="reasoning"' in match[1]:
            found.append(html.unescape(_QUOTE.sub("", _SUMMARY.sub("", match[2], count=1))).strip())
        return ""

    return _DETAILS.sub(take, text).strip(), "\n\n".join(found)
