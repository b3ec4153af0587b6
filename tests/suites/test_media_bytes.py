"""The bytes of a file: for its owner, and for all where a public thing of the same owner shows it."""

from typing import Any

import pytest
from django.test import Client

from tests.people import Cast, Person, bot_data
from tests.suites.rows import MULTIPART, multipart, png


def upload(who: Person, name: str = "cup.png") -> dict[str, Any]:
    """A file of theirs."""
    status, answer = who.ask("POST", "/api/media?depth=0", multipart({"alt": "x"}, name), content_type=MULTIPART)
    assert status == 201, answer
    doc: dict[str, Any] = answer["doc"]
    return doc


def fetch(who: Person, doc: dict[str, Any]) -> tuple[int, bytes]:
    """Status and bytes."""
    headers = {"HTTP_AUTHORIZATION": f"JWT {who.token}"} if who.token else {}
    response = Client().get(doc["url"], **headers)
    return response.status_code, response.content


def seen_by(cast: Cast, doc: dict[str, Any]) -> set[str]:
    """Who gets the bytes, and with them the row; the two always go together."""
    found = set()
    for name in ("ada", "alice", "bob", "charlie", "stranger"):
        who = getattr(cast, name)
        status, data = fetch(who, doc)
        row, _ = who.ask("GET", f"/api/media/{doc['id']}")
        assert (status == 200) == (row == 200), name
        if status == 200:
            assert data == png()
            found.add(name)
        else:
            assert status == 404
            assert png() not in data
    return found


NUL = "cup.png%00"
EVERYONE = {"ada", "alice", "bob", "charlie", "stranger"}


def test_a_file_that_nothing_shows_is_its_owners(cast: Cast) -> None:
    assert seen_by(cast, upload(cast.alice)) == {"alice", "ada"}


@pytest.mark.parametrize(
    ("slug", "data"),
    [
        ("bot", lambda i: bot_data(picture=i, is_public=True)),
        ("creatorProfiles", lambda i: {"display_name": "A", "avatar": i}),
        ("personas", lambda i: {"name": "M", "description": "m", "is_public": True, "appearance": {"avatar": i}}),
    ],
)
def test_a_file_that_a_public_thing_of_its_owner_shows_is_for_all_while_it_does(
    cast: Cast, slug: str, data: Any
) -> None:
    doc = upload(cast.alice)
    shown = cast.alice.make(slug, data(doc["id"]))["id"]
    assert seen_by(cast, doc) == EVERYONE
    assert cast.alice.ask("DELETE", f"/api/{slug}/{shown}")[0] == 200
    assert seen_by(cast, doc) == {"alice", "ada"}


def test_a_private_thing_shows_nothing(cast: Cast) -> None:
    doc = upload(cast.alice)
    bot = cast.alice.make("bot", bot_data(picture=doc["id"], is_public=True))["id"]
    cast.alice.ask("PATCH", f"/api/bot/{bot}", {"is_public": False})
    cast.alice.make("personas", {"name": "M", "description": "m", "appearance": {"avatar": doc["id"]}})
    cast.alice.ask("PATCH", f"/api/users/{cast.alice.id}", {"avatar": doc["id"]})
    assert seen_by(cast, doc) == {"alice", "ada"}


def test_a_strangers_public_bot_does_not_open_a_file_by_pointing_at_it(cast: Cast) -> None:
    doc = upload(cast.alice)
    for slug, data in (
        ("bot", bot_data("thief", picture=doc["id"], is_public=True)),
        ("creatorProfiles", {"display_name": "C", "avatar": doc["id"]}),
        ("personas", {"name": "M", "description": "m", "is_public": True, "appearance": {"avatar": doc["id"]}}),
    ):
        status, answer = cast.charlie.ask("POST", f"/api/{slug}?depth=3", data)
        assert status in {201, 400}
        assert doc["filename"] not in str(answer)
    assert seen_by(cast, doc) == {"alice", "ada"}


def test_others_change_and_delete_no_file(cast: Cast) -> None:
    doc = upload(cast.alice)
    cast.alice.make("bot", bot_data(picture=doc["id"], is_public=True))
    body = multipart({"alt": "stolen"}, "evil.png", data=png(colour=(1, 2, 3)))
    for who in (cast.bob, cast.charlie, cast.stranger):
        assert who.ask("PATCH", f"/api/media/{doc['id']}", body, content_type=MULTIPART)[0] == 403
        assert who.ask("DELETE", f"/api/media/{doc['id']}")[0] == 403
    assert seen_by(cast, doc) == EVERYONE


@pytest.mark.parametrize(
    "name", ["..%2f..%2fsecret", "%2e%2e/secret", "../../secret", "no.png", "cup.png/..", "CUP.PNG", NUL]
)
def test_a_path_is_no_way_out_of_the_files(cast: Cast, name: str) -> None:
    upload(cast.alice)
    response = Client().get(f"/api/media/file/{name}", HTTP_AUTHORIZATION=f"JWT {cast.alice.token}")
    assert response.status_code == 404
    assert png() not in response.content


def test_a_deleted_file_is_gone(cast: Cast, django_capture_on_commit_callbacks: Any) -> None:
    from django.conf import settings

    doc = upload(cast.alice)
    assert len([p for p in (settings.DATA / "media").rglob("*") if p.is_file()]) == 1
    with django_capture_on_commit_callbacks(execute=True):
        assert cast.alice.ask("DELETE", f"/api/media/{doc['id']}")[0] == 200
    assert fetch(cast.alice, doc)[0] == 404
    assert [p for p in (settings.DATA / "media").rglob("*") if p.is_file()] == []


@pytest.mark.parametrize(
    ("asked", "status", "part"),
    [
        ("bytes=0-3", 206, slice(0, 4)),
        ("bytes=4-", 206, slice(4, None)),
        ("bytes=-5", 206, slice(-5, None)),
        ("bytes=2-99999999", 206, slice(2, None)),
        ("bytes=99999999-", 416, slice(0, 0)),
        ("bytes=-0", 416, slice(0, 0)),
        ("bytes=5-2", 200, slice(None)),
        ("bytes=0-1,4-5", 200, slice(None)),
        ("bytes=-", 200, slice(None)),
        ("pages=1-2", 200, slice(None)),
    ],
)
def test_a_range_is_answered_and_nonsense_ignored(cast: Cast, asked: str, status: int, part: slice) -> None:
    doc = upload(cast.alice)
    whole = png()
    response = Client().get(doc["url"], HTTP_AUTHORIZATION=f"JWT {cast.alice.token}", HTTP_RANGE=asked)
    assert response.status_code == status
    assert response.content == whole[part]
    if status == 206:
        first = range(len(whole))[part][0]
        assert response["Content-Range"] == f"bytes {first}-{first + len(whole[part]) - 1}/{len(whole)}"
    if status == 416:
        assert response["Content-Range"] == f"bytes */{len(whole)}"


def test_a_range_of_another_version_is_answered_whole(cast: Cast) -> None:
    doc = upload(cast.alice)
    headers = {"HTTP_AUTHORIZATION": f"JWT {cast.alice.token}", "HTTP_RANGE": "bytes=0-3"}
    tag = Client().get(doc["url"], **headers)["ETag"]
    assert Client().get(doc["url"], HTTP_IF_RANGE=tag, **headers).content == png()[:4]
    assert Client().get(doc["url"], HTTP_IF_RANGE='"other"', **headers).content == png()


def test_a_large_file_is_sent_in_pieces_and_whole(cast: Cast) -> None:
    data = b"fLaC" + bytes(range(256)) * 6000
    status, answer = cast.alice.ask(
        "POST", "/api/media?depth=0", multipart({"alt": "x"}, "song.flac", "audio/flac", data), content_type=MULTIPART
    )
    assert status == 201, answer
    response = Client().get(answer["doc"]["url"], HTTP_AUTHORIZATION=f"JWT {cast.alice.token}")
    assert response.streaming
    assert response["Content-Length"] == str(len(data))
    pieces = list(response.streaming_content)
    assert len(pieces) > 1
    assert b"".join(pieces) == data
