"""Whatever the bytes, reading ends in a card or in a FormatError."""

import base64
import copy
import json
from collections.abc import Callable
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from botcafe.formats.cards.card_files import read_card, speech_examples
from botcafe.formats.cards.model import CharacterCard
from botcafe.formats.cards.spec import CARD_KEYS
from botcafe.formats.cards.writer import write_card_json, write_card_png
from botcafe.formats.errors import FormatError
from tests.formats.fixtures import PICTURE, SIGNATURE, as_json, chunk, entry, png, text, v1, v2, v3
from tests.formats.fuzzing import anything, steady

card_files = st.sampled_from(
    [
        as_json(v1()),
        as_json(v2()),
        as_json(v3()),
        png(text(b"chara", v2())),
        png(text(b"chara", v2()), text(b"ccv3", v3())),
    ]
)


def read_or_none(data: bytes) -> CharacterCard | None:
    try:
        card = read_card(data)
    except FormatError as error:
        complaint = error
    else:
        assert card.name
        json.dumps(card.raw, allow_nan=False).encode()
        return card
    assert complaint.code
    assert complaint.message.endswith(".")
    return None


@steady
@given(st.binary(max_size=300))
def test_any_bytes_end_in_a_card_or_a_format_error(data: bytes) -> None:
    for start in (b"", SIGNATURE, b"{", b'{"spec":"chara_card_v2","data":{'):
        read_or_none(start + data)


@steady
@given(st.text(max_size=200), st.sampled_from([b"tEXt", b"zTXt", b"iTXt"]), st.sampled_from([b"chara", b"ccv3"]))
def test_any_text_in_a_card_chunk_ends_well(content: str, kind: bytes, keyword: bytes) -> None:
    raw = content.encode("utf-8", "surrogatepass")
    for body in (raw, base64.b64encode(raw), base64.b64encode(b"{" + raw)):
        read_or_none(png(chunk(kind, keyword + b"\x00" + body)))


@steady
@given(card_files, st.data())
def test_a_mutated_card_file_ends_well(original: bytes, data: st.DataObject) -> None:
    mutated = bytearray(original)
    for _ in range(data.draw(st.integers(1, 6))):
        at = data.draw(st.integers(0, max(len(mutated) - 1, 0)))
        length = data.draw(st.integers(0, 12))
        mutated[at : at + length] = data.draw(st.binary(max_size=12))
    read_or_none(bytes(mutated[: data.draw(st.integers(0, len(mutated)))]))
    read_or_none(bytes(mutated))


@steady
@given(st.dictionaries(st.sampled_from(CARD_KEYS[1:]), anything), st.sampled_from([v1, v2, v3]))
def test_any_type_in_any_field_is_survived(changes: dict[str, Any], build: Callable[..., dict[str, Any]]) -> None:
    card = read_or_none(as_json_with_odd_numbers(build(**changes)))
    assert card is not None
    assert card.name == "Olga"


@steady
@given(
    st.dictionaries(st.sampled_from([*entry(), "position", "priority", "probability", "case_sensitive"]), anything),
    st.dictionaries(st.sampled_from(["position", "depth", "probability", "useProbability"]), anything),
    st.dictionaries(st.sampled_from(["prompt", "depth", "role"]), anything),
    anything,
)
def test_any_type_in_lore_and_extensions_is_survived(
    fields: dict[str, Any], extra: dict[str, Any], note: dict[str, Any], talk: Any
) -> None:
    lore = {"entries": [entry(extensions=extra), entry(**fields)], "scan_depth": talk, "recursive_scanning": talk}
    card = v2(character_book=lore, extensions={"depth_prompt": note, "talkativeness": talk})
    assert read_or_none(as_json_with_odd_numbers(card)) is not None


@steady
@given(st.dictionaries(st.text(max_size=8), anything, max_size=5), st.dictionaries(st.text(max_size=8), anything))
def test_what_was_read_is_written_and_read_the_same(top: dict[str, Any], data: dict[str, Any]) -> None:
    raw = top | v3(**data)
    card = read_or_none(as_json_with_odd_numbers(raw))
    if card is None:
        return
    kept = copy.deepcopy(card.raw)
    assert read_card(write_card_json(card.raw)).raw == card.raw
    again = read_card(write_card_png(PICTURE, card.raw, "v3"))
    assert again.raw.keys() == card.raw.keys()
    assert again.raw["data"].keys() >= card.raw["data"].keys()
    assert (again.name, again.book, again.extensions) == (card.name, card.book, card.extensions)
    assert card.raw == kept


@steady
@given(st.text())
def test_speech_examples_are_never_empty(example: str) -> None:
    assert all(block.strip() == block != "" for block in speech_examples(example))


def as_json_with_odd_numbers(card: dict[str, Any]) -> bytes:
    """JSON with NaN, infinities and escaped surrogates, as careless writers produce it."""
    return json.dumps(card, allow_nan=True).encode()
