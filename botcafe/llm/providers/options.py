"""Which settings of a call each provider knows, and what single servers were found to refuse."""

from collections import OrderedDict
from collections.abc import Iterator

from botcafe.llm.protocol import ChatRequest
from botcafe.llm.providers.profiles import ANTHROPIC_WIRE, GOOGLE_WIRE, OPENAI_WIRE

SETTINGS = (
    "temperature",
    "top_p",
    "top_k",
    "min_p",
    "frequency_penalty",
    "presence_penalty",
    "repetition_penalty",
    "seed",
    "reasoning_effort",
)
_PENALTIES = frozenset({"frequency_penalty", "presence_penalty"})
_OPENAI = frozenset({"temperature", "top_p", "seed"}) | _PENALTIES
_ALL = frozenset(SETTINGS)

# By provider where it is not as its wire says.
_KNOWN: dict[str, frozenset[str]] = {
    OPENAI_WIRE: _OPENAI | {"reasoning_effort"},
    ANTHROPIC_WIRE: frozenset({"temperature", "top_p", "top_k", "reasoning_effort"}),
    GOOGLE_WIRE: _OPENAI | {"top_k", "reasoning_effort"},
    "cohere": _OPENAI | {"reasoning_effort"},
    "together": _ALL,
    "huggingface": _OPENAI | {"reasoning_effort"},
    "openrouter": _ALL,
    "deepseek": frozenset({"temperature", "top_p"}) | _PENALTIES,
    "mistral": _OPENAI,
    "groq": frozenset({"temperature", "top_p", "seed", "reasoning_effort"}),
    "xai": _OPENAI | {"reasoning_effort"},
    "custom": _ALL,
}
_REMEMBERED = 1024


class RefusedOptions:
    """What each server and model refused before, so that it is not asked twice. Bounded; holds no key."""

    def __init__(self) -> None:
        self._known: OrderedDict[tuple[str, str], frozenset[str]] = OrderedDict()

    def of(self, base_url: str, model: str) -> frozenset[str]:
        """Option names known to be refused there."""
        return self._known.get((base_url, model), frozenset())

    def add(self, base_url: str, model: str, option: str) -> None:
        """Remember a refusal."""
        self._known[base_url, model] = self.of(base_url, model) | {option}
        self._known.move_to_end((base_url, model))
        while len(self._known) > _REMEMBERED:
            self._known.popitem(last=False)


REFUSED = RefusedOptions()


def known_to(provider: str) -> frozenset[str]:
    """The names of SETTINGS that a provider or wire takes; all of them for one that we do not know."""
    return _KNOWN.get(provider, _ALL)


def unsupported(provider: str, request: ChatRequest, base_url: str = "") -> tuple[str, ...]:
    """The settings of this request that will not be sent, in the order of SETTINGS.

    `provider` is a name of `profiles.PROVIDERS` or of a wire. With the `base_url` of the endpoint, what that server
    refused for this model since the process began counts too.
    """
    refused = REFUSED.of(base_url.strip().rstrip("/"), request.model)
    return tuple(name for name in _asked(request) if name not in known_to(provider) or name in refused)


def _asked(request: ChatRequest) -> Iterator[str]:
    return (name for name in SETTINGS if getattr(request, name) is not None)
