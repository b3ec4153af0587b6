"""Calls to the provider: guarded, bounded in size and time, and never on the quick lane."""

import asyncio
from collections.abc import Mapping

import orjson
from aiohttp import ClientError, ClientTimeout, FormData
from django.conf import settings
from yarl import URL

from botcafe.kit.addresses import GuardedAddressError, check_url
from botcafe.kit.json_types import JsonObject, object_or_empty
from botcafe.kit.lanes import leave_quick_lane
from botcafe.llm.protocol import check_call_allowed
from botcafe.llm.wire.transport import close_sessions, session_for

SECONDS, MAX_BYTES = 10, 1_000_000


class ServiceError(Exception):
    """The provider does not answer, or not as OpenID Connect says. The words are for the log."""


def get_json(address: str) -> JsonObject:
    """The object at an address of the provider. Raises ServiceError."""
    return _run(address, None, {})


def post_form(address: str, fields: Mapping[str, str], headers: Mapping[str, str]) -> JsonObject:
    """The object that a form is answered with. Raises ServiceError."""
    return _run(address, fields, headers)


def _run(address: str, fields: Mapping[str, str] | None, headers: Mapping[str, str]) -> JsonObject:
    leave_quick_lane()
    return asyncio.run(_call(address, fields, headers))


async def _call(address: str, fields: Mapping[str, str] | None, headers: Mapping[str, str]) -> JsonObject:
    try:
        async with asyncio.timeout(SECONDS):
            return await _answer(address, fields, headers)
    except (GuardedAddressError, TimeoutError, ClientError, OSError, ValueError) as error:
        raise ServiceError(f"{URL(address).host}: {type(error).__name__}") from error
    finally:
        # Sessions belong to the event loop of this call, which ends with it.
        await close_sessions()


async def _answer(address: str, fields: Mapping[str, str] | None, headers: Mapping[str, str]) -> JsonObject:
    allowed = _allowed()
    place = check_url(address, allowed)
    if place.scheme != "https" and URL(settings.OIDC_ISSUER).scheme == "https":
        raise ServiceError("an address without https, of a provider with it")
    check_call_allowed(place.host or "")
    method, body = ("GET", None) if fields is None else ("POST", FormData(dict(fields)))
    all_headers = {"Accept": "application/json", **headers}
    timeout = ClientTimeout(total=SECONDS)
    # No redirects: a provider says where its addresses are.
    async with session_for(allowed).request(
        method, place, data=body, headers=all_headers, allow_redirects=False, timeout=timeout
    ) as response:
        if response.status != 200:
            raise ServiceError(f"{place.host} answered with status {response.status}")
        data = bytearray()
        async for piece in response.content.iter_chunked(65_536):
            data += piece
            if len(data) > MAX_BYTES:
                raise ServiceError(f"{place.host} answered with too much")
    return object_or_empty(orjson.loads(bytes(data)))


def _allowed() -> frozenset[str]:
    # The issuer may be in the operator's own network; what it names elsewhere has to be public.
    issuer = URL(settings.OIDC_ISSUER)
    host = issuer.host or ""
    return frozenset({f"[{host}]:{issuer.port}" if ":" in host else f"{host}:{issuer.port}"})
