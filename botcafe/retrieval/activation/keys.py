"""Compiled keys: plain ones in tables that a single scan of a text finds, patterns translated, others one by one."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from ahocorasick_rs import AhoCorasick

from botcafe.retrieval.activation.javascript_regex import CannotTranslateError, PatternBudget, compile_key, split_key

MAX_KEY_CHARACTERS = 500
# "a", "aa", "aaa" ... would give a quadratic number of hits in a text of a's.
MAX_NESTED_KEYS = 8
_UNSPACED = (
    (0x0E00, 0x0EFF),  # Thai, Lao
    (0x1000, 0x109F),  # Burmese
    (0x1780, 0x17FF),  # Khmer
    (0x2E80, 0x2FDF),  # radicals
    (0x3040, 0x30FF),  # kana
    (0x31F0, 0x9FFF),  # kana, Han
    (0xF900, 0xFAFF),  # Han
    (0xFF66, 0xFF9D),  # narrow kana
    (0x20000, 0x3FFFF),  # Han
)


@dataclass(frozen=True, slots=True)
class CompiledKey:
    """A compiled key. ``number`` is its index in its table (-1: searched alone), ``problem`` why it can never match."""

    raw: str
    text: str = ""
    is_exact: bool = False
    is_word: bool = False
    number: int = -1
    pattern: Any = None
    has_macro: bool = False
    problem: str = ""


@dataclass(slots=True)
class KeyTable:
    """Plain keys that are searched together, with the indexes of entries whose primary key they are."""

    texts: list[str] = field(default_factory=list)
    numbers: dict[str, int] = field(default_factory=dict)
    wants_words: list[bool] = field(default_factory=list)
    entries: list[list[int]] = field(default_factory=list)
    automaton: AhoCorasick | None = None

    def add(self, text: str, *, is_word: bool) -> int:
        """Add a key's text; returns its index."""
        number = self.numbers.get(text)
        if number is None:
            number = self.numbers[text] = len(self.texts)
            self.texts.append(text)
            self.wants_words.append(False)
            self.entries.append([])
        if is_word:
            self.wants_words[number] = True
        return number

    def build(self) -> None:
        """Build the automaton, once all keys are added."""
        if self.texts:
            self.automaton = AhoCorasick(self.texts)


def fold_case(text: str) -> str:
    """The text in lower case with its length unchanged, so that offsets stay valid."""
    lowered = text.lower()
    if len(lowered) == len(text):
        return lowered
    # "İ" becomes two characters in lower case; such characters are left as they are.
    return "".join(low if len(low := char.lower()) == 1 else char for char in text)


def is_word_char(char: str, *, is_ascii: bool = False) -> bool:
    """Whether a character is part of a word. Letters of scripts without spaces are not."""
    if char < "\x80":
        return char.isalnum() or char == "_"
    if is_ascii or not char.isalnum():
        return False
    code = ord(char)
    return not any(low <= code <= high for low, high in _UNSPACED)


def stands_alone(text: str, start: int, end: int, *, is_ascii: bool = False) -> bool:
    """Whether ``text[start:end]`` is a whole word."""
    before = start > 0 and is_word_char(text[start - 1], is_ascii=is_ascii)
    return not before and not (end < len(text) and is_word_char(text[end], is_ascii=is_ascii))


def read_key(raw: object, budget: PatternBudget, *, is_exact: bool, is_word: bool) -> CompiledKey | None:
    """Compile a key; None for an empty one. Keys with spaces are not matched as whole words.

    A key with a macro is compiled again once the macro is filled in, since it may become a pattern or contain a space.
    """
    text = raw.strip() if isinstance(raw, str) else ""
    if not text:
        return None
    key = _settled(text, budget, is_exact=is_exact, is_word=is_word)
    return CompiledKey(text, text, is_exact, is_word, has_macro=True) if "{{" in text and not key.problem else key


def fill_macros(key: CompiledKey, fill: Callable[[str], str]) -> CompiledKey:
    """The key compiled with its macros filled in; a key without text where nothing is left."""
    text = fill(key.raw).strip()
    return _settled(text, PatternBudget(), is_exact=key.is_exact, is_word=key.is_word) if text else CompiledKey(key.raw)


def _settled(text: str, budget: PatternBudget, *, is_exact: bool, is_word: bool) -> CompiledKey:
    if (parts := split_key(text)) is not None:
        try:
            return CompiledKey(text, pattern=compile_key(*parts, budget))
        except CannotTranslateError as error:
            return CompiledKey(text, problem=str(error))
    if len(text) > MAX_KEY_CHARACTERS:
        return CompiledKey(text[:MAX_KEY_CHARACTERS], problem=f"a key has at most {MAX_KEY_CHARACTERS} characters")
    is_word = is_word and not any(char.isspace() for char in text)
    return CompiledKey(text, text if is_exact else fold_case(text), is_exact, is_word)


def nested_keys(texts: set[str]) -> set[str]:
    """The texts that end in so many others of the set that one position of a text could hit all of them at once."""
    found = set()
    for text in texts:
        if sum(text[i:] in texts for i in range(1, len(text))) >= MAX_NESTED_KEYS:
            found.add(text)
    return found
