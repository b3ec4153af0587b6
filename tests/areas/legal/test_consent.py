"""Consent at sign-up and anew: what is in force binds at once, over every door, and only reading and leaving stay open."""

from typing import Any

import pytest
from django.test import Client

from botcafe.areas.legal.collections.user_agreement import UserAgreement
from tests.areas.legal.texts import publish, version
from tests.backoffice.test_staff_site import address
from tests.people import PASSWORD, Cast, Person, bot_data
from tests.suites.refusals import refused, signed_in
from tests.web.visiting import page, post
from tests.web.visiting import refused as form_refused

NEW = {"email": "dora@cafe.test", "password": PASSWORD, "name": "Dora"}
SIGN_UPS = ("/api/users", "/api/account/register")


def agree_all(cast: Cast, *documents: int) -> None:
    """Everybody agrees."""
    for person in (cast.ada, cast.alice, cast.bob, cast.charlie):
        status, answer = person.ask("POST", "/api/account/consent", {"agreements": [*documents]})
        assert status == 200, answer
        assert answer["owed"] == []


@pytest.mark.parametrize("path", SIGN_UPS)
def test_a_new_account_agrees_to_what_is_in_force(cast: Cast, path: str) -> None:
    terms, privacy = publish(cast, "1"), publish(cast, "1", document_type="privacy_policy", title="Privacy")
    publish(cast, "1", document_type="disclaimer")
    lacking: list[dict[str, Any]] = [{}, {"agreements": []}, {"agreements": [terms]}]
    for given in lacking:
        errors = refused(cast.stranger, "POST", path, {**NEW, **given}, says="consent_required", status=403)
        assert {each["id"] for each in errors[0]["data"]["documents"]} == {terms, privacy}
    for bad in ("yes", {"1": 1}, [terms, "x"], [True], list(range(1, 50))):
        refused(cast.stranger, "POST", path, {**NEW, "agreements": bad}, says="agreements", status=400)
    status, answer = cast.stranger.ask("POST", path, {**NEW, "agreements": [terms, privacy]}, HTTP_USER_AGENT="Cup/1")
    assert status == 201, answer
    dora = Person("dora").sign_in()
    rows = dora.get("/api/userAgreements?depth=0&sort=id")["docs"]
    assert [(row["legal_document"], row["ip_address"], row["user_agent"]) for row in rows] == [
        (terms, "127.0.0.1", "Cup/1"),
        (privacy, "127.0.0.1", "Cup/1"),
    ]
    log = dora.get("/api/consentLog?depth=0&sort=id")["docs"]
    assert [(entry["purpose"], entry["decision"]) for entry in log] == [("terms", "given"), ("privacy_policy", "given")]
    assert dora.ask("POST", "/api/bot", bot_data("d"))[0] == 201


@pytest.mark.parametrize("path", SIGN_UPS)
def test_a_sign_up_by_an_old_form_is_refused_with_what_is_in_force(cast: Cast, path: str) -> None:
    old = publish(cast, "1")
    cast.ada.ask("POST", "/api/account/consent", {"agreements": [old]})
    new = publish(cast, "2")
    errors = refused(cast.stranger, "POST", path, {**NEW, "agreements": [old]}, says="consent_outdated", status=409)
    assert [each["id"] for each in errors[0]["data"]["documents"]] == [new]
    refused(cast.alice, "POST", "/api/account/consent", {"agreements": [old, new]}, says="consent_outdated", status=409)
    refused(cast.alice, "POST", "/api/userAgreements", {"legal_document": old}, says="consent_outdated", status=409)


@pytest.mark.django_db
def test_the_first_admin_agrees_too(cast: Cast) -> None:
    """The page of the first account is the same form; here there are accounts already, so the page of the others is asked."""
    terms = publish(cast, "1")
    client = Client()
    assert f'name="agreements" value="{terms}"' in page(client, "/register")
    form_refused(client, "/register", status=400, says="agree to", **NEW, agreements=terms)
    status, where = post(client, "/register", **NEW, agreements=terms, agree="on")
    assert (status, where) == (302, "/")
    assert UserAgreement.objects.filter(user__email=NEW["email"], legal_document=terms).count() == 1


def test_an_account_made_by_an_admin_agrees_by_itself(cast: Cast) -> None:
    terms = publish(cast, "1")
    cast.ada.ask("POST", "/api/account/consent", {"agreements": [terms]})
    assert cast.ada.ask("POST", "/api/users", NEW)[0] == 201
    dora = Person("dora").sign_in()
    refused(dora, "POST", "/api/bot", bot_data("d"), says="consent_required", status=403)


def doors(cast: Cast, chat: int, bot: int) -> list[tuple[str, str, Any]]:
    """One act of every kind over the API."""
    return [
        ("POST", "/api/bot", bot_data("new")),
        ("PATCH", f"/api/bot/{bot}", {"name": "Y"}),
        ("PATCH", f"/api/bot?where[id][equals]={bot}", {"name": "Y"}),
        ("DELETE", f"/api/bot/{bot}", None),
        ("POST", f"/api/bot/{bot}/duplicate", {}),
        ("POST", "/api/account/chats", {"bot": "mocha"}),
        ("POST", f"/api/conversation/{chat}/turns", {"entry": "Hello"}),
        ("POST", f"/api/conversation/{chat}/settings", {"title": "X"}),
        ("POST", "/api/account/tokens", {"name": "t"}),
        ("POST", "/api/payload-preferences/a", {"value": 1}),
        ("PATCH", f"/api/users/{cast.alice.id}", {"name": "Z"}),
    ]


def test_a_new_version_closes_every_door_but_those_that_lead_out(cast: Cast) -> None:
    alice = cast.alice
    bot = alice.make("bot", bot_data("mocha"))["id"]
    chat = alice.ask("POST", "/api/account/chats", {"bot": "mocha"})[1]["id"]
    token = alice.ask("POST", "/api/account/tokens", {"name": "program"})[1]["token"]
    terms = publish(cast, "1")
    for method, path, data in doors(cast, chat, bot):
        errors = refused(alice, method, path, data, says="consent_required", status=403)
        assert errors[0]["data"]["address"] == "/legal/agree"
        assert [each["id"] for each in errors[0]["data"]["documents"]] == [terms]
    program = {"HTTP_AUTHORIZATION": f"Bearer {token}"}
    status, answer = cast.stranger.ask("POST", "/v1/embeddings", {"model": "x", "input": "tea"}, **program)
    assert (status, "agree" in answer["error"]["message"]) == (403, True)
    assert cast.stranger.ask("GET", "/v1/models", **program)[0] == 200
    # A method that is overridden on the way is not taken for a read.
    settings = f"/api/conversation/{chat}/settings"
    refused(
        alice, "POST", settings, {"title": "Z"}, says="consent_required", status=403, HTTP_X_HTTP_METHOD_OVERRIDE="GET"
    )
    for path in (
        f"/api/bot/{bot}",
        f"/api/conversation/{chat}",
        "/api/users/me",
        "/api/account/consent",
        "/api/account/export",
    ):
        assert alice.ask("GET", path)[0] == 200, path
    client = signed_in(alice)
    for path in ("/", f"/chats/{chat}", "/legal/terms"):
        assert "/legal/agree" in page(client, path) or path.startswith("/legal")
    for path in (f"/chats/{chat}/send", "/account/name", "/bots/new", f"/chats/{chat}/settings"):
        form_refused(client, path, status=302, says="/legal/agree", entry="Hello", name="Z")
    scripted = client.post(f"/chats/{chat}/send", {"entry": "Hello"}, headers={"accept": "application/json"})
    assert (scripted.status_code, scripted.json()["errors"][0]["data"]["code"]) == (403, "consent_required")
    assert alice.ask("POST", "/api/userAgreements", {"legal_document": terms})[0] == 201
    assert alice.ask("PATCH", f"/api/bot/{bot}", {"name": "Y"})[0] == 200
    assert alice.ask("POST", "/api/users/logout")[0] == 200


def test_admins_owe_it_too_and_can_still_mend_the_text(cast: Cast) -> None:
    terms = publish(cast, "1")
    refused(cast.ada, "POST", "/api/documentation", {"title": "x"}, says="consent_required", status=403)
    client = signed_in(cast.ada)
    form_refused(client, address("crisisSupport", "add"), status=302, says="/legal/agree", region="x")
    assert cast.ada.ask("PATCH", f"/api/legalDocuments/{terms}", {"title": "Mended"})[0] == 200
    form = {"title": "Terms", "document_type": "terms", "content": "Mended.", "effective_date": "2026-01-01"}
    mended = client.post(address("legalDocuments", "add"), {**form, "version": "2", "is_active": "true"})
    assert mended.status_code == 302
    assert mended["Location"].startswith("/staff/")
    assert [d["version"] for d in cast.stranger.get("/api/legalDocuments?depth=0")["docs"]] == ["2"]


def test_the_page_shows_what_changed_and_lets_one_agree(cast: Cast) -> None:
    first = publish(cast, "1", "Be kind to guests.")
    agree_all(cast, first)
    second = publish(cast, "2", "Be gentle to guests.")
    client = signed_in(cast.alice)
    shown = page(client, "/legal/agree")
    assert "<del>kind</del>" in shown
    assert "<ins>gentle</ins>" in shown
    assert "agreed before to version 1" in shown
    form_refused(client, "/legal/agree", says="Tick the box", agreements=second)
    form_refused(client, "/legal/agree", status=409, says="not in force", agreements=first, agree="on")
    assert post(client, "/legal/agree", agreements=second, agree="on", next="/chats") == (302, "/chats")
    assert "/legal/agree" not in page(client, "/")
    assert post(client, "/legal/agree", agreements=second, agree="on", next="https://evil.test/") == (302, "/")


def test_an_agreement_that_is_taken_back_is_as_if_it_had_not_been_given(cast: Cast) -> None:
    terms = publish(cast, "1")
    agree_all(cast, terms)
    client = signed_in(cast.alice)
    assert "Take back" in page(client, "/legal")
    assert post(client, f"/legal/{terms}/withdraw") == (302, "/legal")
    refused(cast.alice, "POST", "/api/bot", bot_data("a"), says="consent_required", status=403)
    status, answer = cast.alice.ask("POST", "/api/account/consent", {"agreements": [terms]})
    assert (status, [each["id"] for each in answer["given"]]) == (200, [terms])
    assert cast.alice.ask("POST", "/api/account/consent", {"withdraw": terms})[0] == 200
    refused(cast.alice, "POST", "/api/account/consent", {"withdraw": terms}, status=404)
    log = cast.alice.get("/api/consentLog?depth=0&sort=id")["docs"]
    assert [entry["decision"] for entry in log] == ["given", "withdrawn", "given", "withdrawn"]
    assert cast.bob.ask("POST", "/api/bot", bot_data("b"))[0] == 201, "nobody else's agreement has changed"


def test_an_agreement_is_nobodys_to_change_or_to_give_for_others(cast: Cast) -> None:
    terms = publish(cast, "1")
    agree_all(cast, terms)
    row = cast.alice.get("/api/userAgreements?depth=0")["docs"][0]["id"]
    for who in (cast.alice, cast.ada):
        for method, path in (("PATCH", f"/{row}"), ("DELETE", f"/{row}"), ("PATCH", f"?where[id][equals]={row}")):
            refused(who, method, f"/api/userAgreements{path}", {"agreed_at": "2020-01-01T00:00:00.000Z"}, status=403)
        refused(who, "DELETE", f"/api/userAgreements?where[id][equals]={row}", status=403)
    refused(cast.alice, "POST", "/api/userAgreements", {"legal_document": terms}, says="already", status=409)
    other = publish(cast, "1", document_type="disclaimer")
    refused(cast.ada, "POST", "/api/userAgreements", {"legal_document": other, "user": cast.alice.id}, status=403)
    client = signed_in(cast.ada)
    for kind in ("change", "delete"):
        assert client.post(address("userAgreements", kind, row), {"post": "yes"}).status_code == 403


def test_agreements_go_with_the_account(cast: Cast) -> None:
    terms = publish(cast, "1")
    agree_all(cast, terms)
    assert cast.ada.ask("DELETE", f"/api/users/{cast.charlie.id}")[0] == 200
    assert not UserAgreement.objects.filter(user=cast.charlie.id).exists()


def test_nobody_is_asked_where_the_operator_does_not_want_it(cast: Cast, settings: Any) -> None:
    settings.CONSENT = False
    publish(cast, "1")
    assert cast.alice.ask("POST", "/api/bot", bot_data("a"))[0] == 201
    assert cast.stranger.ask("POST", "/api/users", NEW)[0] == 201


def test_a_draft_of_a_new_version_asks_nobody(cast: Cast) -> None:
    agree_all(cast, publish(cast, "1"))
    cast.ada.make("legalDocuments", version("2", is_active=False))
    assert cast.alice.ask("POST", "/api/bot", bot_data("a"))[0] == 201
