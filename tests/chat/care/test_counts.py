"""What is kept of a notice: one more in a count, and nothing of the words that it answered."""

import pytest

from botcafe.areas.wellbeing.collections.notice_count import NoticeCount
from botcafe.chat.care import notices_for
from botcafe.cms.schema.actor import Actor
from tests.people import Cast

MARKER = "planted-marker-77"


@pytest.mark.django_db
def test_nothing_of_the_words_is_stored_with_the_count(cast: Cast) -> None:
    (notice,) = notices_for(Actor("user", cast.alice.id), f"Ich will nicht mehr leben. {MARKER}")
    assert notice.kind == "crisis"
    rows = list(NoticeCount.objects.values())
    assert [each["count"] for each in rows] == [1]
    assert MARKER not in str(rows)
    assert "alice" not in str(rows)
