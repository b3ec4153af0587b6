"""Fast, cautious token estimates for budgets. Billing uses the provider's usage instead, where there is one."""

from collections import OrderedDict
from collections.abc import Iterable
from math import ceil
from threading import Lock

from botcafe.llm.protocol import MAX_MODEL_NAME_CHARACTERS, ChatMessage

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
    """Estimated tokens of a text, 0 for an empty one; errs on the high side. `ratio` comes from `TokenRatios`.

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


def update_token_ratio(ratio: float, seen: float) -> float:
    """A model's ratio of counted to estimated tokens after one more reply, for which it was ``seen``.

    A single count moves the ratio by a fifth of the way. One that no tokenizer gives (below 0.3 or above 3) is ignored.
    """
    return ratio + SMOOTHING * (seen - ratio) if MIN_RATIO <= seen <= MAX_RATIO else ratio


class TokenRatios:
    """What was learned of token counts, by key and model.

    Never by model alone: whoever owns a key chooses what answers under a model's name, and with which counts, so what
    one account's endpoint reports must not change the prompts of another account. The least used are forgotten.
    """

    def __init__(self, capacity: int = 4096) -> None:
        self._capacity = capacity
        self._ratios: OrderedDict[tuple[int, str], float] = OrderedDict()
        # Prompts are prepared in several threads; learning happens in the event loop.
        self._lock = Lock()

    def ratio_of(self, key_id: int | None, model: str) -> float:
        """The ratio for a model that is reached by this key; 1 where nothing is known."""
        with self._lock:
            return self._ratios.get((key_id, model), 1.0) if key_id is not None else 1.0

    def learn(self, key_id: int, model: str, estimated: int, counted: int) -> None:
        """Take in one reply: tokens of its prompt as estimated with a ratio of 1, and as the provider counted them."""
        if estimated <= 0 or len(model) > MAX_MODEL_NAME_CHARACTERS:
            return
        with self._lock:
            name = (key_id, model)
            self._ratios[name] = update_token_ratio(self._ratios.get(name, 1.0), counted / estimated)
            self._ratios.move_to_end(name)
            if len(self._ratios) > self._capacity:
                self._ratios.popitem(last=False)
