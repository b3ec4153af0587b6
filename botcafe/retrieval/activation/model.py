"""The data types of lore activation: input, settings, result, and the rules that a reason can name."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

SCOPES = ("chat", "persona", "bot", "global")
MODES = ("keyword", "vector", "hybrid", "constant", "off")
LOGICS = ("AND_ANY", "NOT_ALL", "NOT_ANY", "AND_ALL")
POSITIONS = (
    "before_char",
    "after_char",
    "note_top",
    "note_bottom",
    "at_depth",
    "before_examples",
    "after_examples",
    "outlet",
)
ROLES = ("system", "user", "assistant")
# Above any number of messages, and still an integer that every database and JSON reader takes.
FOR_EVER = 1_000_000_000


class ActivationRule(StrEnum):
    """The rule by which an entry was included or left out. Stored in logs, so values never change."""

    KEY = "key"
    VECTOR = "vector"
    CONSTANT = "constant"
    STICKY = "sticky"
    DECORATOR = "decorator"
    OFF = "off"
    EMPTY = "empty"
    BOT = "bot"
    PERSONA = "persona"
    TRIGGER = "trigger"
    CHARACTER = "character"
    TAG = "tag"
    DELAY = "delay"
    COOLDOWN = "cooldown"
    GREETING = "greeting"
    TOO_EARLY = "too_early"
    NOT_THIS_TURN = "not_this_turn"
    WAITS_FOR_RECURSION = "waits_for_recursion"
    RECURSION_LEVEL = "recursion_level"
    EXCLUDED_FROM_RECURSION = "excluded_from_recursion"
    DECORATOR_OFF = "decorator_off"
    NO_KEYS = "no_keys"
    NO_MATCH = "no_match"
    BAD_KEY = "bad_key"
    SLOW_KEY = "slow_key"
    SECONDARY = "secondary"
    ADDITIONAL_KEY = "additional_key"
    EXCLUDED_KEY = "excluded_key"
    BELOW_THRESHOLD = "below_threshold"
    VECTOR_RANK = "vector_rank"
    GROUP_LOST = "group_lost"
    GROUP_SCORE = "group_score"
    GROUP_TAKEN = "group_taken"
    PROBABILITY = "probability"
    BUDGET = "budget"
    BOOK_BUDGET = "book_budget"
    WINDOW = "window"


@dataclass(frozen=True, slots=True)
class ActivationEntry:
    """One lore entry as it was written. None takes the value of the book or the settings; invalid values are corrected.

    ``order``: higher stands nearer the end of the prompt. ``priority`` (else ``order``): higher is considered earlier.
    Timers count messages. ``bots`` and ``personas``: if not empty, only with one of these ids.
    """

    id: int
    content: str = ""
    title: str = ""
    keys: tuple[str, ...] = ()
    secondary_keys: tuple[str, ...] = ()
    is_selective: bool = True
    logic: str = "AND_ANY"
    mode: str = "keyword"
    case_sensitive: bool | None = None
    whole_words: bool | None = None
    scan_depth: int | None = None
    match_sources: frozenset[str] = frozenset()
    threshold: float | None = None
    probability: float = 100
    position: str = "before_char"
    depth: int = 4
    role: str = "system"
    order: float = 100
    priority: float | None = None
    outlet: str = ""
    sticky: int = 0
    cooldown: int = 0
    delay: int = 0
    exclude_recursion: bool = False
    prevent_recursion: bool = False
    delay_until_recursion: int = 0
    group: str = ""
    group_override: bool = False
    group_weight: float = 100
    group_scoring: bool | None = None
    triggers: frozenset[str] = frozenset()
    filter_excludes: bool = False
    filter_names: frozenset[str] = frozenset()
    filter_tags: frozenset[str] = frozenset()
    ignore_budget: bool = False
    bots: frozenset[int] = frozenset()
    personas: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class BookSettings:
    """Defaults of a book for its entries. ``scan_depth`` in messages, ``token_budget`` its own limit (0: none)."""

    scan_depth: int | None = None
    token_budget: int = 0
    recursive: bool | None = None
    case_sensitive: bool = False
    whole_words: bool = True
    st_strict: bool = False


@dataclass(frozen=True, slots=True)
class ScannedMessage:
    """A message of the chat. ``id`` 0 is one that is not stored yet."""

    id: int
    name: str
    text: str
    is_bot: bool = False


@dataclass(frozen=True, slots=True)
class TimedEffect:
    """An entry fired for the reply ``message``, when the branch had ``place`` messages.

    ``sticky_until`` and ``cooling_until`` are numbers of messages too. Effects are only ever added; those whose reply
    lies on the branch count, so that stepping back, swiping and switching branches need no cleaning up.
    """

    entry: int
    message: int
    place: int
    sticky_until: int = 0
    cooling_until: int = 0


def _unchanged(text: str) -> str:
    return text


def _estimate_quarter(text: str) -> int:
    return (len(text) + 3) // 4


@dataclass(frozen=True, slots=True)
class ActivationInput:
    """Everything that activation looks at for a reply.

    ``messages`` oldest first, hidden ones left out; ``count`` is the length of the branch (None: what is in
    ``messages``). ``fields`` are the texts an entry may opt in to; ``notes`` are always read. ``scores`` are cosine
    similarities by entry id. ``effects`` are those of this branch, ``reply`` is the message that is to be written, under
    which new ones begin. The same ``seed`` gives the same draws.

    ``apart`` are entries of somebody who may not read all that is read here: they are looked for neither in the texts
    of ``closed`` entries nor in ``closed_fields``, since what they match tells of the text.
    """

    messages: tuple[ScannedMessage, ...] = ()
    count: int | None = None
    fields: Mapping[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    trigger: str = "normal"
    names: frozenset[str] = frozenset()
    tags: frozenset[str] = frozenset()
    bot: int | None = None
    persona: int | None = None
    greeting: int | None = None
    scores: Mapping[int, float] = field(default_factory=dict)
    effects: tuple[TimedEffect, ...] = ()
    reply: int = 0
    seed: str = ""
    apart: frozenset[int] = frozenset()
    closed: frozenset[int] = frozenset()
    closed_fields: frozenset[str] = frozenset()
    fill: Callable[[str], str] = _unchanged
    tokens: Callable[[str], int] = _estimate_quarter


@dataclass(frozen=True, slots=True)
class ActivationSettings:
    """Settings of activation. ``budget`` in tokens for all lore. For steps and activations 0 means none.

    ``st_strict`` restores SillyTavern's behaviour where ours deviates (decision 0020).
    """

    scan_depth: int = 2
    budget: int = 2048
    include_names: bool = True
    recursion: bool = False
    max_steps: int = 0
    min_activations: int = 0
    min_activations_depth: int = 0
    group_scoring: bool = False
    strategy: str = "evenly"
    threshold: float = 0.25
    most_by_vector: int = 8
    regex_seconds: float = 0.05
    regex_seconds_in_all: float = 0.25
    st_strict: bool = False


@dataclass(frozen=True, slots=True)
class KeyMatch:
    """Where a key was found. ``where`` is message, note, entry or a field's name; offsets are relative to its text."""

    key: str
    where: str
    message: int = 0
    age: int = 0
    start: int = 0
    end: int = 0
    parent: int | None = None


@dataclass(frozen=True, slots=True)
class ActivationReason:
    """Why an entry was included or left out. ``used`` of ``budget`` tokens were taken before it.

    ``key``, ``where``, ``message`` and ``age`` (1 is the newest message) tell of the match, ``parent`` of the entry
    whose text held the key, ``detail`` of what the rule itself measured, in its own unit.
    """

    entry: int
    book: int
    is_in: bool
    rule: ActivationRule
    match: KeyMatch | None = None
    score: float | None = None
    tokens: int = 0
    position: str = ""
    round: int = 0
    used: int = 0
    budget: int = 0
    detail: str = ""
    spans: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True, slots=True)
class ActivatedEntry:
    """An entry that goes into the prompt, with its macros filled. ``depth`` is only for ``at_depth``."""

    entry: int
    book: int
    text: str
    tokens: int
    position: str
    order: float
    depth: int = 0
    role: str = "system"
    outlet: str = ""
    goes_first: bool = False


@dataclass(frozen=True, slots=True)
class ActivationResult:
    """The result: placed entries in prompt order, a reason for every candidate, and the timed effects that start."""

    placed: tuple[ActivatedEntry, ...]
    reasons: tuple[ActivationReason, ...]
    begun: tuple[TimedEffect, ...]
    used: int
    budget: int
