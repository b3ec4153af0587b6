"""Devices: where a sign-in comes from, and the mark by which one that has signed in before is known again."""

import hmac
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, Protocol

from django.conf import settings
from django.utils.crypto import salted_hmac

DEVICE_COOKIE, DEVICE_SECONDS = "cafe-device", 365 * 86400
MAX_MARK_CHARACTERS = 200


@dataclass(frozen=True, slots=True)
class Device:
    """What a request says of where it comes from; ``mark`` is what an earlier sign-in left in its browser."""

    name: str = ""
    address: str = ""
    mark: str = ""


class CookieJar(Protocol):
    """A response that takes cookies."""

    def set_cookie(
        self, key: str, value: str = "", *, max_age: int, secure: bool, httponly: bool, samesite: Literal["Lax"]
    ) -> None:
        """Set a cookie."""


def device_from(meta: Mapping[str, object], cookies: Mapping[str, str]) -> Device:
    """Where a request comes from, by its environment and its cookies."""
    name, address = (str(meta.get(key) or "") for key in ("HTTP_USER_AGENT", "REMOTE_ADDR"))
    return Device(name, address, cookies.get(DEVICE_COOKIE, ""))


def leave_mark(response: CookieJar, mark: str) -> None:
    """Leave the mark of a new device in its browser; "" is for one that has it."""
    if mark:
        is_secure = bool(settings.SESSION_COOKIE_SECURE)
        response.set_cookie(
            DEVICE_COOKIE, mark, max_age=DEVICE_SECONDS, secure=is_secure, httponly=True, samesite="Lax"
        )


def make_device_mark(user_id: int) -> str:
    """A mark for a device on which an account has just signed in. It opens nothing by itself."""
    chosen = secrets.token_urlsafe(12)
    return f"{user_id}.{chosen}.{_signature(user_id, chosen)}"


def is_device_of(user_id: int, mark: str) -> bool:
    """Whether an account has signed in on the device with this mark."""
    if len(mark) > MAX_MARK_CHARACTERS or mark.count(".") != 2:
        return False
    number, chosen, signature = mark.split(".")
    return number == str(user_id) and hmac.compare_digest(
        signature.encode("utf8", "replace"), _signature(user_id, chosen).encode()
    )


def _signature(user_id: int, chosen: str) -> str:
    return salted_hmac("device", f"{user_id}.{chosen}").hexdigest()[:32]
