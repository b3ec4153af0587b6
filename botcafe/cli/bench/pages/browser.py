"""A real browser for ``bench pages``: cold windows, what they load, and what the browser says of its own pace."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from botcafe.cli.bench.errors import BenchError

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

MISSING = (
    "bench pages needs Playwright and a Chromium: `pip install playwright`, and `apt-get install chromium` or "
    "`playwright install chromium`."
)
NAMES = ("chromium", "chromium-browser", "google-chrome")
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]
# Portraits are people's own; what they weigh is no matter of the page.
PORTRAITS = "/api/media/file/"
# Collects what the browser notices from the very start of a page.
OBSERVE = """
window.benchShifts = []; window.benchDelays = [];
new PerformanceObserver((list) => {
  for (const entry of list.getEntries()) if (!entry.hadRecentInput) window.benchShifts.push(entry.value);
}).observe({ type: "layout-shift", buffered: true });
new PerformanceObserver((list) => {
  for (const entry of list.getEntries()) if (entry.interactionId) window.benchDelays.push(entry.duration);
}).observe({ type: "event", durationThreshold: 16, buffered: true });
"""
FIRST_PAINT = 'performance.getEntriesByName("first-contentful-paint")[0]?.startTime ?? 0'


@contextmanager
def open_browser() -> Iterator["Browser"]:
    """A browser without a window. Raises BenchError where there is none."""
    try:
        from playwright.sync_api import Error, sync_playwright
    except ImportError as error:
        raise BenchError(MISSING) from error
    path = next(filter(None, map(shutil.which, NAMES)), None)
    with sync_playwright() as play:
        try:
            browser = play.chromium.launch(executable_path=path, args=ARGUMENTS)
        except Error as error:
            raise BenchError(MISSING) from error
        yield browser
        browser.close()


class ColdWindow:
    """A window with the sign-in of another and nothing kept, which counts what it loads: requests and bytes on the wire."""

    def __init__(self, browser: "Browser", signed_in: "Page") -> None:
        state = signed_in.context.storage_state()
        self.page = browser.new_context(storage_state=state, viewport={"width": 1280, "height": 800}).new_page()
        self.page.add_init_script(OBSERVE)
        self._addresses: dict[str, str] = {}
        self._sizes: dict[str, int] = {}
        network = self.page.context.new_cdp_session(self.page)
        network.send("Network.enable")
        network.on("Network.requestWillBeSent", self._begin)
        network.on("Network.loadingFinished", self._finish)

    def _begin(self, event: Any) -> None:
        self._addresses[event["requestId"]] = event["request"]["url"]

    def _finish(self, event: Any) -> None:
        self._sizes[event["requestId"]] = int(event["encodedDataLength"])

    def counted(self) -> tuple[int, int]:
        """Requests so far, and the bytes of those that have ended; without portraits."""
        ours = [key for key, url in self._addresses.items() if url.startswith("http") and PORTRAITS not in url]
        return len(ours), sum(self._sizes.get(key, 0) for key in ours)

    def close(self) -> None:
        """Forget all of it."""
        self.page.context.close()
