"""``BOTCAFE_STORAGE_URL``: where a bucket is, and with which key it is opened."""

import re
from dataclasses import dataclass, field
from urllib.parse import parse_qs, unquote, urlsplit

SHAPE = "s3://key:secret@host[:port]/bucket[?region=…&prefix=…], or s3+http:// where the store speaks no TLS"
OPTIONS = {"region", "prefix"}
DEFAULT_REGION = "us-east-1"


@dataclass(frozen=True, slots=True)
class BucketAddress:
    """A bucket, and the key to it."""

    endpoint: str
    bucket: str
    key: str = field(repr=False)
    secret: str = field(repr=False)
    region: str = DEFAULT_REGION
    prefix: str = ""


def parse_storage_url(text: str) -> BucketAddress:
    """Read the setting. Raises ValueError with words that quote nothing of it, as it holds a secret."""
    url = urlsplit(text)
    if url.scheme not in {"s3", "s3+http"}:
        raise ValueError(f"must be {SHAPE}.")
    try:
        port = url.port
    except ValueError:
        raise ValueError(f"the port is no number; it must be {SHAPE}.") from None
    bucket = unquote(url.path).strip("/")
    if not (url.hostname and url.username and url.password and re.fullmatch(r"[A-Za-z0-9._-]+", bucket)):
        raise ValueError(f"lacks its host, key, secret or bucket; it must be {SHAPE}.")
    options = {name: values[0] for name, values in parse_qs(url.query).items()}
    if unknown := sorted(options.keys() - OPTIONS):
        raise ValueError(f"has options that are not known ({', '.join(unknown)}); region and prefix are.")
    host = f"[{url.hostname}]" if ":" in url.hostname else url.hostname
    return BucketAddress(
        endpoint=f"{'http' if url.scheme == 's3+http' else 'https'}://{host}{f':{port}' if port else ''}",
        bucket=bucket,
        key=unquote(url.username),
        secret=unquote(url.password),
        region=options.get("region", DEFAULT_REGION),
        prefix=options.get("prefix", "").strip("/"),
    )
