"""Parsing the rows of providers' model lists."""

import re
from dataclasses import dataclass
from typing import TypeGuard

from botcafe.kit.json_types import JsonObject

_WINDOW_KEYS = (
    "context_length",
    "context_window",
    "max_context_length",
    "max_model_len",
    "max_input_tokens",
    "inputTokenLimit",
)
_MAX_WINDOW = 100_000_000
_NOT_A_CHAT_MODEL = re.compile(
    r"embed|whisper|tts|dall-e|moderation|transcribe|rerank|gpt-image|sora|imagen|veo|guard-|realtime", re.IGNORECASE
)
_MAX_ID, _MAX_LABEL = 200, 120


@dataclass(frozen=True, slots=True)
class ModelInfo:
    """A model that a provider offers; window in tokens; None where the provider does not say."""

    id: str
    label: str
    context_window: int | None = None
    sees_images: bool | None = None


def parse_openai_model(row: object) -> ModelInfo | None:
    """A row of OpenAI's `/models`, with fields that some providers add; None for what is no chat model."""
    if not isinstance(row, dict):
        return None
    name = row.get("id") or row.get("name") or row.get("model")
    kinds = row.get("endpoints")
    if not _is_model_id(name) or _NOT_A_CHAT_MODEL.search(name) or (isinstance(kinds, list) and "chat" not in kinds):
        return None
    return ModelInfo(
        name,
        _model_label(row.get("display_name") or row.get("name"), name),
        _context_window_in(row),
        _image_support_in(row),
    )


def parse_anthropic_model(row: object) -> ModelInfo | None:
    """A row of Anthropic's list; every model since Claude 3 sees."""
    if not isinstance(row, dict) or not _is_model_id(row.get("id")):
        return None
    name = row["id"]
    sees = None if re.match(r"claude-(2|instant)", name) else True if name.startswith("claude-") else None
    return ModelInfo(name, _model_label(row.get("display_name"), name), _context_window_in(row), sees)


def parse_google_model(row: object) -> ModelInfo | None:
    """A row of Google's list; None for what does not write text. Every Gemini sees."""
    if not isinstance(row, dict) or not _is_model_id(row.get("name")):
        return None
    ways = row.get("supportedGenerationMethods")
    name = row["name"].removeprefix("models/")
    if _NOT_A_CHAT_MODEL.search(name) or (isinstance(ways, list) and "generateContent" not in ways):
        return None
    return ModelInfo(
        name, _model_label(row.get("displayName"), name), _context_window_in(row), name.startswith("gemini") or None
    )


def _is_model_id(name: object) -> TypeGuard[str]:
    return isinstance(name, str) and 0 < len(name) <= _MAX_ID and name.isprintable()


def _model_label(label: object, name: str) -> str:
    text = " ".join(label.split()) if isinstance(label, str) else ""
    return text[:_MAX_LABEL] if text and text.isprintable() else name


def _context_window_in(row: JsonObject) -> int | None:
    meta = row.get("meta")
    told = [row.get(name) for name in _WINDOW_KEYS] + [meta.get("n_ctx_train") if isinstance(meta, dict) else None]
    hosts = row.get("providers")
    told += [host.get("context_length") for host in hosts if isinstance(host, dict)] if isinstance(hosts, list) else []
    return next((value for value in told if type(value) is int and 0 < value <= _MAX_WINDOW), None)


def _image_support_in(row: JsonObject) -> bool | None:
    design, skills = row.get("architecture"), row.get("capabilities")
    kinds = design.get("input_modalities") if isinstance(design, dict) else row.get("input_modalities")
    if isinstance(kinds, list):
        return "image" in kinds
    sees = skills.get("vision") if isinstance(skills, dict) else row.get("supports_vision")
    return sees if isinstance(sees, bool) else None
