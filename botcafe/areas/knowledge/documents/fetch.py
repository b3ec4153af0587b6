"""Fetches a page or file from the web, guarded against private addresses and bounded in size, time and redirects."""

import asyncio
import re
from dataclasses import dataclass
from urllib.parse import unquote

from aiohttp import ClientError, ClientResponse, ClientTimeout
from yarl import URL

from botcafe.formats.documents.model import MAX_DOCUMENT_BYTES
from botcafe.formats.limits import MIB
from botcafe.kit.addresses import GuardedAddressError, check_url
from botcafe.llm.protocol import check_call_allowed
from botcafe.llm.wire.transport import close_sessions, session_for

MAX_FETCH_SECONDS = 60
# None: what an operator opens for model calls (BOTCAFE_PRIVATE_ENDPOINTS) is no place to read pages from.
PRIVATE_SITES: frozenset[str] = frozenset()
MAX_REDIRECTS = 5
TRANSIENT_STATUSES = frozenset({408, 425, 429, 500, 502, 503, 504})
REDIRECT_STATUSES = frozenset({301, 302, 303, 307, 308})
_ACCEPT = "text/html,application/xhtml+xml,application/pdf,text/*;q=0.9,*/*;q=0.5"


class FetchError(Exception):
    """An address could not be fetched. ``may_pass`` says that a retry makes sense; the message is shown to people."""

    def __init__(self, message: str, *, may_pass: bool = False) -> None:
        super().__init__(message)
        self.message, self.may_pass = message, may_pass


@dataclass(frozen=True, slots=True)
class FetchedPage:
    """A fetched file: its bytes, the suggested file name, and the URL after redirects."""

    data: bytes
    name: str
    url: str


def check_page_url(text: str) -> str:
    """The normalised URL without its fragment. Raises GuardedAddressError."""
    return str(check_url(text.strip(), PRIVATE_SITES).with_fragment(None))


def fetch_page(url: str) -> FetchedPage:
    """Fetch an address. Blocks: for jobs. Raises FetchError."""
    return asyncio.run(_fetched(url))


async def _fetched(url: str) -> FetchedPage:
    try:
        # One limit over all redirects; a client timeout alone would start anew with each of them.
        async with asyncio.timeout(MAX_FETCH_SECONDS):
            return await _followed(url)
    except GuardedAddressError as error:
        raise FetchError(str(error)) from None
    except TimeoutError:
        raise FetchError(f"The address gave no answer within {MAX_FETCH_SECONDS} seconds.", may_pass=True) from None
    except (ClientError, OSError) as error:
        # aiohttp wraps the resolver's refusal in its own connection error.
        guarded = _guarded_in(error)
        if guarded is not None:
            raise FetchError(str(guarded)) from None
        raise FetchError(f"The address could not be reached: {type(error).__name__}.", may_pass=True) from None
    finally:
        # Sessions belong to the event loop of this job, which ends with it.
        await close_sessions()


def _guarded_in(error: BaseException | None) -> GuardedAddressError | None:
    while error is not None and not isinstance(error, GuardedAddressError):
        error = error.__cause__ or error.__context__
    return error


async def _followed(url: str) -> FetchedPage:
    place = URL(url)
    for _ in range(MAX_REDIRECTS + 1):
        place = check_url(place, PRIVATE_SITES)
        check_call_allowed(place.host or "")
        timeout = ClientTimeout(total=MAX_FETCH_SECONDS, sock_connect=10)
        async with session_for(PRIVATE_SITES).get(
            # Redirects are followed by hand: each target is checked like the first address, or a public page could lead
            # inside.
            place,
            allow_redirects=False,
            timeout=timeout,
            headers={"Accept": _ACCEPT},
        ) as response:
            if response.status not in REDIRECT_STATUSES:
                return await _taken(response, place)
            target = response.headers.get("Location", "")
        if not target:
            raise FetchError("The address leads on, but does not say where to.")
        place = _joined(place, target)
    raise FetchError(f"The address leads on more than {MAX_REDIRECTS} times.")


def _joined(place: URL, target: str) -> URL:
    try:
        return place.join(URL(target)).with_fragment(None)
    except ValueError:
        raise FetchError("The address leads on to one that cannot be read.") from None


async def _taken(response: ClientResponse, place: URL) -> FetchedPage:
    if response.status != 200:
        message = f"The address answered with status {response.status}."
        raise FetchError(message, may_pass=response.status in TRANSIENT_STATUSES)
    data = bytearray()
    async for piece in response.content.iter_chunked(65_536):
        # Counted while reading: Content-Length may be missing or wrong, and a compressed body grows.
        data += piece
        if len(data) > MAX_DOCUMENT_BYTES:
            raise FetchError(f"The address gives more than {MAX_DOCUMENT_BYTES // MIB} MB.")
    if not data:
        raise FetchError("The address gave nothing.")
    return FetchedPage(bytes(data), _name_of(response, place), str(place))


def _name_of(response: ClientResponse, place: URL) -> str:
    named = re.search(r'filename="?([^";]+)', response.headers.get("Content-Disposition", ""))
    last = named[1] if named else unquote(place.raw_path.rstrip("/").rpartition("/")[2])
    # The last part of a path only, whatever separators the server put into the name.
    return last.replace("\\", "/").rpartition("/")[2][:200] or (place.host or "page")
