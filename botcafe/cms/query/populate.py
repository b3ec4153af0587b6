"""Depth: replaces ids of relations by documents, with one query per collection and level."""

from collections import defaultdict
from collections.abc import Callable
from typing import Any

from botcafe.cms.query import compiled_queries
from botcafe.cms.query.document_shape import Doc, DocumentShape, Selection, parse_selection
from botcafe.cms.schema.actor import Actor
from botcafe.cms.schema.collection import Collection, get_collection
from botcafe.cms.schema.errors import Forbidden
from botcafe.cms.schema.row import Row

MAX_DEPTH = 10
Put = Callable[[dict[int, Doc]], None]
PopulateTarget = tuple[Doc | list[object], str | int, int]


def populate_relations(docs: list[Doc], of_shape: DocumentShape, actor: Actor, depth: int, populate: object) -> None:
    """Fill in relations ``depth`` levels deep, in place. What the actor may not read stays an id."""
    level = [(docs, of_shape)]
    picks = populate if isinstance(populate, dict) else {}
    # Level by level and not row by row, so that the number of queries does not grow with the page.
    for _ in range(min(depth, MAX_DEPTH)):
        wanted: dict[str, list[PopulateTarget]] = defaultdict(list)
        for group, group_shape in level:
            for doc in group:
                _collect_targets(doc, group_shape, wanted)
        level = []
        for slug, places in wanted.items():
            if not places:
                continue  # an empty list asks for nothing, and a rule that refuses the caller has no say
            found = _fill_targets(get_collection(slug), actor, places, parse_selection(picks.get(slug)))
            if found:
                level.append(found)
        if not level:
            return


def _collect_targets(doc: Doc, of_shape: DocumentShape, wanted: dict[str, list[PopulateTarget]]) -> None:
    for parents, name, to, is_many in of_shape.relations:
        node = doc
        for part in parents:
            node = node[part]
        value: Any = node.get(name)
        if is_many:
            wanted[to] += [(value, i, item) for i, item in enumerate(value or ())]
        elif value is not None:
            wanted[to].append((node, name, value))
    for parents, _, kinds in of_shape.children:
        rows: Any = doc
        for part in parents:
            rows = rows[part]
        for row in rows:
            for name, kind in kinds.items():
                if kind.startswith("to ") and row[name] is not None:
                    wanted[kind[3:]].append((row, name, row[name]))


def _fill_targets(
    of: Collection[Row], actor: Actor, places: list[PopulateTarget], pick: Selection
) -> tuple[list[Doc], DocumentShape] | None:
    # Each row is fetched once however often it is referred to; the documents are shared between the places.
    ids = sorted({place[2] for place in places})
    try:
        found = compiled_queries.fetch_documents(of, actor, ids, pick)
    except Forbidden:
        # The caller may read nothing of that collection: its ids stay ids, and the request itself is not refused.
        return None
    for holder, key, row_id in places:
        doc = found.get(row_id)
        if doc is not None:
            holder[key] = doc  # type: ignore[index]
    shape = compiled_queries.compile_fetch(of, "read", actor.kind, 1, pick).shape
    return (list(found.values()), shape) if found and shape else None
