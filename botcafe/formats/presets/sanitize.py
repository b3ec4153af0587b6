"""Removing API keys, proxies, addresses and scripts from the JSON of a preset before it is stored."""

import re

import orjson

from botcafe.formats.field_reader import json_type_name
from botcafe.formats.import_notes import ImportNotes
from botcafe.kit.json_types import JsonObject, JsonValue

MAX_RAW_BYTES = 1024 * 1024
MAX_KEY_LENGTH = 200
# Cutting may join the rest into a new match, so each text is searched again; one that never settles is dropped.
MAX_PASSES = 4
_UNSAFE_KEY_WORDS = re.compile(
    r"(api)?keys?|secrets?|passw(or)?ds?|prox(y|ies)|ur[li]s?|href|endpoints?|servers?|hosts?|hostname|auth"
    r"|authorization|headers?|cookies?|bearer|credentials?|token|scripts?|regex|extensions?|webhooks?|include|exclude|body"
)
# Sampling options that only look like secrets.
_SAFE_KEYS = re.compile(r"(ban|add|skip|bos|eos|special)_.*token|include_reasoning|exclude_top_choices", re.IGNORECASE)
_KEY_WORDS = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])")
_ADDRESS = re.compile(
    r"\b(?:[a-z][a-z0-9+.-]{1,12}:)//[^\s\"'<>)\]]+|\b(?:javascript|data):[^\s\"'<>)\]]+", re.IGNORECASE
)
_SCRIPT = re.compile(r"<\s*(script|iframe|object|embed)\b.*?(<\s*/\s*\1\s*>|$)|<%.*?(%>|$)", re.IGNORECASE | re.DOTALL)
_KEY_LIKE = re.compile(
    r"\b(?:sk|pk|gsk|xai|hf|r8)[-_][A-Za-z0-9_\-]{16,}|\bAIza[A-Za-z0-9_\-]{16,}|\bBearer\s+[A-Za-z0-9_\-.~+/]{16,}"
)


def sanitize_raw_preset(root: object, notes: ImportNotes) -> JsonObject:
    """A copy of the object without them, {} for other values and above MAX_RAW_BYTES. Removals are noted."""
    if not isinstance(root, dict):
        if root is not None:
            notes.add("raw", f"an object was expected, but {json_type_name(root)} was found; it was skipped.")
        return {}
    kept = _sanitize_object(root, notes)
    if len(orjson.dumps(kept)) > MAX_RAW_BYTES:
        notes.add("", "the original is too large to be kept beside what was read of it.")
        return {}
    return kept


def _sanitize_object(value: JsonObject, notes: ImportNotes) -> JsonObject:
    allowed = {name: inner for name, inner in value.items() if _is_key_allowed(name, inner, notes)}
    return {name: _sanitize_value(inner, notes, name) for name, inner in allowed.items()}


def _sanitize_value(value: JsonValue, notes: ImportNotes, path: str) -> JsonValue:
    if isinstance(value, dict):
        return {
            name: _sanitize_value(inner, notes, name)
            for name, inner in value.items()
            if _is_key_allowed(name, inner, notes)
        }
    if isinstance(value, list):
        return [_sanitize_value(inner, notes, path) for inner in value]
    return _sanitize_text(value, notes, path) if isinstance(value, str) else value


def _is_key_allowed(name: str, value: object, notes: ImportNotes) -> bool:
    if len(name) > MAX_KEY_LENGTH:
        return False
    words = [word.lower() for word in _KEY_WORDS.findall(name)]
    is_wanted = _SAFE_KEYS.search(name) or not any(map(_UNSAFE_KEY_WORDS.fullmatch, words))
    if is_wanted and not _KEY_LIKE.search(name) and not _ADDRESS.search(name):
        return True
    if value:
        notes.add("", f"“{name[:60]}” was not taken over: keys, addresses and scripts stay where they are.")
    return False


def _sanitize_text(text: str, notes: ImportNotes, path: str) -> str:
    kept = _strip_unsafe(text)
    if kept != text:
        notes.add(path[:60], "addresses, scripts or keys in the text were left out of the kept original.")
    return kept


def _strip_unsafe(text: str) -> str:
    for _ in range(MAX_PASSES):
        before = text
        for pattern in (_SCRIPT, _ADDRESS, _KEY_LIKE):
            text = pattern.sub("", text)
        if text == before:
            return text
    return ""
