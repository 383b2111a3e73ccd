"""How much memory the machine has and has left, where the system says so (Linux: /proc/meminfo)."""

from pathlib import Path
from typing import Literal

MEMINFO = Path("/proc/meminfo")
_KIB_A_GIB = 1 << 20


def memory_gib(what: Literal["MemTotal", "MemAvailable"], source: Path = MEMINFO) -> float | None:
    """GiB in all, or that new processes may take; None where the system does not say."""
    try:
        told = dict(line.split(":", 1) for line in source.read_text(encoding="ascii").splitlines())
        return int(told[what].split()[0]) / _KIB_A_GIB
    except (OSError, ValueError, KeyError, IndexError):
        return None
