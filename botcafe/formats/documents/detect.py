"""Detecting the kind of a document by its content; the file name only distinguishes code from prose."""

import codecs
import io
import re
import zipfile
from typing import Final

from botcafe.formats.documents.model import MAX_DOCUMENT_BYTES, DocumentKind
from botcafe.formats.errors import FormatError
from botcafe.formats.limits import MAX_ZIP_MEMBERS, MIB

KNOWN_FORMATS: Final = "Known are PDF, Word (DOCX), EPUB, web pages, Markdown, text and code."
_HEAD: Final = 4096
_SAMPLE: Final = 200_000
_OTHER_SIGNATURES: Final = (
    (b"\x89PNG", "a picture"),
    (b"\xff\xd8\xff", "a picture"),
    (b"GIF8", "a picture"),
    (b"BM", "a picture"),
    (b"II*\x00", "a picture"),
    (b"MM\x00*", "a picture"),
    (b"\x7fELF", "a program"),
    (b"MZ", "a program"),
    (b"\xca\xfe\xba\xbe", "a program"),
    (b"\xcf\xfa\xed\xfe", "a program"),
    (b"\x00asm", "a program"),
    (b"\x1f\x8b", "an archive"),
    (b"BZh", "an archive"),
    (b"\xfd7zXZ\x00", "an archive"),
    (b"7z\xbc\xaf\x27\x1c", "an archive"),
    (b"Rar!", "an archive"),
    (b"ID3", "a sound"),
    (b"OggS", "a sound"),
    (b"fLaC", "a sound"),
    (b"\x1a\x45\xdf\xa3", "a film"),
    (b"SQLite format 3\x00", "a database"),
)
_MIN_VALID_PER_BROKEN: Final = 4
# Windows-1252 text is mostly ASCII letters: more others than this, and than half, mean another encoding.
_MAX_NON_ASCII_LETTERS: Final = 4
_OLE_SIGNATURE: Final = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_CODE_SUFFIXES: Final = {
    "c": "c", "h": "c", "cc": "cpp", "cpp": "cpp", "hpp": "cpp", "cs": "csharp", "css": "css", "go": "go", "hs": "haskell",
    "java": "java", "js": "javascript", "mjs": "javascript", "jsx": "javascript", "json": "json", "kt": "kotlin",
    "lua": "lua", "php": "php", "pl": "perl", "py": "python", "r": "r", "rb": "ruby", "rs": "rust", "scala": "scala",
    "scss": "css", "sh": "shell", "bash": "shell", "sql": "sql", "swift": "swift", "toml": "toml", "ts": "typescript",
    "tsx": "typescript", "xml": "xml", "yaml": "yaml", "yml": "yaml", "zig": "zig",
}  # fmt: skip
_SHEBANG = re.compile(r"#!\s*\S*?(?:/|\benv\s+)(python|bash|sh|node|ruby|perl|lua)[\d.]*\b")
_SHEBANGS: Final = {"bash": "shell", "sh": "shell", "node": "javascript"}
_SPACE = re.compile(r"\s*")
_HTML_START = re.compile(r"<!doctype\s+html|<html[\s>]|<head[\s>]|<body[\s>]", re.I)
_MARKDOWN = (
    re.compile(r"^#{1,6} \S", re.M),
    re.compile(r"^(?:```|~~~)", re.M),
    re.compile(r"\[[^\[\]\n]+\]\([^()\[\]\s]+\)"),
    re.compile(r"^(?:[-*+]|\d+[.)]) \S.*\n(?:[-*+]|\d+[.)]) \S", re.M),
    re.compile(r"\*\*\S[^*\n]*\*\*"),
    re.compile(r"\A---\n.*?^---$", re.M | re.S),
)


def detect_document_kind(data: bytes, name: str = "") -> tuple[DocumentKind, str]:
    """The kind, and the programming language of code.

    Raises FormatError `unsupported` (the message names what it is instead), `broken_zip`, `encrypted`, `too_large`.
    """
    if len(data) > MAX_DOCUMENT_BYTES:
        raise FormatError("too_large", f"The document is larger than {MAX_DOCUMENT_BYTES // MIB} MB.")
    if not data.strip():
        raise FormatError("unsupported", f"The file is empty. {KNOWN_FORMATS}")
    if b"%PDF-" in data[:1024]:
        return "pdf", ""
    if data.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return _kind_of_zip(data), ""
    _refuse_other_formats(data)
    return _kind_of_text(decode_text(data), name)


def decode_text(data: bytes) -> str:
    """Decode text by its byte order mark, as UTF-8 (also slightly damaged), else as Windows-1252.

    Raises FormatError `unsupported` for binary data and for text in another encoding.
    """
    for mark, coding in (
        (codecs.BOM_UTF8, "utf-8-sig"),
        (codecs.BOM_UTF16_LE, "utf-16"),
        (codecs.BOM_UTF16_BE, "utf-16"),
    ):
        if data.startswith(mark):
            return data.decode(coding, "replace")
    try:
        text = data.decode("utf8")
    except UnicodeDecodeError:
        text = _decode_damaged(data)
    sample = text[:_SAMPLE]
    strange = sum(sample.count(chr(n)) for n in range(32) if n not in (9, 10, 12, 13, 27)) + sample.count("\ufffd")
    if "\x00" in text or strange > max(2, len(sample) // 200):
        raise FormatError("unsupported", f"The file is not text, and of no kind that we read. {KNOWN_FORMATS}")
    return text


def _decode_damaged(data: bytes) -> str:
    damaged = data.decode("utf8", "replace")
    broken = damaged.count("\ufffd")
    if sum(char > "\x7f" for char in damaged) - broken > _MIN_VALID_PER_BROKEN * broken:
        return damaged
    text = data.decode("cp1252", "replace")
    letters = [char for char in text[:_SAMPLE] if char.isalpha()]
    foreign = sum(char > "\x7f" for char in letters)
    if b"\x00" not in data and foreign > max(_MAX_NON_ASCII_LETTERS, len(letters) // 2) and not _is_html(text):
        raise FormatError(
            "unsupported",
            "If the file is text, it is in an old encoding that does not say which it is; save it as UTF-8.",
        )
    return text


def _refuse_other_formats(data: bytes) -> None:
    what = next((kind for magic, kind in _OTHER_SIGNATURES if data.startswith(magic)), "")
    if data[4:8] == b"ftyp":
        what = "a film"
    elif data[:4] == b"RIFF":
        what = {b"WEBP": "a picture", b"WAVE": "a sound"}.get(data[8:12], "a film")
    elif data.startswith(_OLE_SIGNATURE):
        raise FormatError("unsupported", "This is an Office file of the old kind; save it as DOCX or PDF first.")
    elif data.startswith(b"{\\rtf"):
        raise FormatError("unsupported", "This is rich text (RTF); save it as DOCX, PDF or plain text first.")
    if what and not (what == "a program" and data[:2] == b"MZ" and b"\x00" not in data[:_HEAD]):
        if data[:2] == b"BM" and b"\x00" not in data[:_HEAD]:
            return
        raise FormatError("unsupported", f"This is {what}, not a document. {KNOWN_FORMATS}")


def _kind_of_zip(data: bytes) -> DocumentKind:
    _check_zip_directory(data)
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            members = {member.filename: member for member in archive.infolist()}
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError, IndexError, OverflowError) as error:
        raise FormatError("broken_zip", "The file is damaged or cut off; a complete one is needed.") from error
    if any(member.flag_bits & 1 for member in members.values()):
        raise FormatError("encrypted", "The file is locked with a password; save it without one.")
    if "META-INF/container.xml" in members:
        return "epub"
    if "word/document.xml" in members:
        return "docx"
    starts = {name.partition("/")[0] for name in members}
    if "xl" in starts or "ppt" in starts:
        what = "a spreadsheet" if "xl" in starts else "a slide show"
        raise FormatError("unsupported", f"This is {what}; save it as PDF or text first.")
    if "content.xml" in members and "mimetype" in members:
        raise FormatError("unsupported", "This is an OpenDocument file; save it as DOCX or PDF first.")
    raise FormatError(
        "unsupported", f"This is an archive, not a document; bring what is in it file by file. {KNOWN_FORMATS}"
    )


def _check_zip_directory(data: bytes) -> None:
    """Check the size of a zip's directory before parsing it, since even that can be costly."""
    place = data.rfind(b"PK\x05\x06", max(0, len(data) - 66_000))
    if place < 0 or place + 20 > len(data):
        raise FormatError("broken_zip", "The file is damaged or cut off; a complete one is needed.")
    count = int.from_bytes(data[place + 10 : place + 12], "little")
    size = int.from_bytes(data[place + 12 : place + 16], "little")
    is_huge = data[max(0, place - 20) : place].startswith(b"PK\x06\x07")
    if is_huge or count > MAX_ZIP_MEMBERS or size > MAX_ZIP_MEMBERS * 600:
        raise FormatError("too_large", f"The file is packed of more than {MAX_ZIP_MEMBERS:,} parts; it was refused.")


def _is_html(text: str) -> bool:
    """Whether a text begins as a web page, after a declaration of XML and comments.

    These are passed over one by one: as one pattern they could be divided in more ways than anybody lives to try.
    """
    text = text[:20_000]
    at = _after_space(text, 0)
    if text[at : at + 5].lower() == "<?xml" and (end := text.find(">", at)) >= 0:
        at = _after_space(text, end + 1)
    while text.startswith("<!--", at) and (end := text.find("-->", at + 4)) >= 0:
        at = _after_space(text, end + 3)
    return _HTML_START.match(text, at) is not None


def _after_space(text: str, at: int) -> int:
    found = _SPACE.match(text, at)
    return found.end() if found else at


def _kind_of_text(text: str, name: str) -> tuple[DocumentKind, str]:
    ending = name.rpartition(".")[2].lower() if "." in name else ""
    if _is_html(text):
        return "html", ""
    if ending in _CODE_SUFFIXES:
        return "code", _CODE_SUFFIXES[ending]
    shebang = _SHEBANG.match(text[:200])
    if shebang:
        return "code", _SHEBANGS.get(shebang[1], shebang[1])
    signs = sum(1 for each in _MARKDOWN if each.search(text[:50_000]))
    if ending in {"md", "markdown", "mdown"} or (signs >= 2 and ending != "txt"):
        return "markdown", ""
    return "text", ""
