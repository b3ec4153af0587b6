"""Queries on memories of chats."""

from collections.abc import Container

from botcafe.areas.knowledge.collections.memory import Memory


def summaries_within(conversation_id: int, message_ids: Container[int]) -> list[str]:
    """The texts of a chat's summaries that were made of these messages alone, oldest first."""
    rows = Memory.objects.filter(conversation=conversation_id, type="short_term").order_by("id")
    summaries = []
    for entry, sources in rows.values_list("entry", "source_messages"):
        ids = [each for each in sources or [] if isinstance(each, int)]
        # A summary that also covers other messages would repeat what the prompt has, or miss what it has not.
        if ids and all(each in message_ids for each in ids):
            summaries.append(entry or "")
    return summaries
