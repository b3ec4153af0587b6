"""Profiles, the estimate of tokens, the words of the errors, and the fake itself."""

import inspect
import json
import urllib.request

import pytest

from botcafe.kit.addresses import check_url
from botcafe.kit.secrets import SecretText
from botcafe.llm import errors, protocol
from botcafe.llm.fake.server import FakeProvider
from botcafe.llm.openai.backend import OpenAIBackend
from botcafe.llm.protocol import ChatBackend, ChatMessage, Deadlines, Endpoint, RealCallError, check_call_allowed
from botcafe.llm.providers.profiles import PROVIDERS
from botcafe.llm.rehearsal import RehearsalBackend, RehearsalScript
from botcafe.llm.tokens import estimate_message_tokens, estimate_tokens
from tests.llm.helpers import KEY

NAMES = (
    "openai anthropic google cohere together huggingface openrouter deepseek mistral groq xai custom"  # as in ApiKey
)


def test_every_provider_of_the_schema_has_a_profile_with_a_public_address() -> None:
    assert list(PROVIDERS) == NAMES.split()
    for profile in PROVIDERS.values():
        assert profile.label
        assert profile.name == "custom" or str(check_url(profile.base_url)).startswith("https://")


@pytest.mark.parametrize(
    ("text", "tokens"),
    [("", 0), ("word", 1), ("word " * 100, 125), ("茶" * 10, 10), ("é" * 4, 2), ("☕", 1), ("🎭", 2), ("1234", 2)],
)
def test_tokens_are_estimated_by_script(text: str, tokens: int) -> None:
    assert estimate_tokens(text) == tokens


def test_a_mixed_text_is_estimated_as_the_sum_of_its_parts() -> None:
    assert estimate_tokens("word" * 8 + "茶" * 4 + "é" * 8 + "🎭") == 8 + 4 + 4 + 2
    assert estimate_tokens("\ud800") == 1


def test_a_prompt_is_estimated_with_the_frame_of_each_message() -> None:
    assert estimate_message_tokens([ChatMessage("user", "word"), ChatMessage("user", "", "Anna")]) == 10


def _tree(kind: type[errors.ModelError]) -> list[type[errors.ModelError]]:
    return [kind, *(each for child in kind.__subclasses__() for each in _tree(child))]


def test_every_error_has_a_unique_code_and_is_in_the_documented_tree() -> None:
    kinds = _tree(errors.ModelError)
    abstract = {errors.ModelError, errors.ModelTimeoutError}
    assert len({kind.code for kind in kinds}) == len(kinds)
    assert all(kind.__name__ in (inspect.getdoc(errors) or "") for kind in kinds)
    assert all(kind.default_message.endswith((".", "read")) for kind in kinds if kind not in abstract)


def test_an_endpoint_does_not_print_its_secrets() -> None:
    endpoint = Endpoint("https://x.example/v1/", SecretText(KEY), {"X-Key": KEY})
    assert KEY not in f"{endpoint} {endpoint!r}"
    assert endpoint.url("models") == "https://x.example/v1/models"


def test_a_plain_key_is_hidden_as_soon_as_it_is_in_an_endpoint() -> None:
    endpoint = Endpoint("https://x.example", KEY)
    assert KEY not in repr(endpoint)
    assert endpoint.api_key.reveal() == KEY


def test_both_backends_speak_the_protocol() -> None:
    backends: list[ChatBackend] = [OpenAIBackend(Endpoint("http://x")), RehearsalBackend(RehearsalScript("Mira"))]
    assert all(inspect.isasyncgenfunction(backend.stream) for backend in backends)


@pytest.mark.parametrize("host", ["127.0.0.1", "::1", "localhost"])
def test_loopback_may_be_called_while_real_calls_are_forbidden(host: str) -> None:
    assert not protocol.ALLOW_REAL_CALLS
    check_call_allowed(host)


@pytest.mark.parametrize("host", ["api.openai.com", "10.0.0.1", "localhost.example"])
def test_other_hosts_may_not_be_called_while_real_calls_are_forbidden(host: str) -> None:
    with pytest.raises(RealCallError):
        check_call_allowed(host)


def test_the_fake_serves_from_a_thread_too() -> None:
    with FakeProvider.in_thread() as fake:
        body = json.dumps({"model": "plain-json", "messages": []}).encode()
        headers = {"Content-Type": "application/json"}
        request = urllib.request.Request(fake.base_url + "/chat/completions", body, headers)
        with urllib.request.urlopen(request, timeout=5) as answer:
            assert "café" in json.load(answer)["choices"][0]["message"]["content"]
        assert fake.requests[0].body["model"] == "plain-json"


@pytest.mark.parametrize(
    ("address", "is_private"),
    [
        ("http://127.0.0.1:8080/v1", True),
        ("http://Ollama.lan:11434/v1", True),
        ("http://anywhere.lan/v1", True),
        ("http://127.0.0.1:8081/v1", False),
        ("https://api.openai.com/v1", False),
        ("http://[broken", False),
        ("", False),
    ],
)
def test_a_private_endpoint_gets_longer_deadlines(address: str, is_private: bool) -> None:
    listed = frozenset({"127.0.0.1:8080", "ollama.lan:11434", "anywhere.lan:*"})
    own, usual = Deadlines.for_endpoint(Endpoint(address, private_endpoints=listed)), Deadlines()
    assert (own.first_event_s > usual.first_event_s) is is_private
    assert (own.idle_s > usual.idle_s) is is_private
    assert own.total_s == usual.total_s
