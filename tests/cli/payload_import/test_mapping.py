"""An old database comes into a café that has people already: no id is trusted, nobody gets what is not theirs."""

from pathlib import Path
from typing import Any

import pytest

from botcafe.areas.accounts.credentials.first_admin import STARTER_ACCOUNT_EMAIL
from botcafe.cms.schema.collection import get_collection
from tests.cli.payload_import.conftest import Importing

pytestmark = pytest.mark.django_db


def rows(slug: str) -> Any:
    return get_collection(slug).model.objects


@pytest.fixture
def people() -> dict[str, int]:
    """Charlie has the ids that come in; Bob is here under another."""
    charlie = rows("users").create(pk=3, email="charlie@botcafe.test", role="admin")
    mocha = rows("bot").create(
        pk=11, user=charlie, name="Mine", slug="mocha", system_prompt="-", creator_display_name="-"
    )
    rows("media").create(filename="cup.png", storage_key="k", url="-", mime_type="-", filesize=1, content_hash="h")
    bob = rows("users").create(pk=50, email="bob@botcafe.test", name="Robert", password="kept")
    return {"charlie": charlie.pk, "bob": bob.pk, "mocha": mocha.pk}


def test_existing_accounts_get_the_rows_and_keep_their_own(old: Path, bring: Importing, people: dict[str, int]) -> None:
    report = bring(old)
    bob = rows("users").get(email="bob@botcafe.test")
    assert (bob.pk, bob.name, bob.password, bob.role) == (people["bob"], "Robert", "kept", "user")
    assert rows("botInteractions").get().user_id == people["bob"]
    assert report["collections"]["users"]["skipped"] == 1
    assert report["admins"] == ["charlie@botcafe.test"]


def test_relations_lists_and_ids_in_json_point_to_new_ids(old: Path, bring: Importing, people: dict[str, int]) -> None:
    bring(old)
    alice = rows("users").get(email="alice@botcafe.test")
    mocha = rows("bot").get(user=alice, name="Mocha")
    assert alice.pk not in (3, people["charlie"])
    assert mocha.pk != people["mocha"]
    chat = rows("conversation").get()
    persona = str(rows("personas").get().pk)
    assert chat.participants == {"personas": [persona], "bots": [str(mocha.pk), "p9"], "primary_persona": persona}
    assert chat.participation.get().bot_id == mocha.pk
    record, memory = rows("vectorRecords").get(), rows("memory").get()
    assert (record.source_id, record.tenant_id) == (str(memory.pk), str(alice.pk))
    assert record.metadata["user_id"] == alice.pk
    assert (record.metadata["source_id"], record.metadata["applies_to_bots"]) == (str(memory.pk), [mocha.pk])
    assert list(memory.vector_records.values_list("target_id", flat=True)) == [record.pk]
    lore = rows("knowledge").get()
    assert (lore.source_memory_id, memory.lore_entry_id) == (memory.pk, lore.pk)


def test_shares_name_the_same_accounts_and_drop_unknown_ones(
    old: Path, bring: Importing, people: dict[str, int]
) -> None:
    rows("users").create(pk=99, email="stranger@botcafe.test")
    bring(old)
    assert rows("knowledgeCollections").get().collaborators_collab_user_ids == [people["bob"]]
    assert rows("knowledge").get().shared_access_shared_with_user_ids == [people["bob"]]
    share, latte = rows("accessControl").get(), rows("bot").get(slug="latte")
    assert (share.resource_id, share.resource_row) == (str(latte.pk), latte.pk)
    assert list(share.shared_with_users.values_list("target_id", flat=True)) == [people["bob"]]


def test_a_share_of_a_row_that_is_not_its_owners_is_refused(tmp_path: Path, old: Path, bring: Importing) -> None:
    import sqlite3

    connection = sqlite3.connect(old)
    connection.execute("UPDATE access_control SET owner_user_id = 7")
    connection.commit()
    report = bring(old)
    assert not rows("accessControl").exists()
    assert report["collections"]["accessControl"]["rows"] == [{"id": 91, "why": "it shares what is not its owner's"}]


def test_names_that_are_taken_are_numbered(old: Path, bring: Importing, people: dict[str, int]) -> None:
    report = bring(old)
    assert rows("bot").get(name="Mocha").slug == "mocha-1"
    picture = rows("media").exclude(storage_key="k").get()
    assert picture.filename == "cup-1.png"
    assert picture.url == "/api/media/file/cup-1.png"
    assert len(report["changed"]) == 2


def test_a_second_run_after_mapping_adds_nothing(old: Path, bring: Importing, people: dict[str, int]) -> None:
    bring(old)
    rows("users").filter(pk=people["bob"]).update(email="robert@botcafe.test")
    report = bring(old)
    assert all(entry["written"] == 0 for entry in report["collections"].values())
    assert rows("users").count() == 3


def test_starter_content_keeps_its_ids_and_old_rows_get_new_ones(old: Path, bring: Importing) -> None:
    import sqlite3

    connection = sqlite3.connect(old)
    connection.execute(
        "CREATE TABLE documentation (id integer PRIMARY KEY, title text, slug text, content text, category text)"
    )
    connection.executemany(
        "INSERT INTO documentation VALUES (?, ?, ?, '{}', 'api')", [(1, "Old", "start"), (2, "B", "b")]
    )
    connection.commit()
    rows("documentation").create(pk=1, title="Ours", slug="start", content={}, category="api")
    rows("users").create(pk=3, email=STARTER_ACCOUNT_EMAIL, is_deactivated=True)
    report = bring(old)
    assert report["notes"][:2] == [
        "users: 1 rows have new ids, since theirs were taken here.",
        "documentation: 1 rows have new ids, since theirs were taken here.",
    ]
    assert rows("bot").get(pk=11).user.email == "alice@botcafe.test"
    assert dict(rows("documentation").values_list("pk", "slug")) == {1: "start", 2: "b", 3: "start-1"}
    assert rows("bot").filter(pk=11).exists()
