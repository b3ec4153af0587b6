"""What came of a file, in words."""

from collections.abc import Iterable, Mapping
from typing import Any

from django.utils.translation import ngettext


def count_sentences(created: Iterable[Mapping[str, Any]]) -> list[str]:
    """How many of each kind were made, such as "1 bot", "1 lorebook", "4 entries", "2 greetings"; none of what is not there."""
    items = list(created)
    of = {kind: [each for each in items if each["collection"] == kind] for kind in _KINDS}
    bots, books, chats, personas, presets = (len(of[kind]) for kind in _KINDS)
    entries = sum(each.get("count") or 0 for each in of["knowledgeCollections"])
    messages = sum(each.get("count") or 0 for each in of["conversation"])
    greetings = sum(each.get("greetings") or 0 for each in of["bot"])
    told = (
        (bots, ngettext("{count} bot", "{count} bots", bots)),
        (books, ngettext("{count} lorebook", "{count} lorebooks", books)),
        (entries, ngettext("{count} entry", "{count} entries", entries)),
        (greetings, ngettext("{count} greeting", "{count} greetings", greetings)),
        (chats, ngettext("{count} chat", "{count} chats", chats)),
        (messages, ngettext("{count} message", "{count} messages", messages)),
        (personas, ngettext("{count} persona", "{count} personas", personas)),
        (presets, ngettext("{count} preset", "{count} presets", presets)),
    )
    return [words.format(count=f"{number:,}") for number, words in told if number]


_KINDS = ("bot", "knowledgeCollections", "conversation", "personas", "samplerPresets")
