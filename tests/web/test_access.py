"""Tokens are shown once and revoked by their owner alone; the usual model and the clock are chosen from what there is."""

import datetime as dt
import re
from html import unescape
from typing import Any

import pytest
from django.test import Client

from tests.people import Cast, Person, bot_data
from tests.suites.refusals import signed_in
from tests.suites.rows import changed, everything
from tests.web.visiting import page, post, refused

PAGE = "/account/access"
TOKEN = re.compile(r"bcafe-[\w-]{20,}")


def made(who: Person, **more: Any) -> tuple[str, str]:
    """A token that was made on the page, and that page."""
    status, text = post(
        signed_in(who), f"{PAGE}/tokens", **{"name": "laptop", "scopes": ["chat"], "days": "90", **more}
    )
    assert status == 200, text
    return TOKEN.findall(text)[0], text


def rows(who: Person) -> list[dict[str, Any]]:
    """Their tokens."""
    found: list[dict[str, Any]] = who.get("/api/account/tokens")["docs"]
    return found


def models_with(token: str) -> int:
    """The status that a program gets with it."""
    return Person("program").ask("GET", "/v1/models", HTTP_AUTHORIZATION=f"Bearer {token}")[0]


def test_a_token_is_shown_once_with_examples_that_work(cast: Cast) -> None:
    cast.alice.make("bot", bot_data())
    token, text = made(cast.alice, days="30")
    assert f"Authorization: Bearer {token}" in unescape(text)
    assert 'base_url="http://testserver/v1"' in unescape(text)
    assert 'model="mocha"' in unescape(text)
    assert models_with(token) == 200
    after = page(signed_in(cast.alice), PAGE)
    assert token not in after
    assert f"bcafe-…{token[-4:]}" in after
    assert "YOUR-TOKEN" in after
    ends = dt.datetime.fromisoformat(rows(cast.alice)[0]["expires_at"])
    assert dt.timedelta(days=29, hours=23) < ends - dt.datetime.now(dt.UTC) <= dt.timedelta(days=30)


def test_scopes_and_expiry_of_a_token_are_saved(cast: Cast) -> None:
    made(cast.alice, scopes=["chat", "embeddings"], days="never")
    assert (rows(cast.alice)[0]["scopes"], rows(cast.alice)[0]["expires_at"]) == (["chat", "embeddings"], None)
    text = page(signed_in(cast.alice), PAGE)
    assert "no end date" in text
    assert "never used" in text


@pytest.mark.parametrize(
    "wrong",
    [{"name": ""}, {"name": "x" * 101}, {"scopes": []}, {"scopes": ["everything"]}, {"days": "3"}, {"days": ""}],
)
def test_a_token_that_does_not_fit_is_not_made(cast: Cast, wrong: dict[str, Any]) -> None:
    refused(signed_in(cast.alice), f"{PAGE}/tokens", **{"name": "laptop", "scopes": ["chat"], "days": "90", **wrong})


def test_too_many_tokens_are_refused_in_words(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("botcafe.areas.accounts.access_tokens.MAX_TOKENS", 1)
    made(cast.alice)
    refused(signed_in(cast.alice), f"{PAGE}/tokens", says="tokens already", name="more", scopes=["chat"], days="7")


def test_a_revoked_token_is_refused_and_only_its_owner_revokes_it(cast: Cast) -> None:
    token, _ = made(cast.alice)
    number = rows(cast.alice)[0]["id"]
    before = everything()
    for who in (cast.bob, cast.ada):
        assert signed_in(who).post(f"{PAGE}/tokens/{number}/revoke").status_code == 404
        assert "laptop" not in page(signed_in(who), PAGE)
    assert Client().post(f"{PAGE}/tokens/{number}/revoke").status_code == 302
    assert changed(before) == {}
    client = signed_in(cast.alice)
    assert post(client, f"{PAGE}/tokens/{number}/revoke") == (302, PAGE)
    assert models_with(token) == 401
    assert "No other program has access" in page(client, PAGE)


def test_anonymous_users_are_sent_to_the_sign_in_page(cast: Cast) -> None:
    before = everything()
    assert Client().get(PAGE).headers["Location"].startswith("/login?")
    for act in ("tokens", "model", "time-zone"):
        assert Client().post(f"{PAGE}/{act}", {"name": "x"}).headers["Location"].startswith("/login?")
        assert signed_in(cast.alice).get(f"{PAGE}/{act}").status_code == 405
    assert changed(before) == {}


def test_the_usual_model_is_one_of_ones_own_keys(cast: Cast) -> None:
    data = {"nickname": "Mine", "provider": "openai", "key": "sk-cinnamon-0123456789"}
    data |= {"key_configuration": {"model_preferences": ["gpt-5"]}}
    key, other = cast.alice.make("api-key", data)["id"], cast.bob.make("api-key", data)["id"]
    client = signed_in(cast.alice)
    assert f'value="{key}:gpt-5"' in page(client, PAGE)
    for wrong in (f"{other}:gpt-5", f"{key}:gpt-9", "gpt-5", ""):
        refused(client, f"{PAGE}/model", model=wrong)
    assert post(client, f"{PAGE}/model", model=f"{key}:gpt-5") == (302, PAGE)
    assert cast.alice.get("/api/account/model") == {"key": key, "model": "gpt-5"}
    assert f'value="{key}:gpt-5" selected' in page(client, PAGE)
    cast.alice.ask("PATCH", f"/api/api-key/{key}", {"key_configuration": {"model_preferences": []}})
    assert "no longer offered" in page(client, PAGE)
    assert post(client, f"{PAGE}/model", model="rehearsal") == (302, PAGE)
    assert cast.alice.get("/api/account/model") == {"model": "rehearsal"}


def test_the_clock_is_a_time_zone_that_exists(cast: Cast) -> None:
    client = signed_in(cast.alice)
    assert post(client, f"{PAGE}/time-zone", time_zone="Europe/Berlin") == (302, PAGE)
    assert 'value="Europe/Berlin" selected' in page(client, PAGE)
    for wrong in ("Europe/Atlantis", "../../etc/passwd", "x" * 101):
        refused(client, f"{PAGE}/time-zone", time_zone=wrong)
    assert post(client, f"{PAGE}/time-zone", time_zone="GMT") == (302, PAGE)
    assert 'value="GMT" selected' in page(client, PAGE)
    assert post(client, f"{PAGE}/time-zone", time_zone="") == (302, PAGE)
    assert 'value="Europe/Berlin" selected' not in page(client, PAGE)


def test_a_number_that_no_token_has_is_not_found(cast: Cast) -> None:
    client = signed_in(cast.alice)
    for number in ("0", "999999", "9" * 30):
        assert client.post(f"{PAGE}/tokens/{number}/revoke").status_code == 404
        assert cast.alice.ask("DELETE", f"/api/account/tokens/{number}")[0] in {403, 404}
        for path in (f"/personas/{number}", f"/personas/{number}/delete", f"/presets/{number}/copy"):
            assert client.post(path).status_code == 404
