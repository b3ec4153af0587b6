"""How many rows one bulk change reaches."""

import pytest

from botcafe.areas.wellbeing.collections.mood import Mood
from botcafe.cms.query.read_operations import MAX_PAGE_SIZE
from tests.people import Cast

EACH = "/api/mood?where[mood][equals]=happy&depth=0"


@pytest.fixture
def moods(cast: Cast) -> list[int]:
    """A few more moods than one change may reach."""
    day = "2026-01-01T00:00:00.000Z"
    made = Mood.objects.bulk_create(
        Mood(user_id=cast.alice.id, mood="happy", created_at=day, updated_at=day) for _ in range(MAX_PAGE_SIZE + 2)
    )
    return [mood.pk for mood in made]


@pytest.mark.parametrize("limit", ["", "&limit=0", f"&limit={MAX_PAGE_SIZE + 1}", "&limit=1e9"])
def test_more_rows_than_one_change_may_reach_are_refused(cast: Cast, moods: list[int], limit: str) -> None:
    status, answer = cast.alice.ask("PATCH", f"{EACH}{limit}", {"mood": "sad"})
    assert (status, f"more than {MAX_PAGE_SIZE} rows" in answer["errors"][0]["message"]) == (400, True)
    assert not Mood.objects.filter(pk__in=moods).exclude(mood="happy").exists()


def test_a_limit_names_how_many_are_changed(cast: Cast, moods: list[int]) -> None:
    status, answer = cast.alice.ask("PATCH", f"{EACH}&limit=2&sort=id", {"mood": "sad"})
    assert (status, len(answer["docs"])) == (200, 2)
    assert [*Mood.objects.filter(mood="sad").values_list("pk", flat=True)] == moods[:2]


def test_a_limit_above_what_may_be_reached_changes_what_there_is(cast: Cast, moods: list[int]) -> None:
    Mood.objects.filter(pk__in=moods[3:]).delete()
    status, answer = cast.alice.ask("PATCH", f"{EACH}&limit=5000", {"mood": "sad"})
    assert (status, len(answer["docs"])) == (200, 3)
