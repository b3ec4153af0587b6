"""Queries on memories of chats."""

from collections.abc import Container

from django.db.models import F

from botcafe.areas.knowledge.collections.memory import Memory


def summaries_within(conversation_id: int, message_ids: Container[int]) -> list[str]:
    """The texts of a chat's summaries that were made of these messages alone, oldest first."""
    rows = Memory.objects.filter(conversation=conversation_id, user=F("conversation__user"), type="short_term")
    summaries = []
    for entry, sources in rows.order_by("id").values_list("entry", "source_messages"):
        ids = [each for each in sources if isinstance(each, int)] if isinstance(sources, list) else []
        # A summary that also covers other messages would repeat what the prompt has, or miss what it has not.
        if ids and all(each in message_ids for each in ids):
            summaries.append(entry or "")
    return summaries
