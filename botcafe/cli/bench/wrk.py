"""Generating load with wrk, whose CPU time is not that of the measured Python process."""

import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

import orjson

from botcafe.cli.bench.errors import BenchError
from botcafe.cli.bench.requests import BenchRequest

MISSING_MESSAGE = "the load tool wrk is missing. Debian and Ubuntu: apt-get install wrk. macOS: brew install wrk."
CONNECTIONS = 16
RESULT_PREFIX = "botcafe-figures "
SCRIPT = """
wrk.method = %s
wrk.body = %s
for name, value in pairs(%s) do wrk.headers[name] = value end
done = function(summary, latency, requests)
  local e = summary.errors
  io.write(string.format(
    '%s{"requests":%%d,"microseconds":%%d,"bytes":%%d,"failed":%%d,"broken":%%d,"p50":%%.3f,"p99":%%.3f}\\n',
    summary.requests, summary.duration, summary.bytes, e.status, e.connect + e.read + e.write + e.timeout,
    latency:percentile(50) / 1000, latency:percentile(99) / 1000))
end
"""


@dataclass(frozen=True, slots=True)
class LoadResult:
    """One run of wrk: the times in milliseconds, ``errors`` answers above 399 and lost connections."""

    requests: int
    per_second: float
    p50: float
    p99: float
    errors: int


def find_wrk() -> str | None:
    """The path of wrk, or None."""
    return shutil.which("wrk")


def run_load(base: str, request: BenchRequest, seconds: int, folder: Path) -> LoadResult:
    """Send one request repeatedly for some seconds, on 16 connections from one thread."""
    script = folder / "request.lua"
    # The script holds a session token, so it is made unreadable to others before it is written.
    script.touch(mode=0o600)
    script.write_text(_lua_script(request), encoding="utf8")
    shape = [f"-c{CONNECTIONS}", "-t1", f"-d{seconds}s", "--timeout", "10s", "--latency"]
    command = [find_wrk() or "wrk", *shape, "-s", str(script), base + request.path]
    ran = subprocess.run(command, capture_output=True, text=True, timeout=seconds + 60, check=False)
    line = next((text for text in ran.stdout.splitlines() if text.startswith(RESULT_PREFIX)), None)
    if line is None:
        raise BenchError(f"wrk failed: {(ran.stderr or ran.stdout).strip()[-400:]}")
    return _parse_result(orjson.loads(line.removeprefix(RESULT_PREFIX)))


def _parse_result(told: dict[str, float]) -> LoadResult:
    rate = told["requests"] / (told["microseconds"] / 1e6)
    return LoadResult(int(told["requests"]), rate, told["p50"], told["p99"], int(told["failed"] + told["broken"]))


def _lua_script(request: BenchRequest) -> str:
    headers = ", ".join(f"[{_lua_string(name)}] = {_lua_string(value)}" for name, value in request.headers.items())
    return SCRIPT % (
        _lua_string(request.method),
        _lua_string(request.body) if request.body else "nil",
        f"{{{headers}}}",
        RESULT_PREFIX,
    )


def _lua_string(text: str) -> str:
    """A text as Lua writes it: a quoted JSON text is one, where it holds no escapes but those of quotes."""
    return orjson.dumps(text).decode()
