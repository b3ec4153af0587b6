"""One server for the tests of chats: the rehearsal responder speaks fast, and a fake provider may be reached."""

from collections.abc import Iterator

import pytest

from botcafe.llm.fake.server import FakeProvider
from tests.chat.talking import Talker
from tests.live import Served, served


@pytest.fixture(scope="session")
def fake() -> Iterator[FakeProvider]:
    """A provider that speaks the real wire."""
    with FakeProvider.in_thread() as provider:
        yield provider


@pytest.fixture(scope="session")
def cafe(tmp_path_factory: pytest.TempPathFactory, fake: FakeProvider) -> Iterator[Served]:
    """A running server."""
    data = tmp_path_factory.mktemp("cafe") / "data"
    with served(data, BOTCAFE_REHEARSAL_PACE="2000", BOTCAFE_PRIVATE_ENDPOINTS=",".join(fake.allowed)) as running:
        running.sign_up("first@cafe.test")
        yield running


@pytest.fixture(scope="session")
def alice(cafe: Served) -> Talker:
    """Somebody who talks."""
    return Talker(cafe, cafe.sign_up("alice@cafe.test"))


@pytest.fixture(scope="session")
def bob(cafe: Served) -> Talker:
    """Somebody else."""
    return Talker(cafe, cafe.sign_up("bob@cafe.test", name="Bob"))
