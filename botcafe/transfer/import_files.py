"""Importing files of any supported format: cards, lorebooks, chats, groups, personas, presets, and zips of them."""

from collections import Counter
from time import monotonic
from typing import cast

from django.db import DatabaseError, transaction

from botcafe.areas.companions.bots.actions import update_bot
from botcafe.areas.companions.bots.card_import import import_card
from botcafe.areas.companions.personas.files import import_personas
from botcafe.areas.companions.presets.actions import import_preset
from botcafe.areas.knowledge.lore.field_map import clean_text
from botcafe.areas.knowledge.lore.lorebook_import import book_item, store_lorebook
from botcafe.cms.schema.actor import Actor
from botcafe.cms.schema.errors import ApiError
from botcafe.formats.bundles import read_bundle
from botcafe.formats.chats.conversation_lists import may_be_conversation, split_conversations
from botcafe.formats.errors import FormatError
from botcafe.formats.lore.model import Lorebook
from botcafe.kit.compensation import compensate_on_failure
from botcafe.kit.db_errors import is_unreachable, retry_on_conflict
from botcafe.transfer.import_batch import ImportBatch, Same
from botcafe.transfer.import_chats import import_chat
from botcafe.transfer.import_groups import import_group
from botcafe.transfer.import_preview import preview_file
from botcafe.transfer.import_updates import update_known
from botcafe.transfer.known_files import digest_of, marks_of, remember_import
from botcafe.transfer.outcome import CreatedItem, ImportOutcome, SkippedItem, api_error_of, file_stem
from botcafe.transfer.reading import known_outcome, new_outcome, read_file_for

NOT_STORED = "The café cannot store this file just now. Send it once more in a moment."


def import_file(
    actor: Actor, data: bytes, name: str = "", bot: int | None = None, batch: ImportBatch | None = None
) -> ImportOutcome:
    """Import one file in one transaction: all of it or nothing.

    `bot` is the id of the bot that a chat belongs to where the account has none of the speaker's name. A file whose bytes
    were imported before is left alone, or becomes a copy or an update as the batch says. Raises Forbidden, and ApiError with what is wrong
    with the file.
    """
    name, batch = clean_text(name), batch or ImportBatch()
    found = read_file_for(actor, data, name)
    # These two read the file again, with limits and checks of their own.
    if found.kind == "personas":
        return cast("ImportOutcome", import_personas(actor, data))
    if found.kind == "preset":
        return cast("ImportOutcome", import_preset(actor, data, name))
    digests = [digest_of(data, bot if found.chats else None), *marks_of(found)]
    if known := known_outcome(actor, digests, found, batch):
        return known if batch.same == "skip" else update_known(actor, found, known, digests)
    outcome = new_outcome(found)
    # Pictures are stored outside the database, so a rollback has to delete them too.
    with compensate_on_failure(), transaction.atomic():
        for card in found.cards:
            created, skipped = import_card(actor, card)
            outcome["created"] += cast("list[CreatedItem]", created)
            outcome["skipped"] += cast("list[SkippedItem]", skipped)
        for book in found.books:
            _import_book(actor, book, name, outcome, batch)
        for chat in found.chats:
            title = name if len(found.chats) == 1 and not found.cards else ""
            outcome["created"] += import_chat(actor, chat, bot, title)
        if found.group is not None:
            outcome["created"], outcome["skipped"] = import_group(actor, found.group)
        remember_import(actor, digests, outcome["created"])
    for card in found.cards:
        batch.add_card(card)
    return outcome


def unpack_bundles(files: list[tuple[str, bytes]]) -> tuple[list[tuple[str, bytes]], list[SkippedItem]]:
    """The same files, where a zip of many files is replaced by its members, and a list of conversations by each of them.

    Also what of a zip is skipped.

    Raises ApiError for a zip or list of conversations that is damaged or too large.
    """
    unpacked: list[tuple[str, bytes]] = []
    skipped: list[SkippedItem] = []
    for name, data in files:
        try:
            bundle = read_bundle(data)
        except FormatError as error:
            raise api_error_of(error) from error
        for member in [(name, data)] if bundle is None else bundle.files:
            unpacked += _conversations_in(*member)
        skipped += [{"what": what, "why": why} for what, why in (bundle.left_out if bundle else ())]
    return unpacked, skipped


def are_independent(files: list[tuple[str, bytes]]) -> bool:
    """Whether files can be imported in several requests: chats with assistants, of which none needs one before it."""
    return len(files) > 1 and all(may_be_conversation(data) for _, data in files)


def _conversations_in(name: str, data: bytes) -> list[tuple[str, bytes]]:
    try:
        return split_conversations(name, data) or [(name, data)]
    except FormatError as error:
        raise api_error_of(error) from error


def import_many(
    actor: Actor,
    files: list[tuple[str, bytes]],
    bot: int | None = None,
    *,
    is_preview: bool,
    same: Same = "skip",
    seconds: float | None = None,
) -> list[ImportOutcome]:
    """Import or preview several files, each in a transaction of its own; a refused one has `error` in its outcome.

    After so many `seconds`, no further file is begun: there are fewer outcomes than files, at least one.

    What is here already, from the same file or another version of it, is treated as `same` says.

    A chat in a folder named like a card's file belongs to that card's bot. A lorebook is skipped where a card before it
    has the same entries.
    """
    outcomes: list[ImportOutcome] = []
    bots_by_file: dict[str, int | None] = {}
    batch = ImportBatch(same=same)
    started_at = monotonic()
    for name, data in files:
        if outcomes and seconds is not None and monotonic() - started_at >= seconds:
            break
        chosen_bot = bots_by_file.get(_folder_name(name)) or bot
        try:
            # Each file is one transaction, repeated by itself: the files before it are stored and must not be made twice.
            outcome = retry_on_conflict(
                preview_file if is_preview else import_file, actor, data, name, chosen_bot, batch
            )
        except ApiError as error:
            outcome = _refused_outcome(error.message, error.status)
        except DatabaseError as error:
            # What is imported already is told; a 503 for the whole request would have it sent once more.
            if not outcomes or not is_unreachable(error):
                raise
            outcome = _refused_outcome(NOT_STORED, 503)
        outcomes.append({"file": name, **outcome})
        rows = [*outcome["created"], *outcome.get("existing", ()), *outcome.get("updated", ())]
        bots = [item for item in rows if item["collection"] == "bot"]
        # The larger count, not the sum: bots of cards are counted already.
        batch.bots |= Counter(item["name"].lower() for item in bots)
        if len(bots) == 1:
            bots_by_file.setdefault(file_stem(name), bots[0].get("id"))
    if not is_preview:
        _attach_named_lore(actor, outcomes)
    return outcomes


def _refused_outcome(message: str, status: int) -> ImportOutcome:
    refused: ImportOutcome = {"kind": None, "created": [], "skipped": [], "existing": [], "warnings": []}
    return {**refused, "error": message, "status": status}


def _import_book(actor: Actor, book: Lorebook, name: str, outcome: ImportOutcome, batch: ImportBatch) -> None:
    duplicate = batch.find_duplicate_reason(book)
    if duplicate:
        outcome["skipped"] += duplicate
        return
    made, skipped = store_lorebook(actor, book, file_stem(name) or "a file")
    outcome["created"].append(cast("CreatedItem", book_item(made)))
    outcome["skipped"] += cast("list[SkippedItem]", skipped)


def _attach_named_lore(actor: Actor, outcomes: list[ImportOutcome]) -> None:
    """Attach a lorebook to the card that names it, where both were imported as files of their own."""
    items = [(outcome["file"], item) for outcome in outcomes for item in outcome["created"]]
    books = {file_stem(file): item["id"] for file, item in items if item["collection"] == "knowledgeCollections"}
    for _, item in items:
        if item.get("lore") in books:
            update_bot(actor, item["slug"], {"knowledge_collections": [books[item["lore"]]]})


def _folder_name(name: str) -> str:
    return name.split("/")[-2] if "/" in name else ""
