"""Reading and writing SillyTavern's backup of personas: names and descriptions, without pictures."""

from dataclasses import dataclass, field

from botcafe.formats.errors import FormatError
from botcafe.formats.field_reader import FieldReader
from botcafe.formats.import_notes import ImportNotes
from botcafe.formats.json_text import UTF8_BOM, decode_json_object, encode_json
from botcafe.formats.limits import MIB
from botcafe.kit.json_types import JsonObject

MAX_BACKUP_BYTES = 16 * MIB
MAX_PERSONAS = 500
MAX_NAME, MAX_TEXT = 100, 100_000
# SillyTavern's `persona_description_positions.NONE`.
POSITION_NONE = 9
EXPECTED_FORMAT = (
    "Expected is SillyTavern's backup with “personas” (a name for each picture) and “persona_descriptions”."
)


@dataclass(frozen=True, slots=True)
class ImportedPersona:
    """One persona of the file; an absent description is "". `raw` is `{avatar, name, ...}` as the file has it."""

    name: str
    description: str = ""
    title: str = ""
    is_default: bool = False
    raw: JsonObject = field(default_factory=dict)


def read_personas(data: bytes) -> tuple[list[ImportedPersona], list[str]]:
    """Read a backup of personas, or the `settings.json` that holds them: the personas, and warnings.

    Pictures are not in such a file. Raises FormatError: `too_large`, `too_deep`, `broken_json`, `unsupported`.
    """
    if len(data) > MAX_BACKUP_BYTES:
        raise FormatError("too_large", f"The file is larger than the {MAX_BACKUP_BYTES // MIB} MB of a backup.")
    if not data.removeprefix(UTF8_BOM).lstrip().startswith(b"{"):
        raise FormatError("unsupported", f"The file is no JSON object. {EXPECTED_FORMAT}")
    notes = ImportNotes()
    fields = FieldReader(_find_backup_root(decode_json_object(data, notes, "the file")), "", notes)
    names, texts = (
        fields.mapping("personas"),
        FieldReader(fields.mapping("persona_descriptions"), "descriptions", notes),
    )
    default = fields.values.get("default_persona")
    found = [_read_persona(str(name), texts, file, default, notes) for file, name in list(names.items())[:MAX_PERSONAS]]
    if len(names) > MAX_PERSONAS:
        notes.add("personas", f"there are {len(names)}; the first {MAX_PERSONAS} were read.")
    return found, list(notes.lines())


def write_personas(personas: list[ImportedPersona]) -> bytes:
    """A backup that SillyTavern takes; what `raw` has beside stays. Pictures are not in it.

    SillyTavern identifies a persona by its picture file, so a taken file name gets a number. Raises FormatError `not_writable`.
    """
    names: dict[str, str] = {}
    texts: dict[str, JsonObject] = {}
    default = None
    for persona in personas:
        given = str(persona.raw.get("avatar") or "user.png")
        file, number = given, 1
        while file in names:
            number += 1
            file = f"{number}-{given}"
        before = str(persona.raw.get("name") or "")
        names[file] = before if clean_persona_name(before) == persona.name else persona.name
        rest = {name: value for name, value in persona.raw.items() if name not in {"avatar", "name"}}
        texts[file] = {"position": 0, "depth": 2, "role": 0, **rest, "description": persona.description}
        if persona.title:
            texts[file]["title"] = persona.title
        default = file if persona.is_default else default
    return encode_json({"personas": {**names}, "persona_descriptions": {**texts}, "default_persona": default})


def clean_persona_name(name: str) -> str:
    """A name as it is read: one line within its bound."""
    return " ".join(name.split())[:MAX_NAME]


def _find_backup_root(read: JsonObject) -> JsonObject:
    inner = read.get("power_user")
    root = inner if isinstance(inner, dict) and "personas" not in read else read
    personas = root.get("personas")
    if not isinstance(personas, dict):
        raise FormatError("unsupported", f"The file holds no personas. {EXPECTED_FORMAT}")
    if not personas:
        raise FormatError("unsupported", "The list “personas” in the file is empty: there is nothing to bring.")
    return root


def _read_persona(given: str, texts: FieldReader, file: str, default: object, notes: ImportNotes) -> ImportedPersona:
    name = clean_persona_name(given) or "Nameless"
    fields = FieldReader(texts.mapping(file), name, notes)
    text = fields.text("description").strip()
    if len(text) > MAX_TEXT:
        notes.add(name, f"the description is longer than {MAX_TEXT:,} characters; its end was cut off.")
    if fields.values.get("position") == POSITION_NONE:
        notes.add(name, "there it was not told to the model; here a persona always is.")
    if fields.values.get("lorebook"):
        notes.add(name, "its lorebook is another file; bring that one too.")
    raw = {**fields.values, "avatar": file, "name": given}
    return ImportedPersona(name, text[:MAX_TEXT], fields.text("title").strip()[:MAX_NAME], file == default, raw)
