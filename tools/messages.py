"""Catalogues of what people read: collected from Python, templates and scripts.

``python tools/messages.py`` writes ``botcafe/locale``: the two templates for translators (``django.pot`` and, for scripts,
``djangojs.pot``), and two languages that nobody speaks. ``en-XA`` is accented and a third longer, ``en-XB`` runs from right
to left; a page on which plain English shows has a text that cannot be translated. ``--check`` fails where the sources have
moved on.
"""

import argparse
import datetime as dt
import re
import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_javascript, extract_python
from babel.messages.mofile import write_mo
from babel.messages.pofile import write_po
from django.conf import settings
from django.utils.translation.template import templatize

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "botcafe"
LOCALE = PACKAGE / "locale"
NAMES = dict.fromkeys(("gettext", "gettext_lazy", "ngettext", "ngettext_lazy", "pgettext", "npgettext"))
# What a message must keep as it is: placeholders, markup, entities.
KEPT = re.compile(r"%\([a-z_0-9]+\)[sd]|%[sd%]|\{[^{}]*\}|<[^>]*>|&[a-z]+;|&#\d+;")
ACCENTED = str.maketrans("aceilnorsuyzACEILNORSUYZ", "áçéíłñóřšúýžÁÇÉÍŁÑÓŘŠÚÝŽ")
HEAD = (
    'msgid ""\nmsgstr ""\n"Content-Type: text/plain; charset=utf-8\\n"\n'
    '"Plural-Forms: nplurals=2; plural=(n != 1);\\n"\n\n'
)
# Files that change with their content alone.
UNDATED = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
RIGHT_TO_LEFT, END_OF_OVERRIDE = "\u202e", "\u202c"
WORD = re.compile(r"[^\W\d_]+")


@dataclass(frozen=True, slots=True)
class Message:
    """A text that a source says: one form, or two where a number decides."""

    place: str
    texts: tuple[str, ...]
    context: str | None


def main() -> int:
    """Write the catalogues, or tell which of them the sources have left behind."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="Write nothing; fail if something would change.")
    is_check = parser.parse_args().check
    # Templates are read with Django's own lexer, which asks for settings.
    settings.configure(USE_I18N=True)
    stale = [path for path, content in all_files() if write_if_changed(path, content, is_check)]
    if is_check and stale:
        names = ", ".join(str(path.relative_to(ROOT)) for path in stale)
        sys.stderr.write(f"The texts have changed since {names}: run `make messages`.\n")
    return int(is_check and bool(stale))


def all_files() -> Iterator[tuple[Path, bytes]]:
    """Every file of ``botcafe/locale`` with the content it should have."""
    for domain, read in (("django", read_server_messages), ("djangojs", read_script_messages)):
        template = catalogue(read, None)
        yield LOCALE / f"{domain}.pot", po_bytes(template)
        for locale, change in (("en_XA", accent), ("en_XB", turn_around)):
            translated = catalogue(read, locale, change)
            folder = LOCALE / locale / "LC_MESSAGES"
            yield folder / f"{domain}.po", po_bytes(translated)
            yield folder / f"{domain}.mo", mo_bytes(translated)


def catalogue(
    read: Callable[[], Iterator[Message]], locale: str | None, change: Callable[[str], str] | None = None
) -> Catalog:
    """All messages of one kind of source; translated by ``change`` where a locale is given."""
    made = Catalog(
        locale="en" if locale else None, project="BotCafé", charset="utf-8", fuzzy=False, creation_date=UNDATED
    )
    for message in read():
        translated = tuple(change(text) for text in message.texts) if change else ("", "")
        is_plural = len(message.texts) > 1
        made.add(
            message.texts if is_plural else message.texts[0],
            translated[: len(message.texts)] if is_plural else translated[0],
            locations=[(message.place, 0)],
            context=message.context,
        )
    return made


def messages_of(place: str, found: Iterable[tuple[Any, ...]]) -> Iterator[Message]:
    """What an extractor of Babel has found, as (line, function, arguments, comments ...)."""
    for _, name, arguments, *_ in found:
        given = (arguments,) if isinstance(arguments, str) else tuple(arguments)
        context, texts = (given[0], given[1:]) if "pgettext" in name else (None, given)
        yield Message(place, texts[:2] if name.startswith("n") else texts[:1], context)


def read_server_messages() -> Iterator[Message]:
    """What Python and templates say, file by file."""
    for path in sorted(PACKAGE.rglob("*.py")):
        if "migrations" not in path.parts:
            yield from messages_of(place_of(path), extract_python(BytesIO(path.read_bytes()), NAMES, [], {}))
    for path in sorted([*PACKAGE.rglob("templates/**/*.html"), *PACKAGE.rglob("templates/**/*.txt")]):
        yield from messages_of(place_of(path), extract_python(BytesIO(template_as_python(path)), NAMES, [], {}))


def template_as_python(path: Path) -> bytes:
    """The calls of gettext that a template makes; the tokenizer minds neither its other text nor its indentation."""
    text = templatize(path.read_text(encoding="utf-8"), origin=place_of(path))
    calls = re.findall(r"\s(n?p?gettext\(u?(?:'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\").*?\))\s", f" {text} ", re.DOTALL)
    inline = re.findall(r"\s_\(((?:'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\"))\)", text)
    return "\n".join([*calls, *(f"gettext({each})" for each in inline)]).encode()


def read_script_messages() -> Iterator[Message]:
    """What scripts say, file by file."""
    for path in sorted(PACKAGE.rglob("static/**/*.js")):
        yield from messages_of(place_of(path), extract_javascript(BytesIO(path.read_bytes()), NAMES, [], {}))


def place_of(path: Path) -> str:
    """A path as the catalogue names it."""
    return path.relative_to(ROOT).as_posix()


def accent(text: str) -> str:
    """A message in en-XA: the same words with accents, and a third longer, as German or Finnish would be."""
    longer = " ·" * max(1, len(KEPT.sub("", text)) // 6)
    return outside_of_kept(text, lambda part: part.translate(ACCENTED)) + longer


def turn_around(text: str) -> str:
    """A message in en-XB: each word runs from right to left."""
    return outside_of_kept(text, lambda part: WORD.sub(lambda word: f"{RIGHT_TO_LEFT}{word[0]}{END_OF_OVERRIDE}", part))


def outside_of_kept(text: str, change: Callable[[str], str]) -> str:
    """The text with everything changed but placeholders and markup."""
    kept = KEPT.findall(text)
    parts = [change(part) for part in KEPT.split(text)]
    return "".join(part + (kept[at] if at < len(kept) else "") for at, part in enumerate(parts))


def po_bytes(made: Catalog) -> bytes:
    """A catalogue as text, without dates and line numbers: it changes only with what it says."""
    out = BytesIO()
    write_po(out, made, width=120, omit_header=True, include_lineno=False, sort_output=True)
    return HEAD.encode() + out.getvalue()


def mo_bytes(made: Catalog) -> bytes:
    """A catalogue as Django reads it."""
    out = BytesIO()
    write_mo(out, made)
    return out.getvalue()


def write_if_changed(path: Path, content: bytes, is_check: bool) -> bool:
    """Whether a file has another content than it should have; unless only checking, it gets it."""
    if path.exists() and path.read_bytes() == content:
        return False
    if not is_check:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return True


if __name__ == "__main__":
    sys.exit(main())
