"""Counters beside the rows that they count."""

from django.db.models import Count, IntegerField, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce

from botcafe.areas.companions.collections.bot import Bot
from botcafe.areas.companions.collections.bot_interaction import BotInteraction
from botcafe.upkeep.doctor.findings import Findings

COUNTERS = {"likes_count": "liked", "favorites_count": "favorited"}


def check_counters(found: Findings) -> None:
    """Likes and favourites of bots. Messages and tokens of chats and days count what is erased too, and are not compared."""
    for counter, flag in COUNTERS.items():
        given = BotInteraction.objects.filter(**{flag: True}, bot=OuterRef("pk")).order_by().values("bot")
        count = Coalesce(Subquery(given.annotate(n=Count("pk")).values("n"), output_field=IntegerField()), 0)
        # A counter that nobody has moved yet is empty.
        right = Q(**{counter: count}) | Q(**{f"{counter}__isnull": True}) & ~Q(pk__in=_bots_given(flag))
        for bot in Bot.objects.exclude(right).order_by("pk").values_list("pk", flat=True).iterator():
            mended = found.is_mending and bool(Bot.objects.filter(pk=bot).update(**{counter: count}))
            found.add(f"bots whose {counter} is not what was given", f"bot {bot}", mended=mended)


def _bots_given(flag: str) -> object:
    return BotInteraction.objects.filter(**{flag: True}).values("bot")
