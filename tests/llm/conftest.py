"""A fake provider per test, an endpoint that leads to it, and no call that leaves the machine."""

from collections.abc import AsyncIterator, Iterator

import pytest
import pytest_asyncio

from botcafe.kit.secrets import SecretText
from botcafe.llm.fake.server import FakeProvider
from botcafe.llm.protocol import Endpoint, real_calls_forbidden
from botcafe.llm.wire.transport import close_sessions
from tests.llm.helpers import KEY


@pytest.fixture(autouse=True)
def _no_real_calls() -> Iterator[None]:
    with real_calls_forbidden():
        yield


@pytest_asyncio.fixture
async def fake() -> AsyncIterator[FakeProvider]:
    async with FakeProvider() as provider:
        yield provider
        await close_sessions()


@pytest.fixture
def endpoint(fake: FakeProvider) -> Endpoint:
    return Endpoint(fake.base_url, SecretText(KEY), private_endpoints=fake.allowed)
