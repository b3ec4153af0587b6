"""Finds what is spoken in a text: words between quotation marks, within one line.

The pages tint it. A reply that is still being written is tinted by the page's own script (``static/messages/tint.js``),
which knows the same marks: the two lists change together.
"""

import re
from collections import deque

from markdown_it.rules_core import StateCore
from markdown_it.token import Token

CLASS = "speech"
# No alternative may hold its own opening mark, so that a line of nothing but marks is read once. A straight mark after
# a letter or a digit closes a word or means inches.
SPOKEN = re.compile(
    r"(?<!\w)\"(?=\S)[^\"\n]+\""
    r"|“[^“”\n]+”|„[^„“”\n]+[“”]"
    r"|«[^«»\n]+»|»[^«»\n]+«|‹[^‹›\n]+›"
    r"|「[^「」\n]+」|『[^『』\n]+』|＂[^＂\n]+＂"
)
_BREAKS = {"softbreak", "hardbreak"}
# Stands for code within a line: it may be spoken of, and is never tinted.
_OBJECT = "\ufffc"


def mark_speech(state: StateCore) -> None:
    """A core rule of the parser: put spoken words into ``span.speech``, each run of text by itself.

    Emphasis may begin within speech and end after it: no span crosses another tag, as each holds text alone.
    """
    for block in state.tokens:
        if block.children:
            block.children = _mark_line(block.children)


def _mark_line(tokens: list[Token]) -> list[Token]:
    runs = [_shown(token) for token in tokens]
    spoken = deque(found.span() for found in SPOKEN.finditer("".join(runs)))
    if not spoken:
        return tokens
    kept: list[Token] = []
    start = 0
    for token, run in zip(tokens, runs, strict=True):
        if token.type == "text":
            kept += _split_run(run, start, spoken)
        else:
            kept.append(token)
        start += len(run)
    return kept


def _shown(token: Token) -> str:
    if token.type == "text":
        return token.content
    return "\n" if token.type in _BREAKS else _OBJECT if token.type == "code_inline" else ""


def _split_run(run: str, start: int, spoken: deque[tuple[int, int]]) -> list[Token]:
    """A run of text that begins at ``start``, cut at the spans; those that end in it are taken from ``spoken``."""
    parts: list[Token] = []
    done = 0
    while spoken and spoken[0][0] < start + len(run):
        low, high = max(spoken[0][0] - start, done), min(spoken[0][1] - start, len(run))
        parts += _text(run[done:low])
        if words := _text(run[low:high]):
            parts += [
                Token("speech_open", "span", 1, attrs={"class": CLASS}),
                *words,
                Token("speech_close", "span", -1),
            ]
        done = max(done, high)
        if spoken[0][1] > start + len(run):
            break
        spoken.popleft()
    return parts + _text(run[done:])


def _text(content: str) -> list[Token]:
    return [Token("text", "", 0, content=content)] if content else []
