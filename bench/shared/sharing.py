"""What a hundred processes that have loaded the same value take of the machine's memory together."""

from __future__ import annotations

import multiprocessing
from pathlib import Path
from typing import Any

from .children import in_child, in_children, proportional
from .contender import Contender
from .touching import touch

COUNT = 100


def together(one: type[Contender], value: Any, small: Any, folder: Path) -> dict[str, float]:
    """By how much the sum of their proportional set sizes grows once all have loaded and read it."""

    def save() -> None:
        opened = one(folder)
        opened.save("small", small)
        opened.save("value", value)
        opened.close()

    barrier = multiprocessing.get_context("fork").Barrier(COUNT, timeout=300)

    def load() -> int:
        opened = one(folder)
        # What an open store takes of each process is not in the figure.
        opened.load("small")
        barrier.wait()
        before = proportional()
        barrier.wait()
        loaded = opened.load("value")
        touch(loaded)
        barrier.wait()
        grown = proportional() - before
        # Nobody goes before all have looked.
        barrier.wait()
        return grown

    in_child(save)
    return {f"resident in {COUNT} processes": sum(in_children([load] * COUNT))}
