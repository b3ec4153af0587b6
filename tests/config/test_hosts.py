"""Names under which the café is asked for, cookies' flags, and https alone, on a real server."""

import http.client
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.live import Served, served


@pytest.fixture(scope="module")
def cafe(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A café with a public name, behind a proxy."""
    data: Path = tmp_path_factory.mktemp("hosts") / "data"
    settings = {
        "BOTCAFE_PUBLIC_URL": "https://cafe.example",
        "BOTCAFE_HSTS": "3600",
        "BOTCAFE_ALLOWED_HOSTS": "inner.lan",
        "BOTCAFE_TRUSTED_PROXIES": "127.0.0.1",
    }
    with served(data, **settings) as running:
        yield running


def ask(cafe: Served, host: str, path: str, **headers: str) -> http.client.HTTPResponse:
    connection = http.client.HTTPConnection("127.0.0.1", cafe.port, timeout=30)
    connection.putrequest("GET", path, skip_host=True)
    for name, value in {"Host": host, "Cookie": "payload-token=x; cafe-flash=y", **headers}.items():
        connection.putheader(name, value)
    connection.endheaders()
    response = connection.getresponse()
    response.read()
    connection.close()
    return response


PATHS = ["/", "/login", "/account", "/staff/", "/api/bot", "/api/users/me", "/api/account/events", "/v1/models"]


@pytest.mark.parametrize(
    "host", ["evil.test", "bad host/..", "cafe.example.evil.test", "a" * 3000, "[::1", "cafe.example:x", ""]
)
def test_another_name_is_a_clean_400_everywhere(cafe: Served, host: str) -> None:
    for path in PATHS:
        assert ask(cafe, host, path).status == 400, path
    assert ask(cafe, host, "/healthz").status in {200, 400}


@pytest.mark.parametrize(
    "host", ["cafe.example", "cafe.example:443", "CAFE.example", "localhost", "127.0.0.1:8000", "[::1]", "inner.lan"]
)
def test_its_own_names_are_answered(cafe: Served, host: str) -> None:
    assert ask(cafe, host, "/login").status == 200
    assert ask(cafe, host, "/api/users/me").status == 200


def test_browsers_keep_to_https_where_they_came_by_it(cafe: Served) -> None:
    name = "Strict-Transport-Security"
    for path in ("/login", "/api/users/me", "/nowhere"):
        assert ask(cafe, "cafe.example", path).headers[name] == "max-age=3600"
        assert ask(cafe, "cafe.example", path, **{"X-Forwarded-Proto": "http"}).headers[name] is None
        assert ask(cafe, "127.0.0.1", path).headers[name] is None


def test_cookies_are_for_https_and_our_own_pages_alone(cafe: Served) -> None:
    printed = cafe.log().rpartition("with the code ")[2][:14]
    body = b'{"email": "ada@cafe.test", "password": "correct-horse", "code": "%s"}' % printed.encode()
    connection = http.client.HTTPConnection("127.0.0.1", cafe.port, timeout=30)
    connection.request("POST", "/api/users/first-register", body, {"Content-Type": "application/json"})
    response = connection.getresponse()
    assert response.status == 200, response.read()
    cookies = response.headers.get_all("Set-Cookie") or []
    connection.close()
    assert {cookie.partition("=")[0] for cookie in cookies} == {"payload-token", "cafe-device"}
    for cookie in cookies:
        assert all(flag in cookie for flag in ("HttpOnly", "SameSite=Lax", "Secure")), cookie


def guess(cafe: Served, *forwarded_for: str) -> str:
    """What is said to a wrong password that comes through proxies, each of which wrote a line of its own."""
    connection = http.client.HTTPConnection("127.0.0.1", cafe.port, timeout=30)
    body = b'{"email": "nobody@cafe.test", "password": "a-guess-at-it"}'
    connection.putrequest("POST", "/api/users/login")
    for line in forwarded_for:
        connection.putheader("X-Forwarded-For", line)
    connection.putheader("Content-Type", "application/json")
    connection.putheader("Content-Length", str(len(body)))
    connection.endheaders(body)
    answer = connection.getresponse().read().decode()
    connection.close()
    return answer


def test_a_client_behind_a_proxy_that_adds_a_line_chooses_no_address_of_its_own(cafe: Served) -> None:
    for number in range(5):
        assert "incorrect" in guess(cafe, f"192.0.2.{number}", "203.0.113.9")
    assert "locked" in guess(cafe, "192.0.2.77", "203.0.113.9")
    assert "locked" in guess(cafe, "192.0.2.77," * 300, "203.0.113.9"), "nor by a long one"
    assert "incorrect" in guess(cafe, "203.0.113.9", "203.0.113.8")


def test_https_alone_needs_an_https_address(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError, match="BOTCAFE_HSTS: needs"), served(tmp_path / "d", BOTCAFE_HSTS="60"):
        pass
