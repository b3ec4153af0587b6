"""The language every chat model speaks to us: a request in, typed events out."""

from collections.abc import AsyncGenerator, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from ipaddress import ip_address
from typing import Protocol

from yarl import URL

from botcafe.kit.addresses import is_allowed
from botcafe.kit.json_types import JsonValue
from botcafe.kit.secrets import SecretText

# The switch of the tests: while False, only loopback is called. Read at each call; see `real_calls_forbidden`.
ALLOW_REAL_CALLS = True


class RealCallError(RuntimeError):
    """A call would have left this machine while that is forbidden. Not a ModelError: no fallback may swallow it."""


@dataclass(frozen=True, slots=True)
class TextDelta:
    """A piece of the reply."""

    text: str


@dataclass(frozen=True, slots=True)
class ReasoningDelta:
    """A piece of the model's thinking: shown apart, never sent back."""

    text: str


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens read and written, once per stream, before End; `estimated` when the provider did not tell.

    `thinking_tokens` are those of the output that went into thinking, shown or not, where the provider tells.
    """

    input_tokens: int
    output_tokens: int
    estimated: bool
    thinking_tokens: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class StreamEnd:
    """The last event: `stop`, `length`, `content_filter`, or what else the provider calls it."""

    finish_reason: str


StreamEvent = TextDelta | ReasoningDelta | Usage | StreamEnd


@dataclass(frozen=True, slots=True)
class ImagePart:
    """A picture for a model that sees: its kind, such as `image/png`, and its bytes."""

    kind: str
    data: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class ChatMessage:
    """One message; `role` is `system`, `user` or `assistant`; `name` tells speakers apart where the wire can."""

    role: str
    content: str
    name: str | None = None
    images: tuple[ImagePart, ...] = ()


@dataclass(frozen=True, slots=True)
class ChatRequest:
    """One call. None leaves a setting to the provider; `extra` joins the body but cannot replace model or messages."""

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
    """Where a call goes and with which key. Neither key nor headers are ever printed.

    `private_endpoints` is the operator's list after `netguard.parse_allowed`; it must come from the settings, never
    from a person.
    """

    base_url: str
    api_key: SecretText = field(default_factory=lambda: SecretText(""))
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    private_endpoints: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        object.__setattr__(self, "api_key", SecretText(self.api_key))
        object.__setattr__(self, "base_url", self.base_url.strip().rstrip("/"))

    def url(self, path: str) -> str:
        """The address of a path under the base, e.g. `url("models")`."""
        return f"{self.base_url}/{path}"

    @property
    def is_private(self) -> bool:
        """Whether it is a machine of the operator's own."""
        try:
            parsed = URL(self.base_url)
            return is_allowed(parsed.host or "", parsed.port or 0, self.private_endpoints)
        except ValueError:
            return False


@dataclass(frozen=True, slots=True)
class Deadlines:
    """Patience in seconds: to the first event, between any two signs of life after it, and for the whole reply."""

    first_event_s: float = 180.0
    idle_s: float = 60.0
    total_s: float = 1800.0
    connect_s: float = 10.0

    @classmethod
    def for_endpoint(cls, endpoint: Endpoint) -> "Deadlines":
        """The usual patience; a machine of one's own may read a long prompt for many minutes before it says a word."""
        return cls(first_event_s=900.0, idle_s=180.0) if endpoint.is_private else cls()


class ChatBackend(Protocol):
    """A model behind one wire format."""

    def stream(self, request: ChatRequest) -> AsyncGenerator[StreamEvent, None]:
        """Deltas as they come, then one Usage, then one End. Raises ModelError, also after deltas were given.

        Leaving early (aclose, cancelling the task, dropping the iterator) closes the socket upstream.
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
    """Raises RealCallError when real calls are forbidden and the host is not this machine."""
    if not ALLOW_REAL_CALLS and not _is_loopback(host):
        raise RealCallError(f"A test tried to call {host!r}; only loopback may be called here.")


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
