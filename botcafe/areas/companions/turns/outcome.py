"""How a reply ended, what was sent for it, and what it has so far."""

from dataclasses import dataclass

from botcafe.kit.json_types import JsonObject


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a reply ended. ``key_id`` is the key that paid; ``cost_usd`` is None where the price is not known."""

    state: str
    text: str
    reasoning: str = ""
    finish_reason: str = ""
    error: str = ""
    provider: str = ""
    model: str = ""
    key_id: int | None = None
    input_tokens: int = 0
    output_tokens: int = 0
    is_estimated: bool = True
    cost_usd: float | None = None
    milliseconds: int = 0
    first_token_ms: int | None = None
    hops: tuple[dict[str, str], ...] = ()
    reservation: int | None = None
    was_called: bool = True

    @property
    def was_refused(self) -> bool:
        """Whether it failed before anybody was asked: a limit, a key that is off or locked."""
        return self.state == "failed" and not self.was_called


@dataclass(frozen=True, slots=True)
class SentPrompt:
    """What is sent to a provider, kept for the prompt inspector: ``blocks`` and ``settings`` are JSON."""

    provider: str
    model: str
    blocks: list[JsonObject]
    settings: JsonObject


@dataclass(frozen=True, slots=True)
class PartialReply:
    """The text and reasoning of a running reply so far, in one attempt."""

    message_id: int
    attempt: int
    text: str
    reasoning: str


@dataclass(frozen=True, slots=True)
class RouteHop:
    """A step of the route that failed before the one that answered."""

    provider: str
    model: str
    reason: str
