"""Both storages keep the same promises: a folder, and a bucket on a real server."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from botcafe.cli.media_command import move_files
from botcafe.gateways.storage import CHUNK_BYTES, FolderStorage, Storage, storage
from botcafe.gateways.storage_url import parse_storage_url
from botcafe.kit.compensation import compensate_on_failure
from botcafe.kit.db_errors import StorageAwayError
from tests.gateways.bucket import SECRET, BucketServer, bucket_server

pytestmark = pytest.mark.slow
LARGE = bytes(range(256)) * (16 * CHUNK_BYTES // 256)


@pytest.fixture(scope="module")
def server() -> Iterator[BucketServer]:
    with bucket_server() as found:
        yield found


@pytest.fixture(params=["folder", "bucket"])
def kept(request: pytest.FixtureRequest, server: BucketServer, settings: Any, tmp_path: Path) -> Storage:
    settings.STORAGE_URL = server.url("cafe") if request.param == "bucket" else ""
    return storage()


def test_what_was_put_is_there_whole_and_in_parts(kept: Storage) -> None:
    key = kept.put(LARGE)
    assert kept.get(key) == LARGE
    pieces = list(kept.open(key))
    assert b"".join(pieces) == LARGE
    assert len(pieces) > 1
    assert all(len(piece) <= len(LARGE) // 2 for piece in pieces)
    assert b"".join(kept.open(key, 300, 1000)) == LARGE[300:1000]
    assert b"".join(kept.open(key, len(LARGE) - 5)) == LARGE[-5:]
    assert (key, len(LARGE)) in [(file.key, file.size) for file in kept.list_files()]
    kept.delete(key)
    kept.delete(key)
    with pytest.raises(KeyError):
        kept.open(key)
    with pytest.raises(KeyError):
        kept.get(key)


@pytest.mark.parametrize("key", ["", "../secret", "a/b", "a.part", "ä/"])
def test_a_path_is_no_key(kept: Storage, key: str) -> None:
    for act in (kept.get, kept.open, kept.delete):
        with pytest.raises(KeyError):
            act(key)


def test_what_was_put_in_vain_goes_again(kept: Storage) -> None:
    keys: list[str] = []

    def put_and_fail() -> None:
        with compensate_on_failure():
            keys.append(kept.put(b"x"))
            raise ValueError

    with pytest.raises(ValueError):
        put_and_fail()
    with pytest.raises(KeyError):
        kept.get(keys[0])


def test_files_move_to_the_bucket_and_back_and_go_on_where_they_were(
    server: BucketServer, settings: Any, tmp_path: Path
) -> None:
    folder = FolderStorage(tmp_path / "media")
    settings.STORAGE_URL = server.url("moving")
    bucket = storage()
    files = {folder.put(data): data for data in (b"a", LARGE, b"c" * 1000)}
    first, second, _ = files
    # As a run that was broken off has left it: one is there, of another only the beginning.
    bucket.write(first, files[first])
    bucket.write(second, LARGE[:10])
    assert move_files(folder, bucket).moved == 3
    assert list(folder.list_files()) == []
    assert {key: bucket.get(key) for key in files} == files
    assert move_files(folder, bucket).moved == 0
    assert move_files(bucket, folder).bytes == sum(map(len, files.values()))
    assert {key: folder.get(key) for key in files} == files
    assert list(bucket.list_files()) == []


def test_a_file_that_does_not_arrive_whole_stays_where_it_was(tmp_path: Path) -> None:
    class Lossy(FolderStorage):
        """A storage that keeps half."""

        def write(self, key: str, data: bytes) -> None:
            super().write(key, data[: len(data) // 2])

    folder = FolderStorage(tmp_path / "media")
    key = folder.put(LARGE)
    counts = move_files(folder, Lossy(tmp_path / "other"))
    assert (counts.moved, counts.failed) == (0, 1)
    assert folder.get(key) == LARGE


@pytest.mark.parametrize("secret", ["wrong", None])
def test_a_bucket_that_refuses_or_does_not_answer_is_away_and_its_secret_untold(
    server: BucketServer, settings: Any, secret: str | None
) -> None:
    url = server.url("cafe", secret) if secret else f"s3+http://cafe:{secret}@127.0.0.1:9/cafe"
    settings.STORAGE_URL = url
    with pytest.raises(StorageAwayError) as caught:
        storage().put(b"x")
    with pytest.raises(StorageAwayError):
        storage().get("abc")
    assert "127.0.0.1" in str(caught.value)
    for word in ("wrong", "planted", SECRET):
        assert word not in str(caught.value)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "ftp://a:hush@h/b",
        "s3://h/b",
        "s3://a@h/b",
        "s3://a:hush@h",
        "s3://a:hush@/b",
        "s3://a:hush@h/b/c",
        "s3://a:hush@h:x/b",
        "s3://a:hush@h/b?zone=1",
    ],
)
def test_an_address_that_is_none_is_refused_without_its_secret(text: str) -> None:
    with pytest.raises(ValueError) as caught:
        parse_storage_url(text)
    assert "hush" not in str(caught.value)
    assert str(caught.value)


def test_an_address_is_read() -> None:
    found = parse_storage_url("s3://key:s%2Fc@[::1]:9000/bucket?region=eu-1&prefix=/a/b/")
    assert (found.endpoint, found.bucket, found.region, found.prefix) == ("https://[::1]:9000", "bucket", "eu-1", "a/b")
    assert (found.key, found.secret) == ("key", "s/c")
    assert "s/c" not in repr(found)
    assert parse_storage_url("s3+http://k:s@h/b").endpoint == "http://h"
