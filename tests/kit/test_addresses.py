"""Which addresses may be called, judged by their text."""

import pytest

from botcafe.kit.addresses import GuardedAddressError, check_url, is_allowed, is_public_address, parse_allowed

PUBLIC = ["8.8.8.8", "1.1.1.1", "93.184.216.34", "2606:4700:4700::1111", "2a00:1450:4001::200e", "::ffff:8.8.8.8"]
PRIVATE = [
    "0.0.0.1", "10.0.0.1", "10.255.255.255", "100.64.0.1", "127.0.0.1", "127.255.255.254", "168.63.129.16",
    "169.254.169.254", "172.16.0.1", "172.31.255.255", "192.0.0.1", "192.0.2.1", "192.88.99.1", "192.168.1.1",
    "198.18.0.1", "198.51.100.1", "203.0.113.1", "224.0.0.1", "239.255.255.255", "240.0.0.1", "255.255.255.255",
    "::", "::1", "fe80::1", "fc00::1", "fd00::1", "ff02::1", "2001::1", "2001:db8::1", "2002::1", "3fff::1",
    "::ffff:127.0.0.1", "::ffff:10.0.0.1", "64:ff9b::7f00:1", "64:ff9b::a00:1", "100::1", "fec0::1",
]  # fmt: skip
NO_ADDRESSES = ["", "localhost", "example.com", "8.8.8", "8.8.8.8.8", "256.1.1.1", "0x7f000001", "2130706433", "[::1]"]


@pytest.mark.parametrize("address", PUBLIC)
def test_an_ordinary_address_is_public(address: str) -> None:
    assert is_public_address(address)


@pytest.mark.parametrize("address", PRIVATE)
def test_a_private_or_reserved_address_is_not_public(address: str) -> None:
    assert not is_public_address(address)


@pytest.mark.parametrize("text", NO_ADDRESSES)
def test_what_is_no_address_is_not_public(text: str) -> None:
    assert not is_public_address(text)


@pytest.mark.parametrize("address", [each for each in PRIVATE if ":" not in each])
def test_a_url_with_a_private_address_is_refused(address: str) -> None:
    with pytest.raises(GuardedAddressError, match="private network"):
        check_url(f"http://{address}/v1")


@pytest.mark.parametrize("address", [each for each in PRIVATE if ":" in each])
def test_a_url_with_a_private_address_of_version_6_is_refused(address: str) -> None:
    with pytest.raises(GuardedAddressError, match="private network"):
        check_url(f"http://[{address}]:8080/v1")


@pytest.mark.parametrize(
    "url",
    [
        "https://api.example.com",
        "http://api.example.com/v1",
        "https://api.example.com:8443/v1?x=1",
        "https://8.8.8.8/v1",
        "https://[2606:4700:4700::1111]/v1",
        "HTTPS://API.EXAMPLE.COM",
        "https://api.example.com.",
        "https://xn--bcher-kva.example/",
        "https://bücher.example/",
        "https://1.example.com",
        "https://0xface.example.com",
    ],
)
def test_a_url_of_a_public_host_passes(url: str) -> None:
    assert check_url(url).scheme in {"http", "https"}


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("ftp://example.com", "must begin with"),
        ("file:///etc/passwd", "must begin with"),
        ("gopher://example.com", "must begin with"),
        ("javascript:alert(1)", "must begin with"),
        ("example.com", "must begin with"),
        ("//example.com", "must begin with"),
        ("", "must begin with"),
        ("https://user@example.com", "must not hold a user name"),
        ("https://user:secret@example.com", "must not hold a user name"),
        ("https://:secret@example.com", "must not hold a user name"),
        ("http://2130706433/", "four plain numbers"),
        ("http://0x7f000001/", "four plain numbers"),
        ("http://127.1/", "four plain numbers"),
        ("http://0177.0.0.1/", "four plain numbers"),
        ("http://0x7f.1/", "four plain numbers"),
        ("http://1/", "four plain numbers"),
    ],
)
def test_a_url_of_another_shape_is_refused_with_its_reason(url: str, words: str) -> None:
    with pytest.raises(GuardedAddressError, match=words):
        check_url(url)


@pytest.mark.parametrize("url", ["https://", "https://:443", "https:///v1", "http://example.com:99999", "http://[::1"])
def test_a_url_without_a_readable_host_is_refused(url: str) -> None:
    with pytest.raises(GuardedAddressError):
        check_url(url)


@pytest.mark.parametrize(
    ("entry", "normal"),
    [
        ("localhost:11434", "localhost:11434"),
        ("LOCALHOST:11434", "localhost:11434"),
        (" localhost:11434 ", "localhost:11434"),
        ("localhost.:11434", "localhost:11434"),
        ("localhost:011434", "localhost:11434"),
        ("127.0.0.1:8080", "127.0.0.1:8080"),
        ("[::1]:8080", "::1:8080"),
        ("ollama:*", "ollama:*"),
        ("[::1]:*", "::1:*"),
        ("host.docker.internal:1", "host.docker.internal:1"),
        ("a:65535", "a:65535"),
    ],
)
def test_an_allowed_entry_is_normalised(entry: str, normal: str) -> None:
    assert parse_allowed([entry]) == {normal}


@pytest.mark.parametrize(
    "entry",
    [
        "localhost", "localhost:", ":8080", "localhost:0", "localhost:65536", "localhost:-1", "localhost:x", "::1:8080",
        "http://localhost:8080", "localhost:8080/v1", "user@localhost:8080", "local host:8080", "localhost:８０", "[]:1",
        "[::1]", "localhost:1.5", "localhost:**",
    ],
)  # fmt: skip
def test_an_entry_of_another_shape_is_named_in_its_refusal(entry: str) -> None:
    with pytest.raises(GuardedAddressError) as caught:
        parse_allowed(["good:1", entry])
    assert f"'{entry}'" in str(caught.value)


def test_empty_entries_are_passed_over() -> None:
    assert parse_allowed(["", "  ", "a:1", "a:1"]) == {"a:1"}


@pytest.mark.parametrize(
    ("host", "port", "answer"),
    [
        ("ollama", 11434, True),
        ("OLLAMA.", 11434, True),
        ("ollama", 11435, False),
        ("other", 11434, False),
        ("any", 1, True),
        ("any", 65535, True),
        ("::1", 8080, True),
        ("::1", 8081, False),
        ("my-ollama", 11434, False),
    ],
)
def test_a_host_is_allowed_with_its_listed_ports_only(host: str, port: int, answer: bool) -> None:
    assert is_allowed(host, port, parse_allowed(["ollama:11434", "any:*", "[::1]:8080"])) is answer


@pytest.mark.parametrize(
    "url",
    ["http://127.0.0.1:11434/v1", "http://[::1]:8080", "http://10.0.0.5", "http://10.0.0.5:9/x", "https://10.0.0.5"],
)
def test_a_listed_private_address_passes(url: str) -> None:
    assert check_url(url, parse_allowed(["127.0.0.1:11434", "[::1]:8080", "10.0.0.5:*"])).host


def test_the_default_port_of_the_scheme_counts() -> None:
    allowed = parse_allowed(["192.168.1.5:443"])
    assert check_url("https://192.168.1.5/v1", allowed).port == 443
    with pytest.raises(GuardedAddressError):
        check_url("http://192.168.1.5/v1", allowed)
