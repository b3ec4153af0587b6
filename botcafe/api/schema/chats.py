"""Routes of chats: turns, replies in the making, the tree, settings and cast."""

from botcafe.api.bodies import (
    EditMessageBody,
    MessageBody,
    ReactionBody,
    RemoveMessageBody,
    StartChatBody,
    SwitchBranchBody,
    UndoBody,
)
from botcafe.api.http.bodies import body_schema
from botcafe.api.schema.parts import (
    ANY,
    BOOLEAN,
    ID,
    INSTANT,
    INTEGER,
    MESSAGE,
    NUMBER,
    STRING,
    Route,
    Schema,
    array_of,
    enum_of,
    integer,
    nullable,
    object_schema,
    string,
)

CHAT = "/api/conversation/{id}"
REFUSED = (400, 403, 404, 409, 413, 429)
BOT = object_schema(["id", "name"], id=ID, name=STRING, picture_url=nullable(STRING))
MODEL: Schema = object_schema(key=ID, model=string(200))
GENERATION = object_schema(
    ["id", "message", "bot", "state", "mode"],
    id=ID,
    message=object_schema(["id"], id=ID),
    bot=nullable(BOT),
    state=enum_of("queued", "streaming", "complete", "stopped", "failed", "interrupted"),
    mode=enum_of("send", "continue", "regenerate", "impersonate"),
)
TURN = object_schema(
    entry=nullable(string(100_000)),
    mode=enum_of("send", "continue", "regenerate", "impersonate"),
    message=nullable(ID),
    bot=nullable(ID),
    persona=nullable(ID),
    attachments=nullable(array_of(ID, most=8)),
    reply_to=nullable(ID),
    parent=nullable(ID),
    idempotency_key=nullable(string(200, 1)),
)
NOTICE = object_schema(
    ["kind", "text"],
    kind=enum_of("crisis", "break", "ai", "limit"),
    text=STRING,
    resources=array_of(
        object_schema(
            ["region", "hotline_number"], region=STRING, hotline_number=STRING, website_url=STRING, description=STRING
        )
    ),
)
BEGUN = object_schema(
    ["message", "leaf", "notices", "generations"],
    notices=array_of(NOTICE),
    message=nullable(object_schema(["id", "html"], id=ID, html=STRING)),
    leaf=nullable(ID),
    generations=array_of(GENERATION),
)
BLOCK = object_schema(
    ["id", "title", "role", "tokens", "source", "reason", "included"],
    id=STRING,
    title=STRING,
    role=STRING,
    text=nullable(STRING),
)
REASON = object_schema(
    ["entry", "title", "in", "why"], entry=ID, title=nullable(STRING), rule=STRING, why=STRING, **{"in": BOOLEAN}
)
SENT = object_schema(
    ["blocks", "total_tokens", "reasons", "recalled"],
    blocks=array_of(BLOCK),
    total_tokens=nullable(INTEGER),
    window_tokens=nullable(INTEGER),
    reply_tokens=nullable(INTEGER),
    sampling=ANY,
    provider=nullable(STRING),
    model=nullable(STRING),
    cost_usd=nullable(NUMBER),
    reasons=array_of(REASON),
    recalled=array_of({"type": "object"}),
)
REASONS = object_schema(
    ["reasons", "recalled", "silent"],
    reasons=array_of(REASON),
    recalled=array_of({"type": "object"}),
    silent=object_schema(),
    trigger=nullable(STRING),
    seed=nullable(STRING),
    budget_tokens=nullable(INTEGER),
    used_tokens=nullable(INTEGER),
)
NOTE = object_schema(
    text=string(20_000), depth=integer(0, 1000), role=enum_of("system", "user", "assistant"), every=integer(1, 1000)
)
AUTO = object_schema(on=BOOLEAN, delay_seconds=integer(0, 600), turns=integer(0, 100), stopped_by=enum_of("limit"))
STATUS = enum_of("active", "archived", "muted", "pinned")
ORDER = enum_of("manual", "mention", "natural", "list", "pooled")
CHANGES = object_schema(
    title=string(200, 1),
    status=STATUS,
    tags=array_of(string(50), most=30),
    folder=nullable(string(60)),
    persona=nullable(ID),
    author_note=NOTE,
    speaking_order=ORDER,
    auto=AUTO,
    scenario=STRING,
    preset=nullable(ID),
    model=MODEL,
    window_tokens=nullable(INTEGER),
    reply_tokens=nullable(INTEGER),
    memory=BOOLEAN,
    allow_file_sharing=BOOLEAN,
    message_retention_days=nullable(integer(1, 3650)),
    auto_save_conversations=BOOLEAN,
)
SETTINGS = object_schema(["title", "status", "tags", "persona", "speaking_order", "auto", "is_temporary", "memory"], **{
    **CHANGES["properties"], "title": STRING, "folder": nullable(STRING), "persona": nullable(ID), "is_temporary": BOOLEAN
})  # fmt: skip
PART = object_schema(
    ["id", "name", "role", "is_active"],
    id=ID,
    name=STRING,
    slug=nullable(STRING),
    picture_url=nullable(STRING),
    role=STRING,
    is_active=BOOLEAN,
    talkativeness=nullable(NUMBER),
    model=nullable(MODEL),
    preset=nullable(ID),
)
CAST = object_schema(
    add=ID,
    remove=ID,
    mute=ID,
    unmute=ID,
    bot=ID,
    role=enum_of("primary", "secondary", "moderator"),
    model=MODEL,
    preset=nullable(ID),
    talkativeness={"type": "number", "minimum": 0, "maximum": 1},
)
HITS = object_schema(
    ["hits", "has_more"],
    hits=array_of(
        object_schema(
            ["message", "conversation", "name", "created_at", "html", "url"],
            message=ID,
            conversation=ID,
            html=STRING,
            url=STRING,
        )
    ),
    has_more=BOOLEAN,
)
LEAF = object_schema(["leaf"], leaf=nullable(ID))
UNDO = object_schema(["leaf", "undo"], leaf=nullable(ID), undo=INSTANT)
FOUND = {"q": string(200), "page": integer(1, 10_000)}
EVENTS = ("text/event-stream",)

ROUTES = (
    Route("post", "/api/account/chats", "Open a chat with a bot", object_schema(["id", "url"], id=ID, url=STRING),
          body_schema(StartChatBody), statuses=(201,), errors=REFUSED),
    Route("post", f"{CHAT}/turns", "Say something, or have something said", BEGUN, TURN, statuses=(202,), errors=REFUSED),
    Route("post", f"{CHAT}/preview", "What would be sent for the next reply", SENT, TURN, errors=REFUSED),
    Route("get", "/api/generations/{id}/events", "A reply as it grows", STRING, media_types=EVENTS),
    Route("get", "/api/account/events", "What goes on in all chats", STRING, media_types=EVENTS),
    Route("post", "/api/generations/{id}/stop", "Stop a reply and what waits behind it", MESSAGE, errors=REFUSED),
    Route("get", "/api/generations/{id}/trace", "What was sent for a reply", SENT),
    Route("get", "/api/generations/{id}/reasons", "Why lore and memories were there", REASONS),
    Route("post", f"{CHAT}/leaf", "Show another branch", LEAF, body_schema(SwitchBranchBody),
          errors=REFUSED),
    Route("post", f"{CHAT}/edit", "Change the words of a message", object_schema(["message"], message=object_schema(["id", "html"], id=ID, html=STRING)),
          body_schema(EditMessageBody), errors=REFUSED),
    Route("post", f"{CHAT}/remove", "Take a message out", UNDO, body_schema(RemoveMessageBody),
          errors=REFUSED),
    Route("post", f"{CHAT}/clear", "Take all messages out but the greetings", UNDO, errors=REFUSED),
    Route("post", f"{CHAT}/undo", "Put back what was taken out", LEAF, body_schema(UndoBody),
          errors=REFUSED),
    Route("post", f"{CHAT}/fork", "Make a new chat up to a message", object_schema(["id", "url"], id=ID, url=STRING),
          body_schema(MessageBody), errors=REFUSED),
    Route("post", f"{CHAT}/react", "Put a reaction on, or take it off",
          object_schema(["reactions", "mine"], reactions=object_schema(), mine=array_of(STRING)), body_schema(ReactionBody),
          errors=REFUSED),
    Route("post", f"{CHAT}/read", "All of it has been seen", object_schema(), errors=REFUSED),
    Route("post", f"{CHAT}/delete", "Take a chat out of the list", MESSAGE, errors=REFUSED),
    Route("post", f"{CHAT}/restore", "Take a deleted chat back", MESSAGE, errors=REFUSED),
    Route("post", f"{CHAT}/end", "Erase a temporary chat", MESSAGE, errors=REFUSED),
    Route("post", f"{CHAT}/remember", "Remember now what is due", MESSAGE, errors=REFUSED),
    Route("get", f"{CHAT}/settings", "The settings of a chat", SETTINGS),
    Route("post", f"{CHAT}/settings", "Change settings of a chat", SETTINGS, CHANGES, errors=REFUSED),
    Route("post", f"{CHAT}/bots", "Add, remove, mute or change a bot of a chat",
          object_schema(["bots", "conversation_type"], bots=array_of(PART), conversation_type=STRING), CAST, errors=REFUSED),
    Route("get", f"{CHAT}/search", "Find what was said in a chat", HITS, query=FOUND),
    Route("get", "/api/account/search", "Find what was said in all chats", HITS, query=FOUND),
    Route("get", f"{CHAT}/export", "A chat as a file", ANY,
          query={"format": enum_of("jsonl", "json", "md", "html")},
          media_types=("application/jsonl", "application/json", "text/markdown", "text/html")),
)  # fmt: skip
