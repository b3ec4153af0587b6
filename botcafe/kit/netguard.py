"""The guarded way out: connections to addresses that people typed reach public hosts only.

Three checks, each able to refuse alone: `check_url` on the text, `GuardedResolver` on every answer of the name service,
and the connector's socket factory on the very address that is dialled (so a name that changes its answer, a literal
address and a redirect all meet it). What the operator listed as `host:port` passes; nothing else that is private does.
"""

import ipaddress
import re
import socket
from collections.abc import Collection, Iterable
from typing import Any

from aiohttp import TCPConnector
from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.resolver import ThreadedResolver
from yarl import URL

Address = ipaddress.IPv4Address | ipaddress.IPv6Address

# Written out because `is_global` differs between releases of Python; 168.63.129.16 is Azure's own, public in form only.
REFUSED_V4 = tuple(
    ipaddress.IPv4Network(each)
    for each in (
        "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "168.63.129.16/32", "169.254.0.0/16",
        "172.16.0.0/12", "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15",
        "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4",
    )
)  # fmt: skip
REFUSED_V6 = tuple(ipaddress.IPv6Network(each) for each in ("2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20"))
GLOBAL_UNICAST = ipaddress.IPv6Network("2000::/3")
NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
NUMERIC_HOST = re.compile(r"(0x[0-9a-f]*|[0-9]+)(\.(0x[0-9a-f]*|[0-9]+))*", re.IGNORECASE)
ANY_PORT = "*"


class GuardedAddressError(ValueError):
    """An address that must not be reached; the words are fit for the person who typed it."""

    code = "address_refused"
    status = 400


def is_public_address(text: str) -> bool:
    """Whether an IP address in text form is an ordinary public one. What is not an IP address is not public."""
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return False
    if isinstance(address, ipaddress.IPv4Address):
        return _is_public_v4(address)
    if address.ipv4_mapped is not None:
        return _is_public_v4(address.ipv4_mapped)
    if address in NAT64:
        return _is_public_v4(ipaddress.IPv4Address(int(address) & 0xFFFFFFFF))
    return address in GLOBAL_UNICAST and address.is_global and not any(address in each for each in REFUSED_V6)


def parse_allowed(entries: Iterable[str]) -> frozenset[str]:
    """Normalise an operator's list of `host:port` (`[::1]:port` for IPv6, `host:*` for every port).

    Raises GuardedAddressError, naming the entry, for one that has no port or another shape.
    """
    return frozenset(_parse_entry(entry.strip()) for entry in entries if entry.strip())


def check_url(url: str | URL, allowed: Collection[str] = ()) -> URL:
    """The parsed URL, when its text alone gives no reason to refuse it.

    `allowed` comes from `parse_allowed`. Raises GuardedAddressError for another scheme than http or https, for a user
    name or password in the URL, for a missing host, for a private literal address and for addresses in decimal, hex or
    short form.
    """
    parsed = _parse_url(url)
    if parsed.scheme not in ("http", "https"):
        raise GuardedAddressError("An address must begin with http:// or https://.")
    if parsed.raw_user is not None or parsed.raw_password is not None:
        raise GuardedAddressError("An address must not hold a user name or a password; give the key in its own field.")
    host = (parsed.raw_host or "").rstrip(".").lower()
    if not host or parsed.port is None:
        raise GuardedAddressError("This address names no host.")
    _check_host(host, parsed.port, allowed)
    return parsed


class GuardedResolver(AbstractResolver):
    """Resolves names as the system does and refuses a name as soon as one of its addresses is not public."""

    def __init__(self, allowed: Collection[str] = (), inner: AbstractResolver | None = None) -> None:
        self._allowed = allowed
        self._inner = inner or ThreadedResolver()
        self.approved: set[tuple[str, int]] = set()

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        """Addresses of the host. Raises GuardedAddressError, or OSError when the name is unknown."""
        found = await self._inner.resolve(host, port, family)
        if is_allowed(host, port, self._allowed):
            self.approved.update((_plain(each["host"]), port) for each in found)
        elif not all(is_public_address(each["host"]) for each in found):
            raise GuardedAddressError(_refusal(host))
        return found

    async def close(self) -> None:
        """Close the resolver behind this one."""
        await self._inner.close()


def is_allowed(host: str, port: int, allowed: Collection[str]) -> bool:
    """Whether the operator listed this host with this port, or with every port."""
    name = _plain(host)
    return f"{name}:{port}" in allowed or f"{name}:{ANY_PORT}" in allowed


def guarded_connector(
    allowed: Collection[str] = (), *, limit: int = 4000, resolver: AbstractResolver | None = None
) -> TCPConnector:
    """A connector for one event loop that dials public addresses and the allowed ones only.

    `limit` is the number of connections at once; `resolver` replaces the system's. Requests over it raise
    GuardedAddressError.
    """
    guard = GuardedResolver(allowed, resolver)

    def open_socket(info: tuple[Any, ...]) -> socket.socket:
        family, kind, proto, _, target = info
        host, port = _plain(target[0]), target[1]
        if not (is_public_address(host) or (host, port) in guard.approved or is_allowed(host, port, allowed)):
            raise GuardedAddressError(_refusal(host))
        return socket.socket(family, kind, proto)

    return TCPConnector(resolver=guard, socket_factory=open_socket, limit=limit, ttl_dns_cache=60, keepalive_timeout=15)


def _is_public_v4(address: ipaddress.IPv4Address) -> bool:
    return address.is_global and not any(address in each for each in REFUSED_V4)


def _parse_url(url: str | URL) -> URL:
    try:
        parsed = URL(url)
        _ = parsed.port, parsed.raw_host
    except (ValueError, TypeError):
        raise GuardedAddressError("This is not a readable address.") from None
    return parsed


def _check_host(host: str, port: int, allowed: Collection[str]) -> None:
    if is_allowed(host, port, allowed):
        return
    try:
        ipaddress.ip_address(host)
    except ValueError:
        if NUMERIC_HOST.fullmatch(host):
            raise GuardedAddressError("Write a numeric address as four plain numbers, like 8.8.8.8.") from None
        return
    if not is_public_address(host):
        raise GuardedAddressError(_refusal(host))


def _parse_entry(entry: str) -> str:
    host, _, port = entry.rpartition(":")
    bare = host.removeprefix("[").removesuffix("]")
    bracketed = host != bare
    fits = bool(bare) and (bracketed or ":" not in bare) and not set(bare) & set("/@[] ")
    if not fits or not (port == ANY_PORT or (port.isascii() and port.isdigit() and 0 < int(port) < 65536)):
        raise GuardedAddressError(f"'{entry}' is not of the form host:port.")
    return f"{_plain(bare)}:{port if port == ANY_PORT else int(port)}"


def _plain(host: str) -> str:
    return host.rstrip(".").lower()


def _refusal(host: str) -> str:
    return (
        f"'{host}' leads into a private network, which model addresses may not reach. "
        "Whoever runs this café can allow it by listing host:port in BOTCAFE_PRIVATE_ENDPOINTS."
    )
