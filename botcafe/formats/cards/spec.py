"""The fields of each card version (V1 flat, V2 and V3 under `data`), and detecting the version."""

from typing import Final

from botcafe.formats.cards.model import Spec
from botcafe.formats.errors import FormatError
from botcafe.formats.import_notes import ImportNotes
from botcafe.kit.json_types import JsonObject

SPEC_NAMES: Final[dict[str, Spec]] = {"chara_card_v2": "v2", "chara_card_v3": "v3"}
V1_FIELDS: Final = ("name", "description", "personality", "scenario", "first_mes", "mes_example")
V2_TEXTS: Final = (
    *V1_FIELDS,
    "creator_notes",
    "system_prompt",
    "post_history_instructions",
    "creator",
    "character_version",
)
V2_LISTS: Final = ("alternate_greetings", "tags")
_OBJECTS: Final = ("extensions", "character_book")
V3_FIELDS: Final = (
    "nickname",
    "creator_notes_multilingual",
    "source",
    "group_only_greetings",
    "creation_date",
    "modification_date",
    "assets",
)
CARD_KEYS: Final = (*V2_TEXTS, *V2_LISTS, *_OBJECTS, *V3_FIELDS)
# Older names of the same fields: text-generation-webui and Pygmalion, then SillyTavern's flat form.
_OLD_NAMES: Final = {
    "char_name": "name",
    "char_persona": "description",
    "char_greeting": "first_mes",
    "world_scenario": "scenario",
    "example_dialogue": "mes_example",
    "creatorcomment": "creator_notes",
}


def detect_spec(raw: JsonObject, notes: ImportNotes) -> Spec:
    """The version a decoded card follows; raises FormatError `not_a_card` or `unsupported`."""
    spec = raw.get("spec")
    _refuse_lorebook(raw)
    known = SPEC_NAMES.get(spec.strip().lower()) if isinstance(spec, str) else None
    if known:
        _note_newer_version(raw, notes)
        return known
    if isinstance(raw.get("data"), dict):
        return _guess_spec(raw, notes)
    if _is_flat_card(raw):
        return "v1"
    message = 'This JSON is not a character card: it needs "spec" and "data", or "name" and "description" (V1).'
    raise FormatError("not_a_card", message)


def is_lorebook(raw: JsonObject) -> bool:
    """Whether a decoded JSON object is a lorebook, even if it has some card fields too."""
    return raw.get("spec") == "lorebook_v3" or ("entries" in raw and "data" not in raw and "first_mes" not in raw)


def flat_fields(raw: JsonObject) -> JsonObject:
    """The card fields at the top level, under their current names and without nulls."""
    renamed = {new: raw[old] for old, new in _OLD_NAMES.items() if raw.get(old) is not None}
    return renamed | {key: raw[key] for key in CARD_KEYS if raw.get(key) is not None}


def version_number(raw: JsonObject) -> float | None:
    """`spec_version` as a number, or None."""
    value = raw.get("spec_version")
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    try:
        return float(value)
    except (ValueError, OverflowError):
        return None


def _refuse_lorebook(raw: JsonObject) -> None:
    if is_lorebook(raw):
        raise FormatError("not_a_card", "This JSON is a lorebook, not a character card; import it as a lorebook.")


def _note_newer_version(raw: JsonObject, notes: ImportNotes) -> None:
    version = version_number(raw)
    if version is not None and version > 3.0:
        notes.add("spec_version", "the card is newer than 3.0; what it shares with 3.0 was read.")


def _guess_spec(raw: JsonObject, notes: ImportNotes) -> Spec:
    version = version_number(raw)
    spec: Spec = "v3" if version is not None and version >= 3.0 else "v2"
    notes.add("spec", f"the name of the format is missing or unknown; the card was read as {spec.upper()}.")
    _note_newer_version(raw, notes)
    return spec


def _is_flat_card(raw: JsonObject) -> bool:
    found = flat_fields(raw)
    return "name" in found and any(key in found for key in V1_FIELDS[1:])
