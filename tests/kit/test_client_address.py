"""Whose address counts: the peer's, unless it is a proxy that the operator trusts."""

import pytest

from botcafe.kit.client_address import client_address, parse_networks

PROXY, OTHER, CLIENT = "10.0.0.1", "192.168.3.4", "203.0.113.9"


@pytest.mark.parametrize(
    ("peer", "forwarded", "trusted", "found"),
    [
        (CLIENT, "1.2.3.4", (), CLIENT),
        (CLIENT, "1.2.3.4", (PROXY,), CLIENT),
        (PROXY, "", (PROXY,), PROXY),
        (PROXY, CLIENT, (PROXY,), CLIENT),
        (PROXY, f"1.2.3.4, {CLIENT}", (PROXY,), CLIENT),
        (PROXY, f"1.2.3.4, {CLIENT}, {OTHER}", (PROXY, "192.168.0.0/16"), CLIENT),
        (PROXY, "words", (PROXY,), PROXY),
        (PROXY, f"{CLIENT}, words", (PROXY,), PROXY),
        (PROXY, "2001:db8::7", (PROXY,), "2001:db8::7"),
        ("::1", CLIENT, ("::1",), CLIENT),
        ("::ffff:10.0.0.1", CLIENT, (PROXY,), CLIENT),
        (PROXY, f"{CLIENT}, ::ffff:192.168.3.4", (PROXY, "192.168.0.0/16"), CLIENT),
        (PROXY, f"::ffff:{CLIENT}", (PROXY,), CLIENT),
        (PROXY, f"{CLIENT}:50123", (PROXY,), CLIENT),
        (PROXY, "[2001:db8::7]:50123", (PROXY,), "2001:db8::7"),
        (PROXY, f"1.2.3.4:5:6, {CLIENT}", (PROXY,), CLIENT),
        (PROXY, f"{CLIENT}, 1.2.3.4:5:6", (PROXY,), PROXY),
        (PROXY, "x" * 3000, (PROXY,), PROXY),
        (PROXY, f"{'1.2.3.4, ' * 400}{CLIENT}", (PROXY,), CLIENT),
    ],
)
def test_the_last_address_that_is_no_trusted_proxy_counts(
    peer: str, forwarded: str, trusted: tuple[str, ...], found: str
) -> None:
    assert client_address(peer, forwarded, trusted) == found


def test_what_is_no_network_is_refused() -> None:
    with pytest.raises(ValueError, match="words"):
        parse_networks(("words",))
