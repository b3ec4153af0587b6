"""Reading chats of text-generation-webui (pairs of cells) and KoboldAI Lite (a story with marks between turns)."""

import html
import re
from typing import Final

from botcafe.formats.chats.dates import parse_instant
from botcafe.formats.chats.model import (
    ImportedChat,
    ImportedMessage,
    bounded_swipes,
    check_message_count,
    clean_speaker_name,
)
from botcafe.formats.field_reader import FieldReader
from botcafe.formats.import_notes import ImportNotes
from botcafe.kit.json_types import JsonObject, JsonValue

_GREETING_MARK: Final = "<|BEGIN-VISIBLE-CHAT|>"
_MARK = re.compile(r"\{\{\[(INPUT|OUTPUT|SYSTEM)(_END)?\]\}\}")
_PICTURE = re.compile(r"\[<\|[ph]\|")
_PICTURE_END = re.compile(r"\|[ph]\|>\]")
_SPEAKER = re.compile(r"^([^\n:]{1,60}): ?", re.MULTILINE)
_OPPONENT_SEPARATOR: Final = "||$||"


def read_textgen_webui_chat(root: JsonObject, notes: ImportNotes) -> ImportedChat:
    """text-generation-webui: `internal` (newer, with versions in `metadata`) or `data_visible` (older), as pairs."""
    is_new = "internal" in root or "visible" in root
    visible = root.get("visible" if is_new else "data_visible")
    hidden = root.get("internal" if is_new else "data")
    rows = hidden if is_new and isinstance(hidden, list) else visible
    rows = rows if isinstance(rows, list) else hidden if isinstance(hidden, list) else []
    check_message_count(2 * len(rows))
    about = FieldReader(root, "", notes).mapping("metadata")
    messages: list[ImportedMessage] = []
    skipped = 0
    for number, pair in enumerate(rows):
        if not isinstance(pair, list) or len(pair) < 2:
            skipped += 1
            continue
        shown = visible[number] if isinstance(visible, list) and number < len(visible) else None
        for side, cell in enumerate(pair[:2]):
            found = _read_cell(cell, side, number, shown, about, notes)
            if found is not None:
                messages.append(found)
    if skipped:
        notes.add("", f"{skipped} items that are no pairs of texts were skipped.")
    header = {name: value for name, value in root.items() if name not in {"internal", "visible", "data_visible"}}
    return ImportedChat(kind="ooba", messages=tuple(messages), header=header, skipped=skipped, warnings=notes.lines())


def _read_cell(
    cell: JsonValue, side: int, number: int, shown: JsonValue, about: JsonObject, notes: ImportNotes
) -> ImportedMessage | None:
    if cell == _GREETING_MARK or not isinstance(cell, str) or not cell:
        return None
    where = f"{'assistant' if side else 'user'}_{number}"
    fields = FieldReader(about, "metadata", notes)
    said = FieldReader(fields.mapping(where), fields.at(where), notes)
    contents = (each.get("content") for each in said.object_items("versions"))
    texts = [content for content in contents if isinstance(content, str)]
    swipes, place = bounded_swipes(cell, texts, said.find_whole("current_version_index") or 0, notes, where)
    other = shown[side] if isinstance(shown, list) and len(shown) > side else None
    raw: JsonObject = {"metadata": dict(said.values)} if said.values else {}
    if isinstance(other, str) and html.unescape(other) != cell:
        # The shown text may differ, for example after a translation.
        raw["visible"] = other
    return ImportedMessage(
        name="",
        is_user=side == 0,
        text=cell,
        swipes=swipes,
        shown=place,
        sent_at=parse_instant(said.values.get("timestamp")),
        model=clean_speaker_name(said.values.get("model_name")),
        raw=raw,
    )


def read_kobold_story(root: JsonObject, notes: ImportNotes) -> ImportedChat:
    """KoboldAI Lite's save file: `prompt` and `actions[]`, split at instruct marks or at `Name:`; without pictures."""
    fields = FieldReader(root, "", notes)
    settings = FieldReader(fields.mapping("savedsettings"), "savedsettings", notes)
    user = clean_speaker_name(settings.values.get("chatname"), "User")
    bots = [name for name in settings.text("chatopponent").split(_OPPONENT_SEPARATOR) if name.strip()]
    bot = clean_speaker_name(bots[0]) if bots else ""
    pieces = [piece for piece in [fields.text("prompt"), *fields.texts("actions")] if piece]
    check_message_count(len(pieces))
    story = "".join(pieces)
    pictureless = _without_pictures(story)
    if pictureless != story:
        notes.add("actions", "pictures in the story were left out.")
        story = pictureless
    if _MARK.search(story):
        messages = _split_at_marks(story, user, bot)
    elif bots:
        messages = _split_at_names(story, user, [clean_speaker_name(name) for name in bots])
    else:
        texts = map(_without_pictures, pieces)
        messages = [_plain_message(bot, is_user=False, text=text) for text in texts if text.strip()]
    memory, author_note = fields.text("memory"), fields.text("authorsnote")
    header = {name: value for name, value in root.items() if name not in {"prompt", "actions", "worldinfo"}}
    note: JsonObject = {"text": author_note, "depth": 4, "every": 1, "role": "system"} if author_note.strip() else {}
    return ImportedChat(
        kind="kobold",
        user_name=user,
        character_name=bot,
        messages=tuple(messages),
        scenario=memory,
        note=note,
        header=header,
        warnings=notes.lines(),
    )


def _without_pictures(story: str) -> str:
    """The story without embedded pictures; an opening mark without its end stays."""
    kept, at = [], 0
    while (mark := _PICTURE.search(story, at)) and (end := _PICTURE_END.search(story, mark.end())):
        kept.append(story[at : mark.start()])
        at = end.end()
    return "".join([*kept, story[at:]])


def _plain_message(name: str, *, is_user: bool, text: str, is_hidden: bool = False) -> ImportedMessage:
    text = text.strip("\n")
    return ImportedMessage(name, is_user, text, is_hidden, (text,))


def _split_at_marks(story: str, user: str, bot: str) -> list[ImportedMessage]:
    """A message for each text between marks; text before the first mark is the bot's."""
    found: list[ImportedMessage] = []
    at, speaker = 0, "OUTPUT"
    for mark in [*_MARK.finditer(story), None]:
        text = story[at : mark.start() if mark else len(story)]
        if text.strip():
            is_user = speaker == "INPUT"
            name = user if is_user else bot
            found.append(_plain_message(name, is_user=is_user, text=text.strip(), is_hidden=speaker == "SYSTEM"))
        if mark:
            at = mark.end()
            speaker = "OUTPUT" if mark[2] else mark[1]
    return found


def _split_at_names(story: str, user: str, bots: list[str]) -> list[ImportedMessage]:
    """A message from each line that begins with a participant's name; text before the first is the bot's."""
    found: list[ImportedMessage] = []
    at, name = 0, bots[0]
    marks = [mark for mark in _SPEAKER.finditer(story) if mark[1].strip() in {user, *bots}]
    for mark in [*marks, None]:
        text = story[at : mark.start() if mark else len(story)]
        if text.strip():
            found.append(_plain_message(name, is_user=name == user, text=text.strip()))
        if mark:
            at, name = mark.end(), mark[1].strip()
    return found
