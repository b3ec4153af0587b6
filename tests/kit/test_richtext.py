"""Lexical JSON and Markdown turn into each other without losing words."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from botcafe.kit.richtext import BOLD, CODE, ITALIC, STRUCK, UNDERLINED, Node, from_markdown, plain_text, to_markdown

NAMES = r"""
    ** * _ ~~ <u> </u> ` `` [ ] ]( ](http://x.example) ) ( ! \ & &amp; &#32; &#10; &nbsp; > - + 1. 2) 10. # ## ``` ~~~
    --- === a bc 0 é — 😀 : | < <http://a.example> *a* **b** ____ &copy &copy; [a]: b* *c ](a(b ](<a
"""
MARKS = NAMES.split()
PIECES = [
    *MARKS,
    *(mark + " " for mark in MARKS),
    "\n",
    "\n\n",
    "    ",
    "  ",
    "\t",
    "\u00a0",
    "\u2028",
    "\x07",
    "\ud800",
]
texts = st.lists(st.sampled_from(PIECES), max_size=14).map("".join)
quick = settings(derandomize=True, max_examples=200, deadline=None)

leaves = st.builds(lambda text, bits: text_node(text, bits), texts, st.integers(0, 31))
links = st.builds(
    lambda url, children: {"type": "link", "fields": {"url": url}, "children": children},
    st.sampled_from(
        ["https://x.example/a(b", "/here", "https://x.example/?a=1&copy=2", "a b", "javascript:x", "data:x"]
    ),
    st.lists(leaves, max_size=2),
)
inlines = st.lists(st.one_of(leaves, links, st.just({"type": "linebreak"})), max_size=4)
lists: st.SearchStrategy[Node] = st.deferred(
    lambda: st.builds(
        lambda tag, start, items: {"type": "list", "tag": tag, "start": start, "children": items},
        st.sampled_from(["ul", "ol"]),
        st.sampled_from([1, 1, 0, 7]),
        st.lists(st.builds(lambda a, b: {"type": "listitem", "children": a + b}, inlines, st.lists(lists, max_size=2))),
    )
)
blocks = st.one_of(
    lists,
    st.just({"type": "horizontalrule"}),
    st.builds(
        lambda kind, tag, children: {"type": kind, "tag": tag, "children": children},
        st.sampled_from(["paragraph", "heading", "quote", "code", "unheard-of"]),
        st.sampled_from(["h1", "h3", "x"]),
        inlines,
    ),
)
documents = st.lists(blocks, max_size=4).map(lambda nodes: {"root": {"children": nodes}})
anything = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False), st.text(max_size=5)),
    lambda inner: st.one_of(
        st.lists(inner, max_size=4),
        st.dictionaries(
            st.sampled_from(
                ["root", "children", "type", "text", "format", "tag", "start", "fields", "url", "language"]
            ),
            st.one_of(inner, st.sampled_from(["list", "listitem", "link", "code", "heading", "quote", "text"])),
        ),
    ),
    max_leaves=30,
)


def text_node(text: str, bits: int = 0) -> Node:
    return {"type": "text", "text": text, "format": bits}


def document(*nodes: Node) -> Node:
    return {"root": {"type": "root", "children": list(nodes)}}


def paragraph(*children: Node) -> Node:
    return {"type": "paragraph", "children": list(children)}


def first_block(text: str) -> Node:
    block: Node = from_markdown(text)["root"]["children"][0]
    return block


def words_of(text: str) -> str:
    return "".join(text.split())


@quick
@given(texts)
def test_markdown_is_stable_after_the_first_pass(text: str) -> None:
    lexical = from_markdown(text)
    written = to_markdown(lexical)
    assert from_markdown(written) == lexical
    assert to_markdown(from_markdown(written)) == written


@quick
@given(documents)
def test_markdown_of_any_document_is_stable_and_keeps_every_word(lexical: Node) -> None:
    written = to_markdown(lexical)
    read = from_markdown(written)
    assert to_markdown(read) == written
    assert words_of(plain_text(read)) == words_of(plain_text(lexical))


@quick
@given(anything)
def test_odd_json_never_raises(lexical: Any) -> None:
    assert isinstance(plain_text(lexical), str)
    written = to_markdown(lexical)
    assert to_markdown(from_markdown(written)) == written


@pytest.mark.parametrize(
    ("bits", "written"),
    [
        (BOLD, "**word**"),
        (ITALIC, "*word*"),
        (BOLD | ITALIC, "***word***"),
        (STRUCK, "~~word~~"),
        (UNDERLINED, "<u>word</u>"),
        (CODE, "`word`"),
        (BOLD | CODE, "**`word`**"),
    ],
)
def test_each_format_has_its_marks(bits: int, written: str) -> None:
    assert to_markdown(document(paragraph(text_node("word", bits)))) == written
    assert first_block(written)["children"][0]["format"] == bits


@pytest.mark.parametrize(
    "text",
    [
        "# Title",
        "###### Small",
        "Two\nlines",
        "> quoted\n> *well*",
        "- a\n- b\n  - c\n    1. d\n- e",
        "3. three\n4. four",
        "- one list\n\n* another",
        "```python\ndef f():\n\n    return `x`\n```",
        "````\n```\n````",
        "[a **b**](https://x.example/?q=1&r=(2))".replace("(2)", "2"),
        "---",
        "a\n\\\nb",
        "snake_case, 5 * 3\\*, <3, AT&T, ~5, 1.5, a \\[note\\]",
        "\\# no title\n\\- no item\n1\\. no number\n\\> no quote\n\\---",
        '*She waves.* "Hello," she says.',
    ],
)
def test_tidy_markdown_comes_back_as_it_was(text: str) -> None:
    tidy = text.replace("5 * 3\\*", "5 \\* 3\\*")
    assert to_markdown(from_markdown(tidy)) == tidy


def test_nodes_have_the_shape_that_payload_writes() -> None:
    assert from_markdown("hello") == {
        "root": {
            "type": "root",
            "format": "",
            "indent": 0,
            "version": 1,
            "direction": "ltr",
            "children": [
                {
                    "type": "paragraph",
                    "format": "",
                    "indent": 0,
                    "version": 1,
                    "direction": "ltr",
                    "textFormat": 0,
                    "textStyle": "",
                    "children": [
                        {
                            "type": "text",
                            "text": "hello",
                            "detail": 0,
                            "format": 0,
                            "mode": "normal",
                            "style": "",
                            "version": 1,
                        }
                    ],
                }
            ],
        }
    }


def test_an_empty_text_is_one_empty_paragraph() -> None:
    assert [block["type"] for block in from_markdown("")["root"]["children"]] == ["paragraph"]
    assert to_markdown(from_markdown("")) == ""


def test_links_are_read_in_both_shapes() -> None:
    old = {"type": "link", "url": "https://x.example/", "children": [text_node("a")]}
    auto = {"type": "autolink", "fields": {"url": "https://x.example/"}, "children": [text_node("a")]}
    for link in (old, auto):
        assert to_markdown(document(paragraph(link))) == "[a](https://x.example/)"


@pytest.mark.parametrize("url", ["javascript:alert(1)", "data:text/html,x", "vbscript:x", "", 5, None])
def test_a_dangerous_or_missing_address_leaves_the_words(url: object) -> None:
    link = {"type": "link", "fields": {"url": url}, "children": [text_node("words")]}
    assert to_markdown(document(paragraph(link))) == "words"


def test_a_list_inside_an_item_is_an_item_of_its_own() -> None:
    items = first_block("- a\n  - b")["children"]
    assert [item["children"][0]["type"] for item in items] == ["text", "list"]
    assert items[1]["children"][0]["children"][0]["children"][0]["text"] == "b"


def test_a_number_that_starts_a_list_is_kept() -> None:
    block = first_block("7. a\n8. b")
    assert (block["listType"], block["tag"], block["start"]) == ("number", "ol", 7)
    assert [item["value"] for item in block["children"]] == [7, 8]


def test_a_quote_holds_text_and_line_breaks_only() -> None:
    kinds = {child["type"] for child in first_block("> a\n>\n> - b\n>\n> ```\n> c\n> ```")["children"]}
    assert kinds == {"text", "linebreak"}


def test_bold_inside_a_word_survives() -> None:
    lexical = document(paragraph(text_node("(a)", BOLD), text_node("b")))
    assert first_block(to_markdown(lexical))["children"][0]["format"] == BOLD


def test_an_unknown_node_gives_its_text() -> None:
    cell = {"type": "tablecell", "children": [paragraph(text_node("cell"))]}
    assert to_markdown(document({"type": "table", "children": [{"type": "tablerow", "children": [cell]}]})) == "cell"


def test_a_picture_in_markdown_becomes_a_link() -> None:
    assert to_markdown(from_markdown("![cat](https://x.example/c.png)")) == "[cat](https://x.example/c.png)"


def test_plain_text_has_a_line_for_each_item_and_no_marks() -> None:
    assert plain_text(from_markdown("# A\n\n**b** [c](https://x.example)\n\n- d\n- e")) == "A\n\nb c\nd\ne"


@pytest.mark.parametrize("kind", ["list", "quote", "link", "unheard-of"])
def test_any_depth_is_written(kind: str) -> None:
    node = text_node("deep")
    for _ in range(5_000):
        node = {"type": kind, "children": [{"type": "listitem", "children": [text_node("x"), node]}]}
    assert words_of(to_markdown(document(node))).endswith("deep")
    assert plain_text(document(node)).endswith("deep")


@pytest.mark.parametrize("part", ["[", "*", ">", "`", "- ", "> ", "*a ", "a\n", "**a** ", "`a", "<u>", "~~a"])
def test_many_marks_are_read_and_written(part: str) -> None:
    written = to_markdown(from_markdown(part * (20_000 // len(part))))
    assert to_markdown(from_markdown(written)) == written
