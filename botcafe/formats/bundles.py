"""Zips of many files: a BotCafé account export, SillyTavern's backup of user data, or any collection of files.

SillyTavern's folders are those of its documentation, section *Backups*.
"""

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from botcafe.formats.archive import ZIP_SIGNATURE, list_archive, read_archive
from botcafe.formats.cards.byaf import MANIFEST
from botcafe.formats.detect import detect_format
from botcafe.formats.errors import FormatError

ACCOUNT_FILE: Final = "account.json"
CARD: Final = "card.json"
MAX_FILES: Final = 20_000
# Files that others refer to come first: chats find their bots and personas by name.
_IMPORT_ORDER: Final = {
    kind: n for n, kind in enumerate(("personas", "card", "backyard", "lorebook", "preset", "group", "chat"))
}
_SILLYTAVERN_FOLDERS: Final = {"characters", "worlds", "group chats", "OpenAI Settings"}
_PICTURE_REASON: Final = "pictures are brought with the card or the message that shows them"
_PROGRAM_REASON: Final = "settings of that program have no place here"
_BUNDLED_REASON: Final = "many of these come with the program: bring those that you use one by one"
_BOTCAFE_REASONS: Final = {
    "documents": "documents are brought on the page of their collection",
    "media": _PICTURE_REASON,
    **dict.fromkeys(
        ("data", "reader", "index.html", "manifest.json"), "it is there to be read, and is in the other files too"
    ),
}
_CHATGPT_CHATS: Final = re.compile(r"conversations(-\d+)?\.json")
_CHATGPT_FILES: Final = {"chat.html", "user.json", "message_feedback.json", "shared_conversations.json"}
_CHATGPT_REASON: Final = "only the chats of ChatGPT's export are brought, without pictures and account data"
_SILLYTAVERN_REASONS: Final = {
    "secrets.json": "keys are not taken out of files: enter them under Keys",
    **dict.fromkeys(("backgrounds", "thumbnails", "User Avatars", "user", "assets"), _PICTURE_REASON),
    **dict.fromkeys(("extensions", "themes", "movingUI", "QuickReplies", "vectors"), _PROGRAM_REASON),
    **dict.fromkeys(("stats.json", "content.log", "image-metadata.json"), _PROGRAM_REASON),
    **dict.fromkeys(("TextGen Settings", "KoboldAI Settings", "NovelAI Settings"), _BUNDLED_REASON),
    **dict.fromkeys(("instruct", "context", "sysprompt", "reasoning"), _BUNDLED_REASON),
    "backups": "they are older states of what is brought",
}
_SYSTEM_FILES: Final = {"__MACOSX", ".DS_Store", "Thumbs.db", "desktop.ini", ".git"}


@dataclass(frozen=True, slots=True)
class FileBundle:
    """Names and bytes in import order, and the (path, reason) of what is skipped."""

    files: tuple[tuple[str, bytes], ...]
    left_out: tuple[tuple[str, str], ...] = ()


def read_bundle(data: bytes) -> FileBundle | None:
    """The files of a zip; None for other files and for zips that are one card (CHARX, BYAF).

    Raises FormatError as `read_archive`, and `unsupported` where there is nothing to import.
    """
    if not data.startswith(ZIP_SIGNATURE):
        return None
    names = list_archive(data)
    # An account export has a manifest.json of its own.
    if ACCOUNT_FILE not in names and (CARD in names or MANIFEST in names):
        return None
    reasons = _skip_reasons_for(names)
    files = read_archive(data, wanted=lambda name: _is_wanted(name, reasons), max_files=MAX_FILES)
    if not files:
        raise FormatError(
            "unsupported", "The zip holds no card, lorebook, chat, persona, preset or memory that could be brought."
        )
    return FileBundle(
        tuple(sorted(files.items(), key=lambda each: _import_position(*each))), _skipped_files(names, reasons)
    )


def _skip_reasons_for(names: Iterable[str]) -> dict[str, str]:
    steps = {step for name in names for step in name.split("/")}
    if ACCOUNT_FILE in steps:
        return _BOTCAFE_REASONS
    if steps & _CHATGPT_FILES and any(map(_CHATGPT_CHATS.fullmatch, steps)):
        last_steps = (name.rpartition("/")[2] for name in names)
        return {step: _CHATGPT_REASON for step in last_steps if not _CHATGPT_CHATS.fullmatch(step)}
    return _SILLYTAVERN_REASONS if steps & _SILLYTAVERN_FOLDERS else {}


def _is_wanted(name: str, reasons: dict[str, str]) -> bool:
    """Whether a file is to be imported: neither skipped for a reason nor put there by an operating system."""
    steps = name.split("/")
    return (
        name != ACCOUNT_FILE
        and not steps[-1].startswith(".")
        and not any(s in _SYSTEM_FILES or s in reasons for s in steps)
    )


def _skipped_files(names: Iterable[str], reasons: dict[str, str]) -> tuple[tuple[str, str], ...]:
    """One (path, reason) for each skipped folder or file."""
    counts: Counter[tuple[str, str]] = Counter()
    for name in names:
        steps = name.split("/")
        at = next((n for n, step in enumerate(steps) if step in reasons), None)
        if at is not None and not any(step in _SYSTEM_FILES for step in steps):
            reason = reasons[steps[at]]
            counts["Other files" if reason == _CHATGPT_REASON else "/".join(steps[: at + 1]), reason] += 1
    return tuple((f"{where} ({count} files)" if count > 1 else where, why) for (where, why), count in counts.items())


def _import_position(name: str, data: bytes) -> tuple[int, str]:
    try:
        return _IMPORT_ORDER[detect_format(data, name)], name
    except FormatError:
        return len(_IMPORT_ORDER), name
