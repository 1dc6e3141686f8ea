"""How a benchmark is told: on which machine, with which versions, and its numbers."""

from __future__ import annotations

import datetime
import os
import platform
import statistics
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import stillroom


def machine(*libraries: str) -> str:
    """One line about the machine, and one about the versions of `libraries`."""
    found = run(*libraries)
    versions = [f"{name} {version}" for name, version in found["versions"].items()]
    return f"{found['machine']}\n{', '.join(versions)}"


def run(*libraries: str) -> dict[str, Any]:
    """When and on what is measured: the date, the machine, its disk, the versions of `libraries`.

    Stops the program with a debug build: its numbers would say nothing.
    """
    if stillroom._core.IS_DEBUG:
        raise SystemExit("stillroom is a debug build; run the benchmarks with: make bench")
    return {
        "date": datetime.datetime.now(datetime.UTC).date().isoformat(),
        "machine": (
            f"{os.cpu_count()} cores of {_processor()}, {_memory_gib():.0f} GiB, "
            f"{platform.system()} {platform.release()}"
        ),
        "versions": {
            "Python": platform.python_version(),
            **{name: sys.modules[name].__version__ for name in libraries},
        },
    }


def disk(folder: Path) -> str:
    """The file system that a folder is on, and its device."""
    best = ("", "", "")
    for line in Path("/proc/self/mounts").read_text().splitlines():
        device, point, kind = line.split()[:3]
        if folder.resolve().is_relative_to(point) and len(point) >= len(best[1]):
            best = (device, point, kind)
    return f"{best[2]} on {best[0]}"


def median(seconds: Sequence[float]) -> float:
    """The middle one, in milliseconds."""
    return statistics.median(seconds) * 1000


def p95(seconds: Sequence[float]) -> float:
    """What 19 of 20 stay under, in milliseconds."""
    return statistics.quantiles(seconds, n=20, method="inclusive")[-1] * 1000


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    names = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(names, platform.machine())


def _memory_gib() -> float:
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
