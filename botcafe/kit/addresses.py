"""Checks which addresses may be called: public hosts, and those the operator listed as `host:port`. No network access."""

import ipaddress
import re
from collections.abc import Collection, Iterable

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
    # A NAT64 address carries an IPv4 one, which may be private.
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
    # http://example.com@10.0.0.1 looks like another host than it is.
    if parsed.raw_user is not None or parsed.raw_password is not None:
        raise GuardedAddressError("An address must not hold a user name or a password; give the key in its own field.")
    host = (parsed.raw_host or "").rstrip(".").lower()
    if not host or parsed.port is None:
        raise GuardedAddressError("This address names no host.")
    _check_host(host, parsed.port, allowed)
    return parsed


def check_endpoint(text: str, allowed: Collection[str] | None = None) -> str:
    """The address of a model server, to which paths are added: without query and fragment, which would choose the path.

    ``allowed`` is as for ``check_url``; with None only the form is checked, and the host where it is called. Raises
    GuardedAddressError.
    """
    address = text.strip()
    parsed = _parse_url(address)
    # A bare "?" or "#" leaves nothing in what was parsed, and swallows the path all the same.
    if "?" in address or "#" in address:
        raise GuardedAddressError("The address of a model server ends before any ? or #: what follows is added to it.")
    if allowed is not None:
        check_url(parsed, allowed)
    elif parsed.scheme not in ("http", "https") or not parsed.raw_host:
        raise GuardedAddressError("An address must begin with http:// or https:// and name a host.")
    return address


def is_allowed(host: str, port: int, allowed: Collection[str]) -> bool:
    """Whether the operator listed this host with this port, or with every port."""
    name = plain_host(host)
    return f"{name}:{port}" in allowed or f"{name}:{ANY_PORT}" in allowed


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
        # http://2130706433 and http://0x7f.1 are 127.0.0.1 to many resolvers.
        if NUMERIC_HOST.fullmatch(host):
            raise GuardedAddressError("Write a numeric address as four plain numbers, like 8.8.8.8.") from None
        return
    if not is_public_address(host):
        raise GuardedAddressError(refusal(host))


def _parse_entry(entry: str) -> str:
    host, _, port = entry.rpartition(":")
    bare = host.removeprefix("[").removesuffix("]")
    bracketed = host != bare
    fits = bool(bare) and (bracketed or ":" not in bare) and not set(bare) & set("/@[] ")
    if not fits or not (port == ANY_PORT or (port.isascii() and port.isdigit() and 0 < int(port) < 65536)):
        raise GuardedAddressError(f"'{entry}' is not of the form host:port.")
    return f"{plain_host(bare)}:{port if port == ANY_PORT else int(port)}"


def plain_host(host: str) -> str:
    """A host name as it is compared."""
    return host.rstrip(".").lower()


def refusal(host: str) -> str:
    """Why a host is not called, for the person who typed it."""
    return (
        f"'{host}' leads into a private network, which is not reached from here. "
        "For a model, whoever runs this café can allow it by listing host:port in BOTCAFE_PRIVATE_ENDPOINTS."
    )
