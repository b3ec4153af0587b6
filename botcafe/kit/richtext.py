"""Converts rich text between Lexical JSON (as Payload's clients send it) and Markdown.

Inline content passes through *runs*: stretches of text with format bits and a link, kept in lines. Formats that Markdown
cannot express may be lost, words may not. Any JSON is accepted: a node of an unknown type gives its text.
"""

import itertools
import re
import string
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from markdown_it.common.utils import isValidEntityCode
from markdown_it.token import Token

from botcafe.kit.markdown import parser

Node = dict[str, Any]

BOLD, ITALIC, STRUCK, UNDERLINED, CODE = 1, 2, 4, 8, 16
# Lists inside lists; what lies deeper is joined to the item above it.
DEEPEST_LIST = 8

_BITS = {"strong": BOLD, "em": ITALIC, "s": STRUCK, "u": UNDERLINED}
_MARKS = ((UNDERLINED, "<u>", "</u>"), (STRUCK, "~~", "~~"), (BOLD, "**", "**"), (ITALIC, "*", "*"))
_SURE_MARKS = (*_MARKS[:3], (ITALIC, "_", "_"))
_LINKS = ("link", "autolink")
_INLINE = (*_LINKS, "text", "linebreak", "tab")

_BARRED = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")
_ENTITY = re.compile(r"&(?=#?\w+;)")
_SPECIAL = re.compile(r"[\\`*\[\]]|(?<![^\W_])_|_(?![^\W_])|~(?=~)|(?<=~)~|<(?=[^\s<>]*>)|&(?=#?\w+;)")
_ANY_SPECIAL = re.compile(r"[\\`*\[\]_~<&]")
_BLOCK_START = re.compile(r"#{1,6}(?=\s|$)|>|[-+](?=\s|$)|-+\s*$|=+\s*$|~~~")
_NUMBER_START = re.compile(r"(\d{1,9})([.)])(?=\s|$)")
_CLOSING_HASHES = re.compile(r"(?:(?<=\s)|^)(#+)$")
_MD = parser()


class Run(NamedTuple):
    """A stretch of text in one format; a line break is the text of one newline."""

    text: str
    bits: int = 0
    link: str = ""


Line = list[Run]


def to_markdown(lexical: Any) -> str:
    """Write a Lexical document as Markdown."""
    return _write_blocks(_children(_root(lexical)))


def from_markdown(text: str) -> Node:
    """Read Markdown as a Lexical document: `{"root": {...}}` with one paragraph at least, which may be empty."""
    raw = _read_blocks(iter(_MD.parse(_allowed(text))))
    blocks = [block for node in raw for block in _finished(node)]
    return {"root": _element("root", blocks or [_paragraph([])])}


def plain_text(lexical: Any) -> str:
    """The words of a Lexical document without marks: a blank line between paragraphs, a line for each item."""
    return "".join(run.text for run in _runs(_children(_root(lexical)))).strip()


def _allowed(text: str) -> str:
    return _BARRED.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))


def _root(lexical: Any) -> Any:
    return lexical.get("root", lexical) if isinstance(lexical, dict) else lexical


def _children(node: Any) -> list[Node]:
    children = node.get("children") if isinstance(node, dict) else None
    return [child for child in children if isinstance(child, dict)] if isinstance(children, list) else []


# Nodes to runs.


def _runs(nodes: list[Node]) -> list[Run]:
    """Flatten nodes of any kind and depth; blocks among them are set apart by line breaks."""
    runs: list[Run] = []
    # A stack instead of recursion: clients choose how deep documents nest.
    waiting = [(node, 0, "") for node in reversed(nodes)]
    while waiting:
        node, bits, link = waiting.pop()
        text = node.get("text")
        if node.get("type") == "linebreak":
            runs.append(Run("\n"))
        elif isinstance(text, str):
            runs += _split(text, bits | _format_of(node), link)
        else:
            runs += _gap(node, runs)
            inside = bits | (CODE if node.get("type") == "code" else 0)
            waiting += [(child, inside, _address(node) or link) for child in reversed(_children(node))]
    return runs


def _split(text: str, bits: int, link: str) -> Iterator[Run]:
    for index, line in enumerate(_allowed(text).split("\n")):
        if index:
            yield Run("\n")
        if line:
            yield Run(line, bits, link)


def _format_of(node: Node) -> int:
    bits = node.get("format")
    return bits & 31 if isinstance(bits, int) else 0


def _gap(node: Node, runs: list[Run]) -> list[Run]:
    if node.get("type") in _LINKS or not runs:
        return []
    wanted = 2 if node.get("type") in ("paragraph", "heading", "quote", "code") else 1
    present = sum(1 for _ in itertools.takewhile(lambda run: run.text == "\n", reversed(runs[-2:])))
    return [Run("\n")] * (wanted - present)


def _address(node: Node) -> str:
    """The address of a link node in Payload's form (`fields.url`) or in Lexical's own (`url`)."""
    fields = node.get("fields")
    url = fields.get("url") if isinstance(fields, dict) else node.get("url")
    return _link(url) if node.get("type") in _LINKS and isinstance(url, str) else ""


def _link(url: str) -> str:
    url = _allowed(url).strip()
    return _MD.normalizeLink(url) if _MD.validateLink(url) and not url.lower().startswith("data:") else ""


# Runs to lines: the normal form, which is what Markdown can hold.


def _lines(runs: Iterable[Run]) -> list[Line]:
    """Sort runs into lines without spaces at their ends, and without empty lines at the ends of all."""
    lines: list[Line] = [[]]
    for run in runs:
        if run.text == "\n":
            lines.append([])
        else:
            lines[-1].append(run)
    lines = [_normal(line) for line in lines]
    while lines and not lines[-1]:
        lines.pop()
    return list(itertools.dropwhile(lambda line: not line, lines))


def _normal(line: Line) -> Line:
    """Merge what looks alike, and take from a space every format that the words beside it do not share."""
    pieces = [piece for run in line for piece in _words_and_spaces(run)]
    while pieces and _is_space(pieces[-1]):
        pieces.pop()
    pieces = list(itertools.dropwhile(_is_space, pieces))
    following = pieces[-1:]
    for index in range(len(pieces) - 1, -1, -1):
        if _is_space(pieces[index]):
            pieces[index] = _in_common(pieces[index], following[0])
        else:
            following = [pieces[index]]
    for index in range(1, len(pieces)):
        if _is_space(pieces[index]):
            pieces[index] = _in_common(pieces[index], pieces[index - 1])
    return _merged(pieces)


def _one_line(lines: list[Line]) -> Line:
    return _normal([run for line in lines for run in (*line, Run(" "))])


def _words_and_spaces(run: Run) -> list[Run]:
    if run.bits & CODE and not run.text.isspace():
        return [run]
    run = run._replace(bits=run.bits & ~CODE)
    return [run._replace(text=text) for text in re.split(r"(\s+)", run.text) if text]


def _is_space(run: Run) -> bool:
    return run.text.isspace()


def _in_common(space: Run, other: Run) -> Run:
    return space._replace(bits=space.bits & other.bits) if space.link == other.link else Run(space.text)


def _merged(pieces: list[Run]) -> Line:
    line = []
    for (bits, link), alike in itertools.groupby(pieces, key=lambda run: (run.bits, run.link)):
        line.append(Run("".join(run.text for run in alike), bits, link))
    return line


# Lines to Markdown.


def _write_line(line: Line) -> str:
    """Write one line so that reading it gives the same runs, with marks as far as Markdown has a way to say it."""
    written = _marked(line, _MARKS, _escaped)
    # Markdown cannot express every format (bold that ends inside a word): what is written is parsed back and compared.
    if not any(run.bits or run.link for run in line) or _is_read_as(written, line):
        return written
    written = _marked(line, _SURE_MARKS, _encoded)
    if _is_read_as(written, line):
        return written
    return _escaped("".join(run.text for run in line).strip())


def _is_read_as(written: str, line: Line) -> bool:
    found = [token.children or [] for token in _MD.parse(_guarded(written)) if token.type == "inline"]
    return len(found) == 1 and _lines(_token_runs(found[0])) == [line]


def _marked(line: Line, marks: tuple[tuple[int, str, str], ...], write: Any) -> str:
    out: list[str] = []
    opened: list[tuple[int, str, str]] = []
    link = ""
    for run in [*line, Run("")]:
        while opened and (link != run.link or any(not mark[0] & run.bits for mark in opened)):
            out.append(opened.pop()[2])
        if link != run.link:
            out += [_target(link), _bracket(run.link, out)]
            link = run.link
        for mark in marks:
            if mark[0] & run.bits and mark not in opened:
                out.append(mark[1])
                opened.append(mark)
        out.append(_code(run.text) if run.bits & CODE else write(run.text))
    return "".join(out)


def _target(link: str) -> str:
    if not link:
        return ""
    address = _ENTITY.sub("&amp;", link)
    return f"](<{address}>)" if re.search(r"[()\s]", address) else f"]({address})"


def _bracket(link: str, out: list[str]) -> str:
    if link and out and out[-1].endswith("!"):
        out[-1] = out[-1][:-1] + "\\!"
    return "[" if link else ""


def _code(text: str) -> str:
    ticks = "`" * (1 + max((len(found) for found in re.findall("`+", text)), default=0))
    ends = text[:1] + text[-1:]
    pad = " " if "`" in ends or (ends == "  " and text.strip()) else ""
    return f"{ticks}{pad}{text}{pad}{ticks}" if text else ""


def _escaped(text: str) -> str:
    return _SPECIAL.sub(r"\\\g<0>", text)


def _encoded(text: str) -> str:
    """Escape all, and write the outer letters as entities: beside punctuation, marks open and close anywhere."""
    if len(text) < 2:
        return _entity(text)
    return _entity(text[0]) + _ANY_SPECIAL.sub(r"\\\g<0>", text[1:-1]) + _entity(text[-1])


def _entity(letter: str) -> str:
    if letter in string.punctuation or not isValidEntityCode(ord(letter)):
        return _ANY_SPECIAL.sub(r"\\\g<0>", letter)
    return f"&#{ord(letter)};"


def _write_lines(lines: list[Line]) -> list[str]:
    """Lines for a paragraph: none starts a block of its own by accident, an empty one is a lone backslash."""
    return [_guarded(_write_line(line)) if line else "\\" for line in lines]


def _guarded(line: str) -> str:
    if _BLOCK_START.match(line):
        return "\\" + line
    return _NUMBER_START.sub(r"\1\\\2", line, count=1) if _NUMBER_START.match(line) else line


# Blocks to Markdown.


def _write_blocks(nodes: list[Node]) -> str:
    return "\n\n".join(_chunks(_with_paragraphs(nodes), 1))


def _chunks(nodes: Iterable[Node], depth: int) -> Iterator[str]:
    """Write each node that holds anything; of two lists in a row the second has other markers, or they would join."""
    before: tuple[bool, bool] | None = None
    for node in nodes:
        is_ordered = _is_ordered(node)
        markers = (is_ordered, before == (is_ordered, False)) if node.get("type") == "list" else None
        chunk = _write_list(node, depth, *markers) if markers else _write_block(node)
        if chunk:
            yield chunk
            before = markers


def _with_paragraphs(nodes: list[Node]) -> Iterator[Node]:
    """Put inline nodes that stand among blocks into paragraphs."""
    for is_inline, group in itertools.groupby(nodes, key=_is_inline):
        if is_inline:
            yield _paragraph(list(group))
        else:
            yield from group


def _is_inline(node: Node) -> bool:
    return node.get("type") in _INLINE or isinstance(node.get("text"), str)


def _is_ordered(node: Node) -> bool:
    return node.get("listType") == "number" or node.get("tag") == "ol"


def _write_block(node: Node) -> str:
    kind = node.get("type")
    if kind == "horizontalrule":
        return "---"
    if kind == "code":
        return _write_code(node)
    lines = _lines(_runs(_children(node)))
    if kind == "heading" and lines:
        return _write_heading(node, lines)
    return "\n".join("> " + line if kind == "quote" else line for line in _write_lines(lines))


def _write_heading(node: Node, lines: list[Line]) -> str:
    tag = str(node.get("tag"))
    level = int(tag[1]) if re.fullmatch("h[1-6]", tag) else 2
    return "#" * level + " " + _CLOSING_HASHES.sub(r"\\\1", _write_line(_one_line(lines)))


def _write_code(node: Node) -> str:
    text = "".join(run.text for run in _runs(_children(node)))
    fence = "`" * max(3, 1 + max((len(found) for found in re.findall("`+", text)), default=0))
    return f"{fence}{_language(node.get('language'))}\n{text}{text and chr(10)}{fence}"


def _language(name: object) -> str:
    found = re.match(r"[\w+#.-]*", name) if isinstance(name, str) else None
    return found.group() if found else ""


def _write_list(node: Node, depth: int, is_ordered: bool, is_second: bool) -> str:
    number = _start(node)
    rows: list[str] = []
    for content, sublists in _entries(node, depth):
        marker = f"{number}{'.)'[is_second]}" if is_ordered else "-*"[is_second]
        number = min(number + 1, 999_999_999)
        body = _write_lines(_lines(_runs(content)))
        body += _write_sublists(sublists, depth + 1)
        indent = " " * (len(marker) + 1)
        rows += [f"{marker} {body[0]}", *(indent + line if line else "" for line in body[1:])]
    return "\n".join(rows)


def _write_sublists(sublists: list[Node], depth: int) -> list[str]:
    written = "\n\n".join(_chunks(sublists, depth))
    is_tight = "\n\n" not in written and not re.match(r"[02-9]|1\d", written)
    return [*([] if is_tight else [""]), *written.split("\n")] if written else []


def _start(node: Node) -> int:
    start = node.get("start")
    return start if isinstance(start, int) and 0 <= start <= 999_999_999 else 1


def _entries(node: Node, depth: int) -> list[tuple[list[Node], list[Node]]]:
    """The items of a list that hold words, each with the lists below it."""
    entries: list[tuple[list[Node], list[Node]]] = []
    waiting = list(reversed(_children(node)))
    while waiting:
        item = waiting.pop()
        if item.get("type") == "list" and not entries:
            waiting += reversed(_children(item))
        elif item.get("type") == "list":
            entries[-1][depth < DEEPEST_LIST].append(item)
        else:
            parts = _children(item) if item.get("type") == "listitem" else [item]
            content = [part for part in parts if part.get("type") != "list"]
            if _lines(_runs(content)):
                entries.append((content, []))
            waiting += [part for part in reversed(parts) if part.get("type") == "list"]
    return entries


# Markdown to nodes.


def _read_blocks(tokens: Iterator[Token]) -> list[Node]:
    """Read up to the end of the block that is open, as nodes that may still hold blocks where Lexical has none."""
    nodes: list[Node] = []
    for token in tokens:
        if token.nesting < 0:
            return nodes
        if token.type in ("paragraph_open", "heading_open"):
            nodes.append(_read_text(token, next(tokens)))
            next(tokens)
        elif token.nesting > 0:
            nodes.append(_read_container(token, _read_blocks(tokens)))
        elif token.type in ("fence", "code_block"):
            nodes.append(_read_code(token))
        else:
            nodes.append({"type": "horizontalrule", "version": 1})
    return nodes


def _read_text(opening: Token, inline: Token) -> Node:
    lines = _lines(_token_runs(inline.children or []))
    if opening.type == "paragraph_open":
        return _paragraph(_inline_nodes(lines))
    return _element("heading", _inline_nodes([_one_line(lines)]), tag=opening.tag)


def _read_container(opening: Token, children: list[Node]) -> Node:
    if opening.tag not in ("ul", "ol"):
        return _element("quote" if opening.tag == "blockquote" else "listitem", children)
    kind = "number" if opening.tag == "ol" else "bullet"
    return _element("list", children, listType=kind, tag=opening.tag, start=int(opening.attrs.get("start", 1)))


def _read_code(token: Token) -> Node:
    runs = _split(token.content.removesuffix("\n"), 0, "")
    children = [{"type": "linebreak", "version": 1} if run.text == "\n" else _text_node(run) for run in runs]
    return _element("code", children, language=_language(token.info.strip()))


def _token_runs(tokens: list[Token]) -> Iterator[Run]:
    depths = dict.fromkeys(_BITS, 0)
    link = ""
    for token in tokens:
        bits = sum(_BITS[tag] for tag, depth in depths.items() if depth)
        if token.type in ("softbreak", "hardbreak"):
            yield Run("\n")
        elif token.tag in depths:
            depths[token.tag] += token.nesting
        elif token.tag == "a":
            link = _link(str(token.attrs.get("href", "")))
        elif token.type == "image":
            words = "".join(child.content for child in token.children or ())
            yield from _split(words or "picture", bits, link or _link(str(token.attrs.get("src", ""))))
        else:
            yield from _split(token.content, bits | (CODE if token.type == "code_inline" else 0), link)


# Nodes as Lexical and Payload write them.


def _finished(node: Node, depth: int = 1) -> list[Node]:
    """Give quotes and list items the inline content that Lexical expects; what is left empty goes."""
    if node["type"] == "list":
        items = _finished_items(node, depth)
        return [node | {"children": items}] if items else []
    if node["type"] == "quote":
        node = node | {"children": _inline_nodes(_lines(_runs(_children(node))))}
    return [node] if node["type"] in ("code", "horizontalrule") or node["children"] else []


def _finished_items(node: Node, depth: int) -> list[Node]:
    items: list[Node] = []
    value = node["start"]
    for content, sublists in _entries(node, depth):
        items.append(_element("listitem", _inline_nodes(_lines(_runs(content))), value=value))
        value += 1
        for sublist in sublists:
            items += [_element("listitem", [part], value=value) for part in _finished(sublist, depth + 1)]
    return items


def _inline_nodes(lines: list[Line]) -> list[Node]:
    nodes: list[Node] = []
    for index, line in enumerate(lines):
        if index:
            nodes.append({"type": "linebreak", "version": 1})
        for link, runs in itertools.groupby(line, key=lambda run: run.link):
            texts = [_text_node(run) for run in runs]
            nodes += [_link_node(link, texts)] if link else texts
    return nodes


def _text_node(run: Run) -> Node:
    shape = {"detail": 0, "format": run.bits, "mode": "normal", "style": "", "version": 1}
    return {"type": "text", "text": run.text, **shape}


def _link_node(link: str, texts: list[Node]) -> Node:
    fields = {"linkType": "custom", "newTab": False, "url": link}
    return _element("link", texts, fields=fields, version=3)


def _paragraph(children: list[Node]) -> Node:
    return _element("paragraph", children, textFormat=0, textStyle="")


def _element(kind: str, children: list[Node], **more: Any) -> Node:
    return {"type": kind, "format": "", "indent": 0, "version": 1, "direction": "ltr", "children": children} | more
