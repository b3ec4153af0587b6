"""Renders Markdown as safe HTML, for chat messages and articles. HTML in the source is shown as text, except `<u>`."""

import functools
import re
from collections import deque
from collections.abc import MutableMapping, Sequence
from typing import Any

import nh3
from markdown_it import MarkdownIt
from markdown_it.common.utils import escapeHtml
from markdown_it.renderer import RendererHTML
from markdown_it.rules_block import StateBlock
from markdown_it.rules_core import StateCore
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token
from markdown_it.utils import OptionsDict
from pygments import highlight  # type: ignore[import-untyped]
from pygments.formatters import HtmlFormatter  # type: ignore[import-untyped]
from pygments.lexer import Lexer  # type: ignore[import-untyped]
from pygments.lexers import get_lexer_by_name  # type: ignore[import-untyped]

# Characters that are shown of one text; the rest is announced, not rendered.
MAX_SHOWN_CHARACTERS = 400_000

# Quotes and lists inside each other that are still told apart.
MAX_NESTING = 60

SAFE_LINK = re.compile(r"(?:https?://|mailto:)", re.IGNORECASE)

# Some lexers of Pygments need seconds for a few thousand hostile characters, so languages are listed, blocks are
# bounded (tightly where 10,000 characters took more than a second when measured) and so is their sum in one text.
_NAMES = """
    bash c clojure cpp css dart diff docker elixir erlang go graphql haskell html ini javascript js json jsx julia
    kotlin latex lua markdown md nginx objective-c ocaml perl php powershell py python r rb ruby rs rust scala
    scss sh shell sql swift toml xml yaml yml zig
"""
LANGUAGES = frozenset(_NAMES.split())
SLOW_LANGUAGES = frozenset(("cs", "csharp", "java", "ts", "tsx", "typescript"))
LONGEST_BLOCK, LONGEST_SUM, SLOWNESS = 8_000, 32_000, 4

_BRACKETS = re.compile(r"(?:!?\[)+")
_ALIGNED = {"text-align:left": "to-left", "text-align:center": "to-center", "text-align:right": "to-right"}
_HEADINGS = {"h1": "h3", "h2": "h4", "h3": "h5", "h4": "h6", "h5": "h6", "h6": "h6"}
_TEXT_TAGS = {"a", "br", "code", "em", "s", "span", "strong", "u"}
_BLOCK_TAGS = {"blockquote", "h3", "h4", "h5", "h6", "hr", "li", "ol", "p", "pre", "ul"}
_TABLE_TAGS = {"table", "tbody", "td", "th", "thead", "tr"}
_CLEANER = nh3.Cleaner(
    tags=_TEXT_TAGS | _BLOCK_TAGS | _TABLE_TAGS,
    attributes={
        "*": set(),
        "a": {"href"},
        "ol": {"start"},
        **{tag: {"class"} for tag in ("code", "pre", "span", "td", "th")},
    },
    url_schemes={"http", "https", "mailto"},
    url_relative="deny",
    link_rel="nofollow noopener noreferrer",
)
_FORMATTER = HtmlFormatter(nowrap=True)
# What is spoken: words between quotation marks, within one line. The pages tint it. A reply that is still being written
# is tinted by the page's own script (static/messages/tint.js), which knows the same marks: the two change together.
# No alternative may hold its own opening mark, so that a line of nothing but marks is read once. A straight mark after
# a letter or a digit closes a word or means inches.
_SPOKEN = re.compile(
    r"(?<!\w)\"(?=\S)[^\"\n]+\""
    r"|“[^“”\n]+”|„[^„“”\n]+[“”]"
    r"|«[^«»\n]+»|»[^«»\n]+«|‹[^‹›\n]+›"
    r"|「[^「」\n]+」|『[^『』\n]+』|＂[^＂\n]+＂"
)
_LINE_BREAKS = {"softbreak", "hardbreak"}
# Stands for code within a line: it may be spoken of, and is never tinted.
_OBJECT = "\ufffc"


def render(text: str) -> str:
    """Return the HTML of a Markdown text. Any string is accepted; headings start at h3, single line breaks are kept.

    Words between quotation marks stand in ``span.speech``.
    """
    shown = _RENDERER.render(without_surrogates(text[:MAX_SHOWN_CHARACTERS]))
    # Sanitised once more, so that a mistake in the renderer cannot let markup of strangers through.
    return _CLEANER.clean(shown) + _cut_note(len(text) - MAX_SHOWN_CHARACTERS)


def without_surrogates(text: str) -> str:
    """Replace halves of characters, which JSON can carry and UTF-8 cannot, with question marks."""
    return text.encode("utf-8", "replace").decode("utf-8")


def parser() -> MarkdownIt:
    """The Markdown that people write here: CommonMark with `~~struck~~`, `<u>underlined</u>` and kept line breaks."""
    markdown = MarkdownIt("commonmark", {"html": False, "breaks": True, "maxNesting": MAX_NESTING})
    markdown.enable("strikethrough")
    markdown.block.ruler.before("code", "too_deep", _too_deep)
    markdown.inline.ruler.before("autolink", "underline", _underline)
    markdown.inline.ruler.before("link", "lonely_brackets", _lonely_brackets)
    markdown.core.ruler.after("inline", "pair_underlines", _pair_underlines)
    return markdown


def _cut_note(missing: int) -> str:
    if missing <= 0:
        return ""
    return f'<p class="cut">The text goes on for {missing:,} more characters, which are not shown here.</p>\n'


def _too_deep(state: StateBlock, start: int, _end: int, silent: bool) -> bool:
    """Take lines as they are where quotes and lists lie too deep, which the parser would drop with all their words."""
    if silent or state.level < MAX_NESTING - 4:
        return False
    state.line = start + 1
    state.push("paragraph_open", "p", 1)
    inline = state.push("inline", "", 0)
    inline.content = state.getLines(start, start + 1, state.blkIndent, False).strip()
    inline.map, inline.children = [start, start + 1], []
    state.push("paragraph_close", "p", -1)
    return True


def _underline(state: StateInline, silent: bool) -> bool:
    for mark, kind, nesting in (("<u>", "u_open", 1), ("</u>", "u_close", -1)):
        if state.src.startswith(mark, state.pos):
            if not silent:
                token = state.push(kind, "u", 0)
                token.nesting, token.content = nesting, mark  # type: ignore[assignment]
            state.pos += len(mark)
            return True
    return False


def _lonely_brackets(state: StateInline, silent: bool) -> bool:
    """Take brackets that nothing closes as text at once; the rules for links would look for the end from each."""
    found = _BRACKETS.match(state.src, state.pos)
    if found is None or state.src.find("]", found.end()) >= 0:
        return False
    if not silent:
        state.pending += found.group()
    state.pos = found.end()
    return True


def _pair_underlines(state: StateCore) -> None:
    """Turn marks without a partner in their paragraph back into text, or they would underline the rest of the page."""
    for block in state.tokens:
        opened: list[Token] = []
        for token in block.children or ():
            if token.type == "u_open":
                opened.append(token)
            elif token.type == "u_close" and opened:
                opened.pop()
            elif token.type == "u_close":
                _make_text(token)
        for token in opened:
            _make_text(token)


def _make_text(token: Token) -> None:
    token.type, token.tag, token.nesting = "text", "", 0


def _tame(state: StateCore) -> None:
    for token in state.tokens:
        if token.children is not None:
            token.children = _tame_inline(token.children)
        elif token.tag in _HEADINGS:
            token.tag = _HEADINGS[token.tag]
        elif "style" in token.attrs:
            token.attrs = {"class": _ALIGNED.get(str(token.attrs["style"]), "")}


def _tame_inline(tokens: list[Token]) -> list[Token]:
    """Keep links to the schemes above only, and make a link of each picture (its words alone inside another link)."""
    kept: list[Token] = []
    inside = False
    for token in tokens:
        if token.type == "link_open":
            inside = _is_safe(token.attrs.get("href"))
        # A loaded picture would tell a stranger's server who read the message and when.
        if token.type == "image":
            kept += _words_of_picture(token, inside)
        elif inside or token.type not in ("link_open", "link_close"):
            kept.append(token)
        inside = inside and token.type != "link_close"
    return kept


def _is_safe(address: object) -> bool:
    return SAFE_LINK.match(str(address)) is not None


def _words_of_picture(picture: Token, inside_link: bool) -> list[Token]:
    alt = "".join(child.content for child in picture.children or ()).strip()
    words = Token("text", "", 0, content=alt or "picture")
    address = picture.attrs.get("src")
    if inside_link or not _is_safe(address):
        return [words]
    return [Token("link_open", "a", 1, attrs={"href": str(address)}), words, Token("link_close", "a", -1)]


def _mark_speech(state: StateCore) -> None:
    """A core rule of the parser: put spoken words into ``span.speech``, each run of text by itself.

    Emphasis may begin within speech and end after it: no span crosses another tag, as each holds text alone.
    """
    for block in state.tokens:
        if block.children:
            block.children = _mark_line(block.children)


def _mark_line(tokens: list[Token]) -> list[Token]:
    runs = [_shown(token) for token in tokens]
    spoken = deque(found.span() for found in _SPOKEN.finditer("".join(runs)))
    if not spoken:
        return tokens
    kept: list[Token] = []
    start = 0
    for token, run in zip(tokens, runs, strict=True):
        if token.type == "text":
            kept += _split_run(run, start, spoken)
        else:
            kept.append(token)
        start += len(run)
    return kept


def _shown(token: Token) -> str:
    if token.type == "text":
        return token.content
    return "\n" if token.type in _LINE_BREAKS else _OBJECT if token.type == "code_inline" else ""


def _split_run(run: str, start: int, spoken: deque[tuple[int, int]]) -> list[Token]:
    """A run of text that begins at ``start``, cut at the spans; those that end in it are taken from ``spoken``."""
    parts: list[Token] = []
    done = 0
    while spoken and spoken[0][0] < start + len(run):
        low, high = max(spoken[0][0] - start, done), min(spoken[0][1] - start, len(run))
        parts += _text(run[done:low])
        if words := _text(run[low:high]):
            parts += [
                Token("speech_open", "span", 1, attrs={"class": "speech"}),
                *words,
                Token("speech_close", "span", -1),
            ]
        done = max(done, high)
        if spoken[0][1] > start + len(run):
            break
        spoken.popleft()
    return parts + _text(run[done:])


def _text(content: str) -> list[Token]:
    return [Token("text", "", 0, content=content)] if content else []


def _fence(
    _renderer: RendererHTML, tokens: Sequence[Token], index: int, _options: OptionsDict, env: MutableMapping[str, Any]
) -> str:
    code = tokens[index].content
    language = (tokens[index].info.split() or [""])[0].lower()
    cost = len(code) * (SLOWNESS if language in SLOW_LANGUAGES else 1)
    left = env.setdefault("highlight_left", LONGEST_SUM)
    if language not in LANGUAGES | SLOW_LANGUAGES or cost > min(left, LONGEST_BLOCK):
        return f'<pre class="code"><code>{escapeHtml(code)}</code></pre>\n'
    env["highlight_left"] = left - cost
    coloured = highlight(code, _lexer(language), _FORMATTER)
    return f'<pre class="code"><code class="language-{language}">{coloured}</code></pre>\n'


@functools.cache
def _lexer(language: str) -> Lexer:
    return get_lexer_by_name(language, stripnl=False, ensurenl=False)


def _make_renderer() -> MarkdownIt:
    markdown = parser().enable("table")
    markdown.core.ruler.after("pair_underlines", "tame", _tame)
    markdown.core.ruler.push("speech", _mark_speech)
    markdown.add_render_rule("fence", _fence)
    markdown.add_render_rule("code_block", _fence)
    return markdown


_RENDERER = _make_renderer()
