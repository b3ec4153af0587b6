"""Sampling settings under our names, within what any model takes."""

import math
from collections.abc import Iterable, Mapping
from typing import Any

from botcafe.formats.field_reader import FieldReader, kind_of
from botcafe.formats.import_notes import ImportNotes

MAX_STOPS, MAX_STOP = 16, 200
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
WHOLE = frozenset({"top_k", "seed", "max_tokens", "context_tokens"})
# Values that SillyTavern writes for "not set".
_NEUTRAL = {
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


def taken(fields: FieldReader, names: Mapping[str, str]) -> dict[str, Any]:
    """What a preset of another program sets, by its name and ours; values that mean "not set" are left out."""
    found = {}
    for theirs, ours in names.items():
        number = fields.find_number(theirs)
        if number is not None and number not in _NEUTRAL.get(ours, ()):
            found[ours] = number
    return found


def checked(given: Mapping[str, Any], notes: ImportNotes) -> dict[str, Any]:
    """Known settings of the right type, numbers brought into their range; each repair is noted."""
    fields = FieldReader(given, "sampling", notes)
    found: dict[str, Any] = {}
    for name, (least, most) in RANGES.items():
        number = fields.find_number(name)
        if number is None:
            continue
        kept = min(max(number, least), most)
        if kept != number:
            fields.note(name, f"{number:g} is not between {least:g} and {most:g}; it was set to {kept:g}.")
        found[name] = math.floor(kept) if name in WHOLE else kept
    stops = stops_in(fields.items("stop"), notes)
    if stops:
        found["stop"] = stops
    return found


def stops_in(items: Iterable[object], notes: ImportNotes) -> list[str]:
    """Texts at which a reply ends: at most 16 of at most 200 characters, each once."""
    kept: list[str] = []
    for item in items:
        if not isinstance(item, str):
            notes.add("sampling.stop", f"text was expected, but {kind_of(item)} was found; it was skipped.")
        elif len(item) > MAX_STOP:
            notes.add("sampling.stop", f"a text is longer than {MAX_STOP} characters; it was skipped.")
        elif item and item not in kept:
            kept.append(item)
    if len(kept) > MAX_STOPS:
        notes.add("sampling.stop", f"there are {len(kept)} texts; the first {MAX_STOPS} were kept.")
    return kept[:MAX_STOPS]
