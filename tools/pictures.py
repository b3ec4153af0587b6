"""The pictures of the README and the guide, taken anew: ``python tools/pictures.py`` (needs chromium and the tools of development).

Starts a café in a folder of its own and a model server that answers from a script, fills both with a small story, and
photographs the pages.
"""

import http.server
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import Page, sync_playwright

ROOT = Path(__file__).resolve().parent.parent
PICTURES = ROOT / "docs" / "pictures"
EMAIL, PASSWORD = "ada@cafe.test", "a lantern by the ferry"
START_SECONDS = 120
REPLIES = (
    "*Wren does not look up from the rope.* \u201cThornwood, then. Two coppers, and you sit still until the middle of the river.\u201d",
    "\u201cA white hart, they say. I have rowed here for thirty years and heard it once.\u201d *She ties the last knot.* \u201cIt was not a "
    "sound you forget. Have you slept at all since Saltmarsh?\u201d",
    "*She holds the lantern over the side.* \u201cYour mother kept bees, you told me, and was afraid of nothing but thunder. "
    "So we cross now, before it comes. Mind the wet plank.\u201d",
)
LINES = (
    "Good evening. Is the ferry still running to Thornwood?",
    "What is it that people hear in the wood at night?",
    "You remember my family? We should reach Thornwood before the storm.",
)
LORE: tuple[tuple[str, str, list[str], bool], ...] = (
    ("Thornwood", "Thornwood is haunted by a white hart. Nobody crosses it after dusk.", ["Thornwood", "wood"], False),
    ("The ferry", "The ferry costs two coppers, and a song after dark.", [], True),
    ("Saltmarsh", "Saltmarsh is a village of salt boilers, a day's walk to the south.", ["Saltmarsh"], False),
    ("The bell", "The bell at the landing rings by itself before a storm.", ["bell", "storm"], False),
)
MEMORIES = (
    (
        "Ada's mother and the bees",
        "Ada's mother kept bees in Saltmarsh. She was afraid of nothing but thunder.",
        ["family", "bees"],
    ),
    (
        "The first crossing",
        "Ada crossed the river by night for the first time, and paid with a song about a lighthouse.",
        ["ferry", "song"],
    ),
    ("A promise at the landing", "Wren promised to teach Ada three knots before the winter.", ["knots", "winter"]),
)


class Model(http.server.BaseHTTPRequestHandler):
    """A model server of OpenAI's kind that answers with the next line of the script."""

    turn = 0

    def do_GET(self) -> None:
        """Name the one model."""
        self._send("application/json", json.dumps({"data": [{"id": "storyteller"}]}))

    def do_POST(self) -> None:
        """Stream the next reply; what is asked with a few tokens only is the test of the key."""
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        words = "ok"
        if len(asked["messages"]) > 1:
            words = REPLIES[Model.turn % len(REPLIES)]
            Model.turn += 1
        parts = [{"choices": [{"delta": {"content": words}}]}, {"choices": [{"delta": {}, "finish_reason": "stop"}]}]
        usage = {"choices": [], "usage": {"prompt_tokens": 640, "completion_tokens": 48}}
        self._send(
            "text/event-stream", "".join(f"data: {json.dumps(p)}\n\n" for p in (*parts, usage)) + "data: [DONE]\n\n"
        )

    def log_message(self, *_: object) -> None:
        """Say nothing."""

    def _send(self, kind: str, body: str) -> None:
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.end_headers()
        self.wfile.write(body.encode())


class Cafe:
    """The café over its API, as the one account that it has."""

    def __init__(self, base: str) -> None:
        self.base, self.token = base, ""

    def ask(self, verb: str, path: str, data: object = None) -> dict[str, Any]:
        """The answer as JSON."""
        request = urllib.request.Request(  # noqa: S310
            self.base + path, json.dumps(data).encode() if data is not None else None, method=verb
        )
        request.add_header("Content-Type", "application/json")
        if self.token:
            request.add_header("Authorization", f"JWT {self.token}")
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:  # noqa: S310
                found: dict[str, Any] = json.load(answer)
        except urllib.error.HTTPError as error:
            raise SystemExit(f"{verb} {path}: {error.read().decode()}") from error
        return found

    def make(self, collection: str, **data: object) -> int:
        """Something new: its id."""
        return int(self.ask("POST", f"/api/{collection}?depth=0", data)["doc"]["id"])


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def running_cafe(model_port: int) -> Iterator[Cafe]:
    """A café with its starter bots, in a folder that is gone afterwards."""
    with tempfile.TemporaryDirectory() as folder:
        port = free_port()
        settings = {
            "BOTCAFE_DATA": folder,
            "BOTCAFE_PORT": str(port),
            "BOTCAFE_PRIVATE_ENDPOINTS": f"127.0.0.1:{model_port}",
            "BOTCAFE_REHEARSAL_PACE": "10000",
        }
        server = subprocess.Popen([sys.executable, "-m", "botcafe.cli.main", "serve"], env={**os.environ, **settings})
        try:
            cafe = Cafe(f"http://127.0.0.1:{port}")
            wait_until(lambda: cafe.ask("GET", "/api/bot?limit=1") is not None)
            yield cafe
        finally:
            server.terminate()
            server.wait(30)


def wait_until(is_so: Callable[[], bool]) -> None:
    """Wait until something is so. Raises TimeoutError."""
    end = time.monotonic() + START_SECONDS
    while time.monotonic() < end:
        try:
            if is_so():
                return
        except OSError:
            pass
        time.sleep(0.3)
    raise TimeoutError("the café did not answer")


def tell_story(cafe: Cafe, page: Page, model_port: int) -> dict[str, int]:
    """Make the account, its key, the bot with lore and memories, and the chat; their ids."""
    page.goto("/register")
    for name, value in (("name", "Ada"), ("email", EMAIL), ("password", PASSWORD)):
        page.fill(f"[name={name}]", value)
    page.click("main form button[type=submit]")
    page.wait_for_url("**/")
    login = cafe.ask("POST", "/api/users/login", {"email": EMAIL, "password": PASSWORD})
    cafe.token = str(login["token"])
    meet_starter(page)
    page.goto("/keys")
    page.select_option("[name=provider]", "custom")
    page.fill("[name=nickname]", "Home server")
    page.fill("[name=api_endpoint]", f"http://127.0.0.1:{model_port}/v1")
    page.fill("[name=key]", "sk-local")
    page.click("form[action='/keys'] button[type=submit], main form button[type=submit]")
    page.wait_for_load_state()
    bot = cafe.make(
        "bot",
        name="Wren",
        slug="wren",
        creator_display_name="Ada",
        description="A ferrywoman who hears everything.",
        system_prompt="Wren rows the ferry between Saltmarsh and Thornwood. She is dry, watchful and kind, and forgets nothing.",
        greeting="*The rope creaks.* \u201cYou look like someone who missed the last boat. You have not. Step in.\u201d",
        tags=["river", "mystery", "slow burn"],
    )
    book = cafe.make(
        "knowledgeCollections", name="The valley of Thornwood", description="Places, people and old quarrels."
    )
    cafe.ask("PATCH", f"/api/bot/{bot}", {"knowledge_collections": [book]})
    for title, entry, keys, is_constant in LORE:
        when = {"activation_mode": "constant" if is_constant else "keyword", "primary_keys": keys}
        what: dict[str, Any] = {"title": title, "entry": entry, "type": "text", "knowledge_collection": book}
        cafe.make("knowledge", **what, activation_settings=when)
    for title, entry, topics in MEMORIES:
        cafe.make("memory", bot=bot, title=title, entry=entry, topics=topics, importance=6)
    chat = cafe.ask("POST", "/api/account/chats", {"bot": "wren"})["id"]
    return {"bot": bot, "book": book, "chat": int(chat)}


def meet_starter(page: Page) -> None:
    """A first chat with one of the starter bots, before there is any key."""
    page.goto("/bots/noor-halvorsen")
    page.get_by_role("button", name="Start chatting").click()
    page.wait_for_url("**/chats/*")
    say(page, "May I hold the lantern?")


def talk(page: Page, chat: int) -> None:
    """Have the conversation."""
    page.goto(f"/chats/{chat}")
    for line in LINES:
        say(page, line)


def say(page: Page, line: str) -> None:
    """Send a message and wait for the reply."""
    page.fill("#entry", line)
    page.press("#entry", "Enter")
    page.wait_for_timeout(1000)
    page.wait_for_selector("[data-composer]:not([data-busy])")
    page.wait_for_timeout(1500)


def take(page: Page, ids: dict[str, int]) -> None:
    """Photograph each page of the guide."""
    chat, book = f"/chats/{ids['chat']}", f"/lore/{ids['book']}"
    shots = (
        ("chat", chat, "dark", 1280, 800),
        ("reasons", chat, "light", 1280, 860),
        ("bot", "/bots/wren", "dark", 1280, 800),
        ("workshop", "/bots/wren/edit", "light", 1280, 860),
        ("lore", book, "light", 900, 800),
        ("sharing", f"{book}/sharing", "light", 900, 860),
        ("memories", "/memories", "light", 900, 860),
        ("home", "/", "light", 1280, 860),
    )
    for name, path, theme, width, height in shots:
        page.emulate_media(color_scheme="dark" if theme == "dark" else "light")
        page.set_viewport_size({"width": width, "height": height})
        page.goto(path)
        page.wait_for_load_state("networkidle")
        if name == "lore":
            page.fill("textarea#try", "The storm comes, and the bell is silent. Shall we go through Thornwood?")
            page.wait_for_timeout(4000)
        page.wait_for_timeout(800)
        page.screenshot(path=str(PICTURES / f"{name}.png"))


def main() -> None:
    """Take all pictures."""
    model = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Model)
    threading.Thread(target=model.serve_forever, daemon=True).start()
    chromium = shutil.which("chromium")
    with running_cafe(model.server_port) as cafe, sync_playwright() as play:
        browser = play.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
        page = browser.new_page(base_url=cafe.base, viewport={"width": 1280, "height": 800})
        ids = tell_story(cafe, page, model.server_port)
        talk(page, ids["chat"])
        take(page, ids)
        browser.close()


if __name__ == "__main__":
    main()
