"""The guarded way out, at each of its three doors."""

import asyncio
import socket

import aiohttp
import pytest
from aiohttp import web
from aiohttp.abc import AbstractResolver, ResolveResult

from botcafe.kit.addresses import GuardedAddressError, check_url, is_public_address, parse_allowed
from botcafe.kit.netguard import GuardedResolver, guarded_connector

PRIVATE = [
    "0.0.0.0",  # noqa: S104 refused here, not bound
    "10.1.2.3", "100.64.0.1", "100.100.100.200", "127.0.0.1", "127.8.8.8", "169.254.169.254", "172.16.0.1",
    "172.31.255.255", "192.0.0.192", "192.168.1.1", "198.18.0.1", "224.0.0.1", "239.1.1.1", "240.0.0.1",
    "255.255.255.255", "168.63.129.16", "192.0.2.1",
    "::", "::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::127.0.0.1", "fe80::1", "fe80::1%eth0", "fc00::1",
    "fd00:ec2::254", "fec0::1", "ff02::1", "2002:7f00:1::", "64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe", "64:ff9b:1::1",
    "2001::1", "2001:db8::1",
]  # fmt: skip
PUBLIC = ["1.1.1.1", "8.8.8.8", "93.184.216.34", "2606:4700:4700::1111", "::ffff:8.8.8.8", "64:ff9b::808:808"]


class Names(AbstractResolver):
    """A name service that answers what a test says, one answer after the other."""

    def __init__(self, *answers: list[str]) -> None:
        self.answers = list(answers)

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        found = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        kinds = {True: socket.AF_INET6, False: socket.AF_INET}
        return [
            ResolveResult(hostname=host, host=ip, port=port, family=kinds[":" in ip], proto=0, flags=0) for ip in found
        ]

    async def close(self) -> None:
        return


@pytest.mark.parametrize("address", PRIVATE)
def test_an_inner_address_is_not_public(address: str) -> None:
    assert not is_public_address(address)


@pytest.mark.parametrize("address", PUBLIC)
def test_an_ordinary_address_is_public(address: str) -> None:
    assert is_public_address(address)


def test_what_is_no_address_is_not_public() -> None:
    assert not is_public_address("example.org")


@pytest.mark.parametrize("address", [each for each in PRIVATE if "%" not in each])
def test_a_url_with_an_inner_address_is_refused(address: str) -> None:
    host = f"[{address}]" if ":" in address else address
    with pytest.raises(GuardedAddressError):
        check_url(f"http://{host}:8080/v1")


@pytest.mark.parametrize(
    "url",
    [
        "ftp://example.org/", "file:///etc/passwd", "gopher://example.org", "example.org/v1", "", "http://", "http:///v1",
        "http://user@example.org/", "http://user:word@example.org/", "http://:word@example.org/", "http://2130706433/",
        "http://0x7f000001/", "http://0x7f.1/", "http://127.1/", "http://0177.0.0.1/", "http://127.0.0.1./",
        "http://[::ffff:7f00:1]/", "http://①②⑦.⓪.⓪.①/", "http://example.org:99999/", "http://[::1", "http://0/",
    ],
)  # fmt: skip
def test_an_odd_url_is_refused_in_words(url: str) -> None:
    with pytest.raises(GuardedAddressError) as caught:
        check_url(url)
    assert str(caught.value).endswith((".", "BOTCAFE_PRIVATE_ENDPOINTS."))
    assert "word@" not in str(caught.value)


@pytest.mark.parametrize("url", ["https://api.openai.com/v1", "http://8.8.8.8/", "https://[2606:4700:4700::1111]/"])
def test_an_ordinary_url_passes(url: str) -> None:
    assert str(check_url(url)) == url


def test_a_listed_address_passes_with_its_port_only() -> None:
    allowed = parse_allowed([" 127.0.0.1:11434", "[::1]:8080", "Ollama.local:11434", "10.0.0.5:*", ""])
    assert check_url("http://127.0.0.1:11434/v1", allowed)
    assert check_url("http://[::1]:8080/v1", allowed)
    assert check_url("http://10.0.0.5:1234/v1", allowed)
    with pytest.raises(GuardedAddressError):
        check_url("http://127.0.0.1:11435/v1", allowed)


@pytest.mark.parametrize(
    "entry", ["localhost", "localhost:", ":80", "::1:80", "h:0", "h:70000", "http://h:80", "a b:1"]
)
def test_a_listing_of_another_shape_is_refused_by_name(entry: str) -> None:
    with pytest.raises(GuardedAddressError, match="host:port"):
        parse_allowed([entry])


@pytest.mark.asyncio
async def test_a_name_with_one_inner_address_among_its_answers_is_refused() -> None:
    guard = GuardedResolver(inner=Names(["8.8.8.8", "10.0.0.1"]))
    with pytest.raises(GuardedAddressError, match=r"mixed\.example"):
        await guard.resolve("mixed.example", 443)


@pytest.mark.asyncio
async def test_a_name_with_public_answers_passes() -> None:
    guard = GuardedResolver(inner=Names(["8.8.8.8", "2606:4700:4700::1111"]))
    assert len(await guard.resolve("good.example", 443)) == 2
    await guard.close()


async def _get(url: str, connector: aiohttp.TCPConnector, **options: bool) -> str:
    async with aiohttp.ClientSession(connector=connector) as session, session.get(url, **options) as answer:
        return await answer.text()


@pytest.mark.asyncio
async def test_a_literal_inner_address_is_refused_where_it_is_dialled() -> None:
    for url in ("http://127.0.0.1:9/", "http://[::1]:9/", "http://[::ffff:127.0.0.1]:9/"):
        with pytest.raises(GuardedAddressError):
            await _get(url, guarded_connector())


@pytest.mark.asyncio
async def test_a_name_that_leads_to_loopback_is_refused_before_a_connection() -> None:
    with pytest.raises(GuardedAddressError):
        await _get("http://sneaky.example:9/", guarded_connector(resolver=Names(["127.0.0.1"])))


@pytest.mark.asyncio
async def test_many_calls_at_once_to_a_refused_name_are_all_refused() -> None:
    async with aiohttp.ClientSession(connector=guarded_connector(resolver=Names(["127.0.0.1"]))) as session:
        found = await asyncio.gather(
            *(session.get("http://sneaky.example:9/") for _ in range(5)), return_exceptions=True
        )
    assert all(isinstance(each, GuardedAddressError) for each in found)


@pytest.mark.asyncio
async def test_a_listed_name_is_reached_and_its_redirect_inward_is_not_followed() -> None:
    async def answer(request: web.Request) -> web.Response:
        if request.path == "/away":
            raise web.HTTPFound("http://inner.example:9/")
        return web.Response(text="hello")

    app = web.Application()
    app.router.add_get("/{path:.*}", answer)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    port = runner.addresses[0][1]
    allowed = parse_allowed([f"ollama.example:{port}"])
    names = Names(["127.0.0.1"])
    try:
        assert await _get(f"http://ollama.example:{port}/", guarded_connector(allowed, resolver=names)) == "hello"
        with pytest.raises(GuardedAddressError):
            await _get(f"http://ollama.example:{port}/away", guarded_connector(allowed, resolver=names))
        with pytest.raises(GuardedAddressError):
            await _get(f"http://other.example:{port}/", guarded_connector(allowed, resolver=names))
    finally:
        await runner.cleanup()
