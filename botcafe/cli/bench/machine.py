"""CPU time and memory of server processes, from /proc; None or empty on systems without it."""

import os
from dataclasses import dataclass
from pathlib import Path

PROC = Path("/proc")
LISTENING = "0A"


@dataclass(frozen=True, slots=True)
class MemoryUsage:
    """Resident memory of all processes in MB; ``own_mb`` leaves out pages of files, such as a mapped database."""

    resident_mb: float
    own_mb: float
    processes: int


def load_average() -> float | None:
    """The load average over a minute; None where the system has none."""
    try:
        return round(os.getloadavg()[0], 2)
    except (AttributeError, OSError):
        return None


def busy_seconds() -> float | None:
    """CPU seconds that the whole machine has spent so far; None without /proc."""
    try:
        # Without idle and I/O wait (fields 4 and 5), as described in proc(5).
        ticks = [int(part) for part in (PROC / "stat").read_text().split("\n", 1)[0].split()[1:]]
    except OSError:
        return None
    return (sum(ticks[:8]) - ticks[3] - ticks[4]) / os.sysconf("SC_CLK_TCK")


def own_seconds() -> float:
    """CPU seconds of this process and its ended children, that is of the load tool."""
    spent = os.times()
    return spent.user + spent.system + spent.children_user + spent.children_system


def _stat_fields(pid: int) -> list[str]:
    """The fields after the name: state, parent, ... (proc(5), from field 3)."""
    # The process name in parentheses may itself contain spaces and parentheses.
    return (PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()


def process_tree(root: int) -> list[int]:
    """A process and its descendants; empty without /proc."""
    below: dict[int, list[int]] = {}
    for entry in PROC.glob("[0-9]*"):
        try:
            below.setdefault(int(_stat_fields(int(entry.name))[1]), []).append(int(entry.name))
        except OSError:
            continue
    found = [root] if (PROC / str(root)).exists() else []
    for pid in found:
        found += below.get(pid, [])
    return found


def cpu_seconds(root: int) -> float | None:
    """User and system time of a process tree so far, of children that have ended too."""
    pids = process_tree(root)
    ticks = sum(sum(map(int, _stat_fields(pid)[11:13])) for pid in pids)
    ended = sum(sum(map(int, _stat_fields(pid)[13:15])) for pid in pids)
    return (ticks + ended) / os.sysconf("SC_CLK_TCK") if pids else None


def memory_usage(root: int) -> MemoryUsage | None:
    """Memory of a process tree now."""
    pids = process_tree(root)
    if not pids:
        return None
    resident = own = 0
    for pid in pids:
        lines = (line.split() for line in (PROC / str(pid) / "status").read_text().splitlines())
        facts = {parts[0]: int(parts[1]) for parts in lines if parts and parts[0] in {"VmRSS:", "RssAnon:"}}
        resident += facts.get("VmRSS:", 0)
        own += facts.get("RssAnon:", 0)
    return MemoryUsage(round(resident / 1024, 1), round(own / 1024, 1), len(pids))


def find_listener(port: int) -> int | None:
    """The topmost process that listens on a local port; None where it cannot be seen."""
    sockets = _listening_sockets(port)
    found = [pid for entry in PROC.glob("[0-9]*") if _has_socket(pid := int(entry.name), sockets)] if sockets else []
    return next((pid for pid in found if int(_stat_fields(pid)[1]) not in found), None)


def _listening_sockets(port: int) -> set[str]:
    found = set()
    for name in ("tcp", "tcp6"):
        path = PROC / "net" / name
        for line in path.read_text().splitlines()[1:] if path.exists() else ():
            parts = line.split()
            if parts[3] == LISTENING and int(parts[1].rpartition(":")[2], 16) == port:
                found.add(f"socket:[{parts[9]}]")
    return found


def _has_socket(pid: int, sockets: set[str]) -> bool:
    try:
        return any(os.readlink(link) in sockets for link in (PROC / str(pid) / "fd").iterdir())
    except OSError:
        return False
