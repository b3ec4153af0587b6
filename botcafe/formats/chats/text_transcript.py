"""Reading plain text transcripts: `Name: text`, where a message lasts until the next name."""

import re
from typing import Final

from botcafe.formats.chats.dates import parse_instant
from botcafe.formats.chats.model import ImportedChat, ImportedMessage, check_message_count
from botcafe.formats.errors import FormatError
from botcafe.formats.import_notes import ImportNotes
from botcafe.formats.json_text import UTF8_BOM

# An optional list mark and [time], a name of a few words, a colon; `http://` is no name.
_SPEAKER_LINE = re.compile(
    r"^\s{0,3}(?:[-*•]\s+)?(?:\[([^\]\n]{4,40})\]\s*)?(?:\*\*)?([^\s:*\[\](){}<>\"“#/\\][^:\n\[\](){}<>\"“#/\\]{0,39}?)(?:\*\*)?:(?!//)(?:\*\*)?(?:\s+|$)(.*)$"
)
_USER_NAMES: Final = frozenset({"you", "user", "me", "human", "{{user}}"})
_MIN_MESSAGES: Final = 2
_UNSTORABLE = re.compile(r"[\x00\ud800-\udfff]")


def read_text_transcript(data: bytes) -> ImportedChat:
    """Read a transcript. The user is `You`, `User`, `Me` or `{{user}}`, else the second speaker.

    Raises FormatError `not_a_chat` where fewer than two lines begin with a name, and `too_large`.
    """
    notes = ImportNotes()
    text = data.removeprefix(UTF8_BOM)
    try:
        decoded = text.decode("utf-8")
    except UnicodeDecodeError:
        decoded = text.decode("utf-8", "replace")
        notes.add("", "Some bytes are not UTF-8; they were replaced by a question mark sign.")
    blocks, before = _split_by_speaker(_UNSTORABLE.sub("", decoded).splitlines())
    if len(blocks) < _MIN_MESSAGES or len({name for name, _, _ in blocks}) > max(12, len(blocks) // 2):
        raise FormatError("not_a_chat", "This text is no chat: lines such as “Name: words” are expected.")
    check_message_count(len(blocks))
    if before:
        notes.add("", f"{before} lines before the first name were left out.")
    names = list(dict.fromkeys(name for name, _, _ in blocks))
    user = next((name for name in names if name.lower() in _USER_NAMES), names[1] if len(names) > 1 else "")
    messages = tuple(
        ImportedMessage(name, name == user, said, swipes=(said,), sent_at=parse_instant(time))
        for name, time, lines in blocks
        for said in ["\n".join(lines).strip()]
        if said
    )
    bot = next((name for name in names if name != user), "")
    if not messages:
        raise FormatError("not_a_chat", "This text is no chat: there is nothing after the names.")
    notes.add("", f"“{user or 'nobody'}” was taken as the one who wrote to the bot, “{bot}” as the bot.")
    return ImportedChat(
        kind="text",
        user_name=user,
        character_name=bot,
        messages=messages,
        warnings=notes.lines(),
        skipped=before,
    )


def _split_by_speaker(lines: list[str]) -> tuple[list[tuple[str, str, list[str]]], int]:
    """Name, time and lines of each message, and how many lines came before the first."""
    blocks: list[tuple[str, str, list[str]]] = []
    before = 0
    for line in lines:
        found = _SPEAKER_LINE.match(line[:2000])
        if found and len(found[2].split()) <= 5:
            rest = line[found.start(3) :]
            blocks.append((found[2].strip(), found[1] or "", [rest]))
        elif blocks:
            blocks[-1][2].append(line)
        elif line.strip():
            before += 1
    return blocks, before
