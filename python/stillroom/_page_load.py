"""Reads a page as the set it was saved as, and holds what came of it.

A set is saved as one commit, and is read by the versions of one listing. What
can't be loaded is kept as its error, so that one locked model does not hide the
results beside it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
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
_ABOUT_ONE_RESULT = (
    CorruptError,
    DeniedError,
    InvalidError,
    NotFoundError,
    TooLargeError,
    UnsupportedError,
)

_ATTEMPTS = 3
"""How often a page is listed afresh when its versions go away under the reader."""


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


def load_as_set(core: Core, page: str, keys: list[str] | None, types: tuple[type, ...]) -> PageLoad:
    """Loads the keys of a page, all when none are named, at the versions of one listing."""
    for _ in range(_ATTEMPTS):
        listed = {facts["key"]: facts["version"] for facts in core.results(page)}
        loaded = _load_listed(core, page, listed, listed if keys is None else keys, types)
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
    listed: dict[str, int],
    keys: Iterable[str],
    types: tuple[type, ...],
) -> PageLoad:
    values: dict[str, Any] = {}
    versions: dict[str, int] = {}
    failed: dict[str, StillroomError] = {}
    for key in keys:
        try:
            values[key], facts = core.load(page, key, listed.get(key), types)
            versions[key] = facts["version"]
        except _ABOUT_ONE_RESULT as error:
            failed[key] = error
    return PageLoad(values, versions, failed)
