"""A real server of S3 on this machine, for the tests of one module."""

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from urllib.error import HTTPError, URLError
from urllib.request import urlopen

import obstore
import orjson
from obstore.exceptions import BaseError
from obstore.store import S3Store

from tests.live import free_port

KEY, SECRET = "cafe", "planted/secret+of=the bucket"
START_SECONDS = 40
# Those of the tests: the server makes room for a bucket when it first keeps something there, and may refuse meanwhile.
BUCKETS = ("cafe", "moving")


@dataclass
class BucketServer:
    """A server that may be stopped and started again with what it keeps."""

    folder: Path
    ports: dict[str, int] = field(default_factory=lambda: {n: free_port() for n in ("master", "volume", "filer", "s3")})
    inner_ports: dict[str, int] = field(
        default_factory=lambda: {n: free_port() for n in ("master", "volume", "filer", "s3")}
    )
    process: "subprocess.Popen[bytes] | None" = None

    def url(self, bucket: str, secret: str = "planted%2Fsecret%2Bof%3Dthe%20bucket") -> str:
        """The setting that names a bucket of it."""
        return f"s3+http://{KEY}:{secret}@127.0.0.1:{self.ports['s3']}/{bucket}?prefix=files"

    def start(self) -> None:
        """Serve, and wait until it answers."""
        command = [Path(sys.executable).with_name("weed"), "server", f"-dir={self.folder}"]
        command += ["-ip=127.0.0.1", "-ip.bind=127.0.0.1", "-master.volumeSizeLimitMB=64", "-volume.max=64"]
        command += ["-filer", "-s3", f"-s3.config={self.folder / 's3.json'}", "-s3.port.iceberg=0", "-s3.port.lance=0"]
        command += [f"-{name}.port={port}" for name, port in self.ports.items()]
        command += [f"-{name}.port.grpc={port}" for name, port in self.inner_ports.items()]
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(command, stdout=log, stderr=log, start_new_session=True)
        ends = time.monotonic() + START_SECONDS
        while time.monotonic() < ends and self.process.poll() is None:
            try:
                urlopen(f"http://127.0.0.1:{self.ports['s3']}/", timeout=2)
            except HTTPError:
                # It asks who we are; what it keeps objects in may come up later.
                if all(self._takes_objects(bucket) for bucket in BUCKETS):
                    return
            except (URLError, ConnectionError, TimeoutError):
                pass
            time.sleep(0.2)
        raise AssertionError((self.folder / "log").read_text(errors="replace")[-3000:])

    def _takes_objects(self, bucket: str) -> bool:
        store = S3Store(
            bucket,
            endpoint=f"http://127.0.0.1:{self.ports['s3']}",
            region="us-east-1",
            access_key_id=KEY,
            secret_access_key=SECRET,
            virtual_hosted_style_request=False,
            client_options={"allow_http": True, "timeout": timedelta(seconds=5)},
            retry_config={"max_retries": 0, "retry_timeout": timedelta(seconds=1)},
        )
        try:
            obstore.put(store, "probe", b"probe")
            return obstore.get(store, "probe").bytes() == b"probe"
        except BaseError:
            return False

    def stop(self) -> None:
        """Let it answer nobody any more."""
        if self.process is not None and self.process.poll() is None:
            # It takes ten seconds to end by itself.
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait(20)


@contextmanager
def bucket_server() -> Iterator[BucketServer]:
    """Serve until the block ends."""
    folder = Path(tempfile.mkdtemp(prefix="botcafe-s3-"))
    identity = {"name": "cafe", "credentials": [{"accessKey": KEY, "secretKey": SECRET}]}
    actions = ["Admin", "Read", "Write", "List"]
    (folder / "s3.json").write_bytes(orjson.dumps({"identities": [{**identity, "actions": actions}]}))
    server = BucketServer(folder)
    try:
        server.start()
        yield server
    finally:
        server.stop()
