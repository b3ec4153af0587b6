"""Messages in the index: what has left the window of a chat is found again by its words and its meaning.

A turn alone is often too short to be found, so its neighbours' words count a little too, and it is embedded twice: alone,
and among its neighbours. Nothing of temporary chats, and nothing that was taken out, is indexed.
"""

import datetime as dt
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django_tasks import task

from botcafe.areas.companions import thread
from botcafe.areas.companions.collections.conversation import Conversation
from botcafe.areas.companions.collections.message import MESSAGES, Message
from botcafe.cms.actor import Actor
from botcafe.cms.prepared import Prepared
from botcafe.jobs.queue import enqueue
from botcafe.retrieval import index, work
from botcafe.retrieval.index import ChunkText, Source
from botcafe.retrieval.models import KINDS, Chunk, Space

AT_ONCE = 64
LONGEST_TURN = 6000
NEIGHBOUR_SIGNS = 600
_COLUMNS = ("pk", "user_id", "conversation_id", "parent_id", "entry", "created_at", "bot__name", "persona__name")


def ask_to_index(user_id: int, conversation_id: int, up_to_message_id: int) -> None:
    """Ask the worker to index a chat up to a message, itself included: in the transaction in which it left the window."""
    enqueue(index_messages, user=user_id, conversation=conversation_id, up_to=up_to_message_id)


@task()
def index_messages(user: int, conversation: int, up_to: int) -> None:
    """Index what of a branch is not in the index yet, then make the vectors."""
    write_words(user, conversation, up_to)
    worked = embed_messages(user)
    if worked.next_try and settings.JOBS == "database":
        moment = max(dt.datetime.fromtimestamp(worked.next_try, dt.UTC), timezone.now())
        again = index_messages.using(run_after=moment)
        again.enqueue(user=user, conversation=conversation, up_to=up_to)


def embed_messages(user: int | None = None, advance: Callable[[int], None] | None = None) -> work.Worked:
    """Make the vectors of messages that are due, of one person or of all."""
    return work.embed_due(READER, user, advance=advance)


def write_words(user_id: int, conversation_id: int, up_to: int) -> int:
    """Put the words of a branch up to a message into the index and ask for the vectors: of how many messages."""
    chat = Conversation.objects.filter(pk=conversation_id, user=user_id, deleted_at__isnull=True).first()
    if chat is None or chat.is_temporary:
        return 0
    path = thread.path_to(conversation_id, up_to)
    known = Chunk.objects.filter(tenant_id=user_id, kind=KINDS["message"], scope=conversation_id)
    there = set(known.values_list("source", flat=True))
    fresh = [number for number in path if number not in there]
    done = 0
    for start in range(0, len(fresh), AT_ONCE):
        with transaction.atomic():
            for source in sources_of(fresh[start : start + AT_ONCE]).values():
                if source.chunks:
                    index.put_words(source)
                    index.ask(source)
                    done += 1
    return done


def sources_of(ids: Sequence[int]) -> dict[int, Source]:
    """Messages with their neighbours, ready for the index; what may not be indexed has no pieces."""
    rows = Message.objects.filter(pk__in=ids)
    rows = rows.select_related(None).order_by("pk")
    wanted = list(
        rows.values(*_COLUMNS, "deleted_at", "is_growing", "is_hidden", "message_type", "conversation__is_temporary")
    )
    beside = _neighbours(wanted)
    return {row["pk"]: source_of(row, *beside.get(row["pk"], (None, None))) for row in wanted}


def _neighbours(rows: Sequence[dict[str, Any]]) -> dict[int, tuple[Any, Any]]:
    """The turn before and the newest turn after each, where they are not taken out."""
    alive = Message.objects.filter(deleted_at__isnull=True, is_growing=False)
    before = {r["pk"]: r for r in alive.filter(pk__in={r["parent_id"] for r in rows} - {None}).values(*_COLUMNS)}
    after: dict[int, Any] = {}
    for row in alive.filter(parent__in=[r["pk"] for r in rows]).order_by("pk").values(*_COLUMNS):
        after[row["parent_id"]] = row
    return {row["pk"]: (before.get(row["parent_id"]), after.get(row["pk"])) for row in rows}


def source_of(row: dict[str, Any], before: Any, after: Any) -> Source:
    """A message between the turns before and after it (rows of ``sources_of``, or None)."""
    text = row["entry"] or ""
    is_out = row["deleted_at"] or row["is_growing"] or row["is_hidden"] or row["conversation__is_temporary"]
    if is_out or row["message_type"] == "system" or not text.strip():
        return Source(row["user_id"], "message", row["pk"], (), row["conversation_id"])
    around = [near["entry"][:NEIGHBOUR_SIGNS] for near in (before, after) if near and near["entry"]]
    lines = [_line(before, -NEIGHBOUR_SIGNS), _line(row, LONGEST_TURN), _line(after, NEIGHBOUR_SIGNS)]
    alone = ChunkText(0, len(text), f"{text} {_date(row['created_at'])}", _line(row, LONGEST_TURN), " ".join(around))
    context = "\n".join([f"[{row['created_at'][:10]}]", *filter(None, lines)])
    beside = ChunkText(0, len(text), "", context, is_silent=True)
    return Source(row["user_id"], "message", row["pk"], (alone, beside), row["conversation_id"])


def _line(row: Any, signs: int) -> str:
    if not row or not row["entry"]:
        return ""
    text = row["entry"][signs:] if signs < 0 else row["entry"][:signs]
    return f"{row['bot__name'] or row['persona__name'] or 'Guest'}: {text}"


def _date(instant: str) -> str:
    """``5 March 2026 Thursday``: by what a day is asked for."""
    try:
        day = dt.date.fromisoformat(instant[:10])
    except ValueError:
        return ""
    return f"{day.day} {day:%B %Y %A}"


class MessageReader:
    """Messages, as the work on vectors reads them. Nothing is written on a message."""

    kind = "message"

    def load(self, ids: Sequence[int]) -> dict[int, Source]:
        """The messages that still are."""
        return sources_of(ids)

    def hold(self, ids: Sequence[int]) -> None:
        """Hold nothing: the digest tells what changed meanwhile."""

    def done(self, source: Source, space: Space) -> None:
        """Nothing to write down."""

    def failed(self, ids: Sequence[int], reason: str) -> None:
        """The reason stands in the list of what waits."""


READER = MessageReader()


def messages_changed(ids: Iterable[int]) -> None:
    """Messages were edited, taken out or taken back: those that are indexed follow, in the caller's transaction."""
    known = Chunk.objects.filter(kind=KINDS["message"], source__in=list(ids))
    there = set(known.values_list("source", flat=True))
    loaded = sources_of(sorted(there)) if there else {}
    forget_messages(number for number in there if number not in loaded or not loaded[number].chunks)
    for source in loaded.values():
        if source.chunks and not index.is_current(source):
            index.put_words(source)
            index.ask(source)


def forget_messages(ids: Iterable[int]) -> int:
    """Take messages out of the index, in the caller's transaction: how many pieces went."""
    return index.forget("message", ids)


def forget_chat(conversation_id: int) -> int:
    """Take all messages of a chat out of the index, in the caller's transaction: how many pieces went."""
    rows = Chunk.objects.filter(kind=KINDS["message"], scope=conversation_id)
    return index.forget("message", sorted(set(rows.values_list("source", flat=True))))


_INDEXED = Prepared(
    lambda user, chat: Chunk.objects.filter(tenant_id=user, kind=KINDS["message"], scope=chat).only("id")[:1], 2
)


def has_indexed(user_id: int, conversation_id: int) -> bool:
    """Whether anything of this chat is in the index."""
    return bool(_INDEXED.first(user_id, conversation_id))


def readable_messages(actor: Actor, ids: Iterable[int]) -> dict[int, Message]:
    """Those of the messages that are the actor's own, not taken out, and on the branch that their chat shows."""
    rows = MESSAGES.visible_to(actor).filter(user=actor.id, pk__in=list(ids), deleted_at__isnull=True)
    rows = rows.filter(conversation__deleted_at__isnull=True).exclude(conversation__is_temporary=True)
    found = {row.pk: row for row in rows.select_related("conversation", "bot", "persona")}
    for chat in {row.conversation for row in found.values()}:
        shown = set(thread.path_to(chat.pk, chat.active_leaf_id))
        found = {k: row for k, row in found.items() if row.conversation_id != chat.pk or k in shown}
    return found
