"""Markup as Markdown: headings, paragraphs, lists, tables and code; what is only looks is left behind."""

import re
from typing import Any, Final

from lxml import etree, html

from botcafe.formats.documents.model import tidy_text

_SKIPPED: Final = {"script", "style", "head", "template", "svg", "math", "noscript", "iframe", "object", "nav", "form"}
_BLOCKS: Final = {
    "address", "article", "aside", "blockquote", "body", "caption", "dd", "div", "dl", "dt", "figcaption", "figure",
    "footer", "header", "hr", "html", "li", "main", "ol", "p", "section", "table", "tbody", "td", "tfoot", "th", "thead",
    "tr", "ul",
}  # fmt: skip
_DEEPEST: Final = 200


def parse_xml(data: bytes) -> Any:
    """An XML tree: no entities are opened, nothing is fetched. Raises etree.XMLSyntaxError."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, recover=False)
    return etree.fromstring(data, parser)


def html_to_markdown(source: str) -> str:
    """The text of an HTML page or fragment as Markdown; "" where there is none."""
    if not source.strip():
        return ""
    parser = html.HTMLParser(encoding="utf8", no_network=True, huge_tree=False, remove_comments=True, remove_pis=True)
    try:
        root = html.document_fromstring(source.encode("utf8", "replace"), parser=parser)
    except (etree.ParserError, etree.XMLSyntaxError, ValueError):
        return ""
    out: list[str] = []
    _write(root, out, 0)
    return _joined(out)


def _joined(out: list[str]) -> str:
    text = re.sub(r"[ \t]*\n[ \t]*(?=\n)", "\n", "".join(out))
    return tidy_text("\n".join(line if line.startswith("    ") else line.strip() for line in text.split("\n")))


def _write(node: Any, out: list[str], depth: int) -> None:
    tag = node.tag.rpartition("}")[2].lower() if isinstance(node.tag, str) else ""
    if not tag or tag in _SKIPPED or depth > _DEEPEST:
        return
    if tag == "pre":
        out.append("\n\n```\n" + "".join(node.itertext()).strip("\n") + "\n```\n\n")
        return
    if tag == "tr":
        cells = [" ".join("".join(cell.itertext()).split()) for cell in node]
        out.append("\n| " + " | ".join(cells) + " |")
        return
    before, after = _around(tag, node)
    out.append(before)
    out.append(_flowing(node.text))
    for child in node:
        _write(child, out, depth + 1)
        out.append(_flowing(child.tail))
    out.append(after)


def _around(tag: str, node: Any) -> tuple[str, str]:
    """What stands before and after the text of an element."""
    if len(tag) == 2 and tag[0] == "h" and tag[1] in "123456":
        return f"\n\n{'#' * int(tag[1])} ", "\n\n"
    if tag == "li":
        above = node.getparent()
        is_counted = above is not None and isinstance(above.tag, str) and above.tag.endswith("ol")
        mark = f"{sum(1 for _ in node.itersiblings('li', preceding=True)) + 1}." if is_counted else "-"
        return f"\n{mark} ", "\n" if node.getnext() is None else ""
    if tag == "br":
        return "\n", ""
    if tag in {"dd", "dt", "caption"}:
        return "\n", "\n"
    return ("\n\n", "\n\n") if tag in _BLOCKS else ("", "")


def _flowing(text: str | None) -> str:
    """Text as it flows: any run of space is one."""
    return re.sub(r"\s+", " ", text) if text else ""
