"""Sampling settings under our names, within what any model takes."""

import math
from collections.abc import Iterable, Mapping

from botcafe.formats.field_reader import FieldReader, json_type_name
from botcafe.formats.import_notes import ImportNotes
from botcafe.kit.json_types import JsonObject, JsonValue

MAX_STOPS, MAX_STOP_LENGTH = 16, 200
RANGES: dict[str, tuple[float, float]] = {
    "temperature": (0, 5),
    "top_p": (0, 1),
    "top_k": (0, 100_000),
    "min_p": (0, 1),
    "frequency_penalty": (-2, 2),
    "presence_penalty": (-2, 2),
    "repetition_penalty": (0, 3),
    "seed": (0, 2**31 - 1),
    "max_tokens": (1, 1_000_000),
    "context_tokens": (256, 10_000_000),
}
INTEGER_SETTINGS = frozenset({"top_k", "seed", "max_tokens", "context_tokens"})
# Values that SillyTavern writes for "not set".
_UNSET_VALUES = {
    "top_p": (1,),
    "top_k": (0, -1),
    "min_p": (0,),
    "frequency_penalty": (0,),
    "presence_penalty": (0,),
    "repetition_penalty": (0, 1),
    "seed": (-1,),
    "max_tokens": (0,),
    "context_tokens": (0,),
}


def translate_sampling(fields: FieldReader, names: Mapping[str, str]) -> JsonObject:
    """The settings of another app's preset under our names; values that mean "not set" are left out."""
    found: JsonObject = {}
    for theirs, ours in names.items():
        number = fields.find_number(theirs)
        if number is not None and number not in _UNSET_VALUES.get(ours, ()):
            found[ours] = number
    return found


def check_sampling(given: Mapping[str, JsonValue], notes: ImportNotes) -> JsonObject:
    """Known settings of the right type, with numbers clamped to RANGES; each repair is noted."""
    fields = FieldReader(given, "sampling", notes)
    found: JsonObject = {}
    for name, (minimum, maximum) in RANGES.items():
        number = fields.find_number(name)
        if number is None:
            continue
        kept = min(max(number, minimum), maximum)
        if kept != number:
            fields.note(name, f"{number:g} is not between {minimum:g} and {maximum:g}; it was set to {kept:g}.")
        found[name] = math.floor(kept) if name in INTEGER_SETTINGS else kept
    stops = check_stops(fields.items("stop"), notes)
    if stops:
        found["stop"] = [*stops]
    return found


def check_stops(items: Iterable[object], notes: ImportNotes) -> list[str]:
    """Stop texts, each once: at most MAX_STOPS of at most MAX_STOP_LENGTH characters."""
    kept: list[str] = []
    for item in items:
        if not isinstance(item, str):
            notes.add("sampling.stop", f"text was expected, but {json_type_name(item)} was found; it was skipped.")
        elif len(item) > MAX_STOP_LENGTH:
            notes.add("sampling.stop", f"a text is longer than {MAX_STOP_LENGTH} characters; it was skipped.")
        elif item and item not in kept:
            kept.append(item)
    if len(kept) > MAX_STOPS:
        notes.add("sampling.stop", f"there are {len(kept)} texts; the first {MAX_STOPS} were kept.")
    return kept[:MAX_STOPS]
