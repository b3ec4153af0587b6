"""Reading SillyTavern's kinds of presets: chat and text completion, context, instruct, system prompt, all in one."""

from collections.abc import Callable
from dataclasses import dataclass, field

import orjson

from botcafe.formats.field_reader import FieldReader
from botcafe.formats.presets.model import PresetKind
from botcafe.formats.presets.prompts import prompt_texts
from botcafe.formats.presets.sampling import translate_sampling
from botcafe.kit.json_types import JsonObject, JsonValue

_CHAT_COMPLETION_NAMES = {
    **{name: name for name in ("temperature", "top_p", "top_k", "min_p", "frequency_penalty", "presence_penalty")},
    "temp_openai": "temperature",
    "freq_pen_openai": "frequency_penalty",
    "pres_pen_openai": "presence_penalty",
    "top_p_openai": "top_p",
    "repetition_penalty": "repetition_penalty",
    "seed": "seed",
    "openai_max_tokens": "max_tokens",
    "openai_max_context": "context_tokens",
}
_TEXT_COMPLETION_NAMES = {
    "temp": "temperature",
    "top_p": "top_p",
    "top_k": "top_k",
    "min_p": "min_p",
    "freq_pen": "frequency_penalty",
    "presence_pen": "presence_penalty",
    "rep_pen": "repetition_penalty",
    "seed": "seed",
    "genamt": "max_tokens",
    "max_length": "context_tokens",
}


@dataclass(slots=True)
class PresetParts:
    """What one reader took from a file, before values are checked."""

    kind: PresetKind
    name: str = ""
    sampling: JsonObject = field(default_factory=dict)
    main: str = ""
    post_history: str = ""
    impersonation: str = ""


def _read_chat_completion(fields: FieldReader) -> PresetParts:
    main, post_history = prompt_texts(fields)
    sampling = translate_sampling(fields, _CHAT_COMPLETION_NAMES)
    return PresetParts("chat", "", sampling, main, post_history, fields.text("impersonation_prompt"))


def _read_text_completion(fields: FieldReader) -> PresetParts:
    sampling = translate_sampling(fields, _TEXT_COMPLETION_NAMES)
    stops = _stopping_strings(fields)
    return PresetParts("text", sampling={**sampling, "stop": stops} if stops else sampling)


def _stopping_strings(fields: FieldReader) -> list[JsonValue]:
    """The stop texts: a list, or a JSON list inside a string, as SillyTavern stores it."""
    written = fields.values.get("custom_stopping_strings")
    if isinstance(written, str):
        try:
            parsed = orjson.loads(written) if written.strip() else []
        except orjson.JSONDecodeError:
            parsed = None
        if isinstance(parsed, list):
            return parsed
        fields.note("custom_stopping_strings", "a list in JSON was expected; it was skipped.")
        return []
    return fields.items("custom_stopping_strings") or fields.items("stopping_strings")


def _read_context_template(fields: FieldReader) -> PresetParts:
    fields.note("story_string", "the order of a prompt is ours; the template was kept, but is not used.")
    return PresetParts("context")


def _read_instruct_template(fields: FieldReader) -> PresetParts:
    stop = fields.text("stop_sequence")
    fields.note("", "we speak to chat models; of this template only its stop text is used, the rest was kept.")
    return PresetParts("instruct", sampling={"stop": [stop]} if stop else {})


def _read_system_prompt(fields: FieldReader) -> PresetParts:
    return PresetParts("sysprompt", main=fields.text("content"), post_history=fields.text("post_history"))


def _read_master_export(fields: FieldReader) -> PresetParts:
    """SillyTavern's master export: each part under its name."""
    parts = [
        reader(FieldReader(fields.mapping(name), name, fields.notes))
        for name, reader in (
            ("preset", _read_text_completion),
            ("sysprompt", _read_system_prompt),
            ("instruct", _read_instruct_template),
        )
        if fields.values.get(name)
    ]
    found = PresetParts("all")
    for part in parts:
        found.sampling = {**found.sampling, **part.sampling}
        found.main, found.post_history = found.main or part.main, found.post_history or part.post_history
    named = (fields.mapping(name).get("name") for name in ("preset", "sysprompt", "context", "instruct"))
    found.name = next((name for name in named if isinstance(name, str) and name), "")
    return found


READERS: dict[str, Callable[[FieldReader], PresetParts]] = {
    "chat": _read_chat_completion,
    "text": _read_text_completion,
    "context": _read_context_template,
    "instruct": _read_instruct_template,
    "sysprompt": _read_system_prompt,
    "all": _read_master_export,
}
