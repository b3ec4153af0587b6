"""Hides a person's words in a reply while it streams: what may become such a word is held back until it is known."""

import re
from collections.abc import Iterable
from typing import TypeAlias

from botcafe.areas.wellbeing.words_in_text import is_letter

HIDDEN = "•••"
_SPACE = re.compile(r"\s+")
END, END_OF_LETTERS = "end", "end of letters"
ENDS = frozenset((END, END_OF_LETTERS))
END_PATTERNS = {END: "", END_OF_LETTERS: r"(?!\w)"}
# What may follow a beginning, character by character.
Branch: TypeAlias = "dict[str, Branch]"


class WordMask:
    """Replaces words and phrases in a text that comes in pieces. ``words`` are in lower case, with single spaces."""

    def __init__(self, words: Iterable[str]) -> None:
        # The longest first, so that a phrase is hidden whole and not by the word it begins with.
        chosen = sorted(words, key=len, reverse=True)
        self._beginnings = frozenset(word[:size] for word in chosen for size in range(1, len(word) + 1))
        self._reach = 2 * max(map(len, chosen), default=0)
        self._pattern = re.compile(_pattern_of(chosen), re.IGNORECASE) if chosen else None
        self._held, self._before = "", ""

    def feed(self, more: str) -> str:
        """Take a piece, and return what can be shown by now."""
        if self._pattern is None:
            return more
        self._held += more
        return self._release(self._first_possible())

    def finish(self) -> str:
        """What was held back, once the text has ended."""
        return self._release(len(self._held))

    def _first_possible(self) -> int:
        """From where on the text may be the beginning of a word."""
        for start in range(max(0, len(self._held) - self._reach), len(self._held)):
            former = self._held[start - 1] if start else self._before
            if is_letter(self._held[start]) and (former.isalnum() or former == "_"):
                continue
            if _SPACE.sub(" ", self._held[start:].casefold()) in self._beginnings:
                return start
        return len(self._held)

    def _release(self, size: int) -> str:
        """Take the text up to there, with its words hidden; a word that goes on behind it is left for later."""
        # What stood before decides whether a word begins here.
        text, parts, last = self._before + self._held, [], len(self._before)
        end = last + size
        for match in self._pattern.finditer(text, last) if self._pattern else ():
            if match.start() >= end:
                break
            if match.end() > end:
                end = match.start()
                break
            parts += [text[last : match.start()], HIDDEN]
            last = match.end()
        parts.append(text[last:end])
        self._before, self._held = text[:end][-1:], text[end:]
        return "".join(parts)


def _pattern_of(words: list[str]) -> str:
    """One pattern for all words, the longest first. Common beginnings are shared: no place of a text is read once a word."""
    beginnings: Branch = {}
    for word in words:
        branch = beginnings
        for part in word:
            branch = branch.setdefault(part, {})
        branch[END_OF_LETTERS if is_letter(word[-1]) else END] = {}
    choices = []
    for part, branch in beginnings.items():
        before = r"(?<!\w)" if is_letter(part) else ""
        choices.append(before + _pattern_of_branch(part, branch))
    return "|".join(choices)


def _pattern_of_branch(part: str, branch: Branch) -> str:
    pattern = ""
    # A run without a fork stays flat: patterns nest only as deep as words differ.
    while len(branch) == 1 and (following := next(iter(branch))) not in ENDS:
        pattern += _escaped(part)
        part, branch = following, branch[following]
    ends = [END_PATTERNS[each] for each in branch if each in ENDS]
    longer = [_pattern_of_branch(each, more) for each, more in branch.items() if each not in ENDS]
    return f"{pattern}{_escaped(part)}(?:{'|'.join([*longer, *ends])})"


def _escaped(character: str) -> str:
    return r"\s+" if character == " " else re.escape(character)
