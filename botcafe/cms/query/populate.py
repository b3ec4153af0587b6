"""Depth: replaces ids of relations by documents, with one query per collection and level."""

from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from botcafe.cms.query import compiled_queries
from botcafe.cms.query.answer_budget import AnswerBudget, AnswerTooLarge, document_size
from botcafe.cms.query.document_shape import Doc, DocumentShape, Selection, parse_selection
from botcafe.cms.schema.actor import Actor
from botcafe.cms.schema.collection import Collection, get_collection
from botcafe.cms.schema.errors import Forbidden
from botcafe.cms.schema.row import Row

MAX_DEPTH = 10
# Payload repeats a document inside itself at every depth. Its default depth does; below it, circles are cut.
LEVELS_WITH_CIRCLES = 2
DocumentKey = tuple[str, int]


class PopulateTarget(NamedTuple):
    """A place for a document: ``holder[key]``, which the answer repeats ``copies`` times, below the documents ``above``."""

    holder: Doc | list[object]
    key: str | int
    row_id: int
    copies: int
    above: frozenset[DocumentKey]


@dataclass(slots=True)
class PopulateLevel:
    """Documents of one collection in one level, each once, however often the answer repeats it."""

    slug: str
    docs: list[Doc]
    shape: DocumentShape
    copies: dict[int, int] = field(default_factory=dict)
    above: dict[int, set[DocumentKey]] = field(default_factory=dict)


def populate_relations(top: PopulateLevel, actor: Actor, depth: int, populate: object, budget: AnswerBudget) -> None:
    """Fill in relations ``depth`` levels deep, in place. What the actor may not read stays an id.

    Raises AnswerTooLarge where the answer would outgrow its budget, if that refuses.
    """
    levels = [top]
    picks = populate if isinstance(populate, dict) else {}
    # Level by level and not row by row, so that the number of queries does not grow with the page.
    for number in range(min(depth, MAX_DEPTH)):
        wanted: dict[str, list[PopulateTarget]] = defaultdict(list)
        for level in levels:
            for doc in level.docs:
                _collect_targets(doc, level, wanted, is_deep=depth > LEVELS_WITH_CIRCLES)
        levels = []
        for slug, places in wanted.items():
            if number >= LEVELS_WITH_CIRCLES:
                places = [place for place in places if (slug, place.row_id) not in place.above]
            if not places:
                continue  # an empty list asks for nothing, and a rule that refuses the caller has no say
            found = _fill_within(budget, get_collection(slug), actor, places, parse_selection(picks.get(slug)))
            if found:
                levels.append(found)
        if not levels:
            return


def _collect_targets(doc: Doc, level: PopulateLevel, wanted: dict[str, list[PopulateTarget]], *, is_deep: bool) -> None:
    row_id = doc["id"]
    copies = level.copies.get(row_id, 1)
    above = frozenset({*level.above.get(row_id, ()), (level.slug, row_id)}) if is_deep else frozenset()
    for parents, name, to, is_many in level.shape.relations:
        node = doc
        for part in parents:
            node = node[part]
        value: Any = node.get(name)
        if is_many:
            wanted[to] += [PopulateTarget(value, i, item, copies, above) for i, item in enumerate(value or ())]
        elif value is not None:
            wanted[to].append(PopulateTarget(node, name, value, copies, above))
    for parents, _, kinds in level.shape.children:
        rows: Any = doc
        for part in parents:
            rows = rows[part]
        for row in rows:
            for name, kind in kinds.items():
                if kind.startswith("to ") and row[name] is not None:
                    wanted[kind[3:]].append(PopulateTarget(row, name, row[name], copies, above))


def _fill_within(
    budget: AnswerBudget, of: Collection[Row], actor: Actor, places: list[PopulateTarget], pick: Selection
) -> PopulateLevel | None:
    try:
        return _fill_targets(budget, of, actor, places, pick)
    except AnswerTooLarge:
        if budget.refuses:
            raise
        return None


def _fill_targets(
    budget: AnswerBudget, of: Collection[Row], actor: Actor, places: list[PopulateTarget], pick: Selection
) -> PopulateLevel | None:
    # Each row is fetched once however often it is referred to; the documents are shared between the places.
    ids = sorted({place.row_id for place in places})
    try:
        found = compiled_queries.fetch_documents(of, actor, ids, pick, max_bytes=budget.bytes_left)
    except Forbidden:
        # The caller may read nothing of that collection: its ids stay ids, and the request itself is not refused.
        return None
    shape = compiled_queries.compile_fetch(of, "read", actor.kind, 1, pick).shape
    if not found or shape is None:
        return None
    level = PopulateLevel(of.slug, list(found.values()), shape)
    for place in places:
        if place.row_id in found:
            level.copies[place.row_id] = level.copies.get(place.row_id, 0) + place.copies
            level.above.setdefault(place.row_id, set()).update(place.above)
    # Counted before anything is put in its place: the size of a document is then its own.
    for row_id, copies in level.copies.items():
        budget.spend(copies, document_size(found[row_id]))
    for place in places:
        if place.row_id in found:
            place.holder[place.key] = found[place.row_id]  # type: ignore[index]
    return level
