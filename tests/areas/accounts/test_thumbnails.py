"""Small copies of pictures: made at upload or on demand, cropped by the focal point, read and deleted with their picture."""

import io
import os
import threading
from typing import Any

import pytest
from django.db import connections
from django.http import HttpResponse
from django.test import Client
from PIL import ExifTags, Image

from botcafe.areas.accounts.pictures.thumbnails import SIZES, Focus, keys_of
from botcafe.cms.schema.collection import get_collection
from botcafe.gateways.storage import media_folder, storage
from botcafe.upkeep.doctor.files import check_files
from botcafe.upkeep.doctor.findings import Findings
from tests.people import PASSWORD, Cast, Person, bot_data
from tests.suites.rows import MULTIPART, multipart

RED, BLUE = (200, 20, 20), (20, 20, 200)


def halves(width: int = 900, height: int = 300, kind: str = "PNG") -> bytes:
    """Red on the left, blue on the right."""
    image = Image.new("RGB", (width, height), RED)
    image.paste(BLUE, (width // 2, 0, width, height))
    out = io.BytesIO()
    image.save(out, kind)
    return out.getvalue()


def upload(who: Person, data: bytes | None = None, **fields: object) -> dict[str, Any]:
    body = multipart({"alt": "x", **fields}, data=halves() if data is None else data)
    status, answer = who.ask("POST", "/api/media?depth=0", body, content_type=MULTIPART)
    assert status == 201, answer
    doc: dict[str, Any] = answer["doc"]
    return doc


def fetch(who: Person, path: str, **headers: str) -> Any:
    given = {"HTTP_AUTHORIZATION": f"JWT {who.token}"} if who.token else {}
    return Client(raise_request_exception=False).get(path, **given, **headers)


def sized(doc: dict[str, Any], size: int) -> str:
    path: str = doc["thumbnailURL"].replace("size=320", f"size={size}")
    return path


def picture(response: HttpResponse) -> Image.Image:
    assert response.status_code == 200, response.content
    assert response["Content-Type"] == "image/webp"
    return Image.open(io.BytesIO(response.content)).convert("RGB")


def is_mostly(image: Image.Image, colour: tuple[int, int, int]) -> bool:
    return is_nearly(image.getpixel((image.width // 2, image.height // 2)), colour)


def is_nearly(point: Any, colour: tuple[int, int, int]) -> bool:
    return all(abs(one - other) < 40 for one, other in zip(point, colour, strict=True))


def media_row(doc: dict[str, Any]) -> Any:
    return get_collection("media").model.objects.get(pk=doc["id"])


def stored() -> set[str]:
    return {file.key for file in media_folder().list_files()}


def test_a_picture_comes_in_all_sizes_and_its_document_names_one(cast: Cast) -> None:
    doc = upload(cast.alice)
    assert doc["thumbnailURL"].startswith(f"{doc['url']}?size=320&v=")
    shapes = {size: picture(fetch(cast.alice, sized(doc, size))).size for size in SIZES}
    assert shapes == {64: (64, 64), 128: (128, 128), 320: (320, 107), 640: (640, 213)}
    assert all(len(storage().get(key)) < 5000 for key in keys_of(media_row(doc).storage_key, Focus()))


def test_a_small_copy_is_kept_by_the_browser_alone_and_only_under_its_own_address(cast: Cast) -> None:
    doc = upload(cast.alice)
    found = fetch(cast.alice, sized(doc, 64))
    assert found["Cache-Control"] == "private, max-age=31536000, immutable"
    assert found["Vary"] == "Cookie, Authorization"
    assert fetch(cast.alice, f"{doc['url']}?size=64")["Cache-Control"] == "private, max-age=0, must-revalidate"
    assert fetch(cast.alice, sized(doc, 64), HTTP_IF_NONE_MATCH=found["ETag"]).status_code == 304
    assert fetch(cast.alice, sized(doc, 128), HTTP_IF_NONE_MATCH=found["ETag"]).status_code == 200


def test_a_private_picture_has_private_copies(cast: Cast) -> None:
    doc = upload(cast.alice)
    for who in (cast.bob, cast.stranger):
        for size in SIZES:
            assert fetch(who, sized(doc, size)).status_code == 404
    cast.alice.make("bot", bot_data(picture=doc["id"], is_public=True))
    for who in (cast.bob, cast.stranger):
        assert picture(fetch(who, sized(doc, 64))).size == (64, 64)


@pytest.mark.parametrize("size", ["", "0", "65", "-64", "64.0", "x", "9" * 400])
def test_other_sizes_are_refused_by_name_and_make_nothing(cast: Cast, size: str) -> None:
    doc = upload(cast.alice)
    before = stored()
    status, answer = cast.alice.ask("GET", f"{doc['url']}?size={size}")
    assert status == 400
    assert answer["errors"][0]["message"].startswith("size: a picture comes in the sizes 64, 128, 320, 640")
    assert stored() == before


@pytest.mark.django_db(transaction=True)
def test_squares_show_the_focal_point_and_a_new_one_makes_new_squares(cast: Cast) -> None:
    doc = upload(cast.alice, focalX=10, focalY=50)
    assert is_mostly(picture(fetch(cast.alice, sized(doc, 64))), RED)
    old = set(keys_of(media_row(doc).storage_key, Focus(10, 50)))
    assert old <= stored()
    status, answer = cast.alice.ask("PATCH", f"/api/media/{doc['id']}?depth=0", {"focalX": 90})
    assert status == 200, answer
    turned = answer["doc"]
    assert turned["thumbnailURL"] != doc["thumbnailURL"]
    assert not old & stored()
    assert is_mostly(picture(fetch(cast.alice, sized(turned, 64))), BLUE)
    # An address of before is answered with what is right now, and not to be kept.
    late = fetch(cast.alice, sized(doc, 64))
    assert is_mostly(picture(late), BLUE)
    assert "immutable" not in late["Cache-Control"]


@pytest.mark.parametrize("focus", [{"focalX": -5, "focalY": 1e9}, {"focalX": 100, "focalY": 0}])
def test_a_focal_point_beyond_the_picture_is_its_edge(cast: Cast, focus: dict[str, float]) -> None:
    doc = upload(cast.alice, **focus)
    assert picture(fetch(cast.alice, sized(doc, 64))).size == (64, 64)


@pytest.mark.parametrize("kind", ["JPEG", "GIF", "WEBP", "PNG"])
def test_every_kind_of_picture_has_copies(cast: Cast, kind: str) -> None:
    assert picture(fetch(cast.alice, sized(upload(cast.alice, halves(kind=kind)), 320))).size == (320, 107)


def test_a_picture_that_is_small_itself_is_shown_as_it_is(cast: Cast) -> None:
    doc = upload(cast.alice, halves(60, 40))
    assert doc["thumbnailURL"] is None
    assert fetch(cast.alice, f"{doc['url']}?size=128").content == fetch(cast.alice, doc["url"]).content


def test_copies_of_older_pictures_are_made_when_they_are_asked_for(cast: Cast) -> None:
    doc = upload(cast.alice)
    keys = set(keys_of(media_row(doc).storage_key, Focus()))
    for key in keys:
        storage().delete(key)
    assert picture(fetch(cast.alice, sized(doc, 128))).size == (128, 128)
    assert keys <= stored()


def test_a_picture_whose_bytes_are_gone_or_broken_is_no_fault(cast: Cast) -> None:
    doc = upload(cast.alice)
    row = media_row(doc)
    for key in keys_of(row.storage_key, Focus()):
        storage().delete(key)
    storage().write(row.storage_key, b"\x89PNG broken")
    assert fetch(cast.alice, sized(doc, 64)).status_code == 200
    storage().delete(row.storage_key)
    assert fetch(cast.alice, sized(doc, 64)).status_code == 404


@pytest.mark.django_db(transaction=True)
def test_many_who_ask_at_once_all_get_the_same(cast: Cast) -> None:
    doc = upload(cast.alice)
    for key in keys_of(media_row(doc).storage_key, Focus()):
        storage().delete(key)
    found: list[bytes] = []

    def ask() -> None:
        found.append(fetch(cast.alice, sized(doc, 64)).content)
        connections.close_all()

    threads = [threading.Thread(target=ask) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert len(found) == 6
    assert len(set(found)) == 1
    assert Image.open(io.BytesIO(found[0])).size == (64, 64)


@pytest.mark.django_db(transaction=True)
def test_copies_go_with_their_picture_and_with_its_account(cast: Cast) -> None:
    doc = upload(cast.alice)
    assert len(stored()) == 1 + len(SIZES)
    status, answer = cast.alice.ask(
        "PATCH", f"/api/media/{doc['id']}", multipart(None, data=halves(300, 300)), content_type=MULTIPART
    )
    assert status == 200, answer
    assert len(stored()) == 1 + len(SIZES)
    assert cast.alice.ask("DELETE", f"/api/media/{doc['id']}")[0] == 200
    assert stored() == set()
    upload(cast.bob, focalX=20)
    assert cast.ada.ask("DELETE", f"/api/users/{cast.bob.id}")[0] == 200
    assert stored() == set()


def test_the_doctor_knows_whose_a_copy_is(cast: Cast) -> None:
    doc = upload(cast.alice)
    for path in media_folder().list_paths():
        os.utime(path, (0, 0))
    found = Findings()
    check_files(found)
    assert found.by_fault == {}
    get_collection("media").model.objects.filter(pk=doc["id"]).delete()
    found = Findings()
    check_files(found)
    assert found.by_fault["files that no row names"].count == 1 + len(SIZES)


@pytest.mark.parametrize(
    ("orientation", "upright"), [(1, (90, 30)), (3, (90, 30)), (6, (30, 90)), (8, (30, 90)), (99, (90, 30))]
)
def test_a_photograph_is_turned_upright_and_says_nothing_of_its_camera(
    cast: Cast, orientation: int, upright: tuple[int, int]
) -> None:
    raw = Image.open(io.BytesIO(halves(90, 30)))
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation], exif[ExifTags.Base.Make] = orientation, "A camera"
    out = io.BytesIO()
    raw.save(out, "JPEG", exif=exif)
    doc = upload(cast.alice, out.getvalue())
    assert (doc["width"], doc["height"]) == upright
    stored = Image.open(io.BytesIO(fetch(cast.alice, doc["url"]).getvalue()))
    assert stored.size == upright
    assert dict(stored.getexif()) == {}
    assert is_nearly(stored.getpixel((4, 4)), BLUE if orientation in (3, 8) else RED)


def test_a_photograph_with_damaged_notes_is_stored_as_it_is(cast: Cast) -> None:
    out = io.BytesIO()
    Image.open(io.BytesIO(halves(90, 30))).save(out, "JPEG", exif=b"Exif\0\0garbage")
    doc = upload(cast.alice, out.getvalue())
    assert (doc["width"], doc["height"]) == (90, 30)


def test_a_photograph_with_a_second_picture_behind_it_is_a_photograph(cast: Cast) -> None:
    out = io.BytesIO()
    one = Image.open(io.BytesIO(halves(90, 30)))
    one.save(out, "MPO", save_all=True, append_images=[one])
    doc = upload(cast.alice, out.getvalue())
    assert (doc["mimeType"], doc["width"]) == ("image/jpeg", 90)


def test_pages_show_faces_in_the_sizes_that_they_need(cast: Cast) -> None:
    doc = upload(cast.alice)
    bot = cast.alice.make("bot", bot_data(picture=doc["id"], is_public=True))
    client = Client()
    client.post("/login", {"email": "alice@cafe.test", "password": PASSWORD})
    page = client.get(f"/bots/{bot['slug']}").content.decode()
    assert f'src="{sized(doc, 320)}"'.replace("&", "&amp;") in page
    assert "640w" in page


def test_the_list_of_chats_shows_small_faces(cast: Cast) -> None:
    doc = upload(cast.alice)
    bot = cast.alice.make("bot", bot_data(picture=doc["id"]))
    cast.alice.make("conversation", {"bot_participation": [{"bot_id": bot["id"], "role": "primary"}]})
    client = Client()
    client.post("/login", {"email": "alice@cafe.test", "password": PASSWORD})
    page = client.get("/chats").content.decode()
    assert f'src="{sized(doc, 64)}"'.replace("&", "&amp;") in page
    assert f'"{doc["url"]}"' not in page
