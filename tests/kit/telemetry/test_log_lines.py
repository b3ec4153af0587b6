"""Lines of the log: one for each record, with type, place and id of a fault, and without anybody's words."""

import logging
import sys

import orjson
import pytest
from django.db import IntegrityError

from botcafe.kit.telemetry.current_request import CurrentRequest, current_request, enter_request, note_account
from botcafe.kit.telemetry.faults import describe_fault, fault_id, traceback_of
from botcafe.kit.telemetry.log_lines import JsonFormatter, TextFormatter

WORDS = "my darling secret sk-planted-77"


def broken(error: BaseException) -> BaseException:
    """The error as it is once it was raised."""
    with pytest.raises(type(error)) as caught:
        raise error
    return caught.value


def record(message: str, *values: object, error: BaseException | None = None) -> logging.LogRecord:
    """What a module would log."""
    told = (type(error), error, error.__traceback__) if error else None
    return logging.LogRecord("botcafe.api", logging.ERROR, __file__, 1, message, values, told)


@pytest.fixture
def request_of_alice() -> CurrentRequest:
    return CurrentRequest("POST", f"/api/bot/{WORDS}", lambda path: "/api/bot/<name>", account=7, status=500)


def test_a_fault_is_one_line_with_type_place_and_id() -> None:
    error = broken(ValueError(WORDS))
    line = TextFormatter().format(record("a request failed", error=error))
    assert "\n" not in line
    assert line.endswith(f"ERROR botcafe.api a request failed: {describe_fault(error)} (fault {fault_id(error)})")
    assert describe_fault(error).startswith("ValueError at ")
    assert describe_fault(error).endswith(" in broken")


@pytest.mark.parametrize(
    "error", [ValueError(WORDS), KeyError(WORDS), IntegrityError(WORDS), RuntimeError({"a": WORDS})]
)
@pytest.mark.parametrize("formatter", [TextFormatter(), TextFormatter(tracebacks=True), JsonFormatter()])
def test_the_words_of_an_exception_stay_out(formatter: logging.Formatter, error: Exception) -> None:
    with pytest.raises(type(error)) as caught:
        raise broken(error) from broken(ValueError(WORDS))
    line = formatter.format(record("a request failed", error=caught.value))
    assert type(error).__name__ in line
    assert "secret" not in line
    assert "planted" not in line


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (OSError(28, "No space left on device", "/data/a"), "OSError (No space left on device)"),
        (ImportError("no module named botcafe.x"), "ImportError (no module named botcafe.x)"),
    ],
)
def test_words_of_the_system_and_of_code_are_kept(error: Exception, words: str) -> None:
    assert describe_fault(error) == words


def test_a_traceback_has_a_line_for_each_place_and_each_cause() -> None:
    try:
        raise broken(ValueError()) from broken(KeyError())
    except ValueError as error:
        shown = traceback_of(error)
    assert [line.split(":")[0].rpartition("/")[2] for line in shown.splitlines() if ".py" in line] == [
        "test_log_lines.py"
    ] * 3
    assert shown.index("KeyError") < shown.index("then") < shown.index("ValueError")


def test_the_id_of_a_fault_is_the_same_for_page_and_log() -> None:
    error = broken(ValueError())
    assert fault_id(error) == fault_id(error)
    assert fault_id(error) != fault_id(broken(ValueError()))


def test_nobody_writes_lines_of_their_own() -> None:
    assert TextFormatter().format(record("%s", "one\n2026-01-01 ERROR two")).endswith("one 2026-01-01 ERROR two")
    assert len(TextFormatter().format(record("x" * 100_000))) < 5000


def test_django_quotes_addresses_and_the_log_does_not() -> None:
    told = logging.LogRecord("django.request", 40, __file__, 1, "Internal Server Error: %s", (f"/bots/{WORDS}",), None)
    assert TextFormatter().format(told).endswith("django.request Internal Server Error")


def test_a_json_line_names_request_account_and_fault(request_of_alice: CurrentRequest) -> None:
    error = broken(ValueError(WORDS))
    enter_request(request_of_alice)
    try:
        line = JsonFormatter().format(record("a request failed", error=error))
    finally:
        enter_request(None)
    fields = orjson.loads(line)
    assert fields.pop("time").endswith("+00:00")
    assert fields.pop("ms") >= 0
    assert fields == {
        "level": "ERROR",
        "logger": "botcafe.api",
        "message": "a request failed",
        "request": request_of_alice.id,
        "method": "POST",
        "path": "/api/bot/<name>",
        "account": 7,
        "status": 500,
        "fault": fault_id(error),
        "error": describe_fault(error),
        "traceback": traceback_of(error),
    }


def test_a_text_line_of_a_fault_names_its_request(request_of_alice: CurrentRequest) -> None:
    told = record("a request failed", error=broken(ValueError()))
    told.cafe_request = request_of_alice
    end = f"[POST /api/bot/<name>, account 7, request {request_of_alice.id}]"
    assert TextFormatter().format(told).endswith(end)


def test_an_account_is_noted_where_a_request_is_worked_for() -> None:
    note_account(3)
    assert current_request() is None
    request = CurrentRequest("GET", "/", str)
    enter_request(request)
    note_account(3)
    enter_request(None)
    assert request.account == 3
    assert request.id != CurrentRequest("GET", "/", str).id


def test_an_exception_that_was_never_raised_has_no_place() -> None:
    assert describe_fault(ValueError(WORDS)) == "ValueError"
    assert sys.exc_info() == (None, None, None)
