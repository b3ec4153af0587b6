"""Measures the home page and a chat's page of a café with its starter bots, in a browser that has kept nothing."""

from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

from botcafe.cli.bench.data import PASSWORD
from botcafe.cli.bench.errors import BenchError
from botcafe.cli.bench.pages.browser import FIRST_PAINT, ColdWindow, open_browser
from botcafe.cli.bench.server_process import run_server

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

LOADS = 5
# Requests of streams and of the service worker come after the page has loaded.
SETTLE_MS = 1000
REPLY_MS = 60_000
SETTINGS = {
    "BOTCAFE_SEED": "starter",
    "BOTCAFE_SCENES": "off",
    "BOTCAFE_REHEARSAL_PACE": "60",
    "BOTCAFE_ENV": "development",
}


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure and what it may be at most."""

    what: str
    measured: float
    target: float
    unit: str = ""

    @property
    def is_met(self) -> bool:
        """Whether it keeps to its target."""
        return self.measured <= self.target


def measure_pages(folder: Path) -> list[Figure]:
    """All figures, over a new café in ``folder``. Raises BenchError without a browser, or where the folder holds data."""
    if (folder / "botcafe.sqlite3").exists():
        raise BenchError(f"{folder} holds data already; bench pages makes its own: name an empty folder or a new one.")
    with open_browser() as browser, run_server(folder, **SETTINGS) as server:
        page = browser.new_context(base_url=server.base, viewport={"width": 1280, "height": 800}).new_page()
        _sign_up(page)
        chat = _open_chat(page)
        return [
            *_measure_load(browser, page, "home page", f"{server.base}/", kilobytes=150),
            *_measure_load(browser, page, "chat page", chat, kilobytes=250, requests=20),
            *_measure_reply(browser, page, chat),
        ]


def _sign_up(page: "Page") -> None:
    page.goto("/register")
    for name, value in (("name", "Guest"), ("email", "pages@cafe.test"), ("password", PASSWORD)):
        page.fill(f"[name={name}]", value)
    page.locator("main form button[type=submit]").click()
    page.wait_for_url(lambda url: "/register" not in url)


def _open_chat(page: "Page") -> str:
    page.goto("/")
    page.locator("ul.bots a[href^='/bots/']").first.click()
    page.get_by_role("button", name="Start chatting").click()
    page.wait_for_selector("[data-chat][data-ready]")
    return page.url.partition("#")[0]


def _measure_load(
    browser: "Browser", signed_in: "Page", what: str, address: str, *, kilobytes: int, requests: int = 0
) -> list[Figure]:
    counts, weights, paints = [], [], []
    for _ in range(LOADS):
        window = ColdWindow(browser, signed_in)
        window.page.goto(address)
        window.page.wait_for_timeout(SETTLE_MS)
        count, weight = window.counted()
        counts.append(count)
        weights.append(weight / 1000)
        paints.append(float(window.page.evaluate(FIRST_PAINT)))
        window.close()
    found = [Figure(f"{what}, cold", round(median(weights), 1), kilobytes, "kB")]
    if requests:
        found.append(Figure(f"{what}, requests", median(counts), requests))
    return [*found, Figure(f"{what}, first contentful paint", round(median(paints)), 400, "ms")]


def _measure_reply(browser: "Browser", signed_in: "Page", chat: str) -> list[Figure]:
    """What moves while a reply streams, and how long the page takes to answer to typing, menus and the pointer."""
    window = ColdWindow(browser, signed_in)
    page = window.page
    page.goto(chat)
    page.wait_for_selector("[data-chat][data-ready]")
    page.wait_for_timeout(SETTLE_MS)
    before = float(page.evaluate("window.benchShifts.reduce((all, one) => all + one, 0)"))
    page.locator("textarea").first.click()
    page.keyboard.type("Tell me about this evening.")
    page.keyboard.press("Enter")
    page.wait_for_selector("[data-role=bot][data-state=streaming]", state="attached", timeout=REPLY_MS)
    page.keyboard.type("And then, while you speak")
    page.wait_for_selector("[data-state=streaming], [data-state=queued]", state="detached", timeout=REPLY_MS)
    shift = float(page.evaluate("window.benchShifts.reduce((all, one) => all + one, 0)")) - before
    page.locator("details.menu > summary").first.click()
    page.keyboard.press("Escape")
    page.wait_for_timeout(SETTLE_MS)
    delay = float(page.evaluate("Math.max(0, ...window.benchDelays)"))
    window.close()
    return [
        Figure("layout shift while a reply streams", round(shift, 4), 0.001),
        Figure("interaction to next paint, the longest", delay, 100, "ms"),
    ]


def summary_lines(found: list[Figure]) -> list[str]:
    """The figures beside their targets."""
    return [
        f"{each.what:<44} {f'{each.measured:g} {each.unit}':>12}   at most {each.target:g} {each.unit}".rstrip()
        + ("" if each.is_met else "   MISSED")
        for each in found
    ]


def as_json(found: list[Figure]) -> dict[str, object]:
    """The same for programs."""
    return {"pages": [{**asdict(each), "is_met": each.is_met} for each in found]}
