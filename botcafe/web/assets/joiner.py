"""Joins a script or a sheet with all that it imports, so that a page asks for one file instead of twenty.

It knows what our own files use and nothing more: ``import { a } from "./b.js";`` on a line of its own, ``export`` before a
function, class or constant, and ``@import "b.css";``. Anything else is refused by a JoinError, which a test meets first.
"""

import posixpath
import re
from collections.abc import Callable

IMPORT = re.compile(r'^import \{([^}]*)\} from "(\.[^"]+)";$', re.MULTILINE)
EXPORT = re.compile(r"^export (?=(?:async function|function|class|const) (\w+))", re.MULTILINE)
SHEET = re.compile(r'^@import "([^"]+)";\n?', re.MULTILINE)
LEFT_OVER = re.compile(r"^(?:import|export)\b.*|\bimport\s*[.(].*", re.MULTILINE)

Read = Callable[[str], str]


class JoinError(ValueError):
    """A file has an import or export that the joiner does not know."""


def imports_of(name: str, text: str) -> list[str]:
    """The names of the files that a script or a sheet imports itself."""
    if name.endswith(".css"):
        return [_beside(name, found[1]) for found in SHEET.finditer(text)]
    return [_beside(name, found[2]) for found in IMPORT.finditer(text)] if name.endswith(".js") else []


def join_file(name: str, read: Read) -> str:
    """The text of a file with all that it imports, each once. ``read`` gives the text of a name."""
    return _join_sheet(name, read, set()) if name.endswith(".css") else _ScriptJoin(read).join(name)


def _join_sheet(name: str, read: Read, seen: set[str]) -> str:
    seen.add(name)

    def insert(found: re.Match[str]) -> str:
        other = _beside(name, found[1])
        return "" if other in seen else _join_sheet(other, read, seen)

    return SHEET.sub(insert, read(name))


class _ScriptJoin:
    """Each imported module becomes a function that runs once and returns what it exports, in front of who imports it."""

    def __init__(self, read: Read) -> None:
        self._read = read
        self._places: dict[str, str] = {}
        self._modules: list[str] = []

    def join(self, name: str) -> str:
        body, _ = self._body(name, ())
        return "".join([*self._modules, body])

    def _place(self, name: str, importers: tuple[str, ...]) -> str:
        if name in importers:
            raise JoinError(f"{name} imports itself by way of {importers[-1]}.")
        if name not in self._places:
            body, exported = self._body(name, importers)
            place = self._places[name] = f"module{len(self._places)}$"
            self._modules.append(f"const {place} = (() => {{\n{body}\nreturn {{ {', '.join(exported)} }};\n}})();\n")
        return self._places[name]

    def _body(self, name: str, importers: tuple[str, ...]) -> tuple[str, list[str]]:
        text = self._read(name)
        exported = EXPORT.findall(text)

        def bind(found: re.Match[str]) -> str:
            place = self._place(_beside(name, found[2]), (*importers, name))
            return f"const {{{found[1].replace(' as ', ': ')}}} = {place};"

        text = EXPORT.sub("", IMPORT.sub(bind, text))
        strange = LEFT_OVER.search(text)
        if strange:
            raise JoinError(f"{name}: the joiner does not know “{strange[0][:60]}”.")
        return text, exported


def _beside(name: str, other: str) -> str:
    return posixpath.normpath(posixpath.join(posixpath.dirname(name), other))
