"""The REST dialect of the collections, apart from HTTP: a request in, a status and a body out."""

from dataclasses import dataclass, field
from typing import Any

from botcafe.cms.http.access import permissions_of
from botcafe.cms.query import reading
from botcafe.cms.query.reading import Query, id_of
from botcafe.cms.schema.actor import Actor
from botcafe.cms.schema.collection import Collection, find_collection
from botcafe.cms.schema.errors import ApiError, BadRequest, Forbidden
from botcafe.cms.write import writing


@dataclass(slots=True)
class Asked:
    """One request: method, path parts below ``/api``, query, and a body that may be missing."""

    method: str
    parts: list[str]
    query: Query
    body: Any = None
    has_body: bool = True
    upload: Any = None


@dataclass(slots=True)
class Answer:
    """Status and JSON body; ``None`` is no body at all."""

    status: int
    body: Any
    headers: dict[str, str] = field(default_factory=dict)


def answer(actor: Actor, asked: Asked) -> Answer:
    """Answer a request to a collection; refusals become their body, unknown routes 404."""
    of = find_collection(asked.parts[0]) if asked.parts else None
    if of is None:
        return no_route(asked)
    try:
        found = _dispatch(of, actor, asked)
    except ApiError as error:
        return Answer(error.status, error.body())
    return found or no_route(asked)


def no_route(asked: Asked) -> Answer:
    """There is nothing at this path."""
    return Answer(404, {"message": f'Route not found "/api/{"/".join(asked.parts)}"'})


def _dispatch(of: Collection[Any], actor: Actor, asked: Asked) -> Answer | None:
    match asked.method, asked.parts[1:]:
        case "GET", []:
            return Answer(200, reading.find(of, actor, asked.query))
        case "GET", ["count"]:
            return Answer(200, reading.count(of, actor, asked.query))
        case "GET", ["versions"]:
            raise Forbidden
        case "GET", [row_id]:
            return Answer(200, reading.find_by_id(of, actor, id_of(row_id), asked.query))
        case "POST", []:
            return _create(of, actor, asked)
        case "POST", [row_id, "duplicate"]:
            doc = writing.duplicate(of, actor, id_of(row_id), asked.body, asked.query)
            return Answer(200, {"doc": doc, "message": f"{of.singular} successfully duplicated."})
        case "POST", ["access", row_id]:
            return Answer(200, permissions_of(of, actor, id_of(row_id)))
        case "PATCH", _:
            return _update(of, actor, asked)
        case "DELETE", _:
            return _delete(of, actor, asked)
    return None


def _create(of: Collection[Any], actor: Actor, asked: Asked) -> Answer:
    if of.is_upload and of.create.may_create(actor) and asked.upload is None:
        raise BadRequest("No files were uploaded.")
    data = asked.body if asked.has_body else {}
    doc = writing.create(of, actor, data, asked.query, has_body=asked.has_body, upload=asked.upload)
    return Answer(201, {"doc": doc, "message": f"{of.singular} successfully created."})


def _update(of: Collection[Any], actor: Actor, asked: Asked) -> Answer | None:
    if len(asked.parts) == 1:
        return Answer(*writing.update_many(of, actor, asked.body, asked.query))
    if len(asked.parts) != 2:
        return None
    if not asked.parts[1].isdecimal():
        raise BadRequest("Missing ID of document to update.")
    doc = writing.update_by_id(of, actor, id_of(asked.parts[1]), asked.body, asked.query, upload=asked.upload)
    return Answer(200, {"doc": doc, "message": "Updated successfully."})


def _delete(of: Collection[Any], actor: Actor, asked: Asked) -> Answer | None:
    if len(asked.parts) == 1:
        return Answer(*writing.delete_many(of, actor, asked.query))
    if len(asked.parts) != 2:
        return None
    doc = writing.delete_by_id(of, actor, id_of(asked.parts[1]), asked.query)
    return Answer(200, {"doc": doc, "message": "Deleted successfully."})
