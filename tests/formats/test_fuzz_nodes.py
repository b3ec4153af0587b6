"""Every place in every kind of file, with everything that JSON can say there: a result or a FormatError."""

import json
from collections.abc import Iterator
from copy import deepcopy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from botcafe.formats.cards.card_files import read_card
from botcafe.formats.cards.charx import write_charx
from botcafe.formats.cards.writer import write_card_json, write_card_png
from botcafe.formats.detect import ImportedFile, detect_format, read_file
from botcafe.formats.errors import FormatError
from botcafe.formats.lore.writer import write_lorebook
from botcafe.formats.personas import read_personas
from botcafe.formats.presets.reader import read_preset, write_preset
from tests.formats.fixtures import PICTURE
from tests.formats.fuzzing import anything, steady
from tests.formats.rich_files import PACKED, RICH, Pack

GONE = object()
ODD: list[Any] = [
    GONE,
    None,
    True,
    0,
    -1,
    2**63,
    10**400,
    1e300,
    float("nan"),
    float("-inf"),
    "",
    "{0} {x} %s \x00 \ud800",
    "9" * 50,
    "2024-13-45",
    [],
    [[]],
    [{}],
    [5, "a", None],
    {},
    {"name": []},
    {"a": {"b": [{}]}},
]
Path = tuple[Any, ...]


def paths(node: Any, path: Path = ()) -> Iterator[Path]:
    """Where there is anything."""
    yield path
    steps = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    for key, child in steps:
        yield from paths(child, (*path, key))


def changed(root: Any, path: Path, value: Any) -> Any:
    """A copy with another value at one place, or with nothing there."""
    if not path:
        return {} if value is GONE else value
    made = deepcopy(root)
    node = made
    for step in path[:-1]:
        node = node[step]
    if value is GONE:
        del node[path[-1]]
    else:
        node[path[-1]] = value
    return made


def read_or_refused(data: bytes) -> ImportedFile | None:
    """Read, and write again what was read; nothing else than FormatError may come of it."""
    for reader in (read_card, read_personas, read_preset, detect_format):
        try:
            reader(data)
        except FormatError:
            continue
    try:
        found = read_file(data, "x")
    except FormatError:
        return None
    write_again(found)
    return found


def write_again(found: ImportedFile) -> None:
    for card in found.cards:
        for spec in ("v2", "v3"):
            read_card(write_card_json(card.raw, spec))
            write_card_png(PICTURE, card.raw, spec)
        write_charx(card.raw, card.picture, card.files)
    for book in found.books:
        for form in ("st", "v3"):
            assert read_file(write_lorebook(book, form)).books
    for chat in found.chats:
        assert all(message.swipes[message.shown] == message.text for message in chat.messages)
        json.dumps([chat.header, chat.note, [message.raw for message in chat.messages]], allow_nan=False)
    for person in found.personas:
        json.dumps(person.raw, allow_nan=False).encode()
    if found.preset is not None:
        assert read_preset(write_preset(found.preset)) == found.preset


@pytest.mark.parametrize("name", RICH)
def test_every_kind_is_read_as_it_stands(name: str) -> None:
    root, pack = RICH[name]
    assert read_or_refused(pack(root)) is not None


@pytest.mark.parametrize("name", RICH)
def test_any_value_at_any_place_ends_well(name: str) -> None:
    root, pack = RICH[name]
    for path in paths(root):
        for value in ODD:
            attempt(pack, root, path, value)


def attempt(pack: Pack, root: Any, path: Path, value: Any) -> None:
    try:
        read_or_refused(packed(pack, changed(root, path, value)))
    except Exception as error:
        error.add_note(f"at {path} with {value!r:.60}")
        raise


def packed(pack: Pack, root: Any) -> bytes:
    """Bytes of a file; a lone surrogate is written as an escape, as careless programs do."""
    try:
        return pack(root)
    except UnicodeEncodeError:
        return json.dumps(root).encode()


@steady
@given(st.sampled_from(sorted(RICH)), st.data())
def test_any_few_changes_in_any_kind_end_well(name: str, data: st.DataObject) -> None:
    root, pack = RICH[name]
    for _ in range(data.draw(st.integers(1, 5))):
        path = data.draw(st.sampled_from(list(paths(root))))
        root = changed(root, path, data.draw(st.sampled_from(ODD) | anything))
    read_or_refused(packed(pack, root))


@steady
@given(st.sampled_from(sorted(PACKED)), st.data())
def test_any_spoilt_bytes_in_any_kind_end_well(name: str, data: st.DataObject) -> None:
    spoilt = bytearray(PACKED[name])
    for _ in range(data.draw(st.integers(0, 5))):
        at = data.draw(st.integers(0, len(spoilt) - 1))
        if data.draw(st.booleans()):
            spoilt[at] ^= 1 << data.draw(st.integers(0, 7))
        else:
            spoilt[at : at + data.draw(st.integers(0, 9))] = data.draw(st.binary(max_size=9))
    end = data.draw(st.integers(0, len(spoilt)) | st.just(len(spoilt)))
    read_or_refused(bytes(spoilt[:end]))
