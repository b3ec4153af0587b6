"""CHARX archives: `card.json` with its assets beside it, alone or behind a picture (V3 specification, RisuAI)."""

from typing import Any, Final

from botcafe.formats.archive import write_archive
from botcafe.formats.cards.images import kind_of_picture
from botcafe.formats.cards.json_card import card_from_json
from botcafe.formats.cards.model import CharacterCard
from botcafe.formats.cards.writer import as_v3
from botcafe.formats.errors import FormatError
from botcafe.formats.import_notes import ImportNotes
from botcafe.formats.json_text import decode_json_object, encode_json

CARD: Final = "card.json"
_EMBEDDED: Final = ("embeded://", "embedded://", "__asset:")


def read_charx(files: dict[str, bytes], notes: ImportNotes, cover: bytes | None = None) -> CharacterCard:
    """The card of an unpacked archive; `cover` is the picture before it, if any.

    Raises FormatError as `card_from_json`, and `not_a_card` without `card.json`.
    """
    if CARD not in files:
        raise FormatError("not_a_card", "The archive holds no card: a file named card.json is missing at its root.")
    raw = decode_json_object(files[CARD], notes, "card.json of the archive")
    rest = {path: data for path, data in files.items() if path != CARD}
    return card_from_json(raw, notes, main_icon(raw, rest) or cover, rest)


def main_icon(raw: dict[str, Any], files: dict[str, bytes]) -> bytes | None:
    """The picture that stands for a character: the icon named main, or another icon."""
    data = raw.get("data")
    assets = data.get("assets") if isinstance(data, dict) else None
    rows = assets if isinstance(assets, list) else []
    icons = [each for each in rows if isinstance(each, dict) and each.get("type") == "icon"]
    for icon in sorted(icons, key=lambda each: each.get("name") != "main"):
        found = files.get(path_of(icon.get("uri")) or "")
        if found and kind_of_picture(found):
            return found
    paths = sorted(path for path in files if path.startswith("assets/icon/"))
    return next((files[path] for path in paths if kind_of_picture(files[path])), None)


def path_of(uri: Any) -> str | None:
    """The path of an asset inside its archive, or None for any other address."""
    text = uri if isinstance(uri, str) else ""
    start = next((start for start in _EMBEDDED if text.lower().startswith(start)), None)
    return text[len(start) :] if start else None


def write_charx(raw: dict[str, Any], picture: bytes | None, files: dict[str, bytes]) -> bytes:
    """A CHARX of a card, its picture and its other files; the picture becomes the main icon where it has no place.

    Raises FormatError `not_a_card` or `not_writable`.
    """
    card = as_v3(raw)
    kept = {path: data for path, data in files.items() if path != CARD}
    if picture is not None:
        card, kept = _with_icon(card, picture, kept)
    return write_archive({CARD: encode_json(card), **kept})


def _with_icon(
    card: dict[str, Any], picture: bytes, files: dict[str, bytes]
) -> tuple[dict[str, Any], dict[str, bytes]]:
    found = card["data"].get("assets")
    assets = [each for each in found if isinstance(each, dict)] if isinstance(found, list) else []
    main = next((each for each in assets if each.get("type") == "icon" and each.get("name") == "main"), None)
    path = path_of(main.get("uri")) if main else None
    if path and files.get(path) == picture:
        return card, files
    extension = (kind_of_picture(picture) or "image/png").removeprefix("image/").replace("jpeg", "jpg")
    path = f"assets/icon/images/main.{extension}"
    icon = {"type": "icon", "uri": f"embeded://{path}", "name": "main", "ext": extension}
    others = [each for each in assets if each is not main]
    data = card["data"] | {"assets": [icon, *others]}
    return card | {"data": data}, {**files, path: picture}
