"""Routes of lore, memories, documents and search."""

from botcafe.api.bodies import (
    MemoriesToLoreBody,
    MemoryIdsBody,
    MemoryStatusBody,
    MergeMemoriesBody,
    PasswordBody,
    PinMemoryBody,
    RetryDocumentBody,
    SearchBody,
    WaitBody,
)
from botcafe.api.http.bodies import body_schema
from botcafe.api.schema.chats import REASON
from botcafe.api.schema.parts import (
    BOOLEAN,
    ID,
    INSTANT,
    INTEGER,
    NUMBER,
    STRING,
    Route,
    array_of,
    enum_of,
    integer,
    nullable,
    object_schema,
    string,
)

BOOK = "/api/knowledgeCollections/{id}"
REFUSED = (400, 403, 404, 409, 413, 429)
DOC = object_schema(["doc"], doc={"type": "object"})
PASSWORD = body_schema(PasswordBody)
SKIPPED = array_of(object_schema(["what", "why"], what=STRING, why=STRING))
MATCH = object_schema(rank=nullable(INTEGER), score=nullable(NUMBER), terms=array_of(STRING))
HIT = object_schema(
    ["source_type", "source_id", "vector_id", "chunk_index", "text", "score", "why", "created_at"],
    source_type=enum_of("knowledge", "memory", "message"),
    source_id=ID,
    vector_id=nullable(STRING),
    chunk_index=INTEGER,
    text=STRING,
    score=NUMBER,
    why=object_schema(words=nullable(MATCH), meaning=nullable(MATCH)),
    created_at=nullable(INSTANT),
)
SEARCH = body_schema(SearchBody)
WAITED = object_schema(
    ["indexed", "waiting", "failed"],
    indexed=BOOLEAN,
    waiting=INTEGER,
    failed=array_of(
        object_schema(["source_type", "source_id", "reason"], source_type=STRING, source_id=ID, reason=STRING)
    ),
)
DRY_RUN = object_schema(
    ["text"],
    text=string(40_000),
    bot=nullable(ID),
    persona=nullable(ID),
    conversation=nullable(ID),
    collection=nullable(ID),
)
FIRED = object_schema(
    ["entries", "left_out", "silent", "used_tokens", "budget_tokens"],
    entries=array_of(REASON),
    left_out=array_of(REASON),
    silent=object_schema(),
    used_tokens=INTEGER,
    budget_tokens=INTEGER,
)
DOCUMENT = object_schema(
    ["id", "name", "processing_status"], id=ID, name=STRING, processing_status=STRING, problem=nullable(STRING)
)
SOURCES = object_schema(
    url=string(2000), urls=array_of(string(2000), least=1, most=100), text=STRING, title=string(200)
)
PEOPLE = object_schema(["collaborators", "permissions"], collaborators=array_of(ID), permissions=array_of(STRING))
INVITE = object_schema(
    email=STRING, user=ID, permissions=array_of(enum_of("read", "write", "admin")), for_all=BOOLEAN, remove=ID
)
EDIT = object_schema(
    entry=STRING,
    title=nullable(STRING),
    importance=integer(1, 10),
    topics=array_of(STRING),
    emotional_context=nullable(STRING),
)
MEMORY = object_schema(is_off=BOOLEAN, bots_off=array_of(ID, most=1000), monthly_tokens=integer(0, 1_000_000_000))
REMEMBERED = object_schema(
    ["is_off", "bots_off", "monthly_tokens", "tokens_this_month"], **MEMORY["properties"], tokens_this_month=INTEGER
)

ROUTES = (
    Route("post", "/api/search", "Find lore, memories and messages", object_schema(["hits", "took_ms"], hits=array_of(HIT), took_ms=NUMBER),
          SEARCH, errors=REFUSED),
    Route("post", "/api/search/wait", "Wait until everything of one's own is indexed", WAITED,
          body_schema(WaitBody), errors=REFUSED),
    Route("post", "/api/knowledge/dry-run", "What lore would fire for a text", FIRED, DRY_RUN, errors=REFUSED),
    Route("post", "/api/knowledge/{id}/open", "Open a shared entry by its password", DOC, PASSWORD, errors=REFUSED),
    Route("post", f"{BOOK}/open", "Open a shared collection by its password",
          object_schema(["doc", "entries"], doc=object_schema(), entries=array_of(object_schema())), PASSWORD, errors=REFUSED),
    Route("get", f"{BOOK}/documents", "Documents and how far they are", object_schema(["documents"], documents=array_of(DOCUMENT))),
    Route("post", f"{BOOK}/documents", "Bring documents: files, addresses or a text",
          object_schema(["created", "skipped"], created=array_of(DOCUMENT), skipped=SKIPPED), SOURCES, statuses=(202,), errors=REFUSED,
          body_media_types=("application/json", "multipart/form-data")),
    Route("post", f"{BOOK}/documents/retry", "Read a document that failed once more", DOCUMENT, body_schema(RetryDocumentBody),
          errors=REFUSED),
    Route("post", f"{BOOK}/collaborators", "Invite somebody, or take them off", PEOPLE, INVITE, errors=REFUSED),
    Route("post", f"{BOOK}/fork", "Make a copy of one's own", object_schema(["id", "url"], id=ID, url=STRING), statuses=(201,),
          errors=REFUSED),
    Route("post", "/api/memory/{id}/edit", "Change a memory; its former words are kept", DOC, EDIT, errors=REFUSED),
    Route("post", "/api/memory/{id}/pin", "Always tell it, or no more", object_schema(["pinned"], pinned=BOOLEAN),
          body_schema(PinMemoryBody), errors=REFUSED),
    Route("post", "/api/memory/{id}/unmerge", "Take a merge back", object_schema(["ids"], ids=array_of(ID)), errors=REFUSED),
    Route("post", "/api/memory/status", "Retract memories, or bring them back", object_schema(["changed"], changed=INTEGER),
          body_schema(MemoryStatusBody), errors=REFUSED),
    Route("post", "/api/memory/merge", "Make one memory of several", object_schema(["id"], id=ID),
          body_schema(MergeMemoriesBody), errors=REFUSED),
    Route("post", "/api/memory/to-lore", "Make lore of memories",
          object_schema(["collection", "entries"], collection=ID, entries=array_of(object_schema(["memory", "entry"], memory=ID, entry=ID))),
          body_schema(MemoriesToLoreBody), errors=REFUSED),
    Route("post", "/api/memory/undo-lore", "Take lore back that was made of memories", object_schema(["undone"], undone=INTEGER),
          body_schema(MemoryIdsBody), errors=REFUSED),
    Route("get", "/api/account/memory", "What is remembered at all", REMEMBERED),
    Route("post", "/api/account/memory", "Change what is remembered", REMEMBERED, MEMORY, errors=REFUSED),
)  # fmt: skip
