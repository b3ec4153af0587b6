"""Written scenes: a bot's replies without a model, chosen by keywords of what was said and by turn.

A scene is content. Its replies belong together by their ids: one that comes `after` another is said only there. Nothing
of what the visitor writes is ever repeated, and no reply comes twice while there is another.
"""

import asyncio
import re
from collections.abc import AsyncGenerator, Iterable, Sequence
from dataclasses import dataclass, field

from botcafe.llm.protocol import ChatRequest, StreamEnd, StreamEvent, TextDelta, Usage
from botcafe.llm.tokens import estimate_message_tokens, estimate_tokens

MAX_SCANNED_CHARACTERS = 4000
BEAT, ENDING, VISITOR, ANSWER = "beat", "ending", "visitor", "answer"
ANYTHING = -1
# An answer to what the bot has just asked goes before a word that is at home elsewhere.
LED_BONUS = 100
_APOSTROPHES = re.compile("[’‘`´]")
_SPACE = re.compile(r"\s+")
_EDGES = " \t\n.,;:!?…*\"'“”()-"


@dataclass(frozen=True, slots=True)
class Keywords:
    """Words that call a reply: as whole words anywhere in a message, as a whole message, or as a family such as yes.

    Members of a family weigh nothing, so that any word of its own calls a reply first. One with `is_any` takes what
    nothing else does.
    """

    words: tuple[str, ...] = ()
    whole: frozenset[str] = frozenset()
    family: tuple[str, ...] = ()
    is_any: bool = False

    def weigh(self, said: str) -> int | None:
        """The length of the longest word that `said` has; 0 for a family, ANYTHING or else None where none is there."""
        if said.strip(_EDGES) in self.whole:
            return MAX_SCANNED_CHARACTERS
        found = [len(word) for word in self.words if _has_word(said, word)]
        if found:
            return max(found)
        if any(_has_word(said, word) for word in self.family):
            return 0
        return ANYTHING if self.is_any else None


@dataclass(frozen=True, slots=True)
class SceneReply:
    """One written reply. `after` maps the id of the reply before it to the keywords that lead from there to here.

    A soft one answers courtesies and waits behind all others; one that is first answers somebody in danger, before all
    others and as often as needed. One with an `opening` is said only right after that greeting, counted from 0.
    """

    id: str
    text: str
    role: str = ANSWER
    on: Keywords = field(default_factory=Keywords)
    after: dict[str, Keywords] = field(default_factory=dict)
    is_soft: bool = False
    is_first: bool = False
    opening: int | None = None


@dataclass(frozen=True, slots=True)
class Scene:
    """The written replies of one bot, in the order in which they are preferred."""

    replies: tuple[SceneReply, ...]

    def of_role(self, role: str) -> list[SceneReply]:
        """The replies of a role, in order."""
        return [each for each in self.replies if each.role == role]


@dataclass(frozen=True, slots=True)
class SceneMoment:
    """Where a scene stands: what was just said, what the bot said before, and what was turned down in this place.

    `own` and `rejected` are texts, oldest first. `opening` is the number of the greeting that the chat began with.
    """

    said: str = ""
    own: Sequence[str] = ()
    rejected: Sequence[str] = ()
    opening: int | None = None


class SceneBackend:
    """A ChatBackend that says one written reply. `pace` is in words a second; 0 sends all at once."""

    def __init__(self, text: str, pace: float = 0.0) -> None:
        self._text = text
        self._pace = pace

    async def stream(self, request: ChatRequest) -> AsyncGenerator[StreamEvent, None]:
        """The text, one event a word, then an estimated Usage, then StreamEnd."""
        for position, word in enumerate(self._text.split(" ")):
            if position and self._pace > 0:
                await asyncio.sleep(1 / self._pace)
            yield TextDelta(f" {word}" if position else word)
        yield Usage(estimate_message_tokens(request.messages), estimate_tokens(self._text), True)
        yield StreamEnd("stop")


def choose_reply(scene: Scene, moment: SceneMoment) -> SceneReply:
    """The reply of this moment: the best one that keywords call, else the next beat, else an ending."""
    heard, last = [*moment.own, *moment.rejected], _find_last(scene, moment)
    alarms = _called_replies([each for each in scene.replies if each.is_first], moment, last)
    if alarms:
        # Whoever is in danger is answered every time.
        return _least_recent(alarms, heard)
    fresh = [each for each in scene.replies if _fits(each, moment) and not _is_among(each, heard)]
    called = _called_replies(fresh, moment, last)
    if called:
        return called[0]
    beats = [each for each in fresh if each.role == BEAT]
    if beats:
        return beats[0]
    return _least_recent(scene.of_role(ENDING), heard)


def choose_visitor_line(scene: Scene, said: Sequence[str]) -> SceneReply:
    """A line that the visitor may say next; `said` are the visitor's lines so far, oldest first."""
    return _least_recent(scene.of_role(VISITOR), said)


def _called_replies(fresh: Iterable[SceneReply], moment: SceneMoment, last: str | None) -> list[SceneReply]:
    """The replies that keywords call, best first."""
    said = _normalize(moment.said)
    found = [(weight, each) for each in fresh if said and (weight := _weigh(each, said, last)) is not None]
    # Sorting is stable: of two that weigh the same, the first in the scene.
    return [reply for weight, reply in sorted(found, key=lambda each: _rank(*each))]


def _weigh(reply: SceneReply, said: str, last: str | None) -> float | None:
    here = reply.after.get(last) if last else None
    led, called = here.weigh(said) if here else None, reply.on.weigh(said)
    if led is None or led == ANYTHING:
        return led if called is None else called
    # Half a point, so that of two families the one that answers a question comes first.
    return max(led + (LED_BONUS if led else 0.5), called or 0)


def _rank(weight: float, reply: SceneReply) -> tuple[int, float]:
    """What has words of its own first, then courtesies, then what takes anything."""
    return 2 if weight == ANYTHING else int(reply.is_soft), -weight


def _find_last(scene: Scene, moment: SceneMoment) -> str | None:
    """The id of what the bot said last: a reply of the scene, or the greeting `opening-0` and so on."""
    if not moment.own:
        return None
    for reply in scene.replies:
        if reply.text in moment.own[-1]:
            return reply.id
    return f"opening-{moment.opening}" if moment.opening is not None and len(moment.own) == 1 else None


def _fits(reply: SceneReply, moment: SceneMoment) -> bool:
    return reply.opening is None or (reply.opening == moment.opening and len(moment.own) == 1)


def _is_among(reply: SceneReply, texts: Sequence[str]) -> bool:
    # Within, for a reply that was continued holds two.
    return any(reply.text in text for text in texts)


def _least_recent(replies: Sequence[SceneReply], heard: Sequence[str]) -> SceneReply:
    """The reply that was not heard yet or longest ago; of two never heard, the first."""
    return min(replies, key=lambda reply: max((i for i, text in enumerate(heard) if reply.text in text), default=-1))


def _normalize(text: str) -> str:
    return _SPACE.sub(" ", _APOSTROPHES.sub("'", text[:MAX_SCANNED_CHARACTERS]).casefold()).strip()


def _has_word(said: str, word: str) -> bool:
    """Whether a word or phrase stands in a text with nothing of a word on either side."""
    return re.search(rf"(?<!\w){re.escape(word)}(?!\w)", said) is not None
