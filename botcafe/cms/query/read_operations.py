"""The read operations of a collection: find, find by id and count, with paging, sort, select and depth."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

from botcafe.cms.db.sql import DbRow
from botcafe.cms.query import compiled_queries
from botcafe.cms.query.answer_budget import MAX_ANSWER_BYTES, AnswerBudget
from botcafe.cms.query.compiled_queries import FEW_ROWS
from botcafe.cms.query.document_shape import Doc, DocumentShape, Selection, parse_selection
from botcafe.cms.query.populate import MAX_DEPTH, PopulateLevel, populate_relations
from botcafe.cms.query.querystring import parse_flag
from botcafe.cms.query.where_parser import Node, WhereParser
from botcafe.cms.schema.actor import Actor
from botcafe.cms.schema.collection import Collection
from botcafe.cms.schema.errors import BadRequest, NotFound
from botcafe.cms.schema.row import Row

# Payload returns everything for limit=0; a page is capped here, so that one request cannot read a whole table.
MAX_PAGE_SIZE = 1000
DEFAULT_LIMIT, DEFAULT_DEPTH = 10, 2
MAX_SORT_FIELDS = 10
MAX_SAFE_INTEGER = 2**53 - 1  # the largest whole number that every JSON reader keeps exactly


@dataclass(slots=True)
class Query:
    """What the query string of a request asks for."""

    raw: Mapping[str, object] = field(default_factory=dict)

    @property
    def depth(self) -> int:
        """How many levels of relations become documents, 0 to 10; 2 where none or no number is given."""
        given = self.raw.get("depth")
        try:
            return max(0, min(int(str(given)), MAX_DEPTH)) if given is not None else DEFAULT_DEPTH
        except ValueError:
            return DEFAULT_DEPTH

    @property
    def pick(self) -> Selection:
        """The fields that ``select`` asks for."""
        return parse_selection(self.raw.get("select"))

    @property
    def populate(self) -> object:
        """The fields that ``populate`` asks for, by collection."""
        return self.raw.get("populate")

    def sort(self, of: Collection[Row]) -> str:
        """The sort, as names separated by commas."""
        given = self.raw.get("sort")
        if isinstance(given, list):
            given = ",".join(str(item) for item in given)
        text = given if isinstance(given, str) and given else of.default_sort
        # The sort is part of the key of the statement cache.
        if len(text) > 500 or text.count(",") >= MAX_SORT_FIELDS:
            raise BadRequest(f"sort takes at most {MAX_SORT_FIELDS} fields and 500 characters.")
        return text

    def where(self, of: Collection[Row], actor: Actor) -> tuple[Node, DbRow, bool]:
        """The shape and the values of the where clause, and whether it joins another table."""
        given = self.raw.get("where")
        if given in (None, ""):
            return compiled_queries.MATCH_ALL, (), False
        reader = WhereParser(of.slug, actor.kind)
        node = reader.read(given)
        return node, tuple(reader.values), reader.joins


@dataclass(slots=True)
class PageRequest:
    """Which page of a list, as asked (``echo``) and as taken (``size`` rows from ``offset``)."""

    echo: int | str
    size: int
    page: int
    pages: bool

    @property
    def offset(self) -> int:
        """Rows before the page."""
        return max(0, min((self.page - 1) * self.size, MAX_SAFE_INTEGER)) if self.pages else 0


def parse_page_request(raw: Mapping[str, object]) -> PageRequest:
    """Read ``limit``, ``page`` and ``pagination``; BadRequest for fractions."""
    pages = parse_flag(raw.get("pagination"), True)
    echo, limit = _parse_whole_number("limit", raw.get("limit"), DEFAULT_LIMIT if pages else 0)
    _, page = _parse_whole_number("page", raw.get("page"), 1)
    everything = limit is None or limit <= 0
    size = MAX_PAGE_SIZE if everything else min(int(limit or 0), MAX_PAGE_SIZE)
    return PageRequest(echo, size, (page or 1) if pages and not everything else 1, pages and not everything)


def _parse_whole_number(name: str, given: object, default: int) -> tuple[int | str, int | None]:
    if given is None:
        return default, default
    try:
        number = float(given) if given != "" else 0.0  # type: ignore[arg-type]
    except (TypeError, ValueError):
        return str(given)[:100], None
    if not math.isfinite(number):
        return str(given)[:100], None
    if number != int(number):
        raise BadRequest(f"{name} must be a whole number, not {str(given)[:40]}.")
    whole = max(-MAX_SAFE_INTEGER, min(int(number), MAX_SAFE_INTEGER))
    return whole, whole


def paginated_docs(docs: list[Doc], total: int, window: PageRequest, joins: bool) -> Doc:
    """The body of a list: ``docs`` and Payload's paging fields. ``joins`` says whether the where used another table."""
    limit, page = window.echo, window.page
    # Where the cap took effect, `limit` says so; otherwise the client's own value is echoed, even `abc`.
    if total > MAX_PAGE_SIZE and (not isinstance(limit, int) or limit <= 0 or limit > MAX_PAGE_SIZE):
        limit = MAX_PAGE_SIZE
    counted = isinstance(limit, int)
    if not window.pages and total <= MAX_PAGE_SIZE:
        # What Payload computes for a limit of -1; clients were recorded against it.
        pages = total * -1 if limit == -1 and total else 1
        has_next, counter = False, 1 if counted else None
    else:
        size = limit if isinstance(limit, int) else MAX_PAGE_SIZE
        pages = math.ceil(total / size) or 1
        has_next, counter = page * size < total, max(-MAX_SAFE_INTEGER, min((page - 1) * size + 1, MAX_SAFE_INTEGER))
    # Payload counts an empty result over a join differently from one over a single table.
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


def find_documents(of: Collection[Row], actor: Actor, query: Query) -> Doc:
    """A page of documents that the actor may read.

    Raises Forbidden, QueryRefused, and BadRequest, above all where the answer would be too large.
    """
    node, values, joins = query.where(of, actor)
    window = parse_page_request(query.raw)
    page = compiled_queries.compile_list(of, "read", actor.kind, node, query.sort(of), query.pick)
    max_bytes = MAX_ANSWER_BYTES if window.size > FEW_ROWS else None
    rows = page.run((*values, window.size, window.offset), actor, max_bytes=max_bytes)
    docs = [compiled_queries.build_document(page.shape, row) for row in rows]
    budget = AnswerBudget()
    budget.spend_list(docs)
    # A first page that is not full holds all rows, so the count query can be left out.
    full_page = len(rows) == window.size or window.offset > 0
    total = count_rows(of, actor, node, values) if full_page else len(rows)
    if not parse_flag(query.raw.get("pagination"), True):
        total = len(rows) if window.echo else total
    _populate(of, docs, page.shape, actor, query, budget)
    return paginated_docs(docs, total, window, joins)


def count_rows(of: Collection[Row], actor: Actor, node: Node, values: DbRow) -> int:
    """How many rows of a where clause the actor may read."""
    rows = compiled_queries.compile_count(of, "read", actor.kind, node).run(values, actor)
    return int(rows[0][0]) if rows else 0


def count_documents(of: Collection[Row], actor: Actor, query: Query) -> Doc:
    """``{"totalDocs": n}``."""
    node, values, _ = query.where(of, actor)
    return {"totalDocs": count_rows(of, actor, node, values)}


def find_by_id(
    of: Collection[Row],
    actor: Actor,
    row_id: int,
    query: Query,
    verb: str = "read",
    budget: AnswerBudget | None = None,
) -> Doc:
    """One document; NotFound where it is missing or hidden, Forbidden where the actor may read none at all.

    Its relations count against ``budget``, which several documents of one answer share.
    """
    got = compiled_queries.compile_fetch(of, verb, actor.kind, 1, query.pick)
    rows = got.run((row_id,), actor)
    if not rows:
        raise NotFound
    docs = [compiled_queries.build_document(got.shape, rows[0])]
    _populate(of, docs, got.shape, actor, query, budget or AnswerBudget(refuses=verb == "read"))
    return docs[0]


def _populate(
    of: Collection[Row],
    docs: list[Doc],
    of_shape: DocumentShape | None,
    actor: Actor,
    query: Query,
    budget: AnswerBudget,
) -> None:
    depth = query.depth
    if depth and docs and of_shape is not None:
        populate_relations(PopulateLevel(of.slug, docs, of_shape), actor, depth, query.populate, budget)


def row_id_from_path(text: str) -> int:
    """The id in a path; BadRequest where it is none."""
    # isdecimal alone accepts digits of other scripts; larger numbers overflow the id column.
    if text.isascii() and text.isdecimal() and int(text) < 2**63:
        return int(text)
    raise BadRequest(f"{text[:60]!r} is not the id of a row: a whole number is needed.")
