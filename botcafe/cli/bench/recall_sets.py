"""The sets of ``bench recall``, all of our own writing: texts that are indexed, and questions that one of them answers.

- *lore*: a fact among many sentences about the same place, in ten languages.
- *chat*: long chats in ten languages. What is asked about was said in passing; others said the like of other people and
  things; many questions share no word with the answer, some go by a number, a name or a day alone.
- *memory*: summaries of talks in four languages, of which a newer one may replace an older.

Each language is a user of their own. Every second question is kept out of tuning.
"""

import datetime as dt
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import zip_longest
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import orjson

from botcafe.kit.instants import from_epoch
from botcafe.retrieval.index import ChunkText, IndexDocument
from botcafe.search.messages import message_document

HERE = Path(__file__).parent
KINDS = {"lore": "knowledge", "chat": "message", "memory": "memory"}
FIRST_DAY = dt.date(2026, 1, 5)
TURNS_A_DAY = 5
TURNS_A_CHAT = 120
DAY_SECONDS = 86400
USUAL_IMPORTANCE = 5.0
NAMES = (
    "Piet", "Agnes", "Bertil", "Calla", "Doro", "Emil", "Fanni", "Goran", "Hilde", "Ivo",
    "Jule", "Kasimir", "Liv", "Matteo", "Nora", "Olaf", "Pia", "Quirin", "Rosa", "Sandor",
)  # fmt: skip
JsonSet = dict[str, Any]


@dataclass(frozen=True, slots=True)
class RecallQuestion:
    """A question, and the source that answers it."""

    text: str
    source: int


@dataclass(slots=True)
class RecallUser:
    """What one user has: sources for the index, questions, and the rows of memories by id."""

    tenant: int
    sources: list[IndexDocument] = field(default_factory=list)
    questions: list[RecallQuestion] = field(default_factory=list)
    memories: dict[int, Any] = field(default_factory=dict)


def make_users(name: str) -> Iterator[RecallUser]:
    """The people of a set, one for each language."""
    lore = _read_set("lore")
    makers: dict[str, Callable[[RecallUser, Any, list[str]], None]]
    makers = {"lore": _add_lore, "chat": _add_chats, "memory": _add_memories}
    # Tenants of different sets must not share an index.
    first = 1 + 100 * list(KINDS).index(name)
    for tenant, (language, given) in enumerate((lore if name == "lore" else _read_set(name)).items(), first):
        user = RecallUser(tenant)
        makers[name](user, given, _everyday_sentences(lore[language]))
        yield user


def _read_set(name: str) -> JsonSet:
    files = {"lore": "recall_lore.json", "chat": "recall_chats.json", "memory": "recall_memories.json"}
    found: JsonSet = orjson.loads((HERE / files[name]).read_bytes())
    return found


def _everyday_sentences(given: JsonSet) -> list[str]:
    """Everyday sentences, among which the others stand: every user with everything that people do."""
    who, did = given["who"], given["did"]
    space = "" if who[0].endswith(("は", "师")) else " "
    pairs = [(n % len(who), (n // len(who) + n) % len(did)) for n in range(len(who) * len(did))]
    return [f"{who[one]}{space}{did[other]}" for one, other in pairs]


def _add_source(user: RecallUser, source: IndexDocument, asked: str) -> None:
    user.sources.append(source)
    if asked:
        user.questions.append(RecallQuestion(asked, source.id))


def _next_source_id(user: RecallUser) -> int:
    return user.tenant * 10_000 + len(user.sources)


def _add_lore(user: RecallUser, given: JsonSet, scenes: list[str]) -> None:
    for text, asked in [*given["facts"], *_key_entries(given, scenes), *((scene, "") for scene in scenes)]:
        chunk = ChunkText(0, len(text), text, text)
        _add_source(user, IndexDocument(user.tenant, "knowledge", _next_source_id(user), (chunk,)), asked)


def _key_entries(given: JsonSet, scenes: list[str]) -> list[tuple[str, str]]:
    """Entries of five sentences, one of which has a mark and a name; all are of one form, and some are asked about."""
    fact, asked = given["keys"]
    pairs = []
    for n, name in enumerate(NAMES):
        mark = f"{'BKRT'[n % 4]}{(n * 37 + 11) % 89 + 10}"
        lines = [scenes[(7 * n + 5 * i) % len(scenes)] for i in range(4)]
        lines.insert(n % 5, fact.format(code=mark, name=name))
        pairs.append((" ".join(lines), asked.format(code=mark) if n % 5 == n // 5 else ""))
    return pairs


def _add_chats(user: RecallUser, given: list[JsonSet], scenes: list[str]) -> None:
    turns = list(_interleave_subjects(given, scenes))
    rows = [_message_row(user, n, text) for n, (text, _) in enumerate(turns)]
    for n, (row, before) in enumerate(zip(rows, [None, *rows], strict=False)):
        is_same_chat = before is not None and before["conversation_id"] == row["conversation_id"]
        day = dt.date.fromisoformat(row["created_at"][:10])
        asked = turns[n][1].format(day=f"{day.day} {day:%B}")
        _add_source(user, message_document(row, before if is_same_chat else None), asked)


def _message_row(user: RecallUser, n: int, text: str) -> JsonSet:
    day = FIRST_DAY + dt.timedelta(days=n // TURNS_A_DAY)
    return {
        "pk": user.tenant * 10_000 + n,
        "user_id": user.tenant,
        "conversation_id": user.tenant * 100 + n // TURNS_A_CHAT,
        "entry": text,
        "message_type": "text",
        "created_at": f"{day.isoformat()}T10:00:00.000Z",
        "bot__name": "Mocha" if n % 2 else None,
        "persona__name": "Kim",
        "deleted_at": None,
        "is_growing": False,
        "is_hidden": False,
        "conversation__is_temporary": False,
    }


def _interleave_subjects(given: list[JsonSet], scenes: list[str]) -> Iterator[tuple[str, str]]:
    """Turns, each with the question that it answers or ``""``: subjects come and go, with everyday talk between them."""
    rounds = zip_longest(*(list(_exchanges_of(subject)) for subject in given))
    exchanges = [each for some in rounds for each in some if each]
    for n, exchange in enumerate(exchanges):
        yield from exchange
        yield from ((scene, "") for scene in scenes[2 * n :: 2 * len(exchanges)])


def _exchanges_of(subject: JsonSet) -> Iterator[list[tuple[str, str]]]:
    """A few turns for each row of a subject; the last one answers, or the one that ``answer`` names."""
    for n, (*words, asked) in enumerate(subject["of"]):
        lines = subject["say"][n % len(subject["say"])]
        answer = subject.get("answer", len(lines) - 1)
        yield [(line.format(*words), asked if i == answer else "") for i, line in enumerate(lines)]


def _add_memories(user: RecallUser, given: list[JsonSet], scenes: list[str]) -> None:
    for n, scene in enumerate(scenes[::2]):
        _add_memory(user, scene, "", (7 * n % 365, USUAL_IMPORTANCE, False))
    for subject in given:
        for n, (days, importance, is_pinned, *words, asked) in enumerate(subject["of"]):
            text = subject["say"][n % len(subject["say"])].format(*words)
            _add_memory(user, text, asked, (days, importance, is_pinned))


def _add_memory(user: RecallUser, text: str, asked: str, told: tuple[int, float, bool]) -> None:
    number, (days, importance, is_pinned) = _next_source_id(user), told
    made = from_epoch(time.time() - days * DAY_SECONDS)
    user.memories[number] = SimpleNamespace(
        created_at=made, happened_until=None, importance=importance, is_pinned=is_pinned
    )
    _add_source(user, IndexDocument(user.tenant, "memory", number, (ChunkText(0, len(text), text, text),)), asked)
