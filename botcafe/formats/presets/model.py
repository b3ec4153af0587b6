"""A preset of sampling settings and prompts, independent of the app that wrote it."""

from dataclasses import dataclass, field
from typing import Final, Literal

from botcafe.formats.import_notes import ImportNotes
from botcafe.kit.json_types import JsonObject

PresetKind = Literal["botcafe", "chat", "text", "context", "instruct", "sysprompt", "all"]
DEFAULT_NAME: Final = "Imported preset"
MAX_NAME: Final = 100
MAX_TEXT: Final = 100_000


@dataclass(frozen=True, slots=True)
class GenerationPreset:
    """Sampling settings and prompts; absent texts are "".

    `sampling` uses the names of `ChatRequest`, and has only what the preset sets: temperature, top_p, top_k, min_p, frequency_penalty,
    presence_penalty, repetition_penalty, seed, max_tokens (of a reply), context_tokens, stop (a list of texts). `raw`
    is the original JSON without keys, proxies, addresses and scripts; `warnings` are
    sentences for people about skips and repairs.
    """

    name: str
    kind: PresetKind
    sampling: JsonObject = field(default_factory=dict)
    main: str = ""
    post_history: str = ""
    impersonation: str = ""
    raw: JsonObject = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list, compare=False)


def clean_preset_name(text: str) -> str:
    """A name: one line of at most 100 characters."""
    return " ".join(
        "".join(character if character.isprintable() else " " for character in text[: 4 * MAX_NAME]).split()
    )[:MAX_NAME].strip()


def clip_text(text: str, path: str, notes: ImportNotes) -> str:
    """A text of at most MAX_TEXT characters, with a warning if it was cut."""
    if len(text) > MAX_TEXT:
        notes.add(path, f"the text is longer than {MAX_TEXT:,} characters; its end was cut off.")
    return text[:MAX_TEXT]
