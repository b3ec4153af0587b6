"""HTML becomes Markdown: structure stays, and what is no content goes."""

import pytest

from botcafe.formats.documents.markup import html_to_markdown


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("", ""),
        (" \n ", ""),
        ("<!-- only a comment -->", ""),
        ("plain words", "plain words"),
        ("<p>a  \n b</p><p>c</p>", "a b\n\nc"),
        ("a<br>b", "a\nb"),
        ("<p>a<b>b</b><i> c</i></p>", "ab c"),
        ("<p>x &amp; y &lt;z&gt; &eacute;</p>", "x & y <z> é"),
        ("<h1>One</h1>two<h6>Six</h6>", "# One\n\ntwo\n\n###### Six"),
        ("<ul><li>a</li><li>b</li></ul>", "- a\n- b"),
        ("<ol><li>a<li>b<li>c</ol>", "1. a\n2. b\n3. c"),
        ("<table><tr><th>A<th>B<tr><td>1 <b>2</b><td>3</table>", "| A | B |\n| 1 2 | 3 |"),
        ("<dl><dt>lamp<dd>It burns.</dl>", "lamp\n\nIt burns."),
    ],
)
def test_structure_is_written_as_markdown(source: str, text: str) -> None:
    assert html_to_markdown(source) == text


@pytest.mark.parametrize("indent", ["  ", "    ", "\t", "   "])
def test_code_keeps_its_indent(indent: str) -> None:
    source = f"<p>See:</p><pre><code>if a:\n{indent}b\n\n{indent}{indent}c</code></pre><p>  end</p>"
    assert html_to_markdown(source) == f"See:\n\n```\nif a:\n{indent}b\n\n{indent}{indent}c\n```\n\nend"


@pytest.mark.parametrize("tag", ["script", "style", "template", "svg", "noscript", "iframe", "nav", "form"])
def test_what_is_no_content_is_skipped_with_all_inside(tag: str) -> None:
    assert html_to_markdown(f"<p>before</p><{tag}>never</{tag}><p>after</p>") == "before\n\nafter"


def test_markup_nested_too_deep_loses_its_inside_only() -> None:
    deep = "<div>" * 240 + "never" + "</div>" * 240
    assert html_to_markdown(f"<p>before</p>{deep}<p>after</p>") == "before\n\nafter"
