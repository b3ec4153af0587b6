"""Create, update, delete and duplicate, one row or many. A row and its hooks share a transaction, but for ``prepare``."""

import time
from collections.abc import Callable, Iterator
from typing import Any

import orjson
from django.db import IntegrityError, connection, models, transaction

from botcafe.cms.db import sql
from botcafe.cms.db.sql import DbRow
from botcafe.cms.query import compiled_queries
from botcafe.cms.query.answer_budget import AnswerBudget
from botcafe.cms.query.document_shape import Doc
from botcafe.cms.query.read_operations import MAX_PAGE_SIZE, Query, find_by_id, parse_page_request
from botcafe.cms.schema.actor import Actor
from botcafe.cms.schema.collection import Change, Collection, ColumnValues, collection_for_model
from botcafe.cms.schema.errors import (
    TAKEN_EMAIL,
    ApiError,
    BadRequest,
    Conflict,
    FieldProblem,
    Forbidden,
    NotFound,
    ValidationFailed,
)
from botcafe.cms.schema.row import Row
from botcafe.cms.write.admin_acts import announce
from botcafe.cms.write.decisions import needs_former_row, refuse_unentitled_changes
from botcafe.cms.write.document_parser import DocumentParser, ParsedDocument
from botcafe.kit.compensation import compensate_on_failure
from botcafe.kit.instants import now, parse_instant
from botcafe.kit.lanes import leave_quick_lane
from botcafe.kit.words import is_slug, slugify_name, snake_case

INSERT_STATEMENTS = sql.StatementCache()
# More rows than this are no matter of milliseconds, and on SQLite more than one transaction.
BATCH_ROWS = 50
# Whoever waits to write on SQLite asks again within a tenth of a second.
TURN_SECONDS = 0.12
WITHOUT_DEPTH = Query({"depth": "0"})


def create_document(
    of: Collection[Row], actor: Actor, data: object, query: Query, *, has_body: bool = True, upload: object = None
) -> Doc:
    """Write a new document and return it. Raises Forbidden and ValidationFailed."""
    if not of.create.may_create(actor):
        raise Forbidden
    with compensate_on_failure():
        draft = prepare_document(of, actor, data, has_body=has_body, upload=upload)
        with transaction.atomic():
            row_id = insert_document(of, actor, draft)
            return find_by_id(of, actor, row_id, query, "any")


def prepare_document(
    of: Collection[Row], actor: Actor, data: Any, *, has_body: bool = True, upload: object = None
) -> ParsedDocument:
    """Validate a body and run the hooks that come before the transaction. Raises ValidationFailed."""
    reader = DocumentParser(of, actor, "create")
    if of.is_upload:
        reader.skips_server_fields = True
    draft = reader.read(data, has_body=has_body)
    change = Change(actor, "create", of, draft.columns, given=draft.given, upload=upload)
    for hook in of.prepare:
        hook(change)
    return draft


def insert_document(of: Collection[Row], actor: Actor, draft: ParsedDocument) -> int:
    """Insert a validated draft and run its hooks, inside the caller's transaction. Returns the id."""
    change = Change(actor, "create", of, draft.columns, given=draft.given)
    for hook in of.before_change:
        hook(change)
    _stamp_times(change, draft.given)
    # A savepoint: after an IntegrityError PostgreSQL refuses every further query of the transaction, and the cause is
    # looked up by one.
    try:
        with transaction.atomic():
            change.row_id = _insert_row(of, change.values)
            _write_parts(of, change.row_id, draft)
    except IntegrityError as error:
        raise _integrity_problem(of, change, error) from error
    for hook in of.after_change:
        hook(change)
    announce(change)
    return change.row_id


def _stamp_times(change: Change, given: ColumnValues) -> None:
    moment = now()
    for wire, attribute in (("createdAt", "created_at"), ("updatedAt", "updated_at")):
        asked = given.get(wire)
        # Payload takes the client's timestamps on create, which imports rely on, and ignores them on update.
        honoured = parse_instant(asked) if isinstance(asked, str) and change.verb == "create" else None
        if attribute == "updated_at" or change.verb == "create":
            change.values[attribute] = honoured or moment
        else:
            change.values.pop(attribute, None)


def _insert_row(of: Collection[Row], values: ColumnValues) -> int:
    """Insert a row with a cached statement for its set of columns, and return the id."""
    names = tuple(sorted(values))

    def make() -> sql.Statement:
        columns = {f.attname: f for f in of.model._meta.concrete_fields}
        defaulted = [f for n, f in columns.items() if n not in values and f.has_default() and not f.primary_key]
        used = [columns[n] for n in names] + defaulted
        listed = ", ".join(f'"{f.column}"' for f in used)
        holes = ", ".join(["%s"] * len(used))
        table, key = of.model._meta.db_table, of.model._meta.pk.column
        # Its parameters are the columns whose values a call fills in.
        return sql.Statement(f'INSERT INTO "{table}" ({listed}) VALUES ({holes}) RETURNING "{key}"', tuple(used))

    # The same columns are given from request to request, so the SQL of an INSERT is written once.
    statement: sql.Statement = INSERT_STATEMENTS.get((sql.database_vendor(), of.slug, names), make)
    params = [_driver_value(f, values[f.attname] if f.attname in values else f.get_default()) for f in statement.params]
    return int(_fetch_checked(statement.sql, params)[0][0])


def _fetch_checked(text: str, params: list[object]) -> list[DbRow]:
    with connection.wrap_database_errors:
        return sql.fetch_rows(text, params)


def _driver_value(field: models.Field[Any, Any], value: object) -> object:
    if isinstance(field, models.JSONField):
        return None if value is None else orjson.dumps(value).decode()
    return value


def _write_parts(of: Collection[Row], row_id: int, draft: ParsedDocument) -> None:
    """Replace the links and child rows of the relations that the draft has."""
    for name, ids in draft.links.items():
        link = of.model.many_relations[name].link._default_manager
        link.filter(parent_id=row_id).delete()
        if ids:
            link.bulk_create([link.model(parent_id=row_id, target_id=i) for i in ids])
    for path, child in of.children.items():
        if child.name in draft.rows:
            rows = of.child_model(path).objects
            rows.filter(parent_id=row_id).delete()
            rows.bulk_create([rows.model(parent_id=row_id, **row) for row in draft.rows[child.name]])


def update_by_id(
    of: Collection[Row], actor: Actor, row_id: int, data: object, query: Query, *, upload: object = None
) -> Doc:
    """Change a document and return it. Raises Forbidden, NotFound and ValidationFailed."""
    if not isinstance(data, dict):
        raise BadRequest("The body must be an object of fields.")
    require_reach(of, actor, "update", row_id)
    change = Change(actor, "update", of, {}, None, row_id, data, upload)
    with compensate_on_failure():
        for hook in of.prepare:
            hook(change)
        with transaction.atomic():
            # Once more: the first check was outside the transaction, and slow hooks have run since.
            require_reach(of, actor, "update", row_id)
            _update_row(of, actor, row_id, data, change.values)
            return find_by_id(of, actor, row_id, query, "any")


def require_reach(of: Collection[Row], actor: Actor, verb: str, row_id: int) -> None:
    """Raises Forbidden where the verb's rule does not admit the actor to the row, NotFound where it admits to all rows."""
    rows = compiled_queries.permitted_rows(of, verb, actor.kind)
    statement = compiled_queries.compile_fetch(of, verb, actor.kind, 1, (True, frozenset({"id"})))
    if not statement.run((row_id,), actor):
        # Payload answers a missing row under a row rule like a foreign one, so that ids cannot be probed.
        raise NotFound if not rows.query.where else Forbidden


def _update_row(
    of: Collection[Row], actor: Actor, row_id: int, data: object, prepared: ColumnValues | None = None
) -> None:
    """Write one row inside the caller's transaction. ``prepared`` are columns that the prepare hooks made."""
    if not isinstance(data, dict):
        raise BadRequest("The body must be an object of fields.")
    draft = DocumentParser(of, actor, "update", row_id).read(data)
    draft.columns.update(prepared or {})
    before = None
    # Without hooks or decisions nobody looks at the old row, so the lock and the extra query are left out.
    if of.before_change or of.after_change or needs_former_row(of, actor, draft):
        before = _lock_row(of, row_id)
    change = Change(actor, "update", of, draft.columns, before, row_id, data)
    refuse_unentitled_changes(change, draft)
    for hook in of.before_change:
        hook(change)
    _stamp_times(change, data)
    try:
        with transaction.atomic():
            of.model.objects.filter(pk=row_id).update(**change.values)
            _write_parts(of, row_id, draft)
    except IntegrityError as error:
        raise _integrity_problem(of, change, error) from error
    for hook in of.after_change:
        hook(change)
    announce(change)


def _lock_row(of: Collection[Row], row_id: int) -> ColumnValues | None:
    """The row's columns, locked until the transaction ends."""
    # Hooks move counters by the difference between old and new row; a concurrent change would count twice.
    row: ColumnValues | None = of.model.objects.select_for_update().filter(pk=row_id).values().first()
    return row


def _integrity_problem(of: Collection[Row], change: Change, error: IntegrityError) -> ApiError:
    """The error for an IntegrityError: ValidationFailed naming the unique field, else Conflict."""
    table = of.model._meta.db_table
    mine = of.model.objects.exclude(pk=change.row_id) if change.row_id else of.model.objects.all()
    for path, column in of.columns.items():
        value = change.values.get(column.attname)
        if column.unique and value is not None and mine.filter(**{column.attname: value}).exists():
            problem = FieldProblem(path, "Value must be unique", table=_payload_table(of))
            if of.is_auth and path == "email":
                problem = FieldProblem(path, TAKEN_EMAIL)
            return ValidationFailed(of.slug, [problem], change.row_id)
    if of.unique_path and "unique" in str(error).lower():
        problem = FieldProblem(of.unique_path, "Value must be unique", table=_payload_table(of))
        return ValidationFailed(of.slug, [problem], change.row_id)
    return Conflict(f"The database refused this change of {table}: {type(error).__name__}.")


def _payload_table(of: Collection[Row]) -> str:
    return snake_case(of.slug.replace("-", "_"))


def update_many(of: Collection[Row], actor: Actor, data: object, query: Query) -> tuple[int, Doc]:
    """Update every row of a where clause, each on its own: those that succeed stay.

    Returns status and body; any failure makes it 400.
    """
    if not query.raw.get("where"):
        _require_verb(of, actor, "update")
        raise BadRequest("Missing 'where' query of documents to update.")
    ids = _matching_ids(of, actor, "update", query, limited=True)
    change = Change(actor, "update", of, {}, given=data if isinstance(data, dict) else {})
    for hook in of.prepare_bulk if ids else ():
        hook(change)
    budget = AnswerBudget(refuses=False)

    def update(row_id: int) -> Doc:
        # The rows were found before the hooks that take long: access may have ended since.
        require_reach(of, actor, "update", row_id)
        _update_row(of, actor, row_id, data, change.values)
        return find_by_id(of, actor, row_id, query, "any", budget)

    return _write_each(of, ids, update, "update")


def delete_many(of: Collection[Row], actor: Actor, query: Query) -> tuple[int, Doc]:
    """Delete every row of a where clause, each on its own: those that succeed stay.

    Returns status and body; any failure makes it 400.
    """
    if not query.raw.get("where"):
        _require_verb(of, actor, "delete")
        raise BadRequest("Missing 'where' query of documents to delete.")
    # Payload's bulk update honours limit and sort, its bulk delete ignores them.
    ids = _matching_ids(of, actor, "delete", Query({"where": query.raw["where"]}), limited=False)
    budget = AnswerBudget(refuses=False)

    def delete(row_id: int) -> Doc:
        require_reach(of, actor, "delete", row_id)
        doc = find_by_id(of, actor, row_id, query, "any", budget)
        _delete_row(of, actor, row_id)
        return doc

    return _write_each(of, ids, delete, "delete")


def _require_verb(of: Collection[Row], actor: Actor, verb: str) -> None:
    """Raises Forbidden where this kind of caller may do this to no row at all."""
    compiled_queries.permitted_rows(of, verb, actor.kind)


def _matching_ids(of: Collection[Row], actor: Actor, verb: str, query: Query, *, limited: bool) -> list[int]:
    if isinstance(query.raw.get("where"), list):
        # A read takes a list of nothing for no condition; nobody means to write all rows by it.
        raise BadRequest("The where clause must be an object of fields and operators.")
    node, values, _ = query.where(of, actor)
    window = parse_page_request({"limit": query.raw.get("limit", "0") if limited else "0"})
    # One row more than allowed, so that too many can be told from exactly as many.
    size = min(int(window.limit) if limited and window.has_limit else MAX_PAGE_SIZE + 1, MAX_PAGE_SIZE + 1)
    page = compiled_queries.compile_list(of, verb, actor.kind, node, query.sort(of), (True, frozenset({"id"})))
    found = [row[0] for row in page.run((*values, size, 0), actor)]
    if len(found) > MAX_PAGE_SIZE:
        raise BadRequest(
            f"The where clause reaches more than {MAX_PAGE_SIZE} rows; name fewer, or give a limit of at most that."
        )
    return found


def _write_each(of: Collection[Row], ids: list[int], write: Callable[[int], Doc], verb: str) -> tuple[int, Doc]:
    """Write rows one after another; ``write`` returns the document of one, and ``verb`` is for the words of the answer."""
    if len(ids) > BATCH_ROWS:
        leave_quick_lane()
    docs: list[Doc] = []
    errors: list[Doc] = []
    for batch in _batches(ids):
        with transaction.atomic():
            for row_id in batch:
                try:
                    # The savepoint of each row: one that fails is reported, and those before it stay.
                    with transaction.atomic():
                        docs.append(write(row_id))
                except ApiError as error:
                    errors.append({"id": row_id, "isPublic": True, "message": error.message})
    if errors:
        message = f"Unable to {verb} {len(errors)} out of {len(ids)} {of.plural}."
        return 400, {"docs": docs, "errors": errors, "message": message}
    return 200, {"docs": docs, "errors": [], "message": f"{verb.title()}d {len(docs)} {of.plural} successfully."}


def _batches(ids: list[int]) -> Iterator[list[int]]:
    """The rows of each transaction. SQLite has one writer: between two batches it is everybody else's turn."""
    if sql.database_vendor() != "sqlite" or connection.in_atomic_block:
        yield ids
        return
    for start in range(0, len(ids), BATCH_ROWS):
        if start:
            time.sleep(TURN_SECONDS)
        yield ids[start : start + BATCH_ROWS]


def delete_by_id(of: Collection[Row], actor: Actor, row_id: int, query: Query) -> Doc:
    """Delete a document and return what it was. Raises Forbidden, NotFound and Conflict."""
    with transaction.atomic():
        require_reach(of, actor, "delete", row_id)
        doc = find_by_id(of, actor, row_id, query, "any")
        _delete_row(of, actor, row_id)
        return doc


def _delete_row(of: Collection[Row], actor: Actor, row_id: int) -> None:
    before = _lock_row(of, row_id)
    change = Change(actor, "delete", of, {}, before, row_id)
    for hook in of.before_delete:
        hook(change)
    try:
        of.model.objects.filter(pk=row_id).delete()
    # Required relations protect their target; the message says where they are, since the caller has to find them.
    except models.ProtectedError as error:
        raise Conflict(_describe_referrers(of, row_id, error)) from error
    for hook in of.after_delete:
        hook(change)
    announce(change)


def _describe_referrers(of: Collection[Row], row_id: int, error: models.ProtectedError) -> str:
    found: dict[str, int] = {}
    for row in error.protected_objects:
        model = type(row)
        name = collection_for_model(model).slug if not hasattr(model, "row_id") else str(model._meta.verbose_name)
        found[name] = found.get(name, 0) + 1
    named = ", ".join(f"{n} in {slug}" for slug, n in sorted(found.items()))
    return f"{of.singular} {row_id} is still referred to: {named}. Delete or change those first."


def duplicate_document(of: Collection[Row], actor: Actor, row_id: int, data: object, query: Query) -> Doc:
    """Copy a document that the actor may read, with changes; unique text gets `` - Copy``, a slug ``-copy``."""
    # Whoever copies an account makes one, past the limits of signing up and what it keeps to itself.
    if not of.create.may_create(actor) or (of.is_auth and not actor.is_admin):
        raise Forbidden
    source = find_by_id(of, actor, row_id, WITHOUT_DEPTH)
    # A deep copy in the form of a request's body, as create_document parses one.
    copied = orjson.loads(orjson.dumps(source))
    for path, column in of.columns.items():
        if column.unique and path in copied:
            copied[path] = f"{_as_slug(copied[path])}-copy" if column.spec.is_slug else f"{copied[path]} - Copy"
    # The source's document has the masked form of a secret, which must not be stored as the value.
    secrets = [path for path, column in of.columns.items() if column.spec.secret]
    for path in ("id", "createdAt", "updatedAt", *secrets):
        _drop_path(copied, path)
    for path in of.children:
        _drop_row_ids(copied, path)
    return create_document(of, actor, {**copied, **(data if isinstance(data, dict) else {})}, query)


def _drop_path(doc: Doc, path: str) -> None:
    *groups, name = path.split(".")
    for group in groups:
        doc = doc.get(group) or {}
    doc.pop(name, None)


def _as_slug(held: str) -> str:
    return held if is_slug(held) else slugify_name(held)


def _drop_row_ids(doc: Doc, path: str) -> None:
    node: Any = doc
    for part in path.split("."):
        node = node.get(part) or {}
    for row in node if isinstance(node, list) else []:
        row.pop("id", None)
