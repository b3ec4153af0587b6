"""Separating reasoning that a model writes between `<think>` and `</think>` from its reply."""

import re
from typing import TypeAlias

from botcafe.llm.protocol import ReasoningDelta, TextDelta

Delta: TypeAlias = TextDelta | ReasoningDelta
TAGS = {"<think>": "</think>", "<thinking>": "</thinking>"}
MAX_TAG_CHARACTERS = max(len(tag) for pair in TAGS.items() for tag in pair)
# Texts of one kind that follow each other, joined once they are all there.
_Run: TypeAlias = tuple[type[Delta], list[str]]
_OPENERS = re.compile("|".join(TAGS))
_CLOSERS = {tag: re.compile(tag) for tag in TAGS.values()}

_END_ALONE = re.compile(r"</think(?:ing)?>[ \t]*(?:\n\s*|$)")


def split_unopened_thinking(text: str) -> tuple[str, str]:
    """(reasoning, text) of a text with a closing tag but no opening one; `("", text)` for any other."""
    # Some chat templates open the thinking in the prompt, so the reply has the closing tag alone.
    found = _END_ALONE.search(text)
    if found is None or "<think" in text[: found.start()]:
        return "", text
    return text[: found.start()].strip(), text[found.end() :]


class ThinkSplitter:
    """Splits streamed text; what may be the beginning of a tag is held back until the next piece decides.

    Each piece is gone through once, whatever it holds: it comes from a stranger's server, and is read in the event loop.
    """

    def __init__(self) -> None:
        self._held = ""
        self._closer = ""
        self._is_gap = False

    def feed(self, text: str) -> list[Delta]:
        """Deltas for this piece. White space between reasoning and reply is dropped."""
        # The usual case, once per token: plain text outside of any tag.
        if not self._held and not self._closer and not self._is_gap and "<" not in text:
            return [TextDelta(text)] if text else []
        rest, at = self._held + text, 0
        runs: list[_Run] = []
        while (end := self._next_tag(rest, at)) is not None:
            self._append(rest[at : end.start()], runs)
            self._switch_mode(end[0])
            at = end.end()
        self._held = self._begun_tag(rest[max(at, len(rest) - MAX_TAG_CHARACTERS) :])
        self._append(rest[at : len(rest) - len(self._held)], runs)
        return _deltas_of(runs)

    def close(self) -> list[Delta]:
        """Deltas of the text that was held back when the reply ended."""
        runs: list[_Run] = []
        self._append(self._held, runs)
        self._held = ""
        return _deltas_of(runs)

    def _next_tag(self, text: str, at: int) -> re.Match[str] | None:
        return (_CLOSERS[self._closer] if self._closer else _OPENERS).search(text, at)

    def _begun_tag(self, text: str) -> str:
        """The end of a text that may be the beginning of a tag."""
        at = text.rfind("<")
        tags = (self._closer,) if self._closer else tuple(TAGS)
        return text[at:] if at >= 0 and any(tag.startswith(text[at:]) for tag in tags) else ""

    def _switch_mode(self, tag: str) -> None:
        self._is_gap = bool(self._closer)
        self._closer = "" if self._closer else TAGS[tag]

    def _append(self, text: str, runs: list[_Run]) -> None:
        if self._is_gap:
            text = text.lstrip()
            self._is_gap = not text
        if not text:
            return
        kind = ReasoningDelta if self._closer else TextDelta
        if runs and runs[-1][0] is kind:
            runs[-1][1].append(text)
        else:
            runs.append((kind, [text]))


def _deltas_of(runs: list[_Run]) -> list[Delta]:
    return [kind("".join(texts)) for kind, texts in runs]
