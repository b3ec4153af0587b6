"""What the bot is reminded of: memories of this user, and messages so old that the window has lost them."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from botcafe.areas.companions.turns.turn_context import TurnContext
from botcafe.areas.knowledge.lore.activation_log import recall_explanation
from botcafe.areas.knowledge.memories.actions import has_memories, pinned_for
from botcafe.chat.prompt.blocks import PromptBlock, make_block
from botcafe.retrieval.ranking import SearchHit
from botcafe.search.messages import has_indexed_messages
from botcafe.search.person_search import recall

QUERY_MESSAGES = 2
RECALL_SHARE_OF_WINDOW = 0.15
MAX_HITS = 8
MEMORY_PRIORITY, MESSAGE_PRIORITY = 3, 4
RecallRow = dict[str, Any]


@dataclass(slots=True)
class RecalledMemories:
    """Blocks of memories and messages, and a row of reasons for each."""

    blocks: list[PromptBlock] = field(default_factory=list)
    rows: list[RecallRow] = field(default_factory=list)


def recall_memories(context: TurnContext, window: int) -> RecalledMemories:
    """Recall pinned memories, then memories and messages that match the last two messages, within a share of the window.

    Nothing where memory is switched off, or where there is nothing to recall: then it costs two short queries.
    """
    made = RecalledMemories()
    if not context.is_memory_on or not context.conversation_id:
        return made
    kinds = _searchable_kinds(context)
    budget = max(64, int(window * RECALL_SHARE_OF_WINDOW))
    if "memory" in kinds:
        for row in pinned_for(context.user_id, context.bot.pk):
            _add_block(
                made,
                "memory",
                row.pk,
                f"Memory of {_date_of(row.happened_until or row.created_at)}: {row.entry}",
                {"rule": "pinned"},
            )
    query = "\n".join(line.text for line in context.history[-QUERY_MESSAGES:]).strip()
    if kinds and query:
        spent = sum(each.tokens for each in made.blocks)
        known = {row["id"] for row in made.rows}
        for hit in _search_hits(context, query, kinds, max(1, budget - spent)):
            if hit.kind != "memory" or hit.source not in known:
                _add_block(made, hit.kind, hit.source, _hit_text(hit), _recall_row(hit))
    return made


def _searchable_kinds(context: TurnContext) -> list[str]:
    kinds = ["memory"] if has_memories(context.user_id, context.bot.pk) else []
    if context.is_longer and has_indexed_messages(context.user_id, context.conversation_id):
        kinds.append("message")
    return kinds


def _search_hits(context: TurnContext, query: str, kinds: list[str], budget: int) -> list[SearchHit]:
    persona = context.persona.pk if context.persona else None
    return recall(
        context.user_id,
        query,
        bot=context.bot.pk,
        persona=persona,
        conversation=context.conversation_id,
        before_message=context.first_shown,
        source_types=kinds,
        limit=MAX_HITS,
        budget_tokens=budget,
    )


def _hit_text(hit: SearchHit) -> str:
    head = "Memory of" if hit.kind == "memory" else "Said on"
    return f"{head} {_date_of(hit.created_at)}: {hit.text}"


def _date_of(instant: str) -> str:
    return instant[:10]


def _recall_row(hit: SearchHit) -> RecallRow:
    return {
        "rule": "recall",
        "score": round(hit.score, 4),
        "terms": hit.words["terms"][:6] if hit.words else [],
        "near": round(hit.meaning["score"], 4) if hit.meaning else None,
        "boosts": {name: round(value, 3) for name, value in hit.boosts.items()},
    }


def explain_hit(hit: SearchHit) -> str:
    """Why a hit was recalled, in words."""
    return recall_explanation(_recall_row(hit))


def _add_block(made: RecalledMemories, kind: str, number: int, text: str, row: RecallRow) -> None:
    is_memory = kind == "memory"
    why = "you pinned it" if row["rule"] == "pinned" else recall_explanation(row)
    made.blocks.append(
        make_block(
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


def finish_rows(made: RecalledMemories, blocks: Iterable[PromptBlock]) -> list[RecallRow]:
    """The rows for storage, once it is known for which of them the window had no room."""
    out = {each.id for each in blocks if not each.included}
    rows = []
    for row in made.rows:
        name = f"memory:{row['id']}" if row["kind"] == "memory" else f"recalled:{row['id']}"
        rows.append({**row, "in": False, "left": "window"} if name in out else row)
    return rows
