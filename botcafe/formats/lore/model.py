"""What a lorebook says, whichever program wrote it."""

from dataclasses import dataclass, field
from typing import Any, Final, Literal, cast, get_args

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
    """One entry; None means the file does not say, so that the settings of the reader hold.

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
    """Per cent, 0 to 100; None = no draw."""
    depth: int | None = None
    """Messages from the end, for the position `at_depth`."""
    role: LoreRole | None = None
    outlet_name: str = ""
    scan_depth: int | None = None
    exclude_recursion: bool = False
    prevent_recursion: bool = False
    delay_until_recursion: int = 0
    """The level from which it may fire; 0 = at once."""
    group: str = ""
    group_override: bool = False
    group_weight: float | None = None
    use_group_scoring: bool | None = None
    sticky: int | None = None
    """This and the next two count messages."""
    cooldown: int | None = None
    delay: int | None = None
    ignore_budget: bool = False
    automation_id: str = ""
    match_sources: tuple[str, ...] = ()
    """Which texts beside the chat are scanned: names of `SOURCES` in lore_layout."""
    triggers: tuple[str, ...] = ()
    character_filter: dict[str, Any] | None = None
    """`{isExclude, names[], tags[]}`."""
    display_index: int | None = None
    extensions: dict[str, Any] = field(default_factory=dict)
    raw: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Lorebook:
    """A book; `scan_depth` counts messages, `token_budget` tokens, None means the file does not say.

    `kind` tells the file: `v3`, `st`, `agnai`, `risu`, `novelai`, `kobold` or `byaf`. `left_out` has the items that are no
    entries, by their number among all. `warnings` are those of a book that stands alone.
    """

    name: str = ""
    description: str = ""
    scan_depth: int | None = None
    token_budget: int | None = None
    recursive_scanning: bool | None = None
    extensions: dict[str, Any] = field(default_factory=dict)
    entries: tuple[LoreEntry, ...] = ()
    raw: dict[str, Any] = field(default_factory=dict)
    kind: str = "v3"
    left_out: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
