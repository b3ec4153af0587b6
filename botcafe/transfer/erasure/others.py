"""What others keep: lines of a bot that goes, entries in a lorebook that goes, and lists that name the account.

Every batch changes what it looked for, so that a killed run finds only what is left.
"""

import secrets
from typing import Any

from django.conf import settings
from django.db.models import Q
from django.utils import translation
from django.utils.translation import gettext

from botcafe.areas.accounts.collections.user import User
from botcafe.areas.companions.collections.bot import Bot
from botcafe.areas.companions.collections.message import MESSAGES, Message
from botcafe.areas.knowledge.collections.knowledge import Knowledge
from botcafe.areas.knowledge.collections.knowledge_collection import KnowledgeCollection
from botcafe.areas.knowledge.collections.memory import Memory
from botcafe.cms.query.read_operations import Query
from botcafe.cms.schema.actor import SYSTEM
from botcafe.cms.write import write_operations
from botcafe.kit.instants import now
from botcafe.retrieval import sources
from botcafe.transfer.erasure.run_state import BATCH_ROWS, Counts, RunningErasure

DEPTH_ZERO = Query({"depth": "0"})
STREAMED_ROWS = 500


def settle_others(run: RunningErasure) -> None:
    """Give others what is theirs, before the account's own rows go."""
    run.until_done(lambda counts: _erase_own_lines(run, counts))
    for table, columns in ((Message, ("bot", "message_attribution_source_bot")), (Memory, ("bot",))):
        for column in columns:
            run.until_done(lambda counts, table=table, column=column: _keep_lines(run, table, column))  # type: ignore[misc]
    run.until_done(lambda counts: _keep_entries(run))
    _leave_lists(run)


def _erase_own_lines(run: RunningErasure, counts: Counts) -> int:
    """What the person wrote into chats of others goes; what answered it moves up. A bot's lines are the chat's."""
    mine = Message.objects.filter(user=run.account).exclude(conversation__user=run.account)
    spoken = list(mine.filter(bot__isnull=False).select_related("conversation")[:BATCH_ROWS])
    for row in spoken:
        Message.objects.filter(pk=row.pk).update(user=row.conversation.user_id)
    sources.refresh("message", [row.pk for row in spoken])
    ids = list(mine.filter(bot__isnull=True).order_by("-pk").values_list("pk", flat=True)[:BATCH_ROWS])
    for number in ids:
        Message.objects.filter(pk=number).update(is_growing=False)
        write_operations.delete_by_id(MESSAGES, SYSTEM, number, DEPTH_ZERO)
    counts["message"] += len(ids)
    return len(spoken) + len(ids)


def _keep_lines(run: RunningErasure, table: Any, column: str) -> int:
    """Lines and memories of others that name a bot of the account's get a nameless bot of their owner's in its place."""
    owner = "conversation__user" if table is Message else "user"
    rows = table.objects.filter(**{f"{column}__user": run.account}).exclude(**{owner: run.account})
    pair = rows.values_list(column, owner).first()
    if pair is None:
        return 0
    bot_id, owner_id = pair
    stand_in = _nameless_bot(owner_id)
    theirs = Q(bot=bot_id) & Q(conversation__user=owner_id)
    ids = list(Message.objects.filter(theirs).values_list("pk", flat=True))
    Message.objects.filter(theirs).update(bot=stand_in)
    quoted = Message.objects.filter(message_attribution_source_bot=bot_id, conversation__user=owner_id)
    quoted.update(message_attribution_source_bot=stand_in)
    memories = Memory.objects.filter(bot=bot_id, user=owner_id)
    kept = list(memories.values_list("pk", flat=True))
    memories.update(bot=stand_in)
    # The name of who speaks is a part of what is found.
    sources.refresh("message", ids)
    sources.refresh("memory", kept)
    return 1


def _nameless_bot(owner_id: int) -> Bot:
    """A deleted bot of somebody's, called "Deleted account" in their language: its lines stay readable in their chats."""
    chosen = User.objects.filter(pk=owner_id).values_list("language", flat=True).first()
    with translation.override(chosen or settings.LANGUAGE_CODE):
        name = gettext("Deleted account")
    bot: Bot = Bot.objects.create(
        user_id=owner_id,
        name=name,
        slug=f"deleted-account-{secrets.token_hex(6)}",
        system_prompt="-",
        creator_display_name=name,
        created_date=now(),
        deleted_at=now(),
    )
    return bot


def _keep_entries(run: RunningErasure) -> int:
    """What others wrote into a lorebook of the account's moves into one of their own."""
    rows = Knowledge.objects.filter(knowledge_collection__user=run.account).exclude(user=run.account)
    pair = rows.values_list("user", "knowledge_collection").first()
    if pair is None:
        return 0
    writer, book = pair
    chosen = User.objects.filter(pk=writer).values_list("language", flat=True).first()
    with translation.override(chosen or settings.LANGUAGE_CODE):
        name = gettext("From a lorebook of a deleted account")
    new = KnowledgeCollection.objects.create(user_id=writer, name=name)
    theirs = Knowledge.objects.filter(user=writer, knowledge_collection=book)
    ids = list(theirs.values_list("pk", flat=True))
    theirs.update(knowledge_collection=new)
    sources.refresh("knowledge", ids)
    return 1


def _leave_lists(run: RunningErasure) -> None:
    """Take the account's number out of lists in rows of others: collaborators, shares, reactions."""
    books = KnowledgeCollection.objects.exclude(user=run.account)
    _take_out(run, books, "collaborators_collab_user_ids", "collaborators_invited_by_user")
    entries = Knowledge.objects.exclude(user=run.account)
    _take_out(run, entries, "shared_access_shared_with_user_ids", "shared_access_shared_by_user_id")
    lines = Message.objects.exclude(conversation__user=run.account).filter(message_content_reactions__isnull=False)
    for number, given in lines.values_list("pk", "message_content_reactions").iterator(STREAMED_ROWS):
        if isinstance(given, dict) and any(isinstance(who, list) and run.account in who for who in given.values()):
            kept = {
                emoji: [each for each in who if each != run.account] if isinstance(who, list) else who
                for emoji, who in given.items()
            }
            Message.objects.filter(pk=number).update(message_content_reactions={k: v for k, v in kept.items() if v})


def _take_out(run: RunningErasure, rows: Any, many: str, one: str) -> None:
    rows.filter(**{one: run.account}).update(**{one: None})
    for number, given in rows.filter(**{f"{many}__isnull": False}).values_list("pk", many).iterator(STREAMED_ROWS):
        if isinstance(given, list) and run.account in given:
            rows.filter(pk=number).update(**{many: [each for each in given if each != run.account]})
