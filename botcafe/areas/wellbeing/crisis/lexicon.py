"""The word lists of the crisis check: one file a language, read once, each line a phrase in a small notation.

A line is words in their order: ``a|b`` is one of several, ``word*`` begins so, ``word?`` may be missing, ``...`` stands
for up to four words. Japanese has no spaces between words; there a line is found anywhere, and ``...`` is up to 12 signs.
"""

import re
import unicodedata
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Literal

from ahocorasick_rs import AhoCorasick

DangerKind = Literal["suicide", "selfharm", "abuse", "eating"]
DANGERS: tuple[DangerKind, ...] = ("suicide", "selfharm", "abuse", "eating")
LANGUAGES = ("de", "en", "es", "fr", "it", "ja", "nl", "pl", "pt", "ru")
FOLDER = Path(__file__).parent / "lexicons"
# Words of one phrase stand in one sentence.
_BETWEEN = r"[^\w.!?\n]+"
_GAP = rf"(?:{_BETWEEN}\w+){{0,4}}?{_BETWEEN}"
_GAP_UNSPACED = r"[^。.!?！？\n]{0,12}?"
_APOSTROPHES = str.maketrans({"'": "", "’": "", "‘": "", "`": "", "ł": "l", "ё": "е"})


def fold(text: str) -> str:
    """A text as the lists are compared with it: lower case, without accents and apostrophes."""
    plain = unicodedata.normalize("NFKD", text.casefold().translate(_APOSTROPHES))
    return "".join(sign for sign in plain if not unicodedata.combining(sign)).translate(_APOSTROPHES)


@dataclass(frozen=True, slots=True)
class Phrase:
    """One line of a list. ``stems`` are signs of which one is in every text that it matches."""

    pattern: re.Pattern[str]
    stems: tuple[str, ...]
    words: frozenset[str]


@dataclass(frozen=True, slots=True)
class Lexicon:
    """The lists of a language, by their section; ``is_unspaced`` where words are not set apart."""

    language: str
    sections: dict[str, tuple[Phrase, ...]] = field(repr=False)
    negations: frozenset[str] = frozenset()
    is_unspaced: bool = False

    def phrases(self, section: str) -> tuple[Phrase, ...]:
        """The phrases of a section; none where the language has no such section."""
        return self.sections.get(section, ())


@cache
def load_lexicon(language: str) -> Lexicon:
    """The lists of a language."""
    is_unspaced = language == "ja"
    lines: dict[str, list[str]] = {}
    section = ""
    for line in (FOLDER / f"{language}.txt").read_text(encoding="utf-8").splitlines():
        if line.startswith("["):
            section = line.strip("[]")
        elif line.strip():
            lines.setdefault(section, []).append(fold(line))
    make = _compile_unspaced if is_unspaced else _compile_spaced
    negations = {word for line in lines.get("negations", []) for word in re.split(r"[ |]", line)}
    sections = {name: tuple(make(line) for line in of_section) for name, of_section in lines.items()}
    return Lexicon(language, sections, frozenset(negations), is_unspaced)


def _compile_spaced(line: str) -> Phrase:
    items = line.split()
    made = ""
    stems: tuple[str, ...] = ()
    for number, item in enumerate(items):
        if item == "...":
            continue
        is_optional = item.endswith("?")
        choices = item.rstrip("?").split("|")
        body = "|".join(_word(choice) for choice in choices)
        follows = _GAP if number and items[number - 1] == "..." else _BETWEEN
        before = follows if made else ""
        made += rf"(?:{before}(?:{body}))?" if is_optional else rf"{before}(?:{body})"
        found = tuple(choice.strip("*") for choice in choices)
        # The rarest word is the longest one, as a rule: it decides whether the phrase is looked for at all.
        if not is_optional and min(map(len, found)) > min(map(len, stems), default=0):
            stems = found
    words = frozenset(choice for item in items for choice in item.strip("?").split("|"))
    return Phrase(re.compile(rf"(?<!\w){made}(?!\w)"), stems, words)


def _word(choice: str) -> str:
    head = r"\w*" if choice.startswith("*") else ""
    tail = r"\w*" if choice.endswith("*") else ""
    return head + re.escape(choice.strip("*")) + tail


def _compile_unspaced(line: str) -> Phrase:
    parts = [part.strip() for part in line.split("...")]
    body = _GAP_UNSPACED.join(re.escape(part).replace(r"\*", ".{1,3}") for part in parts)
    stem = max(parts, key=len).partition("*")[0]
    return Phrase(re.compile(body), (stem,), frozenset(parts))


class PhraseFinder:
    """Finds which phrases of all languages a text may hold, in one pass over it."""

    def __init__(self, sections: tuple[str, ...]) -> None:
        self._phrases = [
            (language, section, phrase)
            for language in LANGUAGES
            for section in sections
            for phrase in load_lexicon(language).phrases(section)
        ]
        owners: dict[str, list[int]] = {}
        for number, (_, _, phrase) in enumerate(self._phrases):
            for stem in phrase.stems:
                owners.setdefault(stem, []).append(number)
        self._stems = list(owners)
        self._owners = list(owners.values())
        self._automaton = AhoCorasick(self._stems)

    def candidates(self, folded: str) -> dict[str, list[tuple[str, Phrase]]]:
        """By language, the phrases whose stem is in a folded text, with their sections."""
        hits = {index for index, _, _ in self._automaton.find_matches_as_indexes(folded, overlapping=True)}
        numbers = sorted({number for index in hits for number in self._owners[index]})
        found: dict[str, list[tuple[str, Phrase]]] = {}
        for language, section, phrase in (self._phrases[number] for number in numbers):
            found.setdefault(language, []).append((section, phrase))
        return found


@cache
def finder_of(sections: tuple[str, ...]) -> PhraseFinder:
    """The finder of some sections, made once in a process."""
    return PhraseFinder(sections)
