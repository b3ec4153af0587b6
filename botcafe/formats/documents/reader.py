"""Reading documents as text: PDF, DOCX, EPUB, HTML, Markdown, plain text and code, detected by content."""

import re
from functools import cache
from types import ModuleType
from typing import Final

from botcafe.formats.documents.detect import decode_text, detect_document_kind
from botcafe.formats.documents.model import (
    MAX_CHARACTERS,
    DocumentKind,
    ExtractedText,
    ImportedDocument,
    clip_to_one_line,
    content_hash,
    count_words,
    reading_minutes,
    tidy_text,
)
from botcafe.formats.documents.subprocess_reader import read_in_subprocess
from botcafe.formats.errors import FormatError

_SAMPLE: Final = 20_000
_MIN_SAMPLE: Final = 20
_FRONT = re.compile(r"\A---[ \t]*\n(.*?)\n---[ \t]*(?:\n|\Z)", re.S)
_HEADING = re.compile(r"^#{1,2}[ \t]+(.+?)[ \t#]*$", re.M)


def read_document(data: bytes, name: str = "") -> ImportedDocument:
    """Read a document. `name` only distinguishes code from prose and is the title of documents without one.

    Raises only FormatError, with the codes `unsupported`, `encrypted`, `too_large`, `no_text`, `broken_zip`,
    `unsafe_path`, `broken_pdf`, `broken_document`.
    """
    kind, code_language = detect_document_kind(data, name)
    parts = _extract_text(kind, data)
    text = parts.text if kind == "code" else tidy_text(parts.text)
    if not text.strip():
        raise FormatError("no_text", "No text was found in the document.")
    if len(text) > MAX_CHARACTERS:
        raise FormatError(
            "too_large", f"The document holds more than {MAX_CHARACTERS // 1_000_000} million characters."
        )
    words = count_words(text)
    return ImportedDocument(
        kind=kind,
        title=clip_to_one_line(parts.title) or _file_stem(name),
        author=clip_to_one_line(parts.author, 200),
        text=text,
        language="" if kind == "code" else detect_language(text),
        word_count=words,
        reading_minutes=reading_minutes(words),
        content_hash=content_hash(text, is_code=kind == "code"),
        code_language=code_language,
    )


def detect_language(text: str) -> str:
    """The language of a text by its first 20,000 characters (ISO 639-1); "" for very short texts."""
    sample = text[:_SAMPLE]
    return str(_language_identifier().classify(sample)[0]) if len(sample.strip()) >= _MIN_SAMPLE else ""


@cache
def _language_identifier() -> ModuleType:
    # Imported on first use: most processes never need the model.
    import py3langid

    module: ModuleType = py3langid
    return module


def _extract_text(kind: DocumentKind, data: bytes) -> ExtractedText:
    if kind in {"pdf", "docx", "epub", "html"}:
        return read_in_subprocess(kind, data)
    if len(data) > MAX_CHARACTERS * 4:
        raise FormatError(
            "too_large", f"The document holds more than {MAX_CHARACTERS // 1_000_000} million characters."
        )
    text = decode_text(data)
    if kind == "code":
        return ExtractedText(tidy_code(text))
    return _read_markdown(text) if kind == "markdown" else ExtractedText(text)


def tidy_code(text: str) -> str:
    """Code unchanged except for characters that databases refuse."""
    return text.replace("\r\n", "\n").replace("\x00", "").encode("utf8", "ignore").decode("utf8").strip("\n")


def _read_markdown(text: str) -> ExtractedText:
    """Markdown without its front matter; the title is that of the front matter, else the first heading."""
    text = text.replace("\r\n", "\n")
    front = _FRONT.match(text)
    about: dict[str, str] = {}
    if front:
        for line in front[1].split("\n"):
            key, colon, value = line.partition(":")
            if colon and key.strip().lower() in {"title", "author"}:
                about[key.strip().lower()] = value.strip().strip("\"'")
        text = text[front.end() :]
    heading = _HEADING.search(text)
    return ExtractedText(text, about.get("title") or (heading[1] if heading else ""), about.get("author", ""))


def _file_stem(name: str) -> str:
    base = name.replace("\\", "/").rpartition("/")[2]
    return clip_to_one_line(base.rpartition(".")[0] or base, 200)
