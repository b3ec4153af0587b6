"""Routes of OpenAI's API, as far as they are spoken here."""

from botcafe.api.schema.parts import (
    ANY,
    BOOLEAN,
    INTEGER,
    JSON,
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

REFUSED = (400, 401, 403, 404, 413, 429)
MODEL = object_schema(
    ["id", "object", "created", "owned_by"], id=STRING, object=STRING, created=INTEGER, owned_by=STRING
)
CHAT = object_schema(
    ["model", "messages"],
    model=STRING,
    messages=array_of(object_schema(["role"], role=STRING, content=ANY), least=1),
    stream=nullable(BOOLEAN),
    stream_options=nullable(object_schema(include_usage=BOOLEAN)),
    temperature=nullable(NUMBER),
    top_p=nullable(NUMBER),
    max_tokens=nullable(INTEGER),
    max_completion_tokens=nullable(INTEGER),
    stop=ANY,
    seed=nullable(INTEGER),
    n=nullable(integer(1, 1)),
)
USAGE = object_schema(
    ["prompt_tokens", "total_tokens"], prompt_tokens=INTEGER, completion_tokens=INTEGER, total_tokens=INTEGER
)
COMPLETION = object_schema(
    ["id", "object", "created", "model", "choices"],
    id=STRING,
    object=STRING,
    created=INTEGER,
    model=STRING,
    choices=array_of(object_schema()),
    usage=USAGE,
)
EMBED = object_schema(
    ["input"],
    input={"anyOf": [string(100_000, 1), array_of(string(100_000, 1), least=1, most=256)]},
    model=STRING,
    encoding_format=enum_of("float", "base64"),
)
VECTORS = object_schema(
    ["object", "model", "data", "usage"],
    object=STRING,
    model=STRING,
    data=array_of(object_schema(["object", "index", "embedding"], object=STRING, index=INTEGER, embedding=ANY)),
    usage=USAGE,
)

ROUTES = (
    Route("get", "/v1/models", "The bots that one may talk to", object_schema(["object", "data"], object=STRING, data=array_of(MODEL)),
          errors=(401, 403), security="access"),
    Route("get", "/v1/models/{slug}", "One of them", MODEL, errors=(401, 403, 404), security="access"),
    Route("post", "/v1/chat/completions", "Let a bot answer", COMPLETION, CHAT, errors=(*REFUSED, 502),
          media_types=(JSON, "text/event-stream"), security="access"),
    Route("post", "/v1/embeddings", "Vectors of texts", VECTORS, EMBED, errors=REFUSED, security="access"),
)  # fmt: skip
