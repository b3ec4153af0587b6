"""HTTP connections that reach public hosts only, for addresses that users typed (protection against SSRF).

Three checks, each able to refuse alone: `check_url` (in `addresses`) on the text, `GuardedResolver` on every answer of
the name service, and the connector's socket factory on the very address that is dialled (so a name that changes its
answer, a literal address and a redirect all meet it). What the operator listed as `host:port` passes; nothing else
that is private does.
"""

import socket
from collections.abc import Collection
from typing import Any

from aiohttp import TCPConnector
from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.resolver import ThreadedResolver

from botcafe.kit.addresses import GuardedAddressError, is_allowed, is_public_address, plain_host, refusal


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
            self.approved.update((plain_host(each["host"]), port) for each in found)
        # One private address among several is enough to refuse: the client might connect to that one.
        elif not all(is_public_address(each["host"]) for each in found):
            raise GuardedAddressError(refusal(host))
        return found

    async def close(self) -> None:
        """Close the resolver behind this one."""
        await self._inner.close()


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
        host, port = plain_host(target[0]), target[1]
        # Checked once more on the address that is dialled: a name may resolve differently a second later (DNS
        # rebinding).
        if not (is_public_address(host) or (host, port) in guard.approved or is_allowed(host, port, allowed)):
            raise GuardedAddressError(refusal(host))
        return socket.socket(family, kind, proto)

    # Providers are called again and again, so names are cached for a minute and connections kept open.
    return TCPConnector(resolver=guard, socket_factory=open_socket, limit=limit, ttl_dns_cache=60, keepalive_timeout=15)
