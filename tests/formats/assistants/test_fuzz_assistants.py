"""Whatever stands in an export, reading ends in chats whose trees hold together, or in a FormatError."""

import copy
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from botcafe.formats.chats.conversation_lists import split_conversations
from botcafe.formats.detect import read_file
from botcafe.formats.errors import FormatError
from tests.formats.assistants.samples import chatgpt, encoded, librechat, nested_librechat, open_webui
from tests.formats.fuzzing import steady

WHOLE: list[Any] = [chatgpt(), open_webui(), librechat(), nested_librechat(4)]
odd: Any = st.none() | st.booleans() | st.integers(-(2**60), 2**60) | st.text(max_size=8) | st.just([]) | st.just({})


def read_soundly(data: bytes) -> None:
    try:
        files = split_conversations("c.json", data) or [("c.json", data)]
        chats = [chat for _, each in files for chat in read_file(each).chats]
    except FormatError as error:
        refused, chats = error.message, []
    else:
        refused = "None."
    assert refused.endswith(".")
    for chat in chats:
        assert not chat.parents or len(chat.parents) == len(chat.messages)
        assert all(above is None or above < n for n, above in enumerate(chat.parents))
        assert chat.leaf is None or chat.leaf < len(chat.messages)


def places_in(value: Any) -> list[tuple[Any, Any]]:
    """Every container in a value with each of its keys."""
    found: list[tuple[Any, Any]] = []
    waiting = [value]
    while waiting:
        node = waiting.pop()
        keys = list(node) if isinstance(node, dict) else range(len(node))
        found += [(node, key) for key in keys]
        waiting += [node[key] for key in keys if isinstance(node[key], dict | list)]
    return found


@steady
@given(st.sampled_from(WHOLE), st.data())
def test_any_value_in_any_place(whole: Any, data: st.DataObject) -> None:
    changed = copy.deepcopy(whole)
    for _ in range(data.draw(st.integers(1, 4))):
        places = places_in(changed)
        if places:
            node, key = data.draw(st.sampled_from(places))
            node[key] = data.draw(odd)
    read_soundly(encoded(changed))
    read_soundly(encoded([changed, changed]))


@steady
@given(st.sampled_from(WHOLE), st.data())
def test_any_bytes_changed(whole: Any, data: st.DataObject) -> None:
    changed = bytearray(encoded([whole]))
    for _ in range(data.draw(st.integers(1, 6))):
        at = data.draw(st.integers(0, len(changed) - 1))
        changed[at : at + data.draw(st.integers(0, 9))] = data.draw(st.binary(max_size=9))
    read_soundly(bytes(changed))
    read_soundly(bytes(changed[: data.draw(st.integers(0, len(changed)))]))
