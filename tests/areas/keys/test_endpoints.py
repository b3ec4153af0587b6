"""The address of a model server chooses no path: without query and fragment on every door, and when it is called."""

import asyncio
from typing import Any

import pytest
from django.conf import settings
from django.test import Client

from botcafe.cms.schema.collection import get_collection
from botcafe.llm.errors import AddressRefusedError
from botcafe.llm.protocol import Endpoint, SecretText
from botcafe.llm.wire.http_calls import send_request
from tests.areas.keys.echo import echo_provider
from tests.areas.keys.making import make, row
from tests.people import Cast
from tests.suites.refusals import refused

COLUMN = "provider_settings_custom_settings_api_endpoint"
BAD = [
    "https://a.example/v1?x=1",
    "https://a.example/v1#frag",
    "https://a.example/v1?",
    "https://a.example/#",
    "javascript:1",
    "ftp://a.example",
]


def at(address: str) -> dict[str, Any]:
    return {"provider": "custom", "provider_settings": {"custom_settings": {"api_endpoint": address}}}


@pytest.mark.parametrize("address", BAD)
def test_no_door_keeps_such_an_address(cast: Cast, address: str) -> None:
    number = make(cast.alice, **at("https://a.example/v1"))
    refused(cast.alice, "PATCH", f"/api/api-key/{number}", at(address), status=400)
    refused(cast.alice, "PATCH", f"/api/api-key?where[id][equals]={number}", at(address), status=400)
    body = {"nickname": "n", "key": "sk-1234", **at(address)}
    refused(cast.alice, "POST", "/api/api-key", body, status=400)
    refused(cast.alice, "POST", f"/api/api-key/{number}/duplicate", {"key": "sk-1234", **at(address)}, status=400)
    client = Client()
    client.cookies["payload-token"] = cast.alice.token
    form = {"nickname": "n", "provider": "custom", "api_endpoint": address, "key": "sk-1234", "level": "basic"}
    assert client.post("/keys", form).status_code == 400
    assert row(number)[COLUMN] == "https://a.example/v1"
    assert get_collection("api-key").model.objects.count() == 1


@pytest.mark.parametrize("tail", ["?x=", "#", "?", "#/v1"])
def test_one_that_was_kept_before_is_not_called(monkeypatch: pytest.MonkeyPatch, tail: str) -> None:
    with echo_provider() as echo:
        monkeypatch.setattr(settings, "PRIVATE_ENDPOINTS", (echo.allowed,))
        endpoint = Endpoint(
            f"{echo.url(200)}{tail}", SecretText("sk-1234"), private_endpoints=frozenset({echo.allowed})
        )
        with pytest.raises(AddressRefusedError, match="ends before"):
            asyncio.run(send_request(endpoint, "GET", "models", None, 5.0))
        assert echo.heard == set()
