"""The sessions of an account as its page shows them: browsers and systems by their names."""

import datetime as dt
import ipaddress
import re
from dataclasses import dataclass

from django.utils.translation import gettext, gettext_lazy

from botcafe.areas.accounts.queries import list_sessions
from botcafe.cms.schema.actor import Actor
from botcafe.kit.client_address import is_loopback
from botcafe.web.shell.presenters import parse_instant

# In this order: most browsers also name those that they come from.
_BROWSERS = (
    ("Edg", "Edge"), ("OPR/", "Opera"), ("SamsungBrowser/", "Samsung Internet"), ("Vivaldi/", "Vivaldi"),
    ("Firefox/", "Firefox"), ("FxiOS/", "Firefox"), ("CriOS/", "Chrome"), ("Chrome/", "Chrome"), ("Safari/", "Safari"),
)  # fmt: skip
_SYSTEMS = (
    ("iPhone", "iPhone"), ("iPad", "iPad"), ("Android", "Android"), ("CrOS", "ChromeOS"), ("Windows", "Windows"),
    ("Mac OS X", "macOS"), ("Linux", "Linux"),
)  # fmt: skip
_PROGRAM = re.compile(r"^([A-Za-z][\w .-]{0,40})/[\d.]+")
UNKNOWN = gettext_lazy("Unknown device")


@dataclass(frozen=True, slots=True)
class SessionRow:
    """A session; ``device`` in words such as *Firefox on Linux*, ``address`` the beginning of its network address."""

    id: str
    device: str
    address: str
    created_at: dt.datetime | None
    last_seen: dt.datetime | None
    is_current: bool


def session_rows(actor: Actor) -> list[SessionRow]:
    """The actor's sessions."""
    return [
        SessionRow(
            id=each.id,
            device=describe_device(each.device or ""),
            address=shorten_address(each.address or ""),
            created_at=parse_instant(each.created_at),
            last_seen=parse_instant(each.last_seen),
            is_current=each.is_current,
        )
        for each in list_sessions(actor)
    ]


def describe_device(user_agent: str) -> str:
    """The browser and the system that a User-Agent header names, or the program that sent it."""
    browser = next((name for mark, name in _BROWSERS if mark in user_agent), "")
    system = next((name for mark, name in _SYSTEMS if mark in user_agent), "")
    if browser and system:
        return gettext("{browser} on {system}").format(browser=browser, system=system)
    program = _PROGRAM.match(user_agent)
    named = program[1] if program and not user_agent.startswith("Mozilla/") else ""
    return browser or named or system or str(UNKNOWN)


def shorten_address(address: str) -> str:
    """The beginning of a network address, which tells a network from another, or words for this machine; "" for none."""
    if not address:
        return ""
    if is_loopback(address):
        return gettext("the machine of this café")
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return ""
    if isinstance(found, ipaddress.IPv4Address):
        return f"{str(found).rpartition('.')[0]}.…"
    return f"{':'.join(found.exploded.split(':')[:3])}:…"
