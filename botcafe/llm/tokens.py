"""A quick, cautious guess at the number of tokens. An estimate, never a count: bills follow the provider's usage."""

from collections.abc import Iterable
from math import ceil

from botcafe.llm.protocol import ChatMessage

_EASY = bytes(range(ord("a"), ord("z") + 1)) + bytes(range(ord("A"), ord("Z") + 1)) + b" "
_CONTINUATION = bytes(range(0x80, 0xC0))
_ASCII = bytes(range(0x80))
_LEAD_2 = bytes(range(0xC0, 0xE0))
_LEAD_3 = bytes(range(0xE0, 0xF0))
_MESSAGE_TOKENS = 4


def estimate_tokens(text: str) -> int:
    """Estimated tokens of a text, 0 for an empty one; meant to err on the high side.

    English letters and spaces count a quarter, digits and marks a half, letters of two bytes in UTF-8 (accents, Greek,
    Cyrillic, Hebrew, Arabic) a half, of three (Chinese, Japanese, Korean, Thai, Hindi) one, of four (emoji, rare signs)
    two.
    """
    raw = text.encode("utf-8", "replace")
    if text.isascii():
        return ceil(_ascii_quarters(raw) / 4)
    plain = raw.translate(None, _CONTINUATION + _LEAD_2 + _LEAD_3 + bytes(range(0xF0, 0x100)))
    wide = raw.translate(None, _CONTINUATION + _ASCII)
    without_2 = wide.translate(None, _LEAD_2)
    fours = len(without_2.translate(None, _LEAD_3))
    threes = len(without_2) - fours
    return ceil((_ascii_quarters(plain) + 2 * (len(wide) - len(without_2)) + 4 * threes + 8 * fours) / 4)


def estimate_messages(messages: Iterable[ChatMessage]) -> int:
    """Estimated tokens of a prompt, with four for the frame of each message."""
    return sum(estimate_tokens(each.content) + estimate_tokens(each.name or "") + _MESSAGE_TOKENS for each in messages)


def _ascii_quarters(raw: bytes) -> int:
    hard = len(raw.translate(None, _EASY))
    return len(raw) + hard
