"""No page has a fault that axe knows of, in light and in dark, wide and narrow."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from tests.browser.steps import Visit, begin, say, sign_up

pytestmark = pytest.mark.browser
OPTIONS = {"runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "best-practice"]}}
PAGES = (
    "/",
    "/chats",
    "/bots/new",
    "/bots/mine",
    "/import",
    "/lore",
    "/lore/new",
    "/memories",
    "/search?q=tea",
    "/personas",
    "/personas/new",
    "/presets",
    "/presets/new",
    "/keys",
    "/account",
    "/account/access",
    "/account/usage",
    "/chats/search",
)


def faults(page: Page) -> list[str]:
    """What axe finds, each with where it stands."""
    found = Axe().run(page, options=OPTIONS).response["violations"]
    return [f"{each['id']}: {node['html'][:160]}" for each in found for node in each["nodes"][:3]]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_page_is_accessible(visit: Visit, scheme: str) -> None:
    page = visit.window(color_scheme=scheme, bypass_csp=True)
    sign_up(page, f"axe-{scheme}@cafe.test")
    found = {}
    for path in PAGES:
        page.goto(path)
        if problems := faults(page):
            found[path] = problems
    assert found == {}


@pytest.mark.parametrize("width", [1280, 390])
def test_a_chat_is_accessible(visit: Visit, width: int) -> None:
    page = visit.window(viewport={"width": width, "height": 800}, bypass_csp=True)
    begin(page, f"axe-chat-{width}@cafe.test")
    say(page, "Good evening")
    assert faults(page) == []
