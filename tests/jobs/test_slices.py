"""Nobody's import holds up the others, and no job holds up a mail."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django_tasks_db.models import DBTaskResult

from botcafe.areas.knowledge.index import jobs
from botcafe.areas.knowledge.index.jobs import embed_rows
from botcafe.retrieval.embedding_queue import CLAIM_BATCH
from botcafe.retrieval.models import Waiting
from tests.live import served
from tests.people import invite_everyone
from tests.suites.rows import House


@pytest.mark.django_db(transaction=True)
def test_a_long_job_goes_on_behind_those_that_wait(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.TASKS = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend", "QUEUES": ["default", "mail"]}}
    settings.JOBS = "database"
    monkeypatch.setattr(jobs, "SLICE_SECONDS", 0.0)
    house = House(invite_everyone())
    for _ in range(CLAIM_BATCH + 1):
        house.fresh("knowledge", house.cast.alice)
    house.fresh("knowledge", house.cast.bob)
    DBTaskResult.objects.all().delete()
    alice, bob = house.cast.alice.id, house.cast.bob.id
    embed_rows.enqueue(user=alice)
    embed_rows.enqueue(user=bob)
    call_command("db_worker", "--batch", "--queue-name", "*", verbosity=0)
    done = DBTaskResult.objects.order_by("started_at")
    assert [row.args_kwargs["kwargs"]["user"] for row in done][:3] == [alice, bob, alice]
    assert not Waiting.objects.exists()


@contextmanager
def silent_provider() -> Iterator[tuple[str, threading.Event, threading.Event]]:
    """An embedder that answers nothing until the test ends; its address, whether it was asked, and the end."""
    asked, ends = threading.Event(), threading.Event()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            asked.set()
            ends.wait(60)

        def log_message(self, format: str, *args: object) -> None:
            """Says nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"127.0.0.1:{server.server_port}", asked, ends
    finally:
        ends.set()
        server.shutdown()


@pytest.mark.slow
def test_a_mail_goes_out_while_a_job_takes_long(tmp_path: Path) -> None:
    with silent_provider() as (address, asked, ends):
        settings = {
            "BOTCAFE_EMBEDDINGS": f"openai:http://{address}/v1#m@8",
            "BOTCAFE_PRIVATE_ENDPOINTS": address,
        }
        with served(tmp_path / "data", with_jobs=True, **settings) as server:
            token = server.sign_up("alice@cafe.test")
            pile = server.ask("POST", "/api/knowledgeCollections?depth=0", {"name": "Lore"}, token)[1]["doc"]["id"]
            body = {"entry": "The harbour lies in the north.", "type": "text", "knowledge_collection": pile}
            status, answer = server.ask("POST", "/api/knowledge?depth=0", body, token)
            assert status == 201, answer
            assert asked.wait(30)
            assert server.ask("POST", "/api/users/forgot-password", {"email": "alice@cafe.test"})[0] == 200
            deadline = time.monotonic() + 20
            # The welcome and the link.
            while server.told().count("Mail to alice@cafe.test") < 2 and time.monotonic() < deadline:
                time.sleep(0.2)
            assert server.told().count("Mail to alice@cafe.test") == 2
            # A worker that waits for an answer would not end with its server.
            ends.set()
