"""Reads a page as the set it was saved as, and holds what came of it.

A set is saved as one commit, and is read by the versions of one listing. What
can't be loaded is kept as its error, so that one locked model does not hide the
results beside it.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from . import _html
from ._core import Core
from ._errors import (
    CorruptError,
    DeniedError,
    InvalidError,
    NotFoundError,
    StillroomError,
    TooLargeError,
    UnsupportedError,
)

# What can be wrong with one result while the others load. An unreachable store or
# a signed-out user is wrong for all of them, and is raised.
ABOUT_ONE_RESULT = (
    CorruptError,
    DeniedError,
    InvalidError,
    NotFoundError,
    TooLargeError,
    UnsupportedError,
)

_ATTEMPTS = 3
"""How often a page is listed afresh when its versions go away under the reader."""


_TELL_EVERY = 0.1
"""How long a load of several is silent between two calls of its progress, in seconds."""

_UNLISTED: dict[str, Any] = {"version": None, "bytes": 0}
"""What is known of a key that no listing has."""


class PageLoad(Mapping[str, Any]):
    """The values of a page, loaded together, as a read-only mapping.

    A key that could not be loaded is not among the keys; asking for it raises
    the error that `failed` holds, so it is never mistaken for an absent one.

    Attributes
    ----------
    failed : Mapping of str to StillroomError
        What went wrong, for each key that could not be loaded.
    versions : Mapping of str to int
        The version of each value; what ``if_version`` takes.
    """

    __slots__ = ("_values", "failed", "versions")

    def __init__(
        self,
        values: Mapping[str, Any],
        versions: Mapping[str, int],
        failed: Mapping[str, StillroomError],
    ) -> None:
        self._values = values
        self.versions = versions
        self.failed = failed

    def __getitem__(self, key: str) -> Any:
        if key in self.failed:
            raise self.failed[key]
        return self._values[key]

    def __contains__(self, key: object) -> bool:
        return key in self._values

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def __repr__(self) -> str:
        loaded = ", ".join(f"{key!r} version {self.versions[key]}" for key in self)
        failed = "".join(f"\n  {key!r} failed: {error}" for key, error in self.failed.items())
        return f"<PageLoad: {loaded or 'nothing loaded'}{failed}>"

    def _repr_html_(self) -> str:
        loaded = [(key, self.versions[key], type(self[key]).__name__) for key in self]
        failed = [(key, None, f"not loaded: {error}") for key, error in self.failed.items()]
        return _html.table("Loaded", ("key", "version", "value"), [*loaded, *failed])


def load_as_set(
    core: Core,
    page: str,
    keys: list[str] | None,
    types: tuple[type, ...],
    progress: Callable[[int, int], object] | None,
) -> PageLoad:
    """Loads the keys of a page, all when none are named, at the versions of one listing."""
    for _ in range(_ATTEMPTS):
        listed = {facts["key"]: facts for facts in core.results(page)}
        loaded = _load_listed(core, page, listed, listed if keys is None else keys, types, progress)
        # A version of the listing that is gone was retired by a save since then.
        # Loading the newer one alone would mix two sets.
        if not any(
            isinstance(error, NotFoundError) and key in listed
            for key, error in loaded.failed.items()
        ):
            break
    return loaded


def _load_listed(
    core: Core,
    page: str,
    listed: dict[str, dict[str, Any]],
    keys: Iterable[str],
    types: tuple[type, ...],
    progress: Callable[[int, int], object] | None,
) -> PageLoad:
    values: dict[str, Any] = {}
    versions: dict[str, int] = {}
    failed: dict[str, StillroomError] = {}
    total = sum(listed[key]["bytes"] for key in keys if key in listed)
    telling = None if progress is None else _Telling(progress, total)
    for key in keys:
        facts = listed.get(key, _UNLISTED)
        try:
            values[key], versions[key] = core.load(page, key, facts["version"], types, telling)
        except ABOUT_ONE_RESULT as error:
            if telling is not None and telling.raised is error:
                raise
            failed[key] = error
        if telling is not None:
            telling.is_past(facts["bytes"])
    return PageLoad(values, versions, failed)


class _Telling:
    """Tells how far the loads of a set are together, of which each tells of itself alone.

    Not after each of them: of a thousand small results that would be a thousand times.
    """

    def __init__(self, progress: Callable[[int, int], object], total: int) -> None:
        self._progress = progress
        self._total = total
        self._past = 0
        self._told = -1
        self._told_at = time.monotonic()
        # Told apart by the loads from what is wrong with a result.
        self.raised: BaseException | None = None

    def __call__(self, done: int, _: int) -> None:
        at = min(self._past + done, self._total)
        is_due = time.monotonic() - self._told_at >= _TELL_EVERY
        if at == self._told or not (is_due or at == self._total):
            return
        self._told, self._told_at = at, time.monotonic()
        try:
            self._progress(at, self._total)
        except BaseException as error:
            self.raised = error
            raise

    def is_past(self, bytes: int) -> None:
        """A result is loaded, or can't be."""
        self._past += bytes
        self(0, 0)
