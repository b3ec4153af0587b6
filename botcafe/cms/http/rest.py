"""Routing of Payload's REST dialect without HTTP: takes an ApiRequest, returns status and JSON body."""

from dataclasses import dataclass, field
from typing import Any

from botcafe.cms.http.access import document_permissions
from botcafe.cms.query import read_operations
from botcafe.cms.query.read_operations import Query, row_id_from_path
from botcafe.cms.schema.actor import Actor
from botcafe.cms.schema.collection import Collection, find_collection
from botcafe.cms.schema.errors import ApiError, BadRequest, Forbidden
from botcafe.cms.schema.row import Row
from botcafe.cms.write import write_operations


@dataclass(slots=True)
class ApiRequest:
    """One request: method, path parts below ``/api``, query, and a body that may be missing."""

    method: str
    parts: list[str]
    query: Query
    body: Any = None
    has_body: bool = True
    upload: object = None


@dataclass(slots=True)
class ApiResponse:
    """Status and JSON body; ``None`` is no body at all."""

    status: int
    body: object
    headers: dict[str, str] = field(default_factory=dict)


def handle_request(actor: Actor, asked: ApiRequest) -> ApiResponse:
    """Answer a request to a collection. ApiErrors become their error body; an unknown route is 404."""
    of = find_collection(asked.parts[0]) if asked.parts else None
    if of is None:
        return route_not_found(asked)
    try:
        found = _dispatch(of, actor, asked)
    except ApiError as error:
        return ApiResponse(error.status, error.body())
    return found or route_not_found(asked)


def route_not_found(asked: ApiRequest) -> ApiResponse:
    """The 404 of a path without a route, worded as Payload does."""
    return ApiResponse(404, {"message": f'Route not found "/api/{"/".join(asked.parts)}"'})


def _dispatch(of: Collection[Row], actor: Actor, asked: ApiRequest) -> ApiResponse | None:
    match asked.method, asked.parts[1:]:
        case "GET", []:
            return ApiResponse(200, read_operations.find_documents(of, actor, asked.query))
        case "GET", ["count"]:
            return ApiResponse(200, read_operations.count_documents(of, actor, asked.query))
        case "GET", ["versions"]:
            # No collection keeps versions over REST. Payload refuses the path too, instead of reading it as an id.
            raise Forbidden
        case "GET", [row_id]:
            return ApiResponse(200, read_operations.find_by_id(of, actor, row_id_from_path(row_id), asked.query))
        case "POST", []:
            return _create(of, actor, asked)
        case "POST", [row_id, "duplicate"]:
            doc = write_operations.duplicate_document(of, actor, row_id_from_path(row_id), asked.body, asked.query)
            return ApiResponse(200, {"doc": doc, "message": f"{of.singular} successfully duplicated."})
        case "POST", ["access", row_id]:
            return ApiResponse(200, document_permissions(of, actor, row_id_from_path(row_id)))
        # The number of path parts decides between one document and a bulk change, as in Payload.
        case "PATCH", _:
            return _update(of, actor, asked)
        case "DELETE", _:
            return _delete(of, actor, asked)
    return None


def _create(of: Collection[Row], actor: Actor, asked: ApiRequest) -> ApiResponse:
    # The rule comes first: a caller who may not create must get 403, not learn that a file is missing.
    if of.is_upload and of.create.may_create(actor) and asked.upload is None:
        raise BadRequest("No files were uploaded.")
    data = asked.body if asked.has_body else {}
    doc = write_operations.create_document(of, actor, data, asked.query, has_body=asked.has_body, upload=asked.upload)
    return ApiResponse(201, {"doc": doc, "message": f"{of.singular} successfully created."})


def _update(of: Collection[Row], actor: Actor, asked: ApiRequest) -> ApiResponse | None:
    if len(asked.parts) == 1:
        return ApiResponse(*write_operations.update_many(of, actor, asked.body, asked.query))
    if len(asked.parts) != 2:
        return None
    doc = write_operations.update_by_id(of, actor, _written_id(asked), asked.body, asked.query, upload=asked.upload)
    return ApiResponse(200, {"doc": doc, "message": "Updated successfully."})


def _written_id(asked: ApiRequest) -> int:
    try:
        return row_id_from_path(asked.parts[1])
    except BadRequest:
        # Payload words it so here, while a malformed id in a GET has a message of its own.
        raise BadRequest("Missing ID of document to update.") from None


def _delete(of: Collection[Row], actor: Actor, asked: ApiRequest) -> ApiResponse | None:
    if len(asked.parts) == 1:
        return ApiResponse(*write_operations.delete_many(of, actor, asked.query))
    if len(asked.parts) != 2:
        return None
    doc = write_operations.delete_by_id(of, actor, row_id_from_path(asked.parts[1]), asked.query)
    return ApiResponse(200, {"doc": doc, "message": "Deleted successfully."})
