"""CHARX archives: `card.json` with its assets, alone or appended to a JPEG (Character Card V3; RisuAI)."""

from typing import Final

from botcafe.formats.archive import write_archive
from botcafe.formats.cards.images import detect_image_type
from botcafe.formats.cards.json_card import card_from_json
from botcafe.formats.cards.model import CharacterCard
from botcafe.formats.cards.writer import to_v3_card
from botcafe.formats.errors import FormatError
from botcafe.formats.import_notes import ImportNotes
from botcafe.formats.json_text import decode_json_object, encode_json
from botcafe.kit.json_types import JsonObject, JsonValue, object_or_empty, objects_in, text_or_empty

CARD_FILE: Final = "card.json"
_EMBEDDED_SCHEMES: Final = ("embeded://", "embedded://", "__asset:")


def read_charx(files: dict[str, bytes], notes: ImportNotes, cover: bytes | None = None) -> CharacterCard:
    """The card of an unpacked archive; `cover` is the picture before it, if any.

    Raises FormatError as `card_from_json`, and `not_a_card` without `card.json`.
    """
    if CARD_FILE not in files:
        raise FormatError("not_a_card", "The archive holds no card: a file named card.json is missing at its root.")
    raw = decode_json_object(files[CARD_FILE], notes, "card.json of the archive")
    rest = {path: data for path, data in files.items() if path != CARD_FILE}
    return card_from_json(raw, notes, find_main_icon(raw, rest) or cover, rest)


def find_main_icon(raw: JsonObject, files: dict[str, bytes]) -> bytes | None:
    """The picture of a character: the icon asset named main, else any other icon."""
    assets = objects_in(object_or_empty(raw.get("data")).get("assets"))
    icons = [each for each in assets if each.get("type") == "icon"]
    for icon in sorted(icons, key=lambda each: each.get("name") != "main"):
        found = files.get(archive_path_of_uri(icon.get("uri")) or "")
        if found and detect_image_type(found):
            return found
    paths = sorted(path for path in files if path.startswith("assets/icon/"))
    return next((files[path] for path in paths if detect_image_type(files[path])), None)


def archive_path_of_uri(uri: JsonValue) -> str | None:
    """The path of an asset inside its archive, or None for any other address."""
    text = text_or_empty(uri)
    start = next((start for start in _EMBEDDED_SCHEMES if text.lower().startswith(start)), None)
    return text[len(start) :] if start else None


def write_charx(raw: JsonObject, picture: bytes | None, files: dict[str, bytes]) -> bytes:
    """A CHARX of a card, its picture and its other files; the picture becomes the main icon unless it is one already.

    Raises FormatError `not_a_card` or `not_writable`.
    """
    card = to_v3_card(raw)
    kept = {path: data for path, data in files.items() if path != CARD_FILE}
    if picture is not None:
        card, kept = _add_main_icon(card, picture, kept)
    return write_archive({CARD_FILE: encode_json(card), **kept})


def _add_main_icon(card: JsonObject, picture: bytes, files: dict[str, bytes]) -> tuple[JsonObject, dict[str, bytes]]:
    data = object_or_empty(card["data"])
    assets = objects_in(data.get("assets"))
    main = next((each for each in assets if each.get("type") == "icon" and each.get("name") == "main"), None)
    path = archive_path_of_uri(main.get("uri")) if main else None
    if path and files.get(path) == picture:
        return card, files
    extension = (detect_image_type(picture) or "image/png").removeprefix("image/").replace("jpeg", "jpg")
    path = f"assets/icon/images/main.{extension}"
    # "embeded" is how the specification spells the scheme.
    icon: JsonObject = {"type": "icon", "uri": f"embeded://{path}", "name": "main", "ext": extension}
    others = [each for each in assets if each is not main]
    return {**card, "data": {**data, "assets": [icon, *others]}}, {**files, path: picture}
