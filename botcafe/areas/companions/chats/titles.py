"""Titles of chats that nobody has named: the first words that somebody says there."""

import re

from botcafe.areas.companions.collections.conversation import Conversation

MAX_AUTOMATIC_CHARACTERS = 48
_MARKS = re.compile(r"[*_`#>\[\]]+")


def name_chat(chat: Conversation, bot_names: list[str], first_words: str) -> None:
    """Name a chat after the first words, unless somebody has named it; a new chat is called like its bot until then."""
    title = title_from(first_words)
    if not title or chat.is_temporary or (chat.title and chat.title not in bot_names):
        return
    chat.title = title
    Conversation.objects.filter(pk=chat.pk).update(title=title)


def title_from(words: str) -> str:
    """The beginning of a text as a title: one line, whole words, without marks of Markdown; "" where there are none."""
    text = " ".join(_MARKS.sub(" ", words[:400]).split())
    if len(text) <= MAX_AUTOMATIC_CHARACTERS:
        return text
    # Chinese and Japanese have no spaces to cut at.
    cut = text[:MAX_AUTOMATIC_CHARACTERS]
    return f"{(cut.rpartition(' ')[0] or cut).rstrip(' ,;:.-')} …"
