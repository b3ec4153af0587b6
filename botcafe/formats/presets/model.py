"""What a preset says, whichever program wrote it."""

from dataclasses import dataclass, field
from typing import Any, Final, Literal

from botcafe.formats.import_notes import ImportNotes

Kind = Literal["botcafe", "chat", "text", "context", "instruct", "sysprompt", "all"]
NAMELESS: Final = "Imported preset"
MAX_NAME: Final = 100
MAX_TEXT: Final = 100_000


@dataclass(frozen=True, slots=True)
class GenerationPreset:
    """Settings and texts for a model; absent texts are "".

    `sampling` has our names and only what the preset sets: temperature, top_p, top_k, min_p, frequency_penalty,
    presence_penalty, repetition_penalty, seed, max_tokens (of a reply), context_tokens, stop (a list of texts). `raw`
    is the original JSON without keys, proxies, addresses and scripts; `warnings` tell what was skipped or repaired, and
    do not count when two presets are compared.
    """

    name: str
    kind: Kind
    sampling: dict[str, Any] = field(default_factory=dict)
    main: str = ""
    post_history: str = ""
    impersonation: str = ""
    raw: dict[str, Any] = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list, compare=False)


def one_line(text: str) -> str:
    """A name: one line of at most 100 characters."""
    return " ".join("".join(sign if sign.isprintable() else " " for sign in text[: 4 * MAX_NAME]).split())[
        :MAX_NAME
    ].strip()


def clipped(text: str, path: str, notes: ImportNotes) -> str:
    """A text within its bound, with a warning where it was cut."""
    if len(text) > MAX_TEXT:
        notes.add(path, f"the text is longer than {MAX_TEXT:,} characters; its end was cut off.")
    return text[:MAX_TEXT]
