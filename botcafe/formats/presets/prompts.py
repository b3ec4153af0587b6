"""The prompts of a chat-completion preset: what goes before the chat, and what after it."""

from collections.abc import Iterator
from typing import Any

from botcafe.formats.field_reader import FieldReader

MAX_PROMPTS = 500
# SillyTavern's ids of the order that counts for every character, the newer one first.
_DEFAULT_ORDERS = (100001, 100000)
_HISTORY = "chatHistory"
_IN_CHAT = 1
_OLD_NAMES = {"main": "main_prompt", "nsfw": "nsfw_prompt", "jailbreak": "jailbreak_prompt"}
_PLAIN_ORDER = ("main", "nsfw", _HISTORY, "jailbreak")


def texts_of(fields: FieldReader) -> tuple[str, str]:
    """(main, post_history): the texts that are switched on, in their order, before and after the history."""
    prompts = _prompts(fields)
    before: list[str] = []
    after: list[str] = []
    at_end = False
    for identifier in _order(fields, prompts):
        if identifier == _HISTORY:
            at_end = True
            continue
        text = _text(fields, prompts.get(identifier), identifier)
        if text:
            (after if at_end else before).append(text)
    return "\n\n".join(before), "\n\n".join(after)


def _prompts(fields: FieldReader) -> dict[str, dict[str, Any]]:
    rows = fields.items("prompts")
    if len(rows) > MAX_PROMPTS:
        fields.note("prompts", f"there are {len(rows)} prompts; the first {MAX_PROMPTS} were read.")
    found = {str(row.get("identifier")): row for row in rows[:MAX_PROMPTS] if isinstance(row, dict)}
    for identifier, old_name in _OLD_NAMES.items():
        if identifier not in found and isinstance(fields.values.get(old_name), str):
            found[identifier] = {"content": fields.values[old_name]}
    return found


def _order(fields: FieldReader, prompts: dict[str, Any]) -> Iterator[str]:
    """Identifiers that are switched on, in their order, each once."""
    orders = [row for row in fields.items("prompt_order")[:MAX_PROMPTS] if isinstance(row, dict)]
    by_id = {str(row.get("character_id")): row for row in orders}
    chosen = next((by_id[str(number)] for number in _DEFAULT_ORDERS if str(number) in by_id), None)
    chosen = chosen or (orders[-1] if orders else None)
    if chosen is None:
        yield from (name for name in _PLAIN_ORDER if name in prompts or name == _HISTORY)
        return
    steps = FieldReader(chosen, "prompt_order", fields.notes).items("order")[:MAX_PROMPTS]
    on = (row.get("identifier") for row in steps if isinstance(row, dict) and row.get("enabled") is not False)
    yield from dict.fromkeys(name for name in on if isinstance(name, str))


def _text(fields: FieldReader, prompt: dict[str, Any] | None, identifier: str) -> str:
    """The words of a prompt; places for other texts, and prompts deep in the chat, have none for us."""
    if prompt is None or prompt.get("marker") is True:
        return ""
    path = f"prompts.{identifier[:60]}"
    words = FieldReader(prompt, path, fields.notes).text("content").strip()
    if words and prompt.get("injection_position") == _IN_CHAT:
        fields.notes.add(path, "it goes into the midst of the chat, which presets cannot do here; it was left out.")
        return ""
    if words and prompt.get("role") not in (None, "system"):
        fields.notes.add(path, "it is spoken by another role than the system; it was taken as the system's.")
    return words
