"""An import that loses a deadlock half-way repeats the file that lost, and no file before it."""

from typing import Any

import orjson
import psycopg
import pytest
from django.db import OperationalError

from botcafe.areas.companions.collections.bot import Bot
from botcafe.cms.schema.actor import Actor
from botcafe.transfer import import_files
from tests.formats.fixtures import v2
from tests.people import Cast

CARDS = ("Olga", "Ann")


def deadlock() -> OperationalError:
    """What Django raises where PostgreSQL ended the transaction."""
    error = OperationalError("deadlock detected")
    error.__cause__ = psycopg.errors.DeadlockDetected()
    return error


def import_cards(cast: Cast, monkeypatch: pytest.MonkeyPatch, conflicts: int) -> list[Any]:
    """Import two cards, of which the second loses so many deadlocks."""
    left, import_card = [conflicts], import_files.import_card

    def conflicting(actor: Any, card: Any) -> Any:
        made = import_card(actor, card)
        if card.name == "Ann" and left[0]:
            left[0] -= 1
            raise deadlock()
        return made

    monkeypatch.setattr(import_files, "import_card", conflicting)
    monkeypatch.setattr("botcafe.kit.db_errors._PAUSES", (0.0, 0.0, 0.0))
    alice = cast.alice
    files = [(f"{name}.json", orjson.dumps(v2(name=name))) for name in CARDS]
    return import_files.import_many(Actor("user", alice.id), files, is_preview=False)


@pytest.mark.django_db(transaction=True)
def test_the_second_card_is_repeated_and_the_first_is_made_once(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    outcomes = import_cards(cast, monkeypatch, conflicts=1)
    assert ["error" in each for each in outcomes] == [False, False]
    assert sorted(Bot.objects.values_list("name", flat=True)) == sorted(CARDS)


@pytest.mark.django_db(transaction=True)
def test_a_card_that_never_wins_is_refused_beside_the_one_that_is_stored(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    outcomes = import_cards(cast, monkeypatch, conflicts=9)
    assert ["error" in each for each in outcomes] == [False, True]
    assert list(Bot.objects.values_list("name", flat=True)) == ["Olga"]
