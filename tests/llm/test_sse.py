"""The parser of server-sent events: the same bytes give the same events, however they are cut."""

from itertools import pairwise

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from botcafe.llm.errors import BadReplyError
from botcafe.llm.wire.sse import SSEParser

LINES = st.sampled_from(
    [b"data: one", b"data:two", b"data:  three", b"data", b"data:", b"data: \xe8\x8c\xb6", b": comment", b"event: x",
     b"id: 7", b"database: no", b"", b"", b"data: [DONE]", b"\xef\xbb\xbfdata: marked"]
)  # fmt: skip
STREAMS = st.lists(st.tuples(LINES, st.sampled_from([b"\n", b"\r\n", b"\r"])), max_size=25).map(
    lambda rows: b"".join(line + end for line, end in rows)
)


def events(chunks: list[bytes], limit: int = 60) -> tuple[list[bytes], bool]:
    """The events, and whether the parser refused to go on."""
    parser, found = SSEParser(limit), []
    try:
        for chunk in chunks:
            for data in parser.feed(chunk):
                found.append(data)  # noqa: PERF402 what came before the error counts
        found.extend(parser.close())
    except BadReplyError:
        return found, True
    return found, False


@settings(derandomize=True, max_examples=400, deadline=None)
@given(STREAMS, st.data())
@example(b"data: a\r\n\r\ndata: b\r\n\r\n", None)
def test_any_chunking_gives_the_same_events(stream: bytes, data: st.DataObject | None) -> None:
    whole = events([stream])
    assert events([stream[at : at + 1] for at in range(len(stream))]) == whole
    if data is not None:
        cuts = sorted(data.draw(st.lists(st.integers(0, len(stream)), max_size=8)))
        edges = [0, *cuts, len(stream)]
        assert events([stream[a:b] for a, b in pairwise(edges)]) == whole


@settings(derandomize=True, max_examples=200, deadline=None)
@given(st.binary(max_size=200), st.integers(0, 200))
def test_random_bytes_give_the_same_events_in_any_chunking(stream: bytes, cut: int) -> None:
    assert events([stream[:cut], stream[cut:]]) == events([stream])


@pytest.mark.parametrize(
    ("stream", "expected"),
    [
        (b"data: a\ndata: b\n\n", [b"a\nb"]),
        (b": note\n\n\n\ndata: a\n\n", [b"a"]),
        (b"event: ping\n\ndata:  a\n\n", [b" a"]),
        (b"data: a", [b"a"]),
        (b"\xef\xbb\xbfdata: a\n\n", [b"a"]),
        (b"data\n\n", [b""]),
        (b"", []),
    ],
)
def test_fields_are_parsed_as_the_sse_standard_says(stream: bytes, expected: list[bytes]) -> None:
    assert events([stream]) == (expected, False)


def test_a_line_over_the_limit_is_refused_after_what_came_before() -> None:
    assert events([b"data: a\n\ndata: " + b"x" * 60]) == ([b"a"], True)


def test_an_event_over_the_limit_is_refused_although_its_lines_are_short() -> None:
    assert events([b"data: 0123456789\n" * 7]) == ([], True)
