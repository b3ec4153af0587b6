"""Character cards: brought in losslessly, and given out again."""

from typing import Any

from django.db import transaction

from botcafe.areas.accounts.collections.media import MEDIA
from botcafe.areas.accounts.uploads import Upload
from botcafe.areas.companions.actions import FLAT, create_bot, update_bot
from botcafe.areas.companions.collections.bot import Bot
from botcafe.areas.knowledge.lore import keep_book
from botcafe.cms import writing
from botcafe.cms.actor import Actor
from botcafe.cms.errors import ApiError, Forbidden
from botcafe.formats.card import Card, read_card, speech_examples, write_card_json
from botcafe.formats.errors import FormatError


def with_picture(actor: Actor, data: dict[str, Any]) -> dict[str, Any]:
    """Replace an uploaded picture by the file it becomes. Raises ApiError for what is no picture."""
    given = data.pop("picture_upload", None)
    if given is None:
        return data
    name, claimed, content = given
    kind = claimed if claimed.startswith("image/") else "image/png"
    return {**data, "picture": _keep_picture(actor, Upload(name, kind, content), data.get("name") or name)}


def _keep_picture(actor: Actor, upload: Upload, alt: str) -> int:
    return int(writing.create(MEDIA, actor, {"alt": str(alt)[:200]}, FLAT, upload=upload)["id"])


def bring_card(actor: Actor, data: bytes) -> dict[str, Any]:
    """Make a bot of a card file: ``{kind, created, skipped, warnings}``. Raises ApiError with what is wrong with it."""
    if not actor.is_signed_in:
        raise Forbidden
    try:
        card = read_card(data)
    except FormatError as error:
        refused = ApiError(str(error))
        refused.status = 413 if error.code == "too_large" else 400
        raise refused from error
    with transaction.atomic():
        return _keep(actor, card)


def _keep(actor: Actor, card: Card) -> dict[str, Any]:
    """Everything of a card or nothing: the caller's transaction holds it together."""
    skipped: list[dict[str, str]] = []
    fields = _fields(card)
    if card.book is not None:
        book, skipped = keep_book(actor, card.book, card.name)
        fields["knowledge_collections"] = [book["id"]]
    bot = create_bot(actor, fields)
    if card.picture is not None:
        upload = Upload(f"{card.name[:80]}.png", "image/png", card.picture)
        try:
            update_bot(actor, bot["slug"], {"picture": _keep_picture(actor, upload, card.name)})
        except ApiError as error:
            skipped.append({"what": "picture", "why": error.message})
    created = [{"collection": "bot", "id": bot["id"], "name": bot["name"], "url": f"/bots/{bot['slug']}"}]
    if card.book is not None:
        created.append({"collection": "knowledgeCollections", "id": book["id"], "name": book["name"]})
    kind = f"character card ({card.spec.upper()})"
    return {"kind": kind, "created": created, "skipped": skipped, "warnings": list(card.warnings)}


def _fields(card: Card) -> dict[str, Any]:
    prompt = card.depth_prompt
    return {
        "name": card.name[:10_000],
        "description": card.creator_notes or _first_lines(card.description),
        "system_prompt": card.description or card.personality or f"You are {card.name}.",
        "personality": card.personality,
        "scenario": card.scenario,
        "instructions": card.system_prompt,
        "post_history_instructions": card.post_history_instructions,
        "greeting": card.first_mes,
        "alternate_greetings": [g[:10_000] for g in card.alternate_greetings],
        "speech_examples": [e[:10_000] for e in speech_examples(card.mes_example)],
        "depth_prompt": {"prompt": prompt.prompt, "depth": prompt.depth, "role": prompt.role} if prompt else None,
        "tags": [t[:200] for t in card.tags],
        "creator_display_name": card.creator[:200] or "unknown",
        "card": {"spec": card.spec, "raw": card.raw},
        "is_public": False,
    }


def _first_lines(text: str) -> str:
    return text.strip().split("\n\n")[0][:400]


def card_of(bot: Bot) -> bytes:
    """The bot as a V3 card: its original, with what has been edited since."""
    kept = bot.card or {}
    raw = dict(kept.get("raw") or {})
    data = dict(raw.get("data") or {})
    data.update(
        name=bot.name,
        description=bot.system_prompt,
        personality=bot.personality or "",
        scenario=bot.scenario or "",
        first_mes=bot.greeting or "",
        system_prompt=bot.instructions or "",
        post_history_instructions=bot.post_history_instructions or "",
        alternate_greetings=list(bot.alternate_greetings or []),
        tags=list(bot.tags or []),
    )
    data.setdefault("mes_example", "\n".join(f"<START>\n{e}" for e in bot.speech_examples or []))
    data.setdefault("creator_notes", bot.description or "")
    data.setdefault("creator", bot.creator_display_name)
    spec = kept.get("spec") if kept.get("spec") in {"v2", "v3"} else "v3"
    numbers = {"v2": ("chara_card_v2", "2.0"), "v3": ("chara_card_v3", "3.0")}[str(spec)]
    card = {
        **raw,
        "spec": raw.get("spec", numbers[0]),
        "spec_version": raw.get("spec_version", numbers[1]),
        "data": data,
    }
    return write_card_json(card)
