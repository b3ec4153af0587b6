"""Titles from first words, and the days under which chats stand in the list."""

import datetime as dt
from itertools import count
from zoneinfo import ZoneInfo

import pytest

from botcafe.areas.companions.chats.titles import title_from
from botcafe.areas.companions.collections.conversation import Conversation
from botcafe.kit.instants import from_epoch, now
from botcafe.web.chats.periods import period_of
from tests.people import Cast, Person, bot_data
from tests.suites.refusals import signed_in
from tests.web.visiting import page

SERIAL = count()
BERLIN = ZoneInfo("Europe/Berlin")


def chat_of(person: Person, **more: object) -> int:
    """A chat with a new bot."""
    bot = person.make("bot", bot_data(slug=f"mocha-{next(SERIAL)}"))
    part = {"bot_id": bot["id"], "role": "primary"}
    number: int = person.make("conversation", {"bot_participation": [part], **more})["id"]
    return number


@pytest.mark.parametrize(
    ("words", "title"),
    [
        ("Hello", "Hello"),
        ("  two\n\nlines ", "two lines"),
        ("***", ""),
        ("one two three four five six seven eight nine ten eleven", "one two three four five six seven eight nine …"),
        ("字" * 100, f"{'字' * 48} …"),
        ("x" * 100, f"{'x' * 48} …"),
    ],
)
def test_a_title_is_one_line_of_whole_words(words: str, title: str) -> None:
    assert title_from(words) == title


@pytest.mark.parametrize(
    ("moment", "period"),
    [
        ("2026-11-30T22:30:00+00:00", "Today"),
        ("2026-11-30T22:59:59+00:00", "Today"),
        ("2026-11-29T23:30:00+00:00", "Today"),
        ("2026-11-29T22:30:00+00:00", "Yesterday"),
        ("2026-11-24T12:00:00+00:00", "Previous 7 days"),
        ("2026-11-05T12:00:00+00:00", "Previous 30 days"),
        ("2020-01-01T12:00:00+00:00", "Older"),
    ],
)
def test_days_are_those_of_the_persons_clock(moment: str, period: str) -> None:
    assert period_of(dt.datetime.fromisoformat(moment), dt.date(2026, 11, 30), BERLIN) == period


@pytest.mark.django_db
def test_the_list_has_a_heading_for_each_period(cast: Cast) -> None:
    old, new = chat_of(cast.alice, title="Long ago"), chat_of(cast.alice, title="Just now")
    Conversation.objects.filter(pk=old).update(modified_timestamp=from_epoch(1_577_880_000))
    Conversation.objects.filter(pk=new).update(modified_timestamp=now())
    text = page(signed_in(cast.alice), "/chats")
    assert text.index(">Today<") < text.index("Just now")
    assert text.index("Just now") < text.index("Long ago")
