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
    FLAG,
    ID,
    INSTANT,
    MESSAGE,
    NUMBER,
    TEXT,
    WHOLE,
    Route,
    Schema,
    listed,
    obj,
    one_of,
    some,
    text,
    whole,
)

CHAT = "/api/conversation/{id}"
REFUSED = (400, 403, 404, 409, 413, 429)
BOT = obj("id name", id=ID, name=TEXT, picture_url=some(TEXT))
MODEL: Schema = obj(key=ID, model=text(200))
GENERATION = obj(
    "id message bot state mode",
    id=ID,
    message=obj("id", id=ID),
    bot=some(BOT),
    state=one_of("queued", "streaming", "complete", "stopped", "failed", "interrupted"),
    mode=one_of("send", "continue", "regenerate", "impersonate"),
)
TURN = obj(
    entry=some(text(100_000)),
    mode=one_of("send", "continue", "regenerate", "impersonate"),
    message=some(ID),
    bot=some(ID),
    persona=some(ID),
    attachments=some(listed(ID, most=8)),
    reply_to=some(ID),
    parent=some(ID),
    idempotency_key=some(text(200, 1)),
)
BEGUN = obj(
    "message leaf generations",
    message=some(obj("id html", id=ID, html=TEXT)),
    leaf=some(ID),
    generations=listed(GENERATION),
)
BLOCK = obj("id title role tokens source reason included", id=TEXT, title=TEXT, role=TEXT, text=some(TEXT))
REASON = obj("entry title in why", entry=ID, title=some(TEXT), rule=TEXT, why=TEXT, **{"in": FLAG})
SENT = obj(
    "blocks total_tokens reasons recalled",
    blocks=listed(BLOCK),
    total_tokens=some(WHOLE),
    window_tokens=some(WHOLE),
    reply_tokens=some(WHOLE),
    sampling=ANY,
    provider=some(TEXT),
    model=some(TEXT),
    cost_usd=some(NUMBER),
    reasons=listed(REASON),
    recalled=listed({"type": "object"}),
)
REASONS = obj(
    "reasons recalled silent",
    reasons=listed(REASON),
    recalled=listed({"type": "object"}),
    silent=obj(),
    trigger=some(TEXT),
    seed=some(TEXT),
    budget_tokens=some(WHOLE),
    used_tokens=some(WHOLE),
)
NOTE = obj(text=text(20_000), depth=whole(0, 1000), role=one_of("system", "user", "assistant"), every=whole(1, 1000))
AUTO = obj(on=FLAG, delay_seconds=whole(0, 600), turns=whole(0, 100))
STATUS = one_of("active", "archived", "muted", "pinned")
ORDER = one_of("manual", "mention", "natural", "list", "pooled")
CHANGES = obj(
    title=text(200, 1),
    status=STATUS,
    tags=listed(text(50), most=30),
    persona=some(ID),
    author_note=NOTE,
    speaking_order=ORDER,
    auto=AUTO,
    scenario=TEXT,
    preset=some(ID),
    model=MODEL,
    window_tokens=some(WHOLE),
    reply_tokens=some(WHOLE),
    memory=FLAG,
)
SETTINGS = obj("title status tags persona speaking_order auto is_temporary memory", **{
    **CHANGES["properties"], "title": TEXT, "persona": some(ID), "is_temporary": FLAG
})  # fmt: skip
PART = obj(
    "id name role is_active",
    id=ID,
    name=TEXT,
    slug=some(TEXT),
    picture_url=some(TEXT),
    role=TEXT,
    is_active=FLAG,
    talkativeness=some(NUMBER),
    model=some(MODEL),
    preset=some(ID),
)
CAST = obj(
    add=ID,
    remove=ID,
    mute=ID,
    unmute=ID,
    bot=ID,
    role=one_of("primary", "secondary", "moderator"),
    model=MODEL,
    preset=some(ID),
    talkativeness={"type": "number", "minimum": 0, "maximum": 1},
)
HITS = obj(
    "hits has_more",
    hits=listed(obj("message conversation name created_at html url", message=ID, conversation=ID, html=TEXT, url=TEXT)),
    has_more=FLAG,
)
LEAF = obj("leaf", leaf=some(ID))
UNDO = obj("leaf undo", leaf=some(ID), undo=INSTANT)
FOUND = {"q": text(200), "page": whole(1, 10_000)}
EVENTS = ("text/event-stream",)

ROUTES = (
    Route("post", "/api/account/chats", "Open a chat with a bot", obj("id url", id=ID, url=TEXT),
          body_schema(StartChatBody), status=(201,), refused=REFUSED),
    Route("post", f"{CHAT}/turns", "Say something, or have something said", BEGUN, TURN, status=(202,), refused=REFUSED),
    Route("post", f"{CHAT}/preview", "What would be sent for the next reply", SENT, TURN, refused=REFUSED),
    Route("get", "/api/generations/{id}/events", "A reply as it grows", TEXT, kind=EVENTS),
    Route("get", "/api/account/events", "What goes on in all chats", TEXT, kind=EVENTS),
    Route("post", "/api/generations/{id}/stop", "Stop a reply and what waits behind it", MESSAGE, refused=REFUSED),
    Route("get", "/api/generations/{id}/trace", "What was sent for a reply", SENT),
    Route("get", "/api/generations/{id}/reasons", "Why lore and memories were there", REASONS),
    Route("post", f"{CHAT}/leaf", "Show another branch", LEAF, body_schema(SwitchBranchBody),
          refused=REFUSED),
    Route("post", f"{CHAT}/edit", "Change the words of a message", obj("message", message=obj("id html", id=ID, html=TEXT)),
          body_schema(EditMessageBody), refused=REFUSED),
    Route("post", f"{CHAT}/remove", "Take a message out", UNDO, body_schema(RemoveMessageBody),
          refused=REFUSED),
    Route("post", f"{CHAT}/clear", "Take all messages out but the greetings", UNDO, refused=REFUSED),
    Route("post", f"{CHAT}/undo", "Put back what was taken out", LEAF, body_schema(UndoBody),
          refused=REFUSED),
    Route("post", f"{CHAT}/fork", "Make a new chat up to a message", obj("id url", id=ID, url=TEXT),
          body_schema(MessageBody), refused=REFUSED),
    Route("post", f"{CHAT}/react", "Put a reaction on, or take it off",
          obj("reactions mine", reactions=obj(), mine=listed(TEXT)), body_schema(ReactionBody),
          refused=REFUSED),
    Route("post", f"{CHAT}/read", "All of it has been seen", obj(), refused=REFUSED),
    Route("post", f"{CHAT}/delete", "Take a chat out of the list", MESSAGE, refused=REFUSED),
    Route("post", f"{CHAT}/restore", "Take a deleted chat back", MESSAGE, refused=REFUSED),
    Route("post", f"{CHAT}/end", "Erase a temporary chat", MESSAGE, refused=REFUSED),
    Route("post", f"{CHAT}/remember", "Remember now what is due", MESSAGE, refused=REFUSED),
    Route("get", f"{CHAT}/settings", "The settings of a chat", SETTINGS),
    Route("post", f"{CHAT}/settings", "Change settings of a chat", SETTINGS, CHANGES, refused=REFUSED),
    Route("post", f"{CHAT}/bots", "Add, remove, mute or change a bot of a chat",
          obj("bots conversation_type", bots=listed(PART), conversation_type=TEXT), CAST, refused=REFUSED),
    Route("get", f"{CHAT}/search", "Find what was said in a chat", HITS, query=FOUND),
    Route("get", "/api/account/search", "Find what was said in all chats", HITS, query=FOUND),
    Route("get", f"{CHAT}/export", "A chat as a file", ANY,
          query={"format": one_of("jsonl", "json", "md", "html")},
          kind=("application/jsonl", "application/json", "text/markdown", "text/html")),
)  # fmt: skip
