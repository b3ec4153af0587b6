"""Routes of files: anything brought in, and what people take along."""

from botcafe.api.schema.parts import ANY, BINARY, FLAG, ID, JSON, TEXT, WHOLE, Route, listed, obj, one_of, text

REFUSED = (400, 401, 403, 404, 409, 413, 429)
CREATED = obj("collection name", collection=TEXT, id=ID, name=TEXT, url=TEXT)
SKIPPED = listed(obj("what why", what=TEXT, why=TEXT))
OUTCOME = obj(
    "kind created skipped warnings",
    kind=TEXT,
    created=listed(CREATED),
    skipped=SKIPPED,
    warnings=listed(TEXT),
)
REFUSED_FILE = obj("error status", error=TEXT, status=WHOLE)
OUTCOMES = {"anyOf": [OUTCOME, obj("files skipped", files=listed({"anyOf": [OUTCOME, REFUSED_FILE]}), skipped=SKIPPED)]}
UPLOAD = obj(file=BINARY)
ANY_FILE = ("application/octet-stream", "multipart/form-data")

ROUTES = (
    Route("post", "/api/import", "Bring any file in: cards, lore, chats, personas, presets, an account", OUTCOMES, UPLOAD,
          query={"dry_run": FLAG, "name": text(200), "bot": ID}, status=(200, 201), refused=REFUSED, takes_kind=ANY_FILE),
    Route("post", "/api/presets/import", "Bring a preset in", OUTCOME, UPLOAD, query={"name": text(200)},
          status=(200, 201), refused=REFUSED, takes_kind=(JSON, "multipart/form-data")),
    Route("get", "/api/bot/{id}/card", "The card of a bot", ANY,
          query={"format": one_of("png", "json", "charx"), "spec": one_of("v2", "v3")},
          kind=("image/png", JSON, "application/zip")),
    Route("get", "/api/knowledgeCollections/{id}/lorebook", "A collection of lore as a file", obj(),
          query={"format": one_of("st", "v3")}),
    Route("get", "/api/personas/backup", "All personas of one's own in a file", obj()),
    Route("get", "/api/account/export", "Everything of one's own in a zip", BINARY, kind=("application/zip",)),
    Route("get", "/api/media/file/{name}", "The bytes of a file", BINARY, kind=("*/*",), scheme=""),
)  # fmt: skip
