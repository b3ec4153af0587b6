"""A key and a passphrase that were planted turn up nowhere: no log, table, page, answer, document or file."""

import http.client
import os
import re
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import orjson
import pytest

from tests.areas.keys.echo import EchoProvider, echo_provider
from tests.chat.watching import open_chat, say, watch
from tests.live import Served, served

LEVELS = ("basic", "advanced", "military-grade")
PHRASE = "planted passphrase of Alice"
NEW_PHRASE = "planted second passphrase"
WRONG = "planted wrong passphrase"
KEYS = {level: f"sk-planted-{level}-0123456789" for level in LEVELS}
NEW_KEY = "sk-planted-new-0123456789"
SECRETS = (*KEYS.values(), NEW_KEY, PHRASE, NEW_PHRASE, WRONG)
FORM = "application/x-www-form-urlencoded"


@dataclass
class House:
    """A served café, everything it ever answered, and Alice in it."""

    server: Served
    echo: EchoProvider
    log: Path
    token: str = ""
    admin: str = ""
    heard: list[str] = field(default_factory=list)
    keys: dict[str, int] = field(default_factory=dict)

    def api(self, method: str, path: str, data: Any = None, token: str = "") -> tuple[int, Any]:
        """Ask, and keep what was answered."""
        status, answer = self.server.ask(method, path, data, token or self.token)
        self.heard.append(f"{method} {path} {status} {answer!r}")
        return status, answer

    def page(self, method: str, path: str, data: dict[str, str] | None = None, token: str = "") -> tuple[int, str]:
        """A page in the browser of somebody; headers are kept too."""
        connection = http.client.HTTPConnection("127.0.0.1", self.server.port, timeout=60)
        csrf = "c" * 32
        headers = {"Cookie": f"payload-token={token or self.token}; cafe-csrf={csrf}", "Content-Type": FORM}
        body = urlencode({**(data or {}), "csrfmiddlewaretoken": csrf}) if method == "POST" else None
        connection.request(method, path, body, headers)
        response = connection.getresponse()
        text = response.read().decode(errors="replace")
        connection.close()
        self.heard.append(f"{method} {path} {response.status} {response.getheaders()} {text}")
        return response.status, text


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """A café whose provider says every key aloud."""
    data = tmp_path_factory.mktemp("leaks") / "data"
    with echo_provider() as echo, served(data, BOTCAFE_PRIVATE_ENDPOINTS=echo.allowed) as server:
        found = House(server, echo, data.parent / "data.log")
        found.admin = server.sign_up("ada@cafe.test", name="Ada")
        found.token = server.sign_up("alice@cafe.test")
        yield found


def document(house: House, level: str, status: int) -> dict[str, Any]:
    """A key at a level whose provider answers with a status."""
    group = {"custom_settings": {"api_endpoint": house.echo.url(status)}}
    made = {"nickname": level, "provider": "custom", "key": KEYS[level], "provider_settings": group}
    secret = {"passphrase": PHRASE} if level == "military-grade" else {}
    return {**made, "security_features": {"key_encryption_level": level}, **secret}


def use_api(house: House) -> None:
    """Right calls and wrong ones, for each level."""
    for level in LEVELS:
        status, made = house.api("POST", "/api/api-key", document(house, level, 401))
        assert status == 201
        house.keys[level] = number = made["doc"]["id"]
        path = f"/api/api-key/{number}"
        for method, rest, data in (
            ("GET", "", None),
            ("GET", "?select[key]=true&depth=5", None),
            ("POST", "/unlock", {"passphrase": WRONG}),
            ("POST", "/unlock", {"passphrase": PHRASE}),
            ("POST", "/unlock", [PHRASE]),
            ("POST", "/test", None),
            ("GET", "/models", None),
            ("POST", "/passphrase", {"passphrase": WRONG, "new_passphrase": NEW_PHRASE}),
            ("POST", "/passphrase", {"passphrase": PHRASE, "new_passphrase": NEW_PHRASE}),
            ("POST", "/passphrase", {"passphrase": NEW_PHRASE, "new_passphrase": PHRASE}),
            ("PATCH", "", {"nickname": {"a": KEYS[level]}, "key": {"a": KEYS[level]}, "passphrase": PHRASE}),
            ("PATCH", "", {"key": f"{KEYS[level]}\n{KEYS[level]}", "passphrase": PHRASE}),
            ("PATCH", "", {"key": KEYS[level], "provider": "", "passphrase": PHRASE}),
            ("PATCH", f"?where[key][equals]={KEYS[level]}", {"nickname": "x"}),
            ("POST", "/duplicate", {"key": NEW_KEY, "passphrase": NEW_PHRASE}),
            ("POST", "/access", {"key": KEYS[level]}),
            ("POST", "/lock", None),
        ):
            house.api(method, f"{path}{rest}", data)
    one = house.keys["basic"]
    for path in (
        "/api/api-key?limit=100",
        f"/api/api-key?where[key][equals]={KEYS['basic']}",
        "/api/api-key?sort=key",
        "/api/access",
        "/api/users/me",
    ):
        house.api("GET", path)
    house.api("PATCH", f"/api/api-key?where[id][equals]={one}", {"key": KEYS["basic"]})
    house.api("POST", "/api/api-key", {"key": NEW_KEY, "passphrase": NEW_PHRASE})
    broken = f'{{"key": "{NEW_KEY}", "passphrase": "{PHRASE}"'
    connection = http.client.HTTPConnection("127.0.0.1", house.server.port, timeout=30)
    headers = {"Content-Type": "application/json", "Authorization": f"JWT {house.token}"}
    connection.request("POST", "/api/api-key", broken, headers)
    house.heard.append(connection.getresponse().read().decode())


def use_pages(house: House) -> None:
    """Every page and form of keys, with right and wrong words; staff pages as the admin."""
    add = {"nickname": "page", "provider": "custom", "api_endpoint": house.echo.url(500), "level": "military-grade"}
    for more in ({"passphrase": WRONG[:5]}, {"passphrase": PHRASE, "provider": "x"}, {"passphrase": PHRASE}):
        house.page("POST", "/keys", {**add, "key": NEW_KEY, "model": "ok", **more})
    for number in house.keys.values():
        for act, data in (
            ("/unlock", {"passphrase": WRONG}),
            ("/unlock", {"passphrase": PHRASE}),
            ("/test", {}),
            ("/models", {}),
            ("/preferred", {"models": "ok"}),
            ("/switch", {"on": "1"}),
            ("/level", {"level-level": "nothing", "level-passphrase": PHRASE}),
            ("/level", {"level-level": "military-grade", "level-passphrase": WRONG[:5]}),
            ("/key", {"replace-key": f"****{NEW_KEY}", "replace-passphrase": PHRASE}),
            ("/passphrase", {"change-passphrase": WRONG, "change-new_passphrase": NEW_PHRASE}),
            ("", {"nickname": ""}),
        ):
            status, _ = house.page("POST", f"/keys/{number}{act}", data)
            assert status in {200, 302, 400}, (act, status)
        house.page("GET", f"/keys/{number}")
        for path in (f"/staff/keys/apikey/{number}/change/", f"/staff/keys/apikey/{number}/delete/"):
            house.page("GET", path, token=house.admin)
    for path in ("/keys", "/chats", "/account", "/keys/999999", f"/keys/{'9' * 40}"):
        house.page("GET", path)
    for path in ("/staff/", "/staff/keys/apikey/", "/staff/keys/apikey/?q=planted"):
        house.page("GET", path, token=house.admin)


def use_chat(house: House) -> None:
    """Replies with each key, to a provider that echoes it: one that fails, one that answers."""
    chat = open_chat(house.server, house.token)
    for level, number in house.keys.items():
        path = f"/api/api-key/{number}/unlock"
        if level == "military-grade":
            assert house.api("POST", path, {"passphrase": PHRASE})[0] == 200
        for status in (401, 500):
            group = {"custom_settings": {"api_endpoint": house.echo.url(status)}}
            house.api("PATCH", f"/api/api-key/{number}", {"provider_settings": group})
            choice = {"model_choice": {"key": number, "model": "ok"}}
            house.api("PATCH", f"/api/conversation/{chat}?depth=0", choice)
            turn = say(house.server, chat, house.token, f"Hello {level}")
            for generation in turn["generations"]:
                house.heard += [repr(event) for event in watch(house.server, generation["id"], house.token)]
                house.api("GET", f"/api/generations/{generation['id']}?depth=2")
    house.page("GET", f"/chats/{chat}")
    for slug in ("message", "generations", "conversation"):
        house.api("GET", f"/api/{slug}?limit=100&depth=3")


def break_it(house: House) -> None:
    """A fault of our own while a key and a passphrase are in hand: the table is gone."""
    if "BOTCAFE_DATABASE_URL" in os.environ:
        return
    with sqlite3.connect(house.server.data / "botcafe.sqlite3", timeout=30) as database:
        database.execute("ALTER TABLE keys_unlockedkey RENAME TO gone")
    database.close()
    number = house.keys["military-grade"]
    assert house.api("POST", f"/api/api-key/{number}/unlock", {"passphrase": PHRASE})[0] == 500
    assert house.page("POST", f"/keys/{number}/unlock", {"passphrase": PHRASE})[0] == 500
    assert house.page("POST", f"/keys/{number}/key", {"replace-key": NEW_KEY, "replace-passphrase": PHRASE})[0] == 500
    with sqlite3.connect(house.server.data / "botcafe.sqlite3", timeout=30) as database:
        database.execute("ALTER TABLE gone RENAME TO keys_unlockedkey")
    database.close()


def found_in(text: str) -> list[str]:
    """Which secrets a text holds, also in other writings of them."""
    plain = text.replace("\\", "")
    return [secret for secret in SECRETS if secret in plain or secret.replace(" ", "+") in plain]


def assert_nothing(where: str, text: str) -> None:
    """Say where it was, without saying it again."""
    assert not found_in(text), f"a secret stands in {where}"


@pytest.mark.slow
def test_a_planted_key_and_passphrase_turn_up_nowhere(house: House) -> None:
    use_api(house)
    use_pages(house)
    house.echo.heard.clear()
    use_chat(house)
    assert house.echo.heard == set(KEYS.values()), "each key reached its provider, and nothing else did"
    break_it(house)
    assert len(house.heard) > 100
    for text in house.heard:
        # What a client wrote into its own address or name is its own; all else is an answer of ours.
        answer = re.sub(r"^\w+ \S+", "", text)
        assert_nothing(text[:80], answer)
    for line in house.log.read_text(errors="replace").splitlines():
        assert_nothing(f"the log: {line[:60]}", line)
    for path in house.server.data.rglob("*"):
        if path.is_file():
            assert_nothing(path.name, path.read_bytes().decode("latin1"))


def environment(house: House) -> dict[str, str]:
    """That of a command beside the server."""
    return {**os.environ, "BOTCAFE_DATA": str(house.server.data), "BOTCAFE_SEED": "none"}


@pytest.mark.slow
@pytest.mark.parametrize("verb", [["openapi"], ["rekey", "--json"], ["migrate", "--json"]])
def test_no_command_says_them(house: House, verb: list[str]) -> None:
    command = [sys.executable, "-m", "botcafe.cli.main", *verb]
    told = subprocess.run(command, env=environment(house), capture_output=True, timeout=120, check=False)
    assert_nothing(" ".join(verb), (told.stdout + told.stderr).decode(errors="replace"))


@pytest.mark.slow
def test_the_search_for_secrets_finds_one() -> None:
    for secret in SECRETS:
        assert found_in(orjson.dumps({"a": secret}).decode())
        assert found_in(urlencode({"a": secret}))
