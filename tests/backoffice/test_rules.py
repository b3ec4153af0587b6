"""The staff site follows the declaration of each collection, and what admins do is written down by every door."""

from typing import Any

import pytest
from django.urls import reverse

from botcafe.backoffice.site import STAFF
from botcafe.cms.schema.collection import all_collections, get_collection
from tests.backoffice.test_staff_site import address, browser_of
from tests.people import PASSWORD, Cast, bot_data

HIDDEN = [of.slug for of in all_collections() if of.is_hidden_from_staff]
FIXED = [of.slug for of in all_collections() if not of.allows_staff("update")]


def test_lore_and_whatever_else_no_admin_reads_over_the_api_is_hidden_here() -> None:
    assert {"knowledge", "knowledgeCollections", "memory", "conversation", "message", "mood"} <= set(HIDDEN)
    assert {of.slug for of in all_collections() if of.is_intimate} <= set(HIDDEN)


def test_lore_shows_neither_words_nor_names(cast: Cast) -> None:
    book = cast.alice.make("knowledgeCollections", {"name": "planted-book"})["id"]
    entry = {"entry": "planted-words", "title": "planted-title", "type": "text", "knowledge_collection": book}
    lore = cast.alice.make("knowledge", entry)["id"]
    bot = cast.alice.make("bot", bot_data())["id"]
    part = [{"bot_id": bot, "role": "primary"}]
    chat = cast.alice.make("conversation", {"title": "planted-chat", "bot_participation": part})["id"]
    memory = cast.alice.make("memory", {"bot": bot, "entry": "planted-words", "title": "planted-memory"})["id"]
    preset = cast.alice.make("samplerPresets", {"name": "planted-preset"})["id"]
    staff = browser_of(cast.ada)
    rows = {"knowledge": lore, "knowledgeCollections": book, "conversation": chat, "memory": memory}
    for slug, row_id in {**rows, "samplerPresets": preset}.items():
        pages = [
            address(slug, "changelist"),
            *(address(slug, page, row_id) for page in ("change", "delete", "history")),
        ]
        for page in (*pages, f"{pages[0]}?q=planted"):
            answer = staff.get(page)
            assert answer.status_code == 200, page
            assert b"planted-" not in answer.content, page


def test_of_what_is_hidden_staff_see_a_number_an_owner_and_two_dates() -> None:
    for slug in HIDDEN:
        page = STAFF.get_model_admin(get_collection(slug).model)
        shown = {field.name for field in page.model._meta.concrete_fields} - set(page.exclude)
        assert shown <= {"id", "user", "owner_user", "created_at", "updated_at"}, slug
        assert set(page.list_display) <= shown, slug


def test_no_column_is_guessed_by_the_address_of_a_list(cast: Cast) -> None:
    cast.alice.make("mood", {"mood": "sad", "note": "planted-note"})
    staff = browser_of(cast.ada)
    for slug, lookup in (
        ("mood", "note__startswith"),
        ("mood", "mood"),
        ("users", "password__startswith"),
        ("users", "reset_token_hash__gt"),
        ("bot", "name__regex"),
        ("bot", "gender__startswith"),
    ):
        for value in ("planted", "(", "s"):
            answer = staff.get(address(slug, "changelist"), {lookup: value})
            assert answer.status_code == 400, (slug, lookup, value)
    cast.alice.make("bot", bot_data(gender="female"))
    for lookup, value in (("gender", "female"), ("gender__exact", "female"), ("is_public__exact", "0")):
        assert b"Mocha" in staff.get(address("bot", "changelist"), {lookup: value}).content, lookup


def test_a_password_is_changed_on_the_account_page_alone(cast: Cast) -> None:
    staff, user = browser_of(cast.ada), get_collection("users").model
    before = user.objects.get(pk=cast.ada.id).password
    form = {"old_password": PASSWORD, "new_password1": "another-horse-9", "new_password2": "another-horse-9"}
    assert staff.post(reverse("staff:password_change"), form).headers["location"] == reverse("accounts:account")
    assert user.objects.get(pk=cast.ada.id).password == before


def test_signing_out_of_the_staff_site_ends_the_sign_in(cast: Cast) -> None:
    staff = browser_of(cast.ada)
    assert staff.post(reverse("staff:logout"), follow=True).status_code == 200
    assert browser_of(cast.ada).get(reverse("staff:index")).status_code == 302


def test_django_pages_that_nothing_leads_to_are_gone(cast: Cast) -> None:
    staff = browser_of(cast.ada)
    for path in ("/staff/r/x/y/", "/staff/autocomplete/?app_label=companions&model_name=bot&field_name=user&term=a"):
        assert staff.get(path).status_code == 404, path


@pytest.mark.parametrize("slug", FIXED)
def test_what_no_admin_changes_over_the_api_is_not_changed_here(cast: Cast, slug: str) -> None:
    page = browser_of(cast.ada).get(address(slug, "add"))
    of = get_collection(slug)
    assert page.status_code == (200 if of.allows_staff("create") and not of.is_hidden_from_staff else 403)


def test_the_ledger_only_grows_by_the_server(cast: Cast) -> None:
    ledger = get_collection("tokenLedger").model
    row = ledger.objects.create(user_id=cast.alice.id, kind="reply", debit="person", credit="openai", tokens=12)
    staff, data = browser_of(cast.ada), {"kind": "grant", "debit": "house", "credit": "person", "tokens": 9000}
    assert staff.post(address("tokenLedger", "add"), data).status_code == 403
    assert staff.post(address("tokenLedger", "change", row.pk), data).status_code == 403
    assert staff.post(address("tokenLedger", "delete", row.pk), {"post": "yes"}).status_code == 403
    assert list(ledger.objects.values_list("pk", "tokens")) == [(row.pk, 12)]


def last_entry(cast: Cast) -> dict[str, Any]:
    """The newest entry of the audit log."""
    entry: dict[str, Any] = cast.ada.get("/api/auditLog?depth=0&limit=1")["docs"][0]
    return entry


def test_an_act_over_rest_is_written_down_with_the_values_before_and_after(cast: Cast) -> None:
    bot = cast.alice.make("bot", bot_data(description="old words"))["id"]
    assert cast.ada.ask("PATCH", f"/api/bot/{bot}", {"description": "new words"})[0] == 200
    entry = last_entry(cast)
    assert (entry["act"], entry["collection"], entry["row"], entry["user"]) == ("update", "bot", str(bot), cast.ada.id)
    assert entry["details"]["before"] == {"description": "old words"}
    assert entry["details"]["after"] == {"description": "new words"}
    assert cast.ada.ask("DELETE", f"/api/bot/{bot}")[0] == 200
    entry = last_entry(cast)
    assert (entry["act"], entry["details"]["before"]["description"]) == ("delete", "new words")


def test_a_password_and_what_is_ones_own_stay_out_of_the_log(cast: Cast) -> None:
    assert (
        cast.ada.ask("PATCH", f"/api/users/{cast.alice.id}", {"password": "another-horse", "role": "admin"})[0] == 200
    )
    entry = last_entry(cast)
    assert entry["details"]["after"] == {"password": "(not shown)", "role": "admin"}
    before = cast.ada.get("/api/auditLog?depth=0")["totalDocs"]
    cast.ada.make("mood", {"mood": "sad", "note": "my own"})
    own = cast.ada.make("bot", bot_data("own"))["id"]
    assert cast.ada.ask("PATCH", f"/api/bot/{own}", {"description": "mine"})[0] == 200
    assert cast.ada.get("/api/auditLog?depth=0")["totalDocs"] == before


def test_an_act_on_the_staff_site_is_written_down_with_the_values_before_and_after(cast: Cast) -> None:
    tier = cast.ada.make("subscriptionTiers", {"name": "Free", "price_monthly": 1, "token_allocation": 10})["id"]
    form = {"name": "Free", "price_monthly": 5, "token_allocation": 10, "is_active": "true"}
    assert browser_of(cast.ada).post(address("subscriptionTiers", "change", tier), form).status_code == 302
    details = last_entry(cast)["details"]
    assert (details["before"]["price_monthly"], details["after"]["price_monthly"]) == (1.0, 5.0)
