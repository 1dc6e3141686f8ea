"""A save or a load that runs in a thread of its own, while the page goes on.

Here are the thread, how far it is, and how it is stopped. What is saved or loaded, and
what becomes of the result, is not known here; nor is Streamlit: its calls end a script
whose tab is gone or that is run again, and the work must outlive that.

A `Work` lies in the session, so that the next run of the script finds it, and can be
pickled like all that lies there: another process has no such thread, and finds nothing.
When the session goes, the thread is all that holds it, and ends by itself.
"""

from __future__ import annotations

import itertools
import logging
import math
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, ClassVar, Literal

from .._errors import StillroomError
from .._page_load import PageLoad
from .._records import Receipt

if TYPE_CHECKING:
    from ._session import Base, PageMemory, Problem, Seen

log = logging.getLogger("stillroom.streamlit")

Report = Callable[[int, int], None]
"""Told the bytes done and the bytes in all; raises where a person stopped the work."""

Purpose = Literal["click", "restore", "read", "link", "nothing"]
"""Who asked for a load: a click, `session_keys`, `page[key]`, or the page's address."""

STEADY_SECONDS = 0.5
"""For how long the speed is watched before anything is said about the time left."""


_numbers = itertools.count(1)


class Stopped(Exception):
    """A person stopped the work; raised inside it and nowhere else."""


@dataclass(slots=True)
class Handed:
    """A value as it was when it was handed over, without the value."""

    seen: Seen
    base: Base | None
    """What was known of the tab's value then; a load in between makes it another."""
    is_followed: bool = True
    """False once the tab was given another value in the place of this one."""


@dataclass(slots=True)
class Saved:
    """What became of a set of values, filled while it is saved."""

    receipts: dict[str, Receipt] = field(default_factory=dict)
    problems: dict[str, Problem] = field(default_factory=dict)
    is_outdated: bool = False
    """Whether the store was found to hold something else than the tab had been told."""


class Gauge:
    """How far a save or a load is, and how long the rest will take.

    By the bytes since the first report: looking at a value takes time that says nothing
    about the disk, and the speed of the last moment would make the number jump.
    """

    __slots__ = ("_first", "_latest", "done", "total")

    def __init__(self) -> None:
        self.done = self.total = 0
        self._first: tuple[float, int] | None = None
        self._latest = 0.0

    def note(self, done: int, total: int, now: float) -> None:
        """Take in a report; one that goes back belongs to another attempt."""
        if self._first is None or total != self.total or done < self.done:
            self._first = (now, done)
        self.done, self.total, self._latest = done, total, now

    @property
    def seconds_left(self) -> int | None:
        """None while it can't be told."""
        since, done = self._first or (self._latest, 0)
        watched, moved = self._latest - since, self.done - done
        if watched < STEADY_SECONDS or moved <= 0:
            return None
        return max(1, math.ceil((self.total - self.done) * watched / moved))


class Work:
    """One save or load, from its beginning until somebody takes over what became of it."""

    __slots__ = (
        "_began",
        "_gauge",
        "_has_ended",
        "_job",
        "error",
        "is_to_stop",
        "number",
        "was_stopped",
    )

    name: ClassVar[str] = "stillroom work"
    """What its thread is called."""

    patience: ClassVar[float] = 1.0
    """For how many seconds a script waits before the page goes on, or says how far it is."""

    def __init__(self, job: Callable[[Report], object] | None) -> None:
        self.number = next(_numbers)
        """Tells it from all others of this process."""
        self.error: BaseException | None = None
        self.was_stopped = False
        self.is_to_stop = threading.Event()
        """Set by whoever wants it to end. A button holds this and not the work, which
        would keep its values alive for as long as Streamlit remembers the button."""
        self._gauge = Gauge()
        self._began = 0.0
        self._job = job
        self._has_ended = threading.Event()
        if job is None:
            self._has_ended.set()

    def start(self) -> None:
        """Begin, in a thread that no page and no session stands behind."""
        self._began = time.monotonic()
        threading.Thread(target=self._run, name=self.name, daemon=False).start()

    @property
    def keys(self) -> tuple[str, ...]:
        """What it is about."""
        return ()

    @property
    def is_finished(self) -> bool:
        """Whether it has ended, well or not."""
        return self._has_ended.is_set()

    def wait(self, seconds: float | None = None) -> bool:
        """Wait until it has ended; False if it has not after these seconds."""
        return self._has_ended.wait(seconds)

    def wait_for_a_moment(self) -> bool:
        """Wait through what is left of its first moment; False if it goes on after that."""
        return self.wait(max(0.0, self._began + self.patience - time.monotonic()))

    def stop(self) -> None:
        """Ask it to end without a result; a save does so until its record is being written."""
        self.is_to_stop.set()

    def _run(self) -> None:
        job, self._job = self._job, None
        try:
            if job is not None:
                job(self._report)
        except Stopped:
            self.was_stopped = True
        # Whatever it is: somebody may be waiting for the end, and raises it.
        except BaseException as error:
            if not isinstance(error, StillroomError):
                log.error("a %s ended with an error of another kind", self.name, exc_info=error)
            self.error = _without_frames(error)
        finally:
            # The values go before anybody is told, and so does what holds them.
            del job
            self._has_ended.set()

    def _report(self, done: int, total: int) -> None:
        if self.is_to_stop.is_set():
            raise Stopped
        self._gauge.note(done, total, time.monotonic())


class Save(Work):
    """The save of a set of values.

    The thread isn't a daemon, though those of newer Streamlits are: a server that is
    told to stop finishes what it is saving, which takes as long as the disk does. One
    that is killed loses that save whole, since its record is written last.
    """

    __slots__ = ("handed", "is_awaited", "is_by_hand", "saved")

    name = "stillroom save"

    def __init__(
        self,
        handed: Mapping[str, Handed],
        job: Callable[[Report, Saved], object] | None,
        *,
        is_by_hand: bool = False,
        is_awaited: bool = False,
    ) -> None:
        self.handed = dict(handed)
        self.is_by_hand = is_by_hand
        """Whether the panel says what it did."""
        self.is_awaited = is_awaited
        """Whether a script waits for it, and raises what it fails with."""
        self.saved = saved = Saved()
        super().__init__(None if job is None else lambda report: job(report, saved))

    @property
    def keys(self) -> tuple[str, ...]:
        return tuple(self.handed)

    def __reduce__(self) -> tuple[type[Save], tuple[dict[str, Handed], None]]:
        return (Save, ({}, None))


class Load(Work):
    """The load of some keys, each at a version or at the newest.

    The thread isn't a daemon either: one that is in the store while the interpreter ends
    would bring the process down. But nobody waits for what it loads by then, so it ends
    at its next report.
    """

    __slots__ = ("is_unattended", "loaded", "purpose", "wanted")

    name = "stillroom load"

    def __init__(
        self,
        purpose: Purpose,
        wanted: Mapping[str, int | None],
        job: Callable[[Report], PageLoad] | None,
    ) -> None:
        self.purpose = purpose
        self.wanted = dict(wanted)
        self.loaded: PageLoad | None = None
        """What it has loaded; None until then, and where that came to nothing."""
        self.is_unattended: Callable[[], bool] | None = None
        """Asked at each report, once its script is gone; where it says so, the load ends."""
        super().__init__(None if job is None else lambda report: self._keep(job(report)))

    @property
    def keys(self) -> tuple[str, ...]:
        return tuple(self.wanted)

    @property
    def is_given_up(self) -> bool:
        """Whether somebody has stopped it, so that what it may still load is of no use."""
        return self.is_to_stop.is_set()

    def _keep(self, loaded: PageLoad) -> None:
        self.loaded = loaded

    def _report(self, done: int, total: int) -> None:
        is_unattended = self.is_unattended or _nobody_asks
        if is_unattended() or not threading.main_thread().is_alive():
            raise Stopped
        super()._report(done, total)

    def __reduce__(self) -> tuple[type[Load], tuple[Purpose, dict[str, int | None], None]]:
        return (Load, ("nothing", {}, None))


@dataclass(frozen=True, slots=True)
class Ongoing:
    """The saves of one page that are under way, or its loads, as one."""

    works: tuple[Work, ...]

    @property
    def keys(self) -> tuple[str, ...]:
        """What is being saved or loaded, each once."""
        return tuple(dict.fromkeys(key for work in self.works for key in work.keys))

    @property
    def done(self) -> int:
        """The bytes that are through."""
        return sum(work._gauge.done for work in self.works)

    @property
    def total(self) -> int:
        """The bytes in all; 0 while nobody knows."""
        return sum(work._gauge.total for work in self.works)

    @property
    def seconds_left(self) -> int | None:
        """Until the last of them is through; None while it can't be told."""
        left = [work._gauge.seconds_left for work in self.works]
        return None if None in left else max((one for one in left if one is not None), default=None)

    @property
    def is_finished(self) -> bool:
        """Whether all of them have ended since."""
        return all(work.is_finished for work in self.works)

    def stop(self) -> None:
        """Ask all of them to end without a result."""
        for work in self.works:
            work.stop()


def ongoing(memory: PageMemory) -> Ongoing | None:
    """The saves of a page that are under way in this tab; None without any."""
    works = tuple(work for work in memory.saving if not work.is_finished)
    return Ongoing(works) if works else None


def loading(memory: PageMemory) -> list[Load]:
    """The loads of a page that clicks began in this tab, and that aren't taken over yet."""
    return [load for load in memory.loading if load.purpose == "click"]


def under_way(memory: PageMemory, keys: Iterable[str]) -> list[Save]:
    """The saves that any of these keys are part of, and that have not ended."""
    wanted = set(keys)
    return [work for work in memory.saving if not work.is_finished and wanted & work.handed.keys()]


def _nobody_asks() -> bool:
    return False


def _without_frames(error: BaseException) -> BaseException:
    """The error without its frames, which would keep the values alive for as long as it."""
    found: BaseException | None = error
    while found is not None:
        found.__traceback__ = None
        found = found.__cause__ or found.__context__
    return error
