"""Files that are not what they claim: refused, and neither a row nor a byte stays behind."""

import io
import struct
import zipfile
import zlib
from pathlib import Path
from typing import Any

import orjson
import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from tests.formats.fixtures import as_json, chunk, text, v2
from tests.formats.fixtures import png as card_png
from tests.people import Cast
from tests.suites.refusals import refused, signed_in
from tests.suites.rows import MULTIPART, changed, everything, multipart, png


def kept() -> list[Path]:
    """The files that lie in the storage."""
    return sorted(p for p in (settings.DATA / "media").rglob("*") if p.is_file())


def huge_picture() -> bytes:
    """A few bytes that claim 900 million points."""
    head = struct.pack(">IIBBBBB", 30_000, 30_000, 8, 2, 0, 0, 0)
    parts = (b"IHDR", head), (b"IDAT", zlib.compress(b"\x00" * 1000)), (b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunk(kind, data) for kind, data in parts)


def bomb() -> bytes:
    """A picture of 64 million points in a few kilobytes: it really unpacks."""
    out = io.BytesIO()
    Image.new("1", (8000, 8000)).save(out, "PNG")
    return out.getvalue()


BAD_PICTURES = {
    "empty": b"",
    "text that claims to be a picture": b"hello",
    "only the signature": b"\x89PNG\r\n\x1a\n",
    "cut off": png(64, 64)[:60],
    "a broken checksum": png()[:40] + b"\x00" + png()[41:],
    "a size of nothing": png(0, 0),
    "30,000 x 30,000": huge_picture(),
    "64 million points": bomb(),
    "a broken GIF": b"GIF89a" + b"\x00" * 20,
    "a broken JPEG": b"\xff\xd8\xff\xe0" + b"\x00" * 50,
    "a broken WebP": b"RIFF\x10\x00\x00\x00WEBPVP8 " + b"\x00" * 8,
    "SVG with a script": b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>',
}


@pytest.mark.parametrize("case", BAD_PICTURES)
def test_a_bad_picture_is_refused_and_leaves_no_bytes(cast: Cast, case: str) -> None:
    kind = "image/svg+xml" if "SVG" in case else "image/png"
    body = multipart({"alt": "x"}, data=BAD_PICTURES[case], kind=kind)
    refused(cast.alice, "POST", "/api/media", body, content_type=MULTIPART, status=400, says="uploading the file")
    assert kept() == []
    good = cast.alice.ask("POST", "/api/media", multipart({"alt": "x"}), content_type=MULTIPART)[1]["doc"]
    before = kept()
    refused(cast.alice, "PATCH", f"/api/media/{good['id']}", body, content_type=MULTIPART, status=400)
    assert kept() == before


BROKEN_FORMS: dict[str, tuple[bytes, str]] = {
    "no boundary": (multipart({}), "multipart/form-data"),
    "another boundary": (multipart({}), "multipart/form-data; boundary=y"),
    "an endless boundary": (multipart({}), "multipart/form-data; boundary=" + "x" * 500),
    "cut off": (multipart({})[:70], MULTIPART),
    "no file": (b'--x\r\nContent-Disposition: form-data; name="_payload"\r\n\r\n{}\r\n--x--\r\n', MULTIPART),
    "payload no JSON": (multipart(b"{alt"), MULTIPART),
    "payload a number": (multipart(b"7"), MULTIPART),
    "JSON instead": (b'{"alt": "x"}', "application/json"),
    "nothing at all": (b"", MULTIPART),
    "a bad alt": (multipart({"alt": {"a": 1}}), MULTIPART),
    "a long alt": (multipart({"alt": "x" * 100_000}), MULTIPART),
}


@pytest.mark.parametrize("case", BROKEN_FORMS)
def test_a_broken_form_is_refused_and_leaves_no_bytes(cast: Cast, case: str) -> None:
    body, kind = BROKEN_FORMS[case]
    refused(cast.alice, "POST", "/api/media", body, content_type=kind, status=400)
    assert kept() == []


def test_a_file_beyond_the_limit_is_refused(cast: Cast, settings: Any) -> None:
    settings.MAX_BODY_MB = 1
    body = multipart({}, data=b"x" * (2**20 + 1), kind="text/plain", name="long.txt")
    refused(cast.alice, "POST", "/api/media", body, content_type=MULTIPART, status=413, says="1 megabytes")
    assert kept() == []


@pytest.mark.parametrize(
    "name", ["../../etc/passwd", "a\x00b.png", "..", "", "x" * 1000 + ".png", "CON", "a/b\\c.png", "\u202egnp.exe"]
)
def test_a_file_name_is_made_safe(cast: Cast, name: str) -> None:
    before = everything()
    status, answer = cast.alice.ask("POST", "/api/media", multipart({}, name), content_type=MULTIPART)
    assert status in {201, 400}
    if status == 400:
        assert answer["errors"][0]["message"]
        assert changed(before) == {}
        return
    kept_name = answer["doc"]["filename"]
    assert len(kept_name) <= 260
    assert not set(kept_name) & set('/\\\x00<>:"|?*')
    assert ".." not in kept_name.split("/")
    assert all(p.parent.parent == settings.DATA / "media" for p in kept())


def test_html_and_scripts_are_never_served_as_pages(cast: Cast) -> None:
    from django.test import Client

    for name, kind in (("x.html", "text/html"), ("x.svg", "application/xml"), ("x.js", "text/javascript")):
        body = multipart({}, name, kind, b"<script>alert(1)</script>")
        doc = cast.alice.ask("POST", "/api/media", body, content_type=MULTIPART)[1]["doc"]
        response = Client().get(doc["url"], HTTP_AUTHORIZATION=f"JWT {cast.alice.token}")
        assert response["Content-Type"].startswith(("text/plain", "application/octet-stream"))
        assert response["X-Content-Type-Options"] == "nosniff"
        assert "sandbox" in response["Content-Security-Policy"]


def zip_bomb() -> bytes:
    """A megabyte of archive that unpacks to a gigabyte would take long to make: a tenth does."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("card.json", b"0" * 100_000_000)
    return out.getvalue()


def text_bomb() -> bytes:
    """A compressed chunk that unpacks to far more than a card may hold."""
    packed = zlib.compress(b"A" * 60_000_000, 9)
    return card_png(chunk(b"zTXt", b"chara\x00\x00" + packed))


BAD_CARDS: dict[str, Any] = {
    "empty": b"",
    "text": b"hello",
    "a picture without a card": png(),
    "cut off": card_png(text(b"chara", v2()))[:80],
    "a chunk that is no base64": card_png(chunk(b"tEXt", b"chara\x00!!!!")),
    "a chunk that is no JSON": card_png(chunk(b"tEXt", b"chara\x00aGVsbG8=")),
    "a chunk of a list": card_png(chunk(b"tEXt", b"chara\x00W10=")),
    "a length beyond the file": b"\x89PNG\r\n\x1a\n" + b"\xff\xff\xff\xfftEXtchara",
    "a text bomb": text_bomb(),
    "a zip bomb": zip_bomb(),
    "JSON cut off": as_json(v2())[:-5],
    "JSON of depth 100,000": b'{"name": "a", "x": ' + b"[" * 100_000,
    "JSON that is no card": b'{"a": 1}',
    "a card without a name": as_json(v2(name="")),
    "a name of NULs": as_json(v2(name="\x00\x00")),
    "a JPEG": b"\xff\xd8\xff\xe0" + b"\x00" * 100,
}


@pytest.mark.parametrize("case", BAD_CARDS)
def test_a_bad_card_is_refused_in_words_and_leaves_nothing(cast: Cast, case: str) -> None:
    before = everything()
    file = SimpleUploadedFile("card.png", BAD_CARDS[case], "image/png")
    response = signed_in(cast.alice).post("/import", {"file": file})
    assert 400 <= response.status_code < 500, response.content[:2000]
    assert "error" in response.context
    assert len(response.context["error"]) > 10
    assert changed(before) == {}
    assert kept() == []


ODD_CARDS = {
    "control characters": v2(description="a\x01b\x1b[31m", first_mes="\x00"),
    "a very long name": v2(name="n" * 50_000),
    "a very long text": v2(description="d" * 1_500_000),
    "many greetings": v2(alternate_greetings=["g"] * 20_000),
    "control characters in the book": v2(
        character_book={"entries": [{"keys": ["\x00"], "content": "\x01", "extensions": {}, "enabled": True}]}
    ),
    "deep extensions": v2(extensions={"a": orjson.loads(b"[" * 61 + b"]" * 61)}),
}


@pytest.mark.parametrize("case", ODD_CARDS)
def test_an_odd_card_comes_in_whole_or_not_at_all(cast: Cast, case: str) -> None:
    before = everything()
    file = SimpleUploadedFile("card.png", card_png(text(b"chara", ODD_CARDS[case])), "image/png")
    response = signed_in(cast.alice).post("/import", {"file": file})
    assert response.status_code < 500, response.content[:2000]
    after = changed(before)
    if response.status_code >= 400:
        assert response.context["error"]
        assert after == {}, "a refused card left something behind"
        assert kept() == []
    else:
        assert "companions_bot" in after
