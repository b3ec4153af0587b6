"""Rows of the providers' lists of models, each shape read into one."""

import re
from dataclasses import dataclass
from typing import Any, TypeGuard

_WINDOWS = (
    "context_length",
    "context_window",
    "max_context_length",
    "max_model_len",
    "max_input_tokens",
    "inputTokenLimit",
)
_LARGEST_WINDOW = 100_000_000
_NO_CHAT = re.compile(
    r"embed|whisper|tts|dall-e|moderation|transcribe|rerank|gpt-image|sora|imagen|veo|guard-|realtime", re.IGNORECASE
)
_LONGEST_ID, _LONGEST_LABEL = 200, 120


@dataclass(frozen=True, slots=True)
class ModelInfo:
    """A model that a provider offers; window in tokens; None where the provider does not say."""

    id: str
    label: str
    context_window: int | None = None
    sees_images: bool | None = None


def openai_row(row: object) -> ModelInfo | None:
    """A row of `/models`, with what some providers add; None for what is no chat model."""
    if not isinstance(row, dict):
        return None
    name = row.get("id") or row.get("name") or row.get("model")
    kinds = row.get("endpoints")
    if not _is_name(name) or _NO_CHAT.search(name) or (isinstance(kinds, list) and "chat" not in kinds):
        return None
    return ModelInfo(name, _label(row.get("display_name") or row.get("name"), name), _window(row), _sees(row))


def anthropic_row(row: object) -> ModelInfo | None:
    """A row of Anthropic's list; every model since Claude 3 sees."""
    if not isinstance(row, dict) or not _is_name(row.get("id")):
        return None
    name = row["id"]
    sees = None if re.match(r"claude-(2|instant)", name) else True if name.startswith("claude-") else None
    return ModelInfo(name, _label(row.get("display_name"), name), _window(row), sees)


def google_row(row: object) -> ModelInfo | None:
    """A row of Google's list; None for what does not write text. Every Gemini sees."""
    if not isinstance(row, dict) or not _is_name(row.get("name")):
        return None
    ways = row.get("supportedGenerationMethods")
    name = row["name"].removeprefix("models/")
    if _NO_CHAT.search(name) or (isinstance(ways, list) and "generateContent" not in ways):
        return None
    return ModelInfo(name, _label(row.get("displayName"), name), _window(row), name.startswith("gemini") or None)


def _is_name(name: object) -> TypeGuard[str]:
    return isinstance(name, str) and 0 < len(name) <= _LONGEST_ID and name.isprintable()


def _label(label: object, name: str) -> str:
    text = " ".join(label.split()) if isinstance(label, str) else ""
    return text[:_LONGEST_LABEL] if text and text.isprintable() else name


def _window(row: dict[str, Any]) -> int | None:
    meta = row.get("meta")
    told = [row.get(name) for name in _WINDOWS] + [meta.get("n_ctx_train") if isinstance(meta, dict) else None]
    hosts = row.get("providers")
    told += [host.get("context_length") for host in hosts if isinstance(host, dict)] if isinstance(hosts, list) else []
    return next((value for value in told if type(value) is int and 0 < value <= _LARGEST_WINDOW), None)


def _sees(row: dict[str, Any]) -> bool | None:
    design, skills = row.get("architecture"), row.get("capabilities")
    kinds = design.get("input_modalities") if isinstance(design, dict) else row.get("input_modalities")
    if isinstance(kinds, list):
        return "image" in kinds
    sees = skills.get("vision") if isinstance(skills, dict) else row.get("supports_vision")
    return sees if isinstance(sees, bool) else None
