"""Chats of text-generation-webui (pairs of cells) and Kobold Lite (a story with marks), which name nobody."""

import html
import re
from dataclasses import replace
from typing import Any, Final

from botcafe.formats.chats.dates import instant_of
from botcafe.formats.chats.model import ImportedChat, ImportedMessage, check_count, one_of, with_swipes
from botcafe.formats.field_reader import FieldReader
from botcafe.formats.import_notes import ImportNotes

_BEGIN: Final = "<|BEGIN-VISIBLE-CHAT|>"
_MARK = re.compile(r"\{\{\[(INPUT|OUTPUT|SYSTEM)(_END)?\]\}\}")
_PICTURE = re.compile(r"\[<\|[ph]\|")
_PICTURE_END = re.compile(r"\|[ph]\|>\]")
_SPEAKER = re.compile(r"^([^\n:]{1,60}): ?", re.MULTILINE)
_OPPONENTS: Final = "||$||"


def read_ooba(root: dict[str, Any], notes: ImportNotes) -> ImportedChat:
    """text-generation-webui: `internal` (newer, with versions in `metadata`) or `data_visible` (older), as pairs."""
    is_new = "internal" in root or "visible" in root
    visible = root.get("visible" if is_new else "data_visible")
    hidden = root.get("internal" if is_new else "data")
    rows = hidden if is_new and isinstance(hidden, list) else visible
    rows = rows if isinstance(rows, list) else hidden if isinstance(hidden, list) else []
    check_count(2 * len(rows))
    about = FieldReader(root, "", notes).mapping("metadata")
    messages: list[ImportedMessage] = []
    skipped = 0
    for number, pair in enumerate(rows):
        if not isinstance(pair, list) or len(pair) < 2:
            skipped += 1
            continue
        shown = visible[number] if isinstance(visible, list) and number < len(visible) else None
        for side, cell in enumerate(pair[:2]):
            found = _cell(cell, side, number, shown, about, notes)
            if found is not None:
                messages.append(found)
    if skipped:
        notes.add("", f"{skipped} items that are no pairs of texts were skipped.")
    header = {name: value for name, value in root.items() if name not in {"internal", "visible", "data_visible"}}
    return ImportedChat(kind="ooba", messages=tuple(messages), header=header, skipped=skipped, warnings=notes.lines())


def _cell(
    cell: Any, side: int, number: int, shown: Any, about: dict[str, Any], notes: ImportNotes
) -> ImportedMessage | None:
    if cell == _BEGIN or not isinstance(cell, str) or not cell:
        return None
    where = f"{'assistant' if side else 'user'}_{number}"
    fields = FieldReader(about, "metadata", notes)
    said = FieldReader(fields.mapping(where), fields.at(where), notes)
    versions = [each for each in said.items("versions") if isinstance(each, dict)]
    texts = [each["content"] for each in versions if isinstance(each.get("content"), str)]
    swipes, place = with_swipes(cell, texts, said.find_whole("current_version_index") or 0, notes, where)
    other = shown[side] if isinstance(shown, list) and len(shown) > side else None
    raw: dict[str, Any] = {"metadata": dict(said.values)} if said.values else {}
    if isinstance(other, str) and html.unescape(other) != cell:
        raw["visible"] = other
    return ImportedMessage(
        name="",
        is_user=side == 0,
        text=cell,
        swipes=swipes,
        shown=place,
        sent_at=instant_of(said.values.get("timestamp")),
        model=one_of(said.values.get("model_name")),
        raw=raw,
    )


def read_kobold(root: dict[str, Any], notes: ImportNotes) -> ImportedChat:
    """Kobold Lite's save: `prompt` and `actions[]`, parted at their marks or at `Name:`; pictures in it are left out."""
    fields = FieldReader(root, "", notes)
    settings = FieldReader(fields.mapping("savedsettings"), "savedsettings", notes)
    user = one_of(settings.values.get("chatname"), "User")
    bots = [name for name in settings.text("chatopponent").split(_OPPONENTS) if name.strip()]
    bot = one_of(bots[0]) if bots else ""
    pieces = [piece for piece in [fields.text("prompt"), *fields.texts("actions")] if piece]
    check_count(len(pieces))
    story = "".join(pieces)
    pictureless = _without_pictures(story)
    if pictureless != story:
        notes.add("actions", "pictures in the story were left out.")
        story = pictureless
    if _MARK.search(story):
        messages = _marked(story, user, bot)
    elif bots:
        messages = _spoken(story, user, [one_of(name) for name in bots])
    else:
        texts = map(_without_pictures, pieces)
        messages = [_plain(bot, is_user=False, text=text) for text in texts if text.strip()]
    memory, words = fields.text("memory"), fields.text("authorsnote")
    header = {name: value for name, value in root.items() if name not in {"prompt", "actions", "worldinfo"}}
    note = {"text": words, "depth": 4, "every": 1, "role": "system"} if words.strip() else {}
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
    """A story without what stands between the marks of a picture; a mark that is never closed stays."""
    kept, at = [], 0
    while (mark := _PICTURE.search(story, at)) and (end := _PICTURE_END.search(story, mark.end())):
        kept.append(story[at : mark.start()])
        at = end.end()
    return "".join([*kept, story[at:]])


def _plain(name: str, *, is_user: bool, text: str, is_hidden: bool = False) -> ImportedMessage:
    text = text.strip("\n")
    return ImportedMessage(name, is_user, text, is_hidden, (text,))


def _marked(story: str, user: str, bot: str) -> list[ImportedMessage]:
    """The pieces between marks; what stands before the first is the bot's."""
    found: list[ImportedMessage] = []
    at, speaker = 0, "OUTPUT"
    for mark in [*_MARK.finditer(story), None]:
        text = story[at : mark.start() if mark else len(story)]
        if text.strip():
            is_user = speaker == "INPUT"
            name = user if is_user else bot
            found.append(_plain(name, is_user=is_user, text=text.strip(), is_hidden=speaker == "SYSTEM"))
        if mark:
            at = mark.end()
            speaker = "OUTPUT" if mark[2] else mark[1]
    return found


def _spoken(story: str, user: str, bots: list[str]) -> list[ImportedMessage]:
    """Lines that begin with a name of the cast begin a message; what comes before the first is the bot's."""
    found: list[ImportedMessage] = []
    at, name = 0, bots[0]
    marks = [mark for mark in _SPEAKER.finditer(story) if mark[1].strip() in {user, *bots}]
    for mark in [*marks, None]:
        text = story[at : mark.start() if mark else len(story)]
        if text.strip():
            found.append(_plain(name, is_user=name == user, text=text.strip()))
        if mark:
            at, name = mark.end(), mark[1].strip()
    return found


def with_names(chat: ImportedChat, user: str, bot: str) -> ImportedChat:
    """The same with names where the file has none."""
    named = tuple(m if m.name else replace(m, name=user if m.is_user else bot) for m in chat.messages)
    return replace(chat, messages=named, user_name=chat.user_name or user, character_name=chat.character_name or bot)
