"""A document after reading: its text and metadata."""

import hashlib
import math
import re
import unicodedata
from dataclasses import dataclass
from typing import Final, Literal

from botcafe.formats.limits import MIB

DocumentKind = Literal["pdf", "docx", "epub", "html", "markdown", "text", "code"]

MAX_DOCUMENT_BYTES: Final = 32 * MIB
MAX_CHARACTERS: Final = 5_000_000
MAX_TITLE: Final = 300
WORDS_A_MINUTE: Final = 230
_INVISIBLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufeff\ufffe\uffff\ud800-\udfff]")
_WIDE: Final = r"[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af]"
_WORDS = re.compile(rf"{_WIDE}|(?:(?!{_WIDE})\S)+")


@dataclass(frozen=True, slots=True)
class ExtractedText:
    """The raw result of one reader: text, and title and author from the file's metadata."""

    text: str
    title: str = ""
    author: str = ""


@dataclass(frozen=True, slots=True)
class ImportedDocument:
    """A document; `text` is Markdown where it has structure, `language` ISO 639-1 or "".

    `code_language` is set where `kind` is "code"; `content_hash` is the SHA-256 of the words in their order.
    """

    kind: DocumentKind
    title: str
    author: str
    text: str
    language: str
    word_count: int
    reading_minutes: int
    content_hash: str
    code_language: str = ""


def tidy_text(text: str) -> str:
    """Text without invisible characters and trailing space, with at most one blank line in a row."""
    plain = _INVISIBLE.sub("", text.replace("\r\n", "\n").replace("\r", "\n").replace("\u00a0", " "))
    lines = [line.rstrip() for line in plain.split("\n")]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()


def clip_to_one_line(text: str, max_characters: int = MAX_TITLE) -> str:
    """Text for a title: one line without invisible characters."""
    return " ".join(_INVISIBLE.sub("", text).split())[:max_characters].strip()


def content_hash(text: str) -> str:
    """SHA-256 in hexadecimal of a text's words; space and the form of accents count for nothing."""
    return hashlib.sha256(" ".join(unicodedata.normalize("NFC", text).split()).encode("utf8", "replace")).hexdigest()


def count_words(text: str) -> int:
    """How many words a text has; in scripts without spaces each sign counts."""
    return sum(1 for _ in _WORDS.finditer(text))


def reading_minutes(words: int) -> int:
    """Whole minutes to read so many words, at least one."""
    return max(1, math.ceil(words / WORDS_A_MINUTE))
