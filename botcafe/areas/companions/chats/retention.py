"""Erases messages that are older than their owner wants them kept, by the chat's setting or the account's policy."""

from collections.abc import Iterable
from functools import cache

from django.apps import apps
from django.db import transaction
from django.db.models import F, ForeignKey, Model, Q

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


def own_attachments(**messages: object) -> list[int]:
    """The files of messages that belong to who wrote them: a message may show the picture of somebody else's bot."""
    conditions = {f"parent__{name}": value for name, value in messages.items()}
    rows = ATTACHMENTS.link.objects.filter(target__user=F("parent__user"), **conditions)
    return list(rows.values_list("target_id", flat=True))


def erase_unshared_files(files: Iterable[int]) -> None:
    """Erase files that nothing names any more: a fork shares those of its origin, and a bot may wear one as its face."""
    for file in Media.objects.filter(pk__in=list(files)):
        if not any(model._base_manager.filter(**{name: file.pk}).exists() for model, name in _media_relations()):
            write_operations.delete_by_id(MEDIA, SYSTEM, file.pk, DEPTH_ZERO)


@cache
def _media_relations() -> tuple[tuple[type[Model], str], ...]:
    """Every column that names a file, the links of lists among them."""
    return tuple(
        (model, field.name)
        for model in apps.get_models(include_auto_created=True)
        for field in model._meta.concrete_fields
        if isinstance(field, ForeignKey) and field.related_model is Media
    )


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
        files = own_attachments(pk__in=ids)
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
