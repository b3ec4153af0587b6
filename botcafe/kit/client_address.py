"""The address of a client, behind proxies that the operator trusts, and the client of the request at hand."""

import ipaddress
import re
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
MAX_HEADER_CHARACTERS = 2000
_WITH_PORT = re.compile(r"(?:([0-9.]+)|\[([0-9A-Fa-f:.]+)\]):[0-9]{1,5}")


@lru_cache(maxsize=8)
def parse_networks(texts: Sequence[str]) -> tuple[Network, ...]:
    """Addresses and networks such as ``127.0.0.1`` and ``10.0.0.0/8``. Raises ValueError."""
    try:
        return tuple(ipaddress.ip_network(text, strict=False) for text in texts)
    except ValueError as error:
        raise ValueError(f"{error}, such as 127.0.0.1 or 10.0.0.0/8.") from None


def client_address(peer: str, forwarded_for: str, trusted: Sequence[str]) -> str:
    """The address that a request came from: the peer's, or the last in X-Forwarded-For that is not a trusted proxy.

    What stands to the left of that was written by the client, and counts for nothing.
    """
    if not trusted or not forwarded_for:
        return peer
    if len(forwarded_for) > MAX_HEADER_CHARACTERS:
        # The proxies' own words stand at the end. What is cut off was the client's, who must not choose how it is counted.
        forwarded_for = forwarded_for[-MAX_HEADER_CHARACTERS:].partition(",")[2]
    networks = parse_networks(tuple(trusted))
    found = peer
    for hop in reversed([*forwarded_for.split(","), peer]):
        found_now = _address(hop)
        if found_now is None:
            return found
        found = str(found_now)
        if not any(found_now in network for network in networks):
            return found
    return found


def network_of(address: str) -> str:
    """What is counted as one client: an IPv4 address, or the /64 of an IPv6 one, of which anybody has as many as they like."""
    found = _address(address)
    if found is None:
        return address[:100]
    if isinstance(found, ipaddress.IPv6Address):
        return str(ipaddress.ip_network(f"{found}/64", strict=False))
    return str(found)


def is_loopback(address: str) -> bool:
    """Whether an address or the name of a host is this machine's own."""
    found = _address(address)
    return found.is_loopback if found is not None else address.lower() == "localhost"


def _address(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    """An address, without the port that some proxies add; an IPv4 address within IPv6, as a server on `::` sees it, is itself."""
    host = _WITH_PORT.fullmatch(text.strip())
    try:
        found = ipaddress.ip_address((host[1] or host[2]) if host else text.strip().strip("[]"))
    except ValueError:
        return None
    return found.ipv4_mapped or found if isinstance(found, ipaddress.IPv6Address) else found


@dataclass(frozen=True, slots=True)
class RequestClient:
    """The network address and the browser of a caller; empty where nothing is known."""

    address: str = ""
    agent: str = ""


class _ClientOfThread(threading.local):
    client = RequestClient()


_HERE = _ClientOfThread()


def enter_client(meta: Mapping[str, object]) -> None:
    """Say whose request this thread works for, by its WSGI environment."""
    _HERE.client = RequestClient(str(meta.get("REMOTE_ADDR") or "")[:100], str(meta.get("HTTP_USER_AGENT") or "")[:300])


def present_client() -> RequestClient:
    """The caller of this thread's request, as the door through which it came has said it."""
    return _HERE.client
