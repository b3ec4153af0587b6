"""One browser and one café for each worker; every test has windows and an account of its own."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from botcafe.llm.fake.server import FakeProvider
from tests.live import Served, served
from tests.needs import is_missing
from tests.web.browser.steps import Visit

CHROMIUM = shutil.which("chromium")
MISSING = "no chromium here: apt-get install chromium"


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """All that is here needs the browser, also a file that does not say so."""
    for item in items:
        if item.path.is_relative_to(Path(__file__).parent):
            item.add_marker("browser")


@pytest.fixture(scope="session", autouse=True)
def _chromium() -> None:
    """Skip, or in CI fail, where there is no browser."""
    if is_missing("chromium"):
        pytest.skip(MISSING)


@pytest.fixture(scope="session")
def provider() -> Iterator[FakeProvider]:
    """A provider that speaks the real wire."""
    with FakeProvider.in_thread() as fake:
        yield fake


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory, provider: FakeProvider) -> Iterator[Served]:
    """A café with its starter bots, whose rehearsal responder takes its time."""
    data = tmp_path_factory.mktemp("browser") / "data"
    settings = {"BOTCAFE_SEED": "starter", "BOTCAFE_SCENES": "off", "BOTCAFE_REHEARSAL_PACE": "80"}
    with served(data, BOTCAFE_PRIVATE_ENDPOINTS=",".join(provider.allowed), **settings) as running:
        yield running


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Debian's chromium. Its event loop ends with the module, so that other modules' tests have the thread to themselves."""
    with sync_playwright() as play:
        arguments = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]
        opened = play.chromium.launch(executable_path=CHROMIUM, args=arguments)
        yield opened
        opened.close()


@pytest.fixture
def visit(browser: Browser, server: Served) -> Iterator[Visit]:
    """Opens windows, and sees that nothing complained in any of them."""
    made = Visit(browser, server.base)
    yield made
    made.close()
    assert made.complaints == []


@pytest.fixture
def page(visit: Visit) -> Page:
    """A window of its own."""
    return visit.window()
