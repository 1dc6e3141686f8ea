"""What the cache on this computer makes of a load from a database, beside a folder on this computer.

    python bench/near.py                      W3 and an array of 64 MiB, on a PostgreSQL 15 of its own
    python bench/near.py --rounds 7

It prints a table and writes nothing. The server is on this computer, so there is no network in what is measured: to
one elsewhere, what is fetched takes its bytes' time more, and what is mapped does not.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import uuid4

ROOT = Path(__file__).resolve().parents[1]
sys.path.append(str(ROOT / "python" / "tests"))

import numpy as np  # noqa: E402
import pandas as pd  # noqa: E402
import throwaway  # noqa: E402
from shared import workloads  # noqa: E402

import stillroom  # noqa: E402

SCRATCH = ROOT / "target"
LOAD_AGAIN = """
import sys, time, numpy, pandas, pyarrow, stillroom
url, owner, cache = sys.argv[1:]
with stillroom.open(url, owner=owner, cache=cache) as store:
    store.results()
    begun = time.perf_counter()
    store.load("page", "value")
    print(time.perf_counter() - begun)
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--rounds", type=int, default=5)
    rounds = parser.parse_args().rounds
    values: dict[str, Callable[[int], Any]] = {
        "frame, 1e6 x 20": lambda seed: workloads.mixed_frame(seed),
        "array, 64 MiB": lambda seed: np.random.default_rng(seed).normal(size=2**23),
    }
    with (
        tempfile.TemporaryDirectory(dir=SCRATCH, prefix="stillroom-bench-") as name,
        throwaway.server(15) as server,
    ):
        server.create("near")
        url = server.migrate("near")
        for what, make in values.items():
            found = [one(make(seed), server, url, Path(name)) for seed in range(rounds)]
            print(f"\n{what}, median of {rounds}, in ms")
            for label in found[0]:
                times = [1000 * each[label] for each in found]
                print(
                    f"  {label:44}{statistics.median(times):9.1f}  ({min(times):.1f} to {max(times):.1f})"
                )


def one(value: Any, server: throwaway.Server, url: str, scratch: Path) -> dict[str, float]:
    """How long each way of saving and loading a value takes, in seconds."""
    owner, times = str(uuid4()), {}
    server.run(
        f"insert into auth.users (id) values ('{owner}')", throwaway.SUPERUSER, database="near"
    )
    with tempfile.TemporaryDirectory(dir=scratch) as name:
        with stillroom.open(Path(name) / "folder", durable=True) as folder:
            folder.save("page", "value", value)
            folder.load("page", "value")
            times["a folder: load"] = timed(lambda: folder.load("page", "value"))
        cache = Path(name) / "cache"
        with (
            stillroom.open(url, owner=owner, cache=False) as plain,
            stillroom.open(url, owner=owner, cache=cache) as store,
        ):
            times["a database: save"] = timed(lambda: plain.save("page", "value", value))
            times["a round trip: a small result"] = round_trip(store)
            times["without a cache: load"] = timed(lambda: plain.load("page", "value"))
            times["with one: the first load"] = timed(lambda: store.load("page", "value"))
            times["with one: the second"] = timed(lambda: store.load("page", "value"))
            times["with one: the third"] = timed(lambda: store.load("page", "value"))
            assert_same(store.load("page", "value"), value)
            asked = [sys.executable, "-c", LOAD_AGAIN, url, owner, str(cache)]
            answer = subprocess.run(
                asked, capture_output=True, text=True, check=True, env=os.environ
            )
            times["with one: the first of another process"] = float(answer.stdout)
            store.delete("page", "value")
            store.delete("page", "small")
            store.gc()
    return times


def round_trip(store: stillroom.Store) -> float:
    store.save("page", "small", 1.25)
    return min(timed(lambda: store.load("page", "small")) for _ in range(5))


def timed(work: Callable[[], object]) -> float:
    begun = time.perf_counter()
    kept = work()
    took = time.perf_counter() - begun
    del kept
    return took


def assert_same(left: Any, right: Any) -> None:
    if isinstance(left, pd.DataFrame):
        pd.testing.assert_frame_equal(left, right)
    else:
        np.testing.assert_array_equal(left, right)


if __name__ == "__main__":
    main()
