"""Every collection of an account as JSON lines, by the declarations and through their read rules: no secret is in them."""

from collections.abc import Iterator

import orjson

from botcafe.cms.query.read_operations import Query, find_documents
from botcafe.cms.schema.actor import Actor
from botcafe.cms.schema.collection import Collection, collection_for_model
from botcafe.cms.schema.errors import BadRequest, Forbidden
from botcafe.cms.schema.row import Row
from botcafe.transfer.erasure.fates import CUT, OWNED
from botcafe.transfer.erasure.rows import table_of

PAGE_ROWS, FEW_ROWS = 200, 1
Path = tuple[str, str]


def list_own_collections() -> list[tuple[Collection[Row], tuple[str, ...]]]:
    """The collections that hold rows of people, each with the paths from a row to its owner."""
    found: dict[str, tuple[Collection[Row], list[str]]] = {}
    for label, path in (*OWNED, *((label, path) for label, path, _ in CUT)):
        try:
            of = collection_for_model(table_of(label))
        except KeyError:
            continue
        found.setdefault(of.slug, (of, []))[1].append(_wire_path(of, path))
    return [(of, tuple(paths)) for of, paths in found.values()]


def _wire_path(of: Collection[Row], path: str) -> str:
    first, _, rest = path.partition("__")
    wire = next(name for name, field in of.columns.items() if field.name == first)
    return f"{wire}.{rest}" if rest else wire


def write_documents(
    actor: Actor, of: Collection[Row], paths: tuple[str, ...], counts: dict[str, int]
) -> Iterator[bytes]:
    """The actor's documents of a collection, one a line in the order of their ids; counts them by slug."""
    last, size = 0, PAGE_ROWS
    while True:
        try:
            docs = _read_page(actor, of, paths, last, size)
        except Forbidden:
            # Invitations, say, are for those who run the café.
            return
        except BadRequest:
            # A page of very long texts is larger than one answer may be.
            if size == FEW_ROWS:
                raise
            size = FEW_ROWS
            continue
        if docs:
            yield b"".join(orjson.dumps(each) + b"\n" for each in docs)
            counts[of.slug] = counts.get(of.slug, 0) + len(docs)
            last = int(str(docs[-1]["id"]))
        if len(docs) < size:
            return


def _read_page(
    actor: Actor, of: Collection[Row], paths: tuple[str, ...], last: int, size: int
) -> list[dict[str, object]]:
    mine = [{path: {"equals": actor.id}} for path in paths]
    where = {"and": [{"or": mine}, {"id": {"greater_than": last}}]}
    query = Query({"where": where, "limit": str(size), "sort": "id", "depth": "0", "pagination": "false"})
    docs: list[dict[str, object]] = find_documents(of, actor, query)["docs"]
    return docs
