"""Parsing server-sent events from a byte stream that is cut anywhere (WHATWG HTML, 9.2)."""

from collections.abc import Iterator

import orjson

from botcafe.llm.errors import BadReplyError

LINE_LIMIT_BYTES = 4 * 1024 * 1024
BOM = b"\xef\xbb\xbf"
PING = b"ping"
ERROR = b"error"


class SSEParser:
    """Yields the `data` of every finished event, in order, as bytes.

    Line ends may be LF, CRLF or CR; comments and other fields are ignored; data of several lines is joined by LF. Errors
    always come out as an object `{"error": ...}`, also where the server uses the event name or an `error` field. Pings
    are dropped.
    """

    def __init__(self, limit_bytes: int = LINE_LIMIT_BYTES) -> None:
        self._limit = limit_bytes
        self._tail: list[bytes] = []
        self._tail_bytes = 0
        self._data: list[bytes] = []
        self._data_bytes = 0
        self._event = b""
        self._is_after_cr = False
        self._at_start = True

    def feed(self, chunk: bytes) -> Iterator[bytes]:
        """The data of the events that this chunk completes. Raises BadReplyError for a line or event over the limit."""
        lines = self._normalize_line_ends(chunk).split(b"\n")
        for piece in lines[:-1]:
            self._append_piece(piece)
            line = self._pop_line()
            if line:
                self._read_field(line)
            else:
                yield from self._pop_event()
        self._append_piece(lines[-1])

    def close(self) -> Iterator[bytes]:
        """The event still open at the end of the stream: many servers omit the last empty line."""
        line = self._pop_line()
        if line:
            self._read_field(line)
        yield from self._pop_event()

    def _normalize_line_ends(self, chunk: bytes) -> bytes:
        if self._is_after_cr and chunk.startswith(b"\n"):
            chunk = chunk[1:]
            self._is_after_cr = False
            if not chunk:
                return chunk
        if b"\r" not in chunk:
            self._is_after_cr = self._is_after_cr and not chunk
            return chunk
        self._is_after_cr = chunk.endswith(b"\r")
        return chunk.replace(b"\r\n", b"\n").replace(b"\r", b"\n")

    def _append_piece(self, piece: bytes) -> None:
        self._tail_bytes += len(piece)
        if self._tail_bytes > self._limit:
            raise BadReplyError("holds a line that is far too long", retryable=False)
        if piece:
            self._tail.append(piece)

    def _pop_line(self) -> bytes:
        line = self._tail[0] if len(self._tail) == 1 else b"".join(self._tail)
        self._tail.clear()
        self._tail_bytes = 0
        if self._at_start:
            self._at_start = False
            line = line.removeprefix(BOM)
        return line

    def _read_field(self, line: bytes) -> None:
        name, _, value = line.partition(b":")
        if name == b"event":
            self._event = value.strip()
        if name not in (b"data", ERROR):
            return
        # llama.cpp until the end of 2025 sent a field `error` instead of `data`.
        if name == ERROR:
            self._event = ERROR
        self._data_bytes += len(value)
        if self._data_bytes > self._limit:
            raise BadReplyError("holds an event that is far too long", retryable=False)
        self._data.append(value.removeprefix(b" "))

    def _pop_event(self) -> Iterator[bytes]:
        if not self._data:
            self._event = b""
            return
        data = self._data[0] if len(self._data) == 1 else b"\n".join(self._data)
        event, self._event = self._event, b""
        self._data.clear()
        self._data_bytes = 0
        is_object = data.lstrip().startswith(b"{")
        if event == ERROR and b'"error"' not in data:
            data = b'{"error": %s}' % (data if is_object else orjson.dumps(data.decode("utf-8", "replace")))
        if event != PING or is_object:
            yield data
