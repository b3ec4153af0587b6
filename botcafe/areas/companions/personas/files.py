"""Import and export personas as a SillyTavern persona backup."""

from typing import Any

from django.db import transaction

from botcafe.areas.companions.collections.persona import PERSONAS, Persona
from botcafe.areas.companions.personas.actions import (
    COLUMNS,
    FIELD_OPTIONS,
    MAX_DESCRIPTION_CHARACTERS,
    MAX_PERSONAS_LISTED,
    save_persona,
)
from botcafe.areas.knowledge.lore.field_map import clean_text
from botcafe.cms.schema.actor import Actor
from botcafe.cms.schema.errors import ApiError, Forbidden
from botcafe.formats.errors import FormatError
from botcafe.formats.personas import ImportedPersona, read_personas, write_personas
from botcafe.kit.json_types import JsonObject, JsonValue, object_or_empty
from botcafe.kit.words import slugify_name

MAX_TAGS, MAX_TEXT_CHARACTERS = 30, 100
TEXT_COLUMNS = {"conversation_starter": 200, "color_scheme": 50}
"""Free-text fields of a persona besides its description, with their limits."""


def import_personas(actor: Actor, data: bytes) -> dict[str, Any]:
    """Import the personas of a backup: ``{kind, created, skipped, warnings}``. Raises ApiError for an unreadable file."""
    if not actor.is_signed_in:
        raise Forbidden
    try:
        found, warnings = read_personas(data)
    except FormatError as error:
        refused = ApiError(str(error))
        refused.status = 413 if error.code == "too_large" else 400
        raise refused from error
    created, skipped = [], []
    with transaction.atomic():
        have = set(PERSONAS.visible_to(actor).filter(user=actor.id).values_list("name", "description"))
        for each in found:
            document = _persona_fields(each)
            if (document["name"], document["description"]) in have:
                skipped.append({"what": each.name, "why": "you have it already"})
                continue
            made = save_persona(actor, document)
            created.append({"collection": "personas", "id": made, "name": each.name})
    return {"kind": "personas", "created": created, "skipped": skipped, "warnings": warnings}


def _persona_fields(given: ImportedPersona) -> dict[str, Any]:
    name = clean_text(given.name).strip() or "Nameless"
    first, rest = _split_list(clean_text(given.description or given.title) or f"{name}, as brought from another place.")
    kept = {"name": name, "description": first, "custom_instructions": rest or None}
    more = {
        "tags": [clean_text(given.title)] if given.title else [],
        "is_default": given.is_default,
        "is_public": False,
    }
    return {**kept, **more, **_extended_fields(given.raw.get("botcafe")), "origin": {"format": "st", "raw": given.raw}}


def _extended_fields(given: object) -> JsonObject:
    """The fields that only our own backups have (under ``botcafe``), where valid."""
    fields = object_or_empty(given)
    found = {name: _fit_value(name, fields[name]) for name in (*COLUMNS, "tags") if fields.get(name)}
    return {name: value for name, value in found.items() if value}


def _fit_value(name: str, value: JsonValue) -> JsonValue:
    """Cut or drop a value so that its field accepts it; None if nothing is left."""
    if name in FIELD_OPTIONS:
        return value if value in FIELD_OPTIONS[name] else None
    if name in TEXT_COLUMNS:
        return clean_text(value)[: TEXT_COLUMNS[name]] if isinstance(value, str) else None
    given = value if isinstance(value, list) else []
    texts = [clean_text(each)[:MAX_TEXT_CHARACTERS] for each in given if isinstance(each, str)]
    return [*texts[:MAX_TAGS]]


def _split_list(text: str) -> tuple[str, str]:
    """Split a text into a description and the rest, at the end of a paragraph, sentence or word."""
    if len(text) <= MAX_DESCRIPTION_CHARACTERS:
        return text, ""
    head = text[:MAX_DESCRIPTION_CHARACTERS]
    # A boundary in the first half would waste too much of the description.
    ends = (
        head.rfind(mark) + len(mark) for mark in ("\n", ". ", " ") if head.rfind(mark) > MAX_DESCRIPTION_CHARACTERS // 2
    )
    end = next(ends, MAX_DESCRIPTION_CHARACTERS)
    return text[:end].strip(), text[end:].strip()


def export_personas(actor: Actor) -> tuple[str, bytes]:
    """File name and bytes of all the actor's personas, as a SillyTavern backup. Raises Forbidden."""
    if not actor.is_signed_in:
        raise Forbidden
    rows = PERSONAS.visible_to(actor).filter(user=actor.id).order_by("id")[:MAX_PERSONAS_LISTED]
    return "personas.json", write_personas([_persona_as_json(row) for row in rows])


def _persona_as_json(row: Persona) -> ImportedPersona:
    """A persona for the file; an imported one that was not edited is exported as it came."""
    origin = row.origin if isinstance(row.origin, dict) else {}
    kept = origin.get("raw")
    raw = object_or_empty(kept)
    tags = [str(tag) for tag in row.tags or []]
    own = {name: getattr(row, column) for name, column in COLUMNS.items()} | {"tags": tags}
    own = {name: value for name, value in own.items() if value}
    former, title = str(raw.get("description") or ""), str(raw.get("title") or "")
    is_same = _split_list(clean_text(former.strip())) == (row.description, row.custom_instructions or "")
    text = former if is_same else "\n\n".join(part for part in (row.description, row.custom_instructions) if part)
    if own != {"tags": [title]}:
        raw = {**raw, "botcafe": own}
    given = raw.get("avatar")
    raw = {**raw, "avatar": given if isinstance(given, str) and given else f"{slugify_name(row.name)}-{row.pk}.png"}
    return ImportedPersona(row.name, text, title, bool(row.is_default), raw)
