"""The crisis check itself: dangerous phrases weighed by what stands around them. Pure, and quick enough for every message."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import TypeAlias

from botcafe.areas.wellbeing.crisis.lexicon import DANGERS, DangerKind, Lexicon, Phrase, finder_of, fold, load_lexicon

# A message may have 100,000 signs: of longer ones the start and the end are read, where people say how they are.
WINDOW_CHARACTERS = 6000
THRESHOLD = 0.55
IN_MARKS = 0.3
NEGATED = 0.2
OF_OTHERS = 0.3
IN_FICTION = 0.3
IN_PAST = 0.4
AS_HYPERBOLE = 0.3
PER_WEAK_PHRASE = 0.12
MAX_WEAK_PHRASES = 2
# How far before a phrase a negation still belongs to it.
WORDS_BEFORE = 3
SIGNS_AFTER = 14
# A text of nothing but such phrases is answered by its first ones.
MAX_MATCHES = 24
PIECE_CHARACTERS, OVERLAP_CHARACTERS = 1200, 200

_SENTENCE = re.compile(r"[^.!?。！？\n]+")
_CLAUSE_END = re.compile(
    r"[,;:()、，—–]|\s-\s|\bbut\b|\baber\b|\bmais\b|\bpero\b|\bma\b|\bmas\b|\bmaar\b|\bale\b|\bно\b"
)
# What is played or quoted: *he stabs himself*, “I want to die”, 「…」.
_MARKED = re.compile(
    r"\*[^*\n]{1,600}\*|\"[^\"\n]{1,600}\"|[“„«][^“„«”»\n]{1,600}[”“»]|「[^「」\n]{1,600}」|『[^『』\n]{1,600}』|♪[^♪\n]*♪?"
)
Span: TypeAlias = tuple[int, int]
_USER_SECTIONS = (*DANGERS, "weak")
_BOT_SECTIONS = ("urging",)


@dataclass(frozen=True, slots=True)
class Danger:
    """What the check found: the kind of danger, how sure it is (from the threshold up to about 1.2), and in which language."""

    kind: DangerKind
    score: float
    language: str


@dataclass(frozen=True, slots=True)
class _Match:
    section: str
    start: int
    end: int
    phrase: Phrase


def find_danger(text: str) -> Danger | None:
    """The danger that the writer of a text is in, None where there is no sign of one."""
    best: Danger | None = None
    for window in _windows(text):
        for language, candidates in finder_of(_USER_SECTIONS).candidates(window).items():
            found = _weigh(window, load_lexicon(language), candidates)
            if found is not None and (best is None or found.score > best.score):
                best = found
    return best


def find_urging(text: str) -> int | None:
    """Where in a bot's text it begins to urge or teach somebody to harm themselves: the start of that sentence, or None.

    The place is a number of characters of ``text``.
    """
    for sentence in re.finditer(r"[^.!?。！？\n]+[.!?。！？]*", text):
        if any(map(_is_urging, _pieces(fold(sentence.group())))):
            return sentence.start() + len(sentence.group()) - len(sentence.group().lstrip())
    return None


def _pieces(sentence: str) -> Iterator[str]:
    """A sentence, in pieces that overlap where it is longer than people write them: each is read in a bounded time."""
    for start in range(0, max(1, len(sentence) - OVERLAP_CHARACTERS), PIECE_CHARACTERS - OVERLAP_CHARACTERS):
        yield sentence[start : start + PIECE_CHARACTERS]


def _is_urging(sentence: str) -> bool:
    marked = _marked_spans(sentence)
    for language, candidates in finder_of(_BOT_SECTIONS).candidates(sentence).items():
        lexicon = load_lexicon(language)
        for match in _matches(sentence, candidates):
            around = sentence[: match.start] + sentence[match.end :]
            is_refused = any(phrase.pattern.search(around) for phrase in lexicon.phrases("urging negations"))
            after = sentence[match.end : match.end + SIGNS_AFTER]
            is_refused = is_refused or any(
                phrase.pattern.search(after) for phrase in lexicon.phrases("urging negations after")
            )
            if not is_refused and not _is_within(match, marked):
                return True
    return False


def _windows(text: str) -> list[str]:
    if len(text) <= 2 * WINDOW_CHARACTERS:
        return [fold(text)]
    return [fold(text[:WINDOW_CHARACTERS]), fold(text[-WINDOW_CHARACTERS:])]


def _matches(text: str, candidates: list[tuple[str, Phrase]]) -> list[_Match]:
    return [
        _Match(section, found.start(), found.end(), phrase)
        for section, phrase in candidates
        for found in islice(phrase.pattern.finditer(text), MAX_MATCHES)
    ][:MAX_MATCHES]


def _weigh(window: str, lexicon: Lexicon, candidates: list[tuple[str, Phrase]]) -> Danger | None:
    text = _without_idioms(window, lexicon)
    matches, marked = _matches(text, candidates), _marked_spans(text)
    weak = len({match.phrase for match in matches if match.section == "weak"})
    best: Danger | None = None
    for match in matches:
        if match.section == "weak":
            continue
        score = _context_factor(text, match, lexicon, marked) + PER_WEAK_PHRASE * min(weak, MAX_WEAK_PHRASES)
        if score >= THRESHOLD and (best is None or score > best.score):
            best = Danger(next(kind for kind in DANGERS if kind == match.section), score, lexicon.language)
    return best


def _without_idioms(text: str, lexicon: Lexicon) -> str:
    for phrase in lexicon.phrases("idioms"):
        if any(stem in text for stem in phrase.stems):
            text = phrase.pattern.sub(lambda found: " " * len(found.group()), text)
    return text


def _context_factor(text: str, match: _Match, lexicon: Lexicon, marked: Sequence[Span]) -> float:
    """What is left of a phrase's weight of 1 once its context was heard."""
    sentence, nearby = _surroundings(text, match)
    factor = IN_MARKS if _is_within(match, marked) else 1.0
    if _is_negated(text, match, lexicon):
        factor *= NEGATED
    if _has(sentence, lexicon, "others") and not _has(text[match.start : match.end], lexicon, "first"):
        factor *= OF_OTHERS
    if _has(nearby, lexicon, "fiction"):
        factor *= IN_FICTION
    if _has(sentence, lexicon, "past"):
        factor *= IN_PAST
    # Nobody says of a blow or of hunger that it was only a manner of speaking.
    if match.section == "suicide" and _has(nearby, lexicon, "hyperbole"):
        factor *= AS_HYPERBOLE
    return factor


def _has(text: str, lexicon: Lexicon, section: str) -> bool:
    return any(
        phrase.pattern.search(text) for phrase in lexicon.phrases(section) if any(stem in text for stem in phrase.stems)
    )


def _surroundings(text: str, match: _Match) -> tuple[str, str]:
    """The sentence of a match, and that sentence with its neighbours."""
    sentences = list(_SENTENCE.finditer(text, max(0, match.start - 600), match.end + 600))
    place = next((i for i, each in enumerate(sentences) if each.end() > match.start), len(sentences) - 1)
    near = sentences[max(0, place - 1) : place + 2]
    return sentences[place].group(), " ".join(each.group() for each in near)


def _marked_spans(text: str) -> list[Span]:
    """Where something is played or quoted."""
    return [found.span() for found in _MARKED.finditer(text)]


def _is_within(match: _Match, spans: Sequence[Span]) -> bool:
    return any(start <= match.start and match.end <= end for start, end in spans)


def _is_negated(text: str, match: _Match, lexicon: Lexicon) -> bool:
    after = text[match.end : match.end + SIGNS_AFTER].lstrip(" ,、")
    if any(phrase.pattern.match(after) for phrase in lexicon.phrases("negations after")):
        return True
    if lexicon.is_unspaced:
        return False
    clause = _CLAUSE_END.split(text[max(0, match.start - 120) : match.start])[-1]
    clause = re.split(r"[.!?\n]", clause)[-1]
    before = re.findall(r"\w+", clause)[-WORDS_BEFORE:]
    inside = [] if match.phrase.words & lexicon.negations else re.findall(r"\w+", text[match.start : match.end])
    return bool(lexicon.negations.intersection([*before, *inside]))
