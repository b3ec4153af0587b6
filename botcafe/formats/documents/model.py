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
MAX_TITLE_CHARACTERS: Final = 300
# About the speed at which adults read silently.
WORDS_A_MINUTE: Final = 230
_INVISIBLE = re.compile("[\x00-\x08\x0e-\x1b\x7f\ufeff\ufffe\uffff\ud800-\udfff]")
# Carriage returns, and the vertical tabs, form feeds and separators of older files.
_LINE_ENDS = re.compile("\r\n|[\r\x0b\x0c\x1c-\x1f]")
# Hiragana, katakana and Han: each sign counts as a word. Korean (Hangul) has spaces.
_SPACELESS: Final = r"\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff"
# A word begins at a letter or digit: hyphens, dashes and quotation marks by themselves are none.
_WORDS = re.compile(rf"(?=\w)[{_SPACELESS}]|[^\W{_SPACELESS}][^\s{_SPACELESS}]*")


@dataclass(frozen=True, slots=True)
class ExtractedText:
    """The raw result of one reader: text, and title and author from the file's metadata."""

    text: str
    title: str = ""
    author: str = ""


@dataclass(frozen=True, slots=True)
class ImportedDocument:
    """A document; `text` is Markdown where it has structure, `language` ISO 639-1 or "".

    `code_language` is set where `kind` is "code"; `content_hash` is the SHA-256 of the words in their order, for code
    that of the text with its space.
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
    """Text with line feeds as its only line ends, plain spaces for non-breaking ones, and no invisible characters.

    Form feeds and other control characters that separate become line feeds. No line ends in space, there is at most one
    blank line in a row, and the text neither starts nor ends with space.
    """
    plain = _INVISIBLE.sub("", _LINE_ENDS.sub("\n", text).replace("\u00a0", " "))
    lines = [line.rstrip() for line in plain.split("\n")]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()


def clip_to_one_line(text: str, max_characters: int = MAX_TITLE_CHARACTERS) -> str:
    """Text as one line of at most `max_characters`: the rest is cut off.

    Line ends and space of any kind, non-breaking too, become single spaces, with none at the start or the end;
    invisible characters are removed.
    """
    return " ".join(_INVISIBLE.sub("", text).split())[:max_characters].strip()


def content_hash(text: str, *, is_code: bool = False) -> str:
    """SHA-256 in hexadecimal of a text's words in their order; space and the form of accents count for nothing.

    In code space counts: two files that differ in their indentation alone are two programs.
    """
    composed = unicodedata.normalize("NFC", text)
    counted = composed if is_code else " ".join(composed.split())
    return hashlib.sha256(counted.encode("utf8", "replace")).hexdigest()


def count_words(text: str) -> int:
    """How many words a text has; in Japanese and Chinese each sign counts, but no punctuation."""
    return sum(1 for _ in _WORDS.finditer(text))


def reading_minutes(words: int) -> int:
    """Whole minutes to read so many words, at least one."""
    return max(1, math.ceil(words / WORDS_A_MINUTE))
