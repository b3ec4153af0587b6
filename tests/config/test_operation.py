"""What an operator sees of a running server: its log and its metrics, which hold nobody's words and no secret."""

import http.client
import resource
import sqlite3
from collections.abc import Iterator
from typing import Any

import orjson
import pytest

from tests.chat.talking import Talker
from tests.cli.test_outage import children_of
from tests.live import Served, served
from tests.suites.rows import MULTIPART, multipart

TOKEN = "a-token-of-the-operator"
WORDS = "the lighthouse keeper weeps"
KEY = "sk-planted-4711-abcdef"
PASSWORD = "open-sesame-4711"


@pytest.fixture(scope="module")
def cafe(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    told = {"BOTCAFE_LOG": "json", "BOTCAFE_LOG_REQUESTS": "on", "BOTCAFE_METRICS_TOKEN": TOKEN}
    with served(tmp_path_factory.mktemp("cafe") / "data", **told) as server:
        yield server


@pytest.fixture(scope="module")
def alice(cafe: Served) -> Talker:
    return Talker(cafe, cafe.sign_up("alice@cafe.test", PASSWORD))


def log_of(server: Served) -> list[dict[str, Any]]:
    """All lines of the log."""
    text = (server.data.parent / f"{server.data.name}.log").read_text()
    return [orjson.loads(line) for line in text.splitlines()]


def run_sql(server: Served, statement: str) -> None:
    """Do something to the database behind the server's back."""
    if url := server.environment.get("BOTCAFE_DATABASE_URL"):
        import psycopg

        with psycopg.connect(url, autocommit=True) as line:
            line.execute(statement)
    else:
        with sqlite3.connect(server.data / "botcafe.sqlite3") as database:
            database.execute(statement)


def get(server: Served, path: str, token: str = "", cookie: str = "") -> tuple[int, dict[str, str], str]:
    """Status, headers and text."""
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    connection.request("GET", path, headers=headers | ({"Cookie": f"payload-token={cookie}"} if cookie else {}))
    answer = connection.getresponse()
    return answer.status, {k.lower(): v for k, v in answer.getheaders()}, answer.read().decode()


def test_a_fault_has_one_line_and_an_id_that_page_and_api_tell(cafe: Served, alice: Talker) -> None:
    run_sql(cafe, "ALTER TABLE companions_persona RENAME TO companions_persona_away")
    try:
        before = len(log_of(cafe))
        status, headers, _ = get(cafe, f"/api/personas?where[name][equals]={WORDS.replace(' ', '%20')}", alice.token)
        page_status, _, page = get(cafe, "/personas", cookie=alice.token)
    finally:
        run_sql(cafe, "ALTER TABLE companions_persona_away RENAME TO companions_persona")
    assert (status, page_status) == (500, 500)
    faults = [line for line in log_of(cafe)[before:] if line.get("level") == "ERROR"]
    assert [(line["path"], line["account"]) for line in faults] == [("/api/personas", 1), ("/personas", 1)]
    assert headers["x-fault"] == faults[0]["fault"]
    assert f"<code>{faults[1]['fault']}</code>" in page
    for line in faults:
        assert line["error"].startswith(("OperationalError", "ProgrammingError"))
        assert "botcafe/" in line["traceback"]


def test_the_metrics_ask_for_their_token(cafe: Served, alice: Talker) -> None:
    for token in ("", "wrong", TOKEN[:-1], alice.token):
        status, _, text = get(cafe, "/metrics", token)
        assert status == 401
        assert "botcafe_" not in text
    status, headers, text = get(cafe, "/metrics", TOKEN)
    assert status == 200
    assert headers["content-type"].startswith("text/plain; version=0.0.4")
    assert "botcafe_database_up 1\n" in text
    assert 'botcafe_build_info{version="' in text


def test_a_turn_is_counted_by_route_and_not_by_path(cafe: Served, alice: Talker) -> None:
    chat = alice.chat()
    alice.turn(chat, WORDS)
    assert alice.ask("GET", f"/api/bot/{WORDS.replace(' ', '-')}")[0] == 400
    text = get(cafe, "/metrics", TOKEN)[2]
    turns = 'method="POST",route="/api/conversation/<id>/turns",status="2xx"} 1'
    assert turns in text
    assert 'route="/api/bot/<name>",status="4xx"}' in text
    assert 'botcafe_replies_total{process="server-1",state="complete"} 1' in text
    assert 'botcafe_reply_added_seconds_count{process="server-1"} 1' in text
    assert 'route="/api/generations/<id>/events"' in text
    assert 'botcafe_streams_open{process="server-1"} 0' in text
    assert 'botcafe_lane_waiting{process="server-1",lane="slow"} 0' in text
    assert "lighthouse" not in text


def test_jobs_that_wait_are_counted(cafe: Served, alice: Talker) -> None:
    text = get(cafe, "/metrics", TOKEN)[2]
    assert 'botcafe_jobs_waiting{job="send_welcome_mail"} 1\n' in text
    assert 'botcafe_jobs_oldest_wait_seconds{job="send_welcome_mail"} ' in text


def test_nobodys_words_and_no_secret_come_into_the_log(cafe: Served, alice: Talker) -> None:
    alice.good("POST", "/api/mood?depth=0", {"mood": "happy", "note": WORDS})
    alice.turn(alice.chat(), WORDS)
    endpoint = {"custom_settings": {"api_endpoint": "http://127.0.0.1:9/v1"}}
    key = {"nickname": WORDS, "provider": "custom", "key": KEY, "provider_settings": endpoint}
    made = alice.good("POST", "/api/api-key?depth=0", key)["doc"]["id"]
    alice.ask("POST", f"/api/api-key/{made}/test", {"model": WORDS})
    for path in (f"/search?q={WORDS.replace(' ', '+')}", f"/{WORDS.replace(' ', '-')}", f"/reset-password?token={KEY}"):
        get(cafe, path, cookie=alice.token)
    cafe.ask("POST", "/api/users/login", {"email": "alice@cafe.test", "password": PASSWORD + "x"})
    cafe.ask("POST", "/api/users/login", {"email": "alice@cafe.test", "password": PASSWORD})
    cafe.ask("POST", "/api/users/reset-password", {"token": KEY, "password": PASSWORD})
    cafe.ask("POST", "/v1/chat/completions", {"model": WORDS, "messages": [{"role": "user", "content": WORDS}]}, KEY)
    cafe.ask("GET", f"/api/users/verify/{KEY}")
    text = orjson.dumps(log_of(cafe)).decode()
    assert len([line for line in log_of(cafe) if line.get("logger") == "botcafe.requests"]) > 10
    for word in ("lighthouse", "planted", "sesame", "alice@cafe.test", alice.token, TOKEN):
        assert word not in text, word


def test_a_body_that_the_disk_does_not_take_costs_one_line(cafe: Served, alice: Talker) -> None:
    """Met ahead of any view: the server itself wrote a traceback for each."""
    before = len(log_of(cafe))
    processes = children_of(cafe.process.pid)
    allowed = [resource.prlimit(number, resource.RLIMIT_FSIZE) for number in processes]
    body = multipart({"alt": WORDS}, "large.bin", "application/octet-stream", bytes(8 << 20))
    try:
        for number, (_, hard) in zip(processes, allowed, strict=True):
            resource.prlimit(number, resource.RLIMIT_FSIZE, (len(body) - 10, hard))
        answers = [upload(cafe, body, alice.token) for _ in range(3)]
    finally:
        for number, limits in zip(processes, allowed, strict=True):
            resource.prlimit(number, resource.RLIMIT_FSIZE, limits)
    assert answers == [(503, "2")] * 3
    lines = [line for line in log_of(cafe)[before:] if line.get("logger") != "botcafe.requests"]
    assert [line["message"].partition(" (")[0] for line in lines] == ["the disk takes nothing"]
    assert alice.good("GET", "/api/media?depth=0")["totalDocs"] == 0


def upload(server: Served, body: bytes, token: str) -> tuple[int, str | None]:
    """Status and Retry-After."""
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
    connection.request("POST", "/api/media", body, {"Authorization": f"JWT {token}", "Content-Type": MULTIPART})
    answer = connection.getresponse()
    answer.read()
    return answer.status, answer.getheader("Retry-After")
