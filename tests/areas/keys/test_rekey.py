"""``botcafe rekey`` brings all that is sealed under the newest master key, whatever ends it in the middle."""

import base64
import hashlib
from pathlib import Path
from typing import Any

import orjson
import pytest
from django.conf import settings

from botcafe.areas.keys import rotation, sealing
from botcafe.areas.keys.collections.internal import AccountKey
from botcafe.cli.main import main
from botcafe.cms.schema.collection import get_collection
from botcafe.kit.sealed import master_key_of, sealed_columns
from botcafe.kit.secrets import KeyRing, new_master_key
from tests.areas.keys.making import LEVELS, PHRASE, PLAIN, make, opened, row, unlock
from tests.people import Cast
from tests.suites.rows import changed, everything


def rekey(capsys: pytest.CaptureFixture[str], *options: str) -> tuple[int, str, str]:
    """Exit code, what it said, what it complained of."""
    capsys.readouterr()
    code = main(["rekey", *options])
    said = capsys.readouterr()
    return code, said.out, said.err


def ring_of(monkeypatch: pytest.MonkeyPatch, *keys: str) -> str:
    """Give the installation these master keys; the id of the newest."""
    monkeypatch.setattr(settings, "MASTER_KEYS", keys)
    return KeyRing.from_base64(keys).current_id


def tokens() -> list[str]:
    """All tokens that lie under a master key."""
    found = [t for t in get_collection("api-key").model.objects.values_list("key", flat=True) if master_key_of(t)]
    return [*found, *AccountKey.objects.values_list("token", flat=True)]


@pytest.fixture
def old(monkeypatch: pytest.MonkeyPatch) -> str:
    """The master key of the day."""
    key = new_master_key()
    ring_of(monkeypatch, key)
    return key


def test_the_rotation_knows_every_encrypted_column() -> None:
    assert {(c.model, c.column) for c in sealed_columns()} >= {("keys.ApiKey", "key"), ("keys.AccountKey", "token")}


def test_all_levels_come_under_the_newest_key_and_open_as_before(
    cast: Cast, old: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    keys = {level: make(cast.alice, level) for level in LEVELS}
    make(cast.bob, "advanced")
    new = new_master_key()
    newest = ring_of(monkeypatch, new, old)
    code, said, _ = rekey(capsys)
    assert code == 0
    assert said.strip().splitlines()[-1] == "4 secrets brought under the newest master key; 0 under it before."
    ring_of(monkeypatch, new)
    assert {master_key_of(token) for token in tokens()} == {newest}
    assert unlock(cast.alice, keys["military-grade"])[0] == 200
    assert {opened(cast.alice, key) for key in keys.values()} == {PLAIN}
    before = everything()
    code, said, _ = rekey(capsys, "--json")
    assert code == 0
    assert orjson.loads(said.splitlines()[-1]) == {"step": "rekey", "moved": 0, "current": 4, "damaged": []}
    assert {"keys.ApiKey", "keys.AccountKey"} <= {orjson.loads(line)["step"] for line in said.splitlines()}
    assert changed(before) == {}


def test_keys_encrypted_before_master_keys_were_set_are_rotated_too(
    cast: Cast, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    derived = base64.b64encode(hashlib.sha256(b"botcafe master " + settings.SECRET_KEY.encode()).digest()).decode()
    assert (derived,) == settings.MASTER_KEYS, "the formula of the settings"
    key = make(cast.alice)
    newest = ring_of(monkeypatch, new_master_key())
    assert opened(cast.alice, key) == PLAIN
    assert rekey(capsys)[0] == 0
    assert {master_key_of(token) for token in tokens()} == {newest}
    assert opened(cast.alice, key) == PLAIN


def test_a_key_that_is_not_in_the_ring_stops_it_before_it_begins(
    cast: Cast, old: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    make(cast.alice)
    make(cast.alice, "advanced")
    newest = new_master_key()
    ring_of(monkeypatch, newest)
    make(cast.alice)
    before = everything()
    code, said, complaint = rekey(capsys)
    assert (code, said) == (1, "")
    assert "2 of 3 secrets are under a master key that is not in BOTCAFE_MASTER_KEYS" in complaint
    assert changed(before) == {}
    for secret in (newest, old, PLAIN, PHRASE, *tokens()):
        assert secret not in complaint


def test_a_damaged_token_is_named_and_the_others_are_moved(
    cast: Cast, old: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    whole, damaged = make(cast.alice), make(cast.alice)
    get_collection("api-key").model.objects.filter(pk=damaged).update(key=row(whole)["key"])
    newest = ring_of(monkeypatch, new_master_key(), old)
    code, _, complaint = rekey(capsys)
    assert code == 1
    assert f"keys.ApiKey {damaged}" in complaint
    assert master_key_of(row(whole)["key"]) == newest
    assert opened(cast.alice, whole) == PLAIN


def test_an_interrupted_rotation_loses_nothing_and_can_be_resumed(
    cast: Cast, old: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    keys = [make(cast.alice, level) for level in ("basic", "military-grade") * 4]
    newest = ring_of(monkeypatch, new_master_key(), old)
    monkeypatch.setattr(rotation, "BATCH_ROWS", 3)
    move = rotation._rewrap_token
    moved: list[Any] = []

    def interrupted(*arguments: Any) -> None:
        if len(moved) == 5:
            raise KeyboardInterrupt
        moved.append(arguments)
        move(*arguments)

    monkeypatch.setattr(rotation, "_rewrap_token", interrupted)
    assert rekey(capsys)[0] == 130
    assert [master_key_of(token) for token in tokens()].count(newest) == 3, "what a transaction held stands"
    for key in keys[::2]:
        assert opened(cast.alice, key) == PLAIN
    monkeypatch.setattr(rotation, "_rewrap_token", move)
    code, said, _ = rekey(capsys, "--json")
    assert code == 0
    assert orjson.loads(said.splitlines()[-1]) == {"step": "rekey", "moved": 5, "current": 3, "damaged": []}
    for key in keys[1::2]:
        assert unlock(cast.alice, key)[0] == 200
    assert {opened(cast.alice, key) for key in keys} == {PLAIN}


def test_a_key_re_encrypted_during_the_rotation_keeps_its_new_token(
    cast: Cast, old: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    key = make(cast.alice)
    ring_of(monkeypatch, new_master_key(), old)
    move = rotation._rewrap_token

    def late(*arguments: Any) -> None:
        cast.alice.ask("PATCH", f"/api/api-key/{key}", {"key": "sk-meanwhile-0123"})
        move(*arguments)

    monkeypatch.setattr(rotation, "_rewrap_token", late)
    assert rekey(capsys)[0] == 0
    assert opened(cast.alice, key) == "sk-meanwhile-0123"


def test_a_fresh_key_is_printed_on_request(capsys: pytest.CaptureFixture[str]) -> None:
    code, said, _ = rekey(capsys, "--new-key")
    assert code == 0
    assert KeyRing.from_base64([said.strip()])
    assert rekey(capsys, "--new-key")[1] != said


def test_keys_of_a_former_secret_come_back_by_its_master_key(
    cast: Cast, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """Who had set no master keys is told what to put there, and gets it printed."""
    former = tmp_path / "secret-of-then"
    former.write_text(settings.SECRET_KEY + "\n")
    key = make(cast.alice)
    monkeypatch.setattr(settings, "SECRET_KEY", "another secret")
    newest = new_master_key()
    ring_of(monkeypatch, newest)
    code, _, complaint = rekey(capsys)
    assert code == 1
    assert "botcafe rekey --key-of FILE" in complaint
    code, printed, _ = rekey(capsys, "--key-of", str(former))
    assert code == 0
    ring_of(monkeypatch, newest, printed.strip())
    assert rekey(capsys)[0] == 0
    ring_of(monkeypatch, newest)
    # Past the sign-in, whose tokens the other secret does not open.
    assert sealing.open_key_text(row(key)["key"], key, cast.alice.id) == PLAIN
    for content in ("", None):
        former.write_text(content) if content is not None else former.unlink()
        code, _, complaint = rekey(capsys, "--key-of", str(former))
        assert (code, complaint.count("\n")) == (1, 1)
