"""Depth: replaces ids of relations by documents, with one query per collection and level."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

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


@dataclass(slots=True)
class WantedRow:
    """A row that documents name: the places for its document, and how often the answer repeats those in all."""

    places: list[tuple[Any, Any]]
    copies: int = 0
    above: frozenset[DocumentKey] = frozenset()


# By collection and id.
Wanted = dict[str, dict[int, WantedRow]]


@dataclass(slots=True)
class PopulateLevel:
    """Documents of one collection in one level, each once, however often the answer repeats it."""

    slug: str
    docs: list[Doc]
    shape: DocumentShape
    copies: dict[int, int] = field(default_factory=dict)
    above: dict[int, frozenset[DocumentKey]] = field(default_factory=dict)


def populate_relations(top: PopulateLevel, actor: Actor, depth: int, populate: object, budget: AnswerBudget) -> None:
    """Fill in relations ``depth`` levels deep, in place. What the actor may not read stays an id.

    Raises AnswerTooLarge where the answer would outgrow its budget, if that refuses.
    """
    levels = [top]
    picks = populate if isinstance(populate, dict) else {}
    # Level by level and not row by row, so that the number of queries does not grow with the page.
    for number in range(min(depth, MAX_DEPTH)):
        wanted: Wanted = {}
        for level in levels:
            is_deep, cuts_circles = depth > LEVELS_WITH_CIRCLES, number >= LEVELS_WITH_CIRCLES
            collector = _Collector(wanted, level, is_deep=is_deep, cuts_circles=cuts_circles)
            for doc in level.docs:
                collector.collect(doc)
        levels = []
        for slug, rows in wanted.items():
            if not rows:
                continue  # an empty list asks for nothing, and a rule that refuses the caller has no say
            found = _fill_within(budget, get_collection(slug), actor, rows, parse_selection(picks.get(slug)))
            if found:
                levels.append(found)
        if not levels:
            return


class _Collector:
    """Collects what the documents of a level name. Runs for each relation of each document: what it repeats is done once."""

    def __init__(self, wanted: Wanted, level: PopulateLevel, *, is_deep: bool, cuts_circles: bool) -> None:
        self.level, self.is_deep, self.cuts_circles = level, is_deep, cuts_circles
        self.copies, self.above = 1, frozenset[DocumentKey]()
        shape = level.shape
        self.relations = [
            (parents, name, is_many, to, wanted.setdefault(to, {})) for parents, name, to, is_many in shape.relations
        ]
        self.children = [
            (
                parents,
                [
                    (name, kind[3:], wanted.setdefault(kind[3:], {}))
                    for name, kind in kinds.items()
                    if kind[:3] == "to "
                ],
            )
            for parents, _, kinds in shape.children
        ]

    def collect(self, doc: Doc) -> None:
        """Collect what one document names."""
        level, row_id = self.level, doc["id"]
        self.copies = level.copies.get(row_id, 1)
        if self.is_deep:
            self.above = level.above.get(row_id, frozenset()) | {(level.slug, row_id)}
        for parents, name, is_many, slug, rows in self.relations:
            holder = _holder(doc, parents)
            value: Any = holder.get(name)
            if is_many:
                for index, each in enumerate(value or ()):
                    self._add(slug, rows, each, value, index)
            elif value is not None:
                self._add(slug, rows, value, holder, name)
        for parents, relations in self.children:
            for child in _holder(doc, parents):
                for name, slug, rows in relations:
                    if child[name] is not None:
                        self._add(slug, rows, child[name], child, name)

    def _add(
        self, slug: str, rows: dict[int, WantedRow], row_id: int, holder: Doc | list[object], key: str | int
    ) -> None:
        if self.cuts_circles and (slug, row_id) in self.above:
            return
        row = rows.get(row_id)
        if row is None:
            row = rows[row_id] = WantedRow([])
        row.places.append((holder, key))
        row.copies += self.copies
        if self.is_deep:
            row.above |= self.above


def _holder(doc: Doc, parents: Sequence[str]) -> Any:
    node: Any = doc
    for part in parents:
        node = node[part]
    return node


def _fill_within(
    budget: AnswerBudget, of: Collection[Row], actor: Actor, rows: dict[int, WantedRow], pick: Selection
) -> PopulateLevel | None:
    try:
        return _fill_places(budget, of, actor, rows, pick)
    except AnswerTooLarge:
        if budget.refuses:
            raise
        return None


def _fill_places(
    budget: AnswerBudget, of: Collection[Row], actor: Actor, rows: dict[int, WantedRow], pick: Selection
) -> PopulateLevel | None:
    try:
        # Each row is fetched once however often it is referred to; the documents are shared between the places.
        found = compiled_queries.fetch_documents(of, actor, sorted(rows), pick, max_bytes=budget.bytes_left)
    except Forbidden:
        # The caller may read nothing of that collection: its ids stay ids, and the request itself is not refused.
        return None
    if of.session_model:
        # One's own sign-ins are read with one's account, and do not go along wherever somebody is named.
        for doc in found.values():
            doc.pop("sessions", None)
    shape = compiled_queries.compile_fetch(of, "read", actor.kind, 1, pick).shape
    if not found or shape is None:
        return None
    level = PopulateLevel(of.slug, list(found.values()), shape)
    # Counted before anything is put in its place: the size of a document is then its own.
    for row_id, doc in found.items():
        budget.spend(rows[row_id].copies, document_size(doc))
    for row_id, doc in found.items():
        row = rows[row_id]
        level.copies[row_id], level.above[row_id] = row.copies, row.above
        for holder, key in row.places:
            holder[key] = doc
    return level
