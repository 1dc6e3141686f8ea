"""Everyone in turn, in several rounds: so whatever else the machine does falls on all alike.

Each save and each load is done by a process of its own (`children.py`), in a folder that is
new in each round. It has kept a small value of the same kind before, so that what is done
once in the life of a process, such as importing, is not in the time.
"""

from __future__ import annotations

import os
import statistics
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from .children import Memory, in_child, settle
from .contender import Contender, in_turn
from .lossless import loss
from .results import Result
from .touching import touch

SLOW = 4.0
"""Seconds after which one round must do, of a peer or of what compresses."""
WARM = "warm"


class Plan(NamedTuple):
    """What is kept in one round by each, and how often."""

    values: Mapping[str, Any]
    small: Any
    """A value of the same kind, for what needs no size."""
    rounds: int
    columns: Sequence[str] = ()
    rows: slice | None = None
    """What loads of a part ask for."""


def measure(
    plan: Plan, contenders: Sequence[type[Contender]], scratch: Path, say: Callable[[str], None]
) -> dict[str, Result]:
    """The results of each contender by its name."""
    results = {one.name: Result.of(one) for one in contenders}
    settle()
    for one in contenders:
        if one.kind != "limit":
            results[one.name].loss = loss(one, plan.small, scratch)
    for number in range(plan.rounds):
        for one in in_turn(contenders, number):
            result = results[one.name]
            may_be_slow = one.kind == "peer" or one.is_compressed
            is_slow = may_be_slow and result.slowest("save", "load") > SLOW
            if result.failed is None and not is_slow:
                _one_round(plan, one, result, scratch)
        say(f"round {number + 1} of {plan.rounds}")
    return results


def _one_round(plan: Plan, one: type[Contender], result: Result, scratch: Path) -> None:
    with tempfile.TemporaryDirectory(dir=scratch) as name:
        folder = Path(name)
        for work in (_saves, _loads):
            # What was written or removed before must not be synced within a time.
            os.sync()
            try:
                result.add(in_child(lambda work=work: work(plan, one, folder)))
            except RuntimeError as error:
                result.failed = str(error).splitlines()[-1].replace(str(folder), "…")
                return


def _saves(plan: Plan, one: type[Contender], folder: Path) -> dict[str, float]:
    for value in plan.values.values():
        # Its objects, which the fork shares, become this process's own where they are counted.
        touch(value)
    opened = one(folder)
    opened.save(WARM, opened.prepare(plan.small))
    opened.close()
    before = one.stored(folder)
    opened = one(folder)
    opened.save("first", opened.prepare(np.zeros(1)))
    prepared = {key: opened.prepare(value) for key, value in plan.values.items()}
    memory = Memory()
    took = []
    for key, value in prepared.items():
        begun = time.perf_counter()
        opened.save(key, value)
        took.append(time.perf_counter() - begun)
    peak = memory.peak
    opened.close()
    stored = one.stored(folder) - before
    return _spread("save", took) | {"save peak": peak, "bytes": stored / len(took)}


def _loads(plan: Plan, one: type[Contender], folder: Path) -> dict[str, float]:
    opened = one(folder)
    try:
        touch(opened.load(WARM))
    except NotImplementedError:
        return {}
    memory = Memory()
    loaded, took, touched = [], [], []
    for key in reversed(plan.values):
        begun = time.perf_counter()
        loaded.append(opened.load(key))
        took.append(time.perf_counter() - begun)
    untouched = memory.now
    for value, first in zip(loaded, took, strict=True):
        begun = time.perf_counter()
        touch(value)
        touched.append(first + time.perf_counter() - begun)
    figures = _spread("load", took) | {
        "load + touch": statistics.median(touched),
        "load resident": untouched / len(took),
        "load peak": memory.peak / len(took),
    }
    loaded.clear()
    return figures | _more_loads(plan, opened)


def _more_loads(plan: Plan, opened: Contender) -> dict[str, float]:
    """Loads of a part, or into memory of one's own, by those who have them."""
    key = next(iter(plan.values))
    more: dict[str, Callable[[], Any]] = {}
    if plan.columns and hasattr(opened, "load_columns"):
        more["load columns"] = lambda: opened.load_columns(key, list(plan.columns))
    if plan.rows and hasattr(opened, "load_rows"):
        more["load rows"] = lambda: opened.load_rows(key, plan.rows)
    if hasattr(opened, "load_copy"):
        more["load copy"] = lambda: opened.load_copy(key)
    figures = {}
    for name, work in more.items():
        begun = time.perf_counter()
        work()
        figures[name] = time.perf_counter() - begun
    opened.close()
    return figures


def _spread(name: str, took: list[float]) -> dict[str, float]:
    """The middle one, and, of many, what 99 of 100 stay under."""
    spread = {name: statistics.median(took)}
    if len(took) >= 100:
        spread[f"{name} p99"] = statistics.quantiles(took, n=100, method="inclusive")[98]
    return spread
