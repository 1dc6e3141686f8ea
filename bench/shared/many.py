"""W6: ten thousand small results of a hundred users, saved by one thread, by eight, by eight processes."""

from __future__ import annotations

import multiprocessing
import os
import random
import statistics
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from .children import in_child, in_children, settle
from .contender import Contender, in_turn
from .lossless import loss
from .results import Result

SLOW = 15.0
"""Seconds after which one round of someone must do."""
USERS = 100
WORKERS = 8
LOADS = 2000


class Saves(NamedTuple):
    """When some saves began and ended, and how long each took."""

    begun: float
    ended: float
    took: list[float]


Batch = Mapping[str, Any]


def measure(
    contenders: Sequence[type[Contender]],
    values: Batch,
    rounds: int,
    scratch: Path,
    say: Callable[[str], None],
) -> dict[str, Result]:
    """All results saved in as many rounds, by each in turn and in each of the three ways."""
    results = {one.name: Result.of(one) for one in contenders}
    settle()
    for one in contenders:
        if one.kind != "limit":
            results[one.name].loss = loss(one, next(iter(values.values())), scratch)
        for way in WAYS:
            (scratch / f"{one.name} {way}").mkdir()
    for number, batch in enumerate(_batches(values, rounds)):
        for one in in_turn(contenders, number):
            if results[one.name].slowest("round") < SLOW:
                results[one.name].add(_saved(one, batch, number, scratch))
        say(f"round {number + 1} of {rounds}")
    keepers = [one for one in contenders if len(results[one.name].figures["round"]) == rounds]
    for number in range(rounds):
        for one in keepers:
            if one.kind != "limit":
                results[one.name].add(_loaded(one, values, number, scratch))
    return results


def _batches(values: Batch, count: int) -> list[dict[str, Any]]:
    items = list(values.items())
    each = len(items) // count
    return [dict(items[number * each :][:each]) for number in range(count)]


def _saved(one: type[Contender], batch: Batch, number: int, scratch: Path) -> dict[str, float]:
    """One round: by one thread, so that in the end all are kept, and by eight of a kind in turn."""
    begun = time.perf_counter()
    figures: dict[str, float] = {}
    alone, *together = WAYS
    for way in [alone] if one.kind == "limit" else [alone, together[number % len(together)]]:
        save = WAYS[way]
        os.sync()
        saves = in_child(lambda save=save, way=way: save(one, scratch / f"{one.name} {way}", batch))
        figures |= {
            f"saves/s, {way}": len(saves.took) / (saves.ended - saves.begun),
            f"save p99, {way}": statistics.quantiles(saves.took, n=100, method="inclusive")[98],
            f"save longest, {way}": max(saves.took),
        }
    return figures | {"round": time.perf_counter() - begun}


def _by_one(one: type[Contender], folder: Path, batch: Batch) -> Saves:
    opened = one(folder)
    saves = _save_all(opened, _prepared(opened, batch))
    opened.close()
    return saves


def _by_threads(one: type[Contender], folder: Path, batch: Batch) -> Saves:
    opened = one(folder)
    barrier = threading.Barrier(WORKERS, timeout=300)
    found: list[Saves] = []

    def work(part: Batch) -> None:
        barrier.wait()
        found.append(_save_all(opened, part))

    threads = [
        threading.Thread(target=work, args=(_prepared(opened, part),)) for part in _parts(batch)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if len(found) < WORKERS:
        raise RuntimeError(f"{WORKERS - len(found)} of {WORKERS} threads failed")
    opened.close()
    return _joined(found)


def _by_processes(one: type[Contender], folder: Path, batch: Batch) -> Saves:
    barrier = multiprocessing.get_context("fork").Barrier(WORKERS, timeout=300)

    def work(part: Batch) -> Saves:
        opened = one(folder)
        prepared = _prepared(opened, part)
        barrier.wait()
        saves = _save_all(opened, prepared)
        # Nobody tidies up while others are still timed.
        barrier.wait()
        opened.close()
        return saves

    return _joined(in_children([lambda part=part: work(part) for part in _parts(batch)]))


WAYS = {"1 thread": _by_one, "8 threads": _by_threads, "8 processes": _by_processes}


def _parts(batch: Batch) -> list[dict[str, Any]]:
    items = list(batch.items())
    return [dict(items[number::WORKERS]) for number in range(WORKERS)]


def _prepared(opened: Contender, batch: Batch) -> dict[str, Any]:
    return {key: opened.prepare(value) for key, value in batch.items()}


def _save_all(opened: Contender, prepared: Batch) -> Saves:
    took = []
    begun = last = time.perf_counter()
    for key, value in prepared.items():
        opened.save(key, value)
        now = time.perf_counter()
        took.append(now - last)
        last = now
    return Saves(begun, last, took)


def _joined(found: Sequence[Saves]) -> Saves:
    took = [each for saves in found for each in saves.took]
    return Saves(min(one.begun for one in found), max(one.ended for one in found), took)


def _loaded(one: type[Contender], values: Batch, number: int, scratch: Path) -> dict[str, float]:
    keys = list(values)
    random.Random(number).shuffle(keys)

    def work() -> dict[str, float]:
        opened = one(scratch / f"{one.name} 1 thread")
        opened.load(keys[-1])
        begun = time.perf_counter()
        for key in keys[:LOADS]:
            opened.load(key)
        rate = len(keys[:LOADS]) / (time.perf_counter() - begun)
        took = [_listing_seconds(opened, user) for user in sorted({key[:4] for key in keys})]
        opened.close()
        listed = "list of 100" if one.lists_all else "list of 100, in part"
        return {"loads/s, 1 thread": rate, listed: statistics.median(took)}

    return in_child(work)


def _listing_seconds(opened: Contender, user: str) -> float:
    begun = time.perf_counter()
    opened.list(user)
    return time.perf_counter() - begun


def results_of_users(make: Callable[[int], Any], count: int) -> dict[str, Any]:
    """So many values by their keys, the users in turn."""
    return {f"u{n % USERS:03}/r{n // USERS:03}": make(n) for n in range(count)}
