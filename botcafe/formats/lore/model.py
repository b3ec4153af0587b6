"""A lorebook and its entries, independent of the app that wrote them."""

from dataclasses import dataclass, field
from typing import Final, Literal, cast, get_args

from botcafe.kit.json_types import JsonObject

Position = Literal[
    "before_char", "after_char", "note_top", "note_bottom", "at_depth", "before_examples", "after_examples", "outlet"
]
Logic = Literal["AND_ANY", "NOT_ALL", "NOT_ANY", "AND_ALL"]
LoreRole = Literal["system", "user", "assistant"]
LoreForm = Literal["st", "v3"]
"""SillyTavern's world info, or the book of a card (`lorebook_v3` when it stands alone)."""

# SillyTavern numbers these; the order of the names is that numbering.
POSITIONS: Final = cast("tuple[Position, ...]", get_args(Position))
LOGICS: Final = cast("tuple[Logic, ...]", get_args(Logic))
ROLES: Final = cast("tuple[LoreRole, ...]", get_args(LoreRole))


@dataclass(frozen=True, slots=True)
class LoreEntry:
    """One entry. None means that the file does not say, so the settings of the installation apply.

    `content` may begin with V3 decorator lines (`@@name value`). `raw` is the entry as the file has it.
    """

    keys: tuple[str, ...] = ()
    secondary_keys: tuple[str, ...] = ()
    content: str = ""
    enabled: bool = True
    insertion_order: float = 100
    constant: bool = False
    vectorized: bool = False
    selective: bool = False
    logic: Logic = "AND_ANY"
    case_sensitive: bool | None = None
    match_whole_words: bool | None = None
    use_regex: bool = False
    name: str = ""
    comment: str = ""
    position: Position | None = None
    priority: float | None = None
    probability: float | None = None
    """Percent, 0 to 100; None = always."""
    depth: int | None = None
    """Messages from the end, for the position `at_depth`."""
    role: LoreRole | None = None
    outlet_name: str = ""
    scan_depth: int | None = None
    exclude_recursion: bool = False
    prevent_recursion: bool = False
    delay_until_recursion: int = 0
    """The recursion level from which it may activate; 0 = at once."""
    group: str = ""
    group_override: bool = False
    group_weight: float | None = None
    use_group_scoring: bool | None = None
    sticky: int | None = None
    """Messages, as are `cooldown` and `delay`."""
    cooldown: int | None = None
    delay: int | None = None
    ignore_budget: bool = False
    automation_id: str = ""
    match_sources: tuple[str, ...] = ()
    """Which texts beside the chat are scanned: names of `MATCH_SOURCES` in field_map."""
    triggers: tuple[str, ...] = ()
    character_filter: JsonObject | None = None
    """`{isExclude, names[], tags[]}`."""
    display_index: int | None = None
    extensions: JsonObject = field(default_factory=dict)
    raw: JsonObject = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Lorebook:
    """A book; `scan_depth` counts messages, `token_budget` tokens, None means the file does not say.

    `kind` is the format: `v3`, `st`, `agnai`, `risu`, `novelai`, `kobold` or `byaf`. `left_out` are the paths of items that
    are no entries. `warnings` are set only for a book in a file of its own.
    """

    name: str = ""
    description: str = ""
    scan_depth: int | None = None
    token_budget: int | None = None
    recursive_scanning: bool | None = None
    extensions: JsonObject = field(default_factory=dict)
    entries: tuple[LoreEntry, ...] = ()
    raw: JsonObject = field(default_factory=dict)
    kind: str = "v3"
    left_out: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
