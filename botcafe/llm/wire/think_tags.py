"""Separating reasoning that a model writes between `<think>` and `</think>` from its reply."""

import re

from botcafe.llm.protocol import ReasoningDelta, TextDelta

Delta = TextDelta | ReasoningDelta
TAGS = {"<think>": "</think>", "<thinking>": "</thinking>"}


_END_ALONE = re.compile(r"</think(?:ing)?>[ \t]*(?:\n\s*|$)")


def split_unopened_thinking(text: str) -> tuple[str, str]:
    """(reasoning, text) of a text with a closing tag but no opening one; `("", text)` for any other."""
    # Some chat templates open the thinking in the prompt, so the reply has the closing tag alone.
    found = _END_ALONE.search(text)
    if found is None or "<think" in text[: found.start()]:
        return "", text
    return text[: found.start()].strip(), text[found.end() :]


class ThinkSplitter:
    """Splits streamed text; what may be the beginning of a tag is held back until the next piece decides."""

    def __init__(self) -> None:
        self._held = ""
        self._closer = ""
        self._is_gap = False

    def feed(self, text: str) -> list[Delta]:
        """Deltas for this piece. White space between reasoning and reply is dropped."""
        # The usual case, once per token: plain text outside of any tag.
        if not self._held and not self._closer and not self._is_gap and "<" not in text:
            return [TextDelta(text)] if text else []
        rest = self._held + text
        self._held = ""
        found: list[Delta] = []
        while rest:
            rest = self._consume_tag(rest, found)
        return found

    def close(self) -> list[Delta]:
        """Deltas of the text that was held back when the reply ended."""
        found: list[Delta] = []
        self._append_delta(self._held, found)
        self._held = ""
        return found

    def _consume_tag(self, rest: str, found: list[Delta]) -> str:
        tags = (self._closer,) if self._closer else tuple(TAGS)
        at = rest.find("<")
        if at < 0:
            self._append_delta(rest, found)
            return ""
        self._append_delta(rest[:at], found)
        rest = rest[at:]
        for tag in tags:
            if rest.startswith(tag):
                self._switch_mode(tag)
                return rest[len(tag) :]
        if any(tag.startswith(rest) for tag in tags):
            self._held = rest
            return ""
        self._append_delta("<", found)
        return rest[1:]

    def _switch_mode(self, tag: str) -> None:
        self._is_gap = bool(self._closer)
        self._closer = "" if self._closer else TAGS[tag]

    def _append_delta(self, text: str, found: list[Delta]) -> None:
        if self._is_gap:
            text = text.lstrip()
            self._is_gap = not text
        if not text:
            return
        made: Delta = ReasoningDelta(text) if self._closer else TextDelta(text)
        last = found[-1] if found else None
        if type(last) is type(made) and last is not None:
            found[-1] = type(made)(last.text + text)
        else:
            found.append(made)
