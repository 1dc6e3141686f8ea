"""W5: a frame saved again and again, each time a little changed and a little longer.

stillroom counts versions of one result. The peers have no versions: each gets a name of its own.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import pandas as pd

from . import workloads as made
from .children import Memory, in_child, settle
from .contender import Contender, in_turn
from .lossless import loss
from .results import Result
from .rounds import WARM
from .touching import touch

TENTH = 10
HELD = 100


def measure(
    contenders: Sequence[type[Contender]],
    share: float,
    rounds: int,
    scratch: Path,
    say: Callable[[str], None],
) -> dict[str, Result]:
    """All versions saved by each in turn, then the tenth loaded by each in turn."""
    results = {one.name: Result.of(one) for one in contenders}
    small = made.mixed_frame(99, rows=1000)
    for one in contenders:
        if one.kind != "limit":
            results[one.name].loss = loss(one, small, scratch)
        _begin(one, scratch / one.name, small)
    for number, frame in enumerate(made.versions(share), start=1):
        settle()
        for one in in_turn(contenders, number):
            results[one.name].add(_saved(one, scratch / one.name, number, frame))
        say(f"version {number} of {made.VERSIONS}")
    for one in contenders:
        results[one.name].add({"bytes of all": one.stored(scratch / one.name)})
    keepers = [one for one in contenders if one.kind != "limit"]
    for number in range(rounds):
        for one in in_turn(keepers, number):
            folder = scratch / one.name
            results[one.name].add(in_child(lambda one=one, folder=folder: _loaded(one, folder)))
            if one.kind == "ours":
                results[one.name].add(_unchanged(one, folder, frame))
        say(f"round {number + 1} of {rounds}")
    for one in keepers:
        if one.kind == "ours":
            folder = scratch / one.name
            results[one.name].add(in_child(lambda one=one, folder=folder: _held(one, folder)))
    return results


def _begin(one: type[Contender], folder: Path, small: pd.DataFrame) -> None:
    """Keep a small value first, as in all other subjects."""

    def work() -> None:
        opened = one(folder)
        opened.save(WARM, opened.prepare(small))
        opened.close()

    folder.mkdir()
    in_child(work)


def _saved(
    one: type[Contender], folder: Path, number: int, frame: pd.DataFrame
) -> dict[str, float]:
    """Time and bytes of one more version."""

    def work() -> tuple[float, int]:
        opened = one(folder)
        if one.kind != "limit":
            opened.load(WARM)
        prepared = opened.prepare(frame)
        memory = Memory()
        begun = time.perf_counter()
        opened.save(_key(one, number), prepared)
        took, peak = time.perf_counter() - begun, memory.peak
        opened.close()
        return took, peak

    before = one.stored(folder)
    os.sync()
    took, peak = in_child(work)
    which = "first" if number == 1 else "next"
    stored = one.stored(folder)
    return {
        f"save {which}": took,
        f"save {which} peak": peak,
        f"bytes {which}": stored - before,
        "bytes stored": stored,
    }


def _loaded(one: type[Contender], folder: Path) -> dict[str, float]:
    """The times of a load of the tenth version; its file has been read before."""
    opened = one(folder)
    touch(_tenth(opened))
    settle()
    memory = Memory()
    begun = time.perf_counter()
    frame = _tenth(opened)
    took, untouched = time.perf_counter() - begun, memory.now
    begun = time.perf_counter()
    touch(frame)
    touched = took + time.perf_counter() - begun
    opened.close()
    return {"load": took, "load + touch": touched, "load resident": untouched}


def _unchanged(one: type[Contender], folder: Path, frame: pd.DataFrame) -> dict[str, float]:
    """The newest version saved again as it is."""
    again = _saved(one, folder, made.VERSIONS, frame)
    return {"save unchanged": again["save next"], "bytes unchanged": again["bytes next"]}


def _held(one: type[Contender], folder: Path) -> dict[str, float]:
    """How many maps a process has that holds the tenth version a hundred times."""
    opened = one(folder)
    before = _maps()
    frames = [_tenth(opened) for _ in range(HELD)]
    held = _maps() - before
    assert len(frames) == HELD
    opened.close()
    return {"maps of 100 loads": held}


def _maps() -> int:
    return len(Path("/proc/self/maps").read_text().splitlines())


def _key(one: type[Contender], number: int) -> str:
    return "frame" if one.kind == "ours" else f"version {number}"


def _tenth(opened: Contender) -> pd.DataFrame:
    if opened.kind == "ours":
        return opened.load_version("frame", TENTH)
    return opened.load(_key(type(opened), TENTH))
