"""Where links of a café lead."""

import socket

import pytest

from botcafe.config.environment import address_in_network


@pytest.mark.parametrize(
    ("host", "address"),
    [
        ("127.0.0.1", "http://127.0.0.1:8000"),
        ("cafe.lan", "http://cafe.lan:8000"),
        ("::1", "http://[::1]:8000"),
        # No browser can open what only says where to listen.
        ("0.0.0.0", f"http://{socket.gethostname()}:8000"),  # noqa: S104
        ("::", f"http://{socket.gethostname()}:8000"),
    ],
)
def test_a_cafe_without_a_public_address_is_reached_by_a_name_that_can_be_opened(host: str, address: str) -> None:
    assert address_in_network(host, 8000) == address
