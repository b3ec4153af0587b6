"""All static files of the installation by name, as they are sent: joined, with the hash of their content."""

import functools
import hashlib
import re
from dataclasses import dataclass
from pathlib import Path

from django.contrib.staticfiles import finders

from botcafe.web.assets.joiner import imports_of, join_file

# Of our own files alone: those of other applications come as they are.
FOLDERS = tuple(f"{each.name}/" for each in (Path(__file__).parent.parent / "static").iterdir())
HASH_CHARACTERS = 12
HASHED = re.compile(rf"(.+)\.([0-9a-f]{{{HASH_CHARACTERS}}})(\.\w+)")


@dataclass(frozen=True, slots=True)
class StaticFile:
    """One file as it is sent."""

    name: str
    content: bytes
    content_hash: str

    @property
    def hashed_name(self) -> str:
        """``shell/theme.js`` becomes ``shell/theme.0123456789ab.js``."""
        stem, dot, ending = self.name.rpartition(".")
        return f"{stem}.{self.content_hash}.{ending}" if dot else self.name


@functools.cache
def _paths() -> dict[str, Path]:
    """Where each file lies. Files do not change while the program runs."""
    found: dict[str, Path] = {}
    for finder in finders.get_finders():
        for name, storage in finder.list([]):
            found.setdefault(name.replace("\\", "/"), Path(storage.path(name)))
    return found


def _text_of(name: str) -> str:
    return _paths()[name].read_text("utf8")


@functools.cache
def own_names() -> tuple[str, ...]:
    """The names of our own files, in order."""
    return tuple(sorted(name for name in _paths() if name.startswith(FOLDERS)))


@functools.cache
def page_names() -> tuple[str, ...]:
    """Those of our own files that pages may name: not the scripts that are joined into others."""
    texts = {name: _text_of(name) for name in own_names() if name.endswith(".js")}
    parts = {part for name, text in texts.items() for part in imports_of(name, text)}
    return tuple(name for name in own_names() if name not in parts)


def find_static_file(name: str) -> StaticFile | None:
    """The file of a plain name; None where there is none."""
    return _load(name) if name in _paths() else None


def static_file(name: str) -> StaticFile:
    """The file of a plain name. Raises KeyError where there is none."""
    return _load(name)


@functools.cache
def _load(name: str) -> StaticFile:
    if name.startswith(FOLDERS) and name.endswith((".js", ".css")):
        content = join_file(name, _text_of).encode()
    else:
        content = _paths()[name].read_bytes()
    return StaticFile(name, content, hashlib.sha256(content).hexdigest()[:HASH_CHARACTERS])


def find_hashed_file(asked: str) -> tuple[StaticFile | None, bool]:
    """The file of a name with or without a hash, and whether the name says exactly this content.

    A page of before an upgrade names an old hash: it is given the file of today, which it must not keep.
    """
    plain = find_static_file(asked)
    if plain is not None:
        return plain, False
    found = HASHED.fullmatch(asked)
    if found is None:
        return None, False
    file = find_static_file(found[1] + found[3])
    return file, file is not None and file.content_hash == found[2]
