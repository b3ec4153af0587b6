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
    FLAG,
    ID,
    INSTANT,
    NUMBER,
    TEXT,
    WHOLE,
    Route,
    listed,
    obj,
    one_of,
    some,
    text,
    whole,
)

BOOK = "/api/knowledgeCollections/{id}"
REFUSED = (400, 403, 404, 409, 413, 429)
DOC = obj("doc", doc={"type": "object"})
PASSWORD = body_schema(PasswordBody)
SKIPPED = listed(obj("what why", what=TEXT, why=TEXT))
MATCH = obj(rank=some(WHOLE), score=some(NUMBER), terms=listed(TEXT))
HIT = obj(
    "source_type source_id vector_id chunk_index text score why created_at",
    source_type=one_of("knowledge", "memory", "message"),
    source_id=ID,
    vector_id=some(TEXT),
    chunk_index=WHOLE,
    text=TEXT,
    score=NUMBER,
    why=obj(words=some(MATCH), meaning=some(MATCH)),
    created_at=some(INSTANT),
)
SEARCH = body_schema(SearchBody)
WAITED = obj(
    "indexed waiting failed",
    indexed=FLAG,
    waiting=WHOLE,
    failed=listed(obj("source_type source_id reason", source_type=TEXT, source_id=ID, reason=TEXT)),
)
DRY_RUN = obj("text", text=text(40_000), bot=some(ID), persona=some(ID), conversation=some(ID), collection=some(ID))
FIRED = obj(
    "entries left_out silent used_tokens budget_tokens",
    entries=listed(REASON),
    left_out=listed(REASON),
    silent=obj(),
    used_tokens=WHOLE,
    budget_tokens=WHOLE,
)
DOCUMENT = obj("id name processing_status", id=ID, name=TEXT, processing_status=TEXT, problem=some(TEXT))
SOURCES = obj(url=text(2000), urls=listed(text(2000), least=1, most=100), text=TEXT, title=text(200))
PEOPLE = obj("collaborators permissions", collaborators=listed(ID), permissions=listed(TEXT))
INVITE = obj(email=TEXT, user=ID, permissions=listed(one_of("read", "write", "admin")), for_all=FLAG, remove=ID)
EDIT = obj(entry=TEXT, title=some(TEXT), importance=whole(1, 10), topics=listed(TEXT), emotional_context=some(TEXT))
MEMORY = obj(is_off=FLAG, bots_off=listed(ID, most=1000), monthly_tokens=whole(0, 1_000_000_000))
REMEMBERED = obj("is_off bots_off monthly_tokens tokens_this_month", **MEMORY["properties"], tokens_this_month=WHOLE)

ROUTES = (
    Route("post", "/api/search", "Find lore, memories and messages", obj("hits took_ms", hits=listed(HIT), took_ms=NUMBER),
          SEARCH, refused=REFUSED),
    Route("post", "/api/search/wait", "Wait until everything of one's own is indexed", WAITED,
          body_schema(WaitBody), refused=REFUSED),
    Route("post", "/api/knowledge/dry-run", "What lore would fire for a text", FIRED, DRY_RUN, refused=REFUSED),
    Route("post", "/api/knowledge/{id}/open", "Open a shared entry by its password", DOC, PASSWORD, refused=REFUSED),
    Route("post", f"{BOOK}/open", "Open a shared collection by its password",
          obj("doc entries", doc=obj(), entries=listed(obj())), PASSWORD, refused=REFUSED),
    Route("get", f"{BOOK}/documents", "Documents and how far they are", obj("documents", documents=listed(DOCUMENT))),
    Route("post", f"{BOOK}/documents", "Bring documents: files, addresses or a text",
          obj("created skipped", created=listed(DOCUMENT), skipped=SKIPPED), SOURCES, status=(202,), refused=REFUSED,
          takes_kind=("application/json", "multipart/form-data")),
    Route("post", f"{BOOK}/documents/retry", "Read a document that failed once more", DOCUMENT, body_schema(RetryDocumentBody),
          refused=REFUSED),
    Route("post", f"{BOOK}/collaborators", "Invite somebody, or take them off", PEOPLE, INVITE, refused=REFUSED),
    Route("post", f"{BOOK}/fork", "Make a copy of one's own", obj("id url", id=ID, url=TEXT), status=(201,),
          refused=REFUSED),
    Route("post", "/api/memory/{id}/edit", "Change a memory; its former words are kept", DOC, EDIT, refused=REFUSED),
    Route("post", "/api/memory/{id}/pin", "Always tell it, or no more", obj("pinned", pinned=FLAG),
          body_schema(PinMemoryBody), refused=REFUSED),
    Route("post", "/api/memory/{id}/unmerge", "Take a merge back", obj("ids", ids=listed(ID)), refused=REFUSED),
    Route("post", "/api/memory/status", "Retract memories, or bring them back", obj("changed", changed=WHOLE),
          body_schema(MemoryStatusBody), refused=REFUSED),
    Route("post", "/api/memory/merge", "Make one memory of several", obj("id", id=ID),
          body_schema(MergeMemoriesBody), refused=REFUSED),
    Route("post", "/api/memory/to-lore", "Make lore of memories",
          obj("collection entries", collection=ID, entries=listed(obj("memory entry", memory=ID, entry=ID))),
          body_schema(MemoriesToLoreBody), refused=REFUSED),
    Route("post", "/api/memory/undo-lore", "Take lore back that was made of memories", obj("undone", undone=WHOLE),
          body_schema(MemoryIdsBody), refused=REFUSED),
    Route("get", "/api/account/memory", "What is remembered at all", REMEMBERED),
    Route("post", "/api/account/memory", "Change what is remembered", REMEMBERED, MEMORY, refused=REFUSED),
)  # fmt: skip
