"""Lists of models over each wire: pages, shapes, bounds and failures."""

import sys
from subprocess import run

import pytest

from botcafe.llm import errors
from botcafe.llm.backends import list_models
from botcafe.llm.fake.server import FakeProvider
from botcafe.llm.protocol import Endpoint
from botcafe.llm.providers import model_lists
from botcafe.llm.providers.model_info import ModelInfo, parse_anthropic_model, parse_google_model, parse_openai_model
from tests.llm.helpers import KEY
from tests.llm.wire_helpers import WIRES, wait_until_closed


@pytest.mark.asyncio
@pytest.mark.parametrize("provider", WIRES)
async def test_all_pages_are_read_and_sorted(provider: str, fake: FakeProvider, endpoint: Endpoint) -> None:
    fake.models = tuple(f"m-{number}" for number in (3, 1, 2, 7, 5, 6, 4))
    found = await list_models(provider, endpoint)
    assert [model.id for model in found] == sorted(fake.models)
    assert len(fake.requests) == (1 if provider == "custom" else 3)
    assert found[0].label == ("m-1" if provider == "custom" else "Model m-1")
    assert found[0].context_window == (None if provider == "anthropic" else 8192)


@pytest.mark.asyncio
async def test_each_wire_sends_its_own_auth_headers(fake: FakeProvider, endpoint: Endpoint) -> None:
    for provider in WIRES:
        await list_models(provider, endpoint)
    headers = [next(seen.headers for seen in fake.requests if name in seen.headers) for name in
               ("authorization", "x-api-key", "x-goog-api-key")]  # fmt: skip
    assert headers[0]["authorization"] == f"Bearer {KEY}"
    assert headers[1]["x-api-key"] == headers[2]["x-goog-api-key"] == KEY


@pytest.mark.asyncio
@pytest.mark.parametrize("provider", ["anthropic", "google"])
async def test_endless_pages_stop_at_the_limit(provider: str, fake: FakeProvider, endpoint: Endpoint) -> None:
    fake.listing = "endless"
    assert len(await list_models(provider, endpoint)) == len(fake.models)
    assert len(fake.requests) == model_lists.MAX_PAGES


@pytest.mark.asyncio
async def test_at_most_two_thousand_models_are_listed(fake: FakeProvider, endpoint: Endpoint) -> None:
    fake.models = tuple(f"m{number:05}" for number in range(2500))
    fake.listing = "rows"
    assert len(await list_models("custom", endpoint)) == 2000


@pytest.mark.asyncio
@pytest.mark.parametrize("provider", WIRES)
@pytest.mark.parametrize(
    ("listing", "kind"),
    [
        ("401", errors.AuthError),
        ("403", errors.AuthError),
        ("404", errors.UnknownModelError),
        ("429", errors.RateLimitError),
        ("500", errors.ProviderError),
        ("huge", errors.BadReplyError),
        ("html", errors.BadReplyError),
    ],
)
async def test_a_failed_listing_says_why(
    provider: str, fake: FakeProvider, endpoint: Endpoint, listing: str, kind: type[errors.ModelError]
) -> None:
    fake.listing = listing
    with pytest.raises(errors.ModelError) as caught:
        await list_models(provider, endpoint)
    assert type(caught.value) is kind
    if listing == "huge":
        await wait_until_closed(fake)


@pytest.mark.parametrize(
    ("row", "found"),
    [
        ({"id": "gpt-5"}, ModelInfo("gpt-5", "gpt-5")),
        (
            {"id": "a/b", "name": "A: B", "context_length": 9, "architecture": {"input_modalities": ["text", "image"]}},
            ModelInfo("a/b", "A: B", 9, True),
        ),
        ({"id": "m", "max_context_length": 8, "capabilities": {"vision": False}}, ModelInfo("m", "m", 8, False)),
        ({"id": "q", "context_window": 7}, ModelInfo("q", "q", 7)),
        ({"id": "v", "max_model_len": 6}, ModelInfo("v", "v", 6)),
        ({"id": "l", "meta": {"n_ctx_train": 5}}, ModelInfo("l", "l", 5)),
        ({"id": "h", "providers": [{"provider": "x"}, {"context_length": 4}]}, ModelInfo("h", "h", 4)),
        ({"name": "command-a", "endpoints": ["chat"], "context_length": 3}, ModelInfo("command-a", "command-a", 3)),
        ({"name": "rank", "endpoints": ["classify"]}, None),
        ({"id": "text-embedding-3-small"}, None),
        ({"id": "whisper-1"}, None),
        ({"id": "lying", "context_length": -4, "max_model_len": True, "display_name": 7}, ModelInfo("lying", "lying")),
        ({"id": "x" * 201}, None),
        ({"id": "a\nb"}, None),
        ({"id": 7}, None),
        ("text", None),
    ],
)
def test_model_rows_are_parsed_in_all_known_shapes(row: object, found: ModelInfo | None) -> None:
    assert parse_openai_model(row) == found


def test_anthropic_and_google_model_rows_are_parsed() -> None:
    assert parse_anthropic_model({"id": "claude-x", "display_name": "Claude X"}) == ModelInfo(
        "claude-x", "Claude X", None, True
    )
    assert parse_anthropic_model({"id": "claude-2.1"}) == ModelInfo("claude-2.1", "claude-2.1")
    ways = {"supportedGenerationMethods": ["generateContent"], "inputTokenLimit": 9}
    assert parse_google_model({"name": "models/gemini-x", **ways}) == ModelInfo("gemini-x", "gemini-x", 9, True)
    assert parse_google_model({"name": "models/gemma", **ways}) == ModelInfo("gemma", "gemma", 9, None)
    assert parse_google_model({"name": "models/gemini-tts", **ways}) is None
    assert parse_google_model({"name": "models/x", "supportedGenerationMethods": ["embedContent"]}) is None


def test_importing_backends_and_options_loads_neither_aiohttp_nor_prices() -> None:
    program = (
        "import sys; import botcafe.llm.backends, botcafe.llm.providers.options, botcafe.llm.tokens; "
        "print([name for name in ('aiohttp', 'genai_prices', 'pydantic', 'httpx2') if name in sys.modules])"
    )
    told = run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert told.stdout.strip() == "[]"
