"""What a tree of processes costs, read from /proc: CPU time and proportional memory. Linux only."""

import os
from collections import defaultdict
from pathlib import Path

_TICKS = os.sysconf("SC_CLK_TCK")


def tree(root: int) -> list[int]:
    """A process and all its living descendants."""
    children: dict[int, list[int]] = defaultdict(list)
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            fields = _stat(int(entry.name))
            if fields:
                children[int(fields[1])].append(int(entry.name))
    found = [root]
    for pid in found:
        found += children[pid]
    return found


def cpu_s(pids: list[int]) -> float:
    """User and system time that these processes have used. A tick is 10 ms: measure for seconds."""
    ticks = 0
    for pid in pids:
        fields = _stat(pid)
        if fields:
            ticks += int(fields[11]) + int(fields[12])
    return ticks / _TICKS


def pss_mb(pid: int) -> float:
    """Proportional set size: memory of its own plus its share of what it shares."""
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1]) / 1024
    return 0.0


def serves(pid: int) -> bool:
    """Whether this process carries clients' bytes: nginx, or a gateway worker."""
    command = Path(f"/proc/{pid}/cmdline").read_bytes()
    return b"nginx" in command or b"gateway_process" in command


def _stat(pid: int) -> list[str]:
    """The fields of /proc/PID/stat after the command's name; none when it is gone."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return []
