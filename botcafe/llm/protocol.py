"""The protocol of all chat models: one request in, typed stream events out."""

from collections.abc import AsyncGenerator, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from ipaddress import ip_address
from typing import Protocol

from yarl import URL

from botcafe.kit.addresses import is_allowed
from botcafe.kit.json_types import JsonValue
from botcafe.kit.secrets import SecretText

# While False, only loopback may be called; tests switch it off. Read at each call; see `real_calls_forbidden`.
ALLOW_REAL_CALLS = True
# Longer names are names of no model. Caches keep names, so that their length must be bounded too.
MAX_MODEL_NAME_CHARACTERS = 200


class RealCallError(RuntimeError):
    """A test tried to call a real host. Not a ModelError, so that no fallback can swallow it."""


@dataclass(frozen=True, slots=True)
class TextDelta:
    """A piece of the reply."""

    text: str


@dataclass(frozen=True, slots=True)
class ReasoningDelta:
    """A piece of the model's reasoning: shown apart, never sent back in later prompts."""

    text: str


@dataclass(frozen=True, slots=True)
class Usage:
    """Token counts, once per stream, before StreamEnd; `estimated` when the provider reported none.

    `thinking_tokens` are the output tokens spent on reasoning, where the provider reports them.
    """

    input_tokens: int
    output_tokens: int
    estimated: bool
    thinking_tokens: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class StreamEnd:
    """The last event; the reason is `stop`, `length`, `content_filter`, or the provider's own word."""

    finish_reason: str


StreamEvent = TextDelta | ReasoningDelta | Usage | StreamEnd


@dataclass(frozen=True, slots=True)
class ImagePart:
    """A picture for a vision model."""

    media_type: str
    data: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class ChatMessage:
    """One message; `role` is `system`, `user` or `assistant`; `name` is sent where the wire has speaker names."""

    role: str
    content: str
    name: str | None = None
    images: tuple[ImagePart, ...] = ()


@dataclass(frozen=True, slots=True)
class ChatRequest:
    """One call. None leaves a setting to the provider.

    `extra` is merged into the JSON body, except for the keys that carry the conversation (`options.RESERVED_KEYS`). What
    a provider will not get of a request is told by `options.unsupported_options`.
    """

    model: str
    messages: tuple[ChatMessage, ...]
    max_tokens: int | None = None
    temperature: float | None = None
    top_p: float | None = None
    top_k: int | None = None
    min_p: float | None = None
    frequency_penalty: float | None = None
    presence_penalty: float | None = None
    repetition_penalty: float | None = None
    seed: int | None = None
    reasoning_effort: str | None = None
    stop: tuple[str, ...] = ()
    extra: Mapping[str, JsonValue] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where a call goes and with which key; neither key nor headers appear in its repr.

    `private_endpoints` is the operator's allow-list after `addresses.parse_allowed`. It must come from the settings, never
    from a user, since it opens private networks.
    """

    base_url: str
    api_key: SecretText = field(default_factory=lambda: SecretText(""))
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    private_endpoints: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        object.__setattr__(self, "api_key", SecretText(self.api_key))
        object.__setattr__(self, "base_url", self.base_url.strip().rstrip("/"))

    def url(self, path: str) -> str:
        """The URL of a path below the base, e.g. `url("models")`."""
        return f"{self.base_url}/{path}"

    @property
    def is_private(self) -> bool:
        """Whether the endpoint is on the operator's allow-list of private hosts."""
        try:
            parsed = URL(self.base_url)
            return is_allowed(parsed.host or "", parsed.port or 0, self.private_endpoints)
        except ValueError:
            return False


@dataclass(frozen=True, slots=True)
class Deadlines:
    """Timeouts in seconds: to the first event, between two reads after it, for the whole reply, and to connect."""

    first_event_s: float = 180.0
    idle_s: float = 60.0
    total_s: float = 1800.0
    connect_s: float = 10.0

    @classmethod
    def for_endpoint(cls, endpoint: Endpoint) -> "Deadlines":
        """The default timeouts for an endpoint."""
        # A local model may process a long prompt for many minutes before its first token.
        return cls(first_event_s=900.0, idle_s=180.0) if endpoint.is_private else cls()


class ChatBackend(Protocol):
    """A model behind one wire format."""

    def stream(self, request: ChatRequest) -> AsyncGenerator[StreamEvent, None]:
        """Deltas as they arrive, then one Usage, then one StreamEnd. Raises ModelError, also in mid-stream.

        Leaving early (aclose, cancelling the task, dropping the iterator) closes the connection to the provider.
        """
        ...


@contextmanager
def real_calls_forbidden() -> Iterator[None]:
    """While this holds, a call to anything but loopback raises RealCallError."""
    global ALLOW_REAL_CALLS
    before, ALLOW_REAL_CALLS = ALLOW_REAL_CALLS, False
    try:
        yield
    finally:
        ALLOW_REAL_CALLS = before


def check_call_allowed(host: str) -> None:
    """Raise RealCallError when real calls are forbidden and the host is not loopback."""
    if not ALLOW_REAL_CALLS and not _is_loopback(host):
        raise RealCallError(f"A test tried to call {host!r}; only loopback may be called here.")


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
