"""Somebody on the pages of the second step, with an authenticator in their hand and a clock that stands still."""

import re
from dataclasses import dataclass, field

import pyotp
import pytest
from django.http import HttpResponse
from django.test import Client

from botcafe.areas.accounts.second_factor import codes
from botcafe.kit.instants import from_epoch
from tests.people import PASSWORD, Person

NOON = 1_800_000_000.0


@dataclass
class Clock:
    """The present moment, as codes see it."""

    moment: float = NOON


def stop_clock(patch: pytest.MonkeyPatch) -> Clock:
    """A clock that stands still."""
    clock = Clock()
    patch.setattr(codes, "now", lambda: from_epoch(clock.moment))
    return clock


@dataclass
class Authenticator:
    """An authenticator, and the recovery codes on a sheet of paper."""

    clock: Clock
    secret: str = ""
    sheet: list[str] = field(default_factory=list)

    def code(self, steps: int = 0) -> str:
        """The code of now, or of so many half minutes later."""
        return str(pyotp.TOTP(self.secret).at(int(self.clock.moment) + 30 * steps))

    def wait(self, steps: int = 1) -> str:
        """Let half minutes pass, and read the code."""
        self.clock.moment += 30 * steps
        return self.code()


def browser_of(person: Person) -> Client:
    """A browser with somebody's session."""
    client = Client()
    client.cookies["payload-token"] = person.token
    return client


def text_of(response: HttpResponse) -> str:
    """A page as text."""
    return response.content.decode()


def codes_on(page: str) -> list[str]:
    """The recovery codes that a page shows."""
    return re.findall(r"\b[a-z2-7]{4}(?:-[a-z2-7]{4}){3}\b", page)


def begin(browser: Client, password: str = PASSWORD) -> tuple[str, str]:
    """Begin a set-up: the secret that the page shows, and the token of its form."""
    page = text_of(browser.post("/account/second-step/begin", {"present": password}))
    secret, token = (
        re.search(r'id="setup-key"[^>]*>([A-Z2-7]+)<', page),
        re.search(r'name="token" value="([^"]+)"', page),
    )
    assert secret is not None, page
    assert token is not None
    return secret[1], token[1]


def set_up(person: Person, clock: Clock) -> Authenticator:
    """Switch the second step on."""
    browser, phone = browser_of(person), Authenticator(clock)
    phone.secret, token = begin(browser)
    page = text_of(browser.post("/account/second-step/confirm", {"token": token, "code": phone.code()}))
    phone.sheet = codes_on(page)
    assert len(phone.sheet) == 10, page
    return phone


def log_in(name: str, code: object = None, **more: object) -> tuple[int, str, str]:
    """Sign in over the API: the status, the code of the refusal, and the token."""
    body = {"email": f"{name}@cafe.test", "password": PASSWORD, **({} if code is None else {"code": code}), **more}
    status, answer = Person("nobody").ask("POST", "/api/users/login", body)
    if status == 200:
        return status, "", answer["token"]
    return status, answer["errors"][0].get("data", {}).get("code", ""), ""
