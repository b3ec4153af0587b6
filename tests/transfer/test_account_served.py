"""The zip of everything, from a real server: sent in pieces, beside other answers, and over with a client that goes."""

import http.client
import time
from pathlib import Path

import pytest

from botcafe.formats.archive import read_archive
from tests.formats.fixtures import as_json, v2
from tests.live import served

PATH = "/api/account/export"
BOTS = 60


@pytest.mark.slow
def test_a_streamed_zip_is_complete_and_does_not_block_others(tmp_path: Path) -> None:
    with served(tmp_path) as server:
        token = server.sign_up("alice@cafe.test")
        for number in range(BOTS):
            assert server.ask("POST", "/api/import", as_json(v2(name=f"Bot {number}")), token)[0] == 201
        status, data = server.ask("GET", PATH, token=token)
        assert status == 200
        assert sum(path.startswith("bots/") for path in read_archive(data)) == BOTS
        gone = []
        for _ in range(3):
            connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
            connection.request("GET", PATH, headers={"Authorization": f"JWT {token}"})
            response = connection.getresponse()
            assert response.getheader("content-length") is None
            response.read(10)
            gone.append((connection, response))
        begun = time.monotonic()
        assert server.ask("GET", "/api/users/me", token=token)[0] == 200
        assert time.monotonic() - begun < 5
        for connection, response in gone:
            response.close()
            connection.close()
        status, data = server.ask("GET", PATH, token=token)
        assert (status, len(read_archive(data)) > BOTS) == (200, True)
