"""The zip of a whole account: our own, unpacked into the files that are in it."""

from typing import Final

from botcafe.formats.archive import ZIP_SIGNATURE, read_archive
from botcafe.formats.errors import FormatError

MARK: Final = "account.json"
_ORDER: Final = ("bots/", "lore/", "personas.json", "presets/", "chats/", "memories.json")
"""Bots before the chats with them. Documents and pictures are not brought alone."""


def account_files(data: bytes) -> list[tuple[str, bytes]] | None:
    """Names and bytes of what can be brought in, in a fit order; None for any other file.

    Raises FormatError as `read_archive`, and `unsupported` where there is nothing of the kind.
    """
    if not data.startswith(ZIP_SIGNATURE) or MARK.encode() not in data:
        return None
    files = read_archive(data)
    if MARK not in files or "card.json" in files:
        return None
    found = [(path, files[path]) for start in _ORDER for path in files if path.startswith(start)]
    if not found:
        raise FormatError("unsupported", "The zip of this account holds no bot, lore, chat, persona, preset or memory.")
    return found
