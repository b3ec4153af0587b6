"""The index of messages, so that recall finds what has left the context window of a chat.

A turn alone is often too short to be found, so words of the turn before it count too, most of all where that one asks, and it
is embedded twice: alone, and after that turn. The turn that follows is left out: with it, a question is found instead of its answer.
Nothing of temporary chats, and nothing that was taken out, is indexed.
"""

import datetime as dt
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django_tasks import task

from botcafe.areas.companions.collections.bot import Bot
from botcafe.areas.companions.collections.conversation import Conversation
from botcafe.areas.companions.collections.message import MESSAGES, Message
from botcafe.areas.companions.collections.persona import Persona
from botcafe.areas.companions.messages import tree_sql
from botcafe.cms.db.prepared_statements import PreparedQuery
from botcafe.cms.schema.actor import Actor
from botcafe.jobs.queue import SLICE_SECONDS, enqueue
from botcafe.retrieval import embedding_queue, index
from botcafe.retrieval.index import ChunkText, IndexDocument
from botcafe.retrieval.models import KINDS, Chunk, Space

BATCH_SIZE = 64
MAX_TURN_CHARACTERS = 6000
CONTEXT_CHARACTERS = 600
MAX_QUESTION_CHARACTERS = 160
QUESTION_ENDINGS = ("?", "？", "؟", "か。")
_COLUMNS = ("pk", "user_id", "conversation_id", "parent_id", "entry", "created_at", "bot__name", "persona__name")


def enqueue_indexing(user_id: int, conversation_id: int, up_to_message_id: int) -> None:
    """Ask the worker to index a chat up to a message, itself included: in the transaction in which it left the window."""
    enqueue(index_messages, user=user_id, conversation=conversation_id, up_to=up_to_message_id)


@task()
def index_messages(user: int, conversation: int, up_to: int) -> None:
    """Index what of a branch is not in the index yet, then make the vectors."""
    index_branch(user, conversation, up_to)
    embed_indexed_messages.call(user=user)


@task()
def embed_indexed_messages(user: int | None = None) -> None:
    """Make the vectors that are due for a while, and queue the next run: at once for what is left, else for a retry."""
    if settings.JOBS != "database":
        embed_messages(user)
        return
    worked = embed_messages(user, seconds=SLICE_SECONDS)
    if worked.is_cut:
        embed_indexed_messages.enqueue(user=user)
    elif worked.next_try:
        moment = max(dt.datetime.fromtimestamp(worked.next_try, dt.UTC), timezone.now())
        embed_indexed_messages.using(run_after=moment).enqueue(user=user)


def embed_messages(
    user: int | None = None, advance: Callable[[int], None] | None = None, seconds: float | None = None
) -> embedding_queue.EmbeddingResult:
    """Make the vectors of messages that are due, of one person or of all; ``seconds`` as for ``embed_due``."""
    return embedding_queue.embed_due(MESSAGE_READER, user, advance=advance, seconds=seconds)


def index_branch(user_id: int, conversation_id: int, up_to: int) -> int:
    """Put the words of a branch up to a message into the index and ask for the vectors: of how many messages."""
    chat = Conversation.objects.filter(pk=conversation_id, user=user_id, deleted_at__isnull=True).first()
    # Temporary chats leave no trace, in the index neither.
    if chat is None or chat.is_temporary:
        return 0
    path = tree_sql.path_to(conversation_id, up_to)
    known = Chunk.objects.filter(tenant_id=user_id, kind=KINDS["message"], scope=conversation_id)
    there = set(known.values_list("source", flat=True))
    # Only what is new: the job runs each time the context window moves on.
    fresh = [number for number in path if number not in there]
    done = 0
    for start in range(0, len(fresh), BATCH_SIZE):
        with transaction.atomic():
            for source in load_message_documents(fresh[start : start + BATCH_SIZE]).values():
                if source.chunks:
                    index.index_words(source)
                    index.request_embedding(source)
                    done += 1
    return done


def load_message_documents(ids: Sequence[int]) -> dict[int, IndexDocument]:
    """Messages with the turns before them, ready for the index; what may not be indexed has no pieces."""
    rows = Message.objects.filter(pk__in=ids)
    rows = rows.select_related(None).order_by("pk")
    wanted = list(
        rows.values(*_COLUMNS, "deleted_at", "is_growing", "is_hidden", "message_type", "conversation__is_temporary")
    )
    alive = Message.objects.filter(deleted_at__isnull=True, is_growing=False)
    before = {r["pk"]: r for r in alive.filter(pk__in={r["parent_id"] for r in wanted} - {None}).values(*_COLUMNS)}
    return {row["pk"]: message_document(row, before.get(row["parent_id"])) for row in wanted}


def message_document(row: dict[str, Any], before: Any) -> IndexDocument:
    """A message after the turn before it (rows of ``sources_of``; None for the first)."""
    text = row["entry"] or ""
    is_out = row["deleted_at"] or row["is_growing"] or row["is_hidden"] or row["conversation__is_temporary"]
    if is_out or row["message_type"] == "system" or not text.strip():
        return IndexDocument(row["user_id"], "message", row["pk"], (), row["conversation_id"])
    before_text = (before["entry"] or "")[-CONTEXT_CHARACTERS:] if before else ""
    words, context = _weigh_words(text, before_text, _spoken_date(row["created_at"]))
    alone = ChunkText(0, len(text), words, _named_line(row, MAX_TURN_CHARACTERS), context)
    lines = [
        f"[{row['created_at'][:10]}]",
        _named_line(before, -CONTEXT_CHARACTERS),
        _named_line(row, MAX_TURN_CHARACTERS),
    ]
    after = ChunkText(0, len(text), "", "\n".join(filter(None, lines)), is_silent=True)
    return IndexDocument(row["user_id"], "message", row["pk"], (alone, after), row["conversation_id"])


def _weigh_words(text: str, before_text: str, day: str) -> tuple[str, str]:
    """The words of a turn, and those that count less: words of a question count in its answer rather than in itself."""
    own, less = ("", text) if _is_question(text) else (text, "")
    return (
        (f"{own} {day} {before_text}", less) if _is_question(before_text) else (f"{own} {day}", f"{less} {before_text}")
    )


def _is_question(text: str) -> bool:
    """Whether a turn is a short question."""
    return len(text) <= MAX_QUESTION_CHARACTERS and text.rstrip("\"'*_ )»”」』\n").endswith(QUESTION_ENDINGS)


def _named_line(row: Any, characters: int) -> str:
    if not row or not row["entry"]:
        return ""
    # The end of the turn before matters, as the answer follows it; of the turn itself the beginning.
    text = row["entry"][characters:] if characters < 0 else row["entry"][:characters]
    return f"{row['bot__name'] or row['persona__name'] or 'Guest'}: {text}"


def _spoken_date(instant: str) -> str:
    """A date as people ask for it, such as ``5 March 2026 Thursday``; empty where it cannot be parsed."""
    try:
        day = dt.date.fromisoformat(instant[:10])
    except ValueError:
        return ""
    return f"{day.day} {day:%B %Y %A}"


class MessageReader:
    """How messages are read for embedding. Nothing is written on a message."""

    kind = "message"

    def load_documents(self, ids: Sequence[int]) -> dict[int, IndexDocument]:
        """The index documents of the messages that still exist, by id."""
        return load_message_documents(ids)

    def lock_rows(self, ids: Sequence[int]) -> None:
        """Locks nothing: the digest shows what changed meanwhile."""

    def mark_embedded(self, source: IndexDocument, space: Space) -> None:
        """Messages have no status columns to update."""

    def mark_failed(self, ids: Sequence[int], reason: str) -> None:
        """Messages have no status columns; the queue keeps the reason."""


MESSAGE_READER = MessageReader()


def refresh_messages(ids: Iterable[int], *, anew: bool = False) -> int:
    """Update the index of edited, deleted or restored messages, in the caller's transaction.

    Includes the turns after them, which are indexed with their context. Returns how many changed; ``anew`` rewrites all.
    """
    wanted = set(ids)
    after = set() if anew else set(Message.objects.filter(parent__in=wanted).values_list("pk", flat=True))
    known = Chunk.objects.filter(kind=KINDS["message"], source__in=wanted | after)
    there = set(known.values_list("source", flat=True))
    loaded = load_message_documents(sorted(there)) if there else {}
    remove_messages(number for number in there if anew or number not in loaded or not loaded[number].chunks)
    stale = [source for source in loaded.values() if source.chunks and not index.is_current(source)]
    for source in stale:
        index.index_words(source)
        index.request_embedding(source)
    return len(stale)


def remove_messages(ids: Iterable[int]) -> int:
    """Remove messages from the index, in the caller's transaction; returns the number of chunks."""
    return index.remove_sources("message", ids)


def remove_chat(conversation_id: int) -> int:
    """Remove all messages of a chat from the index, in the caller's transaction; returns the number of chunks."""
    owners = Conversation.objects.filter(pk=conversation_id).values("user_id")
    rows = Chunk.objects.filter(tenant_id__in=owners, kind=KINDS["message"], scope=conversation_id)
    return index.remove_sources("message", sorted(set(rows.values_list("source", flat=True))))


_INDEXED = PreparedQuery(
    lambda user, chat: Chunk.objects.filter(tenant_id=user, kind=KINDS["message"], scope=chat).only("id")[:1], 2
)


def has_indexed_messages(user_id: int, conversation_id: int) -> bool:
    """Whether anything of this chat is in the index."""
    return bool(_INDEXED.first(user_id, conversation_id))


def readable_messages(actor: Actor, ids: Iterable[int]) -> dict[int, Message]:
    """Those of the messages that are the actor's own, not taken out, and on the branch that their chat shows."""
    rows = MESSAGES.visible_to(actor).filter(user=actor.id, pk__in=list(ids), deleted_at__isnull=True)
    rows = rows.filter(conversation__deleted_at__isnull=True).exclude(conversation__is_temporary=True)
    found = {row.pk: row for row in rows.select_related("conversation", "bot", "persona")}
    for chat in {row.conversation for row in found.values()}:
        shown = set(tree_sql.path_to(chat.pk, chat.active_leaf_id))
        found = {k: row for k, row in found.items() if row.conversation_id != chat.pk or k in shown}
    return found


def neighbouring_turns(actor: Actor, ids: Iterable[int], before_message: int | None = None) -> dict[int, list[Message]]:
    """Each of the messages between the turns before and after it, as far as its chat shows them, oldest first.

    Nothing from ``before_message`` on.
    """
    found = readable_messages(actor, ids)
    context: dict[int, list[int]] = {}
    for chat in {row.conversation for row in found.values()}:
        path = tree_sql.path_to(chat.pk, chat.active_leaf_id)
        places = {number: place for place, number in enumerate(path)}
        for number in (pk for pk, row in found.items() if row.conversation_id == chat.pk and pk in places):
            context[number] = path[max(0, places[number] - 1) : places[number] + 2]
    near = {number for some in context.values() for number in some if before_message is None or number < before_message}
    rows = MESSAGES.visible_to(actor).filter(user=actor.id, pk__in=near, is_growing=False, is_hidden=False)
    shown = {row.pk: row for row in rows.exclude(message_type="system").select_related("bot", "persona") if row.entry}
    return {number: [shown[pk] for pk in some if pk in shown] for number, some in context.items()}


def format_turns(rows: Iterable[Message]) -> str:
    """Turns as lines, each with the name of who spoke."""
    return "\n".join(f"{_speaker_name(row.bot, row.persona)}: {row.entry}" for row in rows)


def _speaker_name(bot: Bot | None, persona: Persona | None) -> str:
    return (bot.name if bot else "") or (persona.name if persona else "") or "Guest"
