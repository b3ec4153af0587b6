"""The list of all bots in a browser: it grows as one scrolls, and is as it was when one comes back."""

import pytest
from playwright.sync_api import Page, expect

from tests.live import Served
from tests.web.browser.steps import Visit, sideways

NAMES = (("Wolfeschlegelsteinhausenbergerdorff" * 3)[:100], "مقهى الروبوتات الطويل الاسم", "☕🧋🫖" * 20, "x")


def make_bots(server: Served, token: str, number: int) -> None:
    """Public bots with one tag, under names of all kinds."""
    for each in range(number):
        data = {
            "name": f"{NAMES[each % len(NAMES)]} {each}",
            "slug": f"explored-{each}",
            "system_prompt": "Be kind.",
            "creator_display_name": "Alice",
            "is_public": True,
            "tags": ["explored", NAMES[each % len(NAMES)][:50]],
        }
        assert server.ask("POST", "/api/bot?depth=0", data, token)[0] == 201


@pytest.fixture(scope="module", autouse=True)
def sixty_bots(server: Served) -> None:
    """Whichever of these tests comes first in its process."""
    make_bots(server, server.sign_up("explorer@cafe.test", name=NAMES[0]), 60)


def test_the_list_grows_and_keeps_its_place(page: Page, visit: Visit) -> None:
    page.goto("/explore?tag=explored")
    cards = page.locator("[data-bots] > li")
    expect(cards).to_have_count(24)
    page.locator("[data-more] a").scroll_into_view_if_needed()
    expect(cards).to_have_count(48)
    expect(page.locator("[data-explore-status]")).to_have_text("48 bots are shown.")
    page.locator("[data-more] a").scroll_into_view_if_needed()
    expect(cards).to_have_count(60)
    expect(page.locator("[data-more]")).to_have_count(0)
    ids = cards.evaluate_all("items => items.map((item) => item.dataset.bot)")
    assert len(set(ids)) == 60
    wanted = cards.nth(55).locator("h3 a")
    wanted.click()
    page.wait_for_url("**/bots/explored-*")
    page.go_back()
    expect(cards).to_have_count(60)
    expect(cards.nth(55)).to_be_in_viewport()
    # A new window at the same address shows as many.
    other = visit.window()
    other.goto(page.url)
    expect(other.locator("[data-bots] > li")).to_have_count(60)


def test_without_script_more_is_a_link(visit: Visit) -> None:
    page = visit.window(java_script_enabled=False)
    page.goto("/explore?tag=explored")
    page.get_by_role("link", name="More").click()
    expect(page.locator("[data-bots] > li")).to_have_count(48)
    expect(page.locator("#page-2")).to_be_in_viewport()


def test_names_of_all_kinds_widen_nothing(page: Page, server: Served) -> None:
    token = server.sign_up("explorer-two@cafe.test", name=NAMES[0])
    page.context.add_cookies([{"name": "payload-token", "value": token, "url": server.base}])
    for path in ("/", "/explore", "/explore?tag=explored"):
        page.goto(path)
        for width in (360, 390, 820, 1280, 1920):
            page.set_viewport_size({"width": width, "height": 844})
            assert sideways(page) <= 0, f"{path} at {width} px"
