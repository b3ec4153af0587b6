"""Reading ChatGPT's data export: `conversations.json`, or one conversation of it.

A conversation is a `mapping` of nodes `{parent, children, message}` and a `current_node`. Messages have an `author.role`, a
`content` of some `content_type`, a `recipient`, and `metadata` with the model.
"""

from typing import Final

from botcafe.formats.chats.assistant_chats import id_of, instant_of, refuse_shape, strip_citation_marks, tree_chat
from botcafe.formats.chats.model import ImportedChat, ImportedMessage, check_message_count, clean_speaker_name
from botcafe.formats.chats.trees import TreeNode
from botcafe.formats.import_notes import ImportNotes
from botcafe.kit.json_types import JsonObject, JsonValue, list_or_empty, object_or_empty, objects_in, text_or_empty

CHATGPT: Final = "ChatGPT"
_PICTURE: Final = "image_asset_pointer"
_WORDLESS: Final = {
    "image_asset_pointer": "[image]",
    "audio_asset_pointer": "[audio]",
    "video_container_asset_pointer": "[video]",
}


def is_chatgpt(value: JsonValue) -> bool:
    """Whether this is one conversation of an export."""
    return (
        isinstance(value, dict) and "mapping" in value and bool({"current_node", "title", "create_time"} & value.keys())
    )


def read_chatgpt(root: JsonObject, notes: ImportNotes) -> list[ImportedChat]:
    """One conversation with all its branches; what ChatGPT itself does not show is kept in `header`.

    Raises FormatError: `too_large`, and `not_a_chat` for a mapping that is none or goes round in a circle.
    """
    mapping = root.get("mapping")
    if not isinstance(mapping, dict):
        raise refuse_shape("mapping", "an object with the messages", mapping)
    check_message_count(len(mapping))
    model = clean_speaker_name(root.get("default_model_slug"))
    nodes: dict[str, TreeNode] = {}
    unshown: list[JsonValue] = []
    for name, value in mapping.items():
        node = object_or_empty(value)
        raw = object_or_empty(node.get("message"))
        message = _read_message(raw, _reasoning_before(node, mapping), model)
        if message is None and raw:
            unshown.append(raw)
        nodes[name] = TreeNode(id_of(node.get("parent")), message)
    header: JsonObject = {key: value for key, value in root.items() if key != "mapping"}
    if unshown:
        header["unshown_messages"] = unshown
    return [
        tree_chat(
            "chatgpt",
            CHATGPT,
            nodes,
            root.get("current_node"),
            notes,
            title=root.get("title"),
            created_at=root.get("create_time"),
            source_id=root.get("conversation_id") or root.get("id"),
            header=header,
        )
    ]


def _read_message(raw: JsonObject, reasoning: str, default_model: str) -> ImportedMessage | None:
    """A message, or None for what is not shown: settings, calls of tools, their answers other than pictures."""
    role = object_or_empty(raw.get("author")).get("role")
    about = object_or_empty(raw.get("metadata"))
    content = object_or_empty(raw.get("content"))
    is_for_tool = raw.get("recipient") not in (None, "all")
    if about.get("is_visually_hidden_from_conversation") is True or (role == "assistant" and is_for_tool):
        return None
    if role == "tool" and not any(part.get("content_type") == _PICTURE for part in objects_in(content.get("parts"))):
        return None
    if role not in ("user", "assistant", "tool"):
        return None
    text = strip_citation_marks(_text_of(content)).strip()
    if not text:
        return None
    is_user = role == "user"
    return ImportedMessage(
        name="" if is_user else CHATGPT,
        is_user=is_user,
        text=text,
        swipes=(text,),
        sent_at=instant_of(raw.get("create_time")),
        reasoning="" if is_user else reasoning,
        model="" if is_user else clean_speaker_name(about.get("model_slug"), default_model),
        raw=raw,
    )


def _text_of(content: JsonObject) -> str:
    """The text of a content of a type that has one, else ""."""
    kind = content.get("content_type")
    if kind == "code":
        language = text_or_empty(content.get("language"))
        return f"```{'' if language == 'unknown' else language}\n{text_or_empty(content.get('text'))}\n```"
    if kind in ("thoughts", "reasoning_recap", "user_editable_context", "model_editable_context"):
        return ""
    if isinstance(content.get("parts"), list):
        return "\n\n".join(filter(None, map(_text_of_part, list_or_empty(content["parts"]))))
    return text_or_empty(content.get("text")) or text_or_empty(content.get("result"))


def _text_of_part(part: JsonValue) -> str:
    if isinstance(part, str):
        return part
    found = object_or_empty(part)
    return text_or_empty(found.get("text")) or _WORDLESS.get(text_or_empty(found.get("content_type")), "")


def _reasoning_before(node: JsonObject, mapping: JsonObject) -> str:
    """The thoughts in the nodes right before a reply."""
    texts: list[str] = []
    name = node.get("parent")
    # A reply has a handful of nodes before it at most; the bound also ends a circle.
    for _ in range(20):
        above = object_or_empty(mapping.get(name)) if isinstance(name, str) else {}
        content = object_or_empty(object_or_empty(above.get("message")).get("content"))
        if content.get("content_type") not in ("thoughts", "reasoning_recap"):
            break
        thoughts = [_thought_of(each) for each in objects_in(content.get("thoughts"))]
        texts.append("\n\n".join(filter(None, thoughts)))
        name = above.get("parent")
    return "\n\n".join(filter(None, reversed(texts)))


def _thought_of(thought: JsonObject) -> str:
    return text_or_empty(thought.get("content")) or text_or_empty(thought.get("summary"))
