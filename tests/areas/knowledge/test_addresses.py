"""Pages by their address: fetched over the guarded way out, tried again where that makes sense, bounded in size and time."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from django.conf import settings

from botcafe.areas.knowledge.documents import fetch
from tests.areas.knowledge.making import HTML, LINES, book, text_pdf
from tests.people import Cast, Person
from tests.suites.refusals import refused

LARGE = 33 * 2**20


class Site(BaseHTTPRequestHandler):
    """A site that counts who asks for what."""

    asked: list[str] = []
    answers: dict[str, list[tuple[int, dict[str, str], bytes]]] = {}
    stop = threading.Event()

    def do_GET(self) -> None:
        Site.asked.append(self.path)
        if self.path == "/slow":
            self.stop.wait(10)
        if self.path == "/endless":
            self.send_response(200)
            self.end_headers()
            self._pour()
            return
        left = Site.answers[self.path]
        status, headers, body = left.pop(0) if len(left) > 1 else left[0]
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _pour(self) -> None:
        try:
            for _ in range(LARGE // 2**20):
                self.wfile.write(b"a" * 2**20)
        except OSError:
            return

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing on the screen."""


@pytest.fixture
def site(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A site that stands for one on the outside: its address."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Site)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    Site.asked, Site.answers = [], {}
    Site.stop.clear()
    monkeypatch.setattr(fetch, "PRIVATE_SITES", frozenset({f"127.0.0.1:{server.server_port}"}))
    yield f"http://127.0.0.1:{server.server_port}"
    Site.stop.set()
    server.shutdown()
    server.server_close()
    thread.join()


def gives(path: str, body: bytes = b"", status: int = 200, **headers: str) -> None:
    """What the site answers at a path; asked for twice, the answers come one after another."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    Site.answers.setdefault(path, []).append((status, named, body))


def bring(who: Person, shelf: int, *urls: str) -> tuple[int, Any]:
    """Ask for addresses."""
    data = {"url": urls[0]} if len(urls) == 1 else {"urls": list(urls)}
    return who.ask("POST", f"/api/knowledgeCollections/{shelf}/documents", data)


def fetched(who: Person, shelf: int, url: str) -> dict[str, Any]:
    """The entry of an address that must be taken."""
    status, answer = bring(who, shelf, url)
    assert status == 202, answer
    doc: dict[str, Any] = who.get(f"/api/knowledge/{answer['created'][0]['id']}?depth=0")
    return doc


def test_a_page_becomes_an_entry_and_says_where_it_is_from(cast: Cast, site: str) -> None:
    gives("/hart", HTML, Content_Type="text/html")
    doc = fetched(cast.alice, book(cast.alice), f"{site}/hart#antlers")
    assert (doc["type"], doc["title"]) == ("url", "The hart")
    assert doc["content_metadata"]["source_url"] == f"{site}/hart"
    assert doc["content_metadata"]["processing_status"] == "completed"
    assert LINES[0] in doc["entry"]
    assert Site.asked == ["/hart"]


def test_what_an_address_gives_is_told_by_its_content(cast: Cast, site: str) -> None:
    gives("/hart.html", text_pdf(title="The hart"), Content_Type="text/html")
    assert fetched(cast.alice, book(cast.alice), f"{site}/hart.html")["title"] == "The hart"


def test_a_redirect_is_followed_and_one_without_end_is_not(cast: Cast, site: str) -> None:
    gives("/old", status=301, Location="/hart")
    gives("/hart", HTML)
    gives("/round", status=302, Location="/round")
    shelf = book(cast.alice)
    assert fetched(cast.alice, shelf, f"{site}/old")["title"] == "The hart"
    failed = fetched(cast.alice, shelf, f"{site}/round")
    assert "more than 5 times" in failed["origin"]["problem"]
    assert Site.asked.count("/round") == 6


@pytest.mark.parametrize(
    "url",
    [
        "http://10.0.0.7/",
        "http://127.0.0.1:1/",
        "http://169.254.169.254/latest/meta-data/",
        "http://[::1]/",
        "http://2130706433/",
        "file:///etc/passwd",
        "ftp://example.com/",
        "http://me:secret@example.com/",
        "no address",
    ],
)
def test_a_private_address_is_refused_at_once(cast: Cast, url: str) -> None:
    path = f"/api/knowledgeCollections/{book(cast.alice)}/documents"
    refused(cast.alice, "POST", path, {"url": url}, status=400)


def test_what_is_open_for_models_is_closed_for_pages(cast: Cast, site: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "PRIVATE_ENDPOINTS", (site.removeprefix("http://"),))
    monkeypatch.setattr(fetch, "PRIVATE_SITES", frozenset())
    gives("/metrics", HTML)
    path = f"/api/knowledgeCollections/{book(cast.alice)}/documents"
    refused(cast.alice, "POST", path, {"url": f"{site}/metrics"}, status=400)
    assert Site.asked == []


@pytest.mark.parametrize("target", ["http://127.0.0.1:1/", "http://169.254.169.254/", "file:///etc/passwd"])
def test_a_redirect_to_a_private_address_is_not_followed(cast: Cast, site: str, target: str) -> None:
    gives("/away", status=302, Location=target)
    doc = fetched(cast.alice, book(cast.alice), f"{site}/away")
    assert doc["content_metadata"]["processing_status"] == "failed"
    assert "private network" in doc["origin"]["problem"] or "must begin with" in doc["origin"]["problem"]
    assert Site.asked == ["/away"]


def test_a_passing_failure_is_tried_three_times_and_a_lasting_one_once(cast: Cast, site: str) -> None:
    shelf = book(cast.alice)
    gives("/weak", status=503)
    gives("/weak", status=503)
    gives("/weak", HTML)
    assert fetched(cast.alice, shelf, f"{site}/weak")["content_metadata"]["processing_status"] == "completed"
    gives("/down", status=503)
    down = fetched(cast.alice, shelf, f"{site}/down")
    assert (Site.asked.count("/down"), down["origin"]["problem"]) == (3, "The address answered with status 503.")
    gives("/gone", status=404)
    gone = fetched(cast.alice, shelf, f"{site}/gone")
    assert (Site.asked.count("/gone"), gone["content_metadata"]["processing_status"]) == (1, "failed")


def test_a_failed_address_can_be_tried_again(cast: Cast, site: str) -> None:
    shelf = book(cast.alice)
    gives("/hart", status=404)
    gives("/hart", HTML)
    doc = fetched(cast.alice, shelf, f"{site}/hart")
    path = f"/api/knowledgeCollections/{shelf}/documents/retry"
    refused(cast.charlie, "POST", path, {"id": doc["id"]}, status=404)
    status, answer = cast.alice.ask("POST", path, {"id": doc["id"]})
    assert (status, answer["processing_status"]) == (200, "completed")
    refused(cast.alice, "POST", path, {"id": doc["id"]}, status=409)


def test_size_and_time_are_bounded(cast: Cast, site: str, monkeypatch: pytest.MonkeyPatch) -> None:
    shelf = book(cast.alice)
    assert "more than 32 MB" in fetched(cast.alice, shelf, f"{site}/endless")["origin"]["problem"]
    monkeypatch.setattr(fetch, "MAX_FETCH_SECONDS", 0.3)
    assert "no answer within" in fetched(cast.alice, shelf, f"{site}/slow")["origin"]["problem"]


def test_the_same_address_is_refused_and_others_of_the_list_are_taken(cast: Cast, site: str) -> None:
    gives("/hart", HTML)
    gives("/other", b"Another text that is plain.")
    shelf = book(cast.alice)
    fetched(cast.alice, shelf, f"{site}/hart")
    status, answer = bring(cast.alice, shelf, f"{site}/hart", f"{site}/other", "http://10.0.0.1/")
    assert (status, len(answer["created"]), len(answer["skipped"])) == (202, 1, 2)
    assert "The hart" in answer["skipped"][0]["why"]
    refused(cast.alice, "POST", f"/api/knowledgeCollections/{shelf}/documents", {"url": f"{site}/hart"}, status=409)


@pytest.mark.parametrize(
    "body", [{}, {"urls": []}, {"urls": "x"}, {"url": 7}, {"urls": [7]}, {"text": 7}, {"text": ""}]
)
def test_a_body_that_names_nothing_is_refused(cast: Cast, body: dict[str, Any]) -> None:
    refused(cast.alice, "POST", f"/api/knowledgeCollections/{book(cast.alice)}/documents", body, status=400)
