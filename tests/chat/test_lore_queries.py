"""How many statements lore costs, and that its words cover every rule."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from botcafe.areas.knowledge.lore.activation_log import _EXPLANATIONS
from botcafe.areas.knowledge.lore.compiled_books import BOOK_CACHE, lore_for
from botcafe.retrieval.activation import ActivationRule
from tests.people import Cast


@pytest.mark.django_db
def test_two_statements_find_the_lore_that_counts(cast: Cast) -> None:
    """Once the books are kept, however many there are; three more for each that is not."""
    alice = cast.alice
    bot = alice.make("bot", {"name": "B", "slug": "b", "system_prompt": "x", "creator_display_name": "A"})
    for n in range(5):
        shelf = alice.make("knowledgeCollections", {"name": f"S{n}", "bot": [bot["id"]]})
        alice.make("knowledge", {"entry": f"e{n}", "type": "text", "knowledge_collection": shelf["id"]})
    from botcafe.areas.companions.collections.bot import Bot

    row = Bot.objects.get(pk=bot["id"])
    BOOK_CACHE.clear()
    with CaptureQueriesContext(
        connection,
    ) as first:
        lore = lore_for(alice.id, row)
    with CaptureQueriesContext(connection) as second:
        again = lore_for(alice.id, row)
    assert len(lore.books) == len(again.books) == 5
    assert (len(first), len(second)) == (2 + 5 * 3, 2)


def test_every_rule_has_words() -> None:
    """A new rule without words would be told as nothing."""
    assert set(_EXPLANATIONS) == {rule.value for rule in ActivationRule}
