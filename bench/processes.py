"""What processes cost: CPU time and memory, read from /proc."""

import os
from pathlib import Path

PROC = Path("/proc")
TICK_MS = 1000 / os.sysconf("SC_CLK_TCK")
UTIME = 11  # its place after the name, whose brackets may hold anything; stime, cutime and cstime follow


def family(pid: int) -> list[int]:
    """The process and everything it has started that still runs."""
    found = [pid]
    for each in found:
        found += children(each)
    return found


def children(pid: int) -> list[int]:
    """What the process has started that still runs."""
    found: list[int] = []
    for thread in (PROC / str(pid) / "task").glob("*"):
        found += map(int, _text(thread / "children").split())
    return found


def cpu_ms(pid: int) -> float:
    """The CPU time of a process so far, with that of its children that have ended."""
    fields = _text(PROC / str(pid) / "stat").rpartition(")")[2].split()
    return sum(map(int, fields[UTIME : UTIME + 4])) * TICK_MS


def command(pid: int) -> str:
    """The command line, as the process shows it."""
    return _text(PROC / str(pid) / "cmdline").replace("\0", " ").strip()


def memory_mib(pid: int) -> tuple[float, float]:
    """What is resident, and the process's proportional share of it."""
    lines = dict(line.split(":", 1) for line in _text(PROC / str(pid) / "smaps_rollup").splitlines() if ": " in line)
    resident, share = (int(lines.get(name, "0 kB").split()[0]) / 1024 for name in ("Rss", "Pss"))
    return resident, share


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except (FileNotFoundError, ProcessLookupError):
        return ""  # it ended meanwhile
