"""What the bot is reminded of: memories of this person, and what was said so long ago that the window has lost it."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from botcafe.areas.companions.chats.turn_context import TurnMaterial
from botcafe.areas.knowledge.lore.activation_log import recall_in_words
from botcafe.areas.knowledge.memories.actions import has_memories, pinned_for
from botcafe.chat.near import FINDERS
from botcafe.chat.prompt.blocks import Block, block
from botcafe.retrieval.ranking import Hit
from botcafe.search.messages import has_indexed
from botcafe.search.person_search import nearness, recall

LAST_MESSAGES = 2
SHARE = 0.15
MOST_HITS = 8
MEMORY_PRIORITY, MESSAGE_PRIORITY = 3, 4
Row = dict[str, Any]


@dataclass(slots=True)
class Recalled:
    """Blocks of memories and messages, and a row of reasons for each."""

    blocks: list[Block] = field(default_factory=list)
    rows: list[Row] = field(default_factory=list)


def recalled_in(material: TurnMaterial, window: int) -> Recalled:
    """What this reply is reminded of: what is pinned, then what is near to the last two messages.

    Nothing where memory is switched off, or there is nothing to recall: then it costs two short queries.
    """
    made = Recalled()
    if not material.memory_is_on or not material.conversation_id:
        return made
    kinds = _kinds(material)
    budget = max(64, int(window * SHARE))
    if "memory" in kinds:
        for row in pinned_for(material.user_id, material.bot.pk):
            _add(
                made,
                "memory",
                row.pk,
                f"Memory of {_day(row.happened_until or row.created_at)}: {row.entry}",
                {"rule": "pinned"},
            )
    query = "\n".join(line.text for line in material.history[-LAST_MESSAGES:]).strip()
    if kinds and query:
        spent = sum(each.tokens for each in made.blocks)
        known = {row["id"] for row in made.rows}
        for hit in _found(material, query, kinds, max(1, budget - spent)):
            if hit.kind != "memory" or hit.source not in known:
                _add(made, hit.kind, hit.source, _text(hit), _row(hit))
    return made


def _kinds(material: TurnMaterial) -> list[str]:
    kinds = ["memory"] if has_memories(material.user_id, material.bot.pk) else []
    if material.is_longer and has_indexed(material.user_id, material.conversation_id):
        kinds.append("message")
    return kinds


def _found(material: TurnMaterial, query: str, kinds: list[str], budget: int) -> list[Hit]:
    persona = material.persona.pk if material.persona else None
    return recall(
        material.user_id,
        query,
        bot=material.bot.pk,
        persona=persona,
        conversation=material.conversation_id,
        before_message=material.first_shown,
        source_types=kinds,
        limit=MOST_HITS,
        budget_tokens=budget,
    )


def _text(hit: Hit) -> str:
    head = "Memory of" if hit.kind == "memory" else "Said on"
    return f"{head} {_day(hit.created_at)}: {hit.text}"


def _day(instant: str) -> str:
    return instant[:10]


def _row(hit: Hit) -> Row:
    words, meaning = hit.words or {}, hit.meaning or {}
    return {
        "rule": "recall",
        "score": round(hit.score, 4),
        "terms": list(words.get("terms") or [])[:6],
        "near": round(float(meaning["score"]), 4) if meaning.get("score") is not None else None,
        "boosts": {name: round(value, 3) for name, value in hit.boosts.items()},
    }


def why_recalled(hit: Hit) -> str:
    """Why a hit comes to mind, in words."""
    return recall_in_words(_row(hit))


def _add(made: Recalled, kind: str, number: int, text: str, row: Row) -> None:
    is_memory = kind == "memory"
    why = "you pinned it" if row["rule"] == "pinned" else recall_in_words(row)
    made.blocks.append(
        block(
            f"{kind}:{number}" if is_memory else f"recalled:{number}",
            "Memory" if is_memory else "Said earlier",
            text,
            priority=MEMORY_PRIORITY if is_memory else MESSAGE_PRIORITY,
            source="what is remembered" if is_memory else "further back in this chat",
            reason=why,
            slot="memories",
        )
    )
    made.rows.append({"kind": kind, "id": number, "in": True, "tokens": made.blocks[-1].tokens, **row})


def kept_rows(made: Recalled, blocks: Iterable[Block]) -> list[Row]:
    """The rows for keeping, once it is known for which of them the window had no room."""
    out = {each.id for each in blocks if not each.included}
    rows = []
    for row in made.rows:
        name = f"memory:{row['id']}" if row["kind"] == "memory" else f"recalled:{row['id']}"
        rows.append({**row, "in": False, "left": "window"} if name in out else row)
    return rows


def _near(material: TurnMaterial, lore: Any, query: str) -> dict[int, float]:
    return nearness(dict(lore.owners), query)


FINDERS.append(_near)
