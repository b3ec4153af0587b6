"""Which of a person's words and phrases a text holds."""

import re
from collections.abc import Iterable
from functools import lru_cache

# Thai, and the scripts of East Asia, put no spaces between words.
_SPACELESS = (
    (0x0E00, 0x0EFF),
    (0x1000, 0x109F),
    (0x1780, 0x17FF),
    (0x2E80, 0xD7FF),
    (0xF900, 0xFAFF),
    (0x20000, 0x3FFFF),
)


def find_word(words: Iterable[str], text: str) -> str | None:
    """The first of the words (in lower case) that stands in a text as a whole word; None for none."""
    folded = " ".join(text.casefold().split())
    # Most words are in no text: that is asked without a pattern.
    return next((word for word in words if word in folded and _pattern(word).search(folded)), None)


@lru_cache(maxsize=1024)
def _pattern(word: str) -> re.Pattern[str]:
    before = r"(?<!\w)" if is_letter(word[0]) else ""
    after = r"(?!\w)" if is_letter(word[-1]) else ""
    return re.compile(before + re.escape(word) + after)


def is_letter(character: str) -> bool:
    """Whether a character belongs to words that others must not go on in: not so in scripts without spaces."""
    code = ord(character)
    return (character.isalnum() or character == "_") and not any(low <= code <= high for low, high in _SPACELESS)
