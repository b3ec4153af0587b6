"""What a document is once it is read: its text and what is known of it."""

import hashlib
import math
import re
import unicodedata
from dataclasses import dataclass
from typing import Final, Literal

from botcafe.formats.limits import MIB

Kind = Literal["pdf", "docx", "epub", "html", "markdown", "text", "code"]

MAX_DOCUMENT_BYTES: Final = 32 * MIB
MAX_CHARACTERS: Final = 5_000_000
MAX_TITLE: Final = 300
WORDS_A_MINUTE: Final = 230
_UNSEEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufeff\ufffe\uffff\ud800-\udfff]")
_WIDE: Final = r"[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af]"
_WORDS = re.compile(rf"{_WIDE}|(?:(?!{_WIDE})\S)+")


@dataclass(frozen=True, slots=True)
class ExtractedText:
    """What a reader of one kind finds: the text as it came, and what the file calls itself."""

    text: str
    title: str = ""
    author: str = ""


@dataclass(frozen=True, slots=True)
class ImportedDocument:
    """A document: its text as Markdown where it has structure, its language (ISO 639-1, empty where unknown).

    ``code_language`` is set where ``kind`` is "code"; ``content_hash`` is the SHA-256 of the words in their order.
    """

    kind: Kind
    title: str
    author: str
    text: str
    language: str
    word_count: int
    reading_minutes: int
    content_hash: str
    code_language: str = ""


def tidy_text(text: str) -> str:
    """Text without unseen characters and needless space: single line ends, at most one blank line together."""
    plain = _UNSEEN.sub("", text.replace("\r\n", "\n").replace("\r", "\n").replace("\u00a0", " "))
    lines = [line.rstrip() for line in plain.split("\n")]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()


def clip_to_one_line(text: str, longest: int = MAX_TITLE) -> str:
    """Text for a title: one line, without unseen characters."""
    return " ".join(_UNSEEN.sub("", text).split())[:longest].strip()


def content_hash(text: str) -> str:
    """SHA-256 in hexadecimal of a text's words; space and the form of accents count for nothing."""
    return hashlib.sha256(" ".join(unicodedata.normalize("NFC", text).split()).encode("utf8", "replace")).hexdigest()


def count_words(text: str) -> int:
    """How many words a text has; in scripts without spaces each sign counts."""
    return sum(1 for _ in _WORDS.finditer(text))


def reading_minutes(words: int) -> int:
    """Whole minutes to read so many words, at least one."""
    return max(1, math.ceil(words / WORDS_A_MINUTE))
