"""Exporting an account as a zip: files that can be imported again (cards, lore, chats, personas, presets, memories, documents,
pictures), every row of it as data, and pages to read. Keys, passwords and tokens are never among them.
"""

import hashlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

import orjson
from django.utils.translation import get_language

from botcafe.areas.accounts.collections.media import MEDIA
from botcafe.areas.companions.bots.card_export import default_card_format, export_card
from botcafe.areas.companions.collections.bot import BOTS
from botcafe.areas.companions.collections.conversation import CONVERSATIONS
from botcafe.areas.companions.collections.persona import PERSONAS
from botcafe.areas.companions.personas.files import export_personas
from botcafe.areas.companions.presets.actions import export_preset, list_presets
from botcafe.areas.knowledge.collections.knowledge import KNOWLEDGE
from botcafe.areas.knowledge.collections.knowledge_collection import KNOWLEDGE_COLLECTIONS
from botcafe.areas.knowledge.collections.memory import MEMORIES
from botcafe.areas.knowledge.hooks.originals import original_of
from botcafe.areas.knowledge.lore.lorebook_export import lorebook_file
from botcafe.areas.knowledge.memories.export import memories_file
from botcafe.cms.schema.actor import Actor
from botcafe.cms.schema.collection import get_collection
from botcafe.cms.schema.errors import ApiError, Forbidden
from botcafe.formats.archive import stream_archive
from botcafe.gateways.storage import storage
from botcafe.kit.instants import now
from botcafe.kit.words import slugify_name
from botcafe.transfer.account_export.documents import list_own_collections, write_documents
from botcafe.transfer.account_export.reader import write_index
from botcafe.transfer.export_chat import export_chat

NamedFile = tuple[str, bytes | Iterable[bytes]]
LeftOut = list[dict[str, str]]
MISSING_BYTES_REASON = "its bytes are not in storage"


@dataclass(slots=True)
class ExportProgress:
    """What is in the zip so far: size and SHA-256 of each file, and the rows of each collection."""

    sums: dict[str, dict[str, object]] = field(default_factory=dict)
    rows: dict[str, int] = field(default_factory=dict)

    @property
    def files(self) -> int:
        """How many files there are."""
        return len(self.sums)


def export_account(actor: Actor, progress: ExportProgress | None = None) -> tuple[str, Iterator[bytes]]:
    """File name and bytes of a zip of all that the actor owns, made while it is read; notes ``progress``. Raises Forbidden."""
    if not actor.is_signed_in:
        raise Forbidden
    noted = progress or ExportProgress()
    return f"botcafe-{now()[:10]}.zip", stream_archive(_with_manifest(actor, noted))


def _with_manifest(actor: Actor, progress: ExportProgress) -> Iterator[NamedFile]:
    """All files, and last of all ``manifest.json``, which tells size and SHA-256 of each, and the rows of each collection."""
    for path, data in _every_file(actor, progress):
        yield path, _summed(path, [data] if isinstance(data, bytes) else data, progress)
    about = {"spec": "botcafe_manifest", "spec_version": "1.0", "rows": progress.rows, "files": progress.sums}
    yield "manifest.json", orjson.dumps(about, option=orjson.OPT_INDENT_2)


def _summed(path: str, pieces: Iterable[bytes], progress: ExportProgress) -> Iterator[bytes]:
    digest, size = hashlib.sha256(), 0
    for piece in pieces:
        digest.update(piece)
        size += len(piece)
        yield piece
    progress.sums[path] = {"bytes": size, "sha256": digest.hexdigest()}


def _every_file(actor: Actor, progress: ExportProgress) -> Iterator[NamedFile]:
    yield from _all_files(actor)
    users = get_collection("users")
    for of, paths in [(users, ("id",)), *list_own_collections()]:
        yield f"data/{of.slug}.jsonl", write_documents(actor, of, paths, progress.rows)
    yield "index.html", write_index(actor.name, get_language() or "en", list(progress.sums), progress.rows)


def _all_files(actor: Actor) -> Iterator[tuple[str, bytes]]:
    counts: dict[str, int] = {}
    left_out: LeftOut = []
    for maker in (
        _bot_files,
        _lore_files,
        _chat_files,
        _reader_files,
        _persona_files,
        _preset_files,
        _memory_files,
        _document_files,
        _media_files,
    ):
        for path, make in maker(actor):
            try:
                data = make()
            except ApiError as error:
                left_out.append({"what": path, "why": error.message})
            except KeyError:  # from storage, when the bytes of a row are lost
                left_out.append({"what": path, "why": MISSING_BYTES_REASON})
            else:
                kind = path.partition("/")[0]
                counts[kind] = counts.get(kind, 0) + 1
                yield path, data
    about = {"spec": "botcafe_account", "spec_version": "1.0", "name": actor.name, "exported_at": now()}
    yield "account.json", orjson.dumps({**about, "files": counts, "left_out": left_out}, option=orjson.OPT_INDENT_2)


LazyFiles = Iterator[tuple[str, Callable[[], bytes]]]


def _own_rows(of: Any, actor: Actor) -> Any:
    return of.visible_to(actor).filter(user=actor.id).order_by("id")


def _bot_files(actor: Actor) -> LazyFiles:
    for bot in _own_rows(BOTS, actor).filter(deleted_at__isnull=True):
        form = default_card_format(actor, bot)
        yield f"bots/{bot.slug}.{form}", lambda bot=bot, form=form: export_card(actor, bot.pk, form)[2]  # type: ignore[misc]


def _lore_files(actor: Actor) -> LazyFiles:
    for number, name in _own_rows(KNOWLEDGE_COLLECTIONS, actor).values_list("pk", "name"):
        path = f"lore/{slugify_name(name)}-{number}.json"
        yield path, lambda number=number: lorebook_file(actor, number, "st")[1]  # type: ignore[misc]


def _chat_files(actor: Actor) -> LazyFiles:
    rows = _own_rows(CONVERSATIONS, actor).filter(deleted_at__isnull=True, is_temporary=False)
    for number, title in rows.values_list("pk", "title"):
        path = f"chats/{slugify_name(title or 'chat')}-{number}.jsonl"
        yield path, lambda number=number: export_chat(actor, number, "jsonl")[2]  # type: ignore[misc]


def _reader_files(actor: Actor) -> LazyFiles:
    rows = _own_rows(CONVERSATIONS, actor).filter(deleted_at__isnull=True, is_temporary=False)
    for number, title in rows.values_list("pk", "title"):
        path = f"reader/{slugify_name(title or 'chat')}-{number}.html"
        yield path, lambda number=number: export_chat(actor, number, "html")[2]  # type: ignore[misc]


def _persona_files(actor: Actor) -> LazyFiles:
    if _own_rows(PERSONAS, actor).exists():
        yield "personas.json", lambda: export_personas(actor)[1]


def _preset_files(actor: Actor) -> LazyFiles:
    for card in list_presets(actor):
        path = f"presets/{slugify_name(card.row.name)}-{card.row.pk}.json"
        yield path, lambda number=card.row.pk: export_preset(actor, number)  # type: ignore[misc]


def _memory_files(actor: Actor) -> LazyFiles:
    if _own_rows(MEMORIES, actor).exists():
        yield "memories.json", lambda: memories_file(actor)


def _document_files(actor: Actor) -> LazyFiles:
    for row in _own_rows(KNOWLEDGE, actor).exclude(r2_file_key=None).defer("entry"):
        origin = row.origin if isinstance(row.origin, dict) else {}
        name = str(origin.get("file_name") or "document")
        yield f"documents/{row.pk}-{_safe_file_name(name)}", lambda row=row: original_of(row)  # type: ignore[misc]


def _media_files(actor: Actor) -> LazyFiles:
    for name, key in _own_rows(MEDIA, actor).values_list("filename", "storage_key"):
        yield f"media/{_safe_file_name(name)}", lambda key=key: storage().get(key)  # type: ignore[misc]


def _safe_file_name(name: str) -> str:
    """A file name without path separators and reserved characters."""
    return (
        "".join(character if character.isprintable() and character not in '/\\:*?"<>|' else "_" for character in name)[
            -150:
        ].lstrip(".")
        or "file"
    )
