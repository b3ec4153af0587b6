"""The prompts of a SillyTavern chat completion preset: what goes before the chat history, and what after it."""

from collections.abc import Collection, Iterator

from botcafe.formats.field_reader import FieldReader
from botcafe.kit.json_types import JsonObject, objects_in

MAX_PROMPTS = 500
# SillyTavern's ids of the order for all characters, the newer one first.
_DEFAULT_ORDERS = (100001, 100000)
_HISTORY = "chatHistory"
_IN_CHAT = 1
_OLD_NAMES = {"main": "main_prompt", "nsfw": "nsfw_prompt", "jailbreak": "jailbreak_prompt"}
_DEFAULT_ORDER = ("main", "nsfw", _HISTORY, "jailbreak")


def prompt_texts(fields: FieldReader) -> tuple[str, str]:
    """(main, post_history): the enabled prompts in their order, joined, before and after the chat history."""
    prompts = _prompts_by_identifier(fields)
    before: list[str] = []
    after: list[str] = []
    at_end = False
    for identifier in _enabled_identifiers(fields, prompts):
        if identifier == _HISTORY:
            at_end = True
            continue
        text = _prompt_text(fields, prompts.get(identifier), identifier)
        if text:
            (after if at_end else before).append(text)
    return "\n\n".join(before), "\n\n".join(after)


def _prompts_by_identifier(fields: FieldReader) -> dict[str, JsonObject]:
    rows = fields.items("prompts")
    if len(rows) > MAX_PROMPTS:
        fields.note("prompts", f"there are {len(rows)} prompts; the first {MAX_PROMPTS} were read.")
    found = {str(row.get("identifier")): row for row in objects_in(rows[:MAX_PROMPTS])}
    # Before prompt_order existed, each prompt was a key of its own.
    for identifier, old_name in _OLD_NAMES.items():
        if identifier not in found and isinstance(fields.values.get(old_name), str):
            found[identifier] = {"content": fields.values[old_name]}
    return found


def _enabled_identifiers(fields: FieldReader, prompts: Collection[str]) -> Iterator[str]:
    """The identifiers of enabled prompts in their order, each once."""
    orders = objects_in(fields.items("prompt_order")[:MAX_PROMPTS])
    by_id = {str(row.get("character_id")): row for row in orders}
    chosen = next((by_id[str(number)] for number in _DEFAULT_ORDERS if str(number) in by_id), None)
    chosen = chosen or (orders[-1] if orders else None)
    if chosen is None:
        yield from (name for name in _DEFAULT_ORDER if name in prompts or name == _HISTORY)
        return
    steps = FieldReader(chosen, "prompt_order", fields.notes).items("order")[:MAX_PROMPTS]
    enabled = (row.get("identifier") for row in objects_in(steps) if row.get("enabled") is not False)
    yield from dict.fromkeys(name for name in enabled if isinstance(name, str))


def _prompt_text(fields: FieldReader, prompt: JsonObject | None, identifier: str) -> str:
    """The text of a prompt; "" for markers of other content and for prompts at a depth in the chat."""
    if prompt is None or prompt.get("marker") is True:
        return ""
    path = f"prompts.{identifier[:60]}"
    text = FieldReader(prompt, path, fields.notes).text("content").strip()
    if text and prompt.get("injection_position") == _IN_CHAT:
        fields.notes.add(path, "it goes into the midst of the chat, which presets cannot do here; it was left out.")
        return ""
    if text and prompt.get("role") not in (None, "system"):
        fields.notes.add(path, "it is spoken by another role than the system; it was taken as the system's.")
    return text
