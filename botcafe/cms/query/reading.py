"""Find, find by id and count: what a request asks for, checked and answered."""

import math
from dataclasses import dataclass, field
from typing import Any

from botcafe.cms.query import compiled
from botcafe.cms.query.populate import MAX_DEPTH, expand
from botcafe.cms.query.querystring import as_flag
from botcafe.cms.query.shape import Doc, Selection, Shape, selection_of
from botcafe.cms.query.where import Node, Reader
from botcafe.cms.schema.actor import Actor
from botcafe.cms.schema.collection import Collection
from botcafe.cms.schema.errors import BadRequest, NotFound

PAGE_CAP = 1000
DEFAULT_LIMIT, DEFAULT_DEPTH = 10, 2
BIG = 2**53 - 1  # the largest whole number that every JSON reader keeps exactly


@dataclass(slots=True)
class Query:
    """What the query string of a request asks for."""

    raw: dict[str, Any] = field(default_factory=dict)

    @property
    def depth(self) -> int:
        """How many levels of relations become documents; 2 where nothing readable is said."""
        given = self.raw.get("depth")
        try:
            return max(0, min(int(str(given)), MAX_DEPTH)) if given is not None else DEFAULT_DEPTH
        except ValueError:
            return DEFAULT_DEPTH

    @property
    def pick(self) -> Selection:
        """The fields that ``select`` asks for."""
        return selection_of(self.raw.get("select"))

    @property
    def populate(self) -> Any:
        """The fields that ``populate`` asks for, by collection."""
        return self.raw.get("populate")

    def sort(self, of: Collection[Any]) -> str:
        """The sort, as names separated by commas."""
        given = self.raw.get("sort")
        if isinstance(given, list):
            given = ",".join(str(item) for item in given)
        text = given if isinstance(given, str) and given else of.default_sort
        if len(text) > 500:
            raise BadRequest("sort takes at most 500 characters.")
        return text

    def where(self, of: Collection[Any], actor: Actor) -> tuple[Node, tuple[Any, ...], bool]:
        """The shape and the values of the where clause, and whether it joins another table."""
        given = self.raw.get("where")
        if given in (None, ""):
            return compiled.EVERYTHING, (), False
        reader = Reader(of.slug, actor.kind)
        node = reader.read(given)
        return node, tuple(reader.values), reader.joins


@dataclass(slots=True)
class Window:
    """Which page of a list, as asked (``echo``) and as taken (``size`` rows from ``offset``)."""

    echo: Any
    size: int
    page: int
    pages: bool

    @property
    def offset(self) -> int:
        """Rows before the page."""
        return max(0, min((self.page - 1) * self.size, BIG)) if self.pages else 0


def window_of(raw: dict[str, Any]) -> Window:
    """Read ``limit``, ``page`` and ``pagination``; BadRequest for fractions."""
    pages = as_flag(raw.get("pagination"), True)
    echo, limit = _whole("limit", raw.get("limit"), DEFAULT_LIMIT if pages else 0)
    _, page = _whole("page", raw.get("page"), 1)
    everything = limit is None or limit <= 0
    size = PAGE_CAP if everything else min(int(limit or 0), PAGE_CAP)
    return Window(echo, size, (page or 1) if pages and not everything else 1, pages and not everything)


def _whole(name: str, given: Any, default: int) -> tuple[Any, int | None]:
    if given is None:
        return default, default
    try:
        number = float(given) if given != "" else 0.0
    except (TypeError, ValueError):
        return str(given)[:100], None
    if not math.isfinite(number):
        return str(given)[:100], None
    if number != int(number):
        raise BadRequest(f"{name} must be a whole number, not {str(given)[:40]}.")
    whole = max(-BIG, min(int(number), BIG))
    return whole, whole


def envelope(docs: list[Doc], total: int, window: Window, joins: bool) -> dict[str, Any]:
    """The list as clients know it."""
    limit, page = window.echo, window.page
    if total > PAGE_CAP and (not isinstance(limit, int) or limit <= 0 or limit > PAGE_CAP):
        limit = PAGE_CAP
    counted = isinstance(limit, int)
    if not window.pages and total <= PAGE_CAP:
        pages = total * -1 if limit == -1 and total else 1
        has_next, counter = False, 1 if counted else None
    else:
        pages = math.ceil(total / limit) or 1
        has_next, counter = page * limit < total, max(-BIG, min((page - 1) * limit + 1, BIG))
    if total == 0 and joins:
        pages, counter = 0, 0
    return {
        "docs": docs,
        "hasNextPage": has_next,
        "hasPrevPage": page > 1,
        "limit": limit,
        "nextPage": page + 1 if has_next else None,
        "page": page,
        "pagingCounter": counter,
        "prevPage": page - 1 if page > 1 else None,
        "totalDocs": total,
        "totalPages": pages,
    }


def find(of: Collection[Any], actor: Actor, query: Query) -> dict[str, Any]:
    """A page of documents that the actor may read. Raises Forbidden, QueryRefused, BadRequest."""
    node, values, joins = query.where(of, actor)
    window = window_of(query.raw)
    page = compiled.listing(of, "read", actor.kind, node, query.sort(of), query.pick)
    rows = page.run((*values, window.size, window.offset), actor)
    docs = [compiled.document(page.shape, row) for row in rows]
    full_page = len(rows) == window.size or window.offset > 0
    total = count_rows(of, actor, node, values) if full_page else len(rows)
    if not as_flag(query.raw.get("pagination"), True):
        total = len(rows) if window.echo else total
    _expand(docs, page.shape, actor, query)
    return envelope(docs, total, window, joins)


def count_rows(of: Collection[Any], actor: Actor, node: Node, values: tuple[Any, ...]) -> int:
    """How many rows of a where clause the actor may read."""
    rows = compiled.counting(of, "read", actor.kind, node).run(values, actor)
    return int(rows[0][0]) if rows else 0


def count(of: Collection[Any], actor: Actor, query: Query) -> dict[str, Any]:
    """``{"totalDocs": n}``."""
    node, values, _ = query.where(of, actor)
    return {"totalDocs": count_rows(of, actor, node, values)}


def find_by_id(of: Collection[Any], actor: Actor, row_id: int, query: Query, verb: str = "read") -> Doc:
    """One document; NotFound where it is missing or hidden, Forbidden where the actor may read none at all."""
    got = compiled.fetching(of, verb, actor.kind, 1, query.pick)
    rows = got.run((row_id,), actor)
    if not rows:
        raise NotFound
    docs = [compiled.document(got.shape, rows[0])]
    _expand(docs, got.shape, actor, query)
    return docs[0]


def _expand(docs: list[Doc], of_shape: Shape | None, actor: Actor, query: Query) -> None:
    depth = query.depth
    if depth and docs and of_shape is not None:
        expand(docs, of_shape, actor, depth, query.populate)


def id_of(text: str) -> int:
    """The id in a path; BadRequest where it is none."""
    if text.isascii() and text.isdecimal() and int(text) < 2**63:
        return int(text)
    raise BadRequest(f"{text[:60]!r} is not the id of a row: a whole number is needed.")
