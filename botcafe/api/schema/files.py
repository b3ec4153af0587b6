"""OpenAPI descriptions of the import and export routes."""

from botcafe.api.schema.parts import (
    ANY,
    BINARY,
    BOOLEAN,
    ID,
    INTEGER,
    JSON,
    NUMBER,
    STRING,
    Route,
    array_of,
    enum_of,
    object_schema,
    string,
)

IMPORT_ERROR_STATUSES = (400, 401, 403, 404, 409, 413, 429)
CREATED = object_schema(["collection", "name"], collection=STRING, id=ID, name=STRING, url=STRING)
SKIPPED = array_of(object_schema(["what", "why"], what=STRING, why=STRING))
IMPORT_OUTCOME = object_schema(
    ["kind", "created", "skipped", "warnings"],
    kind=STRING,
    created=array_of(CREATED),
    skipped=SKIPPED,
    existing=array_of(CREATED),
    updated=array_of(CREATED),
    warnings=array_of(STRING),
)
FILE_ERROR = object_schema(["error", "status"], error=STRING, status=INTEGER)
IMPORT_RESPONSE = {
    "anyOf": [
        IMPORT_OUTCOME,
        object_schema(["files", "skipped"], files=array_of({"anyOf": [IMPORT_OUTCOME, FILE_ERROR]}), skipped=SKIPPED),
    ]
}
EXPORT_STATE = object_schema(
    ["job", "state", "files", "bytes"],
    job=ID,
    state=enum_of("queued", "running", "done", "failed"),
    asked_at=STRING,
    files=INTEGER,
    bytes=INTEGER,
    rate=NUMBER,
    ends_at=STRING,
)
UPLOAD = object_schema(file=BINARY)
ANY_FILE = ("application/octet-stream", "multipart/form-data")

ROUTES = (
    Route("post", "/api/import", "Import a file: cards, lore, chats, personas, presets, an account", IMPORT_RESPONSE, UPLOAD,
          query={"dry_run": BOOLEAN, "name": string(200), "bot": ID, "copies": BOOLEAN, "same": enum_of("skip", "update", "copy")}, statuses=(200, 201), errors=IMPORT_ERROR_STATUSES, body_media_types=ANY_FILE),
    Route("post", "/api/presets/import", "Import a preset", IMPORT_OUTCOME, UPLOAD, query={"name": string(200)},
          statuses=(200, 201), errors=IMPORT_ERROR_STATUSES, body_media_types=(JSON, "multipart/form-data")),
    Route("get", "/api/bot/{id}/card", "The card of a bot", ANY,
          query={"format": enum_of("png", "json", "charx"), "spec": enum_of("v2", "v3")},
          media_types=("image/png", JSON, "application/zip")),
    Route("get", "/api/knowledgeCollections/{id}/lorebook", "Export a lorebook", object_schema(),
          query={"format": enum_of("st", "v3")}),
    Route("get", "/api/personas/backup", "Export all own personas", object_schema()),
    Route("get", "/api/account/export", "Export the account as a zip", BINARY, media_types=("application/zip",)),
    Route("post", "/api/account/export", "Have an export of the account made", object_schema(["job"], job=ID), statuses=(202,),
          errors=(403, 429)),
    Route("get", "/api/account/export/{id}", "How far an export is, or its zip", EXPORT_STATE, query={"download": BOOLEAN},
          errors=(403, 404, 409)),
    Route("get", "/api/media/file/{name}", "The bytes of a file", BINARY, media_types=("*/*",), security=""),
)  # fmt: skip
