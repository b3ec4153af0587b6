"""Short ways to say a situation, so that a table of them can be read."""

from typing import Any

from botcafe.retrieval.activation import (
    ActivationEntry,
    ActivationInput,
    ActivationResult,
    ActivationSettings,
    BookInScope,
    BookSettings,
    ScannedMessage,
    compile_book,
)
from botcafe.retrieval.activation import activate as run

NAMES = "abcdefghijklmnopqrstuvwxyz"


def said(*texts: str, name: str = "") -> tuple[ScannedMessage, ...]:
    """Messages, oldest first; the person and the bot take turns, and the person spoke last."""
    count = len(texts)
    return tuple(ScannedMessage(n + 1, name, text, is_bot=(count - n) % 2 == 0) for n, text in enumerate(texts))


def entry(name: str, *keys: str, **more: Any) -> ActivationEntry:
    """An entry named by a letter, whose text is that letter in capitals if no other is given."""
    return ActivationEntry(NAMES.index(name), **{"content": name.upper(), "title": name, "keys": keys, **more})


def fire(entries: list[ActivationEntry], *texts: str, **more: Any) -> ActivationResult:
    """Activate one book. Words that a book knows go to it, those that settings know go there, the rest to the scene."""
    of_book = {
        k: more.pop(k) for k in list(more) if k in {"token_budget", "recursive", "case_sensitive", "whole_words"}
    }
    of_settings = {k: more.pop(k) for k in list(more) if k in ActivationSettings.__dataclass_fields__}
    scope = more.pop("scope", "global")
    is_strict = bool(of_settings.get("st_strict"))
    book = compile_book(entries, BookSettings(**of_book, st_strict=is_strict))
    return run(
        [BookInScope(book, scope)], ActivationInput(messages=said(*texts), **more), ActivationSettings(**of_settings)
    )


def fired(answer: ActivationResult) -> str:
    """The letters of what is in, in the order of the prompt."""
    return "".join(NAMES[placed.entry] for placed in answer.placed)


def why(answer: ActivationResult, name: str) -> str:
    """The rule by which an entry is in or out."""
    return next(reason.rule.value for reason in answer.reasons if reason.entry == NAMES.index(name))
