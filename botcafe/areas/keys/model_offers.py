"""The models that somebody's keys offer, with what is known of each."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from botcafe.areas.keys.queries import KeyListItem
from botcafe.llm.providers.model_facts import ModelFacts, model_facts


@dataclass(frozen=True, slots=True)
class ModelOffer:
    """A model that may answer for a key."""

    key: KeyListItem
    model: str
    facts: ModelFacts


def list_model_offers(keys: Iterable[KeyListItem], words: str, limit: int) -> tuple[list[ModelOffer], bool]:
    """At most ``limit`` models of the active keys that hold all words in their own, their key's or their provider's name.

    In the order of the keys. The second value tells whether there are more.
    """
    wanted = words.casefold().split()
    found: list[ModelOffer] = []
    for key, model in _offered(keys):
        text = f"{model} {key.nickname} {key.provider_label}".casefold()
        if not all(word in text for word in wanted):
            continue
        if len(found) == limit:
            return found, True
        found.append(ModelOffer(key, model, model_facts(key.provider, model)))
    return found, False


def _offered(keys: Iterable[KeyListItem]) -> Iterator[tuple[KeyListItem, str]]:
    for key in keys:
        if key.is_active:
            # A list that is written over REST may name a model twice.
            yield from ((key, model) for model in dict.fromkeys(key.models))
