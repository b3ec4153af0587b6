"""Fast, cautious token estimates for budgets. Billing uses the provider's usage instead, where there is one."""

from collections.abc import Iterable
from math import ceil

from botcafe.llm.protocol import ChatMessage

_ASCII_LETTERS_AND_SPACE = bytes(range(ord("a"), ord("z") + 1)) + bytes(range(ord("A"), ord("Z") + 1)) + b" "
_CONTINUATION = bytes(range(0x80, 0xC0))
_ASCII = bytes(range(0x80))
_LEAD_2 = bytes(range(0xC0, 0xE0))
_LEAD_3 = bytes(range(0xE0, 0xF0))
_MESSAGE_TOKENS = 4
_IMAGE_TOKENS = 800
SMOOTHING = 0.2
MIN_RATIO, MAX_RATIO = 0.3, 3.0


def estimate_tokens(text: str, ratio: float = 1.0) -> int:
    """Estimated tokens of a text, 0 for an empty one; errs on the high side. `ratio` is what `learn` gave.

    Weights by UTF-8 length: ASCII letters and spaces 1/4 token, digits and punctuation 1/2, two bytes (accents, Greek,
    Cyrillic, Hebrew, Arabic) 1/2, three (Chinese, Japanese, Korean, Thai, Hindi) 1, four (emoji, rare characters) 2.
    """
    # This runs over whole prompts at each turn: bytes are counted by translate(), not in a Python loop.
    raw = text.encode("utf-8", "replace")
    if text.isascii():
        return ceil(_ascii_quarters(raw) * ratio / 4)
    plain = raw.translate(None, _CONTINUATION + _LEAD_2 + _LEAD_3 + bytes(range(0xF0, 0x100)))
    wide = raw.translate(None, _CONTINUATION + _ASCII)
    without_2 = wide.translate(None, _LEAD_2)
    fours = len(without_2.translate(None, _LEAD_3))
    threes = len(without_2) - fours
    quarters = _ascii_quarters(plain) + 2 * (len(wide) - len(without_2)) + 4 * threes + 8 * fours
    return ceil(quarters * ratio / 4)


def estimate_message_tokens(messages: Iterable[ChatMessage]) -> int:
    """Estimated tokens of a prompt: four for the frame of each message, 800 for each picture."""
    return sum(_estimate_one_message(each) for each in messages)


def _estimate_one_message(message: ChatMessage) -> int:
    text = estimate_tokens(message.content) + estimate_tokens(message.name or "")
    return text + _MESSAGE_TOKENS + _IMAGE_TOKENS * len(message.images)


def _ascii_quarters(raw: bytes) -> int:
    # One quarter a byte, and a second one for digits and punctuation.
    return len(raw) + len(raw.translate(None, _ASCII_LETTERS_AND_SPACE))


def update_token_ratio(ratio: float, estimated: int, counted: int) -> float:
    """A model's ratio of counted to estimated tokens after one more reply: smoothed, and kept between 0.3 and 3.

    `estimated` was made with the present `ratio`; `counted` is the provider's count. A single count moves the ratio by no
    more than a fifth of the way to the end of its range, whatever the provider says.
    """
    if estimated <= 0 or counted <= 0:
        return ratio
    seen = _clamp_ratio(ratio * counted / estimated)
    return _clamp_ratio(ratio + SMOOTHING * (seen - ratio))


def _clamp_ratio(ratio: float) -> float:
    return min(MAX_RATIO, max(MIN_RATIO, ratio))
