"""Where a watcher of a reply left off."""

import pytest

from botcafe.api.http.sse import written
from botcafe.chat.events.follow import ReplyEvent, WatcherPosition, parse_last_event_id


@pytest.mark.parametrize(
    ("last_event_id", "attempt", "offset"),
    [
        ("1:0", 1, 0),
        ("1:25", 1, 25),
        ("2:25", 2, 25),
        ("1:99999999999", 1, 99999999999),
        ("1:25", 2, None),
        ("2:25", 1, None),
        ("", 1, None),
        ("1", 1, None),
        ("1:", 1, None),
        (":25", 1, None),
        ("1:-5", 1, None),
        ("1:2.5", 1, None),
        ("1:x", 1, None),
        ("1: 5", 1, None),
        ("1:2:3", 1, None),
        ("01:5", 1, None),
        ("1:999999999999", 1, None),
        ("1:" + "9" * 5000, 1, None),
        ("1:²", 1, None),
        ("None:5", 1, None),
    ],
    ids=lambda value: str(value)[:16],
)
def test_a_watcher_goes_on_where_it_left_off_in_the_same_attempt(
    last_event_id: str, attempt: int, offset: int | None
) -> None:
    assert parse_last_event_id(last_event_id, attempt) == offset


def test_each_event_id_is_understood_when_the_watcher_comes_back() -> None:
    position = WatcherPosition(3, 10)
    event = position.text_event("Hello")
    event_id = written(event).decode().split("\n")[0].removeprefix("id: ")
    assert parse_last_event_id(event_id, 3) == 15


def test_text_is_counted_as_it_is_sent() -> None:
    position = WatcherPosition(1, 0)
    assert [position.text_event(text).offset for text in ("ab", "", "ü😀")] == [2, 2, 4]


def test_of_the_reasoning_only_what_is_new_is_sent() -> None:
    position = WatcherPosition(1, 5)
    first, second = position.reasoning_event("Hm."), position.reasoning_event("Hm. So.")
    assert (first.data, second.data) == ({"text": "Hm."}, {"text": " So."})
    assert (second.kind, second.offset) == ("reasoning", 5)


@pytest.mark.parametrize("text", ["Hello", "two\nlines", "a\r\nb", "", "“ü”", "\u2028", "data: x\n\nevent: y"])
def test_no_text_breaks_out_of_its_event(text: str) -> None:
    sent = written(ReplyEvent("token", 1, 5, {"text": text})).decode()
    head, event, data, *rest = sent.split("\n")
    assert (head, event, rest) == ("id: 1:5", "event: token", ["", ""])
    assert data.startswith('data: {"text":"')


def test_a_quiet_event_is_a_comment_that_no_client_takes_for_news() -> None:
    assert written(ReplyEvent("quiet")).startswith(b":")
    assert written(ReplyEvent("quiet")).endswith(b"\n\n")
