"""SillyTavern's backup of personas, both ways: a file of names and descriptions, without pictures."""

from dataclasses import dataclass, field
from typing import Any

from botcafe.formats.errors import FormatError
from botcafe.formats.field_reader import FieldReader
from botcafe.formats.import_notes import ImportNotes
from botcafe.formats.json_text import UTF8_BOM, decode_json_object, encode_json
from botcafe.formats.limits import MIB

MAX_BACKUP_BYTES = 16 * MIB
MAX_PERSONAS = 500
MAX_NAME, MAX_TEXT = 100, 100_000
NOT_SENT = 9
WANTED = "Expected is SillyTavern's backup with “personas” (a name for each picture) and “persona_descriptions”."


@dataclass(frozen=True, slots=True)
class ImportedPersona:
    """One persona of the file; an absent description is "". `raw` is `{avatar, name, ...}` as the file has it."""

    name: str
    description: str = ""
    title: str = ""
    is_default: bool = False
    raw: dict[str, Any] = field(default_factory=dict)


def read_personas(data: bytes) -> tuple[list[ImportedPersona], list[str]]:
    """Read a backup of personas, or the `settings.json` that holds them: the personas, and warnings.

    Pictures are not in such a file. Raises FormatError: `too_large`, `too_deep`, `broken_json`, `unsupported`.
    """
    if len(data) > MAX_BACKUP_BYTES:
        raise FormatError("too_large", f"The file is larger than the {MAX_BACKUP_BYTES // MIB} MB of a backup.")
    if not data.removeprefix(UTF8_BOM).lstrip().startswith(b"{"):
        raise FormatError("unsupported", f"The file is no JSON object. {WANTED}")
    notes = ImportNotes()
    fields = FieldReader(_root(decode_json_object(data, notes, "the file")), "", notes)
    names, texts = (
        fields.mapping("personas"),
        FieldReader(fields.mapping("persona_descriptions"), "descriptions", notes),
    )
    usual = fields.values.get("default_persona")
    found = [_persona(str(name), texts, file, usual, notes) for file, name in list(names.items())[:MAX_PERSONAS]]
    if len(names) > MAX_PERSONAS:
        notes.add("personas", f"there are {len(names)}; the first {MAX_PERSONAS} were read.")
    return found, list(notes.lines())


def write_personas(people: list[ImportedPersona]) -> bytes:
    """A backup that SillyTavern takes; what `raw` has beside stays. Pictures are not in it.

    A picture's name stands for a persona, so a name that is taken gets a number. Raises FormatError `not_writable`.
    """
    names: dict[str, str] = {}
    texts: dict[str, dict[str, Any]] = {}
    usual = None
    for person in people:
        given = str(person.raw.get("avatar") or "user.png")
        file, number = given, 1
        while file in names:
            number += 1
            file = f"{number}-{given}"
        before = str(person.raw.get("name") or "")
        names[file] = before if one_line(before) == person.name else person.name
        rest = {name: value for name, value in person.raw.items() if name not in {"avatar", "name"}}
        texts[file] = {"position": 0, "depth": 2, "role": 0, **rest, "description": person.description}
        if person.title:
            texts[file]["title"] = person.title
        usual = file if person.is_default else usual
    return encode_json({"personas": names, "persona_descriptions": texts, "default_persona": usual})


def one_line(name: str) -> str:
    """A name as it is read: one line within its bound."""
    return " ".join(name.split())[:MAX_NAME]


def _root(read: dict[str, Any]) -> dict[str, Any]:
    inner = read.get("power_user")
    root = inner if isinstance(inner, dict) and "personas" not in read else read
    if not isinstance(root.get("personas"), dict):
        raise FormatError("unsupported", f"The file holds no personas. {WANTED}")
    if not root["personas"]:
        raise FormatError("unsupported", "The list “personas” in the file is empty: there is nothing to bring.")
    return root


def _persona(given: str, texts: FieldReader, file: str, usual: object, notes: ImportNotes) -> ImportedPersona:
    name = one_line(given) or "Nameless"
    said = FieldReader(texts.mapping(file), name, notes)
    text = said.text("description").strip()
    if len(text) > MAX_TEXT:
        notes.add(name, f"the description is longer than {MAX_TEXT:,} characters; its end was cut off.")
    if said.values.get("position") == NOT_SENT:
        notes.add(name, "there it was not told to the model; here a persona always is.")
    if said.values.get("lorebook"):
        notes.add(name, "its lorebook is another file; bring that one too.")
    raw = {**said.values, "avatar": file, "name": given}
    return ImportedPersona(name, text[:MAX_TEXT], said.text("title").strip()[:MAX_NAME], file == usual, raw)
