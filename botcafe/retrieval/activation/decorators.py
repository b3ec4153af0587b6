"""Decorators of the V3 card format: ``@@name value`` lines at the head of an entry's text."""

import re
from dataclasses import dataclass, field

_LINE = re.compile(r"(@@@?)([a-z_]+)[ \t]*(.*)\Z", re.S)
MAX_DECORATOR_LINES = 100
POSITIONS = {"before_desc": "before_char", "after_desc": "after_char", "personality": "after_char"}
POSITIONS["scenario"] = "after_char"
_FLAGS = frozenset(
    {"activate", "dont_activate", "keep_activate_after_match", "dont_activate_after_match", "ignore_on_max_context"}
)
_NUMBERS = frozenset(
    {"activate_only_after", "activate_only_every", "depth", "reverse_depth", "scan_depth", "is_greeting"}
)
_LISTS = frozenset({"additional_keys", "exclude_keys"})
_WORDS = {"role": ("assistant", "system", "user"), "position": tuple(POSITIONS)}


@dataclass(frozen=True, slots=True)
class ParsedDecorators:
    """An entry's text without its decorators, and their values. Unknown decorators are dropped."""

    text: str
    flags: frozenset[str] = frozenset()
    numbers: dict[str, int] = field(default_factory=dict)
    words: dict[str, str] = field(default_factory=dict)
    additional: tuple[tuple[str, ...], ...] = ()
    exclude: tuple[str, ...] = ()


def parse_decorators(content: str) -> ParsedDecorators:
    """Parse the decorators of an entry. The first of a name wins; ``@@@`` is the fallback of an unknown one before it."""
    if not content.startswith("@@"):
        return ParsedDecorators(content)
    lines = content.split("\n", MAX_DECORATOR_LINES)
    flags: set[str] = set()
    numbers: dict[str, int] = {}
    words: dict[str, str] = {}
    lists: dict[str, list[tuple[str, ...]]] = {name: [] for name in _LISTS}
    is_settled, used = False, 0
    # The last of the split is all the rest of the text, in one piece.
    for line in lines[:MAX_DECORATOR_LINES]:
        found = _LINE.match(line.rstrip("\r"))
        if found is None:
            break
        used += 1
        mark, name, value = found[1], found[2], found[3].strip()
        if mark == "@@@" and is_settled:
            continue
        is_settled = _apply_decorator(name, value, flags, numbers, words, lists)
    text = "\n".join(lines[used:])
    exclude = tuple(key for keys in lists["exclude_keys"][:1] for key in keys)
    return ParsedDecorators(text, frozenset(flags), numbers, words, tuple(lists["additional_keys"]), exclude)


def _apply_decorator(
    name: str,
    value: str,
    flags: set[str],
    numbers: dict[str, int],
    words: dict[str, str],
    lists: dict[str, list[tuple[str, ...]]],
) -> bool:
    """Store one decorator; False where it is unknown or its value is invalid."""
    if name in _FLAGS:
        flags.add(name)
    # isdecimal accepts digits of other scripts, and int() refuses thousands of digits.
    elif name in _NUMBERS and value.isascii() and value.isdecimal() and len(value) < 8:
        numbers.setdefault(name, int(value))
    elif name in _WORDS and value in _WORDS[name]:
        words.setdefault(name, value)
    elif name in _LISTS and value:
        lists[name].append(tuple(key for part in value.split(",") if (key := part.strip())))
    else:
        return False
    return True
