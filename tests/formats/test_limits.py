"""Hostile sizes are refused before they cost memory or time."""

import base64
import tracemalloc
import zlib

import pytest

from botcafe.formats import limits
from botcafe.formats.cards.card_files import read_card
from botcafe.formats.errors import FormatError
from botcafe.formats.import_notes import ImportNotes
from tests.formats.fixtures import PICTURE, as_json, chunk, entry, png, text, v1, v2


def refused_code(data: bytes) -> str:
    with pytest.raises(FormatError) as caught:
        read_card(data)
    return caught.value.code


def nested(depth: int) -> bytes:
    return b'{"name": "a", "description": "", "x": ' + b"[" * depth + b"]" * depth + b"}"


def test_a_file_beyond_the_cap_is_refused() -> None:
    assert refused_code(PICTURE + bytes(limits.MAX_FILE_BYTES)) == "too_large"


def test_json_beyond_the_cap_is_refused() -> None:
    assert refused_code(as_json(v1(x="x" * limits.MAX_JSON_BYTES))) == "too_large"


def test_json_with_too_many_lists_is_refused() -> None:
    assert refused_code(b'{"x": [' + b"[]," * limits.MAX_JSON_BRACKETS + b"0]}") == "too_large"


@pytest.mark.parametrize("depth", [64, 900, 2_000, 100_000])
def test_deep_nesting_is_refused(depth: int) -> None:
    assert refused_code(nested(depth)) == "too_deep"


def test_the_deepest_allowed_nesting_is_read() -> None:
    assert read_card(nested(limits.MAX_JSON_DEPTH - 1)).name == "a"


def test_too_many_lore_entries_are_refused() -> None:
    entries = [entry()] * (limits.MAX_LORE_ENTRIES + 1)
    assert refused_code(as_json(v2(character_book={"entries": entries}))) == "too_large"
    assert read_card(as_json(v2(character_book={"entries": entries[1:]}))).book is not None


def test_too_many_text_chunks_are_refused() -> None:
    notes = [chunk(b"tEXt", b"Title\x00x")] * limits.MAX_PNG_TEXT_CHUNKS
    assert refused_code(png(text(b"chara", v2()), *notes)) == "too_large"
    assert read_card(png(text(b"chara", v2()), *notes[1:])).name == "Olga"


def test_too_many_chunks_are_refused() -> None:
    assert refused_code(png(*[chunk(b"aaAa", b"")] * limits.MAX_PNG_CHUNKS)) == "too_large"


@pytest.mark.parametrize("kind_and_start", [(b"zTXt", b"chara\x00\x00"), (b"iTXt", b"chara\x00\x01\x00\x00\x00")])
def test_a_compression_bomb_is_refused(kind_and_start: tuple[bytes, bytes]) -> None:
    kind, start = kind_and_start
    bomb = zlib.compress(bytes(200 * limits.MIB), 9)
    tracemalloc.start()
    assert refused_code(png(chunk(kind, start + bomb))) == "too_large"
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 100 * limits.MIB


def test_an_oversized_plain_text_chunk_is_refused() -> None:
    body = base64.b64encode(bytes(limits.MAX_TEXT_CHUNK_BYTES))
    assert refused_code(png(chunk(b"tEXt", b"chara\x00" + body))) == "too_large"


def test_only_a_few_chunks_with_one_keyword_are_tried() -> None:
    broken = [chunk(b"tEXt", b"ccv3\x00?")] * 10
    warnings = read_card(png(*broken, text(b"chara", v2()))).warnings
    assert sum("was skipped" in line for line in warnings) == limits.MAX_TRIES_PER_KEYWORD


def test_warnings_are_counted_beyond_their_cap() -> None:
    card = read_card(as_json(v2(tags=[None] * (limits.MAX_WARNINGS + 5))))
    assert len(card.warnings) == limits.MAX_WARNINGS + 1
    assert card.warnings[-1] == "5 more warnings are not listed."


def test_a_long_path_is_cut_in_a_warning() -> None:
    notes = ImportNotes()
    notes.add("x" * 5_000, "odd.")
    assert len(notes.lines()[0]) == limits.MAX_WARNING_LENGTH + 1
    card = read_card(b'{"name": "a", "description": "", "' + b"k" * 9_000 + b'": ["\\u0000"]}')
    assert len(card.warnings[0]) < 200
