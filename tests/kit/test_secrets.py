"""Sealed tokens, the ring of keys, and text that hides itself."""

import base64
import copy
import json
import pickle

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from botcafe.kit.secrets import (
    KeyRing,
    SecretError,
    SecretText,
    is_current,
    mask,
    new_master_key,
    open_sealed,
    rewrap,
    seal,
)

OLD, NEW = b"o" * 32, b"n" * 32
KEY = "sk-live-abcdefgh1234"
PLACE = "api-key:7:value"


@settings(derandomize=True, max_examples=50, deadline=None)
@given(st.text(st.characters(exclude_categories=["Cs"])), st.text(st.characters(exclude_categories=["Cs"])))
def test_what_is_sealed_opens_with_the_same_ring_and_place(text: str, place: str) -> None:
    ring = KeyRing([OLD])
    assert open_sealed(ring, seal(ring, text, place), place) == text


def test_a_token_names_version_and_key_and_shows_nothing_of_the_text() -> None:
    ring = KeyRing([OLD])
    token = seal(ring, KEY, PLACE)
    assert token.startswith(f"bc1.{ring.current_id}.")
    assert KEY not in token
    assert base64.b64encode(KEY.encode()).decode()[:8] not in token


def test_sealing_twice_gives_different_tokens() -> None:
    ring = KeyRing([OLD])
    assert seal(ring, KEY, PLACE) != seal(ring, KEY, PLACE)


def test_another_place_does_not_open_it() -> None:
    ring = KeyRing([OLD])
    with pytest.raises(SecretError):
        open_sealed(ring, seal(ring, KEY, PLACE), "api-key:8:value")


def test_a_ring_without_the_key_does_not_open_it() -> None:
    token = seal(KeyRing([OLD]), KEY, PLACE)
    with pytest.raises(SecretError) as caught:
        open_sealed(KeyRing([NEW]), token, PLACE)
    assert KEY not in str(caught.value)


def test_a_key_that_claims_the_id_of_another_does_not_open_it() -> None:
    token = seal(KeyRing([OLD]), KEY, PLACE)
    other = KeyRing([NEW])
    forged = token.replace(KeyRing([OLD]).current_id, other.current_id)
    with pytest.raises(SecretError):
        open_sealed(other, forged, PLACE)


@settings(derandomize=True, max_examples=60, deadline=None)
@given(st.data())
def test_a_damaged_token_never_opens(data: st.DataObject) -> None:
    ring = KeyRing([OLD])
    token = seal(ring, KEY, PLACE)
    at = data.draw(st.integers(0, len(token) - 1))
    damaged = token[:at] + ("A" if token[at] != "A" else "B") + token[at + 1 :]
    try:
        assert open_sealed(ring, damaged, PLACE) == KEY  # only the unused bits of a last base64 sign may differ
    except SecretError:
        return
    assert at + 1 == len(token) or token[at + 1] == "."


@pytest.mark.parametrize("token", ["", "plain text", "bc1.a.b", "bc2.a.b.c", "bc1.a.!.c", "bc1..."])
def test_what_is_no_token_is_refused_in_words(token: str) -> None:
    with pytest.raises(SecretError):
        open_sealed(KeyRing([OLD]), token, PLACE)


def test_rotation_moves_a_token_to_the_new_key_and_the_old_one_may_go() -> None:
    token = seal(KeyRing([OLD]), KEY, PLACE)
    both = KeyRing([NEW, OLD])
    assert open_sealed(both, token, PLACE) == KEY
    assert not is_current(both, token)
    moved = rewrap(both, token, PLACE)
    assert is_current(both, moved)
    assert rewrap(both, moved, PLACE) == moved
    assert open_sealed(KeyRing([NEW]), moved, PLACE) == KEY


def test_rotation_refuses_another_place() -> None:
    with pytest.raises(SecretError):
        rewrap(KeyRing([NEW, OLD]), seal(KeyRing([OLD]), KEY, PLACE), "elsewhere")


def test_master_keys_come_from_base64_of_either_alphabet() -> None:
    raw = b"\xff\xfe" * 16
    plain, urlsafe = base64.b64encode(raw).decode(), base64.urlsafe_b64encode(raw).decode().rstrip("=")
    assert KeyRing.from_base64([plain]).current_id == KeyRing.from_base64([f" {urlsafe}\n"]).current_id
    assert KeyRing.from_base64([new_master_key()]).current_id


@pytest.mark.parametrize("keys", [[], ["not base64 at all!"], [base64.b64encode(b"short").decode()]])
def test_an_unfit_ring_is_refused_and_the_words_hold_no_key(keys: list[str]) -> None:
    with pytest.raises(SecretError) as caught:
        KeyRing.from_base64(keys)
    assert not any(key in str(caught.value) for key in keys)


def test_a_ring_does_not_print_its_keys() -> None:
    assert "oooo" not in repr(KeyRing([OLD]))


@pytest.mark.parametrize(
    ("value", "shown"), [("", "****"), ("1234567", "****"), ("12345678", "****5678"), (KEY, "****1234")]
)
def test_a_mask_shows_four_characters_at_most(value: str, shown: str) -> None:
    assert mask(value) == shown
    assert mask(SecretText(value)) == shown


def test_a_secret_text_hides_in_every_form_of_output() -> None:
    secret = SecretText(KEY)
    shown = [repr(secret), str(secret), f"{secret}", f"{secret!r}", f"{secret:>30}", "%s" % secret, "-".join([secret])]  # noqa: UP031
    shown += [json.dumps({"key": secret}), orjson.dumps({"key": secret}).decode(), "Bearer " + secret]
    assert not any(KEY[:6] in each for each in shown)
    assert secret.reveal() == KEY


def test_a_secret_text_compares_by_its_value() -> None:
    assert SecretText(KEY) == SecretText(SecretText(KEY))
    assert SecretText(KEY) != SecretText("another")
    assert SecretText(KEY) != "****"
    assert SecretText(KEY) != KEY
    assert len({SecretText(KEY), SecretText(KEY)}) == 1
    assert not SecretText("")


def test_a_secret_text_is_copied_but_not_pickled() -> None:
    assert copy.deepcopy([SecretText(KEY)])[0].reveal() == KEY
    assert copy.copy(SecretText(KEY)).reveal() == KEY
    with pytest.raises(TypeError, match="not pickled"):
        pickle.dumps(SecretText(KEY))
