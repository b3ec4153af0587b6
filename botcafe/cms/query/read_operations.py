"""The read operations of a collection: find, find by id and count, with paging, sort, select and depth."""

import math
import re
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
# Strangers write what it is held against: there is one way alone to divide the digits among its parts.
_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)(e[+-]?\d+)?", re.IGNORECASE | re.ASCII)
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


@dataclass(frozen=True, slots=True)
class PageRequest:
    """Which page of a list is asked for. What is no number stays the text that was sent, and is answered as it came."""

    limit: int | str
    page: int | str
    is_paginated: bool

    @property
    def has_limit(self) -> bool:
        """Whether the limit is a number of rows."""
        return isinstance(self.limit, int) and self.limit > 0

    @property
    def size(self) -> int:
        """How many rows are read at most."""
        return min(int(self.limit), MAX_PAGE_SIZE) if self.has_limit else MAX_PAGE_SIZE

    @property
    def offset(self) -> int:
        """Rows before the page; none where there is no limit."""
        if not isinstance(self.page, int) or not self.has_limit:
            return 0
        return max(0, min((self.page - 1) * self.size, MAX_SAFE_INTEGER))


def parse_page_request(raw: Mapping[str, object]) -> PageRequest:
    """Read ``limit``, ``page`` and ``pagination``; BadRequest for fractions."""
    is_paginated = parse_flag(raw.get("pagination"), True)
    limit = _parse_whole_number("limit", raw.get("limit"), DEFAULT_LIMIT if is_paginated else 0)
    return PageRequest(limit, _parse_whole_number("page", raw.get("page"), 1) or 1, is_paginated)


def _parse_whole_number(name: str, given: object, default: int) -> int | str:
    if given is None:
        return default
    text = str(given)
    try:
        number = float(text)
    except ValueError:
        return text[:100]
    if not math.isfinite(number):
        return text[:100]
    if number != int(number):
        raise BadRequest(f"{name} must be a whole number, not {text[:40]}.")
    return _within_json(int(number))


def _within_json(number: int) -> int:
    return max(-MAX_SAFE_INTEGER, min(number, MAX_SAFE_INTEGER))


def paginated_docs(docs: list[Doc], total: int, window: PageRequest, joins: bool) -> Doc:
    """The body of a list: ``docs`` and Payload's paging fields. ``joins`` says whether the where used another table.

    The figures are those of JavaScript's arithmetic, which Payload does with whatever was sent: a limit below 0 divides
    too, and what is no number makes none.
    """
    limit, page = window.limit, window.page
    is_paged = window.is_paginated and limit != 0
    if total > MAX_PAGE_SIZE and not (isinstance(limit, int) and 0 < limit <= MAX_PAGE_SIZE):
        # Where our own cap took effect, `limit` says so.
        limit, is_paged = MAX_PAGE_SIZE, True
    pages, counter = 1, _paging_counter(DEFAULT_LIMIT, 1)
    has_previous = has_next = False
    if total == 0 and joins:
        # Payload counts an empty result over a join differently from one over a single table.
        page, pages, counter = 1, 0, 0
    elif is_paged and total:
        pages = -(-total // limit) if isinstance(limit, int) else 1
        counter = _paging_counter(limit, page)
        has_previous, has_next = isinstance(page, int) and page > 1, isinstance(page, int) and pages > page
    return {
        "docs": docs,
        "hasNextPage": has_next,
        "hasPrevPage": has_previous,
        "limit": limit,
        "nextPage": int(page) + 1 if has_next else None,
        "page": page,
        "pagingCounter": counter,
        "prevPage": int(page) - 1 if has_previous else None,
        "totalDocs": total,
        "totalPages": pages,
    }


def _paging_counter(limit: int | str, page: int | str) -> int | None:
    """The number of the first row of the page; None where that is not a number."""
    rows = 0 if isinstance(limit, str) and not limit.strip() else limit
    return _within_json((page - 1) * rows + 1) if isinstance(page, int) and isinstance(rows, int) else None


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
    if of.open_documents is not None:
        of.open_documents(docs)
    budget = AnswerBudget()
    budget.spend_list(docs)
    # A first page that is not full holds all rows, so the count query can be left out.
    full_page = len(rows) == window.size or window.offset > 0
    total = count_rows(of, actor, node, values) if full_page else len(rows)
    if not window.is_paginated:
        total = len(rows) if window.limit else total
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
    if of.open_documents is not None:
        of.open_documents(docs)
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
    """The id in a path. Raises NotFound for a number that no row has, and BadRequest for what is none."""
    # isdecimal alone accepts digits of other scripts; larger numbers overflow the id column.
    if text.isascii() and text.isdecimal() and len(text) < 20 and int(text) < 2**63:
        return int(text)
    if _NUMBER.fullmatch(text):
        raise NotFound
    raise BadRequest(f"{text[:60]!r} is not the id of a row: a whole number is needed.")
