"""A key is tried at its provider, and its provider asked for models; the answer never holds the key."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.conf import settings

from botcafe.areas.keys.queries import open_key, provider_choices
from botcafe.llm.fake.server import FakeProvider
from botcafe.llm.providers.profiles import PROVIDERS
from tests.areas.keys.echo import EchoProvider, echo_provider
from tests.areas.keys.making import PLAIN, actor, make, unlock
from tests.people import Cast
from tests.suites.refusals import refused


@pytest.fixture(scope="module")
def provider() -> Iterator[FakeProvider]:
    """A provider that speaks the real wire."""
    with FakeProvider.in_thread() as fake:
        yield fake


@pytest.fixture(scope="module")
def echo() -> Iterator[EchoProvider]:
    """One that says the key aloud."""
    with echo_provider() as found:
        yield found


@pytest.fixture(autouse=True)
def _reachable(monkeypatch: pytest.MonkeyPatch, provider: FakeProvider, echo: EchoProvider) -> None:
    monkeypatch.setattr(settings, "PRIVATE_ENDPOINTS", (*provider.allowed, echo.allowed))


def at(url: str) -> dict[str, Any]:
    """The settings of a server of one's own."""
    return {"provider": "custom", "provider_settings": {"custom_settings": {"api_endpoint": url}}}


def test_a_key_that_works_says_so_and_offers_its_models(cast: Cast, provider: FakeProvider) -> None:
    key = make(cast.alice, **at(provider.base_url))
    status, answer = cast.alice.ask("POST", f"/api/api-key/{key}/test")
    assert status == 200
    assert set(answer) == {"works", "words", "milliseconds"}
    assert answer["works"] is True
    assert "models" in answer["words"]
    assert answer["milliseconds"] >= 0
    assert provider.requests[-1].headers["authorization"] == f"Bearer {PLAIN}"
    models = cast.alice.get(f"/api/api-key/{key}/models")["models"]
    assert "ok" in {model["id"] for model in models}
    assert all(set(model) == {"id", "label", "context_window", "sees_images"} for model in models)


@pytest.mark.parametrize("status", [401, 403, 404, 429, 500])
def test_an_error_of_the_provider_is_shown_with_the_key_masked(cast: Cast, echo: EchoProvider, status: int) -> None:
    key = make(cast.alice, **at(echo.url(status)))
    got, answer = cast.alice.ask("POST", f"/api/api-key/{key}/test")
    assert (got, answer["works"]) == (200, False)
    assert answer["words"]
    assert PLAIN not in str(answer)
    got, answer = cast.alice.ask("GET", f"/api/api-key/{key}/models")
    assert got == 502
    assert PLAIN not in str(answer)


def test_a_model_that_is_named_like_the_key_is_masked(cast: Cast, echo: EchoProvider) -> None:
    key = make(cast.alice, **at(echo.url(200)))
    status, answer = cast.alice.ask("GET", f"/api/api-key/{key}/models")
    assert status == 200
    assert "plain" in str(answer)
    assert PLAIN not in str(answer)


def test_an_address_that_may_not_be_called_is_not_called(cast: Cast) -> None:
    key = make(cast.alice, **at("http://169.254.169.254/v1"))
    status, answer = cast.alice.ask("POST", f"/api/api-key/{key}/test")
    assert (status, answer["works"]) == (200, False)


def test_a_locked_key_is_tried_once_it_is_unlocked(cast: Cast, provider: FakeProvider) -> None:
    key = make(cast.alice, "military-grade", **at(provider.base_url))
    errors = refused(cast.alice, "POST", f"/api/api-key/{key}/test", status=403)
    assert "Unlock it" in errors[0]["message"]
    refused(cast.alice, "GET", f"/api/api-key/{key}/models", status=403)
    unlock(cast.alice, key)
    assert cast.alice.ask("POST", f"/api/api-key/{key}/test")[1]["works"] is True


def test_a_key_that_is_off_is_not_tried(cast: Cast, provider: FakeProvider) -> None:
    key = make(cast.alice, security_features={"is_active": False}, **at(provider.base_url))
    refused(cast.alice, "POST", f"/api/api-key/{key}/test", status=404)


def test_every_provider_may_be_chosen_and_called(cast: Cast) -> None:
    assert {name for name, _ in provider_choices()} == set(PROVIDERS)
    assert len(PROVIDERS) >= 12
    for name, profile in PROVIDERS.items():
        if profile.base_url:
            key = make(cast.alice, provider=name)
            assert open_key(actor(cast.alice), key).endpoint.base_url == profile.base_url


def test_openai_gets_the_organisation_and_project_headers(cast: Cast) -> None:
    given = {"openai_settings": {"organization_id": "org-1", "project_id": "proj\ninjected: yes"}}
    key = make(cast.alice, provider_settings=given)
    assert open_key(actor(cast.alice), key).endpoint.headers == {"OpenAI-Organization": "org-1"}
