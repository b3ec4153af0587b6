"""Typed look-ups in an untrusted JSON object: wrong types are converted or skipped, and each repair is noted."""

import math
from collections.abc import Mapping
from dataclasses import dataclass

from botcafe.formats.import_notes import ImportNotes
from botcafe.formats.limits import MAX_WHOLE_NUMBER
from botcafe.kit.json_types import JsonObject, JsonValue

_FLAG_WORDS = {"true": True, "1": True, "yes": True, "false": False, "0": False, "no": False, "": False}
_MAX_NUMBER_TEXT = 40


def json_type_name(value: object) -> str:
    """The JSON type of a value in plain words."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true or false"
    if isinstance(value, int | float):
        return "a number"
    if isinstance(value, str):
        return "text"
    return "a list" if isinstance(value, list) else "an object"


@dataclass(frozen=True, slots=True)
class FieldReader:
    """One JSON object with its path in the file; a missing key and null mean the same, and neither is noted."""

    values: Mapping[str, JsonValue]
    path: str
    notes: ImportNotes

    def at(self, key: str) -> str:
        """The full path of a key, for a warning."""
        return f"{self.path}.{key}" if self.path else key

    def note(self, key: str, text: str) -> None:
        """Add a warning about one key."""
        self.notes.add(self.at(key), text)

    def text(self, key: str) -> str:
        """A string; numbers are written out, lists of strings are joined by line breaks, anything else is ""."""
        value = self.values.get(key)
        if value is None or isinstance(value, str):
            return value or ""
        if isinstance(value, dict):
            self.note(key, "text was expected, but an object was found; it was skipped.")
            return ""
        self.note(key, f"text was expected, but {json_type_name(value)} was found; it was turned into text.")
        return "\n".join(item for item in value if isinstance(item, str)) if isinstance(value, list) else str(value)

    def texts(self, key: str, *, is_comma_list: bool = False) -> tuple[str, ...]:
        """A list of strings; a lone string is a list of one, or is split at commas if `is_comma_list`."""
        value = self.values.get(key)
        if isinstance(value, str) and value:
            self.note(key, "a list was expected, but text was found; it was turned into a list.")
            # A comma inside a pattern such as /a{1,2}/ does not separate keys.
            should_split = is_comma_list and not value.startswith("/")
            return tuple(part.strip() for part in value.split(",") if part.strip()) if should_split else (value,)
        found = (self._item_text(key, index, item) for index, item in enumerate(self.items(key)))
        return tuple(item for item in found if item is not None)

    def _item_text(self, key: str, index: int, item: object) -> str | None:
        if isinstance(item, str):
            return item
        if isinstance(item, int | float):
            self.note(
                f"{key}[{index}]", f"text was expected, but {json_type_name(item)} was found; it was turned into text."
            )
            return str(item)
        self.note(f"{key}[{index}]", f"text was expected, but {json_type_name(item)} was found; it was skipped.")
        return None

    def items(self, key: str) -> list[JsonValue]:
        """A list of anything; other types are skipped."""
        value = self.values.get(key)
        if isinstance(value, list):
            return value
        if value is not None and value != "":
            self.note(key, f"a list was expected, but {json_type_name(value)} was found; it was skipped.")
        return []

    def object_items(self, key: str) -> list[JsonObject]:
        """The objects of a list; items of other types are skipped without a note."""
        return [item for item in self.items(key) if isinstance(item, dict)]

    def mapping(self, key: str) -> JsonObject:
        """An object; other types are skipped."""
        value = self.values.get(key)
        if isinstance(value, dict):
            return value
        if value is not None and value != []:
            self.note(key, f"an object was expected, but {json_type_name(value)} was found; it was skipped.")
        return {}

    def find_flag(self, key: str) -> bool | None:
        """True, false, or None if the file does not say; 0, 1 and the usual words are understood."""
        value = self.values.get(key)
        if value is None or isinstance(value, bool):
            return value
        word = str(value).strip().lower() if isinstance(value, str | int) else "unknown"
        flag = _FLAG_WORDS.get(word)
        outcome = "it was skipped" if flag is None else f"it was read as {str(flag).lower()}"
        self.note(key, f"true or false was expected, but {json_type_name(value)} was found; {outcome}.")
        return flag

    def flag(self, key: str, *, default: bool) -> bool:
        """True or false, with a default for files that do not say."""
        found = self.find_flag(key)
        return default if found is None else found

    def find_number(self, key: str) -> float | None:
        """A finite number (whole ones stay `int`), or None; digits in quotes are understood."""
        value = self.values.get(key)
        if value is None or value == "":
            return None
        if isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value):
            return value
        number = _parse_number(value) if isinstance(value, str) else None
        outcome = "it was skipped" if number is None else f"it was read as {number:g}"
        self.note(key, f"a number was expected, but {json_type_name(value)} was found; {outcome}.")
        return number

    def find_whole(self, key: str) -> int | None:
        """A whole number within 32 bits, or None; fractions are cut off."""
        number = self.find_number(key)
        if number is None:
            return None
        if abs(number) > MAX_WHOLE_NUMBER:
            self.note(key, "the number is out of range; it was skipped.")
            return None
        if number != int(number):
            self.note(key, f"a whole number was expected; it was read as {int(number)}.")
        return int(number)


def _parse_number(text: str) -> float | None:
    if len(text) > _MAX_NUMBER_TEXT:
        return None
    try:
        number = float(text)
    except ValueError:
        return None
    return number if math.isfinite(number) else None
