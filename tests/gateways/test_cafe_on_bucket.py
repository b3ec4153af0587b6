"""A café whose files lie in a bucket: brought, shown, deleted, exported; and what happens when the bucket is away."""

import http.client
import io
import shutil
import subprocess
import sys
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path

import orjson
import pytest

from tests.chat.talking import Talker
from tests.gateways.bucket import BucketServer, bucket_server
from tests.live import Served, served
from tests.suites.rows import png

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def bucket() -> Iterator[BucketServer]:
    with bucket_server() as found:
        yield found


@pytest.fixture(scope="module")
def cafe(bucket: BucketServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    told = {"BOTCAFE_STORAGE_URL": bucket.url("cafe"), "BOTCAFE_LOG": "json"}
    with served(tmp_path_factory.mktemp("cafe") / "data", **told) as server:
        yield server


@pytest.fixture(scope="module")
def alice(cafe: Served) -> Talker:
    return Talker(cafe, cafe.sign_up("alice@cafe.test"))


def send(who: Talker, method: str, path: str, body: bytes = b"", **headers: str) -> tuple[int, dict[str, str], bytes]:
    """A request with any body: status, headers, bytes."""
    connection = http.client.HTTPConnection("127.0.0.1", who.server.port, timeout=60)
    told = {"Authorization": f"JWT {who.token}"} if who.token else {}
    connection.request(method, path, body or None, {**told, **{k.replace("_", "-"): v for k, v in headers.items()}})
    answer = connection.getresponse()
    return answer.status, {k.lower(): v for k, v in answer.getheaders()}, answer.read()


def upload(who: Talker, name: str, data: bytes | None = None) -> dict[str, str]:
    """The row of a new file."""
    parts = {"file": (name, data or png(), "application/octet-stream")}
    status, _, raw = send(
        who, "POST", "/api/media?depth=0", form(parts), Content_Type="multipart/form-data; boundary=cup"
    )
    assert status == 201, raw
    doc: dict[str, str] = orjson.loads(raw)["doc"]
    return doc


def form(parts: dict[str, tuple[str, bytes, str]]) -> bytes:
    """A multipart body."""
    lines = b""
    for field, (name, data, kind) in parts.items():
        head = f'--cup\r\nContent-Disposition: form-data; name="{field}"; filename="{name}"\r\nContent-Type: {kind}\r\n\r\n'
        lines += head.encode() + data + b"\r\n"
    return lines + b"--cup--\r\n"


def test_a_file_is_brought_shown_in_parts_and_deleted(cafe: Served, alice: Talker) -> None:
    data = b"RIFF" + bytes(4) + b"WAVE" + bytes(range(256)) * 8000
    doc = upload(alice, "song.wav", data)
    assert not (cafe.data / "media").exists()
    status, headers, got = send(alice, "GET", doc["url"])
    assert (status, headers["content-length"], got) == (200, str(len(data)), data)
    status, headers, got = send(alice, "GET", doc["url"], Range="bytes=1000-1999")
    assert (status, headers["content-range"], got) == (206, f"bytes 1000-1999/{len(data)}", data[1000:2000])
    assert send(alice, "GET", doc["url"], Range="bytes=-4")[2] == data[-4:]
    assert send(alice, "GET", doc["url"], If_None_Match=headers["etag"])[0] == 304
    bob = Talker(cafe, cafe.sign_up("bob@cafe.test"))
    for stranger in (bob, Talker(cafe, "")):
        status, _, got = send(stranger, "GET", doc["url"], Range="bytes=0-9")
        assert (status, got.count(b"RIFF")) == (404, 0)
    alice.good("DELETE", f"/api/media/{doc['id']}")
    assert send(alice, "GET", doc["url"])[0] == 404


def test_a_card_with_its_picture_comes_and_goes_and_the_account_is_exported(cafe: Served, alice: Talker) -> None:
    doc = upload(alice, "face.png")
    bot = alice.bot("Mocha", picture=doc["id"])
    status, headers, card = send(alice, "GET", f"/api/bot/{bot}/card?format=png")
    assert (status, card[:4]) == (200, b"\x89PNG"), headers
    parts = {"file": ("mocha.png", card, "image/png")}
    status, _, raw = send(alice, "POST", "/api/import", form(parts), Content_Type="multipart/form-data; boundary=cup")
    assert status in {200, 201}, raw
    status, _, archive = send(alice, "GET", "/api/account/export")
    assert status == 200
    names = zipfile.ZipFile(io.BytesIO(archive)).namelist()
    assert "media/face.png" in names


def test_a_bucket_that_is_away_costs_no_row_and_writes_one_line(
    cafe: Served, alice: Talker, bucket: BucketServer
) -> None:
    doc = upload(alice, "cup.png")
    before = alice.good("GET", "/api/media?depth=0")["totalDocs"]
    bucket.stop()
    try:
        for _ in range(3):
            body = form({"file": ("next.png", png(), "image/png")})
            multipart = "multipart/form-data; boundary=cup"
            status, headers, raw = send(alice, "POST", "/api/media", body, Content_Type=multipart)
            assert (status, headers["retry-after"]) == (503, "2"), raw
            status, headers, raw = send(alice, "GET", doc["url"])
            assert (status, headers["retry-after"]) == (503, "2"), raw
        assert alice.good("GET", "/api/media?depth=0")["totalDocs"] == before
        assert send(alice, "GET", "/healthz")[0] == 200
        assert alice.turn(alice.chat(), "Still here?")["events"][0][-1].data["state"] == "complete"
    finally:
        bucket.start()
    ends = time.monotonic() + 30
    # It answers before it has all of its volumes.
    while send(alice, "GET", doc["url"])[2] != png():
        assert time.monotonic() < ends
        time.sleep(0.2)
    log = (cafe.data.parent / f"{cafe.data.name}.log").read_text()
    assert log.count("the storage of files is away") == 1
    for word in ("planted", "cup.png", "Traceback"):
        assert word not in log


def test_a_backup_takes_the_files_of_the_bucket_along(cafe: Served, alice: Talker, tmp_path: Path) -> None:
    doc = upload(alice, "kept.png")
    command = [sys.executable, "-m", "botcafe.cli.main", "backup", str(tmp_path / "cafe.zip"), "--without-secret"]
    done = subprocess.run(command, env=cafe.environment, capture_output=True, text=True, check=False, timeout=120)
    if "BOTCAFE_DATABASE_URL" in cafe.environment and shutil.which("pg_dump") is None:
        # Its own tools are not on this machine, which the tests of backups are about.
        assert "pg_dump" in done.stderr
        return
    assert done.returncode == 0, done.stderr
    archive = zipfile.ZipFile(tmp_path / "cafe.zip")
    kept = [name for name in archive.namelist() if "media/" in name]
    assert png() in [archive.read(name) for name in kept], doc


def test_files_are_not_moved_under_an_open_cafe_and_the_secret_is_untold(cafe: Served) -> None:
    for environment, words in ((cafe.environment, "Stop `botcafe serve`"), (without_bucket(cafe), "names no bucket")):
        command = [sys.executable, "-m", "botcafe.cli.main", "media", "move", "--to", "folder"]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=60)
        assert done.returncode == 1
        assert words in done.stderr
        assert "planted" not in done.stderr + done.stdout
    assert not (cafe.data / "media").exists()


def without_bucket(cafe: Served) -> dict[str, str]:
    """The settings of a café whose files lie in its folder."""
    return {name: value for name, value in cafe.environment.items() if name != "BOTCAFE_STORAGE_URL"}
