"""The five measured requests, prepared the same way on our server and on another one."""

import http.client
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import orjson

from botcafe.cli.bench.errors import BenchError

REQUEST_NAMES = {
    "a": "message list, depth 0",
    "b": "message list, depth 1",
    "c": "bot by id, depth 0",
    "d": "create a mood",
    "e": "24 public bots by likes, depth 1",
}
CONVERSATIONS = "/api/conversation?depth=0&limit=50&sort=id"
PUBLIC_BOTS = "/api/bot?where[is_public][equals]=true&depth=0&limit=1&sort=id"


@dataclass(frozen=True, slots=True)
class BenchRequest:
    """One request."""

    path: str
    method: str = "GET"
    headers: dict[str, str] = field(default_factory=dict)
    body: str = ""


def send_request(base: str, request: BenchRequest) -> tuple[int, bytes]:
    """Status and body of one request. Raises OSError where nothing listens."""
    parts = urlsplit(base)
    kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    connection = kind(parts.hostname or "", parts.port, timeout=60)
    try:
        connection.request(request.method, request.path, request.body.encode() or None, request.headers)
        answer = connection.getresponse()
        return answer.status, answer.read()
    finally:
        connection.close()


def _request_json(base: str, request: BenchRequest) -> Any:
    try:
        status, raw = send_request(base, request)
    except OSError as error:
        raise BenchError(f"{base} does not answer: {error}") from error
    if status >= 400:
        raise BenchError(f"{request.method} {base}{request.path} answered {status}: {raw[:200]!r}")
    return orjson.loads(raw)


def prepare_requests(base: str, email: str, password: str) -> dict[str, BenchRequest]:
    """Sign in, find the account's longest conversation and a public bot: the requests by letter."""
    plain = {"Content-Type": "application/json"}
    login = orjson.dumps({"email": email, "password": password}).decode()
    told = _request_json(base, BenchRequest("/api/users/login", "POST", plain, login))
    headers = {"Authorization": f"JWT {told['token']}"}
    bots = _request_json(base, BenchRequest(PUBLIC_BOTS, headers=headers))["docs"]
    if not bots:
        raise BenchError(f"{base} has no public bot.")
    listing = f"/api/message?where[conversation][equals]={_longest_conversation_id(base, headers)}&depth="
    mood = {"user": told["user"]["id"], "mood": "happy", "note": "A quiet evening."}
    popular = "/api/bot?where[is_public][equals]=true&sort=-likes_count&limit=24&depth=1"
    return {
        "a": BenchRequest(f"{listing}0", headers=headers),
        "b": BenchRequest(f"{listing}1", headers=headers),
        "c": BenchRequest(f"/api/bot/{bots[0]['id']}?depth=0", headers=headers),
        "d": BenchRequest("/api/mood", "POST", {**headers, **plain}, orjson.dumps(mood).decode()),
        "e": BenchRequest(popular, headers=headers),
    }


def _longest_conversation_id(base: str, headers: dict[str, str]) -> int:
    found = _request_json(base, BenchRequest(CONVERSATIONS, headers=headers))["docs"]
    if not found:
        raise BenchError(f"the account has no conversation on {base}.")
    count = "/api/message/count?where[conversation][equals]="
    sizes = {
        doc["id"]: _request_json(base, BenchRequest(f"{count}{doc['id']}", headers=headers))["totalDocs"]
        for doc in found
    }
    return int(max(sizes, key=lambda number: sizes[number]))
