"""Static files and pages as a real server sends them: names with hashes, caching, encodings, no database."""

import gzip
import http.client
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import brotli
import pytest

from tests.live import Served, served


@pytest.fixture(scope="module")
def cafe(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """One server for all."""
    with served(tmp_path_factory.mktemp("assets") / "data") as running:
        yield running


@dataclass
class Got:
    """An answer with its raw body."""

    status: int
    headers: http.client.HTTPMessage
    body: bytes


def get(cafe: Served, path: str, method: str = "GET", **headers: str) -> Got:
    connection = http.client.HTTPConnection("127.0.0.1", cafe.port, timeout=30)
    try:
        connection.request(method, path, headers={name.replace("_", "-"): value for name, value in headers.items()})
        response = connection.getresponse()
        return Got(response.status, response.headers, response.read())
    finally:
        connection.close()


def named_by_home(cafe: Served) -> list[str]:
    return sorted(set(re.findall(r'"(/static/[^"#]+)', get(cafe, "/").body.decode())))


def test_what_a_page_names_is_kept_for_good(cafe: Served) -> None:
    named = named_by_home(cafe)
    assert len(named) >= 6
    for path in named:
        found = get(cafe, path)
        assert found.status == 200, path
        assert found.headers["Cache-Control"] == "public, max-age=31536000, immutable", path
        again = get(cafe, path, If_None_Match=found.headers["ETag"])
        assert (again.status, again.body) == (304, b""), path


@pytest.mark.parametrize(
    ("accepted", "encoding"),
    [("gzip, deflate, br", "br"), ("gzip", "gzip"), ("br;q=0, gzip", "gzip"), ("identity", None), ("", None)],
)
def test_scripts_and_sheets_come_in_the_best_encoding_that_is_taken(
    cafe: Served, accepted: str, encoding: str | None
) -> None:
    path = next(each for each in named_by_home(cafe) if each.endswith(".css"))
    plain, found = get(cafe, path), get(cafe, path, Accept_Encoding=accepted)
    assert found.headers["Content-Encoding"] == encoding
    assert found.headers["Vary"] == "accept-encoding"
    unpacked = {"br": brotli.decompress, "gzip": gzip.decompress, None: bytes}[encoding](found.body)
    assert unpacked == plain.body
    assert (found.headers["ETag"] == plain.headers["ETag"]) == (encoding is None)


def test_another_or_no_hash_gives_the_file_of_today_for_a_minute(cafe: Served) -> None:
    path = next(each for each in named_by_home(cafe) if each.endswith(".svg"))
    stem, _, ending = path.rsplit(".", 2)
    for other in (f"{stem}.{ending}", f"{stem}.{'0' * 12}.{ending}"):
        found = get(cafe, other)
        assert (found.status, found.body) == (200, get(cafe, path).body)
        assert found.headers["Cache-Control"] == "public, max-age=60"


@pytest.mark.parametrize(
    "path", ["/static/nothing.css", "/static/../config/settings.py", "/static/%2e%2e/secret", "/static/"]
)
def test_nothing_else_is_there(cafe: Served, path: str) -> None:
    assert get(cafe, path).status == 404


def test_static_files_are_only_read(cafe: Served) -> None:
    assert get(cafe, "/static/shell/logo.svg", "POST").status == 405
    head = get(cafe, "/static/shell/logo.svg", "HEAD")
    assert (head.status, head.body) == (200, b"")


def test_pages_come_compressed_unless_another_site_has_asked(cafe: Served) -> None:
    found = get(cafe, "/", Accept_Encoding="gzip, br")
    assert found.headers["Content-Encoding"] == "gzip"
    assert "Accept-Encoding" in found.headers["Vary"]
    assert b"<!doctype html>" in gzip.decompress(found.body)
    for site in ("cross-site", "same-site"):
        other = get(cafe, "/", Accept_Encoding="gzip", Sec_Fetch_Site=site)
        assert other.headers["Content-Encoding"] is None
        assert other.body.startswith(b"<!doctype html>")
    assert get(cafe, "/").headers["Content-Encoding"] is None
    assert get(cafe, "/", Accept_Encoding="gzip;q=0").headers["Content-Encoding"] is None


def test_json_comes_compressed_above_a_kilobyte(cafe: Served) -> None:
    large = get(cafe, "/api/access", Accept_Encoding="gzip")
    small = get(cafe, "/api/users/init", Accept_Encoding="gzip")
    assert large.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(large.body).startswith(b"{")
    assert small.headers["Content-Encoding"] is None


def test_static_files_need_no_database(tmp_path: Path) -> None:
    with served(tmp_path / "data") as running:
        path = named_by_home(running)[0]
        for file in running.data.glob("botcafe.sqlite3*"):
            file.rename(file.with_suffix(".away"))
        assert get(running, path).status == 200
