"""The subjects of the embedded benchmark: which values, kept by whom, in how many rounds."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

from . import growth, limits, many, ours, peers, sharing, versions
from . import workloads as made
from .contender import Contender
from .results import Result
from .rounds import Plan, measure

Say = Callable[[str], None]
Measured = tuple[int, dict[str, Result]]

OURS = (*ours.RAW, *ours.COMPRESSED)
FRAME_COLUMNS = ("price", "created", "status")


def w1(scratch: Path, say: Say, is_quick: bool) -> Measured:
    """A dict of 50 metrics."""
    values = {f"run {number}": made.metrics(number) for number in range(50 if is_quick else 500)}
    machine = (limits.Append, limits.Encode)
    contenders = (*ours.RAW, *peers.ANY_VALUE, *machine)
    plan = Plan(values, made.metrics(10**6), 2 if is_quick else 7)
    return measured(plan, contenders, scratch, say)


def w2(scratch: Path, say: Say, is_quick: bool) -> Measured:
    """A page of six models' results."""
    share, count, rounds = (0.1, 2, 2) if is_quick else (1, 8, 7)
    values = {f"page {number}": made.page_of_models(number, share) for number in range(count)}
    contenders = (*OURS, *peers.ANY_VALUE, *peers.FRAMES, limits.WriteAndMap, limits.Encode)
    return measured(Plan(values, made.page_of_models(99, 0.02), rounds), contenders, scratch, say)


def w3(scratch: Path, say: Say, is_quick: bool) -> Measured:
    """A million rows of 20 columns."""
    share, rounds = (0.02, 2) if is_quick else (1, 5)
    values = {"frame": made.mixed_frame(share=share)}
    contenders = (*OURS, *peers.ANY_VALUE, *peers.FRAMES, limits.WriteAndMap, limits.Hash)
    plan = Plan(
        values, made.mixed_frame(99, 0.002), rounds, FRAME_COLUMNS, _middle(values["frame"])
    )
    return measured(plan, contenders, scratch, say)


def w4(scratch: Path, say: Say, is_quick: bool) -> Measured:
    """One array of a gigabyte."""
    share, rounds = (0.01, 2) if is_quick else (1, 5)
    values = {"walk": made.walk(share=share)}
    machine = (limits.WriteAndMap, limits.Hash, limits.Memcpy)
    contenders = (*OURS, *peers.ANY_VALUE, *peers.ARRAYS, peers.Parquet, peers.Ipc, *machine)
    plan = Plan(values, made.walk(99, 0.002), rounds, rows=_middle(values["walk"]))
    found = measured(plan, contenders, scratch, say)
    for one in ours.RAW:
        together = sharing.together(one, values["walk"], plan.small, scratch)
        found[1][one.name].add(together)
    return found


def w5(scratch: Path, say: Say, is_quick: bool) -> Measured:
    """Eleven versions of W3."""
    share, rounds = (0.02, 2) if is_quick else (1, 5)
    whole = (peers.Pickle, peers.Joblib, peers.Diskcache, peers.Sqlite, peers.Pins, peers.CacheData)
    contenders = (*OURS, *whole, *peers.FRAMES, limits.Hash)
    return size(made.mixed_frame(share=share)), versions.measure(
        contenders, share, rounds, scratch, say
    )


def w6(scratch: Path, say: Say, is_quick: bool) -> Measured:
    """Small results of many users."""
    count, rounds = (800, 2) if is_quick else (10_000, 10)
    values = many.results_of_users(made.metrics, count)
    whole = (peers.Pickle, peers.Joblib, peers.Diskcache, peers.Sqlite, peers.Pins, peers.CacheData)
    contenders = (*ours.RAW, *whole, limits.Append)
    value_bytes = sum(map(size, values.values())) // count
    return value_bytes, many.measure(contenders, values, rounds, scratch, say)


def w7(scratch: Path, say: Say, is_quick: bool) -> Measured:
    """Texts and nested records."""
    share, rounds = (0.02, 2) if is_quick else (1, 5)
    values = {"corpus": made.texts_and_records(share=share)}
    contenders = (*OURS, *peers.ANY_VALUE, *peers.FRAMES, limits.WriteAndMap)
    plan = Plan(values, made.texts_and_records(99, 0.002), rounds)
    return measured(plan, contenders, scratch, say)


def sizes(scratch: Path, say: Say, is_quick: bool) -> Measured:
    """One array of 1 KB to 4 GB."""
    greatest = 2**24 if is_quick else 2**32
    whole = (peers.Pickle, peers.Joblib, peers.Diskcache, peers.Sqlite, peers.CacheData)
    contenders = (*ours.RAW, *whole, peers.Npy, peers.Parquet, limits.WriteAndMap)
    return greatest, growth.by_size(contenders, greatest, scratch, say)


def counts(scratch: Path, say: Say, is_quick: bool) -> Measured:
    """A store of a hundred to a million results."""
    return growth.SMALL_BYTES, growth.by_count(10**3 if is_quick else 10**6, scratch, say)


def measured(
    plan: Plan, contenders: tuple[type[Contender], ...], scratch: Path, say: Say
) -> Measured:
    results = measure(plan, contenders, scratch, say)
    return sum(map(size, plan.values.values())) // len(plan.values), results


def _middle(value: Any) -> slice:
    """The hundredth of a value's rows that lies in its middle."""
    return slice(len(value) // 2, len(value) // 2 + len(value) // 100)


def size(value: Any) -> int:
    """The bytes of a value as it is pickled; its buffers are not copied for it."""
    buffers: list[pickle.PickleBuffer] = []
    head = len(pickle.dumps(value, protocol=5, buffer_callback=buffers.append))
    return head + sum(buffer.raw().nbytes for buffer in buffers)


ALL: dict[str, Callable[[Path, Say, bool], Measured]] = {
    "W1": w1,
    "W2": w2,
    "W3": w3,
    "W4": w4,
    "W5": w5,
    "W6": w6,
    "W7": w7,
    "sizes": sizes,
    "counts": counts,
}
