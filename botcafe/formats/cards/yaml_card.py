"""Characters of text-generation-webui: YAML with `name`, `greeting` and `context`."""

import json
from typing import Final

import yaml

from botcafe.formats.errors import FormatError
from botcafe.formats.import_notes import ImportNotes
from botcafe.formats.json_text import UTF8_BOM, decode_json_object
from botcafe.formats.limits import MAX_YAML_BYTES
from botcafe.kit.json_types import JsonObject

_CARD_FIELDS: Final = {
    "context": "description",
    "greeting": "first_mes",
    "example_dialogue": "mes_example",
}
_TYPICAL_KEYS: Final = ("greeting", "context", "persona", "description", "first_mes", "char_persona", "char_greeting")

# PyYAML raises almost any error for a value that does not fit its tag (`!!bool z`) or a number of 5,000 digits.
_YAML_ERRORS: Final = (yaml.YAMLError, ValueError, TypeError, LookupError, AttributeError, OverflowError)


class _CardYamlLoader(yaml.SafeLoader):
    """Plain data only, and no aliases: nested ones expand exponentially (the "billion laughs" attack)."""

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        """Refuse an alias where a node is expected."""
        if self.check_event(yaml.events.AliasEvent):
            raise yaml.YAMLError("an alias")
        return super().compose_node(parent, index)


def card_in_yaml(data: bytes, notes: ImportNotes) -> JsonObject | None:
    """A flat card with every key of the file, or None where the text is not the YAML of a character.

    Raises FormatError `too_deep`.
    """
    if len(data) > MAX_YAML_BYTES:
        return None
    try:
        read = yaml.load(data.removeprefix(UTF8_BOM).decode("utf-8"), _CardYamlLoader)  # noqa: S506  (safe, see above)
        if not isinstance(read, dict) or not ("name" in read or "char_name" in read):
            return None
        if not any(sign in read for sign in _TYPICAL_KEYS):
            return None
        text = json.dumps(read, default=str, skipkeys=True).encode()
    except RecursionError as error:
        raise FormatError("too_deep", "The YAML is nested too deeply.") from error
    except _YAML_ERRORS:
        # Also for aliases: chat transcripts are full of `*actions*`, which YAML takes for such.
        return None
    plain = decode_json_object(text, notes, "the file")
    return plain | {
        ours: plain[theirs] for theirs, ours in _CARD_FIELDS.items() if theirs in plain and ours not in plain
    }
