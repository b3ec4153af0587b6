"""Characters of text-generation-webui: YAML with `name`, `greeting` and `context`."""

import json
from typing import Any, Final

import yaml

from botcafe.formats.errors import FormatError
from botcafe.formats.import_notes import ImportNotes
from botcafe.formats.json_text import UTF8_BOM, decode_json_object
from botcafe.formats.limits import MAX_YAML_BYTES

_NAMES: Final = {
    "context": "description",
    "greeting": "first_mes",
    "example_dialogue": "mes_example",
}
_SIGNS: Final = ("greeting", "context", "persona", "description", "first_mes", "char_persona", "char_greeting")

# A value that does not fit its tag, such as `!!bool z`, ends in almost any error; so does a number of 5,000 digits.
_FAULTS: Final = (yaml.YAMLError, ValueError, TypeError, LookupError, AttributeError, OverflowError)


class _CardYamlLoader(yaml.SafeLoader):
    """Plain data only, and no aliases: a few lines of them can unfold without end."""

    def compose_node(self, parent: Any, index: Any) -> Any:
        """Refuse an alias where a node is expected."""
        if self.check_event(yaml.events.AliasEvent):
            raise yaml.YAMLError("an alias")
        return super().compose_node(parent, index)


def card_in_yaml(data: bytes, notes: ImportNotes) -> dict[str, Any] | None:
    """A flat card with every key of the file, or None where the text is no YAML of a character.

    Text with aliases counts as none: chats are full of stars. Raises FormatError `too_deep`.
    """
    if len(data) > MAX_YAML_BYTES:
        return None
    try:
        read = yaml.load(data.removeprefix(UTF8_BOM).decode("utf-8"), _CardYamlLoader)  # noqa: S506  (safe, see above)
        if not isinstance(read, dict) or not ("name" in read or "char_name" in read):
            return None
        if not any(sign in read for sign in _SIGNS):
            return None
        text = json.dumps(read, default=str, skipkeys=True).encode()
    except RecursionError as error:
        raise FormatError("too_deep", "The YAML is nested too deeply.") from error
    except _FAULTS:
        return None
    plain = decode_json_object(text, notes, "the file")
    return plain | {ours: plain[theirs] for theirs, ours in _NAMES.items() if theirs in plain and ours not in plain}
