"""What size costs: of one value, and of how many results a store holds."""

from __future__ import annotations

import os
import statistics
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import stillroom

from . import durable
from . import workloads as made
from .children import in_child
from .contender import Contender
from .limits import Limit
from .ours import Stillroom
from .results import Result
from .rounds import Plan, measure

Say = Callable[[str], None]

LEAST = 2**10
PEERS_END = 2**30
"""Larger ones only stillroom keeps, and the machine."""
ON_A_PAGE = 100
SMALL_BYTES = 60
"""About what each of the many results takes."""
AT_ONCE = 20
SWEEPS = 3


def by_size(
    contenders: Sequence[type[Contender]], greatest: int, scratch: Path, say: Say
) -> dict[str, Result]:
    """Save and load of one array, each size four times the last; figures are `NAME @ BYTES`."""
    results = {one.name: Result.of(one) for one in contenders}
    len_ = LEAST
    while len_ <= greatest:
        count = max(1, min(20, 2**23 // len_))
        rounds = 5 if len_ < 2**26 else 3 if len_ < 2**30 else 2
        racing = [
            one for one in contenders if len_ <= PEERS_END or issubclass(one, Stillroom | Limit)
        ]
        values = {f"{n}": made.walk(n, len_=len_ // 8) for n in range(count)}
        plan = Plan(values, made.walk(99, len_=2**15), rounds)
        for name, found in measure(plan, racing, scratch, lambda _: None).items():
            results[name].loss = found.loss
            for figure, numbers in found.figures.items():
                results[name].figures[f"{figure} @ {len_}"] = numbers
        say(f"{len_} bytes")
        len_ *= 4
    return results


def by_count(greatest: int, scratch: Path, say: Say) -> dict[str, Result]:
    """What one more call costs in a store that grows; figures are `NAME @ COUNT`."""
    result = Result.of(Stillroom)
    count = held = 0
    while (count := count * 10 or 100) <= greatest:
        result.add(
            {
                f"fill @ {count}": in_child(
                    lambda held=held, count=count: _fill(scratch, held, count)
                )
            }
        )
        held = count
        os.sync()
        for name, took in in_child(lambda count=count: _calls(scratch, count)).items():
            result.figures[f"{name} @ {count}"] = took
        result.add({f"bytes stored @ {count}": durable.size(scratch)})
        say(f"{count} results")
    return {Stillroom.name: result}


def _fill(folder: Path, held: int, count: int) -> float:
    """Save results in sets of a page each, up to so many; the seconds that one took."""
    begun = time.perf_counter()
    with _open(folder) as store:
        for first in range(held, count, ON_A_PAGE):
            store.save_page(
                _page(first), {_key(n): _small(n) for n in range(first, first + ON_A_PAGE)}
            )
    return (time.perf_counter() - begun) / (count - held)


def _calls(folder: Path, count: int) -> dict[str, list[float]]:
    """The times of each call, the middle, the least and the most, in a new process."""
    took: dict[str, list[float]] = {"open": [], "save": [], "load": [], "list a page": [], "gc": []}
    for _ in range(AT_ONCE):
        took["open"].append(_seconds(_open, folder))
    with _open(folder) as store:
        for number in range(AT_ONCE):
            one = count // AT_ONCE * number
            page, key, changed = _page(one), _key(one), _small(one) | {"again": count}
            took["save"].append(_seconds(store.save, "one more", key, changed))
            took["load"].append(_seconds(store.load, page, key))
            took["list a page"].append(_seconds(store.results, page))
        assert len(store.results(page)) == ON_A_PAGE
        for _ in range(SWEEPS):
            took["gc"].append(_seconds(store.gc))
    return {call: [statistics.median(all_), min(all_), max(all_)] for call, all_ in took.items()}


def _seconds(call: Callable[..., Any], *arguments: Any) -> float:
    begun = time.perf_counter()
    call(*arguments)
    return time.perf_counter() - begun


def _open(folder: Path) -> stillroom.Store:
    return stillroom.open(folder / "store", signing_key=[], durable=True)


def _page(number: int) -> str:
    return f"page {number // ON_A_PAGE}"


def _key(number: int) -> str:
    return f"result {number}"


def _small(number: int) -> dict[str, Any]:
    return {"rmse": number / 7, "mae": number / 9, "rows": number, "model": "ridge"}
