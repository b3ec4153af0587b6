"""The scenes of the starter bots, and who has one: a bot that the installation itself brought, by its slug.

A person's own bot has none, whatever its name or slug: a slug is unique, yet free again once a starter bot is gone.
"""

import functools
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import NotRequired, TypedDict

import orjson
from django.conf import settings

from botcafe.areas.accounts.credentials.first_admin import STARTER_ACCOUNT_EMAIL
from botcafe.areas.companions.collections.bot import Bot
from botcafe.llm.scene import ANSWER, Keywords, Scene, SceneReply

SCENE_SLUGS = ("number-four", "noor-halvorsen", "bastian-okoro")
ANY = "@any"
_FOLDER = Path(__file__).parent


def find_scene(bot: Bot) -> Scene | None:
    """The scene of a starter bot; None for all others, and where scenes are switched off."""
    return load_scene(bot.slug) if is_any_starter([(bot.pk, bot.slug)]) else None


def is_any_starter(bots: Iterable[tuple[int | None, str]]) -> bool:
    """Whether one of these bots, as ids and slugs, is a starter bot whose scene is on."""
    named = [number for number, slug in bots if slug in SCENE_SLUGS]
    if not named or not settings.SCENES:
        return False
    return Bot.objects.filter(pk__in=named, slug__in=SCENE_SLUGS, user__email=STARTER_ACCOUNT_EMAIL).exists()


@functools.cache
def load_scene(slug: str) -> Scene:
    """Read the scene of a slug of SCENE_SLUGS."""
    written: list[_WrittenReply] = orjson.loads((_FOLDER / f"{slug}.json").read_bytes())
    families: dict[str, list[str]] = orjson.loads((_FOLDER / "families.json").read_bytes())
    return Scene(tuple(_read_reply(each, families) for each in written))


class _WrittenReply(TypedDict):
    id: str
    text: str
    role: NotRequired[str]
    on: NotRequired[list[str]]
    after: NotRequired[dict[str, list[str]]]
    is_soft: NotRequired[bool]
    is_first: NotRequired[bool]
    opening: NotRequired[int]


def _read_reply(written: _WrittenReply, families: Mapping[str, list[str]]) -> SceneReply:
    return SceneReply(
        id=written["id"],
        text=written["text"],
        role=written.get("role", ANSWER),
        on=_read_keywords(written.get("on", []), families),
        after={previous: _read_keywords(words, families) for previous, words in written.get("after", {}).items()},
        is_soft=written.get("is_soft", False),
        is_first=written.get("is_first", False),
        opening=written.get("opening"),
    )


def _read_keywords(given: Sequence[str], families: Mapping[str, list[str]]) -> Keywords:
    """``@yes`` is a family, ``@any`` takes anything, ``=up`` a message that says no more; others are found anywhere."""
    return Keywords(
        words=tuple(word for word in given if word[0] not in "@="),
        whole=frozenset(word[1:] for word in given if word[0] == "="),
        family=tuple(member for word in given if word[0] == "@" and word != ANY for member in families[word]),
        is_any=ANY in given,
    )
