"""Mapping HTTP statuses and error objects of all providers to ModelError classes."""

import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from botcafe.kit.json_types import JsonValue
from botcafe.llm.errors import (
    AuthError,
    BadReplyError,
    ModelError,
    NoCreditError,
    PromptTooLongError,
    ProviderError,
    RateLimitError,
    RefusedError,
    UnknownModelError,
)

MAX_DETAIL = 300
# Of a message of megabytes so much is looked through.
MAX_MESSAGE = 10_000
MAX_WAIT_S = 86_400.0
_KEY_LIKE = re.compile(r"\b(?:sk|pk|gsk|xai|hf|r8|AIza|Bearer)[-_ ]?[A-Za-z0-9_\-*.]{8,}")
_TOO_LONG = re.compile(
    r"context.?(length|size)|maximum context|context window|context limit|prompt is too long|too many tokens"
    r"|input token count|request_too_large",
    re.IGNORECASE,
)
_NO_CREDIT = re.compile(
    r"insufficient.?(quota|balance|credit|funds)|exceeded your current quota|credit balance is too low"
    r"|have any credits|(out of|no|all available) credits|exceeded your .*credits",
    re.IGNORECASE,
)
_BAD_KEY = re.compile(
    r"api.?key (is )?(not valid|invalid|expired|not found)|(invalid|incorrect).api.?key|api_key_invalid", re.IGNORECASE
)
_FILTERED = re.compile(r"content.?filter|content.?policy|content management policy|moderation|flagged", re.IGNORECASE)
_STATUS = re.compile(r"[45][0-9]{2}")
_NAMED_STATUS = {
    "authentication_error": 401,
    "invalid_api_key": 401,
    "billing_error": 402,
    "permission_error": 403,
    "model_not_found": 404,
    "not_found_error": 404,
    "request_too_large": 413,
    "rate_limit_error": 429,
    "rate_limit_exceeded": 429,
    "overloaded_error": 529,
    "server_error": 500,
    "api_error": 500,
    "timeout_error": 504,
    "invalid_request_error": 400,
}


def error_from_status(
    status: int, error: object, headers: Mapping[str, str], secrets: Iterable[str] = ()
) -> ModelError:
    """The error for an HTTP status other than 200. `error` is the answer, parsed or raw; `secrets` are scrubbed."""
    error = _unwrap_list(error)
    detail = scrub_secrets(provider_message(error), secrets)
    if 300 <= status < 400:
        return BadReplyError("sends us on to another address, which is not followed", retryable=False)
    retry_delay = _retry_delay_in(error)
    # Providers reuse statuses freely (400 for a bad key, 429 for an empty account), so the text is checked first.
    from_text = _error_from_text(status, f"{_error_code(error)} {detail}", detail, may_wait=retry_delay is not None)
    if from_text is not None:
        return from_text
    if status in (401, 403):
        return AuthError(None if status == 401 else AuthError.message_for_403, detail=detail, status=status)
    if status == 404:
        return UnknownModelError(detail=detail, status=status)
    if status == 413:
        return PromptTooLongError(detail=detail, status=status)
    if status == 429:
        wait = retry_after_seconds(headers)
        return RateLimitError(retry_delay if wait is None else wait, detail=detail)
    return ProviderError(status, detail=detail)


def error_from_object(error: object, secrets: Iterable[str] = ()) -> ModelError:
    """The error for an error object that came in the middle of a stream or with status 200."""
    error = _unwrap_list(error)
    code = _error_code(error)
    status = int(code) if _STATUS.fullmatch(code) else 0
    if not status:
        inner = error.get("error", error) if isinstance(error, dict) else None
        kind = inner.get("type") if isinstance(inner, dict) else None
        status = _NAMED_STATUS.get(code) or _NAMED_STATUS.get(str(kind)) or 500
    return error_from_status(status, error, {}, secrets)


def provider_message(error: object) -> str:
    """The beginning of the provider's message in an error answer of any known shape."""
    if isinstance(error, dict):
        for name in ("error", "message", "detail"):
            if error.get(name):
                return provider_message(error[name])
    return error[:MAX_MESSAGE] if isinstance(error, str) else "" if error is None else str(error)[:MAX_MESSAGE]


def scrub_secrets(text: str, secrets: Iterable[str] = ()) -> str:
    """One line of at most MAX_DETAIL characters, without the secrets and without anything like a key."""
    for secret in secrets:
        if len(secret) >= 4:
            text = text.replace(secret, "****")
    return _KEY_LIKE.sub("****", " ".join(text.replace("\x00", "").split()))[:MAX_DETAIL]


def retry_after_seconds(headers: Mapping[str, str], now: datetime | None = None) -> float | None:
    """Seconds to wait by `retry-after-ms` or `Retry-After` (seconds or a date), from 0 to a day; None when not told."""
    lowered = {name.lower(): value for name, value in headers.items()}
    milliseconds = _parse_number(lowered.get("retry-after-ms"))
    if milliseconds is not None:
        return _clamp_to_day(milliseconds / 1000)
    text = lowered.get("retry-after")
    seconds = _parse_number(text)
    if seconds is None and text:
        seconds = _seconds_until(text, now or datetime.now(UTC))
    return None if seconds is None else _clamp_to_day(seconds)


def _unwrap_list(error: object) -> object:
    """The first item of an error list, as Google sends it; else the error itself."""
    return error[0] if isinstance(error, list) and error else error


def _error_from_text(status: int, text: str, detail: str, *, may_wait: bool) -> ModelError | None:
    if status == 402 or (status in (400, 403, 429) and not may_wait and _NO_CREDIT.search(text)):
        return NoCreditError(detail=detail, status=status)
    if status == 400 and _BAD_KEY.search(text):
        return AuthError(detail=detail, status=status)
    if status in (400, 413, 422, 500) and _TOO_LONG.search(text):
        return PromptTooLongError(detail=detail, status=status)
    if status in (400, 403, 451) and _FILTERED.search(text):
        return RefusedError(RefusedError.message_for_filter, detail=detail, status=status)
    return None


def _retry_delay_in(error: object) -> float | None:
    """Seconds to wait by the answer's body: Google puts `retryDelay` into the details of its error."""
    inner = error.get("error") if isinstance(error, dict) else None
    details = inner.get("details") if isinstance(inner, dict) else None
    for each in details if isinstance(details, list) else []:
        delay = each.get("retryDelay") if isinstance(each, dict) else None
        seconds = _parse_number(delay.removesuffix("s")) if isinstance(delay, str) else None
        if seconds is not None:
            return _clamp_to_day(seconds)
    return None


def _error_code(error: object) -> str:
    inner: JsonValue = error.get("error", error) if isinstance(error, dict) else None
    code = inner.get("code") if isinstance(inner, dict) else None
    return str(code)[:MAX_DETAIL] if isinstance(code, str | int) else ""


def _parse_number(text: str | None) -> float | None:
    try:
        return float(text or "")
    except ValueError:
        return None


def _seconds_until(text: str, now: datetime) -> float | None:
    try:
        return (parsedate_to_datetime(text) - now).total_seconds()
    except (ValueError, TypeError):
        return None


def _clamp_to_day(seconds: float) -> float:
    return min(max(seconds, 0.0), MAX_WAIT_S) if seconds == seconds else 0.0
