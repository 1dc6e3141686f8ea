"""Work done in a process of its own, and how much memory it took.

Each is a fork: libraries are imported and the value is made once, and yet nobody finds
memory or files as another left them. Linux only, as `/proc` is.
"""

from __future__ import annotations

import ctypes
import gc
import os
import pickle
import traceback
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Self, TypeVar

import pyarrow as pa

T = TypeVar("T")


def in_child(work: Callable[[], T]) -> T:
    """What `work` returns, done by a child of this process."""
    return in_children([work])[0]


def in_children(works: Sequence[Callable[[], T]]) -> list[T]:
    """What each of `works` returns, done by children at the same time."""
    return [_finish(*child) for child in [_start(work) for work in works]]


def _start(work: Callable[[], object]) -> tuple[int, int]:
    receiving, sending = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(receiving)
        _answer(work, sending)
    os.close(sending)
    return child, receiving


def _finish(child: int, receiving: int) -> Any:
    with os.fdopen(receiving, "rb") as pipe:
        said = pipe.read()
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    if not said:
        raise RuntimeError(f"a measuring process ended without a word, with status {status}")
    error, answer = pickle.loads(said)
    if error:
        raise RuntimeError(error)
    return answer


def _answer(work: Callable[[], object], sending: int) -> None:
    try:
        answer = (None, work())
    except BaseException:
        answer = (traceback.format_exc(), None)
    with os.fdopen(sending, "wb") as pipe:
        pickle.dump(answer, pipe)
    os._exit(0)


def settle() -> None:
    """Before the forks: leave them nothing to tidy up, and no memory that is free but not given back.

    The collector would look through our values in each of them, as it wouldn't in an app;
    and a load into memory that lies about is faster than one by a new process, and smaller.
    """
    gc.collect()
    gc.freeze()
    pa.default_memory_pool().release_unused()
    ctypes.CDLL(None).malloc_trim(0)


class Memory:
    """The resident memory of this process above what it was at the beginning, in bytes."""

    def __init__(self) -> None:
        self._before = 0
        self.reset()

    def reset(self) -> Self:
        """Begin anew: what was used at most is forgotten."""
        # 5 forgets the peak alone (man 5 proc).
        Path("/proc/self/clear_refs").write_text("5")
        self._before = _resident("VmRSS")
        return self

    @property
    def now(self) -> int:
        return max(_resident("VmRSS") - self._before, 0)

    @property
    def peak(self) -> int:
        return max(_resident("VmHWM") - self._before, 0)


def proportional() -> int:
    """The proportional set size of this process: what it shares with n others counts as an nth."""
    return _told("smaps_rollup", "Pss")


def _resident(name: str) -> int:
    return _told("status", name)


def _told(file: str, name: str) -> int:
    for line in Path("/proc/self", file).read_text().splitlines():
        if line.startswith(f"{name}:"):
            return int(line.split()[1]) * 1024
    raise ValueError(f"no {name} in /proc/self/{file}")
