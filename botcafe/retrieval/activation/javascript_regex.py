"""Translates ECMAScript patterns of lorebooks (``/pattern/flags``) for the ``regex`` module.

Unsupported syntax is refused with a reason. A translated pattern behaves as in a browser: ``\\w``, ``\\d`` and ``\\b``
are ASCII only, ``$`` is the very end, a backreference to a group that did not take part matches the empty string.
"""

import re
from dataclasses import dataclass

import regex

MAX_PATTERN_CHARACTERS = 2_000
MAX_REPEATS = 1_000
# `regex` writes out what must be repeated: `((a{999}){999}){999}` would take all memory of the machine.
MAX_WRITTEN_OUT = 20_000
# A book may have a pattern of that size in each of its keys, and is compiled as a whole.
MAX_WRITTEN_OUT_OF_BOOK = 400_000
GROUP_SIZE = 10
_KEY = re.compile(r"/(.+)/([gimsuy]*)\Z", re.S)
_INNER_SLASH = re.compile(r"(?:\\.|[^\\/])*/", re.S)
_COUNT = re.compile(r"\{(\d+)(?:(,)(\d*))?\}")
_LONG = re.compile(r"\{([0-9A-Fa-f]{1,6})\}")
_NAME = re.compile(r"<([A-Za-z_][A-Za-z0-9_]*)>")
# Escapes and sets are passed over first: their brackets open no group.
_CAPTURE = re.compile(r"\\.|\[(?:\\.|[^\\\]])*\]?|(\((?!\?)|\(\?<(?![=!]))", re.S)
_CLASSES = {"w": "A-Za-z0-9_", "d": "0-9", "s": "\\s\\ufeff"}
_ENDS = r"\n\r\u2028\u2029"
_W = "[A-Za-z0-9_]"
_EDGE = f"(?:(?<!{_W})(?={_W})|(?<={_W})(?!{_W}))"
_NO_EDGE = f"(?:(?<!{_W})(?!{_W})|(?<={_W})(?={_W}))"
_CONTROLS = {"n": "\\n", "r": "\\r", "t": "\\t", "v": "\\x0b", "f": "\\f", "0": "\\x00"}


class CannotTranslateError(ValueError):
    """A pattern that is not supported; the message is shown to its author."""


def split_key(key: str) -> tuple[str, str] | None:
    """Pattern and flags of a key of the form ``/pattern/flags``; None for plain text, as with an inner slash."""
    found = _KEY.match(key)
    if found is None or _INNER_SLASH.match(found[1]):
        return None
    return found[1], found[2]


@dataclass(slots=True)
class PatternBudget:
    """How much the patterns that are compiled together may have in all, written out."""

    left: int = MAX_WRITTEN_OUT_OF_BOOK

    def take(self, size: int) -> None:
        """Take the size of a pattern. Raises CannotTranslateError where not so much is left."""
        if size > self.left:
            raise CannotTranslateError("the patterns of this lorebook are too long in all")
        self.left -= size


def compile_key(pattern: str, flags: str, budget: PatternBudget) -> object:
    """A compiled pattern of the ``regex`` module, taken from a budget. Raises CannotTranslateError."""
    if len(pattern) > MAX_PATTERN_CHARACTERS:
        raise CannotTranslateError(f"a pattern has at most {MAX_PATTERN_CHARACTERS:,} characters")
    if len(set(flags)) != len(flags):
        raise CannotTranslateError("a flag stands twice")
    translator = _Translator(pattern, flags)
    translated = translator.translate()
    budget.take(translator.size.total)
    if "y" in flags:
        translated = rf"\A(?:{translated})"
    try:
        # Without the module's own cache, which would keep strangers' patterns in memory.
        return regex.compile(translated, regex.V0 | (regex.IGNORECASE if "i" in flags else 0), cache_pattern=False)
    except (regex.error, RecursionError, OverflowError, ValueError, IndexError, KeyError) as error:
        raise CannotTranslateError(str(error)[:120] or type(error).__name__) from error


class _WrittenOut:
    """Counts the characters that a pattern has once everything that must be repeated is written out."""

    def __init__(self) -> None:
        # What stands before each open group. A group takes more than its brackets: it remembers what it found.
        self._outer: list[int] = []
        # All of the innermost group, and the last part of that, which a count repeats.
        self.total = self._last = 0

    def add(self, char: str, piece: str) -> None:
        """Count what a character of the source became. Raises CannotTranslateError where that is too much."""
        if char == "(":
            self._outer.append(self.total)
            self.total = len(piece) + GROUP_SIZE
        elif char == ")" and self._outer:
            self._last = self.total
            self.total += self._outer.pop()
        elif char == "{" and (found := _COUNT.match(piece)):
            times = max(1, int(found[1]))
            self.total += self._last * (times - 1)
            self._last *= times
        elif char not in "*+?":
            self._last = len(piece)
            self.total += len(piece)
        if self.total > MAX_WRITTEN_OUT:
            raise CannotTranslateError("its repeats are too long, written out")


class _Translator:
    """Translates a pattern in one pass from left to right."""

    def __init__(self, pattern: str, flags: str) -> None:
        self.source, self.flags, self.at = pattern, flags, 0
        self.groups = sum(bool(found[1]) for found in _CAPTURE.finditer(pattern))
        self.out: list[str] = []
        self.size = _WrittenOut()

    def translate(self) -> str:
        while self.at < len(self.source):
            char = self.source[self.at]
            self.at += 1
            self.out.append(self._one(char))
            self.size.add(char, self.out[-1])
        return "".join(self.out)

    def _one(self, char: str) -> str:
        if char == "\\":
            return self._escape()
        if char == "[":
            return self._class()
        if char == "(":
            return self._group()
        if char == "{":
            return self._count()
        if char in "*+?":
            return self._repeat(char)
        if char == ".":
            # ECMAScript has four line terminators, Python's dot only excludes one.
            return "(?s:.)" if "s" in self.flags else f"[^{_ENDS}]"
        if char == "^":
            return rf"(?:(?<=[{_ENDS}])|\A)" if "m" in self.flags else r"\A"
        if char == "$":
            return rf"(?=[{_ENDS}]|\Z)" if "m" in self.flags else r"\Z"
        return char if char in ")|" or char.isalnum() else regex.escape(char)

    def _repeat(self, mark: str) -> str:
        lazy = self._taken("?")
        # `a++` is possessive in the regex module and an error in ECMAScript.
        if self.source[self.at : self.at + 1] in {"*", "+", "?"}:
            raise CannotTranslateError("nothing to repeat")
        return mark + lazy

    def _taken(self, char: str) -> str:
        if self.source.startswith(char, self.at):
            self.at += len(char)
            return char
        return ""

    def _count(self) -> str:
        found = _COUNT.match(self.source, self.at - 1)
        if found is None:
            return r"\{"
        if max(int(found[1]), int(found[3] or 0)) > MAX_REPEATS:
            raise CannotTranslateError(f"repeats more than {MAX_REPEATS:,} times")
        self.at = found.end()
        return self._repeat(found[0])

    def _group(self) -> str:
        if not self._taken("?"):
            return "("
        for form in (":", "=", "!", "<=", "<!"):
            if self._taken(form):
                return f"(?{form}"
        name = _NAME.match(self.source, self.at)
        if name is None:
            raise CannotTranslateError("this kind of group is not known here")
        self.at = name.end()
        return f"(?P<{name[1]}>"

    def _escape(self) -> str:
        char = self.source[self.at : self.at + 1]
        if not char:
            raise CannotTranslateError("ends with a backslash")
        self.at += 1
        if char in "bB":
            return _EDGE if char == "b" else _NO_EDGE
        if char.lower() in _CLASSES:
            return f"[{'^' if char.isupper() else ''}{_CLASSES[char.lower()]}]"
        if char in "123456789":
            return self._back(char)
        if char == "k" and (name := _NAME.match(self.source, self.at)):
            self.at = name.end()
            return f"(?({name[1]})(?P={name[1]})|)"
        if char in "pP" and "u" in self.flags:
            return self._property(char)
        return regex.escape(self._literal(char)) if char not in _CONTROLS else _CONTROLS[char]

    def _back(self, char: str) -> str:
        while self.source[self.at : self.at + 1].isdecimal():
            char += self.source[self.at]
            self.at += 1
        if int(char) > self.groups:
            raise CannotTranslateError(f"there is no group {char}")
        return f"(?({char})\\{char}|)"

    def _property(self, char: str) -> str:
        found = re.compile(r"\{[A-Za-z_=]+\}").match(self.source, self.at)
        if found is None:
            raise CannotTranslateError("a property has no name")
        self.at = found.end()
        return f"\\{char}{found[0]}"

    def _literal(self, char: str) -> str:
        """The character that an escape stands for."""
        forms = {"x": r"[0-9A-Fa-f]{2}", "u": r"[0-9A-Fa-f]{4}"}
        if char == "u" and "u" in self.flags and (found := _LONG.match(self.source, self.at)):
            self.at = found.end()
            return _char(int(found[1], 16))
        if char in forms and (found := re.compile(forms[char]).match(self.source, self.at)):
            self.at = found.end()
            return _char(int(found[0], 16))
        if char == "c" and (found := re.compile(r"[A-Za-z]").match(self.source, self.at)):
            self.at = found.end()
            return chr(ord(found[0]) % 32)
        if char.isalnum() and "u" in self.flags:
            raise CannotTranslateError(f"\\{char} means nothing with the flag u")
        return char

    def _class(self) -> str:
        """A character class; negated classes in it (``\\W``, ``\\D``) become alternatives, as ``regex`` cannot nest them."""
        is_negated = bool(self._taken("^"))
        inside: list[str] = []
        beside: list[str] = []
        while not self._taken("]"):
            item, is_single = self._item(beside)
            if is_single and self.source.startswith("-", self.at) and self.source[self.at + 1 : self.at + 2] != "]":
                mark = self.at
                self.at += 1
                end, is_end_single = self._item(beside)
                if is_end_single:
                    item = f"{item}-{end}"
                else:
                    self.at = mark
            inside.append(item)
        parts = [f"[{''.join(inside)}]"] if any(inside) else []
        return _joined(parts + beside, is_negated=is_negated)

    def _item(self, beside: list[str]) -> tuple[str, bool]:
        """One item of a set, and whether it is a single character."""
        char = self.source[self.at : self.at + 1]
        if not char:
            raise CannotTranslateError("a set is not closed")
        self.at += 1
        if char != "\\":
            return regex.escape(char, special_only=False) if not char.isalnum() else char, True
        char = self.source[self.at : self.at + 1]
        self.at += 1
        if not char:
            raise CannotTranslateError("ends with a backslash")
        if char.lower() in _CLASSES:
            if char.isupper():
                beside.append(f"[^{_CLASSES[char.lower()]}]")
                return "", False
            return _CLASSES[char], False
        if char == "b":
            return "\\x08", True
        if char in "pP" and "u" in self.flags:
            return self._property(char), False
        if char in _CONTROLS:
            return _CONTROLS[char], True
        literal = self._literal(char)
        return literal if literal.isalnum() else regex.escape(literal, special_only=False), True


def _char(number: int) -> str:
    if number > 0x10FFFF or 0xD800 <= number <= 0xDFFF:
        raise CannotTranslateError("there is no such character")
    return chr(number)


def _joined(parts: list[str], *, is_negated: bool) -> str:
    if not parts:
        return "(?s:.)" if is_negated else "(?!)"
    if len(parts) == 1 and not is_negated:
        return parts[0]
    together = "|".join(parts)
    return f"(?:(?!{together})(?s:.))" if is_negated else f"(?:{together})"
