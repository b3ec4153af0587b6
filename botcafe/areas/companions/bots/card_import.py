"""Import character cards without loss: known fields become columns, the whole card is stored beside them."""

from collections.abc import Iterable
from typing import Any

from django.db import transaction

from botcafe.areas.accounts.collections.media import MEDIA
from botcafe.areas.accounts.uploads import Upload
from botcafe.areas.companions.bots.actions import DEPTH_ZERO, create_bot, update_bot
from botcafe.areas.companions.collections.bot import Bot
from botcafe.areas.knowledge.lore.field_map import clean_text
from botcafe.areas.knowledge.lore.lorebook_import import book_item, own_book_id, store_lorebook, update_lorebook
from botcafe.cms.schema.actor import Actor
from botcafe.cms.schema.errors import ApiError
from botcafe.cms.write import write_operations
from botcafe.formats.cards.card_files import speech_examples
from botcafe.formats.cards.images import detect_image_type
from botcafe.formats.cards.model import CharacterCard
from botcafe.kit.compensation import compensate_on_failure
from botcafe.kit.macros import MacroContext, fill

GENDERS: tuple[str, ...] = tuple(Bot._meta.get_field("gender").spec.options)
MAX_FILES = 200
MAX_FIRST_LINE = 200
MAX_ITEM_CHARACTERS, MAX_NAME_CHARACTERS, MAX_ITEMS = 10_000, 10_000, 10_000
EXAMPLES_FIELD = "speech_examples"


def save_bot(actor: Actor, data: dict[str, Any], slug: str | None = None) -> dict[str, Any]:
    """Create a bot, or change the one named by ``slug``, with an uploaded picture, in one transaction.

    Raises NotFound, Forbidden and ValidationFailed, and ApiError for a file that is not a picture.
    """
    with compensate_on_failure(), transaction.atomic():
        document = with_picture(actor, data)
        return create_bot(actor, document) if slug is None else update_bot(actor, slug, document)


def with_picture(actor: Actor, data: dict[str, Any]) -> dict[str, Any]:
    """Store the upload in ``picture_upload`` and return the data with its id as ``picture``. Raises ApiError."""
    given = data.pop("picture_upload", None)
    if given is None:
        return data
    name, claimed, content = given
    # Claiming an image makes the upload check decode it, and refuse what is no picture.
    kind = claimed if claimed.startswith("image/") else "image/png"
    return {**data, "picture": _store_media(actor, Upload(name, kind, content), data.get("name") or name)}


def _store_media(actor: Actor, upload: Upload, alt: str) -> int:
    return int(
        write_operations.create_document(MEDIA, actor, {"alt": clean_text(str(alt))[:200]}, DEPTH_ZERO, upload=upload)[
            "id"
        ]
    )


def import_card(actor: Actor, card: CharacterCard) -> tuple[list[dict[str, Any]], list[dict[str, str]]]:
    """Create a bot from a card; returns the created rows and the skipped parts with reasons. Raises ValidationFailed.

    The caller runs it in a transaction. The bot's entry has ``lore`` where the card names a SillyTavern world file
    (``extensions.world``) that is not embedded.
    """
    skipped: list[dict[str, str]] = []
    fields = bot_fields_from_card(card)
    kept: dict[str, Any] = {"spec": card.spec, "raw": card.raw}
    book = None
    if card.book is not None:
        book, skipped = store_lorebook(actor, card.book, card.name)
        fields["knowledge_collections"] = [book["id"]]
        kept["book"] = book["id"]
    bot = create_bot(actor, {**fields, "card": kept})
    # Files come after the bot: a card that fails validation has then stored no bytes.
    looks = _store_card_images(actor, card, skipped)
    if looks:
        files = {"files": looks.pop("files")} if "files" in looks else {}
        update_bot(actor, bot["slug"], {**looks, "card": {**kept, **files}})
    created = [_bot_item(actor, bot["id"], bot["name"], bot["slug"], card)]
    named = card.extensions.get("world")
    if book is None and isinstance(named, str) and named:
        created[0]["lore"] = named
    if book is not None:
        created.append(book_item(book))
    return created, skipped


def update_from_card(
    actor: Actor, bot: Bot, card: CharacterCard
) -> tuple[list[dict[str, Any]], list[dict[str, Any]], list[dict[str, str]]]:
    """Bring a bot up to a card: the updated rows, the created ones, and the skipped parts with reasons.

    The bot as it was is among its versions, and its lorebook is kept as `update_lorebook` does. Who may see the bot stays
    as it is. Raises NotFound, Forbidden and ValidationFailed; the caller runs it in a transaction.
    """
    skipped: list[dict[str, str]] = []
    created: list[dict[str, Any]] = []
    fields = bot_fields_from_card(card)
    del fields["is_public"]
    former = bot.card if isinstance(bot.card, dict) else {}
    kept: dict[str, Any] = {"spec": card.spec, "raw": card.raw}
    updated = [_bot_item(actor, bot.pk, fields["name"], bot.slug, card)]
    if card.book is not None:
        book_id = own_book_id(actor, former.get("book"))
        if book_id is None:
            book, skipped = store_lorebook(actor, card.book, card.name)
            kept["book"] = book["id"]
            fields["knowledge_collections"] = [*_attached_book_ids(bot), book["id"]]
            created.append(book_item(book))
        else:
            kept["book"] = book_id
            book_row, before, skipped = update_lorebook(actor, book_id, card.book, card.name)
            updated.append(book_row)
            created.append(before)
    looks = _store_card_images(actor, card, skipped)
    if "files" in looks:
        kept["files"] = looks.pop("files")
    update_bot(actor, bot.slug, {**fields, **looks, "card": kept})
    return updated, created, skipped


def _attached_book_ids(bot: Bot) -> list[int]:
    links: Any = Bot.many_relations["knowledge_collections"].link
    return list(links.objects.filter(parent=bot.pk).values_list("target", flat=True))


def _bot_item(actor: Actor, bot_id: int, name: str, slug: str, card: CharacterCard) -> dict[str, Any]:
    """What an answer tells of a bot from a card: how many greetings it has, and the first line of the first."""
    macros = MacroContext(name, actor.name or "Guest")
    first = next((line.strip() for line in clean_text(card.first_mes).splitlines() if line.strip()), "")
    greetings = len([text for text in (card.first_mes, *card.alternate_greetings) if text.strip()])
    item: dict[str, Any] = {"collection": "bot", "id": bot_id, "name": name, "slug": slug}
    told = {"greetings": greetings, "first_lines": fill(first[:MAX_FIRST_LINE], macros)[:MAX_FIRST_LINE]}
    return item | {key: value for key, value in told.items() if value}


def _store_card_images(actor: Actor, card: CharacterCard, skipped: list[dict[str, str]]) -> dict[str, Any]:
    """Store the picture and the other files of an archive; adds to ``skipped`` what cannot be stored."""
    looks: dict[str, Any] = {}
    files: dict[str, int] = {}
    if card.picture is not None:
        kind = detect_image_type(card.picture) or "image/png"
        upload = Upload(f"{card.name[:80]}.{kind.removeprefix('image/')}", kind, card.picture)
        try:
            looks["picture"] = _store_media(actor, upload, card.name)
        except ApiError as error:
            skipped.append({"what": "picture", "why": error.message})
    for number, (path, data) in enumerate(card.files.items()):
        if number >= MAX_FILES:
            skipped.append({"what": path[:200], "why": f"only the first {MAX_FILES} files of an archive are kept"})
        # CHARX lists the portrait among its assets too: one stored file serves both.
        elif data == card.picture and "picture" in looks:
            files[path] = looks["picture"]
        else:
            try:
                name = path.rpartition("/")[2]
                files[path] = _store_media(actor, Upload(name, detect_image_type(data) or "", data), path)
            except ApiError as error:
                skipped.append({"what": path[:200], "why": error.message})
    return looks | ({"files": files} if files else {})


def bot_fields_from_card(card: CharacterCard) -> dict[str, Any]:
    """Map a card to the columns of a bot, cut to their limits."""
    prompt = card.depth_prompt
    own = card.extensions.get("botcafe")
    own = own if isinstance(own, dict) else {}
    age = own.get("age")
    note = {"prompt": clean_text(prompt.prompt), "depth": prompt.depth, "role": prompt.role} if prompt else None
    return {
        "name": clean_text(card.name)[:MAX_NAME_CHARACTERS] or "Nameless",
        "description": clean_text(card.creator_notes or _short_description(card.description)),
        # Required here, but empty in many cards that put everything into the personality.
        "system_prompt": clean_text(card.description or card.personality) or f"You are {clean_text(card.name)}.",
        "personality": clean_text(card.personality),
        "scenario": clean_text(card.scenario),
        "instructions": clean_text(card.system_prompt),
        "post_history_instructions": clean_text(card.post_history_instructions),
        "greeting": clean_text(card.first_mes),
        "alternate_greetings": _clean_items(card.alternate_greetings),
        EXAMPLES_FIELD: _clean_items(speech_examples(card.mes_example)),
        "depth_prompt": note,
        "tags": [tag[:200] for tag in _clean_items(card.tags)],
        "creator_display_name": clean_text(card.creator)[:200].strip() or "unknown",
        "gender": own.get("gender") if own.get("gender") in GENDERS else None,
        "age": age if isinstance(age, int) and not isinstance(age, bool) and 1 <= age <= 200 else None,
        "is_public": False,
    }


def _clean_items(texts: Iterable[str]) -> list[str]:
    return [clean_text(text)[:MAX_ITEM_CHARACTERS] for text in list(texts)[:MAX_ITEMS]]


def _short_description(text: str) -> str:
    return text.strip().split("\n\n")[0][:400]
