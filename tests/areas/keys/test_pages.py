"""The pages of keys: everything can be done there without a script, and a refusal says what to do."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.conf import settings
from django.contrib.auth import get_user_model
from django.test import Client

from botcafe.areas.companions.turns.new_key import choose_first_model
from botcafe.areas.keys.key_trial import OfferedModel
from botcafe.areas.keys.sealing import encryption_level_of
from botcafe.llm.fake.server import FakeProvider
from tests.areas.keys.making import OTHER_PHRASE, PHRASE, PLAIN, make, opened, row
from tests.areas.keys.test_quotas import use
from tests.people import Cast, Person
from tests.suites.refusals import signed_in
from tests.suites.rows import changed, everything

ADD = {"nickname": "Mine", "provider": "openai", "model": "gpt-5", "key": PLAIN, "level": "basic"}


def page(client: Client, path: str) -> str:
    """A page that must come."""
    response = client.get(path)
    assert response.status_code == 200
    return response.content.decode()


def post(client: Client, path: str, **data: Any) -> tuple[int, str]:
    """Send a form; the status, and where it leads or what it shows."""
    response = client.post(path, data)
    return response.status_code, response.get("Location", "") or response.content.decode()


def unchanged_rows(before: dict[str, Any]) -> bool:
    """Nothing but the messages of the session has changed."""
    return not {table for table in changed(before) if table.startswith("keys_")}


def test_an_empty_list_says_what_to_do_next(cast: Cast) -> None:
    text = page(signed_in(cast.alice), "/keys")
    assert "No key yet" in text
    assert 'href="#h-add"' in text


@pytest.fixture
def fake(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeProvider]:
    """A provider that keys of our own server may call."""
    with FakeProvider.in_thread() as served:
        monkeypatch.setattr(settings, "PRIVATE_ENDPOINTS", tuple(served.allowed))
        yield served


def add(client: Client, fake: FakeProvider, **given: Any) -> str:
    """Add a key for the fake provider: the page that it leads to."""
    status, where = post(client, "/keys", **{**ADD, "provider": "custom", "api_endpoint": fake.base_url, **given})
    assert (status, where.startswith("/keys/")) == (302, True), where
    return page(client, where)


@pytest.mark.parametrize("level", ["basic", "advanced", "military-grade"])
def test_a_key_is_added_at_each_level(cast: Cast, fake: FakeProvider, level: str) -> None:
    client = signed_in(cast.alice)
    text = add(client, fake, level=level, passphrase=PHRASE, model="ok")
    assert "****6789" in text
    assert PLAIN not in text
    assert PHRASE not in text
    assert ("/unlock" in text) == (level == "military-grade")
    assert ("Unlock it to test it" in text) == (level == "military-grade")
    assert ("Your chats use ok from now on." in text) == (level != "military-grade")


def test_the_first_key_answers_the_chats_from_then_on(cast: Cast, fake: FakeProvider) -> None:
    client, rows = signed_in(cast.alice), get_user_model().objects
    text = add(client, fake, model="")
    key = int(re.search(r"/keys/(\d+)/test", text)[1])
    assert "The key works" in text
    assert "Start chatting" in text
    assert row(key)["key_configuration_model_preferences"] == ["ok"]
    assert rows.get(pk=cast.alice.id).default_model == {"key": key, "model": "ok"}
    assert "You can choose reasoning in any chat." in add(client, fake, model="reasoning")
    assert rows.get(pk=cast.alice.id).default_model == {"key": key, "model": "ok"}


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"listing": "401"}, "does not work yet"),
        ({"listing": "html"}, "does not work yet"),
        ({"models": ("no-credit",)}, "does not work yet"),
        ({"models": ("bad-key",)}, "does not work yet"),
        ({"models": ("text-embedding-3",)}, "name a model in the settings below"),
        ({"models": ()}, "name a model in the settings below"),
    ],
)
def test_a_key_that_does_not_work_is_kept_and_says_why(
    cast: Cast, fake: FakeProvider, given: dict[str, Any], words: str
) -> None:
    for name, value in given.items():
        setattr(fake, name, value)
    text = add(signed_in(cast.alice), fake, model="")
    assert words in text
    assert "from now on" not in text
    assert get_user_model().objects.get(pk=cast.alice.id).default_model in (None, {})


@pytest.mark.parametrize(
    ("provider", "names", "chosen"),
    [
        ("openai", ("dall-e-3", "gpt-4o", "gpt-5-mini-2025", "gpt-5"), "gpt-5-mini-2025"),
        ("openai", ("text-embedding-3-small", "o9"), "o9"),
        ("anthropic", ("claude-opus-4", "claude-haiku-4-5"), "claude-haiku-4-5"),
        ("custom", ("nomic-embed-text", "llama3"), "llama3"),
        ("unheard-of", ("whisper-1",), ""),
    ],
)
def test_the_model_to_begin_with_is_a_good_small_one(provider: str, names: tuple[str, ...], chosen: str) -> None:
    offered = tuple(OfferedModel(name, name, None, None) for name in names)
    assert choose_first_model(provider, offered) == chosen


REFUSED = [
    {"level": "military-grade"},
    {"level": "military-grade", "passphrase": "short"},
    {"level": "secret"},
    {"provider": "nobody"},
    {"provider": "custom"},
    {"provider": "custom", "api_endpoint": "http://10.0.0.1/v1"},
    {"key": "****6789"},
    {"key": "x" * 5001},
]


@pytest.mark.parametrize("given", REFUSED)
def test_an_invalid_key_is_reported_at_its_field_and_not_stored(cast: Cast, given: dict[str, str]) -> None:
    client = signed_in(cast.alice)
    before = everything()
    status, text = post(client, "/keys", **{**ADD, **given})
    assert status == 400
    assert 'class="error"' in text
    assert unchanged_rows(before)
    for word in (PLAIN, "short", '****6789"', "x" * 5001):
        assert f'value="{word}' not in text


def test_a_stranger_finds_no_key_of_another(cast: Cast) -> None:
    key = make(cast.alice, "military-grade")
    before = everything()
    acts = ("", "/test", "/models", "/preferred", "/switch", "/unlock", "/lock", "/key", "/level", "/passphrase")
    for who in (cast.bob, cast.ada):
        client = signed_in(who)
        assert client.get(f"/keys/{key}").status_code == 404
        for act in (*acts, "/delete"):
            response = client.post(f"/keys/{key}{act}", {"passphrase": PHRASE, "nickname": "x", "level-level": "basic"})
            assert response.status_code in {302, 400, 403, 404}, act
    nobody = Client()
    for act in acts:
        assert nobody.post(f"/keys/{key}{act}").status_code == 302
    assert unchanged_rows(before)
    for act in acts[1:]:
        assert signed_in(cast.alice).get(f"/keys/{key}{act}").status_code == 405


def test_a_key_is_unlocked_and_locked_on_the_page(cast: Cast) -> None:
    key, client = make(cast.alice, "military-grade"), signed_in(cast.alice)
    before = everything()
    post(client, f"/keys/{key}/unlock", passphrase="not the one")
    assert unchanged_rows(before)
    assert "not the passphrase" in page(client, "/keys")
    assert post(client, f"/keys/{key}/unlock", passphrase=PHRASE, next=f"/keys/{key}") == (302, f"/keys/{key}")
    assert "unlocked until" in page(client, f"/keys/{key}")
    assert opened(cast.alice, key) == PLAIN
    second = signed_in(Person("alice").sign_in())
    assert "unlocked until" not in page(second, "/keys")
    post(client, f"/keys/{key}/lock")
    assert "unlocked until" not in page(client, "/keys")


def test_next_leads_to_pages_of_ours_only(cast: Cast) -> None:
    key = make(cast.alice)
    for wanted in ("https://evil.example/", "//evil.example/", "javascript:alert(1)"):
        assert post(signed_in(cast.alice), f"/keys/{key}/switch", on="1", next=wanted) == (302, "/keys")


def test_settings_limits_and_the_switch_are_saved(cast: Cast) -> None:
    key, client = make(cast.alice), signed_in(cast.alice)
    given = {
        "nickname": "Renamed",
        "models": "gpt-5\r\n\r\n gpt-5-mini ",
        "fallbacks": "anthropic\nspare:small",
        "requests_per_hour": "5",
        "monthly_quota": "1000",
        "expires_on": "2031-05-01",
    }
    assert post(client, f"/keys/{key}", **given) == (302, f"/keys/{key}")
    doc = cast.alice.get(f"/api/api-key/{key}")
    assert doc["nickname"] == "Renamed"
    assert doc["key_configuration"] == {
        "model_preferences": ["gpt-5", "gpt-5-mini"],
        "fallback_providers": ["anthropic", "spare:small"],
        "rate_limits": {"requests_per_hour": 5, "tokens_per_minute": None},
        "usage_tracking": {"monthly_quota": 1000, "daily_limit": None},
    }
    assert doc["security_features"]["key_expiry_date"] == "2031-05-01T00:00:00.000Z"
    assert 'value="2031-05-01"' in page(client, f"/keys/{key}")
    before = everything()
    for wrong in ({"requests_per_hour": "-1"}, {"nickname": ""}, {"api_endpoint": "ftp://x"}, {"expires_on": "soon"}):
        assert post(client, f"/keys/{key}", **{**given, **wrong})[0] == 400
    assert unchanged_rows(before)
    post(client, f"/keys/{key}/switch", on="0")
    assert "switched off" in page(client, "/keys")
    assert opened_or_refused(cast, key) == "refused"
    post(client, f"/keys/{key}/switch", on="1")
    assert opened(cast.alice, key) == PLAIN


def opened_or_refused(cast: Cast, key: int) -> str:
    """What a reply gets."""
    from botcafe.cms.schema.errors import NotFound

    try:
        return opened(cast.alice, key)
    except NotFound:
        return "refused"


def test_key_level_and_passphrase_are_changed_on_the_page(cast: Cast) -> None:
    key, client = make(cast.alice), signed_in(cast.alice)
    change = {"level-level": "military-grade", "level-passphrase": PHRASE}
    before = everything()
    assert post(client, f"/keys/{key}/level", **{**change, "level-passphrase": ""})[0] == 400
    assert unchanged_rows(before)
    assert post(client, f"/keys/{key}/level", **change)[0] == 302
    assert encryption_level_of(row(key)["key"]) == "military-grade"
    before = everything()
    wrong = {"change-passphrase": "not the one", "change-new_passphrase": OTHER_PHRASE}
    assert post(client, f"/keys/{key}/passphrase", **wrong)[0] == 400
    assert post(client, f"/keys/{key}/key", **{"replace-key": "sk-new-12345678"})[0] == 400
    assert post(client, f"/keys/{key}/level", **{"level-level": "basic"})[0] == 400
    assert unchanged_rows(before)
    right = {"change-passphrase": PHRASE, "change-new_passphrase": OTHER_PHRASE}
    assert post(client, f"/keys/{key}/passphrase", **right)[0] == 302
    anew = {"replace-key": "sk-new-12345678", "replace-passphrase": PHRASE}
    assert post(client, f"/keys/{key}/key", **anew)[0] == 302
    post(client, f"/keys/{key}/unlock", passphrase=PHRASE)
    assert opened(cast.alice, key) == "sk-new-12345678"
    assert post(client, f"/keys/{key}/level", **{"level-level": "basic", "level-passphrase": PHRASE})[0] == 302
    assert encryption_level_of(row(key)["key"]) == "basic"


def test_figures_limits_and_charts_are_drawn_on_the_server(cast: Cast) -> None:
    key, client = make(cast.alice, key_configuration={"rate_limits": {"requests_per_hour": 1}}), signed_in(cast.alice)
    assert "Not used yet" in page(client, "/keys")
    use(key, 1234)
    use(key, 1, failed=True)
    for path in ("/keys", f"/keys/{key}"):
        text = page(client, path)
        assert "1,235" in text
        assert "50.0 %" in text
        assert "2 of 1 requests this hour" in text
        assert "<svg viewBox" in text
        assert 'class="failed"' in text
        assert " style=" not in text
        assert "<script>" not in text
    assert "The months in figures" in page(client, f"/keys/{key}")


def test_models_are_listed_and_chosen(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    with FakeProvider.in_thread() as fake:
        monkeypatch.setattr(settings, "PRIVATE_ENDPOINTS", tuple(fake.allowed))
        group = {"custom_settings": {"api_endpoint": fake.base_url}}
        chosen = {"model_preferences": ["gone", "ok"]}
        key = make(cast.alice, provider="custom", provider_settings=group, key_configuration=chosen)
        client = signed_in(cast.alice)
        status, text = post(client, f"/keys/{key}/models")
        assert status == 200
        assert 'value="reasoning"' in text
        assert "not in the list" in text
        post(client, f"/keys/{key}/test")
        assert "offers" in page(client, "/keys")
        post(client, f"/keys/{key}/preferred", models=["reasoning", "ok"])
        assert row(key)["key_configuration_model_preferences"] == ["ok", "reasoning"]
    before = everything()
    assert post(client, f"/keys/{key}/models")[0] == 302
    assert unchanged_rows(before)
    assert "cannot be reached" in page(client, "/keys")


def test_a_key_is_forgotten_after_one_question(cast: Cast) -> None:
    key, client = make(cast.alice), signed_in(cast.alice)
    text = page(client, "/keys")
    assert "Yes, delete it" in text
    assert post(client, f"/keys/{key}/delete") == (302, "/keys")
    assert client.get(f"/keys/{key}").status_code == 404
