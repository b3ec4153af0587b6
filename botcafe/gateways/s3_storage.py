"""Files in a bucket of S3 or of what speaks like it (R2, MinIO, SeaweedFS, Garage). Imported only where a bucket is set.

Its bytes still go through the café, which asks for rights at every read.
"""

import secrets
from collections.abc import Callable, Iterator
from datetime import timedelta
from functools import lru_cache, partial
from typing import BinaryIO, TypeVar

import obstore
from obstore.exceptions import BaseError
from obstore.store import S3Store

from botcafe.gateways.storage import CHUNK_BYTES, StoredFile, check_key
from botcafe.gateways.storage_url import BucketAddress
from botcafe.kit.compensation import add_compensation
from botcafe.kit.db_errors import StorageAwayError, report_outage
from botcafe.kit.lanes import leave_quick_lane

CONNECT_TIMEOUT, TIMEOUT, RETRY_TIMEOUT = timedelta(seconds=3), timedelta(seconds=30), timedelta(seconds=10)
MAX_RETRIES = 2
T = TypeVar("T")


@lru_cache(maxsize=4)
def _client(address: BucketAddress) -> S3Store:
    return S3Store(
        address.bucket,
        prefix=address.prefix or None,
        endpoint=address.endpoint,
        region=address.region,
        access_key_id=address.key,
        secret_access_key=address.secret,
        # The bucket in the path, which every server understands.
        virtual_hosted_style_request=False,
        client_options={
            "allow_http": address.endpoint.startswith("http://"),
            "connect_timeout": CONNECT_TIMEOUT,
            "timeout": TIMEOUT,
        },
        retry_config={"max_retries": MAX_RETRIES, "retry_timeout": RETRY_TIMEOUT},
    )


class S3Storage:
    """Objects of a bucket, each written by one request and so whole or not at all."""

    def __init__(self, address: BucketAddress) -> None:
        self._address = address

    def put(self, data: bytes) -> str:
        """Send an object under a new key."""
        key = secrets.token_urlsafe(24)
        self.write(key, data)
        add_compensation(partial(self._delete_after_failure, key))
        return key

    def put_file(self, file: BinaryIO) -> str:
        """Send an object in parts under a new key."""
        key = secrets.token_urlsafe(24)
        self._call(lambda client: obstore.put(client, _path_of(key), file))
        return key

    def write(self, key: str, data: bytes) -> None:
        """Send an object under a key."""
        self._call(lambda client: obstore.put(client, _path_of(key), data))

    def get(self, key: str) -> bytes:
        """Fetch an object."""
        return b"".join(self.open(key))

    def open(self, key: str, start: int = 0, end: int | None = None) -> Iterator[bytes]:
        """Ask for an object, and read it as it comes."""
        wanted = {"range": (start, end)} if end is not None else {"range": {"offset": start}} if start else {}
        found = self._call(lambda client: obstore.get(client, _path_of(key), options=wanted))  # type: ignore[arg-type]
        pieces = iter(found.stream(min_chunk_size=CHUNK_BYTES))
        return self._read_pieces(pieces)

    def delete(self, key: str) -> None:
        """Delete an object."""
        self._call(lambda client: obstore.delete(client, _path_of(key)))

    def expect_deletion(self) -> None:
        """To delete takes a request to another machine: not on the lane of milliseconds."""
        leave_quick_lane()

    def has(self, key: str) -> bool:
        """Ask for an object's head."""
        try:
            self._call(lambda client: obstore.head(client, _path_of(key)))
        except KeyError:
            return False
        return True

    def list_files(self) -> Iterator[StoredFile]:
        """All objects below the prefix."""
        listing = iter(self._call(obstore.list))
        while (batch := self._call(lambda _: next(listing, None))) is not None:
            for found in batch:
                yield StoredFile(found["path"].rpartition("/")[2], found["size"], found["last_modified"].timestamp())

    def _delete_after_failure(self, key: str) -> None:
        try:
            self.delete(key)
        except StorageAwayError as error:
            # What has failed before is to be told; an object that nobody names harms nobody.
            report_outage("an upload that was given up", error)

    def _call(self, act: Callable[[S3Store], T]) -> T:
        """Ask the bucket. Raises KeyError for what is not there, StorageAwayError for everything else."""
        leave_quick_lane()
        try:
            return act(_client(self._address))
        except FileNotFoundError as error:
            raise KeyError from error
        except (BaseError, OSError) as error:
            raise self._away(error) from None

    def _read_pieces(self, pieces: Iterator[object]) -> Iterator[bytes]:
        try:
            for piece in pieces:
                yield bytes(piece)  # type: ignore[call-overload]
        except (BaseError, OSError) as error:
            raise self._away(error) from None

    def _away(self, error: Exception) -> StorageAwayError:
        # Its own words hold the address of the object.
        return StorageAwayError(f"{type(error).__name__} from {self._address.endpoint}/{self._address.bucket}")


def _path_of(key: str) -> str:
    return f"{check_key(key)[:2].lower()}/{key}"
