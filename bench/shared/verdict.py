"""Goals held against what was measured: who is the best peer, what is reached, who is ahead."""

from __future__ import annotations

import statistics
from typing import NamedTuple

from .goals import BEST, Goal
from .results import Result, Subject


class Rival(NamedTuple):
    """A contender and its figure."""

    name: str
    median: float


class Verdict(NamedTuple):
    """One goal and what became of it."""

    goal: Goal
    found: list[float]
    reference: Rival | None
    """What the ratio is to; None where the goal is absolute."""
    best_peer: Rival | None
    is_behind: bool
    """Whether the best peer is ahead by more than the noise."""

    @property
    def median(self) -> float:
        return statistics.median(self.found)

    @property
    def ratio(self) -> float | None:
        return self.median / self.reference.median if self.reference else None

    @property
    def is_met(self) -> bool:
        reached, wanted = self.median, self.goal.goal
        if self.ratio is not None and self.goal.ratio is not None:
            reached, wanted = self.ratio, self.goal.ratio
        return reached >= wanted if self.goal.is_more_better else reached <= wanted


def judged(goal: Goal, subject: Subject) -> Verdict | None:
    """What became of a goal; None where this build can't do it yet."""
    ours = subject.results.get(goal.ours)
    if ours is None or goal.figure not in ours.figures:
        return None
    found = ours.figures[goal.figure]
    best = best_peer(goal, subject)
    is_behind = best is not None and _is_ahead(subject.results[best.name], found, goal)
    return Verdict(goal, found, _reference(goal, subject, best), best, is_behind)


def best_peer(goal: Goal, subject: Subject) -> Rival | None:
    """The best of those that lose nothing, and that compress where we do.

    Nobody races for memory or maps: those goals are about what a machine can bear.
    """
    if not goal.is_race:
        return None
    must_compress = subject.results[goal.ours].is_compressed
    rivals = [
        Rival(name, median)
        for name, one in subject.results.items()
        if one.kind == "peer" and one.loss is None and (one.is_compressed or not must_compress)
        if (median := one.median(goal.figure)) is not None
    ]
    choose = max if goal.is_more_better else min
    return choose(rivals, key=lambda rival: rival.median, default=None)


def _reference(goal: Goal, subject: Subject, best: Rival | None) -> Rival | None:
    if goal.ratio is None:
        return None
    if goal.against == BEST:
        return best
    other = subject.results.get(goal.against)
    median = other.median(goal.against_figure or goal.figure) if other else None
    return None if median is None else Rival(goal.against, median)


def _is_ahead(peer: Result, found: list[float], goal: Goal) -> bool:
    """Whether even the peer's worse rounds were better than our better ones."""
    theirs = peer.figures[goal.figure]
    if goal.is_more_better:
        theirs, found = [-x for x in theirs], [-x for x in found]
    return _quarter(theirs, 3) < _quarter(found, 1)


def _quarter(found: list[float], number: int) -> float:
    if len(found) == 1:
        return found[0]
    return statistics.quantiles(found, n=4, method="inclusive")[number - 1]
