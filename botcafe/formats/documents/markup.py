"""Converting HTML to Markdown: headings, paragraphs, lists, tables and code; styling is dropped."""

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
_MAX_DEPTH: Final = 200
_FENCE: Final = "```"


def parse_xml(data: bytes) -> Any:
    """Parse XML without resolving entities or fetching anything. Raises etree.XMLSyntaxError."""
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
    _append_node(root, out, 0)
    return _join_pieces(out)


def _join_pieces(out: list[str]) -> str:
    text = re.sub(r"(?:(?<![ \t])[ \t]+)?\n[ \t]*(?=\n)", "\n", "".join(out))
    lines: list[str] = []
    is_code = False
    for line in text.split("\n"):
        is_code ^= line == _FENCE
        lines.append(line if is_code else line.strip())
    return tidy_text("\n".join(lines))


def _append_node(node: Any, out: list[str], depth: int) -> None:
    tag = node.tag.rpartition("}")[2].lower() if isinstance(node.tag, str) else ""
    if not tag or tag in _SKIPPED or depth > _MAX_DEPTH:
        return
    if tag == "pre":
        out.append(f"\n\n{_FENCE}\n" + "".join(node.itertext()).strip("\n") + f"\n{_FENCE}\n\n")
        return
    if tag == "tr":
        cells = [" ".join("".join(cell.itertext()).split()) for cell in node]
        out.append("\n| " + " | ".join(cells) + " |")
        return
    before, after = _marks_around(tag, node)
    out.append(before)
    out.append(_collapse_space(node.text))
    for child in node:
        _append_node(child, out, depth + 1)
        out.append(_collapse_space(child.tail))
    out.append(after)


def _marks_around(tag: str, node: Any) -> tuple[str, str]:
    """The Markdown before and after the text of an element."""
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


def _collapse_space(text: str | None) -> str:
    """Text with each run of white space as one space."""
    return re.sub(r"\s+", " ", text) if text else ""
