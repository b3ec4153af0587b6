"""A queue that an older version has left is worked off, and its running reply is ended."""

import importlib
from collections.abc import Iterator
from typing import Any

import pytest
from django.core import mail
from django.core.management import call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.utils import timezone
from django_tasks.base import Task, TaskResultStatus
from django_tasks_db.models import DBTaskResult, get_date_max

from botcafe.areas.companions.models import Generation, Message
from botcafe.areas.companions.turns.generations import interrupt_replies, list_leases
from botcafe.areas.knowledge.models import Knowledge, Memory
from botcafe.jobs.renamed_tasks import RENAMED_TASKS, rename_queued_tasks
from botcafe.retrieval.models import Chunk, Waiting
from tests.people import Cast, bot_data, invite_everyone

BEFORE = [("jobs", None)]
SHIPPED_PATHS = (
    "botcafe.chat.remembering.remember_chat",
    "botcafe.areas.companions.recall.index_messages",
    "botcafe.areas.knowledge.jobs.embed_rows",
    "botcafe.areas.knowledge.resuming.resume_all",
    "botcafe.areas.knowledge.ingest_jobs.ingest",
    "botcafe.areas.accounts.jobs.send_welcome_mail",
    "botcafe.areas.accounts.jobs.send_reset_mail",
    "botcafe.areas.accounts.jobs.send_verify_mail",
)
"""The tasks of commit 1287016. A released path is never taken off this list: add those of later releases."""


def task_at(path: str) -> Any:
    """What stands at a dotted path."""
    module, name = path.rsplit(".", 1)
    return getattr(importlib.import_module(module), name)


def queued(path: str, **kwargs: Any) -> DBTaskResult[Any, Any]:
    """A row of the queue, as the older version wrote it."""
    return DBTaskResult.objects.create(
        args_kwargs={"args": [], "kwargs": kwargs},
        task_path=path,
        queue_name="default",
        backend_name="default",
        run_after=get_date_max(),
        exception_class_path="",
        traceback="",
    )


@pytest.fixture
def cast(transactional_db: None) -> Cast:
    """Everyone, in a database that commits."""
    return invite_everyone()


@pytest.fixture
def old_database(cast: Cast) -> Iterator[None]:
    """Migrations undone to where no task had moved; brought forward again at the end, whatever happens."""
    MigrationExecutor(connection).migrate(BEFORE)
    yield
    migrate_forward()


def migrate_forward() -> None:
    """Apply everything that is missing."""
    executor = MigrationExecutor(connection)
    executor.migrate(executor.loader.graph.leaf_nodes())


def chat_with_running_reply(cast: Cast) -> tuple[int, list[int], int]:
    """A long chat whose last reply was cut off by the upgrade: its id, its messages, and the generation."""
    bot = cast.alice.make("bot", bot_data("mocha"))
    part = {"bot_id": bot["id"], "role": "primary", "is_active": True}
    chat = cast.alice.make("conversation", {"bot_participation": [part]})["id"]
    lines = [f"I was born in Thornwood, by the lighthouse. ({number})" for number in range(20)]
    ids = [cast.alice.make("message", {"conversation": chat, "entry": line})["id"] for line in lines]
    Message.objects.filter(pk=ids[-1]).update(is_growing=True, bot=bot["id"])
    reply = Generation.objects.create(
        user_id=cast.alice.id,
        conversation_id=chat,
        message_id=ids[-1],
        bot_id=bot["id"],
        state="streaming",
        lease_owner="an-older-process",
        lease_until="2026-01-01T00:00:00.000Z",
    )
    return chat, ids, reply.pk


@pytest.mark.parametrize("path", [*SHIPPED_PATHS, *RENAMED_TASKS, *RENAMED_TASKS.values()])
def test_every_released_task_path_still_leads_to_a_task(path: str) -> None:
    assert isinstance(task_at(RENAMED_TASKS.get(path, path)), Task)


def test_no_renamed_task_leads_to_another_renamed_one() -> None:
    assert not RENAMED_TASKS.keys() & set(RENAMED_TASKS.values())


def test_jobs_queued_by_the_old_version_run_after_the_upgrade(cast: Cast, old_database: None, settings: Any) -> None:
    chat, ids, reply = chat_with_running_reply(cast)
    book = cast.alice.make("knowledgeCollections", {"name": "Places"})
    lore = {"type": "text", "knowledge_collection": book["id"], "entry": "The lighthouse stands in Thornwood."}
    entry = cast.alice.make("knowledge", lore)["id"]
    document = cast.alice.make("knowledge", {**lore, "type": "url", "entry": "Not read yet."})["id"]
    origin = {"kind": "document", "url": "http://127.0.0.1:9/gone", "tries": 9}
    waiting = {"origin": origin, "content_metadata_processing_status": "pending"}
    Knowledge.objects.filter(pk=document).update(**waiting)
    assert Waiting.objects.filter(source=entry, kind=1).exists()
    settings.JOBS = "database"
    settings.TASKS = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend", "QUEUES": ["default", "mail"]}}
    user = cast.alice.id
    rows = [
        queued(SHIPPED_PATHS[0], conversation=chat),
        queued(SHIPPED_PATHS[1], user=user, conversation=chat, up_to=ids[9]),
        queued(SHIPPED_PATHS[2], user=user),
        queued(SHIPPED_PATHS[3]),
        queued(SHIPPED_PATHS[4], entry=document),
        queued(SHIPPED_PATHS[5], email="alice@cafe.test", name="Alice"),
        queued(SHIPPED_PATHS[6], email="alice@cafe.test", token="a-token"),
        queued(SHIPPED_PATHS[7], email="alice@cafe.test", token="b-token"),
    ]
    assert {row.task_path for row in rows} == set(SHIPPED_PATHS)
    mail.outbox.clear()

    migrate_forward()
    call_command("db_worker", "--batch", "--queue-name", "*", verbosity=0)

    for row in DBTaskResult.objects.all():
        assert row.status == TaskResultStatus.SUCCESSFUL, (row.task_path, row.traceback)
    assert Memory.objects.filter(conversation=chat).exists()
    assert Chunk.objects.filter(kind=3, source=ids[9]).exists()
    assert not Waiting.objects.exists()
    assert Knowledge.objects.get(pk=document).content_metadata_processing_status in {"failed", "completed"}
    assert len(mail.outbox) == 3
    assert interrupt_replies(list_leases()) == 1
    assert Generation.objects.get(pk=reply).state == "interrupted"
    message = Message.objects.get(pk=ids[-1])
    assert (message.entry, message.is_growing) == ("I was born in Thornwood, by the lighthouse. (19)", False)


def test_a_starting_worker_renames_what_an_old_server_queued_during_the_upgrade(cast: Cast) -> None:
    row = queued(SHIPPED_PATHS[2], user=cast.alice.id)
    done = queued(SHIPPED_PATHS[2], user=cast.bob.id)
    DBTaskResult.objects.filter(pk=done.pk).update(status=TaskResultStatus.SUCCESSFUL, finished_at=timezone.now())
    assert rename_queued_tasks() == 1
    assert rename_queued_tasks() == 0
    row.refresh_from_db()
    done.refresh_from_db()
    assert (row.task_path, done.task_path) == (RENAMED_TASKS[SHIPPED_PATHS[2]], SHIPPED_PATHS[2])
