"""What each row is to reach: the goals that stillroom set itself before it was built.

Each was set from the machine's limits and the best peer as they were measured then, and is
met by the same ratio to the same limit or peer, measured in the same run. The absolute
figure is what that was on the machine of that day.
"""

from __future__ import annotations

from dataclasses import dataclass

OURS, FAST = "stillroom", "stillroom fast"
WRITTEN, APPENDED, HASHED = "write + fsync, mmap", "append + fdatasync, read", "BLAKE3"

BYTEA = "pickle in bytea"

BEST = "best peer"
"""The best lossless one in the same figure; where ours is compressed, of those that compress."""


@dataclass(frozen=True)
class Goal:
    """One figure of one of our contenders."""

    subject: str
    title: str
    figure: str
    goal: float
    """In seconds, bytes, or one a second."""
    ratio: float | None = None
    """Of what is `against`; without it the absolute figure must be reached."""
    against: str = BEST
    """A contender by its name."""
    against_figure: str = ""
    """Where it isn't the same figure."""
    ours: str = OURS

    @property
    def is_more_better(self) -> bool:
        return "/s" in self.figure

    @property
    def is_race(self) -> bool:
        return not any(word in self.figure for word in ("peak", "resident", "maps"))


# fmt: off
GOALS = [
    Goal("W1", "save, durable, p50", "save", 0.30e-3, 1.6, APPENDED),
    Goal("W1", "save, durable, p99", "save p99", 1e-3, 5.3, APPENDED, "save"),
    Goal("W1", "load, p50", "load", 0.035e-3, 1.0),
    Goal("W2", "save", "save", 8e-3, 0.91),
    Goal("W2", "save, compressed", "save", 20e-3, 2.3, "pickle", ours=FAST),
    Goal("W2", "load", "load", 2.5e-3, 0.68),
    Goal("W2", "load + touch", "load + touch", 5.5e-3, 0.74),
    Goal("W2", "bytes, compressed", "bytes", 2.0e6, 0.8, ours=FAST),
    Goal("W3", "save", "save", 0.11, 0.96),
    Goal("W3", "save, compressed", "save", 0.30, 0.53, "parquet zstd", ours=FAST),
    Goal("W3", "bytes, compressed", "bytes", 36e6, 0.67, "parquet zstd", ours=FAST),
    Goal("W3", "load", "load", 2e-3, 0.08),
    Goal("W3", "load + touch", "load + touch", 15e-3, 0.47),
    Goal("W3", "load, compressed", "load", 0.08, 0.91, ours=FAST),
    Goal("W4", "save", "save", 0.72, 1.25, WRITTEN),
    Goal("W4", "save, memory above the value's own", "save peak", 16e6),
    Goal("W4", "load", "load", 2e-3, 0.0034),
    Goal("W4", "load + touch", "load + touch", 50e-3, 0.078),
    Goal("W4", "load, memory before it is touched", "load resident", 2e6),
    Goal("W4", "memory of 100 processes that loaded it", "resident in 100 processes", 1.1 * 2**30),
    Goal("W4", "bytes, compressed", "bytes", 300e6, 0.75, "parquet zstd", ours=FAST),
    Goal("W4", "save, compressed", "save", 1.0, 1.67, WRITTEN, ours=FAST),
    Goal("W4", "load, compressed", "load", 0.4, 0.09, "parquet zstd", ours=FAST),
    Goal("W5", "save of the next version", "save next", 0.05, 0.28),
    Goal("W5", "the same, of a full compressed save", "save next", 0.06, 0.2, FAST, "save first", FAST),
    Goal("W5", "bytes of the next version, of a full save", "bytes next", 5.5e6, 0.04, OURS, "bytes first"),
    Goal("W5", "the same, compressed", "bytes next", 1.44e6, 0.04, FAST, "bytes first", FAST),
    Goal("W5", "bytes of eleven versions, of one", "bytes of all", 192e6, 1.4, OURS, "bytes first"),
    Goal("W5", "save of what hasn't changed", "save unchanged", 0.035, 1.17, HASHED, "save next"),
    Goal("W5", "its bytes", "bytes unchanged", 0),
    Goal("W5", "load of version 10", "load", 10e-3, 0.63),
    Goal("W5", "maps of 100 loads of it, of 65,530 at most", "maps of 100 loads", 65_000),
    Goal("W6", "saves, 1 thread", "saves/s, 1 thread", 4000, 1.38),
    Goal("W6", "saves, 8 threads, of those of 1", "saves/s, 8 threads", 6000, 1.5, OURS, "saves/s, 1 thread"),
    Goal("W6", "save, 8 threads, p99", "save p99, 8 threads", 10e-3),
    Goal("W6", "saves, 8 processes, of those of 1 thread", "saves/s, 8 processes", 2400, 0.6, OURS, "saves/s, 1 thread"),
    Goal("W6", "save, 8 processes, p99", "save p99, 8 processes", 25e-3),
    Goal("W6", "save, 8 processes, longest", "save longest, 8 processes", 0.5),
    Goal("W6", "loads, 1 thread", "loads/s, 1 thread", 25_000, 1.0),
    Goal("W6", "list of 100, with dates, sizes and types", "list of 100", 100e-6),
    Goal("W7", "save", "save", 0.45, 0.63),
    Goal("W7", "save, compressed", "save", 0.7, 0.99, ours=FAST),
    Goal("W7", "load", "load", 0.22, 0.21),
    Goal("W7", "bytes, compressed", "bytes", 58e6, 0.8, "parquet zstd", ours=FAST),
    Goal("postgres-W1", "save, durable, p50", "save", 0.6e-3, 1.6, BYTEA),
    Goal("postgres-W1", "load, p50", "load", 0.2e-3, 0.87, BYTEA),
    Goal("postgres-W2", "save", "save", 40e-3, 0.31, BYTEA),
    Goal("postgres-W2", "load", "load", 12e-3, 0.83, BYTEA),
    Goal("postgres-W3", "save", "save", 0.5, 0.2, BYTEA),
    Goal("postgres-W3", "load", "load", 0.25, 0.34, BYTEA),
    Goal("postgres-W4", "save", "save", 4.0),
    Goal("postgres-W4", "load", "load", 1.5),
    Goal("postgres-W5", "save of the next version", "save next", 0.12),
    Goal("crowd", "save of a new result among 1,000,000, of that among 10,000", "save @ 1000000", 0.9e-3, 1.5, OURS, "save @ 10000"),
    Goal("crowd", "load, the same", "load @ 1000000", 0.3e-3, 1.5, OURS, "load @ 10000"),
    Goal("crowd", "list of an owner's 100, the same", "list @ 1000000", 5e-3, 1.5, OURS, "list @ 10000"),
    Goal("crowd", "history, the same", "history @ 1000000", 2e-3, 1.5, OURS, "history @ 10000"),
    Goal("sizes", "save of 4 GB, memory above the value's own", f"save peak @ {2**32}", 64e6),
    Goal("sizes", "load + touch of 4 GB, memory, the value's with it", f"load peak @ {2**32}", 2**32 + 64e6),
]
# fmt: on
