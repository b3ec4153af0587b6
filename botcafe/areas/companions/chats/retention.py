"""Erases messages that are older than their owner wants them kept, by the chat's setting or the account's policy."""

from collections.abc import Iterable

from django.db import transaction
from django.db.models import Q

from botcafe.areas.accounts.collections.media import MEDIA, Media
from botcafe.areas.accounts.collections.user import User
from botcafe.areas.accounts.retention import NOTICE_DAYS, days_ago, read_policy
from botcafe.areas.companions.bots.actions import DEPTH_ZERO
from botcafe.areas.companions.collections.conversation import Conversation
from botcafe.areas.companions.collections.message import MESSAGES, Message
from botcafe.areas.companions.messages.tree_sql import ATTACHMENTS
from botcafe.cms.schema.actor import SYSTEM
from botcafe.cms.write import write_operations
from botcafe.kit.instants import now

BATCH_MESSAGES = 200
UNSAVED_DAYS = 1
PINNED = "pinned"


def erase_unshared_files(files: Iterable[int]) -> None:
    """Erase files that no message has any more: a fork shares those of the chat that it was copied from."""
    for file in Media.objects.filter(pk__in=list(files)):
        if not ATTACHMENTS.link.objects.filter(target=file.pk).exists():
            write_operations.delete_by_id(MEDIA, SYSTEM, file.pk, DEPTH_ZERO)


def sweep_old_messages() -> int:
    """Erase one batch of messages that are too old, newest first; returns how many. The next sweep goes on from there."""
    for old in _rules():
        # Newest first: a parent's deletion then never has to reattach children that are to be deleted too.
        ids = list(
            Message.objects.filter(old, is_growing=False)
            .exclude(conversation__status=PINNED)
            .order_by("-created_at", "-id")
            .values_list("pk", flat=True)[:BATCH_MESSAGES]
        )
        if ids:
            _erase_messages(ids)
            return len(ids)
    return 0


def _rules() -> Iterable[Q]:
    """Which messages are too old: one condition for each chat and each account with a rule that is in force."""
    begun = days_ago(NOTICE_DAYS)
    chats = Conversation.objects.filter(retention_since__lte=begun)
    for number, days in chats.values_list("pk", "conversation_settings_message_retention_days"):
        if days:
            yield Q(conversation=number, created_at__lt=days_ago(days))
    people = User.objects.filter(retention_since__lte=begun)
    for number, policy, since in people.values_list("pk", "data_retention_policy", "retention_since"):
        if days := read_policy(policy, since).messages_days:
            yield Q(conversation__user=number, created_at__lt=days_ago(days))


def _erase_messages(ids: list[int]) -> None:
    with transaction.atomic():
        files = list(ATTACHMENTS.link.objects.filter(parent__in=ids).values_list("target_id", flat=True))
        for number in ids:
            write_operations.delete_by_id(MESSAGES, SYSTEM, number, DEPTH_ZERO)
        erase_unshared_files(files)


def trash_unsaved_chats() -> int:
    """Move chats that are not saved by themselves to the trash, a day after their last use; returns how many."""
    unused = Conversation.objects.filter(
        conversation_settings_auto_save_conversations=False,
        modified_timestamp__lt=days_ago(UNSAVED_DAYS),
        deleted_at__isnull=True,
        is_temporary=False,
    )
    return unused.exclude(status=PINNED).update(deleted_at=now())
