"""What the import page shows of what came in: faces, counts in words, the way into a chat, and names of refused files."""

import json

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from botcafe.web.imports import views
from tests.formats.assistants.samples import chatgpt, encoded
from tests.formats.fixtures import png, text, v2
from tests.people import Cast
from tests.suites.refusals import signed_in
from tests.suites.rows import changed, everything
from tests.web.visiting import collapse_space

WORLD = json.dumps({"name": "Coast", "entries": {str(n): {"key": ["a"], "content": "A"} for n in range(4)}}).encode()


def send(client: Client, files: dict[str, bytes], act: str = "bring") -> str:
    """The import page after files were sent."""
    sent = [SimpleUploadedFile(name, data) for name, data in files.items()]
    return collapse_space(client.post("/import", {"file": sent, "act": act}).content.decode())


def test_a_card_comes_in_with_its_picture_and_the_way_into_a_chat(cast: Cast) -> None:
    shown = send(signed_in(cast.alice), {"card.png": png(text(b"chara", v2()))})
    bot = cast.alice.get("/api/bot?limit=1&sort=-id&depth=1")["docs"][0]
    assert f'action="/bots/{bot["slug"]}/chat"' in shown
    assert "Chat now" in shown
    assert f'src="{bot["picture"]["url"]}"' in shown
    assert "knowledgeCollections" not in shown


def test_a_script_gets_many_chats_part_by_part(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(views, "PART_SECONDS", 0.0)
    me = signed_in(cast.alice)
    data = encoded([chatgpt(title) for title in ("A", "B", "C")])

    def part(start: str) -> str:
        form = {"file": SimpleUploadedFile("c.json", data), "act": "bring", "start": start}
        return collapse_space(me.post("/import", form).content.decode())

    first, second, third = part("0"), part("1"), part("2")
    assert 'data-import-next="1" data-import-total="3"' in first
    assert 'data-import-next="2" data-import-total="3"' in second
    assert "data-import-next" not in third
    for title, shown in zip("ABC", (first, second, third), strict=True):
        assert f"{title} (c.json)" in shown
    assert cast.alice.get("/api/conversation?limit=0")["totalDocs"] == 3
    assert "C (c.json)" in part("99")


def test_a_preview_offers_no_chat(cast: Cast) -> None:
    before = everything()
    shown = send(signed_in(cast.alice), {"card.png": png(text(b"chara", v2()))}, act="look")
    assert "Chat now" not in shown
    assert "Nothing is imported yet" in shown
    assert changed(before) == {}


def test_counts_are_told_in_words(cast: Cast) -> None:
    assert "Lorebook, 4 entries" in send(signed_in(cast.alice), {"coast.json": WORLD}, act="look")
    assert "Lorebook" in send(signed_in(cast.alice), {"coast.json": WORLD})


def test_a_refused_file_is_named_alone_and_among_others(cast: Cast) -> None:
    me = signed_in(cast.alice)
    assert "noise.bin: " in send(me, {"noise.bin": b"\x00\x01"})
    both = send(me, {"coast.json": WORLD, "noise.bin": b"\x00\x01"})
    assert "noise.bin" in both
    assert "Coast" in both
