"""Errors of calls to a model.

    ModelError
    ├── AuthError               the key was refused (401, 403)
    ├── NoCreditError           the provider's account is empty (402, or 429 that says so)
    ├── RateLimitError          too many calls (429); retry_after in seconds, when told
    ├── RefusedError            the model or its filter declined to answer
    ├── PromptTooLongError      the prompt does not fit into the model's window
    ├── UnknownModelError       no such model, or no such path (404)
    ├── ProviderError           any other status of the provider
    ├── ModelTimeoutError
    │   ├── FirstTokenTimeoutError   nothing came within the deadline to the first event
    │   ├── IdleTimeoutError         the line went silent in mid-reply
    │   └── TotalTimeoutError        the whole reply took too long
    ├── ConnectionFailedError   no connection, or it broke before an answer
    │   └── AddressRefusedError the address leads into a private network
    ├── HarmfulReplyError       the reply urged its reader to harm themselves, and was stopped
    ├── EmptyReplyError         the answer has not a word in it
    └── BadReplyError           the answer cannot be read, or ended without a finish

`str(error)` is a sentence for people, without key or provider text; `detail` is the provider's text, scrubbed of keys
and clipped, for the owner of the key and for the log.
"""

import math
from typing import ClassVar


class ModelError(Exception):
    """A call to a model failed. `code` is stable; `retryable` says whether the same call may succeed later."""

    code: ClassVar[str] = "model_error"
    default_message: ClassVar[str] = "The model could not answer."

    def __init__(
        self, message: str | None = None, *, detail: str = "", status: int | None = None, retryable: bool = False
    ) -> None:
        super().__init__(message or self.default_message)
        self.detail = detail
        self.status = status
        self.retryable = retryable


class HarmfulReplyError(ModelError):
    """The reply urged or taught its reader to harm themselves."""

    code = "model_harmful"
    default_message = (
        "The reply was stopped here: it began to encourage self-harm. That was the machine, and it was wrong. "
        "If you are not safe, the page “Help in a crisis” names people who listen."
    )


class AuthError(ModelError):
    """The provider refused the key."""

    code = "model_auth"
    default_message = (
        "The provider refused the key. Check that it is right, still valid, and allowed to use this model."
    )
    message_for_403: ClassVar[str] = (
        "The provider knows the key, but does not let it do this: look there whether the model, the region and the "
        "project are open to it."
    )


class NoCreditError(ModelError):
    """The account behind the key has nothing left."""

    code = "model_no_credit"
    default_message = "The account at the provider has no credit left."


class RateLimitError(ModelError):
    """The provider wants us to wait; `retry_after` in seconds, None when it did not say."""

    code = "model_rate_limit"
    default_message = "The provider is asked too often at the moment. Wait a little and try again."
    message_for_wait: ClassVar[str] = "The provider is asked too often at the moment. Try again in {wait}."

    def __init__(self, retry_after: float | None = None, *, detail: str = "", status: int | None = 429) -> None:
        message = (
            None
            if retry_after is None or retry_after < 1
            else self.message_for_wait.format(wait=_format_wait(retry_after))
        )
        super().__init__(message, detail=detail, status=status, retryable=True)
        self.retry_after = retry_after


def _format_wait(seconds: float) -> str:
    for unit, size in (("hours", 3600), ("minutes", 60)):
        if seconds >= 2 * size:
            return f"about {math.ceil(seconds / size)} {unit}"
    count = math.ceil(seconds)
    return f"{count} second{'' if count == 1 else 's'}"


class RefusedError(ModelError):
    """The model, or a filter before it, declined."""

    code = "model_refused"
    default_message = "The model declined to answer this."
    message_for_filter: ClassVar[str] = "A safety filter of the provider stopped this. Other words may pass it."


class PromptTooLongError(ModelError):
    """The prompt is longer than the model's window."""

    code = "model_too_long"
    default_message = "The conversation is too long for this model."


class UnknownModelError(ModelError):
    """The provider knows no such model, or the address has no such path."""

    code = "model_unknown"
    default_message = "The provider does not know this model, or the address is not quite right."


class ProviderError(ModelError):
    """Any other status of the provider; 408, 409, 425 and 5xx are worth a retry. 503 and 529 say that it is full."""

    code = "model_provider"
    default_message = "The provider had a fault of its own."
    message_for_overload: ClassVar[str] = "The provider has too much to do at the moment. Try again in a little while."

    def __init__(self, status: int, *, detail: str = "") -> None:
        retryable = status >= 500 or status in (408, 409, 425)
        message = None if retryable else f"The provider did not accept the request (status {status})."
        if status in (503, 529):
            message = self.message_for_overload
        super().__init__(message, detail=detail, status=status, retryable=retryable)


class ModelTimeoutError(ModelError):
    """The provider took too long; `seconds` is the limit that passed."""

    code = "model_timeout"

    def __init__(self, seconds: float) -> None:
        super().__init__(self.default_message.format(seconds=f"{seconds:g}"), retryable=True)
        self.seconds = seconds


class FirstTokenTimeoutError(ModelTimeoutError):
    """No event came within the deadline to the first one."""

    code = "model_first_token_timeout"
    default_message = "The model did not begin to answer within {seconds} seconds."


class IdleTimeoutError(ModelTimeoutError):
    """The line was silent for too long in mid-reply."""

    code = "model_idle_timeout"
    default_message = "The model fell silent in the middle of its answer for {seconds} seconds."


class TotalTimeoutError(ModelTimeoutError):
    """The whole reply took longer than allowed."""

    code = "model_total_timeout"
    default_message = "The model was still answering after {seconds} seconds, which is the limit."


class ConnectionFailedError(ModelError):
    """There is no connection to the provider."""

    code = "model_connection"
    default_message = "The provider cannot be reached. Check the address, or try again later."

    def __init__(self, *, detail: str = "", retryable: bool = True, message: str | None = None) -> None:
        super().__init__(message, detail=detail, retryable=retryable)


class AddressRefusedError(ConnectionFailedError):
    """The guard refused the address; `message` is the guard's."""

    code = "model_address_refused"

    def __init__(self, message: str) -> None:
        super().__init__(retryable=False, message=message)


class EmptyReplyError(ModelError):
    """The answer ended as it should, and has not a word in it."""

    code = "model_empty"
    default_message = "The model answered without a word. Try again, or ask another model."
    message_for_length: ClassVar[str] = (
        "The model used up the length of its reply before it wrote a word, probably by thinking. Allow longer replies "
        "in the settings of this chat, or less thinking."
    )


class BadReplyError(ModelError):
    """The answer is not what the wire format promises; `reason` says how, in a few words."""

    code = "model_bad_reply"
    default_message = "The provider's answer could not be read"

    def __init__(self, reason: str, *, retryable: bool = True, detail: str = "") -> None:
        super().__init__(f"{self.default_message}: it {reason}.", detail=detail, retryable=retryable)
        self.reason = reason
