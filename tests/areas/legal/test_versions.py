"""One version of a type is in force; drafts are unseen; what somebody agreed to stays as it was."""

import datetime as dt

import pytest
from django.db import IntegrityError, transaction
from django.test import Client

from botcafe.areas.legal.collections.legal_document import LegalDocument
from botcafe.kit.richtext import from_markdown
from tests.areas.legal.texts import publish, version
from tests.backoffice.test_staff_site import address, browser_of
from tests.people import Cast
from tests.suites.refusals import refused
from tests.web.visiting import page

ACTIVE = "/api/legalDocuments?depth=0&where[document_type][equals]=terms"


def numbers_in_force(cast: Cast) -> list[str]:
    """The versions of the terms that a visitor finds."""
    return [doc["version"] for doc in cast.stranger.get(ACTIVE)["docs"]]


def test_a_new_version_takes_the_place_of_the_former(cast: Cast) -> None:
    first = publish(cast, "1", document_type="terms")
    publish(cast, "1", document_type="privacy_policy")
    cast.ada.ask("POST", "/api/account/consent", {"agreements": [first]})
    publish(cast, "2")
    assert numbers_in_force(cast) == ["2"]
    assert cast.ada.ask("PATCH", f"/api/legalDocuments/{first}", {"is_active": True})[0] == 200
    assert numbers_in_force(cast) == ["1"]
    assert cast.stranger.get("/api/legalDocuments")["totalDocs"] == 2
    acts = [(entry["act"], entry["row"]) for entry in cast.ada.get("/api/auditLog?depth=0&limit=50")["docs"]]
    assert acts.count(("update", str(first))) == 2, "its end and its return are both in the log"


def test_the_database_itself_holds_two_active_versions_apart(cast: Cast) -> None:
    publish(cast, "1")
    other = cast.ada.make("legalDocuments", version("2", is_active=False))["id"]
    with pytest.raises(IntegrityError), transaction.atomic():
        LegalDocument.objects.filter(pk=other).update(is_active=True)


def test_a_version_is_not_in_force_before_its_day(cast: Cast) -> None:
    later = (dt.datetime.now(dt.UTC) + dt.timedelta(days=3)).isoformat(timespec="milliseconds")[:23] + "Z"
    refused(
        cast.ada, "POST", "/api/legalDocuments", version("2", effective_date=later), says="effective date", status=400
    )
    draft = cast.ada.make("legalDocuments", version("2", effective_date=later, is_active=False))["id"]
    refused(cast.ada, "PATCH", f"/api/legalDocuments/{draft}", {"is_active": True}, says="draft", status=400)


@pytest.mark.parametrize("switch", [False, None])
def test_a_draft_is_unseen_on_every_door(cast: Cast, switch: bool | None) -> None:
    draft = cast.ada.make("legalDocuments", version("0.9", "Not yet.", is_active=switch))["id"]
    for who in (cast.alice, cast.stranger):
        assert who.ask("GET", f"/api/legalDocuments/{draft}")[0] == 404
        assert who.get("/api/legalDocuments/count") == {"totalDocs": 0}
        client = browser_of(who)
        for path in ("/legal/terms", f"/legal/terms/{draft}"):
            assert client.get(path).status_code == 404
        assert "Not yet" not in page(client, "/legal")
    refused(cast.alice, "POST", "/api/userAgreements", {"legal_document": draft}, status=409)


def test_the_pages_show_what_is_in_force_and_what_was(cast: Cast) -> None:
    first = publish(cast, "1", "Be kind.", document_type="privacy_policy", title="Privacy")
    publish(cast, "2", "Be **very** kind.", document_type="privacy_policy", title="Privacy")
    client = Client()
    shown = page(client, "/legal/privacy")
    assert "<strong>very</strong>" in shown
    assert f"/legal/privacy/{first}" in shown
    former = page(client, f"/legal/privacy/{first}")
    assert "not in force any more" in former
    assert "Be kind." in former
    assert client.get(f"/legal/terms/{first}").status_code == 404
    assert "/legal/privacy" in page(client, "/legal")


def test_what_somebody_agreed_to_is_not_rewritten_or_deleted(cast: Cast) -> None:
    terms = publish(cast, "1")
    path = f"/api/legalDocuments/{terms}"
    assert cast.ada.ask("PATCH", path, {"title": "The terms"})[0] == 200
    cast.alice.make("userAgreements", {"legal_document": terms})
    for change in ({"content": from_markdown("Pay.")}, {"version": "1.1"}, {"document_type": "disclaimer"}):
        refused(cast.ada, "PATCH", path, change, says="new version", status=409)
    refused(cast.ada, "PATCH", f"/api/legalDocuments?where[id][equals]={terms}", {"title": "X"}, status=400)
    refused(cast.ada, "DELETE", path, says="agreed", status=409)
    assert cast.ada.ask("PATCH", path, {"is_active": False})[0] == 200


def test_the_staff_site_follows_the_same_rules(cast: Cast) -> None:
    client = browser_of(cast.ada)
    form = {"title": "Terms", "document_type": "terms", "content": "Be kind.", "effective_date": "2026-01-01"}
    for number in ("1", "2"):
        made = client.post(address("legalDocuments", "add"), {**form, "version": number, "is_active": "true"})
        assert made.status_code == 302, made.content[:2000]
        assert numbers_in_force(cast) == [number]
    terms = LegalDocument.objects.get(version="2")
    cast.alice.make("userAgreements", {"legal_document": terms.pk})
    change = address("legalDocuments", "change", terms.pk)
    told = client.post(change, {**form, "version": "2b", "is_active": "true"}, follow=True).content.decode()
    assert "new version" in told
    told = client.post(address("legalDocuments", "delete", terms.pk), {"post": "yes"}, follow=True).content.decode()
    assert "user agreement" in told.lower(), "it says what stands in the way"
    assert LegalDocument.objects.get(pk=terms.pk).version == "2"
