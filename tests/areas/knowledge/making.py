"""Documents made here, byte by byte, and how they are brought."""

import io
import zipfile
from typing import Any

from tests.people import Person

LINES = ("The white hart sleeps in Thornwood.", "Nobody has woken it for a hundred years.")
BOUNDARY = "multipart/form-data; boundary=x"
WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"


def pdf(objects: list[bytes], trailer: bytes = b"") -> bytes:
    """A PDF of numbered objects, the first of which is its catalogue."""
    out, places = b"%PDF-1.4\n", []
    for number, body in enumerate(objects, 1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    start = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    out += b"".join(b"%010d 00000 n \n" % place for place in places)
    size = b"/Size %d /Root 1 0 R %s" % (len(objects) + 1, trailer)
    return out + b"trailer\n<< %s >>\nstartxref\n%d\n%%%%EOF\n" % (size, start)


def stream(data: bytes, about: bytes = b"") -> bytes:
    """A stream object."""
    return b"<< %s /Length %d >>\nstream\n%s\nendstream" % (about, len(data), data)


def text_pdf(
    lines: tuple[str, ...] = LINES, title: str = "", trailer: bytes = b"", more: tuple[bytes, ...] = ()
) -> bytes:
    """A page with a text layer."""
    said = b" T* ".join(b"(%s) Tj" % line.encode("latin1") for line in lines)
    page = b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents 4 0 R"
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        page + b" /Resources << /Font << /F1 5 0 R >> >> >>",
        stream(b"BT /F1 12 Tf 14 TL 72 720 Td " + said + b" ET"),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
        b"<< /Title (%s) /Author (Mira) >>" % title.encode("latin1"),
        *more,
    ]
    return pdf(objects, b"/Info 6 0 R " + trailer)


def scanned_pdf() -> bytes:
    """A page that is a picture only."""
    picture = b"/Type /XObject /Subtype /Image /Width 2 /Height 2 /ColorSpace /DeviceGray /BitsPerComponent 8"
    return pdf(
        [
            b"<< /Type /Catalog /Pages 2 0 R >>",
            b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents 4 0 R "
            b"/Resources << /XObject << /I 5 0 R >> >> >>",
            stream(b"q 600 0 0 700 0 0 cm /I Do Q"),
            stream(b"\x00\x80\xc0\xff", picture),
        ]
    )


def locked_pdf() -> bytes:
    """A PDF that opens with a password only."""
    lock = b"<< /Filter /Standard /V 1 /R 2 /Length 40 /P -4 /O <%s> /U <%s> >>" % (b"41" * 32, b"42" * 32)
    ids = b"/Encrypt 7 0 R /ID [<00112233445566778899aabbccddeeff> <00112233445566778899aabbccddeeff>]"
    return text_pdf(trailer=ids, more=(lock,))


def zipped(files: dict[str, bytes], packing: int = zipfile.ZIP_DEFLATED) -> bytes:
    """A zip."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", packing) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return out.getvalue()


def docx(body: str = "", title: str = "The wood", more: dict[str, bytes] | None = None) -> bytes:
    """A Word document; the body is in Word's own markup."""
    heading = '<w:p><w:pPr><w:pStyle w:val="Heading1"/></w:pPr><w:r><w:t>Thornwood</w:t></w:r></w:p>'
    said = body or "".join(f"<w:p><w:r><w:t>{line}</w:t></w:r></w:p>" for line in LINES)
    styles = '<w:style w:type="paragraph" w:styleId="Heading1"><w:name w:val="heading 1"/></w:style>'
    office = "http://schemas.openxmlformats.org"
    kinds = f'<Types xmlns="{office}/package/2006/content-types"><Default Extension="xml" ContentType="application/xml"/></Types>'
    rels = (
        f'<Relationships xmlns="{office}/package/2006/relationships"><Relationship Id="r1" '
        f'Type="{office}/officeDocument/2006/relationships/officeDocument" Target="word/document.xml"/></Relationships>'
    )
    inner = (
        f'<Relationships xmlns="{office}/package/2006/relationships"><Relationship Id="r1" '
        f'Type="{office}/officeDocument/2006/relationships/styles" Target="styles.xml"/></Relationships>'
    )
    core = (
        f'<c xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:title>{title}</dc:title><dc:creator>Mira</dc:creator></c>'
    )
    files = {
        "[Content_Types].xml": kinds,
        "_rels/.rels": rels,
        "word/document.xml": f'<w:document xmlns:w="{WORD}"><w:body>{heading}{said}</w:body></w:document>',
        "word/styles.xml": f'<w:styles xmlns:w="{WORD}">{styles}</w:styles>',
        "word/_rels/document.xml.rels": inner,
        "docProps/core.xml": core,
    }
    return zipped({name: text.encode() for name, text in files.items()} | (more or {}))


def epub(chapters: dict[str, str] | None = None, title: str = "The hart", href: str = "") -> bytes:
    """A book of chapters in their order; ``href`` adds one of any path to its table."""
    pages = chapters or {"one.xhtml": f"<h1>One</h1><p>{LINES[0]}</p>", "two.xhtml": f"<h2>Two</h2><p>{LINES[1]}</p>"}
    listed = [*pages, *([href] if href else [])]
    items = "".join(
        f'<item id="i{n}" href="{name}" media-type="application/xhtml+xml"/>' for n, name in enumerate(listed)
    )
    order = "".join(f'<itemref idref="i{n}"/>' for n in range(len(listed)))
    about = f'<dc:title xmlns:dc="http://purl.org/dc/elements/1.1/">{title}</dc:title>'
    package = f'<package xmlns="http://www.idpf.org/2007/opf"><metadata>{about}</metadata><manifest>{items}</manifest><spine>{order}</spine></package>'
    where = '<container xmlns="urn:oasis:names:tc:opendocument:xmlns:container"><rootfiles><rootfile full-path="OEBPS/book.opf"/></rootfiles></container>'
    files = {"mimetype": "application/epub+zip", "META-INF/container.xml": where, "OEBPS/book.opf": package}
    files |= {
        f"OEBPS/{name}": f'<?xml version="1.0"?><html xmlns="http://www.w3.org/1999/xhtml"><body>{body}</body></html>'
        for name, body in pages.items()
    }
    return zipped({name: text.encode() for name, text in files.items()})


HTML = f"""<!doctype html><html lang="en"><head><title>The hart</title><meta name="author" content="Mira Vale">
<script>alert("never")</script></head><body><nav><a href="/">Home of menus</a></nav><article><h1>The hart</h1>
<p>{LINES[0]}</p><ul><li>antlers</li><li>hooves</li></ul><p>{LINES[1]}</p></article></body></html>""".encode()


def parts(*files: tuple[str, bytes]) -> bytes:
    """A multipart body of files."""
    body = b""
    for name, data in files:
        head = f'--x\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n'
        body += head.encode() + b"Content-Type: application/octet-stream\r\n\r\n" + data + b"\r\n"
    return body + b"--x--\r\n"


def book(who: Person, **more: Any) -> int:
    """A collection of theirs."""
    made: int = who.make("knowledgeCollections", {"name": "The valley", **more})["id"]
    return made


def send(who: Person, book_id: int, *files: tuple[str, bytes]) -> tuple[int, Any]:
    """Bring files."""
    return who.ask("POST", f"/api/knowledgeCollections/{book_id}/documents", parts(*files), content_type=BOUNDARY)


def sent(who: Person, book_id: int, name: str, data: bytes) -> dict[str, Any]:
    """Bring a file, which must be taken: the entry as it is afterwards."""
    status, answer = send(who, book_id, (name, data))
    assert status == 202, answer
    doc: dict[str, Any] = who.get(f"/api/knowledge/{answer['created'][0]['id']}?depth=0")
    return doc
