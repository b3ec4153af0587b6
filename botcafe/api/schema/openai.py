"""Routes of OpenAI's API, as far as they are spoken here."""

from botcafe.api.schema.parts import ANY, FLAG, JSON, NUMBER, TEXT, WHOLE, Route, listed, obj, one_of, some, text, whole

REFUSED = (400, 401, 403, 404, 413, 429)
MODEL = obj("id object created owned_by", id=TEXT, object=TEXT, created=WHOLE, owned_by=TEXT)
CHAT = obj(
    "model messages",
    model=TEXT,
    messages=listed(obj("role", role=TEXT, content=ANY), least=1),
    stream=some(FLAG),
    stream_options=some(obj(include_usage=FLAG)),
    temperature=some(NUMBER),
    top_p=some(NUMBER),
    max_tokens=some(WHOLE),
    max_completion_tokens=some(WHOLE),
    stop=ANY,
    seed=some(WHOLE),
    n=some(whole(1, 1)),
)
USAGE = obj("prompt_tokens total_tokens", prompt_tokens=WHOLE, completion_tokens=WHOLE, total_tokens=WHOLE)
COMPLETION = obj(
    "id object created model choices",
    id=TEXT,
    object=TEXT,
    created=WHOLE,
    model=TEXT,
    choices=listed(obj()),
    usage=USAGE,
)
EMBED = obj(
    "input",
    input={"anyOf": [text(100_000, 1), listed(text(100_000, 1), least=1, most=256)]},
    model=TEXT,
    encoding_format=one_of("float", "base64"),
)
VECTORS = obj(
    "object model data usage",
    object=TEXT,
    model=TEXT,
    data=listed(obj("object index embedding", object=TEXT, index=WHOLE, embedding=ANY)),
    usage=USAGE,
)

ROUTES = (
    Route("get", "/v1/models", "The bots that one may talk to", obj("object data", object=TEXT, data=listed(MODEL)),
          refused=(401, 403), scheme="access"),
    Route("get", "/v1/models/{slug}", "One of them", MODEL, refused=(401, 403, 404), scheme="access"),
    Route("post", "/v1/chat/completions", "Let a bot answer", COMPLETION, CHAT, refused=(*REFUSED, 502),
          kind=(JSON, "text/event-stream"), scheme="access"),
    Route("post", "/v1/embeddings", "Vectors of texts", VECTORS, EMBED, refused=REFUSED, scheme="access"),
)  # fmt: skip
