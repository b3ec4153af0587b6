"""Tokens under a passphrase: what opens them, and what does not."""

import pytest

from botcafe.kit import passphrase as p
from botcafe.kit.passphrase import Cost, Lock, WrongPassphraseError
from botcafe.kit.secrets import KeyRing, SecretError

OLD, NEW = b"o" * 32, b"n" * 32
TEXT, PHRASE, PLACE = "sk-nutmeg-0123456789", "moka pot on a low flame", "api-key:7"
CHEAP = Cost(memory_kib=64, passes=1)


@pytest.fixture
def ring() -> KeyRing:
    return KeyRing([OLD])


@pytest.fixture
def lock() -> Lock:
    return p.new_lock(PHRASE, CHEAP)


def text_of(ring: KeyRing, token: str, phrase: str = PHRASE, place: str = PLACE) -> str:
    return p.open_unlocked(token, p.unlocked_data_key(ring, token, phrase, place), place)


@pytest.mark.parametrize("text", ["", "a", TEXT, "ключ 鍵 🔑", "x" * 10_000])
def test_a_token_gives_its_text_back_to_who_knows_the_passphrase(ring: KeyRing, lock: Lock, text: str) -> None:
    token = p.seal_locked(ring, lock, text, PLACE)
    assert p.is_locked(token)
    assert text_of(ring, token) == text


def test_a_token_and_a_lock_show_nothing(ring: KeyRing, lock: Lock) -> None:
    token = p.seal_locked(ring, lock, TEXT, PLACE)
    assert p.seal_locked(ring, lock, TEXT, PLACE) != token
    for shown in (token, repr(lock)):
        assert TEXT not in shown
        assert PHRASE not in shown
        assert repr(lock.key) not in shown


@pytest.mark.parametrize("phrase", ["", "wrong", PHRASE + " ", PHRASE.upper(), "\ud800"])
def test_another_passphrase_opens_nothing(ring: KeyRing, lock: Lock, phrase: str) -> None:
    token = p.seal_locked(ring, lock, TEXT, PLACE)
    with pytest.raises(WrongPassphraseError):
        text_of(ring, token, phrase)


def test_the_passphrase_alone_opens_nothing_without_the_master_key(ring: KeyRing, lock: Lock) -> None:
    token = p.seal_locked(ring, lock, TEXT, PLACE)
    with pytest.raises(SecretError, match="not in the ring"):
        text_of(KeyRing([NEW]), token)


def test_a_token_opens_in_its_place_only(ring: KeyRing, lock: Lock) -> None:
    token = p.seal_locked(ring, lock, TEXT, PLACE)
    with pytest.raises(SecretError):
        text_of(ring, token, place="api-key:8")
    data_key = p.unlocked_data_key(ring, token, PHRASE, PLACE)
    with pytest.raises(SecretError):
        p.open_unlocked(token, data_key, "api-key:8")


def test_no_part_of_a_token_can_be_exchanged(ring: KeyRing, lock: Lock) -> None:
    first = p.seal_locked(ring, lock, TEXT, PLACE).split(".")
    second = p.seal_locked(ring, p.new_lock(PHRASE, CHEAP), TEXT, PLACE).split(".")
    for part in range(2, p.PARTS):
        mixed = ".".join([*first[:part], second[part], *first[part + 1 :]])
        if mixed != ".".join(first):
            with pytest.raises(SecretError):
                text_of(ring, mixed)


@pytest.mark.parametrize(
    "cost", ["", "1-2", "a-b-c", "0-1-1", "99999999-1-1", "64-0-1", "64-100-1", "64-1-99", "64-2-1", "128-1-1"]
)
def test_a_cost_that_was_tampered_with_is_refused(ring: KeyRing, lock: Lock, cost: str) -> None:
    parts = p.seal_locked(ring, lock, TEXT, PLACE).split(".")
    parts[4] = cost
    with pytest.raises(SecretError):
        text_of(ring, ".".join(parts))


@pytest.mark.parametrize("token", ["", "bcp1", "bcp1.a.b", "bc1.a.b.c", "bcp1.a.b.c.64-1-1.!!.d"])
def test_what_is_no_token_is_refused(ring: KeyRing, token: str) -> None:
    with pytest.raises(SecretError):
        text_of(ring, token)


def test_a_rotation_needs_no_passphrase(ring: KeyRing, lock: Lock) -> None:
    token = p.seal_locked(ring, lock, TEXT, PLACE)
    moved = p.rewrap_locked(KeyRing([NEW, OLD]), token, PLACE)
    assert moved != token
    assert text_of(KeyRing([NEW]), moved) == TEXT
    assert p.rewrap_locked(KeyRing([NEW]), moved, PLACE) == moved
    data_key = p.unlocked_data_key(ring, token, PHRASE, PLACE)
    assert p.open_unlocked(moved, data_key, PLACE) == TEXT, "what is unlocked stays so"
    with pytest.raises(SecretError):
        p.rewrap_locked(KeyRing([NEW]), token, PLACE)


@pytest.mark.parametrize("phrase", [None, 5, "", "seven77", "x" * 1001, ["x" * 10]])
def test_a_passphrase_that_does_not_fit_is_refused(phrase: object) -> None:
    with pytest.raises(WrongPassphraseError):
        p.check_passphrase(phrase)


def test_the_usual_cost_is_what_guessing_costs() -> None:
    assert Cost(65_536, 3, 1) == p.USUAL
