"""Reading and writing presets: SillyTavern's kinds and BotCafé's own."""

from botcafe.formats.errors import FormatError
from botcafe.formats.field_reader import FieldReader
from botcafe.formats.import_notes import ImportNotes
from botcafe.formats.json_text import UTF8_BOM, decode_json_object, encode_json
from botcafe.formats.limits import MIB
from botcafe.formats.presets.model import DEFAULT_NAME, GenerationPreset, PresetKind, clean_preset_name, clip_text
from botcafe.formats.presets.sampling import check_sampling
from botcafe.formats.presets.sanitize import sanitize_raw_preset
from botcafe.formats.presets.sillytavern import READERS, PresetParts
from botcafe.kit.json_types import JsonObject

SPEC_NAME = "botcafe_preset"
VERSION = 1
MAX_PRESET_BYTES = 4 * MIB
_TYPICAL_KEYS: tuple[tuple[PresetKind, tuple[str, ...]], ...] = (
    ("chat", ("prompts", "prompt_order", "openai_max_context", "openai_max_tokens", "chat_completion_source")),
    ("text", ("temp", "rep_pen", "genamt", "sampler_order", "samplers")),
    ("context", ("story_string",)),
    ("instruct", ("input_sequence", "output_sequence")),
)
_MASTER_EXPORT_PARTS = ("preset", "sysprompt", "context", "instruct")
_OTHER_FORMATS = (
    (("spec", "first_mes", "char_name"), "a character card"),
    (("entries",), "a lorebook"),
    (("personas", "persona_descriptions"), "a backup of personas"),
)


def read_preset(data: bytes, file_name: str = "") -> GenerationPreset:
    """Read a preset from the bytes of a JSON file, its kind told by its content.

    SillyTavern: chat completion, text completion, context, instruct, system prompt, and its export of all together.
    `file_name` gives a name to what has none. Keys, proxies, addresses and scripts are left out, and nothing is run or
    fetched. Small faults become `warnings`. Raises FormatError: `too_large`, `too_deep`, `broken_json`, `unsupported`.
    """
    if len(data) > MAX_PRESET_BYTES:
        raise FormatError("too_large", f"The file is larger than the {MAX_PRESET_BYTES // MIB} MB of a preset.")
    notes = ImportNotes()
    root = _decode_root(data, notes)
    kind = _detect_kind(root)
    fields = FieldReader(root, "", notes)
    found = _read_botcafe_preset(fields) if kind == "botcafe" else READERS[kind](fields)
    name = clean_preset_name(found.name or fields.text("name") or _file_stem(file_name)) or DEFAULT_NAME
    raw = sanitize_raw_preset(root.get("raw") if kind == "botcafe" else root, notes)
    return GenerationPreset(
        name=name,
        kind=found.kind,
        sampling=check_sampling(found.sampling, notes),
        main=clip_text(found.main, "main", notes),
        post_history=clip_text(found.post_history, "post_history", notes),
        impersonation=clip_text(found.impersonation, "impersonation", notes),
        raw=raw,
        warnings=list(notes.lines()),
    )


def write_preset(preset: GenerationPreset) -> bytes:
    """Our own JSON, which reads back as an equal preset. Raises FormatError `not_writable`."""
    fields = ("name", "kind", "sampling", "main", "post_history", "impersonation", "raw")
    return encode_json({SPEC_NAME: VERSION, **{name: getattr(preset, name) for name in fields}})


def is_preset(root: JsonObject) -> bool:
    """Whether a decoded JSON object is a preset that `read_preset` takes."""
    try:
        _detect_kind(root)
    except FormatError:
        return False
    return True


def _decode_root(data: bytes, notes: ImportNotes) -> JsonObject:
    if not data.removeprefix(UTF8_BOM).lstrip().startswith(b"{"):
        raise FormatError(
            "unsupported", "The file is no JSON object, so it holds no preset: export it as a .json file."
        )
    return decode_json_object(data, notes, "the file")


def _detect_kind(root: JsonObject) -> PresetKind:
    if SPEC_NAME in root:
        return "botcafe"
    for names, what in _OTHER_FORMATS:
        if any(name in root for name in names):
            raise FormatError("unsupported", f"The file is {what} (it has “{names[0]}”), not a preset of settings.")
    if any(isinstance(root.get(part), dict) for part in _MASTER_EXPORT_PARTS):
        return "all"
    for kind, signs in _TYPICAL_KEYS:
        if any(sign in root for sign in signs):
            return kind
    if isinstance(root.get("content"), str):
        return "sysprompt"
    raise FormatError(
        "unsupported",
        "The file holds no preset that we know: expected are “prompts” (chat completion), “temp” (text completion), "
        "“story_string” (context), “input_sequence” (instruct) or “content” (system prompt) at its top.",
    )


def _read_botcafe_preset(fields: FieldReader) -> PresetParts:
    """A file of our own; a newer one is read as far as it goes."""
    version = fields.find_number(SPEC_NAME)
    if version != VERSION:
        fields.note(SPEC_NAME, f"this version is not {VERSION}; what is known of it was read.")
    kind = fields.text("kind")
    return PresetParts(
        kind=kind if kind in READERS else "botcafe",  # type: ignore[arg-type]
        sampling=fields.mapping("sampling"),
        main=fields.text("main"),
        post_history=fields.text("post_history"),
        impersonation=fields.text("impersonation"),
    )


def _file_stem(file_name: str) -> str:
    base = file_name.replace("\\", "/").rpartition("/")[2]
    return base[: -len(".json")] if base.lower().endswith(".json") else base
