"""The formats of the log: one line for each record, as text or as JSON."""

import datetime as dt
import logging

import orjson

from botcafe.kit.telemetry.current_request import CurrentRequest, current_request
from botcafe.kit.telemetry.faults import describe_fault, fault_id, traceback_of

# Of one line; what is longer is cut.
MAX_CHARACTERS = 4000
# Its messages quote the address that was asked for.
QUOTING_LOGGERS = ("django.request", "django.security", "django.server")


class TextFormatter(logging.Formatter):
    """``time level logger message``, and of a fault its type, place and id; the traceback below where it is wanted."""

    def __init__(self, *, tracebacks: bool = False) -> None:
        super().__init__()
        self._tracebacks = tracebacks

    def format(self, record: logging.LogRecord) -> str:
        """The line."""
        error = error_of(record)
        line = f"{self.formatTime(record)} {record.levelname} {record.name} {message_of(record)}"
        if error is None:
            return line
        line += f": {describe_fault(error)} (fault {fault_id(error)}){_describe_request(request_of(record))}"
        return f"{line}\n{traceback_of(error)}" if self._tracebacks else line


class JsonFormatter(logging.Formatter):
    """An object in one line. Fields that are not known are left out."""

    def format(self, record: logging.LogRecord) -> str:
        """The line."""
        error, request = error_of(record), request_of(record)
        fields: dict[str, object] = {
            "time": dt.datetime.fromtimestamp(record.created, dt.UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": message_of(record),
            **(_fields_of(request) if request else {}),
        }
        if error is not None:
            fields |= {"fault": fault_id(error), "error": describe_fault(error), "traceback": traceback_of(error)}
        return orjson.dumps(fields, default=str).decode()


def error_of(record: logging.LogRecord) -> BaseException | None:
    """The exception that a record tells of."""
    return record.exc_info[1] if isinstance(record.exc_info, tuple) else None


def request_of(record: logging.LogRecord) -> CurrentRequest | None:
    """The request that a record belongs to: named by who wrote it, or that of the thread."""
    named = getattr(record, "cafe_request", None)
    return named if isinstance(named, CurrentRequest) else current_request()


def message_of(record: logging.LogRecord) -> str:
    """The message on one line: nobody writes lines of their own into the log by what they send."""
    is_quoting = record.name.startswith(QUOTING_LOGGERS)
    text = str(record.msg).partition(":")[0].replace("%s", "Refused") if is_quoting else record.getMessage()
    return " ".join(text.split())[:MAX_CHARACTERS]


def _describe_request(request: CurrentRequest | None) -> str:
    if request is None:
        return ""
    whose = f", account {request.account}" if request.account is not None else ""
    return f" [{request.method} {request.shown_path}{whose}, request {request.id}]"


def _fields_of(request: CurrentRequest) -> dict[str, object]:
    known = {"account": request.account, "status": request.status or None}
    return {
        "request": request.id,
        "method": request.method,
        "path": request.shown_path,
        "ms": request.milliseconds,
        **{name: value for name, value in known.items() if value is not None},
    }
