"""Registry of the kinds of rows that are indexed. Their owners register them in ``AppConfig.ready()``.

Areas below a kind's owner (a chat whose messages are indexed in ``search``, say) reach its index through this registry.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django_tasks.base import Task

from botcafe.jobs.queue import enqueue
from botcafe.retrieval.embedding_queue import SourceReader


@dataclass(frozen=True, slots=True)
class IndexedSource:
    """One kind of row in the index.

    ``refresh`` and ``forget_scope`` run in the caller's transaction. ``refresh`` brings the index in line with rows that
    changed or are about to go. ``forget_scope`` removes all rows of a scope (a chat, a lorebook). ``embed_job`` takes
    ``user`` and makes the vectors that are due; without one they are made by the next job of the owner.
    """

    kind: str
    reader: SourceReader
    refresh: Callable[[Iterable[int]], object]
    forget_scope: Callable[[int], object] | None = None
    embed_job: Task[[int | None], None] | None = None


_SOURCES: dict[str, IndexedSource] = {}


def register_source(source: IndexedSource) -> None:
    """Add a kind. Raises ImproperlyConfigured where another source has it already."""
    if _SOURCES.setdefault(source.kind, source) != source:
        raise ImproperlyConfigured(f"The kind {source.kind} is registered twice.")


def get_source(kind: str) -> IndexedSource:
    """Raises ImproperlyConfigured where nobody registered the kind."""
    try:
        return _SOURCES[kind]
    except KeyError:
        raise ImproperlyConfigured(f"No indexed source is registered for the kind {kind}.") from None


def refresh(kind: str, ids: Iterable[int]) -> None:
    """Bring the index in line with rows of a kind, in the caller's transaction."""
    get_source(kind).refresh(ids)


def forget_scope(kind: str, scope: int) -> None:
    """Remove every indexed row of a scope, in the caller's transaction."""
    forget = get_source(kind).forget_scope
    if forget is None:
        raise ImproperlyConfigured(f"Rows of the kind {kind} have no scope.")
    forget(scope)


def enqueue_embedding(kind: str, user_id: int) -> None:
    """Queue the job that embeds what waits of a user's rows, with the caller's transaction."""
    job = get_source(kind).embed_job
    # Without a worker (tests) vectors are made on demand: see search.wait.
    if job is not None and settings.JOBS == "database":
        enqueue(job, user=user_id)
