"""Documents of every kind become entries; what is none is refused and leaves nothing behind."""

import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

from botcafe.areas.knowledge.documents.ingest import MAX_PART_CHARACTERS, split_long_text
from botcafe.formats.documents.subprocess_reader import read_in_subprocess
from botcafe.formats.errors import FormatError
from tests.areas.knowledge import making
from tests.areas.knowledge.making import BOUNDARY, HTML, LINES, book, docx, epub, parts, send, sent, text_pdf, zipped
from tests.people import Cast
from tests.suites.refusals import refused
from tests.suites.rows import changed, everything, png

MARKDOWN = f"---\ntitle: The hart\nauthor: Mira\n---\n# A heading\n\n- {LINES[0]}\n- {LINES[1]}\n".encode()
CODE = b"def wake(hart):\n    return hart.open(1)\n"
KINDS: dict[str, tuple[str, bytes, str, str, str]] = {
    # file name, bytes, type of the entry, title, author
    "PDF": ("notes.pdf", text_pdf(title="The hart"), "document", "The hart", "Mira"),
    "PDF without a title": ("notes.pdf", text_pdf(), "document", "notes", "Mira"),
    "DOCX": ("a.docx", docx(), "document", "The wood", "Mira"),
    "EPUB": ("b.epub", epub(), "document", "The hart", ""),
    "HTML": ("page.html", HTML, "document", "The hart", "Mira Vale"),
    "Markdown": ("x.md", MARKDOWN, "document", "The hart", "Mira"),
    "text": ("x.txt", "\r\n\r\n".join(LINES).encode("utf-16"), "document", "x", ""),
    "a PDF under a text's name": ("letter.txt", text_pdf(title="The hart"), "document", "The hart", "Mira"),
}


def kept() -> list[Path]:
    """The files that lie in the storage."""
    return sorted(p for p in (settings.DATA / "media").rglob("*") if p.is_file())


@pytest.mark.parametrize("case", KINDS)
def test_a_document_becomes_an_entry_with_its_text_and_what_is_known_of_it(cast: Cast, case: str) -> None:
    name, data, kind, title, author = KINDS[case]
    doc = sent(cast.alice, book(cast.alice), name, data)
    assert all(line in " ".join(doc["entry"].split()) for line in LINES)
    assert (doc["type"], doc["title"]) == (kind, title)
    about = doc["content_metadata"]
    assert about["processing_status"] == "completed"
    assert about["language"] == "en"
    assert about["word_count"] >= 13
    assert about["reading_time_minutes"] == 1
    assert len(about["content_hash"]) == 64
    assert (about["author"] or "") == author
    assert doc["activation_settings"]["activation_mode"] == "vector"
    assert doc["vector_status"] in {"pending", "completed"}


def test_structure_is_kept_as_markdown_and_menus_and_scripts_are_not(cast: Cast) -> None:
    shelf = book(cast.alice)
    page = sent(cast.alice, shelf, "p.html", HTML)["entry"]
    assert "# The hart" in page
    assert "- antlers\n- hooves" in page
    assert "never" not in page
    assert "menus" not in page
    assert sent(cast.alice, shelf, "w.docx", docx())["entry"].startswith("# Thornwood\n\n")
    chapters = sent(cast.alice, shelf, "b.epub", epub())["entry"]
    assert chapters.index("# One") < chapters.index("## Two")


def test_code_keeps_its_shape_and_is_told_by_its_ending_or_its_first_line(cast: Cast) -> None:
    shelf = book(cast.alice)
    doc = sent(cast.alice, shelf, "wake.py", CODE)
    assert (doc["type"], doc["entry"]) == ("code", CODE.decode().strip("\n"))
    assert doc["content_metadata"]["language"] is None
    assert sent(cast.alice, shelf, "wake", b"#!/usr/bin/env python3\n" + CODE)["type"] == "code"


def test_a_written_text_is_taken_too(cast: Cast) -> None:
    shelf = book(cast.alice)
    path = f"/api/knowledgeCollections/{shelf}/documents"
    status, answer = cast.alice.ask("POST", path, {"text": LINES[0], "title": "Of the hart"})
    assert (status, answer["skipped"]) == (202, [])
    doc = cast.alice.get(f"/api/knowledge/{answer['created'][0]['id']}?depth=0")
    assert (doc["type"], doc["title"], doc["entry"]) == ("text", "Of the hart", LINES[0])


def test_a_document_is_found_by_its_words(cast: Cast) -> None:
    sent(cast.alice, book(cast.alice), "notes.pdf", text_pdf())
    status, answer = cast.alice.ask("POST", "/api/search", {"query": "where does the hart sleep"})
    assert status == 200
    assert "Thornwood" in str(answer)


def test_many_files_stand_or_fall_alone(cast: Cast) -> None:
    shelf = book(cast.alice)
    status, answer = send(
        cast.alice, shelf, ("a.txt", b"One plain text."), ("b.png", png()), ("c.txt", b"One plain text.")
    )
    assert status == 202
    assert [each["name"] for each in answer["created"]] == ["a"]
    assert [each["what"] for each in answer["skipped"]] == ["b.png", "c.txt"]
    assert "a picture" in answer["skipped"][0]["why"]
    assert "“a”" in answer["skipped"][1]["why"]
    listed = cast.alice.get(f"/api/knowledgeCollections/{shelf}/documents")["documents"]
    assert [(each["name"], each["processing_status"]) for each in listed] == [("a.txt", "completed")]


BAD: dict[str, tuple[Callable[[], bytes], int, str]] = {
    "nothing": (lambda: b"", 400, ""),
    "a picture": (png, 400, "a picture"),
    "a program": (lambda: b"\x7fELF" + bytes(200), 400, "a program"),
    "an archive": (lambda: zipped({"a.txt": b"hello"}), 400, "an archive"),
    "a packed archive": (lambda: b"\x1f\x8b" + bytes(100), 400, "an archive"),
    "a spreadsheet": (lambda: zipped({"xl/workbook.xml": b"<a/>"}), 400, "a spreadsheet"),
    "an old Word file": (lambda: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), 400, "old kind"),
    "rich text": (lambda: b"{\\rtf1 hello}", 400, "RTF"),
    "noise": (lambda: random.Random(1).randbytes(5000), 400, "not text"),
    "a zip that is cut off": (lambda: docx()[:-40], 400, "cut off"),
    "Cyrillic that is not UTF-8": (
        lambda: "Жил-был у озера старый лодочник.".encode("cp1251"),
        400,
        "save it as UTF-8",
    ),
    "Japanese that is not UTF-8": (lambda: "東京駅で会いましょう。".encode("shift_jis"), 400, "save it as UTF-8"),
    "Chinese that is not UTF-8": (lambda: "我们在北京的茶馆见面。".encode("gb18030"), 400, "save it as UTF-8"),
    "50 MB": (lambda: b"a" * (50 * 2**20), 413, "32 MB"),
}


@pytest.mark.parametrize("case", BAD)
def test_what_is_no_document_is_refused_and_leaves_neither_row_nor_byte(cast: Cast, case: str) -> None:
    make, status, says = BAD[case]
    path = f"/api/knowledgeCollections/{book(cast.alice)}/documents"
    body = parts(("letter.docx", make()))
    refused(cast.alice, "POST", path, body, content_type=BOUNDARY, status=status, says=says)
    assert kept() == []


ENCODED = {
    "Latin letters of an old encoding": (
        "Grüße aus dem Café an der Straße".encode("cp1252"),
        "Grüße aus dem Café an der Straße",
    ),
    "UTF-8 that was cut off": ("Жил-был у озера лодочник".encode()[:-1], "Жил-был у озера лодочни\ufffd"),
    "a page that names its encoding": (
        b"<html><head><meta charset=windows-1251></head><body><p>" + "Жил-был лодочник".encode("cp1251"),
        "Жил-был лодочник",
    ),
}


@pytest.mark.parametrize("case", ENCODED)
def test_letters_stay_what_they_were(cast: Cast, case: str) -> None:
    data, text = ENCODED[case]
    assert sent(cast.alice, book(cast.alice), "letter.txt", data)["entry"] == text


FAILING: dict[str, tuple[Callable[[], bytes], str]] = {
    "a scan": (making.scanned_pdf, "pictures"),
    "a locked PDF": (making.locked_pdf, "password"),
    "a PDF that is cut off": (lambda: text_pdf()[:60], "damaged"),
    "a bomb": (lambda: docx(more={"word/media/a.bin": bytes(80 * 2**20)}), "densely"),
    "a Word document of nothing": (lambda: docx(more={"word/document.xml": b"<oops"}), "damaged"),
    "an EPUB without a table": (lambda: zipped({"META-INF/container.xml": b"<a/>"}), "damaged"),
    "a path that leads out": (lambda: docx(more={"../../etc/passwd": b"x"}), "leads out"),
    "a page of scripts": (lambda: b"<!doctype html><html><body><script>1</script></body></html>", "No text"),
}


@pytest.mark.parametrize("case", FAILING)
def test_what_cannot_be_read_fails_with_its_reason_on_the_row(cast: Cast, case: str) -> None:
    make, says = FAILING[case]
    doc = sent(cast.alice, book(cast.alice), "letter.bin", make())
    assert doc["content_metadata"]["processing_status"] == "failed"
    assert says in doc["origin"]["problem"]
    assert doc["entry"] == ""


def test_a_chapter_path_that_leads_out_of_the_book_names_nothing(cast: Cast) -> None:
    doc = sent(cast.alice, book(cast.alice), "b.epub", epub(href="../../../../etc/passwd"))
    assert doc["content_metadata"]["processing_status"] == "completed"
    assert "root:" not in doc["entry"]


def test_entities_of_a_book_are_not_opened(cast: Cast) -> None:
    evil = b'<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><package xmlns="http://www.idpf.org/2007/opf">&x;</package>'
    where = b'<container><rootfiles><rootfile full-path="p.opf"/></rootfiles></container>'
    doc = sent(cast.alice, book(cast.alice), "b.epub", zipped({"META-INF/container.xml": where, "p.opf": evil}))
    assert doc["content_metadata"]["processing_status"] == "failed"
    assert "root:" not in str(doc)


@pytest.mark.parametrize("limits", [{"max_memory_bytes": 24 * 2**20}, {"max_seconds": 0.001}])
def test_a_reader_out_of_memory_or_time_is_given_up(limits: dict[str, Any]) -> None:
    with pytest.raises(FormatError) as caught:
        read_in_subprocess("pdf", text_pdf(), **limits)
    assert caught.value.code == "too_large"


def test_the_same_text_is_refused_by_the_name_of_the_first(cast: Cast) -> None:
    shelf, other = book(cast.alice), book(cast.alice)
    first = sent(cast.alice, shelf, "x.md", MARKDOWN)
    path = f"/api/knowledgeCollections/{shelf}/documents"
    body = parts(("again.md", MARKDOWN))
    refused(cast.alice, "POST", path, body, content_type=BOUNDARY, status=409, says="The hart")
    twin = sent(cast.alice, shelf, "y.md", MARKDOWN.replace(b"\n\n", b"\n\n\n\n"))
    assert twin["content_metadata"]["processing_status"] == "failed"
    assert first["title"] in twin["origin"]["problem"]
    assert sent(cast.alice, other, "x.md", MARKDOWN)["content_metadata"]["processing_status"] == "completed"


def test_code_that_differs_in_indentation_is_no_twin(cast: Cast) -> None:
    shelf = book(cast.alice)
    code = b"def f(a):\n    if a:\n        a()\n        b()\n"
    for data in (code, code.replace(b"        b", b"    b")):
        doc = sent(cast.alice, shelf, "x.py", data)
        assert doc["content_metadata"]["processing_status"] == "completed"
    body = parts(("y.py", code))
    refused(cast.alice, "POST", f"/api/knowledgeCollections/{shelf}/documents", body, content_type=BOUNDARY, status=409)


def test_a_very_long_document_becomes_parts_that_have_all_of_it(cast: Cast) -> None:
    text = "\n\n".join(f"{n}. " + "The hart sleeps. " * 40 for n in range(800))
    shelf = book(cast.alice)
    doc = sent(cast.alice, shelf, "long.txt", text.encode())
    rows = cast.alice.get(f"/api/knowledge?where[knowledge_collection][equals]={shelf}&sort=id&depth=0&limit=50")[
        "docs"
    ]
    assert len(rows) == len(split_long_text(text.strip())) > 2
    assert doc["title"] == f"long (1 of {len(rows)})"
    mark = doc["content_metadata"]["content_hash"].partition("-")[0]
    assert {row["content_metadata"]["content_hash"].partition("-")[0] for row in rows} == {mark}
    assert max(len(row["entry"]) for row in rows) <= MAX_PART_CHARACTERS
    assert " ".join(" ".join(row["entry"] for row in rows).split()) == " ".join(text.split())
    assert cast.alice.get(f"/api/knowledgeCollections/{shelf}?depth=0")["sharing_settings"]["knowledge_count"] == len(
        rows
    )


@pytest.mark.django_db(transaction=True)
def test_originals_are_deleted_once_that_is_committed() -> None:
    from tests.people import invite_everyone

    cast = invite_everyone()
    shelf = book(cast.alice)
    first, second = sent(cast.alice, shelf, "x.md", MARKDOWN), sent(cast.alice, shelf, "y.py", CODE)
    assert len(kept()) == 2
    assert cast.alice.ask("DELETE", f"/api/knowledge/{first['id']}")[0] == 200
    assert len(kept()) == 1
    assert cast.alice.ask("DELETE", f"/api/knowledge/{second['id']}")[0] == 200
    third = sent(cast.alice, shelf, "z.py", CODE + b"# more\n")
    # Charlie names Alice's key on a row of his own: neither reading nor deleting follows it.
    thief = book(cast.charlie)
    row = {"entry": "x", "type": "document", "knowledge_collection": thief, "r2_file_key": third["r2_file_key"]}
    row |= {"origin": third["origin"], "content_metadata": {"processing_status": "failed"}}
    made = cast.charlie.make("knowledge", row)["id"]
    status, _ = cast.charlie.ask("POST", f"/api/knowledgeCollections/{thief}/documents/retry", {"id": made})
    assert status == 409
    assert cast.charlie.ask("DELETE", f"/api/knowledge/{made}")[0] == 200
    assert len(kept()) == 1
    assert cast.alice.ask("DELETE", f"/api/knowledgeCollections/{shelf}")[0] == 200
    assert kept() == []


def test_nobody_brings_documents_into_what_is_not_theirs(cast: Cast) -> None:
    shelf = book(cast.alice)
    path = f"/api/knowledgeCollections/{shelf}/documents"
    body = parts(("a.txt", b"One plain text."))
    refused(cast.charlie, "POST", path, body, content_type=BOUNDARY, status=404)
    refused(cast.stranger, "POST", path, body, content_type=BOUNDARY, status=403)
    refused(cast.charlie, "POST", path, {"url": "https://example.com/"}, status=404)
    assert cast.charlie.ask("GET", path)[0] == 404
    public = book(cast.alice, sharing_settings={"sharing_level": "public"})
    path = f"/api/knowledgeCollections/{public}/documents"
    refused(cast.charlie, "POST", path, body, content_type=BOUNDARY, status=403)
    assert kept() == []


def test_what_was_asked_twice_is_kept_once(cast: Cast) -> None:
    """A worker that was killed leaves the row as it was being read; the next one begins again."""
    from botcafe.areas.knowledge.collections.knowledge import Knowledge
    from botcafe.areas.knowledge.documents.jobs import resume_documents

    shelf = book(cast.alice)
    doc = sent(cast.alice, shelf, "x.md", MARKDOWN)
    Knowledge.objects.filter(pk=doc["id"]).update(
        content_metadata_processing_status="processing", entry="", content_metadata_content_hash=None
    )
    resume_documents()
    again = cast.alice.get(f"/api/knowledge/{doc['id']}?depth=0")
    assert (again["entry"], again["content_metadata"]["processing_status"]) == (doc["entry"], "completed")
    before = everything()
    resume_documents()
    assert "knowledge_knowledge" not in changed(before)
