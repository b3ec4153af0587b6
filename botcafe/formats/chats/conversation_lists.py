"""Files with many conversations of an assistant: each is cut out as a file of its own, so that each stands for itself."""

import json
import re
from typing import Final

from botcafe.formats.chats.chatgpt import is_chatgpt, read_chatgpt
from botcafe.formats.chats.librechat import is_librechat, read_librechat
from botcafe.formats.chats.model import ImportedChat
from botcafe.formats.chats.open_webui import is_open_webui, read_open_webui
from botcafe.formats.errors import FormatError
from botcafe.formats.import_notes import ImportNotes
from botcafe.formats.json_text import UTF8_BOM
from botcafe.kit.json_types import JsonValue, object_or_empty, text_or_empty

MAX_CONVERSATIONS: Final = 10_000
_MAX_TITLE: Final = 120
# What the first conversation of a list that cannot be read has near its start, if it is one.
_MARKS: Final = re.compile(r'"(mapping|currentId|conversationId)"')
_SEARCHED: Final = 100_000
_BETWEEN: Final = re.compile(r"[ \t\r\n]*")
# A hostile file may hold numbers that Python refuses to convert; the reader of the single file repairs them.
_DECODER: Final = json.JSONDecoder(strict=False, parse_int=lambda digits: 0, parse_float=lambda digits: 0.0)


def is_conversation(value: JsonValue) -> bool:
    """Whether a decoded value is one conversation with an assistant."""
    return is_chatgpt(value) or is_open_webui(value) or is_librechat(value)


def read_conversation(value: JsonValue, notes: ImportNotes) -> list[ImportedChat]:
    """One conversation of any of the assistants. Raises FormatError."""
    root = object_or_empty(value)
    if is_chatgpt(root):
        return read_chatgpt(root, notes)
    return read_open_webui(root, notes) if is_open_webui(root) else read_librechat(root, notes)


def may_be_conversation(data: bytes) -> bool:
    """Whether a file has a mark of a conversation near its start; nothing is decoded."""
    return data[:1] == b"{" and _MARKS.search(data[:_SEARCHED].decode("utf-8", "replace")) is not None


def split_conversations(name: str, data: bytes) -> list[tuple[str, bytes]] | None:
    """The conversations of a JSON list as (name for people, bytes); None for every other file.

    Raises FormatError: `broken_json` for a list that is cut off, so that no part of it comes in; `too_deep`, `too_large`.
    """
    data = data.removeprefix(UTF8_BOM)
    if not data.lstrip().startswith(b"["):
        return None
    text = data.decode("utf-8", "replace")
    at = _skip(text, text.index("[") + 1)
    files: list[tuple[str, bytes]] = []
    while text[at : at + 1] not in ("]", ""):
        value, end = _decode_at(text, at, name)
        if not files and not is_conversation(value):
            return None
        if len(files) >= MAX_CONVERSATIONS:
            raise FormatError(
                "too_large", f"The file has more than {MAX_CONVERSATIONS} chats; please send it in parts."
            )
        # What is no object is refused as a list without messages, rather than read as a text.
        found = text[at:end] if isinstance(value, dict) else f"[{text[at:end]}]"
        files.append((_name_of(value, name, len(files) + 1), found.encode("utf-8", "replace")))
        at = _skip(text, end)
        if text[at : at + 1] == ",":
            at = _skip(text, at + 1)
        elif text[at : at + 1] != "]":
            raise _cut_off(name)
    if files and (text[at : at + 1] != "]" or text[at + 1 :].strip()):
        raise _cut_off(name)
    return files or None


def _decode_at(text: str, at: int, name: str) -> tuple[JsonValue, int]:
    """The value at a place and where it ends; a string of no meaning where it cannot be understood and may be anything."""
    try:
        value, end = _DECODER.raw_decode(text, at)
    except (ValueError, RecursionError) as error:
        if not _MARKS.search(text, 0, _SEARCHED):
            return "", at
        if isinstance(error, RecursionError):
            raise FormatError("too_deep", f"{name or 'The file'} is nested too deeply.") from error
        raise _cut_off(name) from error
    return value, end


def _cut_off(name: str) -> FormatError:
    return FormatError(
        "broken_json",
        f"{name or 'The file'} is damaged or cut off; a complete one is needed. Nothing of it was imported.",
    )


def _skip(text: str, at: int) -> int:
    found = _BETWEEN.match(text, at)
    return found.end() if found else at


def _name_of(value: JsonValue, file_name: str, number: int) -> str:
    root = object_or_empty(value)
    title = text_or_empty(root.get("title")) or text_or_empty(object_or_empty(root.get("chat")).get("title"))
    # A slash would look like a folder, and a folder names the bot of its chats.
    shown = " ".join(title.replace("/", "-").replace("\\", "-").replace("\x00", "").split())[:_MAX_TITLE]
    return f"{shown or number} ({file_name.rpartition('/')[2]})"
