"""Splits texts into search terms: lower case, accents folded, bigrams for scripts without spaces.

A word is kept as a number of 31 bits (a hash), so that an index carries no text; two words of one tenant share a
number about once in a vocabulary of 65,000.
"""

import re
import unicodedata
from collections import Counter
from functools import lru_cache
from hashlib import blake2b

# Thai, Lao, Burmese, Khmer, kana, Han, Hangul.
_DENSE = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff"
_PIECES = re.compile(rf"[{_DENSE}]+|(?:(?![{_DENSE}])\w)+(?:['’](?:(?![{_DENSE}])\w)+)*")
_IS_DENSE = re.compile(f"[{_DENSE}]")
_KEEPS_MARKS = re.compile(f"[{_DENSE}\u0900-\u0dff]")
MAX_WORD_CHARACTERS = 40
MAX_CACHED_CHARACTERS = 80
_ENDINGS = ("'s", "’s")


def split_words(text: str) -> list[str]:
    """The words of a text in order; ``東京駅`` gives ``東京`` and ``京駅``, a single character itself."""
    found: list[str] = []
    for piece in _PIECES.findall(unicodedata.normalize("NFKC", text).lower()):
        if _IS_DENSE.match(piece):
            # Bigrams need no dictionary for Chinese, Japanese or Thai, and find any part of a compound.
            found += [piece[i : i + 2] for i in range(len(piece) - 1)] or [piece]
        else:
            found.append(fold_word(piece))
    return found


def fold_word(word: str) -> str:
    """A lower-case word without accents and, where it is English, without its commonest endings."""
    # Words come from people: what the cache keeps must be bounded in size too.
    return _cached_fold(word) if len(word) <= MAX_CACHED_CHARACTERS else _fold(word)


@lru_cache(maxsize=65536)
def _cached_fold(word: str) -> str:
    return _fold(word)


def _fold(word: str) -> str:
    if word.endswith(_ENDINGS):
        word = word[:-2]
    word = word.replace("'", "").replace("’", "")[:MAX_WORD_CHARACTERS]
    if not word.isascii() and not _KEEPS_MARKS.search(word):
        word = "".join(c for c in unicodedata.normalize("NFKD", word) if not unicodedata.combining(c))
        word = word.replace("ß", "ss").replace("ø", "o").replace("ł", "l").replace("æ", "ae").replace("œ", "oe")
    return _without_ending(word)


def _without_ending(word: str) -> str:
    """``candles`` and ``candle``, ``cities`` and ``city`` are one word; also in Romance languages a final s is plural."""
    if len(word) > 4 and word.endswith("ies"):
        return word[:-3] + "y"
    if len(word) > 3 and word.endswith("s") and not word.endswith(("ss", "us", "is")):
        return word[:-1]
    return word


@lru_cache(maxsize=131072)
def term_id(word: str) -> int:
    """The number under which a word is kept: 1 to 2^31 - 1."""
    return (int.from_bytes(blake2b(word.encode("utf-8", "replace"), digest_size=4).digest(), "big") & 0x7FFFFFFF) or 1


def count_terms(text: str, times: float = 1.0) -> Counter[int]:
    """How often each word stands in a text, by number; each occurrence counts ``times`` quarters rounded down."""
    counts: Counter[int] = Counter()
    for word, count in Counter(split_words(text)).items():
        counts[term_id(word)] += max(1, int(4 * times * count))
    return counts


def query_terms(text: str, limit: int = 48) -> dict[int, str]:
    """The words of a query by number, each once, in order; at limit ``limit``."""
    found: dict[int, str] = {}
    for word in split_words(text):
        if len(found) == limit:
            break
        found.setdefault(term_id(word), word)
    return found
