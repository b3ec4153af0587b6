"""The rehearsal: a built-in responder without key, model or network, to try out and test the whole path of a reply.

The same request and script give the same text. It quotes the bot's greeting and examples and the lore and memories of
the turn, and begins with a label, so that nobody takes it for a model.
"""

import asyncio
import re
from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass
from hashlib import sha256

from botcafe.llm.protocol import ChatRequest, StreamEnd, StreamEvent, TextDelta, Usage
from botcafe.llm.tokens import estimate_message_tokens, estimate_tokens

LABEL = "(Rehearsal) "
MIN_WORDS = 60
MAX_WORDS = 120
MAX_WORD = 40

_REACTIONS = (
    "{bot} sets the cup down and listens: you said “{said}”, and that stays on the table between us.",
    "“{said}” {bot} repeats the words slowly, as one turns a coin over to see both sides.",
    "{bot} leans closer. So it is “{said}” that brings you here tonight, and I am glad you told me.",
)
_REACTIONS_TO_NOTHING = (
    "{bot} lets the quiet stand for a moment, then goes on where we had stopped.",
    "{bot} nods, takes a breath and picks up the thread again.",
)
_VOICE = (
    "You know how I begin when somebody comes in: “{piece}”",
    "My first words to you have not changed: “{piece}”",
)
_EXAMPLE = (
    "I would put it the way I once did before: “{piece}”",
    "It is not the first time I have said this: “{piece}”",
)
_LORE = (
    "There is something about this place that I keep in mind: “{piece}”",
    "What you say touches on a thing I know: “{piece}”",
)
_MEMORY = (
    "And I have not forgotten: “{piece}”",
    "I still remember this about us: “{piece}”",
)
_FILLING = (
    "Outside a late tram goes by, and its light runs once along the wall and is gone.",
    "I would rather take your words one at a time than hurry past the one that matters.",
    "No model is speaking yet; this is only the stage, the lamp and the two of us trying our lines.",
    "When a real voice takes this chair, it will be given the same lines that I was given.",
    "Let me stay with that a little longer, because small things are usually where a story starts.",
    "The coffee is still warm, the door is still open, and nobody has asked us to leave.",
)
_CLOSING = (
    "Tell me, what happens next?",
    "What would you like me to know before we go on?",
    "Shall we go on from there?",
)
_SPEAKER = re.compile(r"^\s*([^:\n]{1,40}):\s*(.*)$")
_BLANK = re.compile(r"[\s\"“”]+")
_SENTENCE_END = re.compile(r"(?<=[.!?…。！？])\s+")


@dataclass(frozen=True, slots=True)
class RehearsalScript:
    """What the responder may quote: texts of the card, and the lore and memories found for this turn."""

    bot_name: str
    greeting: str = ""
    examples: Sequence[str] | str = ()
    lore: Sequence[str] = ()
    memories: Sequence[str] = ()


class RehearsalBackend:
    """A ChatBackend that plays a script. `pace` is in words a second; 0 sends all at once."""

    def __init__(self, script: RehearsalScript, pace: float = 0.0) -> None:
        self._script = script
        self._pace = pace

    async def stream(self, request: ChatRequest) -> AsyncGenerator[StreamEvent, None]:
        """The text of `rehearse`, one event a word, then an estimated Usage, then StreamEnd."""
        text = rehearse(request, self._script)
        for position, word in enumerate(text.split(" ")):
            if position and self._pace > 0:
                await asyncio.sleep(1 / self._pace)
            yield TextDelta(f" {word}" if position else word)
        yield Usage(estimate_message_tokens(request.messages), estimate_tokens(text), True)
        yield StreamEnd("stop")


def rehearse(request: ChatRequest, script: RehearsalScript) -> str:
    """The reply: MIN_WORDS to MAX_WORDS words on one line, beginning with LABEL."""
    user_text = next((each.content for each in reversed(request.messages) if each.role == "user"), "")
    seed = sha256(repr((user_text, len(request.messages), script)).encode("utf-8", "replace")).digest()
    name = _clip_words(script.bot_name, 4) or "The bot"
    quoted = _clip_words(user_text, 13)
    sentences = [
        _pick_by_number(_REACTIONS if quoted else _REACTIONS_TO_NOTHING, seed[0]).format(bot=name, said=quoted)
    ]
    closing = _pick_by_number(_CLOSING, seed[1])
    for quote in _quoting_sentences(script, seed):
        if _count_words([*sentences, quote], closing) <= MAX_WORDS:
            sentences.append(quote)
    offset = 0
    while _count_words(sentences, closing) < MIN_WORDS:
        sentences.append(_pick_by_number(_FILLING, seed[2] + offset))
        offset += 1
    return f"{LABEL}{' '.join(sentences)} {closing}"


def _quoting_sentences(script: RehearsalScript, seed: bytes) -> list[str]:
    spoken = _spoken_lines(script)
    sources = (
        (_VOICE, _first_sentence(_fill_names(script.greeting, script)), 11),
        (_LORE, _choose_text(script.lore, seed[3], script), 12),
        (_MEMORY, _choose_text(script.memories, seed[4], script), 12),
        (_EXAMPLE, _first_sentence(spoken[seed[5] % len(spoken)]) if spoken else "", 10),
    )
    made = []
    for position, (frames, text, longest) in enumerate(sources):
        piece = _clip_words(text, longest)
        if piece:
            made.append(_pick_by_number(frames, seed[6 + position]).format(piece=piece))
    return made


def _choose_text(texts: Sequence[str], number: int, script: RehearsalScript) -> str:
    kept = [text for text in texts if text.strip()]
    return _fill_names(kept[number % len(kept)], script) if kept else ""


def _spoken_lines(script: RehearsalScript) -> list[str]:
    """The bot's own lines in its examples, without lines of others and separators."""
    texts = [script.examples] if isinstance(script.examples, str) else script.examples
    found = []
    for line in "\n".join(texts).splitlines():
        match = _SPEAKER.match(line)
        if match and match[1].strip() in ("{{char}}", script.bot_name):
            found.append(_fill_names(match[2], script))
        elif not match and line.strip() and not line.strip().startswith("<"):
            found.append(_fill_names(line, script))
    return [line for line in found if line.strip()]


def _fill_names(text: str, script: RehearsalScript) -> str:
    return text.replace("{{char}}", script.bot_name).replace("{{user}}", "you")


def _first_sentence(text: str) -> str:
    return _SENTENCE_END.split(text.strip(), maxsplit=1)[0]


def _clip_words(text: str, longest: int) -> str:
    """One line of at most `longest` words, each of at most 40 characters, with an ellipsis where it was cut."""
    words = _BLANK.sub(" ", text[:4000]).split()
    kept = [word if len(word) <= MAX_WORD else f"{word[:MAX_WORD]}…" for word in words[:longest]]
    return " ".join(kept) + ("…" if len(words) > longest else "")


def _pick_by_number(choices: Sequence[str], number: int) -> str:
    return choices[number % len(choices)]


def _count_words(sentences: Sequence[str], closing: str) -> int:
    return len(" ".join((LABEL, *sentences, closing)).split())
