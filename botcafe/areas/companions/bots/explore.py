"""The bots that people explore: by words, by tag, by likes or age."""

import json
from collections import Counter, defaultdict
from dataclasses import dataclass

from django.db.models import Q, QuerySet

from botcafe.areas.companions.bots.queries import SORTS, BotPage, public_or_own
from botcafe.areas.companions.collections.bot import BOTS, Bot
from botcafe.cms.schema.actor import Actor

MAX_WORDS = 8
MAX_TAGGED_BOTS = 1000
MAX_TAGS = 24
MAX_TAG_CHARACTERS = 60


@dataclass(frozen=True, slots=True)
class BotFilter:
    """Which bots are wanted; "" stands for any. ``sort`` is one of ``SORTS``."""

    text: str = ""
    tag: str = ""
    sort: str = "popular"


@dataclass(frozen=True, slots=True)
class TagCount:
    """A tag, and how many public bots have it."""

    tag: str
    bots: int


def find_bots(actor: Actor, wanted: BotFilter, start: int, count: int) -> BotPage:
    """The ``count`` bots from the ``start``-th on (from 0): public ones, or by words all that the actor may chat with."""
    rows = public_or_own(actor) if wanted.text else _public(actor)
    for word in wanted.text.split()[:MAX_WORDS]:
        rows = rows.filter(Q(name__icontains=word) | Q(description__icontains=word) | Q(tags__icontains=word))
    if wanted.tag:
        rows = rows.filter(_has_tag(wanted.tag))
    # Ids are sorted before the rows are read: a sort of whole definitions takes four times as long.
    ids = list(rows.order_by(*SORTS[wanted.sort]).values_list("pk", flat=True)[start : start + count + 1])
    found = {bot.pk: bot for bot in rows.filter(pk__in=ids[:count]).select_related("picture")}
    return BotPage([found[each] for each in ids[:count] if each in found], len(ids) > count)


def most_used_tags(actor: Actor) -> list[TagCount]:
    """The tags of the thousand most liked public bots, most used first; differently written ones count as one."""
    lists = _public(actor).order_by("-likes_count", "-id").values_list("tags", flat=True)[:MAX_TAGGED_BOTS]
    spellings: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for tags in lists:
        written = {str(each).strip().casefold(): str(each).strip() for each in tags or []}
        for key, tag in written.items():
            if tag and len(tag) <= MAX_TAG_CHARACTERS:
                spellings[key][tag] += 1
    counted = [TagCount(each.most_common(1)[0][0], each.total()) for each in spellings.values()]
    return sorted(counted, key=lambda each: (-each.bots, each.tag.casefold()))[:MAX_TAGS]


def _public(actor: Actor) -> QuerySet[Bot]:
    return BOTS.visible_to(actor).filter(deleted_at__isnull=True, is_public=True)


def _has_tag(tag: str) -> Q:
    # The column holds JSON: a whole tag stands in quotes, and letters beyond ASCII either as they are or escaped.
    return Q(tags__icontains=json.dumps(tag)) | Q(tags__icontains=json.dumps(tag, ensure_ascii=False))
