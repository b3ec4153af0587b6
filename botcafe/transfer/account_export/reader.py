"""The page of an export that opens without BotCafé: a list of its chats and files, without any script."""

from collections.abc import Iterable
from html import escape

from django.utils.translation import gettext

_PAGE = """<!doctype html>
<html lang="{language}"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>{title}</title><style>body{{font:1rem/1.5 sans-serif;max-width:46rem;margin:2rem auto;padding:0 1rem}}</style></head>
<body><h1>{title}</h1><p>{about}</p>{sections}</body></html>
"""
MAX_LISTED = 20_000


def write_index(name: str, language: str, paths: Iterable[str], counts: dict[str, int]) -> bytes:
    """``index.html``: links to the chats, the pictures and all other files, and how many rows of each kind there are."""
    chats, pictures, others = _sort_paths(paths)
    sections = [
        _section(gettext("Chats"), chats),
        _section(gettext("Pictures and files"), pictures),
        _section(gettext("Files for other programs"), others),
        _numbers(gettext("Everything, as data"), counts),
    ]
    about = gettext("This is everything that was yours. The page needs neither BotCafé nor a connection.")
    title = gettext("BotCafé: {name}").format(name=name or "")
    page = _PAGE.format(language=language, title=escape(title), about=escape(about), sections="".join(sections))
    return page.encode()


def _sort_paths(paths: Iterable[str]) -> tuple[list[str], list[str], list[str]]:
    chats: list[str] = []
    pictures: list[str] = []
    others: list[str] = []
    for path in paths:
        folder = path.partition("/")[0]
        if folder != "data":
            (chats if folder == "reader" else pictures if folder == "media" else others).append(path)
    return chats, pictures, others


def _section(title: str, paths: list[str]) -> str:
    if not paths:
        return ""
    items = "".join(
        f'<li><a href="{escape(path)}">{escape(path.rpartition("/")[2])}</a></li>' for path in paths[:MAX_LISTED]
    )
    return f"<h2>{escape(title)}</h2><ul>{items}</ul>"


def _numbers(title: str, counts: dict[str, int]) -> str:
    rows = "".join(
        f'<li><a href="data/{escape(slug)}.jsonl">{escape(slug)}</a>: {count}</li>'
        for slug, count in counts.items()
        if count
    )
    return f"<h2>{escape(title)}</h2><ul>{rows}</ul>" if rows else ""
