"""Readers of PDF, DOCX, EPUB and HTML. They run in a subprocess, see `subprocess_reader`."""

import io
import posixpath
import re
from typing import Any, Final
from urllib.parse import unquote

from lxml import etree

from botcafe.formats.archive import read_archive
from botcafe.formats.documents.detect import decode_text
from botcafe.formats.documents.markup import html_to_markdown, parse_xml
from botcafe.formats.documents.model import MAX_CHARACTERS, ExtractedText, tidy_text
from botcafe.formats.errors import FormatError

MAX_PAGES: Final = 5_000
MAX_CHAPTERS: Final = 2_000
SHORT_PAGE: Final = 1_000
_CHARSET = re.compile(rb"""(?:charset|encoding)\s*=\s*["']?\s*([A-Za-z0-9_-]{1,30})""")
_XML_ERRORS = (etree.XMLSyntaxError, ValueError)


def document_too_long_error() -> FormatError:
    """The error for more text than MAX_CHARACTERS."""
    return FormatError("too_large", f"The document holds more than {MAX_CHARACTERS // 1_000_000} million characters.")


def read_pdf(data: bytes) -> ExtractedText:
    """The text layer of a PDF. Raises FormatError `encrypted`, `broken_pdf`, `too_large`, `no_text`."""
    import pypdfium2

    try:
        document = pypdfium2.PdfDocument(data)
    except pypdfium2.PdfiumError as error:
        if "password" in str(error).lower():
            raise FormatError("encrypted", "The PDF is locked with a password; save it without one.") from error
        raise FormatError("broken_pdf", "The PDF is damaged or cut off; a complete one is needed.") from error
    count = len(document)
    if count > MAX_PAGES:
        raise FormatError("too_large", f"The PDF has {count:,} pages; at most {MAX_PAGES:,} are read.")
    pages: list[str] = []
    left = MAX_CHARACTERS
    for number in range(count):
        pages.append(_join_wrapped_lines(_text_of_page(document, number)))
        left -= len(pages[-1])
        if left < 0:
            raise document_too_long_error()
    text = tidy_text("\n\n".join(page for page in pages if page.strip()))
    if not text:
        message = "No text was found in the PDF: its pages are pictures. Run text recognition (OCR) over it first."
        raise FormatError("no_text", message)
    about: dict[str, str] = document.get_metadata_dict(skip_empty=True)
    return ExtractedText(text, about.get("Title", ""), about.get("Author", ""))


def _text_of_page(document: Any, number: int) -> str:
    import pypdfium2

    try:
        return str(document[number].get_textpage().get_text_bounded())
    except pypdfium2.PdfiumError:
        # One damaged page should not lose the others.
        return ""


def _join_wrapped_lines(page: str) -> str:
    """Join the lines of a paragraph and the halves of hyphenated words."""
    text = page.replace("\r\n", "\n").replace("\r", "\n")
    # PDFium marks a hyphen at a line end with U+FFFE or U+0002; other producers use a soft hyphen.
    text = re.sub(r"(?<=\w)[\ufffe\x02\u00ad]\n?(?=\w)", "", text)
    text = re.sub(r"(?<=[^\W\d_])-\n(?=[a-zà-ÿ])", "", text)
    return re.sub(r"(?<=[\w,;])[ \t]*\n(?=[a-zà-ÿ(])", " ", text)


def read_docx(data: bytes) -> ExtractedText:
    """The text of a Word document as Markdown. Raises FormatError `broken_document`, `no_text`, and as zips do."""
    import mammoth

    files = read_archive(data)
    try:
        made = mammoth.convert_to_html(
            io.BytesIO(data), convert_image=mammoth.images.img_element(lambda image: {"src": ""}), id_prefix=""
        )
    except FormatError:
        raise
    except Exception as error:
        raise FormatError("broken_document", "The Word document is damaged; save it anew and bring that.") from error
    text = html_to_markdown(made.value)
    if not text:
        raise FormatError("no_text", "No text was found in the Word document.")
    title, author = _title_and_author(files.get("docProps/core.xml", b""))
    return ExtractedText(text, title, author)


def _title_and_author(data: bytes) -> tuple[str, str]:
    """Title and author from Dublin Core metadata; "" where missing."""
    try:
        root = parse_xml(data)
    except _XML_ERRORS:
        return "", ""
    return _text_at(root, "title"), _text_at(root, "creator")


def _text_at(root: Any, name: str) -> str:
    found = root.find(f".//{{http://purl.org/dc/elements/1.1/}}{name}")
    return "" if found is None else "".join(found.itertext()).strip()


def read_epub(data: bytes) -> ExtractedText:
    """The chapters of a book in reading order, as Markdown (EPUB 2 and 3).

    Raises FormatError `broken_document`, `encrypted`, `no_text`, `too_large`, and as zips do.
    """
    files = read_archive(data)
    if b"EncryptedData" in files.get("META-INF/encryption.xml", b"") and "META-INF/rights.xml" in files:
        raise FormatError("encrypted", "The book is locked (DRM); only one without a lock can be read.")
    try:
        container = parse_xml(files["META-INF/container.xml"])
        where = container.find(".//{*}rootfile").get("full-path")
        package = parse_xml(files[where])
    except (*_XML_ERRORS, KeyError, AttributeError, TypeError) as error:
        raise FormatError("broken_document", "The EPUB names no table of its contents; it is damaged.") from error
    chapters: list[str] = []
    left = MAX_CHARACTERS
    for path in _chapter_paths(package, posixpath.dirname(where))[:MAX_CHAPTERS]:
        chapters.append(html_to_markdown(_decode_markup(files.get(path, b""))))
        left -= len(chapters[-1])
        if left < 0:
            raise document_too_long_error()
    text = tidy_text("\n\n".join(chapters))
    if not text:
        raise FormatError("no_text", "No text was found in the EPUB.")
    return ExtractedText(text, _text_at(package, "title"), _text_at(package, "creator"))


def _chapter_paths(package: Any, folder: str) -> list[str]:
    """The archive paths of the chapters in reading order; paths outside of the book are skipped."""
    places = {
        item.get("id"): posixpath.normpath(posixpath.join(folder, unquote(item.get("href", "").partition("#")[0])))
        for item in package.iterfind(".//{*}manifest/{*}item")
        if "html" in item.get("media-type", "")
    }
    order = [item.get("idref") for item in package.iterfind(".//{*}spine/{*}itemref")]
    return [places[each] for each in dict.fromkeys(order) if each in places]


def read_html(data: bytes) -> ExtractedText:
    """The main content of a web page as Markdown, without menus. Raises FormatError `no_text`."""
    import trafilatura
    from trafilatura.metadata import extract_metadata

    source = _decode_markup(data)
    text = html_to_markdown(source)
    if len(text) > SHORT_PAGE:
        # On short pages trafilatura tends to drop real content; long ones have menus and sidebars worth dropping.
        found = trafilatura.extract(source, output_format="markdown", include_comments=False, include_tables=True)
        text = tidy_text(found or "") or text
    if not text:
        raise FormatError("no_text", "No text was found on the page; it may be made by scripts.")
    about = extract_metadata(source)
    title = str(getattr(about, "title", None) or "")
    return ExtractedText(text, title, str(getattr(about, "author", None) or ""))


def _decode_markup(data: bytes) -> str:
    """Decode markup: as UTF-8, else by the charset that it declares."""
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        named = _CHARSET.search(data[:4096])
    try:
        return data.decode(named[1].decode("ascii"), "replace") if named else decode_text(data)
    except LookupError:
        return decode_text(data)


READERS: Final = {"pdf": read_pdf, "docx": read_docx, "epub": read_epub, "html": read_html}
