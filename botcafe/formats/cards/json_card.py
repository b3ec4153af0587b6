"""Mapping the decoded JSON of a card to `CharacterCard` (Character Card specifications V1, V2 and V3)."""

from typing import Final, cast

from botcafe.formats.cards.agnai import agnai_to_v2_card, is_agnai_character
from botcafe.formats.cards.model import CardAsset, CharacterCard, DepthPrompt, Role, Spec
from botcafe.formats.cards.spec import V1_FIELDS, detect_spec, flat_fields
from botcafe.formats.errors import FormatError
from botcafe.formats.field_reader import FieldReader, json_type_name
from botcafe.formats.import_notes import ImportNotes
from botcafe.formats.lore.model import Lorebook
from botcafe.formats.lore.reader import read_book
from botcafe.kit.json_types import JsonObject, text_or_empty

_ROLES: Final[tuple[Role, ...]] = ("system", "user", "assistant")
_DEFAULT_DEPTH: Final = 4
# Some writers put milliseconds; as seconds this is the year 5138.
_LATEST_PLAUSIBLE_SECOND: Final = 100_000_000_000


def card_from_json(
    raw: JsonObject, notes: ImportNotes, picture: bytes | None, files: dict[str, bytes] | None = None
) -> CharacterCard:
    """Map a decoded card; fields under `data` take precedence over the top level.

    Raises FormatError `not_a_card`, `unsupported`, `no_name` or `too_large`.
    """
    if is_agnai_character(raw):
        raw = agnai_to_v2_card(raw, notes)
    spec = detect_spec(raw, notes)
    card = _card_fields(raw, spec, notes)
    extensions = card.mapping("extensions")
    extra = FieldReader(extensions, card.at("extensions"), notes)
    return CharacterCard(
        spec=spec,
        name=_card_name(card, raw),
        nickname=card.text("nickname"),
        description=card.text("description"),
        personality=card.text("personality"),
        scenario=card.text("scenario"),
        first_mes=card.text("first_mes"),
        mes_example=card.text("mes_example"),
        creator_notes=card.text("creator_notes"),
        system_prompt=card.text("system_prompt"),
        post_history_instructions=card.text("post_history_instructions"),
        alternate_greetings=card.texts("alternate_greetings"),
        group_only_greetings=card.texts("group_only_greetings"),
        tags=card.texts("tags", is_comma_list=True),
        creator=card.text("creator"),
        character_version=card.text("character_version"),
        depth_prompt=_depth_prompt(extra),
        talkativeness=_talkativeness(extra, FieldReader(raw, "", notes)),
        book=_character_book(card),
        raw=raw,
        creator_notes_multilingual=_notes_by_language(card),
        source=card.texts("source"),
        assets=_read_assets(card),
        created_at=_unix_seconds(card, "creation_date"),
        modified_at=_unix_seconds(card, "modification_date"),
        extensions=extensions,
        picture=picture,
        files=files or {},
        # Last: every look-up above may add a warning.
        warnings=notes.lines(),
    )


def _card_fields(raw: JsonObject, spec: Spec, notes: ImportNotes) -> FieldReader:
    flat = flat_fields(raw)
    data = raw.get("data")
    if spec == "v1":
        return FieldReader(flat, "", notes)
    if not isinstance(data, dict):
        notes.add(
            "data", f"an object was expected, but {json_type_name(data)} was found; the top level was read instead."
        )
        return FieldReader(flat, "", notes)
    present = {key: value for key, value in data.items() if value is not None}
    for key in sorted(flat.keys() - present.keys()):
        notes.add(f"data.{key}", "this is missing; the value at the top level was read instead.")
    for key in V1_FIELDS:
        if key in flat and key in present and flat[key] != present[key]:
            notes.add(key, "the top level differs from data; the value in data was read.")
    return FieldReader(flat | present, "data", notes)


def _card_name(card: FieldReader, raw: JsonObject) -> str:
    name = card.text("name").strip()
    top_level_name = text_or_empty(raw.get("name")).strip()
    if not name and top_level_name:
        card.note("name", "this is empty; the name at the top level was read instead.")
        name = top_level_name
    if not name:
        raise FormatError("no_name", f"The card has no name at {card.at('name')}; a character needs one.")
    return name


def _depth_prompt(extra: FieldReader) -> DepthPrompt | None:
    note = FieldReader(extra.mapping("depth_prompt"), extra.at("depth_prompt"), extra.notes)
    prompt = note.text("prompt")
    if not prompt.strip():
        return None
    depth = note.find_whole("depth")
    if depth is None or depth < 0:
        if depth is not None:
            note.note("depth", f"the depth must not be negative; {_DEFAULT_DEPTH} was used.")
        depth = _DEFAULT_DEPTH
    return DepthPrompt(prompt, depth, _depth_prompt_role(note))


def _depth_prompt_role(note: FieldReader) -> Role:
    value = note.values.get("role")
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < len(_ROLES):
        return _ROLES[value]
    if isinstance(value, str) and value.lower() in _ROLES:
        return cast("Role", value.lower())
    if value is not None:
        note.note("role", "the role must be system, user or assistant; system was used.")
    return "system"


def _talkativeness(extra: FieldReader, top: FieldReader) -> float | None:
    fields = extra if extra.values.get("talkativeness") is not None else top
    number = fields.find_number("talkativeness")
    if number is not None and not 0 <= number <= 1:
        fields.note("talkativeness", "the number must lie between 0 and 1; it was moved to the nearer end.")
        number = min(max(number, 0), 1)
    return None if number is None else float(number)


def _character_book(card: FieldReader) -> Lorebook | None:
    raw = card.mapping("character_book")
    return read_book(raw, card.at("character_book"), card.notes) if raw else None


def _notes_by_language(card: FieldReader) -> dict[str, str]:
    languages = FieldReader(
        card.mapping("creator_notes_multilingual"), card.at("creator_notes_multilingual"), card.notes
    )
    return {language: languages.text(language) for language in languages.values}


def _read_assets(card: FieldReader) -> tuple[CardAsset, ...]:
    found = []
    for index, item in enumerate(card.items("assets")):
        if not isinstance(item, dict):
            card.note(
                f"assets[{index}]", f"an object was expected, but {json_type_name(item)} was found; it was skipped."
            )
            continue
        asset = FieldReader(item, card.at(f"assets[{index}]"), card.notes)
        found.append(CardAsset(asset.text("type"), asset.text("uri"), asset.text("name"), asset.text("ext")))
    return tuple(found)


def _unix_seconds(card: FieldReader, key: str) -> int | None:
    number = card.find_number(key)
    if number is None or number == 0:
        return None
    if number > _LATEST_PLAUSIBLE_SECOND:
        card.note(key, "the date was read as milliseconds.")
        number /= 1000
    if not 0 < number <= _LATEST_PLAUSIBLE_SECOND:
        card.note(key, "the date is out of range; it was skipped.")
        return None
    return int(number)
