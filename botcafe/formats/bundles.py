"""A zip of many files: of a whole account of ours, SillyTavern's backup of a person's data, or what somebody packed.

Sources: our own export, and the folders that SillyTavern keeps for a person (its documentation, *Backups*).
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from botcafe.formats.archive import ZIP_SIGNATURE, names_in, read_archive
from botcafe.formats.cards.byaf import MANIFEST
from botcafe.formats.detect import detect
from botcafe.formats.errors import FormatError

OURS: Final = "account.json"
CARD: Final = "card.json"
MOST_FILES: Final = 20_000
_ORDER: Final = {
    kind: n for n, kind in enumerate(("personas", "card", "backyard", "lorebook", "preset", "group", "chat"))
}
"""What others refer to comes before them: chats find their bots and personas by name."""
_MARKS: Final = {"characters", "worlds", "group chats", "OpenAI Settings"}
_PICTURES: Final = "pictures are brought with the card or the message that shows them"
_PROGRAM: Final = "settings of that program have no place here"
_UNUSED: Final = "many of these come with the program: bring those that you use one by one"
_OURS: Final = {"documents": "documents are brought on the page of their collection", "media": _PICTURES}
_TAVERN: Final = {
    "secrets.json": "keys are not taken out of files: enter them under Keys",
    **dict.fromkeys(("backgrounds", "thumbnails", "User Avatars", "user", "assets"), _PICTURES),
    **dict.fromkeys(("extensions", "themes", "movingUI", "QuickReplies", "vectors"), _PROGRAM),
    **dict.fromkeys(("stats.json", "content.log", "image-metadata.json"), _PROGRAM),
    **dict.fromkeys(("TextGen Settings", "KoboldAI Settings", "NovelAI Settings"), _UNUSED),
    **dict.fromkeys(("instruct", "context", "sysprompt", "reasoning"), _UNUSED),
    "backups": "they are older states of what is brought",
}
_SYSTEM: Final = {"__MACOSX", ".DS_Store", "Thumbs.db", "desktop.ini", ".git"}


@dataclass(frozen=True, slots=True)
class FileBundle:
    """Names and bytes in the order in which they need each other, and what stays out with the reason."""

    files: tuple[tuple[str, bytes], ...]
    left_out: tuple[tuple[str, str], ...] = ()


def read_bundle(data: bytes) -> FileBundle | None:
    """The files of such a zip; None for any other file, and for zips that are one thing themselves.

    Raises FormatError as `read_archive`, and `unsupported` where there is nothing to bring.
    """
    if not data.startswith(ZIP_SIGNATURE):
        return None
    names = names_in(data)
    if CARD in names or MANIFEST in names:
        return None
    reasons = _reasons(names)
    files = read_archive(data, wanted=lambda name: _is_wanted(name, reasons), most=MOST_FILES)
    if not files:
        raise FormatError(
            "unsupported", "The zip holds no card, lorebook, chat, persona, preset or memory that could be brought."
        )
    return FileBundle(tuple(sorted(files.items(), key=lambda each: _place(*each))), _left_out(names, reasons))


def _reasons(names: Iterable[str]) -> dict[str, str]:
    steps = {step for name in names for step in name.split("/")}
    if OURS in steps:
        return _OURS
    return _TAVERN if steps & _MARKS else {}


def _is_wanted(name: str, reasons: dict[str, str]) -> bool:
    """Whether a file of the archive is for bringing; what a system has put beside is nobody's."""
    steps = name.split("/")
    return name != OURS and not steps[-1].startswith(".") and not any(s in _SYSTEM or s in reasons for s in steps)


def _left_out(names: Iterable[str], reasons: dict[str, str]) -> tuple[tuple[str, str], ...]:
    """A line for each folder or file that has its reason."""
    counts: Counter[tuple[str, str]] = Counter()
    for name in names:
        steps = name.split("/")
        at = next((n for n, step in enumerate(steps) if step in reasons), None)
        if at is not None and not any(step in _SYSTEM for step in steps):
            counts["/".join(steps[: at + 1]), reasons[steps[at]]] += 1
    return tuple((f"{where} ({count} files)" if count > 1 else where, why) for (where, why), count in counts.items())


def _place(name: str, data: bytes) -> tuple[int, str]:
    try:
        return _ORDER[detect(data, name)], name
    except FormatError:
        return len(_ORDER), name
