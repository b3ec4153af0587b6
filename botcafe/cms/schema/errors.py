"""The errors of collections, with the status and JSON body that Payload's clients expect.

ApiError
├── ValidationFailed   400  the document does not fit: which fields, and why
├── QueryRefused       400  a where or sort names a path that may not be queried
├── BadRequest         400  the request itself cannot be read
├── Forbidden          403  the caller may not do this
├── NotFound           404  missing or hidden from the caller: the two look alike
├── Conflict           409  something else still refers to it
└── TooLarge           413  more than is taken in one request
"""

from typing import Any, Protocol

from botcafe.kit.json_types import JsonObject
from botcafe.kit.words import field_label

TAKEN_EMAIL = "A user with the given email is already registered."


class HasJson(Protocol):
    """Something that can be told as JSON."""

    def as_json(self) -> JsonObject:
        """What a client reads."""


class ApiError(Exception):
    """Base of errors that clients are told about, with HTTP status, stable code and JSON body."""

    status = 400
    code = "bad_request"
    name: str | None = None
    # Seconds after which the same request may be answered; 0 where nobody knows.
    retry_after = 0

    def __init__(self, message: str, data: Any = None) -> None:
        super().__init__(message)
        self.message = message
        self.data = data
        # What the person is told whom the refusal reaches, whatever its reason.
        self.notices: tuple[HasJson, ...] = ()

    def body(self) -> JsonObject:
        """The answer: ``{"errors": [{"message", "name"?, "data"?}], "notices"?}``."""
        error: JsonObject = {"message": self.message}
        if self.name:
            error["name"] = self.name
        if self.data is not None:
            error["data"] = self.data
        body: JsonObject = {"errors": [error]}
        if self.notices:
            body["notices"] = [each.as_json() for each in self.notices]
        return body


class BadRequest(ApiError):
    """The request cannot be understood."""


class FieldProblem:
    """One field that does not fit: dotted path, message and label (None where the database refused)."""

    def __init__(self, path: str, message: str, label: str | None = None, table: str | None = None) -> None:
        self.path, self.message, self.label, self.table = path, message, label, table

    def as_json(self) -> JsonObject:
        """The entry of ``data.errors``."""
        entry: JsonObject = {"message": self.message, "path": self.path}
        if self.label is not None:
            entry["label"] = self.label
        if self.table is not None:
            entry["tableName"] = self.table
        return entry


class ValidationFailed(ApiError):
    """A document that does not fit its collection."""

    code = "validation_failed"
    name = "ValidationError"

    def __init__(self, collection: str, problems: list[FieldProblem], row_id: int | None = None) -> None:
        names = ", ".join(p.label or p.path for p in problems)
        what = "field is" if len(problems) == 1 else "fields are"
        data: JsonObject = {"collection": collection, "errors": [p.as_json() for p in problems]}
        if row_id is not None:
            data["id"] = row_id
        super().__init__(f"The following {what} invalid: {names}", data)
        self.problems = problems


class QueryRefused(ApiError):
    """A path that does not exist, or that the caller may not read."""

    code = "query_refused"
    name = "QueryError"

    def __init__(self, *paths: str, why: str | None = None) -> None:
        what = "path" if len(paths) == 1 else "paths"
        message = why or f"The following {what} cannot be queried: {', '.join(paths)}"
        # The same words for a missing and for a forbidden path, so that the error does not reveal hidden fields.
        super().__init__(message, [{"path": p} for p in paths])


class Forbidden(ApiError):
    """The caller may not do this."""

    status = 403
    code = "forbidden"

    def __init__(self, message: str = "You are not allowed to perform this action.", data: Any = None) -> None:
        super().__init__(message, data)


class Unauthorized(ApiError):
    """The credentials of the request do not hold."""

    status = 401
    code = "unauthorized"


class NotFound(ApiError):
    """Missing, or hidden from the caller."""

    status = 404
    code = "not_found"

    def __init__(self, message: str = "Not Found") -> None:
        super().__init__(message)


class Conflict(ApiError):
    """The request conflicts with the present state of other rows."""

    status = 409
    code = "conflict"


class TooLarge(ApiError):
    """More than one request may carry."""

    status = 413
    code = "too_large"


class TooMany(ApiError):
    """Too many requests in a short time."""

    status = 429
    code = "too_many_requests"


def missing_value(path: str, label: str | None = None) -> FieldProblem:
    """The problem of a missing value."""
    return FieldProblem(path, "This field is required.", field_label(path) if label is None else label)
