"""The versions of a bot: how it stood, what changed, and the way back."""

import difflib
import re
from dataclasses import dataclass
from typing import Any

from botcafe.areas.companions.actions import update_bot
from botcafe.areas.companions.collections.bot import VERSIONED, Bot, BotVersion
from botcafe.areas.companions.queries import bot_by_slug, may_edit
from botcafe.cms.actor import Actor
from botcafe.cms.errors import Forbidden, NotFound

SHOWN = 50
_PIECES = re.compile(r"\s+|\w+|[^\w\s]")
LABELS = {"system_prompt": "definition", "speech_examples": "examples of speech", "depth_prompt": "reminder"}


@dataclass(frozen=True, slots=True)
class Change:
    """What became of one field: pieces of text, each kept (``""``), taken out (``-``) or put in (``+``)."""

    field: str
    pieces: list[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Version:
    """A version with what it changed. The newest one is how the bot stands."""

    id: int
    made_at: str
    is_present: bool
    changes: list[Change]


def own_bot(actor: Actor, slug: str) -> Bot:
    """A bot that the actor may change. Raises NotFound and Forbidden."""
    bot = bot_by_slug(actor, slug)
    if not may_edit(actor, bot):
        raise Forbidden
    return bot


def versions_of(actor: Actor, slug: str) -> list[Version]:
    """The newest versions, newest first. Raises NotFound and Forbidden."""
    bot = own_bot(actor, slug)
    rows = list(BotVersion.objects.filter(bot=bot).order_by("-id")[: SHOWN + 1])
    found = []
    for number, row in enumerate(rows[:SHOWN]):
        before = rows[number + 1].data if number + 1 < len(rows) else {}
        found.append(Version(row.pk, row.made_at, number == 0, changes_of(before, row.data)))
    return found


def changes_of(before: dict[str, Any], after: dict[str, Any]) -> list[Change]:
    """What changed between two versions, field by field, word by word."""
    found = []
    for name in VERSIONED:
        old, new = _text(before.get(name)), _text(after.get(name))
        if old != new:
            found.append(Change(LABELS.get(name, name.replace("_", " ")), _compared(old, new)))
    return found


def _text(value: Any) -> str:
    if isinstance(value, list):
        return "\n\n".join(str(each) for each in value)
    if isinstance(value, dict):
        return "\n".join(f"{name}: {each}" for name, each in value.items())
    return "" if value is None else str(value)


def _compared(old: str, new: str) -> list[tuple[str, str]]:
    if len(old) + len(new) > 60_000:
        return [("-", old[:2000]), ("+", new[:2000])]
    a, b = _PIECES.findall(old), _PIECES.findall(new)
    found: list[tuple[str, str]] = []
    for kind, i, j, m, n in difflib.SequenceMatcher(None, a, b, autojunk=False).get_opcodes():
        if kind == "equal":
            found.append(("", "".join(a[i:j])))
        else:
            found += [("-", "".join(a[i:j]))] if j > i else []
            found += [("+", "".join(b[m:n]))] if n > m else []
    return found


def restore(actor: Actor, slug: str, version_id: int) -> None:
    """Let a bot stand as it did; that is a new version itself. Raises NotFound and Forbidden."""
    bot = own_bot(actor, slug)
    row = BotVersion.objects.filter(bot=bot, pk=version_id).first()
    if row is None:
        raise NotFound
    update_bot(actor, slug, {name: row.data.get(name) for name in VERSIONED})
