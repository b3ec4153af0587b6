"""Bringing what is here up to a later version of its file: a bot, a lorebook, or a chat with an assistant."""

from typing import Any, cast

from django.db import transaction

from botcafe.areas.companions.bots.card_import import update_from_card
from botcafe.areas.companions.collections.bot import BOTS, Bot
from botcafe.areas.knowledge.lore.lorebook_import import update_lorebook
from botcafe.cms.schema.actor import Actor
from botcafe.formats.detect import ImportedFile
from botcafe.kit.compensation import compensate_on_failure
from botcafe.transfer.known_files import remember_import
from botcafe.transfer.merge_chat import merge_chat
from botcafe.transfer.outcome import CreatedItem, ImportOutcome, SkippedItem

NOT_UPDATED = "a file of this kind cannot update what is here; keep both instead"


def update_known(actor: Actor, found: ImportedFile, known: ImportOutcome, digests: list[str]) -> ImportOutcome:
    """Update the rows that came of a file before, in one transaction; `known` is the outcome that names them.

    Nothing of anybody else is touched: the rows were found as the actor's own. Raises NotFound, Forbidden and
    ValidationFailed.
    """
    rows = {row["collection"]: row for row in known["existing"]}
    updated: list[CreatedItem] = []
    created: list[CreatedItem] = []
    skipped: list[SkippedItem] = []
    with compensate_on_failure(), transaction.atomic():
        if found.kind == "card" and "bot" in rows:
            bot: Bot = BOTS.visible_to(actor).get(pk=rows["bot"]["id"], user=actor.id)
            parts: tuple[Any, ...] = update_from_card(actor, bot, found.cards[0])
            updated, created, skipped = parts
        elif found.kind == "lorebook" and "knowledgeCollections" in rows:
            row = rows["knowledgeCollections"]
            item, before, left = update_lorebook(actor, row["id"], found.books[0], row["name"])
            updated, created = cast("list[CreatedItem]", [item]), cast("list[CreatedItem]", [before])
            skipped = cast("list[SkippedItem]", left)
        elif found.kind == "chat" and "conversation" in rows and len(found.chats) == 1 and found.chats[0].parents:
            row = rows["conversation"]
            count = merge_chat(actor, row["id"], found.chats[0])
            updated = [{"collection": "conversation", "id": row["id"], "name": row["name"], "count": count}]
        else:
            return {**known, "skipped": [{"what": row["name"], "why": NOT_UPDATED} for row in known["existing"]]}
        remember_import(actor, digests, updated)
    return {**known, "existing": [], "updated": updated, "created": created, "skipped": skipped}
