"""Which settings and how many stop texts each provider takes, and what single servers were found to refuse."""

from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass

from botcafe.kit.json_types import JsonObject
from botcafe.llm.protocol import MAX_MODEL_NAME_CHARACTERS, ChatRequest
from botcafe.llm.providers.profiles import ANTHROPIC_WIRE, GOOGLE_WIRE, OPENAI_WIRE, PROVIDERS

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
# Keys of a body that `ChatRequest.extra` cannot replace: they carry the conversation itself.
RESERVED_KEYS: dict[str, frozenset[str]] = {
    OPENAI_WIRE: frozenset({"model", "messages", "stream"}),
    ANTHROPIC_WIRE: frozenset({"model", "messages", "system", "stream"}),
    GOOGLE_WIRE: frozenset({"contents", "systemInstruction"}),
}
_PENALTIES = frozenset({"frequency_penalty", "presence_penalty"})
_OPENAI_SETTINGS = frozenset({"temperature", "top_p", "seed"}) | _PENALTIES
_ALL_SETTINGS = frozenset(SETTINGS)
# Anthropic's API refuses these together with extended thinking.
_NOT_WITH_THINKING = ("temperature", "top_p", "top_k")

# By provider where it differs from the wire it speaks.
_SUPPORTED_SETTINGS: dict[str, frozenset[str]] = {
    OPENAI_WIRE: _OPENAI_SETTINGS | {"reasoning_effort"},
    ANTHROPIC_WIRE: frozenset({"temperature", "top_p", "top_k", "reasoning_effort"}),
    GOOGLE_WIRE: _OPENAI_SETTINGS | {"top_k", "reasoning_effort"},
    "cohere": _OPENAI_SETTINGS | {"reasoning_effort"},
    "together": _ALL_SETTINGS,
    "huggingface": _OPENAI_SETTINGS | {"reasoning_effort"},
    "openrouter": _ALL_SETTINGS,
    "deepseek": frozenset({"temperature", "top_p"}) | _PENALTIES,
    "mistral": _OPENAI_SETTINGS,
    "groq": frozenset({"temperature", "top_p", "seed", "reasoning_effort"}),
    "xai": _OPENAI_SETTINGS | {"reasoning_effort"},
    "custom": _ALL_SETTINGS,
}
# Documented limits of the chat endpoints; a provider without one here has none, or does not tell it. One text too many
# is answered with 400, so the rest must not be sent.
_MAX_STOPS: dict[str, int] = {
    "openai": 4,
    "google": 5,
    "cohere": 5,
    "huggingface": 4,
    "openrouter": 4,
    "deepseek": 16,
    "groq": 4,
}
_MAX_REMEMBERED = 1024
_MAX_ADDRESS = 2000


@dataclass(frozen=True, slots=True)
class UnsupportedOptions:
    """What of a request a provider does not get: names of ChatRequest's settings, stop texts, keys of `extra`.

    `stops` are the texts themselves, in the order of the request. False when everything is sent.
    """

    settings: tuple[str, ...] = ()
    stops: tuple[str, ...] = ()
    extra: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.settings or self.stops or self.extra)

    def as_json(self) -> JsonObject:
        """For storage beside a reply's settings; empty lists are left out, so `{}` means that all was sent."""
        named = {"settings": self.settings, "stops": self.stops, "extra": self.extra}
        return {name: list(values) for name, values in named.items() if values}


class RefusedOptions:
    """What each server and model refused before, so that it is not sent twice. Bounded; holds no key."""

    def __init__(self) -> None:
        self._refused: OrderedDict[tuple[str, str], frozenset[str]] = OrderedDict()

    def names_for(self, base_url: str, model: str) -> frozenset[str]:
        """Option names known to be refused there."""
        return self._refused.get((base_url, model), frozenset())

    def add(self, base_url: str, model: str, option: str) -> None:
        """Remember a refusal."""
        if len(base_url) > _MAX_ADDRESS or len(model) > MAX_MODEL_NAME_CHARACTERS:
            return
        self._refused[base_url, model] = self.names_for(base_url, model) | {option}
        self._refused.move_to_end((base_url, model))
        while len(self._refused) > _MAX_REMEMBERED:
            self._refused.popitem(last=False)


# One per process: a server that refuses an option does so for everybody, and a restart may ask again.
REFUSED_OPTIONS = RefusedOptions()


def supported_settings(provider: str) -> frozenset[str]:
    """The names of SETTINGS that a provider or wire takes; all of them for one that we do not know."""
    return _SUPPORTED_SETTINGS.get(provider, _ALL_SETTINGS)


def stops_to_send(provider: str, stops: tuple[str, ...]) -> list[str]:
    """The stop texts that a provider takes: the first ones up to its limit, without empty ones."""
    # Anthropic answers 400 to a stop text of nothing but white space; elsewhere "\n" is a usual one.
    usable = [text for text in stops if (text.strip() if provider == ANTHROPIC_WIRE else text)]
    return usable[: _MAX_STOPS.get(provider)]


def unsupported_options(provider: str, request: ChatRequest, base_url: str = "") -> UnsupportedOptions:
    """What of this request will not be sent, settings in the order of SETTINGS.

    `provider` is a name of `profiles.PROVIDERS` or of a wire. With the `base_url` of the endpoint, what that server
    refused for this model since the process began counts too.
    """
    refused = REFUSED_OPTIONS.names_for(base_url.strip().rstrip("/"), request.model)
    profile = PROVIDERS.get(provider)
    wire = profile.wire if profile else provider
    missing = (_ALL_SETTINGS - supported_settings(provider)) | refused
    if wire == ANTHROPIC_WIRE and request.reasoning_effort not in (None, "none") and "reasoning_effort" not in refused:
        missing |= frozenset(_NOT_WITH_THINKING)
    sent = [] if {"stop", "stop_sequences"} & refused else stops_to_send(provider, request.stop)
    reserved = RESERVED_KEYS.get(wire, RESERVED_KEYS[OPENAI_WIRE])
    return UnsupportedOptions(
        settings=tuple(name for name in _settings_given(request) if name in missing),
        stops=tuple(text for text in request.stop if text not in sent),
        extra=tuple(sorted(name for name in request.extra if name in reserved or name in refused)),
    )


def _settings_given(request: ChatRequest) -> Iterator[str]:
    return (name for name in SETTINGS if getattr(request, name) is not None)
