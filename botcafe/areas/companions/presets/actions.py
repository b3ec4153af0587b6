"""Sampler presets: list, save, copy, delete, import and export."""

from dataclasses import dataclass, field
from typing import Any

from django.db import transaction
from django.db.models import Q

from botcafe.areas.companions.bots.actions import DEPTH_ZERO
from botcafe.areas.companions.chats.participants import find_own_preset
from botcafe.areas.companions.collections.bot import BOTS
from botcafe.areas.companions.collections.conversation import CONVERSATIONS
from botcafe.areas.companions.collections.sampler_preset import SAMPLER_PRESETS, SamplerPreset
from botcafe.cms.schema.actor import Actor
from botcafe.cms.schema.errors import ApiError, Forbidden, NotFound
from botcafe.cms.write import write_operations
from botcafe.formats.errors import FormatError
from botcafe.formats.presets.model import MAX_TEXT as MAX_TEXT
from botcafe.formats.presets.model import GenerationPreset
from botcafe.formats.presets.reader import read_preset, write_preset
from botcafe.formats.presets.sampling import INTEGER_SETTINGS as INTEGER_SETTINGS
from botcafe.formats.presets.sampling import MAX_STOP_LENGTH as MAX_STOP_LENGTH
from botcafe.formats.presets.sampling import MAX_STOPS as MAX_STOPS
from botcafe.formats.presets.sampling import RANGES as RANGES
from botcafe.kit.json_types import JsonObject, JsonValue, list_or_empty

BOT_LINKS: Any = SamplerPreset.many_relations["bots"].link
PROMPT_COLUMNS = ("main", "post_history", "impersonation")
SAMPLING_SETTINGS = (*RANGES, "stop")
MAX_NAME_CHARACTERS = 100
MAX_PRESETS_LISTED = 500
MAX_BOTS_LISTED = 200


@dataclass(frozen=True, slots=True)
class PresetBotChoice:
    """A bot that a preset may be chosen for; ``other`` names the preset that it has now, "" for none."""

    id: int
    name: str
    other: str


@dataclass(slots=True)
class PresetCard:
    """A preset in a list with its known settings and the bots it applies to (id to name)."""

    row: SamplerPreset
    settings: JsonObject
    bots: dict[int, str] = field(default_factory=dict)


def list_presets(actor: Actor) -> list[PresetCard]:
    """The actor's presets, the default first, then the newest. Two queries."""
    rows = SAMPLER_PRESETS.visible_to(actor).filter(user=actor.id).order_by("-id")[:MAX_PRESETS_LISTED]
    found = {row.pk: PresetCard(row, read_sampling_settings(row)) for row in rows}
    _add_bot_names(actor, found)
    return sorted(found.values(), key=lambda card: not card.row.is_default)


def preset_card_for(actor: Actor, preset_id: int) -> PresetCard:
    """Get one of the actor's presets. Raises NotFound."""
    row = _get_own_preset(actor, preset_id)
    card = PresetCard(row, read_sampling_settings(row))
    _add_bot_names(actor, {row.pk: card})
    return card


def _get_own_preset(actor: Actor, preset_id: int) -> SamplerPreset:
    found: SamplerPreset | None = find_own_preset(actor, preset_id)
    if found is None:
        raise NotFound
    return found


def _add_bot_names(actor: Actor, cards: dict[int, PresetCard]) -> None:
    """Add the names of the linked bots that the actor may still see."""
    seen = BOTS.visible_to(actor).filter(deleted_at__isnull=True).values("pk")
    links = BOT_LINKS.objects.filter(parent__in=list(cards), target__in=seen).order_by("id")
    for preset_id, bot_id, name in links.values_list("parent", "target", "target__name"):
        cards[preset_id].bots[bot_id] = name


def read_sampling_settings(row: SamplerPreset) -> JsonObject:
    """The known and valid settings of a preset: ``settings`` is free JSON that clients write over REST."""
    given = row.settings if isinstance(row.settings, dict) else {}
    found = {name: given[name] for name in RANGES if _is_number(given.get(name))}
    stops = given.get("stop")
    kept: list[JsonValue] = [each for each in list_or_empty(stops) if isinstance(each, str) and each]
    return {**found, "stop": kept} if kept else found


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def list_bot_choices(actor: Actor, preset_id: int | None) -> list[PresetBotChoice]:
    """The actor's bots and those they chat with, by name."""
    chats = CONVERSATIONS.visible_to(actor).filter(user=actor.id, deleted_at__isnull=True)
    rows = BOTS.visible_to(actor).filter(deleted_at__isnull=True)
    met = Q(pk__in=chats.filter(participation__bot__isnull=False).values("participation__bot"))
    ours = Q(pk__in=BOT_LINKS.objects.filter(parent=preset_id).values("target")) if preset_id else Q(pk__in=[])
    found = (
        rows.filter(Q(user=actor.id) | met | ours).order_by("name", "id").values_list("pk", "name")[:MAX_BOTS_LISTED]
    )
    links = BOT_LINKS.objects.filter(parent__user=actor.id).exclude(parent=preset_id)
    other = dict(links.order_by("parent").values_list("target", "parent__name"))
    return [PresetBotChoice(bot_id, name, other.get(bot_id, "")) for bot_id, name in found]


def save_preset(actor: Actor, data: dict[str, Any], preset_id: int | None = None) -> int:
    """Create a preset, or change one; returns its id. Each user has one preset per bot and one default.

    Raises NotFound, Forbidden and ValidationFailed.
    """
    if not actor.is_signed_in:
        raise Forbidden
    with transaction.atomic():
        if preset_id is None:
            made = write_operations.create_document(SAMPLER_PRESETS, actor, data, DEPTH_ZERO)
        else:
            document = {**data, "settings": _merge_settings(_get_own_preset(actor, preset_id), data.get("settings"))}
            made = write_operations.update_by_id(SAMPLER_PRESETS, actor, preset_id, document, DEPTH_ZERO)
        _claim_bots(actor, int(made["id"]))
    return int(made["id"])


def _merge_settings(row: SamplerPreset, given: Any) -> dict[str, Any]:
    """Merge the settings of a form into the stored ones; names that we do not know (written over REST) stay."""
    before = row.settings if isinstance(row.settings, dict) else {}
    return before if given is None else {**{k: v for k, v in before.items() if k not in SAMPLING_SETTINGS}, **given}


def _claim_bots(actor: Actor, preset_id: int) -> None:
    """Remove the default flag and the bots of this preset from the user's other presets."""
    others = SamplerPreset.objects.filter(user=actor.id).exclude(pk=preset_id)
    if SamplerPreset.objects.filter(pk=preset_id, is_default=True).exists():
        others.filter(is_default=True).update(is_default=False)
    mine = BOT_LINKS.objects.filter(parent=preset_id).values_list("target", flat=True)
    # The links of other presets go last: what this preset took over is read from its own links.
    BOT_LINKS.objects.filter(parent__in=others, target__in=list(mine)).delete()


def set_default_preset(actor: Actor, preset_id: int, *, on: bool) -> None:
    """Make a preset the default, or (``on=False``) no longer. Raises NotFound."""
    save_preset(actor, {"is_default": on}, preset_id)


def copy_preset(actor: Actor, preset_id: int) -> int:
    """Copy a preset without its bots and default flag; returns the id. Raises NotFound."""
    row = _get_own_preset(actor, preset_id)
    # The suffix must fit: copies of copies would otherwise exceed the limit of the column.
    name = f"{row.name[: MAX_NAME_CHARACTERS - len(', a copy')]}, a copy"
    document = {**{text: getattr(row, text) for text in PROMPT_COLUMNS}, "settings": row.settings, "source": row.source}
    return save_preset(actor, {**document, "name": name, "is_default": False, "bots": []})


def delete_preset(actor: Actor, preset_id: int) -> None:
    """Delete a preset; chats that use it fall back to the default. Raises NotFound."""
    _get_own_preset(actor, preset_id)
    write_operations.delete_by_id(SAMPLER_PRESETS, actor, preset_id, DEPTH_ZERO)


def export_preset(actor: Actor, preset_id: int) -> bytes:
    """The preset as a JSON file of ours, with the imported original inside. Raises NotFound."""
    row = _get_own_preset(actor, preset_id)
    source = row.source if isinstance(row.source, dict) else {}
    raw = source.get("raw")
    return write_preset(
        GenerationPreset(
            name=row.name,
            kind=source.get("kind") or "botcafe",
            sampling=read_sampling_settings(row),
            raw=raw if isinstance(raw, dict) else {},
            main=row.main or "",
            post_history=row.post_history or "",
            impersonation=row.impersonation or "",
        )
    )


def import_preset(actor: Actor, data: bytes, file_name: str = "") -> dict[str, Any]:
    """Import a preset file: ``{kind, created, skipped, warnings}``. Raises ApiError for an unreadable file."""
    if not actor.is_signed_in:
        raise Forbidden
    try:
        read = read_preset(data, file_name)
    except FormatError as error:
        refused = ApiError(str(error))
        refused.status = 413 if error.code == "too_large" else 400
        raise refused from error
    found: dict[str, Any] = {"kind": "preset", "created": [], "skipped": [], "warnings": list(read.warnings)}
    # Importing the same file twice makes no duplicate.
    if _has_content(actor, read):
        found["skipped"].append({"what": read.name, "why": "you have it already"})
        return found
    document = {"name": read.name, "settings": read.sampling, **{text: getattr(read, text) for text in PROMPT_COLUMNS}}
    made = save_preset(actor, {**document, "source": {"kind": read.kind, "raw": read.raw}})
    found["created"].append({"collection": "samplerPresets", "id": made, "name": read.name})
    return found


def _has_content(actor: Actor, read: GenerationPreset) -> bool:
    rows = SAMPLER_PRESETS.visible_to(actor).filter(user=actor.id, name=read.name)
    wanted = (read.sampling, *(getattr(read, text) for text in PROMPT_COLUMNS))
    return any(
        (read_sampling_settings(row), *(getattr(row, text) or "" for text in PROMPT_COLUMNS)) == wanted for row in rows
    )
