"""The original of a preset without what must not be kept: keys, proxies, addresses and scripts."""

import re
from typing import Any

import orjson

from botcafe.formats.field_reader import kind_of
from botcafe.formats.import_notes import ImportNotes

MAX_RAW_BYTES = 1024 * 1024
MAX_KEY = 200
# Passes over one text: what is left after cutting may itself look like what was cut.
MAX_PASSES = 4
_UNWANTED = re.compile(
    r"(api)?keys?|secrets?|passw(or)?ds?|prox(y|ies)|ur[li]s?|href|endpoints?|servers?|hosts?|hostname|auth"
    r"|authorization|headers?|cookies?|bearer|credentials?|token|scripts?|regex|extensions?|webhooks?|include|exclude|body"
)
# Words of sampling that only look like secrets.
_HARMLESS = re.compile(r"(ban|add|skip|bos|eos|special)_.*token|include_reasoning|exclude_top_choices", re.IGNORECASE)
_WORDS = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])")
_ADDRESS = re.compile(
    r"\b(?:[a-z][a-z0-9+.-]{1,12}:)//[^\s\"'<>)\]]+|\b(?:javascript|data):[^\s\"'<>)\]]+", re.IGNORECASE
)
_SCRIPT = re.compile(r"<\s*(script|iframe|object|embed)\b.*?(<\s*/\s*\1\s*>|$)|<%.*?(%>|$)", re.IGNORECASE | re.DOTALL)
_KEY_LIKE = re.compile(
    r"\b(?:sk|pk|gsk|xai|hf|r8)[-_][A-Za-z0-9_\-]{16,}|\bAIza[A-Za-z0-9_\-]{16,}|\bBearer\s+[A-Za-z0-9_\-.~+/]{16,}"
)


def cleaned(root: object, notes: ImportNotes) -> dict[str, Any]:
    """A copy of the object without them; nothing at all where it is no object or too large. What went is noted."""
    if not isinstance(root, dict):
        if root is not None:
            notes.add("raw", f"an object was expected, but {kind_of(root)} was found; it was skipped.")
        return {}
    made: dict[str, Any] = _cleaned(root, notes, "")
    if len(orjson.dumps(made)) > MAX_RAW_BYTES:
        notes.add("", "the original is too large to be kept beside what was read of it.")
        return {}
    return made


def _cleaned(value: Any, notes: ImportNotes, path: str) -> Any:
    if isinstance(value, dict):
        return {name: _cleaned(inner, notes, name) for name, inner in value.items() if _may_stay(name, inner, notes)}
    if isinstance(value, list):
        return [_cleaned(inner, notes, path) for inner in value]
    return _without_addresses(value, notes, path) if isinstance(value, str) else value


def _may_stay(name: str, value: object, notes: ImportNotes) -> bool:
    if len(name) > MAX_KEY:
        return False
    words = [word.lower() for word in _WORDS.findall(name)]
    is_wanted = _HARMLESS.search(name) or not any(map(_UNWANTED.fullmatch, words))
    if is_wanted and not _KEY_LIKE.search(name) and not _ADDRESS.search(name):
        return True
    if value:
        notes.add("", f"“{name[:60]}” was not taken over: keys, addresses and scripts stay where they are.")
    return False


def _without_addresses(text: str, notes: ImportNotes, path: str) -> str:
    kept = _cut(text)
    if kept != text:
        notes.add(path[:60], "addresses, scripts or keys in the text were left out of the kept original.")
    return kept


def _cut(text: str) -> str:
    for _ in range(MAX_PASSES):
        before = text
        for pattern in (_SCRIPT, _ADDRESS, _KEY_LIKE):
            text = pattern.sub("", text)
        if text == before:
            return text
    return ""
