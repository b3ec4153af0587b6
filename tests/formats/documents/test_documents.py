"""Documents: kinds by content and name, titles, and refusals with a clear message."""

import codecs
import io
import time
import zipfile

import pytest

from botcafe.formats import limits
from botcafe.formats.documents.detect import decode_text, detect_document_kind
from botcafe.formats.documents.model import (
    MAX_CHARACTERS,
    MAX_DOCUMENT_BYTES,
    MAX_TITLE_CHARACTERS,
    clip_to_one_line,
    content_hash,
    count_words,
    reading_minutes,
    tidy_text,
)
from botcafe.formats.documents.reader import read_document
from botcafe.formats.documents.readers import read_docx, read_epub, read_html
from botcafe.formats.errors import FormatError

MARKDOWN = b"# The coast\n\n- lamp\n- oil\n"
CONTAINER = b'<container><rootfiles><rootfile full-path="o/p.opf"/></rootfiles></container>'


def zipped(files: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return out.getvalue()


def book(spine: str, **chapters: str) -> bytes:
    """An EPUB with its package in the folder `o`; `spine` lists the chapters in reading order."""
    items = "".join(f'<item id="{n}" href="{n}.xhtml" media-type="application/xhtml+xml"/>' for n in chapters)
    order = "".join(f'<itemref idref="{name}"/>' for name in spine.split())
    package = f"<package><metadata/><manifest>{items}</manifest><spine>{order}</spine></package>"
    pages = {f"o/{name}.xhtml": f"<html><body>{text}</body></html>".encode() for name, text in chapters.items()}
    return zipped({"META-INF/container.xml": CONTAINER, "o/p.opf": package.encode(), **pages})


def refusal(data: bytes, name: str = "") -> FormatError:
    with pytest.raises(FormatError) as caught:
        read_document(data, name)
    return caught.value


@pytest.mark.parametrize(
    ("data", "name", "kind"),
    [
        (b"%PDF-1.7\n", "x.txt", ("pdf", "")),
        (b"junk before %PDF-1.4", "", ("pdf", "")),
        (zipped({"word/document.xml": b""}), "x.zip", ("docx", "")),
        (book("a", a="x"), "x.docx", ("epub", "")),
        (b"<!DOCTYPE html><p>x", "x.py", ("html", "")),
        (b'<?xml version="1.0"?><!-- c --><html><p>x', "x.xml", ("html", "")),
        (b"<p>no page</p>", "x.html", ("text", "")),
        (MARKDOWN, "", ("markdown", "")),
        (MARKDOWN, "x.txt", ("text", "")),
        (b"plain", "x.MD", ("markdown", "")),
        (b"a: 1", "x.yml", ("code", "yaml")),
        (b"fn main() {}", "folder.d/x.RS", ("code", "rust")),
        (b"#!/bin/bash\nls", "", ("code", "shell")),
        (b"#!/usr/bin/env node\n1", "run", ("code", "javascript")),
        (b"#!/usr/bin/python3.11\n1", "run", ("code", "python")),
        (b"MZ is what he signed with.", "", ("text", "")),
        (b"BMW makes cars.", "", ("text", "")),
    ],
)
def test_the_kind_is_detected_by_content_first(data: bytes, name: str, kind: tuple[str, str]) -> None:
    assert detect_document_kind(data, name) == kind


@pytest.mark.parametrize(
    ("data", "code", "words"),
    [
        (b" \n\t", "unsupported", "empty"),
        (b"GIF89a", "unsupported", "a picture"),
        (b"BM\x00\x00", "unsupported", "a picture"),
        (b"MZ\x90\x00", "unsupported", "a program"),
        (b"RIFF\x00\x00\x00\x00WAVE", "unsupported", "a sound"),
        (b"RIFF\x00\x00\x00\x00WEBP", "unsupported", "a picture"),
        (b"RIFF\x00\x00\x00\x00AVI ", "unsupported", "a film"),
        (b"\x00\x00\x00\x20ftypisom", "unsupported", "a film"),
        (b"SQLite format 3\x00", "unsupported", "a database"),
        (zipped({"ppt/x": b""}), "unsupported", "a slide show"),
        (zipped({"mimetype": b"", "content.xml": b""}), "unsupported", "OpenDocument"),
        (b"PK\x03\x04 no directory", "broken_zip", "cut off"),
        (zipped({f"f{number}": b"" for number in range(limits.MAX_ZIP_MEMBERS + 1)}), "too_large", "2,000 parts"),
        (b"a" * (MAX_DOCUMENT_BYTES + 1), "too_large", "32 MB"),
        (b"a" * (MAX_CHARACTERS + 1), "too_large", "5 million characters"),
    ],
)
def test_other_files_are_refused_by_what_they_are(data: bytes, code: str, words: str) -> None:
    error = refusal(data, "letter.txt")
    assert (error.code, words in error.message) == (code, True)


@pytest.mark.parametrize(
    ("data", "text"),
    [
        ("Grüße".encode(), "Grüße"),
        (codecs.BOM_UTF8 + "Grüße".encode(), "Grüße"),
        ("Grüße".encode("utf-16"), "Grüße"),
        (codecs.BOM_UTF16_BE + "Grüße".encode("utf-16-be"), "Grüße"),
        ("“Grüße” – 5 €".encode("cp1252"), "“Grüße” – 5 €"),
        (b"a\x1b[0m b\tc\x0c", "a\x1b[0m b\tc\x0c"),
    ],
)
def test_text_is_decoded_by_its_mark_or_as_it_fits(data: bytes, text: str) -> None:
    assert decode_text(data) == text


@pytest.mark.parametrize("data", [b"a\x00b", b"abc" + b"\x01" * 3, "Grüße".encode("utf-16-be"), bytes(range(1, 32))])
def test_binary_data_is_no_text(data: bytes) -> None:
    with pytest.raises(FormatError, match="not text"):
        decode_text(data)


@pytest.mark.parametrize(
    ("data", "name", "title", "author"),
    [
        (b"---\ntitle: 'A: b'\nAuthor: Mira\n---\n# Heading\n", "n.md", "A: b", "Mira"),
        (b"---\r\ntags: x\r\n---\r\n\r\n## Heading ##\r\n", "n.md", "Heading", ""),
        (b"text\n\n### Too deep\n", "folder\\n.one.md", "n.one", ""),
        (b"# No markdown", "shelf/n.txt", "n", ""),
        (b"text", "", "", ""),
    ],
)
def test_a_title_comes_from_the_front_matter_a_heading_or_the_name(
    data: bytes, name: str, title: str, author: str
) -> None:
    found = read_document(data, name)
    assert (found.title, found.author) == (title, author)
    assert "title:" not in found.text


def test_code_is_kept_with_its_blank_lines_and_prose_is_tidied() -> None:
    data = b"\nif a:  \r\n\r\n\r\n\r\n    b\n\n"
    assert read_document(data, "x.py").text == "if a:  \n\n\n\n    b"
    assert read_document(data, "x.txt").text == "if a:\n\n    b"


def test_markdown_of_front_matter_alone_has_no_text() -> None:
    error = refusal(b"---\ntitle: Only a title\n---\n", "letter.md")
    assert (error.code, error.message) == ("no_text", "No text was found in the document.")


def test_chapters_come_in_reading_order_and_once() -> None:
    found = read_epub(book("b a b gone", a="<h1>A</h1>", b="<p>B</p>", unlisted="never"))
    assert found.text == "B\n\n# A"


def test_a_book_or_page_without_text_is_refused() -> None:
    empty_word = zipped({"word/document.xml": b"<oops", "[Content_Types].xml": b"<Types/>"})
    for read, data, code in (
        (read_epub, book("a", a="<script>x</script>"), "no_text"),
        (read_epub, zipped({"META-INF/container.xml": CONTAINER}), "broken_document"),
        (read_html, b"<html><script>x</script></html>", "no_text"),
        (read_docx, empty_word, "broken_document"),
        (read_docx, b"PK\x03\x04", "broken_zip"),
    ):
        with pytest.raises(FormatError) as caught:
            read(data)
        assert caught.value.code == code


def test_a_book_with_a_lock_is_refused() -> None:
    lock = {"META-INF/encryption.xml": b"<EncryptedData/>", "META-INF/rights.xml": b"<r/>"}
    error = refusal(zipped({"META-INF/container.xml": CONTAINER, **lock}))
    assert (error.code, "DRM" in error.message) == ("encrypted", True)


def test_a_packed_bomb_is_refused() -> None:
    error = refusal(zipped({"word/document.xml": bytes(30 * limits.MIB)}), "letter.docx")
    assert (error.code, "densely" in error.message) == ("too_large", True)


def test_a_page_is_decoded_by_the_charset_that_it_names() -> None:
    page = '<html><head><meta charset="{}"><title>T</title></head><body>Жил-был</body></html>'
    assert read_html(page.format("koi8-r").encode("koi8-r")).text == "Жил-был"
    assert read_html(page.format("koi8-r").encode()).text == "Жил-был"
    assert read_html(page.format("no-such").replace("Жил-был", "Grüße").encode("cp1252")).text == "Grüße"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", 0),
        ("one  two\nthree", 3),
        ("don't stop-gap", 2),
        ("hello - world", 2),
        ("“Well …” (she said)", 3),
        ("# Title\n\n---\n\n*one*", 2),
        ("東京駅", 3),
        ("go 東京 now", 4),
        ("你好，世界。", 4),
        ("カフェ・ラテ", 5),
        ("안녕하세요 세계", 2),
    ],
)
def test_words_are_counted_in_every_script(text: str, words: int) -> None:
    assert count_words(text) == words


@pytest.mark.parametrize(("text", "words"), [("-" * 500_000, 0), ("a" + "'" * 500_000, 1), ("-a " * 500_000, 500_000)])
def test_hostile_text_is_counted_in_little_time(text: str, words: int) -> None:
    started = time.process_time()
    assert count_words(text) == words
    assert time.process_time() - started < 5


@pytest.mark.parametrize(("words", "minutes"), [(0, 1), (230, 1), (231, 2), (2300, 10)])
def test_reading_takes_whole_minutes(words: int, minutes: int) -> None:
    assert reading_minutes(words) == minutes


def test_the_hash_is_of_the_words_only() -> None:
    assert content_hash("Cafe\u0301  a\n\nb ") == content_hash("Café a b")
    assert content_hash("a b") != content_hash("b a")


def test_the_hash_of_code_is_of_its_space_too() -> None:
    inside = read_document(b"def f(a):\n    if a:\n        a()\n        b()\n", "x.py")
    after = read_document(b"def f(a):\n    if a:\n        a()\n    b()\n", "x.py")
    assert (inside.kind, after.kind) == ("code", "code")
    assert inside.content_hash != after.content_hash
    windows = read_document(b"def f(a):\r\n    if a:\r\n        a()\r\n    b()\r\n", "x.py")
    assert windows.content_hash == after.content_hash


@pytest.mark.parametrize("sign", ["\r", "\x0b", "\x0c", "\x1c", "\x1d", "\x1e", "\x1f"])
def test_control_characters_that_separate_keep_words_apart(sign: str) -> None:
    assert tidy_text(f"end{sign}Start") == "end\nStart"
    assert clip_to_one_line(f"end{sign}Start") == "end Start"
    assert read_document(f"The end{sign}Start here".encode(), "a.txt").word_count == 4


def test_invisible_characters_are_dropped_and_titles_are_cut() -> None:
    assert tidy_text("\ufeffa\u00a0b\x00 \r\n\r\n\r\n\rc\ud800\x7f ") == "a b\n\nc"
    assert clip_to_one_line(" a\n\tb\x00\u00a0c ") == "a b c"
    assert len(clip_to_one_line("x" * 1_000)) == MAX_TITLE_CHARACTERS


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("<!---->" * 2000 + "x", "text"),
        ("<!-- a -->\n" * 500 + "<!DOCTYPE html><p>x", "html"),
        ("<?xml version='1.0'?>\n<!-- <html> --> <html><p>x", "html"),
        ("<!-- <html> -->words", "text"),
        ("<!-- never closed <html>", "text"),
        ("[" * 50_000, "text"),
        ("[a](" * 12_000, "text"),
        ("# Tea\n\n[a](https://x.example) and [b](/y)", "markdown"),
    ],
)
def test_a_hostile_beginning_is_looked_at_once(text: str, kind: str) -> None:
    """Forty comments before a word kept the whole process from anything else, for ever."""
    assert detect_document_kind(text.encode()) == (kind, "")
