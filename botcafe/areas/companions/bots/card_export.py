"""Export a bot as a character card: the original card with later edits applied."""

import io
from typing import Any

from PIL import Image, ImageDraw

from botcafe.areas.accounts.collections.media import MEDIA, Media
from botcafe.areas.companions.bots.card_import import EXAMPLES_FIELD, bot_fields_from_card
from botcafe.areas.companions.bots.queries import may_read_definition
from botcafe.areas.companions.collections.bot import BOTS, Bot
from botcafe.areas.knowledge.lore.lorebook_export import build_card_book
from botcafe.cms.schema.actor import Actor
from botcafe.cms.schema.errors import BadRequest, Forbidden, NotFound
from botcafe.formats.archive import safe_path
from botcafe.formats.cards.charx import write_charx
from botcafe.formats.cards.json_card import card_from_json
from botcafe.formats.cards.model import Spec
from botcafe.formats.cards.writer import write_card_json, write_card_png
from botcafe.formats.errors import FormatError
from botcafe.formats.import_notes import ImportNotes
from botcafe.gateways.storage import storage
from botcafe.kit.lanes import leave_quick_lane

CARD_FORMATS = {"png": "image/png", "json": "application/json", "charx": "application/zip"}
CARD_SPECS: tuple[Spec, ...] = ("v2", "v3")
PLACEHOLDER_PIXELS, MAX_PORTRAIT_PIXELS = 512, 2048
LORE_LINKS: Any = Bot.many_relations["knowledge_collections"].link
# Our column to the card field of spec V2/V3 (``data.*``). Note that the card's system prompt is ``instructions`` here.
_CARD_FIELDS = {
    "name": "name",
    "description": "creator_notes",
    "system_prompt": "description",
    "personality": "personality",
    "scenario": "scenario",
    "instructions": "system_prompt",
    "post_history_instructions": "post_history_instructions",
    "greeting": "first_mes",
    "alternate_greetings": "alternate_greetings",
    EXAMPLES_FIELD: "mes_example",
    "tags": "tags",
    "creator_display_name": "creator",
}
_EXTENSION_FIELDS = ("depth_prompt", "gender", "age")


def export_card(actor: Actor, bot_id: int, form: str, spec: str = "v3") -> tuple[str, str, bytes]:
    """Return file name, media type and bytes of a bot's card.

    Raises NotFound for a bot that the actor cannot see, Forbidden where its definition is closed to them, and
    BadRequest for an unknown format or spec.
    """
    if form not in CARD_FORMATS:
        raise BadRequest(f"format must be one of {', '.join(CARD_FORMATS)}.")
    version: Spec | None = next((each for each in CARD_SPECS if each == spec), None)
    if version is None:
        raise BadRequest(f"spec must be one of {', '.join(CARD_SPECS)}.")
    bot: Bot | None = BOTS.visible_to(actor).filter(pk=bot_id, deleted_at__isnull=True).first()
    if bot is None:
        raise NotFound
    if not may_read_definition(actor, bot):
        raise Forbidden
    return f"{bot.slug}.{form}", CARD_FORMATS[form], _write_card(actor, bot, form, version)


def default_card_format(actor: Actor, bot: Bot) -> str:
    """Pick the lossless format: PNG, or CHARX where the bot has more files or a picture of another type."""
    data = _read_media(actor, bot.picture_id)
    return "png" if (data is None or data.startswith(b"\x89PNG")) and not _card_assets(bot) else "charx"


def _write_card(actor: Actor, bot: Bot, form: str, spec: Spec) -> bytes:
    raw = card_as_json(actor, bot)
    try:
        if form == "json":
            return write_card_json(raw, spec)
        if form == "png":
            return write_card_png(_portrait_as_png(actor, bot), raw, spec)
        return write_charx(raw, _read_media(actor, bot.picture_id), _card_assets(bot))
    except FormatError as error:
        raise BadRequest(str(error)) from error


def card_as_json(actor: Actor, bot: Bot) -> dict[str, Any]:
    """Build the card JSON: the imported original with only the edited fields replaced."""
    kept = bot.card if isinstance(bot.card, dict) else {}
    raw = kept.get("raw")
    known = dict(raw) if isinstance(raw, dict) and raw else {}
    before = _imported_fields(known)
    if before is None:
        known, before = {"spec": "chara_card_v3", "spec_version": "3.0", "data": {}}, {}
    # Spec V1 keeps the fields at the top level, V2 and V3 in ``data``.
    data = known.get("data")
    is_flat = not isinstance(data, dict)
    fresh = dict(known) if is_flat else dict(data or {})
    # Only fields that differ from the import are written, so that an untouched card is exported as it came.
    changed = [
        name
        for name in (*_CARD_FIELDS, *_EXTENSION_FIELDS)
        if name not in before or _current_value(bot, name) != before[name]
    ]
    for name in changed:
        _put_field(fresh, bot, name)
    _put_book(fresh, actor, bot, kept)
    return fresh if is_flat else known | {"data": fresh}


def _imported_fields(raw: dict[str, Any]) -> dict[str, Any] | None:
    """The bot's fields as they were imported; None without a readable card."""
    if not raw:
        return None
    try:
        return bot_fields_from_card(card_from_json(raw, ImportNotes(), None))
    except FormatError:
        return None


def _current_value(bot: Bot, name: str) -> Any:
    value = getattr(bot, name)
    if name in {"alternate_greetings", EXAMPLES_FIELD, "tags"}:
        return list(value or [])
    return value if name in _EXTENSION_FIELDS else value or ""


def _put_field(data: dict[str, Any], bot: Bot, name: str) -> None:
    value = _current_value(bot, name)
    if name in _CARD_FIELDS:
        data[_CARD_FIELDS[name]] = _join_examples(value) if name == EXAMPLES_FIELD else value
        return
    found = data.get("extensions")
    extensions = dict(found) if isinstance(found, dict) else {}
    if name == "depth_prompt":
        extensions.pop(name, None)
        given = value if isinstance(value, dict) and value.get("prompt") else None
        extensions |= {name: {"prompt": "", "depth": 4, "role": "system", **given}} if given else {}
    else:
        own = extensions.get("botcafe")
        own = {**(own if isinstance(own, dict) else {}), name: int(value) if name == "age" and value else value}
        # ``gender`` and ``age`` are in no card spec, so they go to our own extension namespace.
        own = {key: each for key, each in own.items() if each is not None}
        extensions |= {"botcafe": own}
        if not own:
            extensions.pop("botcafe")
    data["extensions"] = extensions


def _join_examples(examples: list[str]) -> str:
    return "\n".join(f"<START>\n{example}" for example in examples)


def _put_book(data: dict[str, Any], actor: Actor, bot: Bot, kept: dict[str, Any]) -> None:
    ids = list(LORE_LINKS.objects.filter(parent=bot.pk).order_by("id").values_list("target_id", flat=True))
    first = kept.get("book")
    book = build_card_book(actor, ids, first if isinstance(first, int) else None)
    if book is not None:
        data["character_book"] = book
    # The book came with the card and was detached since: exporting the old copy would bring it back.
    elif first is not None:
        data.pop("character_book", None)


def _read_media(actor: Actor, media_id: int | None) -> bytes | None:
    """The bytes of a file that the actor may see; its owner may have closed it since the bot named it."""
    row = MEDIA.visible_to(actor).filter(pk=media_id).first() if media_id else None
    return _stored_bytes(row.storage_key) if row else None


def _stored_bytes(storage_key: str) -> bytes | None:
    try:
        return storage().get(storage_key)
    except KeyError:
        return None


def _card_assets(bot: Bot) -> dict[str, bytes]:
    """The other files of the CHARX archive that the bot was imported from, by path."""
    kept = bot.card.get("files") if isinstance(bot.card, dict) else None
    if not isinstance(kept, dict):
        return {}
    numbers = {path: number for path, number in kept.items() if isinstance(number, int) and _is_safe_path(path)}
    # ``card`` can be written over REST: without this check anybody's file could be exported by its id.
    rows = Media.objects.filter(pk__in=list(numbers.values()), user=bot.user_id)
    own = dict(rows.values_list("pk", "storage_key"))
    found = {path: _stored_bytes(own[number]) for path, number in numbers.items() if number in own}
    return {path: data for path, data in found.items() if data is not None}


def _is_safe_path(path: str) -> bool:
    """Whether a path stays inside the archive (no ``..``, not absolute): ``card`` can be written over REST."""
    try:
        return safe_path(path) == path
    except FormatError:
        return False


def _portrait_as_png(actor: Actor, bot: Bot) -> bytes:
    """The bot's picture as PNG, or a generated placeholder."""
    data = _read_media(actor, bot.picture_id)
    if data is not None and data.startswith(b"\x89PNG"):
        return data
    out = io.BytesIO()
    leave_quick_lane()
    if data is not None:
        try:
            with Image.open(io.BytesIO(data)) as picture:
                # A portrait of forty million points takes half a minute to pack, and nobody shows it so large.
                picture.thumbnail((MAX_PORTRAIT_PIXELS, MAX_PORTRAIT_PIXELS))
                picture.convert("RGBA").save(out, "PNG")
            return out.getvalue()
        except (OSError, ValueError):
            out = io.BytesIO()
    _placeholder_portrait(bot).save(out, "PNG")
    return out.getvalue()


def _placeholder_portrait(bot: Bot) -> Image.Image:
    # The hue follows the name, so that the same bot gets the same colour in every export.
    hue = sum(map(ord, bot.name)) % 360
    picture = Image.new("HSV", (PLACEHOLDER_PIXELS, PLACEHOLDER_PIXELS), (hue * 255 // 360, 90, 150)).convert("RGB")
    draw = ImageDraw.Draw(picture)
    draw.ellipse(
        (PLACEHOLDER_PIXELS // 4, PLACEHOLDER_PIXELS // 8, PLACEHOLDER_PIXELS * 3 // 4, PLACEHOLDER_PIXELS * 5 // 8),
        fill=(240, 232, 218),
    )
    draw.pieslice(
        (
            PLACEHOLDER_PIXELS // 8,
            PLACEHOLDER_PIXELS * 5 // 8,
            PLACEHOLDER_PIXELS * 7 // 8,
            PLACEHOLDER_PIXELS * 11 // 8,
        ),
        180,
        360,
        fill=(240, 232, 218),
    )
    return picture
