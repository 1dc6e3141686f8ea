"""The subjects of the PostgreSQL benchmark: which values, kept by whom, in how many rounds."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from . import crowd, versions
from . import workloads as made
from .databases import ALL as EVERYONE
from .databases import Bytea, Stillroom
from .rounds import Plan
from .subjects import Measured, Say, measured, size

LOSSLESS = (Stillroom, Bytea)
"""Where the recipe's JSON would take minutes, or has no form for it."""


def w1(scratch: Path, say: Say, is_quick: bool) -> Measured:
    """A dict of 50 metrics."""
    values = {f"run {number}": made.metrics(number) for number in range(50 if is_quick else 500)}
    return measured(Plan(values, made.metrics(10**6), 2 if is_quick else 7), EVERYONE, scratch, say)


def w2(scratch: Path, say: Say, is_quick: bool) -> Measured:
    """A page of six models' results."""
    share, count, rounds = (0.1, 2, 2) if is_quick else (1, 6, 5)
    values = {f"page {number}": made.page_of_models(number, share) for number in range(count)}
    return measured(Plan(values, made.page_of_models(99, 0.02), rounds), EVERYONE, scratch, say)


def w3(scratch: Path, say: Say, is_quick: bool) -> Measured:
    """A million rows of 20 columns."""
    share, rounds = (0.02, 2) if is_quick else (1, 5)
    values = {"frame": made.mixed_frame(share=share)}
    return measured(Plan(values, made.mixed_frame(99, 0.002), rounds), EVERYONE, scratch, say)


def w4(scratch: Path, say: Say, is_quick: bool) -> Measured:
    """One array of a gigabyte."""
    values = {"walk": made.walk(share=0.01 if is_quick else 1)}
    return measured(Plan(values, made.walk(99, 0.002), 1), LOSSLESS, scratch, say)


def w5(scratch: Path, say: Say, is_quick: bool) -> Measured:
    """Eleven versions of W3."""
    share, rounds = (0.02, 2) if is_quick else (1, 3)
    found = versions.measure(LOSSLESS, share, rounds, scratch, say)
    return size(made.mixed_frame(share=share)), found


ALL: dict[str, Callable[[Path, Say, bool], Measured]] = {
    "postgres-W1": w1,
    "postgres-W2": w2,
    "postgres-W3": w3,
    "postgres-W4": w4,
    "postgres-W5": w5,
    "crowd": crowd.measure,
}
