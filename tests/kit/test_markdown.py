"""Markdown becomes HTML that is safe to show, and stays readable."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from botcafe.kit import markdown

HOSTILE = (
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "[a](javascript:alert(1))",
    "[a](JaVaScRiPt:alert(1))",
    "[a](&#106;avascript:alert(1))",
    "[a](data:text/html,x)",
    "[a](vbscript:x)",
    "[a](//evil.example/x)",
    "<javascript:alert(1)>",
    "![a](javascript:alert(1))",
    '[a](https://x.example "onmouseover=alert(1)")',
    '```"><script>alert(1)</script>\nx\n```',
    "```python\n</code></pre><script>alert(1)</script>\n```",
    '<u onclick="alert(1)">a</u>',
    "| <b>a</b> |\n|---|\n| <svg/onload=alert(1)> |",
)
ALLOWED_TAG = re.compile(
    r"</?(?:p|br|em|strong|s|u|code|blockquote|ul|ol|li|h[3-6]|hr|table|thead|tbody|tr|span|pre)>"
    r'|<(?:td|th) class="to-(?:left|center|right)">|</?t[dh]>|<br />|<hr />|</a>|<ol start="\d+">'
    r'|<(?:pre|code|span|p) class="[\w -]+">'
    r'|<a (?:href="(?:https?://|mailto:)[^"<>]*" )?rel="nofollow noopener noreferrer">',
    re.IGNORECASE,
)


def strange_tags(html: str) -> list[str]:
    return [tag for tag in re.findall(r"<[^>]*>", html) if not ALLOWED_TAG.fullmatch(tag)]


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_yields_harmless_tags_only(text: str) -> None:
    assert strange_tags(markdown.render(text)) == []


@settings(derandomize=True, max_examples=300, deadline=None)
@given(
    st.lists(st.sampled_from([*HOSTILE, "*", "_", "`", "<", ">", "\n", "\n\n", "> ", "- ", "a", "[", "](", ")", "|"]))
)
def test_any_mixture_yields_harmless_tags_only(parts: list[str]) -> None:
    assert strange_tags(markdown.render("".join(parts))) == []


@settings(derandomize=True, max_examples=200, deadline=None)
@given(st.text())
def test_any_text_is_rendered(text: str) -> None:
    assert isinstance(markdown.render(text), str)


def test_half_a_character_is_shown_as_a_question_mark() -> None:
    assert markdown.render("a\ud800b") == "<p>a?b</p>\n"


def test_a_line_break_is_kept_as_it_was_typed() -> None:
    assert markdown.render("one\ntwo") == "<p>one<br>\ntwo</p>\n"


def test_action_is_emphasised_and_speech_is_named() -> None:
    spoken = '<span class="speech">"Hello,"</span> <span class="speech">“you”</span>'
    assert markdown.render('*She waves.* "Hello," “you”') == f"<p><em>She waves.</em> {spoken}</p>\n"


@pytest.mark.parametrize(
    "words", ["«Bonjour»", "„Hallo“", "„Cześć”", "»Hallo«", "‹Oui›", "「いいよ」", "『はい』", "＂是＂"]
)
def test_speech_is_known_by_the_marks_of_many_languages(words: str) -> None:
    assert markdown.render(f"a {words} b") == f'<p>a <span class="speech">{words}</span> b</p>\n'


@pytest.mark.parametrize("text", ['6" and 8" wide', 'an open "quote', '"one\ntwo"', '`"code"`', '" "', "It's 'his'"])
def test_marks_that_are_no_pair_on_one_line_stay_text(text: str) -> None:
    assert "speech" not in markdown.render(text)


def test_speech_goes_on_through_emphasis_links_and_code_without_crossing_them() -> None:
    html = markdown.render('"So *very `odd` it* [is](https://x.example/)," *he "said"* "a *b" c*')
    assert re.sub("</?(?:p|span|em|a|code)\\b[^>]*>", "", html) == '"So very odd it is," he "said" "a b" c\n'
    assert '<em><span class="speech">very </span><code>odd</code><span class="speech"> it</span></em>' in html
    assert '<em>he <span class="speech">"said"</span></em>' in html
    assert '<span class="speech">"a </span><em><span class="speech">b"</span> c</em>' in html


def test_headings_start_at_the_third_level() -> None:
    html = markdown.render("# a\n\n## b\n\n##### c")
    assert html == "<h3>a</h3>\n<h4>b</h4>\n<h6>c</h6>\n"


def test_a_link_neither_follows_nor_tells_where_it_came_from() -> None:
    html = markdown.render("[a](https://x.example/)")
    assert html == '<p><a href="https://x.example/" rel="nofollow noopener noreferrer">a</a></p>\n'


@pytest.mark.parametrize("address", ["/inside", "#part", "ftp://x.example/", "tel:112", "//x.example"])
def test_a_link_elsewhere_than_the_web_or_mail_keeps_its_words_only(address: str) -> None:
    assert markdown.render(f"[words]({address})") == "<p>words</p>\n"


def test_a_picture_becomes_a_link_with_its_words() -> None:
    html = markdown.render("![a *cat*](https://x.example/cat.png) ![](https://x.example/b.png)")
    assert "<img" not in html
    assert '<a href="https://x.example/cat.png" rel="nofollow noopener noreferrer">a cat</a>' in html
    assert ">picture</a>" in html


def test_a_picture_inside_a_link_leaves_its_words_in_that_link() -> None:
    html = markdown.render("[![build](https://x.example/b.svg)](https://x.example/)")
    assert html == '<p><a href="https://x.example/" rel="nofollow noopener noreferrer">build</a></p>\n'


def test_struck_and_underlined_text_and_tables_are_understood() -> None:
    assert markdown.render("~~no~~ <u>yes</u>") == "<p><s>no</s> <u>yes</u></p>\n"
    assert '<td class="to-right">1</td>' in markdown.render("|a|\n|-:|\n|1|")


def test_an_underline_without_its_end_does_not_run_on() -> None:
    assert markdown.render("<u>a\n\nb</u>") == "<p>&lt;u&gt;a</p>\n<p>b&lt;/u&gt;</p>\n"


def test_code_is_coloured_by_classes_and_never_by_styles() -> None:
    html = markdown.render("```python\ndef f(): pass\n```")
    assert '<code class="language-python"><span class="k">def</span>' in html
    assert "style=" not in html


@pytest.mark.parametrize("fence", ["```nosuch", "```", "```makefile"])
def test_code_in_a_language_that_is_not_listed_is_shown_plain(fence: str) -> None:
    assert markdown.render(f"{fence}\na<b\n```") == '<pre class="code"><code>a&lt;b\n</code></pre>\n'


@pytest.mark.parametrize("language", sorted(markdown.LANGUAGES | markdown.SLOW_LANGUAGES))
def test_every_listed_language_is_known(language: str) -> None:
    assert f"language-{language}" in markdown.render(f"```{language}\nx\n```")


def test_long_code_is_shown_whole_without_colours() -> None:
    lines = "x = 1\n" * 2_000
    html = markdown.render(f"```python\n{lines}```")
    assert html.count("x = 1") == 2_000
    assert "<span" not in html


def test_slow_languages_are_coloured_for_short_code_only() -> None:
    assert "<span" in markdown.render("```java\nint x;\n```")
    assert "<span" not in markdown.render("```java\n" + "int x;\n" * 400 + "```")


def test_the_sum_of_coloured_code_is_bounded() -> None:
    block = "```python\n" + "x = 1\n" * 1_000 + "```\n\n"
    html = markdown.render(block * 10)
    assert html.count("language-python") == markdown.LONGEST_SUM // 6_000


def test_a_text_that_is_too_long_is_cut_with_a_note() -> None:
    html = markdown.render("a " * (markdown.MAX_SHOWN_CHARACTERS // 2 + 5))
    assert html.endswith('<p class="cut">The text goes on for 10 more characters, which are not shown here.</p>\n')
    assert html.count("a ") <= markdown.MAX_SHOWN_CHARACTERS // 2 + 20
    assert "cut" not in markdown.render("a" * 1_000)


@pytest.mark.parametrize(
    "part", ["[", "*", ">", "`", "_", "~", "<", "!", "(", "[a](", "![", "*a ", "> ", "- ", "|", "<u>"]
)
def test_a_hundred_thousand_marks_are_rendered(part: str) -> None:
    html = markdown.render(part * (100_000 // len(part)))
    assert strange_tags(html) == []
    assert len(html) < 2_000_000


def test_the_deepest_quotes_and_lists_keep_their_words() -> None:
    assert "words" in markdown.render(">" * 200 + " words")
    assert "words" in markdown.render("- " * 200 + "words")
    assert "<p>outside</p>" in markdown.render(">" * 200 + " words\n\noutside")
